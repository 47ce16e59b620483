"""Where the variables of a listing lie: each on a copy-on-write page, or in a register.

The pages, faults and frames are those of `Machine`. Here is only what C adds: names for the pages, which
page a variable is on, pages that ``mmap`` gives while the program runs, bytes of numbers in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab_cow.machine import Machine, Region, Touch
from oslab_cow.nodes import Program, Variable

Globals: TypeAlias = Literal["own-pages", "one-page"]
Locals: TypeAlias = Literal["registers", "stack"]

MOST_PAGES: Final = 64
MAPPED_AT: Final = 0x10_0000

Content: TypeAlias = "Mapping[int, int]"
"""What a page holds: values of variables by their number, or bytes of a mapping by their offset."""


class Memory(Machine):
    """The machine, with a name for each page."""

    def __init__(self, first: str, labels: Sequence[str], contents: Sequence[Content]) -> None:
        super().__init__(first, [Region("private", len(labels))], contents=contents)
        self.labels = list(labels)

    def content(self, process: str, page: int) -> Content:
        """What the process finds there; nothing where it has no frame."""
        found: Content = self.value(process, page) or {}
        return found


@dataclass(frozen=True, slots=True)
class Mapped:
    """Pages that mmap gave: `pages` of them, page `first` at `address`."""

    address: int
    first: int
    pages: int
    element: int


class Pages:
    """The memory of all processes of one program.

    memory   the machine; `kind` is another one, for what a misunderstanding would do
    mapped   what mmap gave so far
    """

    def __init__(
        self,
        program: Program,
        first: str,
        globals_on: Globals,
        locals_on: Locals,
        page_size: int,
        kind: type[Memory] = Memory,
    ) -> None:
        self.page_size = page_size
        self.variables = {v.number: v for v, _ in program.globals if not v.element}
        self.mapped: list[Mapped] = []
        self._page: dict[int, int] = {}
        labels: list[str] = []
        contents: list[dict[int, int]] = []
        for variable, value in program.globals:
            if not variable.element:
                if globals_on == "own-pages" or not labels:
                    labels.append(variable.name if globals_on == "own-pages" else "data")
                    contents.append({})
                self._page[variable.number] = len(labels) - 1
                contents[-1][variable.number] = value
        self._stack = len(labels) if locals_on == "stack" else None
        if self._stack is not None:
            labels.append("stack")
            contents.append({})
        if len(labels) > MOST_PAGES:
            raise InputError(f"the globals take {len(labels)} pages; at most {MOST_PAGES} are held")
        self.memory = kind(first, labels, contents)

    def page_of(self, variable: Variable) -> int | None:
        """The page that a variable lies on; None: it is held in a register, as pointers are."""
        if variable.element:
            return None
        return self._page[variable.number] if variable.is_global else self._stack

    def element(self, address: int) -> tuple[int, int] | None:
        """Page and offset of an address that mmap gave; None for any other."""
        for mapped in self.mapped:
            page, offset = divmod(address - mapped.address, self.page_size)
            if 0 <= page < mapped.pages:
                return mapped.first + page, offset
        return None

    def write(self, process: str, page: int, change: Content) -> Touch:
        """Change a part of a page."""
        return self.memory.write(process, page, {**self.memory.content(process, page), **change})

    def map(
        self, process: str, kind: Literal["private", "shared"], length: int, pointer: Variable
    ) -> tuple[int, tuple[str, ...]]:
        """Pages for so many bytes; their address and names. Raises InputError for too many."""
        count = -(-length // self.page_size)
        if not 1 <= count <= MOST_PAGES - len(self.memory.kinds):
            raise InputError(
                f"mmap is asked for {length} bytes; a process has 1 to {MOST_PAGES} pages here"
            )
        name = pointer.name
        labels = tuple(f"{name}/{n}" for n in range(count)) if count > 1 else (name,)
        first = self.memory.map(process, kind, count, {})
        self.memory.labels += labels
        address = MAPPED_AT + sum(m.pages + 1 for m in self.mapped) * self.page_size
        self.mapped.append(Mapped(address, first, count, pointer.element))
        return address, labels

    def shown(self, process: str, page: int) -> str:
        """What a process finds in a page, in a few words: ``3``, ``x=3 y=1``, ``+8: 5``."""
        content = self.memory.content(process, page)
        for mapped in self.mapped:
            if mapped.first <= page < mapped.first + mapped.pages:
                return _elements(content, mapped.element)
        names = {n: self.variables[n].name for n in content if n in self.variables}
        if len(content) == 1 and len(names) == 1 and self.memory.labels[page] in names.values():
            return str(next(iter(content.values())))
        return " ".join(f"{names[n]}={content[n]}" for n in content if n in names) or "-"


def number_at(content: Content, offset: int, size: int) -> int:
    """The number of so many bytes at an offset, least significant byte first."""
    data = bytes(content.get(offset + n, 0) for n in range(size))
    return int.from_bytes(data, "little", signed=True)


def bytes_of(value: int, offset: int, size: int) -> Content:
    """The bytes of a number, by offset."""
    data = value.to_bytes(size, "little", signed=True)
    return {offset + n: byte for n, byte in enumerate(data)}


def _elements(content: Content, size: int) -> str:
    """The elements that were written, each with its offset but for the first of the page."""
    offsets = sorted({offset - offset % size for offset in content})
    texts = []
    for offset in offsets:
        value = number_at(content, offset, size)
        texts.append(f"+{offset}: {value}" if offset else str(value))
    return ", ".join(texts) or "0"
