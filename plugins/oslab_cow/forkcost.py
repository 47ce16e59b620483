"""What fork costs with copy-on-write and without: frames and time.

A parent with all its pages present forks children, one after the other, and each child then writes some
of its pages. Either way every fork copies the page table, entry by entry. Without copy-on-write it
copies every page as well, and the writes cost nothing more. With it each page written takes a page fault
and one copy; the parent, which refers to the old frame still, makes sure that it is a copy.

Source: Linux mm/memory.c, copy_page_range, wp_page_copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from oslab import InputError, Int, Run, Step, Time, Value
from oslab.quantities import format_decimal, format_percent, format_time


@dataclass(frozen=True, slots=True)
class ForkConfig:
    """One parent and its children.

    pages          pages of the parent, all present and private
    dirty_fraction share of its pages that each child writes, 0 to 1; so many pages, rounded up
    children       how many are forked; all are alive at the end
    pte_ns         copying one page-table entry, in ns
    page_ns        copying one page, in ns
    fault_ns       one page fault without what is copied in it, in ns

    Raises InputError for anything else.
    """

    pages: int
    dirty_fraction: Fraction
    children: int
    pte_ns: Fraction
    page_ns: Fraction
    fault_ns: Fraction

    def __post_init__(self) -> None:
        for name, value in (("page", self.pages), ("child", self.children)):
            if value < 1:
                raise InputError(f"at least one {name} is needed, not {value}")
        if not 0 <= self.dirty_fraction <= 1:
            raise InputError(
                f"a child writes 0 to 100 % of its pages, not {format_percent(self.dirty_fraction)}"
            )
        for what, time in (
            ("an entry", self.pte_ns), ("a page", self.page_ns), ("a fault", self.fault_ns)
        ):  # fmt: skip
            if time < 0:
                raise InputError(f"{what} does not cost less than nothing: {format_time(time)}")

    @property
    def dirty(self) -> int:
        """Pages that each child writes."""
        return ceil(self.dirty_fraction * self.pages)


def run(config: ForkConfig) -> Run:
    """Both costs, and the number of dirty pages at which they are the same.

    eager          given pages, children; result frames, entries_ns, pages_ns, time_ns
    cow-fork       result frames, time_ns: what the forks themselves cost, no page being written yet
    cow-writes     given dirty, children; result faults, copies, added_ns
    cow-total      result frames, time_ns
    break-even     given pages; result share (of the pages written), or never
    """
    n, k, dirty = config.pages, config.children, config.dirty
    entries_ns = k * n * config.pte_ns
    pages_ns = k * n * config.page_ns
    added_ns = k * dirty * (config.fault_ns + config.page_ns)
    eager_frames, frames = n + k * n, n + k * dirty
    eager_ns, cow_ns = entries_ns + pages_ns, entries_ns + added_ns
    steps = [
        Step(
            action="eager",
            given={"pages": n, "children": k},
            result={
                "frames": eager_frames,
                "entries_ns": entries_ns,
                "pages_ns": pages_ns,
                "time_ns": eager_ns,
                **_written(entries=entries_ns, pages=pages_ns, time=eager_ns),
            },
        ),
        Step(
            action="cow-fork",
            given={"pages": n, "children": k},
            result={"frames": n, "time_ns": entries_ns, **_written(time=entries_ns)},
        ),
        Step(
            action="cow-writes",
            given={"dirty": dirty, "children": k},
            result={
                "faults": k * dirty,
                "copies": k * dirty,
                "added_ns": added_ns,
                **_written(added=added_ns),
            },
        ),
        Step(
            action="cow-total",
            given={},
            result={"frames": frames, "time_ns": cow_ns, **_written(time=cow_ns)},
        ),
        _break_even(config),
    ]
    return Run(
        command="cow.fork",
        config=config,
        conventions={"dirty": "up", "who_writes": "children", "fork_tables": "excluded"},
        asks={
            "eager": {"frames": Int(), "time_ns": Time()},
            "cow-fork": {"frames": Int(), "time_ns": Time()},
            "cow-writes": {"faults": Int(), "copies": Int()},
            "cow-total": {"frames": Int(), "time_ns": Time()},
        },
        steps=tuple(steps),
        metrics=_metrics(frames, eager_frames, cow_ns, eager_ns),
    )


def _metrics(
    frames: int, eager_frames: int, cow_ns: Fraction, eager_ns: Fraction
) -> Mapping[str, Value]:
    return {
        "frames": {"with_cow": frames, "without_cow": eager_frames},
        "time_ns": {"with_cow": cow_ns, "without_cow": eager_ns},
    }


def _break_even(config: ForkConfig) -> Step:
    """Copies cost the same either way; each page written costs a fault more, each one left alone saves
    a copy."""
    cost = config.fault_ns + config.page_ns
    share = Fraction(config.page_ns, cost) if cost else None
    return Step(
        action="break-even",
        given={"page": format_time(config.page_ns), "fault": format_time(config.fault_ns)},
        result={
            "share": share,
            "percent": None if share is None else format_decimal(share * 100, 2) + " %",
        },
    )


def _written(**times: Fraction) -> dict[str, Value]:
    """Times as one writes them, for the sentences."""
    return {f"{name}_text": format_time(time) for name, time in times.items()}
