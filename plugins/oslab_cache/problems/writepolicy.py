"""cache.write-policy: the bytes that move between a cache and memory under several write policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from oslab import Answers, Choose, Figure, Generator, Problem, Run, Size, Table, mistake, rows_of
from oslab.quantities import format_size
from oslab_cache.cache import CacheShape
from oslab_cache.compare import CompareRunConfig, count, run
from oslab_cache.problems.accesses import AccessSpace, draw_references

WritePolicyName: TypeAlias = Literal[
    "back/allocate", "back/no-allocate", "through/allocate", "through/no-allocate"
]


@dataclass(frozen=True)
class WritePolicySpace:
    """One cache, LRU, under each of `policies`; and accesses to it, stores among them."""

    policies: tuple[WritePolicyName, ...]
    lines: Choose[int]
    line: Choose[int]
    ways: Choose[int]
    accesses: AccessSpace


TRAFFIC = Table(
    label="policy",
    columns={"bytes_from_memory": Size(), "bytes_to_memory": Size()},
    action="configuration",
)


class WritePolicy(Problem[CompareRunConfig, WritePolicySpace]):
    """For each write policy the bytes read from memory and those written to it."""

    version = 1
    params = CompareRunConfig
    space = WritePolicySpace
    answers = {"traffic": TRAFFIC}
    required = ("store-miss-free", "line-per-store", "final-flush")

    def draw(self, rng: Generator, space: WritePolicySpace) -> CompareRunConfig:
        line, lines, ways = (n.pick(rng) for n in (space.line, space.lines, space.ways))
        shapes = []
        for name in space.policies:
            write, allocate = name.split("/")
            shapes.append(
                CacheShape(
                    lines * line,
                    line,
                    ways,
                    "lru",
                    "back" if write == "back" else "through",
                    allocate == "allocate",
                    0,
                )
            )
        references = draw_references(rng, space.accesses, line, lines // ways)
        return CompareRunConfig(tuple(shapes), False, references)

    def good(self, p: CompareRunConfig) -> bool:
        """Everywhere some hits; where lines get dirty, some are written back and some left."""
        for shape, found in zip(p.caches, count(p)["configurations"], strict=True):
            if found["hits"] < 2:
                return False
            if shape.write == "back" and shape.allocate and not found["bytes_to_memory"]:
                return False
        return True

    def present(self, p: CompareRunConfig) -> Mapping[str, Figure]:
        [shape, *_] = p.caches
        return {
            "size": format_size(shape.size),
            "line": format_size(shape.line),
            "lines": shape.lines,
            "ways": shape.ways,
            "sets": shape.sets,
            "references": " ".join(p.references),
        }

    def rows(self, p: CompareRunConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(name_of(shape),) for shape in p.caches]

    def run(self, p: CompareRunConfig) -> Run:
        """The run without the rule that is no concern: nobody asks why an access misses."""
        whole = run(p, detailed=True)
        rules = {name: rule for name, rule in whole.conventions.items() if name != "threec"}
        return replace(whole, conventions=rules)

    def solve(self, p: CompareRunConfig, run: Run) -> Answers:
        return {"traffic": rows_of(run, TRAFFIC)}

    def _changed(
        self, p: CompareRunConfig, change: Callable[[CacheShape, Sequence[Any]], tuple[int, int]]
    ) -> Answers:
        """The key with something added to what each cache reads and writes."""
        done = _right(p)
        rows = []
        for group, (shape, row) in enumerate(
            zip(p.caches, self.solve(p, done)["traffic"], strict=True), start=1
        ):
            steps = [s for s in done.steps if s.group == group]
            read, written = change(shape, steps)
            rows.append(
                {
                    "bytes_from_memory": row["bytes_from_memory"] + read,
                    "bytes_to_memory": row["bytes_to_memory"] + written,
                }
            )
        return {"traffic": rows}

    @mistake("store-miss-free")
    def store_miss_free(self, p: CompareRunConfig) -> Answers | None:
        """A line that a store brings in is not read."""

        def change(shape: CacheShape, steps: Sequence[Any]) -> tuple[int, int]:
            return -sum(s.result["read"] for s in steps[:-1] if s.given["access"] == "store"), 0

        return self._changed(p, change)

    @mistake("line-per-store")
    def line_per_store(self, p: CompareRunConfig) -> Answers | None:
        """A store that goes to memory is thought to write its whole line."""

        def change(shape: CacheShape, steps: Sequence[Any]) -> tuple[int, int]:
            sent = [s for s in steps[:-1] if "sent" in s.result]
            return 0, sum(shape.line - s.result["sent"] for s in sent)

        return self._changed(p, change)

    @mistake("final-flush")
    def final_flush(self, p: CompareRunConfig) -> Answers | None:
        """What is dirty at the end is counted as written."""
        return self._changed(
            p, lambda shape, steps: (0, shape.line * steps[-1].result["dirty_lines"])
        )

    @mistake("every-victim")
    def every_victim(self, p: CompareRunConfig) -> Answers | None:
        """Clean lines are written back, too."""

        def change(shape: CacheShape, steps: Sequence[Any]) -> tuple[int, int]:
            clean = steps[-1].result["evictions"] - steps[-1].result["writebacks"]
            return 0, shape.line * clean

        return self._changed(p, change)


@lru_cache(maxsize=1)
def _right(p: CompareRunConfig) -> Run:
    """The run, which each mistake adds to."""
    return run(p, detailed=True)


def name_of(shape: CacheShape) -> str:
    """How a cache writes."""
    return f"{shape.write}/{'allocate' if shape.allocate else 'no-allocate'}"
