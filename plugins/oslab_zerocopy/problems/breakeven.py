"""zerocopy.break-even: from which size on mmap or sendfile beats read and write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, Int, OrNone, Problem, Run, Time, mistake
from oslab.quantities import format_size, format_time
from oslab_zerocopy.breakeven import (
    BreakEvenConfig,
    Cost,
    Rival,
    break_even,
    read_write,
    rival,
    run,
)


@dataclass(frozen=True)
class BreakEvenSpace:
    """Costs to choose from; `pages` is the size for which times are asked."""

    path: Choose[Rival]
    pages: Choose[int]
    page_size: Choose[int]
    call: Choose[Fraction]
    copy: Choose[Fraction]
    map: Choose[Fraction]
    fault: Choose[Fraction]
    reference: Choose[Fraction]


class BreakEven(Problem[BreakEvenConfig, BreakEvenSpace]):
    """Both times for a size, and the pages from which on the other path is faster."""

    version = 1
    params = BreakEvenConfig
    space = BreakEvenSpace
    required = ("set-up-free", "faults-free")
    answers = {
        "read_write_ns": Time(),
        "path_ns": Time(),
        "break_even_pages": OrNone(Int()),
    }

    def draw(self, rng: Generator, space: BreakEvenSpace) -> BreakEvenConfig:
        return BreakEvenConfig(
            path=space.path.pick(rng),
            pages=space.pages.pick(rng),
            page_size=space.page_size.pick(rng),
            call_ns=space.call.pick(rng),
            copy_ns=space.copy.pick(rng),
            map_ns=space.map.pick(rng),
            fault_ns=space.fault.pick(rng),
            reference_ns=space.reference.pick(rng),
        )

    def present(self, p: BreakEvenConfig) -> Mapping[str, Figure]:
        return {
            "size": format_size(p.pages * p.page_size),
            "page": format_size(p.page_size),
            "call": format_time(p.call_ns),
            "copy": format_time(p.copy_ns),
            "map": format_time(p.map_ns),
            "fault": format_time(p.fault_ns),
            "reference": format_time(p.reference_ns),
        }

    def run(self, p: BreakEvenConfig) -> Run:
        return run(p)

    def solve(self, p: BreakEvenConfig, run: Run) -> Answers:
        return {name: run.metrics[name] for name in self.answers}

    def _with(self, p: BreakEvenConfig, other: Cost, usual: Cost | None = None) -> Answers:
        """The answers of someone who has these costs in mind."""
        usual = usual or read_write(p)
        return {
            "read_write_ns": usual.at(p.pages),
            "path_ns": other.at(p.pages),
            "break_even_pages": break_even(usual, other),
        }

    @mistake("set-up-free")
    def set_up_free(self, p: BreakEvenConfig) -> Answers | None:
        """mmap and munmap are forgotten."""
        return self._with(p, rival(replace(p, map_ns=Fraction(0))))

    @mistake("faults-free")
    def faults_free(self, p: BreakEvenConfig) -> Answers | None:
        """Page faults are forgotten."""
        return self._with(p, rival(replace(p, fault_ns=Fraction(0))))

    @mistake("mmap-two-copies")
    def mmap_two_copies(self, p: BreakEvenConfig) -> Answers | None:
        """A mapping does not spare a copy."""
        if p.path != "mmap-write":
            return None
        cost = rival(p)
        return self._with(p, Cost(cost.once, cost.page + p.copy_ns))

    @mistake("mmap-no-copy")
    def mmap_no_copy(self, p: BreakEvenConfig) -> Answers | None:
        """A mapping is taken for zero copy."""
        if p.path != "mmap-write":
            return None
        cost = rival(p)
        return self._with(p, Cost(cost.once, cost.page - p.copy_ns))

    @mistake("one-copy-read-write")
    def one_copy_read_write(self, p: BreakEvenConfig) -> Answers | None:
        """read and write are believed to copy once between them."""
        return self._with(p, rival(p), replace(read_write(p), page=p.copy_ns))

    @mistake("call-a-page")
    def call_a_page(self, p: BreakEvenConfig) -> Answers | None:
        """A call is made for each page."""
        usual, other = read_write(p), rival(p)
        return self._with(
            p,
            Cost(other.once - p.call_ns, other.page + p.call_ns),
            Cost(Fraction(0), usual.page + 2 * p.call_ns),
        )

    @mistake("gather-ignored")
    def gather_ignored(self, p: BreakEvenConfig) -> Answers | None:
        """The CPU copies into the socket buffer although the network card gathers."""
        return (
            self._with(p, rival(replace(p, path="sendfile"))) if p.path == "sendfile-sg" else None
        )

    @mistake("references-free")
    def references_free(self, p: BreakEvenConfig) -> Answers | None:
        """Passing references is believed to cost nothing."""
        if p.path != "sendfile-sg":
            return None
        return self._with(p, rival(replace(p, reference_ns=Fraction(0))))

    @mistake("one-size-more")
    def one_size_more(self, p: BreakEvenConfig) -> Answers | None:
        """The size is given before which it does not pay."""
        least = break_even(read_write(p), rival(p))
        return {"break_even_pages": least - 1} if least and least > 1 else None
