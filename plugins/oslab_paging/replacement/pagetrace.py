"""A memory trace taken as a string of references to pages.

Each access refers to the page of each of its bytes once: one that crosses a page boundary to both
pages, the lower one first. A store or a modify is a write, a modify is one reference. Instruction fetches
refer to pages as data does, unless they are left out.
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from oslab import InputError, Run
from oslab.traces.access import MOST_STEPS, at_most

if TYPE_CHECKING:
    from oslab import Access

"""References of a trace that are shown as steps."""


@dataclass(frozen=True)
class PageTrace:
    """Where the references come from: a file and its format (empty: told by its content), the bytes of
    a page, and whether instruction fetches count."""

    trace: str
    trace_format: str
    page_size: int
    trace_fetches: bool


def uses_of(accesses: Iterable[Access], source: PageTrace) -> Iterator[tuple[int, bool]]:
    """The pages referred to, and whether each is written to. Raises InputError when there are none."""
    page_size, fetches = source.page_size, source.trace_fetches
    none = True
    for kind, address, size in accesses:
        if kind == "fetch" and not fetches:
            continue
        none = False
        write = kind == "store" or kind == "modify"
        page = address // page_size
        yield page, write
        last = (address + size - 1) // page_size
        while page < last:
            page += 1
            yield page, write
    if none:
        raise InputError(
            f"{source.trace}: there are only instruction fetches; --fetches counts them too"
        )


def kept(uses: Iterable[tuple[int, bool]]) -> tuple[Sequence[int], Sequence[bool]]:
    """The pages and the writes, for what must look ahead or at them again: nine bytes a reference."""
    pages, writes = array("Q"), bytearray()
    for page, write in uses:
        pages.append(page)
        writes.append(write)
    return pages, cast("Sequence[bool]", writes)


def references_of(uses: Iterable[tuple[int, bool]]) -> tuple[str, ...]:
    """The references as they are typed, to be shown step by step. Raises InputError for too many."""
    first = at_most(
        uses,
        MOST_STEPS,
        f"the trace refers to pages more than {MOST_STEPS} times, too often to be shown step by step; "
        "leave --steps out to see the figures",
    )
    return tuple(f"{page}w" if write else str(page) for page, write in first)


def on_trace(run: Run, source: PageTrace) -> Run:
    """The run with its source in the configuration and among the conventions."""
    return dataclasses.replace(
        run,
        config=traced(run.config, source),
        conventions={**run.conventions, **conventions_of(source)},
    )


def traced(config: Any, source: PageTrace) -> Any:
    """The configuration with the source's fields after its own."""
    fields = dataclasses.fields(source)
    kind = dataclasses.make_dataclass(
        f"{type(config).__name__}OnTrace",
        [(field.name, field.type) for field in fields],
        bases=(type(config),),
        frozen=True,
    )
    values = {f.name: getattr(o, f.name) for o in (config, source) for f in dataclasses.fields(o)}
    return kind(**values)


def conventions_of(source: PageTrace) -> Mapping[str, bool]:
    """How accesses become references."""
    return {"trace_fetches": source.trace_fetches, "trace_references": True}
