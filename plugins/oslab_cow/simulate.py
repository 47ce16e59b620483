"""cow run: a script of forks, accesses and exits on the machine, access by access.

`run` shows each as a step, `count` gives the same metrics without steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import (
    AnswerType,
    Cells,
    Choice,
    Drawing,
    Grid,
    InputError,
    Int,
    List,
    Run,
    Step,
    Value,
)
from oslab_cow.machine import CACHED, PRIVATE, ZERO, Exited, Forked, Machine, Pte, Region, Touch
from oslab_cow.operations import Operation

Start: TypeAlias = Literal["present", "untouched"]
EVENTS: Final = ("no-fault", "copy", "reuse", "zero", "new")
MOST_PAGES = 1 << 20
# Of more pages, stretches are drawn; of yet more, none.
MOST_ROWS = 16
MOST_PAGES_DRAWN = 2000
# More boxes do not fit beside each other.
MOST_BOXES = 16


@dataclass(frozen=True, slots=True)
class CowConfig:
    """What happens to which memory.

    first      the process that is there at the start
    regions    how its pages are mapped, in order of page number
    start      whether private anonymous pages are present at the start, or untouched
    contents   what pages hold at the start, from page 0 on; the others 0
    page_size  bytes in a page, for the bytes saved
    ops        the script

    Raises InputError for no page or too many, and for contents of a page that cannot have any.
    """

    first: str
    regions: tuple[Region, ...]
    start: Start
    contents: tuple[int, ...]
    page_size: int
    ops: tuple[Operation, ...]

    def __post_init__(self) -> None:
        pages = sum(region.pages for region in self.regions)
        if not 1 <= pages <= MOST_PAGES or any(region.pages < 0 for region in self.regions):
            raise InputError(f"a process has 1 to {MOST_PAGES} pages, not {pages}")
        if self.page_size < 1:
            raise InputError(f"a page has at least 1 byte, not {self.page_size}")
        if len(self.contents) > pages:
            raise InputError(
                f"there are contents for {len(self.contents)} pages, but {pages} pages"
            )
        if self.start == "untouched":
            kinds = [region.kind for region in self.regions for _ in range(region.pages)]
            for page, value in enumerate(self.contents):
                if value and kinds[page] == "private":
                    raise InputError(f"page {page} is untouched at the start: it holds 0")


MachineType: TypeAlias = "Callable[..., Machine]"


def machine_for(config: CowConfig, kind: MachineType = Machine) -> Machine:
    """The machine at the start; `kind` is another one, for what a misunderstanding would do."""
    return kind(
        config.first,
        config.regions,
        touched=config.start == "present",
        contents=config.contents,
    )


@dataclass(slots=True)
class Totals:
    """What the accesses so far came to."""

    forks: int = 0
    faults: int = 0
    copies: int = 0
    reuses: int = 0

    def add(self, touches: Iterable[Touch]) -> None:
        for touch in touches:
            self.faults += touch.fault
            self.copies += touch.event == "copy"
            self.reuses += touch.event == "reuse"


Outcome: TypeAlias = "Forked | Exited | tuple[Touch, ...]"
"""What an operation came to; of a read or write, what each of its pages did."""


def carried_out(
    machine: Machine, ops: Sequence[Operation], totals: Totals | None = None
) -> Iterator[tuple[int, Operation, Outcome]]:
    """Each operation with its number, once it has happened. Raises InputError naming the operation."""
    totals = totals or Totals()
    for n, operation in enumerate(ops, start=1):
        try:
            outcome = _outcome(machine, n, operation)
        except InputError as error:
            raise InputError(f"operation {n} ({operation}): {error}") from None
        if isinstance(outcome, tuple):
            totals.add(outcome)
        totals.forks += operation.verb == "fork"
        yield n, operation, outcome


def _outcome(machine: Machine, n: int, operation: Operation) -> Outcome:
    process = operation.process
    match operation.verb:
        case "fork":
            return machine.fork(process, operation.child)
        case "exit":
            return machine.exit(process)
        case "read":
            return tuple(machine.read(process, page) for page in operation.pages)
        case "write":
            value = written(n, operation)
            return tuple(machine.write(process, page, value) for page in operation.pages)


def written(n: int, operation: Operation) -> int:
    """The value that a write writes."""
    return n if operation.value is None else operation.value


def run(config: CowConfig, kind: MachineType = Machine) -> Run:
    """Simulate step by step: one step for each operation.

    fork    given n, parent, child; result protected (how many pages are read-only in both now), shared
            (how many are mapped shared, where any are)
    read    given n, process, page; result event, fault, frame, count (references to it now), value
    write   given n, process, page, value; result event, fault, frame, count; found (the count that
            decided) after copy and reuse; old and left (the old frame, its count now) after copy
    read-pages, write-pages   given n, process, first, last (value); result faults, copies, reuses,
            in_use (frames in use now)
    exit    given n, process; result freed, still_used (frames, in freed_text and still_text as one
            writes many), frees (how many)

    `state` is described in docs/cow.md. Raises InputError naming the operation.
    """
    machine, totals = machine_for(config, kind), Totals()
    steps = []
    for n, operation, outcome in carried_out(machine, config.ops, totals):
        given: dict[str, Value] = {"n": n}
        result: dict[str, Value]
        action: str = operation.verb
        if isinstance(outcome, Forked):
            given |= {"parent": operation.process, "child": operation.child}
            result = {"protected": len(outcome.protected)}
            if outcome.shared:
                result["shared"] = len(outcome.shared)
        elif isinstance(outcome, Exited):
            given["process"] = operation.process
            result = {
                "freed": outcome.freed,
                "frees": len(outcome.freed),
                "still_used": outcome.kept,
                "freed_text": stretches(outcome.freed),
                "still_text": stretches(outcome.kept),
            }
        else:
            given["process"] = operation.process
            if operation.verb == "write":
                given["value"] = written(n, operation)
            if len(outcome) == 1:
                given["page"] = operation.first
                result = _told(machine, outcome[0])
            else:
                action += "-pages"
                given |= {"first": operation.first, "last": operation.last}
                of = Totals()
                of.add(outcome)
                result = {"faults": of.faults, "copies": of.copies, "reuses": of.reuses}
                result["in_use"] = machine.frames_in_use
        state = drawings(machine)
        steps.append(Step(action=action, given=given, result=result, state=state, group=n))
    return Run(
        command="cow.run",
        config=config,
        conventions=conventions(config),
        asks=_asks(config),
        steps=tuple(steps),
        metrics=metrics(config, machine, totals),
    )


def _told(machine: Machine, touch: Touch) -> dict[str, Value]:
    result: dict[str, Value] = {
        "event": touch.event,
        "fault": touch.fault,
        "frame": touch.frame,
        "count": touch.count,
        "value": touch.value,
    }
    if touch.event in ("copy", "reuse"):
        result["found"] = touch.old_count
    if touch.event == "copy":
        result |= {"old": touch.old, "left": machine.counts.get(_number(touch.old), 0)}
    return result


def _number(frame: object) -> int:
    return frame if isinstance(frame, int) else -1


def _asks(config: CowConfig) -> Mapping[str, Mapping[str, AnswerType]]:
    untouched = config.start == "untouched"
    few = sum(region.pages for region in config.regions) <= MOST_ROWS
    of_read = ("no-fault", "zero") if untouched else ("no-fault", "copy")
    of_write = ("no-fault", "copy", "reuse", "new") if untouched else ("no-fault", "copy", "reuse")
    return {
        "fork": {"protected": Int()},
        "read": {"event": Choice(*of_read), "value": Int()},
        "write": {"event": Choice(*of_write), "frame": Int()},
        "read-pages": {"faults": Int()},
        "write-pages": {"faults": Int(), "copies": Int(), "in_use": Int()},
        "exit": {"freed": List(Int())} if few else {"frees": Int()},
    }


def count(config: CowConfig, kind: MachineType = Machine) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    machine, totals = machine_for(config, kind), Totals()
    for _ in carried_out(machine, config.ops, totals):
        pass
    return metrics(config, machine, totals)


def metrics(config: CowConfig, machine: Machine, totals: Totals) -> Mapping[str, Value]:
    """faults = copies + reuses + pages first touched; the frames are those at the end."""
    in_use, without = machine.frames_in_use, machine.frames_without_cow
    return {
        "forks": totals.forks,
        "faults": totals.faults,
        "copies": totals.copies,
        "reuses": totals.reuses,
        "frames_in_use": in_use,
        "frames_without_cow": without,
        "bytes_saved": (without - in_use) * config.page_size,
    }


def conventions(config: CowConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this script."""
    kinds = {region.kind for region in config.regions if region.pages}
    found: dict[str, Value] = {"start": config.start, "copy_to": "lowest"}
    if kinds & set(CACHED):
        found["page_cache"] = "counted"
    if kinds & set(PRIVATE):
        found["last_owner"] = "keeps"
    else:
        del found["copy_to"]
    if any(op.verb == "write" and op.value is None for op in config.ops):
        found["unsaid_value"] = "number"
    return (
        {"mapped_as": _mapped_as(config)}
        | found
        | {"tables": "excluded", "page_size": config.page_size}
    )


def _mapped_as(config: CowConfig) -> str:
    """How the pages are mapped: ``0..1 private, 2 shared``."""
    parts, first = [], 0
    for region in config.regions:
        last = first + region.pages - 1
        if region.pages:
            parts.append(f"{first if first == last else f'{first}..{last}'} {region.kind}")
        first = last + 1
    return ", ".join(parts)


def drawings(machine: Machine) -> Mapping[str, Drawing]:
    """The page-table entries of the living processes, and what is known of each frame."""
    if len(machine.kinds) > MOST_PAGES_DRAWN:
        return {}
    drawn: dict[str, Drawing] = {"ptes": drawn_ptes(machine)}
    frames = range(max(machine.counts, default=-1) + 1)
    if len(frames) <= MOST_BOXES:
        drawn["counts"] = Cells(tuple(machine.counts.get(f, 0) for f in frames), tuple(frames))
        drawn["contents"] = Cells(tuple(machine.contents.get(f) for f in frames), tuple(frames))
    return drawn


def drawn_ptes(machine: Machine) -> Grid:
    """A column for each living process, a row for each page; of many pages, a row for each stretch in
    which frames follow one another and rights are the same."""
    alive = machine.alive
    pages = len(machine.kinds)
    rows: list[tuple[str | int, ...]] = []
    first = 0
    for page in range(1, pages + 1):
        apart = pages <= MOST_ROWS or page == pages
        if apart or not all(_goes_on(p.ptes[page - 1], p.ptes[page]) for p in alive):
            name = str(first) if first == page - 1 else f"{first}..{page - 1}"
            cells = (stretch_text(p.ptes[first], p.ptes[page - 1]) for p in alive)
            rows.append((name, *cells))
            first = page
    return Grid(("page", *(process.name for process in alive)), tuple(rows))


def _goes_on(pte: Pte, after: Pte) -> bool:
    if isinstance(pte.frame, int):
        return after == Pte(pte.frame + 1, pte.writable)
    return after == pte


def stretch_text(first: Pte, last: Pte) -> str:
    """The entries of a stretch of pages: ``3..7 r``, or what `entry_text` says of one."""
    if isinstance(first.frame, int) and first != last:
        return f"{first.frame}..{entry_text(last)}"
    return entry_text(first)


def stretches(frames: Sequence[int]) -> str:
    """Ascending frame numbers as one writes them: ``3 5..9``."""
    parts: list[tuple[int, int]] = []
    for frame in frames:
        if parts and frame == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], frame)
        else:
            parts.append((frame, frame))
    return " ".join(
        str(a) if a == b else f"{a} {b}" if a + 1 == b else f"{a}..{b}" for a, b in parts
    )


def entry_text(pte: Pte) -> str:
    """``3 rw``, ``3 r``, ``zero r``, or ``-`` for a page that is not present."""
    if pte.frame is None:
        return "-"
    return f"{ZERO if pte.frame == ZERO else pte.frame} {'rw' if pte.writable else 'r'}"
