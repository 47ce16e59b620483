"""memory.loop: page faults, TLB misses and cache misses of a strided loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_memory.loop import PARTS, LoopConfig, count, machine_of, passes, run

# More would take too long to draw; each has to be simulated several times.
MOST_ACCESSES = 700
PASSES = Table("pass", dict.fromkeys(PARTS, Int()), action="loop-pass")


@dataclass(frozen=True)
class LoopSpace:
    """Sizes to choose from; the array is given in pages, the cache in lines.

    pages    of the array
    entries  of the TLB, which is fully associative
    strides  bytes; those are left out that are shorter than an element
    """

    page_size: Choose[int]
    pages: Choose[int]
    stride: Choose[int]
    elem: Choose[int]
    passes: Choose[int]
    frames: Choose[int]
    entries: Choose[int]
    lines: Choose[int]
    line: Choose[int]
    ways: Choose[int]


class Loop(Problem[LoopConfig, LoopSpace]):
    """Accesses of a pass, and what each pass misses."""

    version = 1
    params = LoopConfig
    space = LoopSpace
    answers = {"touches": Int(), "passes": PASSES}
    required = ("second-pass-free", "keeps-what-fits")

    def draw(self, rng: Generator, space: LoopSpace) -> LoopConfig:
        page_size, elem, line = (c.pick(rng) for c in (space.page_size, space.elem, space.line))
        entries = space.entries.pick(rng)
        return LoopConfig(
            base=0,
            array=space.pages.pick(rng) * page_size,
            stride=max(space.stride.pick(rng), elem),
            elem=elem,
            passes=space.passes.pick(rng),
            write=bool(rng.below(2)),
            machine=machine_of(
                page_size=page_size,
                frames=space.frames.pick(rng),
                frame_policy="lru",
                tlb_entries=entries,
                tlb_ways=entries,
                tlb_policy="lru",
                cache_size=space.lines.pick(rng) * line,
                line=line,
                ways=space.ways.pick(rng),
                cache_policy="lru",
            ),
        )  # fmt: skip

    def good(self, p: LoopConfig) -> bool:
        """Short strides and a few hundred accesses; a later pass is not free."""
        if p.stride > p.machine.address.page_size or p.touches * p.passes > MOST_ACCESSES:
            return False
        second = count(p)["passes"][1]
        return any(second[name] for name in PARTS)

    def present(self, p: LoopConfig) -> Mapping[str, Figure]:
        machine = p.machine
        assert machine.frames is not None
        shape = machine.cache[0].shape
        return {
            "array": format_size(p.array),
            "stride": p.stride,
            "elem": p.elem,
            "passes": p.passes,
            "page_size": format_size(machine.address.page_size),
            "frames": machine.frames.count,
            "entries": machine.tlb[0].entries,
            "cache": format_size(shape.size),
            "line": shape.line,
            "ways": shape.ways,
            "sets": shape.sets,
        }

    def rows(self, p: LoopConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(number,) for number in range(1, p.passes + 1)]

    def run(self, p: LoopConfig) -> Run:
        return run(p)

    def solve(self, p: LoopConfig, run: Run) -> Answers:
        return {"touches": run.steps[0].result["touches"], "passes": rows_of(run, PASSES)}

    def _rows(self, p: LoopConfig) -> list[dict[str, Any]]:
        return [{name: found[name] for name in PARTS} for found in passes(p)]

    @mistake("second-pass-free")
    def second_pass_free(self, p: LoopConfig) -> Answers | None:
        """After the first pass everything is thought to be there."""
        first, *later = self._rows(p)
        return {"passes": [first, *(dict.fromkeys(PARTS, 0) for _ in later)]}

    @mistake("keeps-what-fits")
    def keeps_what_fits(self, p: LoopConfig) -> Answers | None:
        """What does not fit is thought to miss, the rest to stay."""
        machine, figures = p.machine, count(p)
        assert machine.frames is not None
        pages = figures["pages"]
        first, *later = self._rows(p)
        faults = max(0, pages - machine.frames.count)
        missed = {
            "page_faults": faults,
            "tlb_misses": max(0, pages - machine.tlb[0].entries) + faults,
            "cache_misses": max(0, figures["lines"] - machine.cache[0].shape.lines),
        }
        return {"passes": [first, *(missed for _ in later)]}

    @mistake("stride-ignored")
    def stride_ignored(self, p: LoopConfig) -> Answers | None:
        """Every element is thought to be used."""
        if p.stride == p.elem:
            return None
        changed = replace(p, stride=p.machine.cache[0].line)
        return {"touches": p.array // p.elem, "passes": self._rows(changed)}

    @mistake("per-element")
    def per_element(self, p: LoopConfig) -> Answers | None:
        """Every access is thought to miss the cache and the TLB."""
        rows = self._rows(p)
        for row in rows:
            row["cache_misses"] = p.touches
            row["tlb_misses"] = p.touches + row["page_faults"]
        return {"passes": rows}

    @mistake("retry-free")
    def retry_free(self, p: LoopConfig) -> Answers | None:
        """The second lookup after a page fault is left out."""
        rows = self._rows(p)
        for row in rows:
            row["tlb_misses"] -= row["page_faults"]
        return {"passes": rows}

    @mistake("sets-ignored")
    def sets_ignored(self, p: LoopConfig) -> Answers | None:
        """The lines are compared with the whole cache, as if it were fully associative."""
        cache = replace(p.machine.cache[0], ways=p.machine.cache[0].shape.lines)
        changed = replace(p, machine=replace(p.machine, cache=(cache,)))
        return {"passes": self._rows(changed)}
