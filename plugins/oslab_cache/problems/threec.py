"""cache.threec: put down each miss to its cause: cold, capacity or conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab.quantities import format_size
from oslab_cache.config import RunConfig
from oslab_cache.problems.accesses import AccessSpace, draw_references, undrawn
from oslab_cache.simulate import count, run
from oslab_cache.threec import CAUSES

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class ThreeCSpace:
    """A cache of `lines` lines of `line` bytes in `ways` ways, LRU, and accesses to it."""

    lines: Choose[int]
    line: Choose[int]
    ways: Choose[int]
    accesses: AccessSpace


class ThreeC(Problem[RunConfig, ThreeCSpace]):
    """For each access how many other lines were used since the last use of its line, and hit or the
    cause of the miss; and how many misses each cause has."""

    version = 1
    params = RunConfig
    space = ThreeCSpace
    answers = {
        "causes": Table(
            label="n",
            given=("address",),
            columns={"others": OrNone(Int()), "cause": Choice("hit", *CAUSES)},
            action="access",
        ),
        **{cause: Int() for cause in CAUSES},
    }
    required = ("swapped", "reload-is-cold")

    def draw(self, rng: Generator, space: ThreeCSpace) -> RunConfig:
        line, lines, ways = (n.pick(rng) for n in (space.line, space.lines, space.ways))
        return RunConfig(
            size=lines * line,
            line=line,
            ways=ways,
            policy="lru",
            write="back",
            allocate=True,
            seed=0,
            lower=(),
            inclusion="nine",
            fetches=False,
            times_ns=(),
            references=draw_references(rng, space.accesses, line, lines // ways),
        )

    def good(self, p: RunConfig) -> bool:
        """Of everything some, of nothing so much that it alone pays."""
        found = count(p)
        kinds: list[int] = [found[name] for name in ("hits", *CAUSES)]
        return min(kinds) >= 3 and 3 * max(kinds) <= len(p.references) + 1

    def present(self, p: RunConfig) -> Mapping[str, Figure]:
        return {
            "size": format_size(p.size),
            "line": format_size(p.line),
            "lines": p.first.lines,
            "ways": p.ways,
            "sets": p.first.sets,
            "references": " ".join(p.references),
        }

    def rows(self, p: RunConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.references, start=1))

    def run(self, p: RunConfig) -> Run:
        return run(p)

    def solve(self, p: RunConfig, run: Run) -> Answers:
        rows = [
            {"others": step.result.get("others"), "cause": step.result.get("cause", "hit")}
            for step in run.steps
        ]
        return {"causes": rows, **{name: run.metrics[name] for name in CAUSES}}

    def _said(self, rows: Sequence[Row]) -> Answers:
        """The answers of someone who fills in these rows."""
        causes = [row["cause"] for row in rows]
        return {"causes": rows, **{name: causes.count(name) for name in CAUSES}}

    def _right(self, p: RunConfig) -> Sequence[Row]:
        rows: Sequence[Row] = self.solve(p, undrawn(p))["causes"]
        return rows

    @mistake("swapped")
    def swapped(self, p: RunConfig) -> Answers | None:
        """Capacity is called conflict, and the other way round."""
        other = {"capacity": "conflict", "conflict": "capacity"}
        return self._said(
            [{**row, "cause": other.get(row["cause"], row["cause"])} for row in self._right(p)]
        )

    @mistake("reload-is-cold")
    def reload_is_cold(self, p: RunConfig) -> Answers | None:
        """A line that has to be brought in again is called cold again."""
        return self._said(
            [
                row if row["cause"] == "hit" else {"others": None, "cause": "cold"}
                for row in self._right(p)
            ]
        )

    @mistake("accesses-not-lines")
    def accesses_not_lines(self, p: RunConfig) -> Answers | None:
        """The accesses since the last use are counted, not the different lines among them."""
        used: dict[int, int] = {}
        rows: list[Row] = []
        for n, (step, row) in enumerate(zip(undrawn(p).steps, self._right(p), strict=True)):
            line = p.first.line_of(step.given["address"])
            if line in used:
                between = n - used[line] - 1
                why = "capacity" if between >= p.first.lines else "conflict"
                row = {"others": between, "cause": "hit" if row["cause"] == "hit" else why}
            used[line] = n
            rows.append(row)
        return self._said(rows)

    @mistake("aggregate")
    def aggregate(self, p: RunConfig) -> Answers | None:
        """Conflict misses as the misses beyond those of the fully associative cache."""
        key: Mapping[str, Any] = self.solve(p, undrawn(p))
        misses = sum(key[name] for name in CAUSES)
        free = count(replace(p, ways=p.first.lines))["misses"]
        return {**key, "capacity": free - key["cold"], "conflict": misses - free}
