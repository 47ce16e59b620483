"""cow.values: what each process of a listing finds in its variables at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    InputError,
    Int,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_cow.listing import parse
from oslab_cow.nodes import Program
from oslab_cow.pages import Memory
from oslab_cow.problems.listings import ValuesShape, draw_values
from oslab_cow.problems.misreadings import (
    NothingShared,
    StartsAtZero,
    WritesGoDown,
    WritesGoUp,
    branches_swapped,
)
from oslab_cow.task import Order
from oslab_cow.tree import ORDERS, TreeConfig, left, run

NAMES = ("x", "y")
# Rules that change nothing where the order does not matter and nothing is printed.
TOLD = ("tree_names",)


@dataclass(frozen=True)
class ValuesSpace:
    """Which form the listing has."""

    shape: Choose[ValuesShape]


class Values(Problem[TreeConfig, ValuesSpace]):
    """x and y in each process."""

    version = 1
    params = TreeConfig
    space = ValuesSpace
    answers = {"values": Table(label="process", columns={"x": Int(), "y": Int()})}
    required = ("parent-sees-child", "child-sees-parent")

    def draw(self, rng: Generator, space: ValuesSpace) -> TreeConfig:
        return draw_values(rng, space.shape.pick(rng))

    def good(self, p: TreeConfig) -> bool:
        """Small numbers, not all alike, and the same under every order of the processes."""
        try:
            first, *others = (_values(p, order=order) for order in ORDERS)
        except InputError:
            return False
        numbers = [row[name] for row in first.values() for name in NAMES]
        alike = len({tuple(row.items()) for row in first.values()}) < len(first)
        return (
            all(other == first for other in others) and not alike and max(map(abs, numbers)) < 200
        )

    def present(self, p: TreeConfig) -> Mapping[str, Figure]:
        return {"listing": Code(p.program.text), "count": len(self.rows(p, "values"))}

    def rows(self, p: TreeConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(name,) for name in _names(p)]

    def run(self, p: TreeConfig) -> Run:
        whole = run(p)
        return replace(whole, conventions={n: v for n, v in whole.conventions.items() if n in TOLD})

    def solve(self, p: TreeConfig, run: Run) -> Answers:
        rows: dict[str, dict[str, int]] = {}
        for row in run.metrics["pages"]:
            rows.setdefault(row["process"], {})[row["page"]] = int(row["contents"])
        return {"values": [rows[name] for name in sorted(rows)]}

    def _under(
        self,
        p: TreeConfig,
        memory: type[Memory] = Memory,
        order: Order = "child-first",
        program: Program | None = None,
    ) -> Answers | None:
        """The answers of someone who thinks of memory, or reads the listing, like this."""
        found = _values(p, order, program, memory)
        rows = [found.get(name) for name in _names(p)]
        if None in rows:
            return None
        return {"values": rows}

    @mistake("parent-sees-child")
    def parent_sees_child(self, p: TreeConfig) -> Answers | None:
        return self._under(p, WritesGoUp)

    @mistake("child-sees-parent")
    def child_sees_parent(self, p: TreeConfig) -> Answers | None:
        if "wait" in p.program.text:
            return None  # here the children have ended before their parents write
        return self._under(p, WritesGoDown, order="parent-first")

    @mistake("child-starts-at-0")
    def child_starts_at_0(self, p: TreeConfig) -> Answers | None:
        return self._under(p, StartsAtZero)

    @mistake("branches-swapped")
    def branches_swapped(self, p: TreeConfig) -> Answers | None:
        return self._under(p, program=branches_swapped(parse(p.program.text)))

    @mistake("shared-as-private")
    def shared_as_private(self, p: TreeConfig) -> Answers | None:
        return self._under(p, NothingShared) if "MAP_SHARED" in p.program.text else None


@lru_cache(maxsize=1)
def _names(p: TreeConfig) -> tuple[str, ...]:
    """The processes: each mistake asks for them."""
    return tuple(_values(p))


def _values(
    p: TreeConfig,
    order: Order = "child-first",
    program: Program | None = None,
    memory: type[Memory] = Memory,
) -> dict[str, dict[str, Any]]:
    """x and y of each process, in order of their names."""
    ordered = replace(p, rules=replace(p.rules, order=order))
    pages = left(ordered, program, memory)
    return {
        process: {name: int(pages[process][name]["contents"]) for name in NAMES}
        for process in sorted(pages)
    }
