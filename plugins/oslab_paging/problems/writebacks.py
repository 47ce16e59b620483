"""paging.writebacks: which victims must be written to disk, and how often that happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_paging.problems.replace import ReplaceSpace, draw_config
from oslab_paging.replacement.conventions import ReplaceConfig, parse_references
from oslab_paging.replacement.replace import count, run


class Writebacks(Problem[ReplaceConfig, ReplaceSpace]):
    """The victim at each reference, the page written to disk there, and the number of write-backs."""

    version = 1
    params = ReplaceConfig
    space = ReplaceSpace
    answers = {
        "steps": Table(
            label="n",
            given=("page",),
            columns={"victim": OrNone(Int()), "written": OrNone(Int())},
        ),
        "writebacks": Int(),
    }
    required = ("every-victim", "every-store", "dirty-kept")

    def draw(self, rng: Generator, space: ReplaceSpace) -> ReplaceConfig:
        return draw_config(rng, space)

    def good(self, p: ReplaceConfig) -> bool:
        """Both clean and dirty victims, and few enough references that throw nothing out."""
        result = count(p)
        evictions, written = int(result["evictions"]), int(result["writebacks"])
        return 2 <= written <= evictions - 2 and 10 * evictions >= 6 * len(p.references)

    def present(self, p: ReplaceConfig) -> Mapping[str, Figure]:
        return {"frames": p.frames, "references": " ".join(p.references)}

    def rows(self, p: ReplaceConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.references, start=1))

    def run(self, p: ReplaceConfig) -> Run:
        return run(p)

    def solve(self, p: ReplaceConfig, run: Run) -> Answers:
        rows = []
        for step in run.steps:
            victim = step.result.get("victim")
            written = victim if step.result.get("writeback") else None
            rows.append({"victim": victim, "written": written})
        return {"steps": tuple(rows), "writebacks": run.metrics["writebacks"]}

    def _written(self, p: ReplaceConfig, pages: Sequence[Any]) -> Answers:
        """The right victims, with these pages written instead."""
        key = self.solve(p, right(p))["steps"]
        rows = tuple({**row, "written": page} for row, page in zip(key, pages, strict=True))
        return {"steps": rows, "writebacks": sum(page is not None for page in pages)}

    @mistake("every-victim")
    def every_victim(self, p: ReplaceConfig) -> Answers | None:
        return self._written(p, [row["victim"] for row in self.solve(p, right(p))["steps"]])

    @mistake("every-store")
    def every_store(self, p: ReplaceConfig) -> Answers | None:
        pages, writes = parse_references(p.references)
        return self._written(
            p, [page if write else None for page, write in zip(pages, writes, strict=True)]
        )

    @mistake("dirty-kept")
    def dirty_kept(self, p: ReplaceConfig) -> Answers | None:
        """A frame once dirty stays so for the pages read into it later."""
        _, writes = parse_references(p.references)
        stained: set[int] = set()
        written = []
        for step, write in zip(right(p).steps, writes, strict=True):
            frame = step.result["frame"]
            written.append(step.result.get("victim") if frame in stained else None)
            if write:
                stained.add(frame)
        return self._written(p, written)

    @mistake("final-flush")
    def final_flush(self, p: ReplaceConfig) -> Answers | None:
        pages, writes = parse_references(p.references)
        dirty: set[int] = set()
        result = right(p)
        for page, write, step in zip(pages, writes, result.steps, strict=True):
            dirty.discard(step.result.get("victim"))
            if write:
                dirty.add(page)
        key = self.solve(p, result)
        return {**key, "writebacks": key["writebacks"] + len(dirty)} if dirty else None


@lru_cache(maxsize=1)
def right(p: ReplaceConfig) -> Run:
    """The run of one variant, of which each mistake gets the writing wrong alone."""
    return run(p)
