"""From which size on mapping a file, or sendfile, beats read and write.

The whole of the data, p pages, goes in one call of each kind. With c for a system call, k for copying a page
by the CPU, m for mmap and munmap together, f for the page fault of a page of the mapping and r for putting a
reference to a page into the socket buffer, the sender's CPU is busy

    read and write     2c + 2pk
    mmap and write     m + c + p (f + k)
    sendfile           c + p r,  or  c + p k  where the network card does not gather

DMA and the receiver are the same for all and left out. A path beats read and write from the least p on
such that it takes strictly less time for that p and every larger one; where there is no such p, never.

Source: Stevens and Rago, Advanced Programming in the UNIX Environment, 14.8, which measures mmap against
read and write and finds either the faster one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from oslab import InputError, Int, OrNone, Run, Step, Time, Value
from oslab.quantities import format_time

Rival: TypeAlias = Literal["mmap-write", "sendfile", "sendfile-sg"]
MOST_PAGES = 2**50


@dataclass(frozen=True, slots=True)
class BreakEvenConfig:
    """Costs on the sender's CPU, in ns, and a size to try.

    path          what is compared with read and write
    pages         a size for which both times are computed, in pages; at least 1
    page_size     bytes in a page
    call_ns       a system call with its two mode switches
    copy_ns       copying a page
    map_ns        mmap and munmap together
    fault_ns      the page fault of a page of the mapping; the page is in the page cache
    reference_ns  putting a reference to a page into the socket buffer

    Raises InputError.
    """

    path: Rival
    pages: int
    page_size: int
    call_ns: Fraction
    copy_ns: Fraction
    map_ns: Fraction
    fault_ns: Fraction
    reference_ns: Fraction

    def __post_init__(self) -> None:
        if not 1 <= self.pages <= MOST_PAGES:
            raise InputError(f"1 to 2^50 pages are possible, not {self.pages}")
        if not 1 <= self.page_size <= 2**30:
            raise InputError(f"a page has 1 to 2^30 bytes, not {self.page_size}")
        for what, time in (
            ("a call", self.call_ns), ("copying a page", self.copy_ns), ("mapping", self.map_ns),
            ("a fault", self.fault_ns), ("a reference", self.reference_ns),
        ):  # fmt: skip
            if time < 0:
                raise InputError(f"{what} does not cost less than nothing: {format_time(time)}")


@dataclass(frozen=True, slots=True)
class Cost:
    """A time that grows with the pages: what is paid once, and for each page."""

    once: Fraction
    page: Fraction

    def at(self, pages: int) -> Fraction:
        return self.once + pages * self.page


def read_write(config: BreakEvenConfig) -> Cost:
    return Cost(2 * config.call_ns, 2 * config.copy_ns)


def rival(config: BreakEvenConfig) -> Cost:
    if config.path == "mmap-write":
        return Cost(config.map_ns + config.call_ns, config.fault_ns + config.copy_ns)
    page = config.reference_ns if config.path == "sendfile-sg" else config.copy_ns
    return Cost(config.call_ns, page)


def break_even(usual: Cost, other: Cost) -> int | None:
    """The least number of pages, 1 or more, from which on `other` takes less time; None: never."""
    gain, dearer = usual.page - other.page, other.once - usual.once
    if gain <= 0:
        return 1 if gain == 0 and dearer < 0 else None
    return max(1, int(dearer // gain) + 1)


def run(config: BreakEvenConfig) -> Run:
    """Both times, and where they cross.

    usual       given pages; result time_ns, and once, page, time as one writes them: read and write
    rival       given path, pages; result the same
    break-even  given path; result pages (None: never), bytes, once, page; usual_once, usual_page of read
                and write

    Metrics: read_write_ns path_ns (at `pages`) break_even_pages break_even_bytes (None: never) faster.
    """
    usual, other = read_write(config), rival(config)
    least = break_even(usual, other)
    size = None if least is None else least * config.page_size
    before, after = usual.at(config.pages), other.at(config.pages)
    return Run(
        command="zerocopy.break-even",
        config=config,
        conventions={"one_call": "whole", "sender_cpu": "only", "beats": "strictly"},
        asks={
            "usual": {"time_ns": Time()},
            "rival": {"time_ns": Time()},
            "break-even": {"pages": OrNone(Int())},
        },
        steps=(
            Step(action="usual", given={"pages": config.pages}, result=_told(usual, config.pages)),
            Step(
                action="rival",
                given={"path": config.path, "pages": config.pages},
                result=_told(other, config.pages),
            ),
            Step(
                action="break-even",
                given={"path": config.path},
                result={
                    "pages": least,
                    "bytes": size,
                    "usual_once": format_time(usual.once),
                    "usual_page": format_time(usual.page),
                    "once": format_time(other.once),
                    "page": format_time(other.page),
                },
            ),
        ),
        metrics={
            "read_write_ns": before,
            "path_ns": after,
            "faster": "same"
            if before == after
            else config.path
            if after < before
            else "read-write",
            "break_even_pages": least,
            "break_even_bytes": size,
        },
    )


def _told(cost: Cost, pages: int) -> dict[str, Value]:
    return {
        "time_ns": cost.at(pages),
        "once": format_time(cost.once),
        "page": format_time(cost.page),
        "time": format_time(cost.at(pages)),
    }
