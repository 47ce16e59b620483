"""multiplex.structure: what the same operations take in several data structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_multiplex.avl import AVL
from oslab_multiplex.structure import (
    MAKERS,
    Makers,
    Name,
    Operation,
    StructureConfig,
    Verb,
    drawn_structure,
    run,
)
from oslab_multiplex.structures.array import SortedArray
from oslab_multiplex.structures.keys import Key
from oslab_multiplex.structures.linked import LinkedList

COUNTS = Table(
    label="structure", columns={"comparisons": Int(), "moves": Int()}, action="structure"
)


@dataclass(frozen=True)
class StructureSpace:
    """The structures asked about; keys there before, added in this order; counted operations of each
    kind; the order of the B-tree."""

    structures: tuple[Name, ...]
    before: Choose[int]
    arrival: Literal["ascending", "any"]
    finds: Choose[int]
    adds: Choose[int]
    deletes: Choose[int]
    order: Choose[int]


class NothingMoves(SortedArray):
    """An array that makes room by itself."""

    @property
    def moves(self) -> int:
        return 0

    @moves.setter
    def moves(self, value: int) -> None:
        pass


class LevelTree(AVL):
    """A tree that stays level without a rotation."""

    @property
    def moves(self) -> int:
        return 0


class UnseenAdd(LinkedList):
    """A list that takes a key without asking whether it is there."""

    def add(self, key: Key) -> None:
        self.entries.append(key)


class Structure(Problem[StructureConfig, StructureSpace]):
    """Comparisons and moves of the counted operations in each structure."""

    version = 1
    params = StructureConfig
    space = StructureSpace
    required = ("found-not-counted", "all-halve")
    answers = {
        "counts": COUNTS,
    }

    def draw(self, rng: Generator, space: StructureSpace) -> StructureConfig:
        count, adds = space.before.pick(rng), space.adds.pick(rng)
        keys = rng.sample(range(3, 40), count + adds)
        if space.arrival == "ascending":
            keys = sorted(keys)
        there, new = keys[:count], keys[count:]
        ops = [_operation("find", key) for key in rng.sample(there, space.finds.pick(rng))]
        ops += [_operation("delete", key) for key in rng.sample(there, space.deletes.pick(rng))]
        return StructureConfig(
            structures=space.structures,
            order=space.order.pick(rng),
            before=tuple(_operation("add", key) for key in there),
            ops=(*ops, *(_operation("add", key) for key in new)),
        )

    def good(self, p: StructureConfig) -> bool:
        """Hardly two structures come to the same."""
        rows = [tuple(row.values()) for row in self.solve(p, run(p))["counts"]]
        return max(map(rows.count, rows)) <= 2 and len(set(rows)) >= len(rows) - 1

    def present(self, p: StructureConfig) -> Mapping[str, Figure]:
        return {
            "keys": " ".join(str(op.fd) for op in p.before),
            "operations": Code("\n".join(f"{n}  {op}" for n, op in enumerate(p.ops, start=1))),
            "order": p.order,
            **{name.replace("-", "_"): _drawn(p, name) for name in MAKERS},
        }

    def rows(self, p: StructureConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(name,) for name in p.structures]

    def run(self, p: StructureConfig) -> Run:
        return run(p)

    def solve(self, p: StructureConfig, run: Run) -> Answers:
        return {"counts": rows_of(run, COUNTS)}

    def _compared(self, p: StructureConfig, changed: Callable[[int], int]) -> Answers:
        """The key with other numbers of comparisons."""
        rows = right(p)
        return {"counts": [{**row, "comparisons": changed(row["comparisons"])} for row in rows]}

    def _as_if(
        self, p: StructureConfig, name: Name, kind: type[AVL | LinkedList | SortedArray]
    ) -> Answers | None:
        """The key with another structure in the place of one."""
        if name not in p.structures:
            return None
        [other] = _rows(replace(p, structures=(name,)), {name: lambda order: kind()})
        pairs = zip(p.structures, right(p), strict=True)
        return {"counts": [other if each == name else row for each, row in pairs]}

    @mistake("tree-balanced")
    def tree_balanced(self, p: StructureConfig) -> Answers | None:
        """The plain tree is taken to be level."""
        return self._as_if(p, "plain-tree", LevelTree)

    @mistake("found-not-counted")
    def found_not_counted(self, p: StructureConfig) -> Answers | None:
        """The comparison that finds the key is left out."""
        hits = sum(op.verb != "add" for op in p.ops)
        return self._compared(p, lambda comparisons: comparisons - hits) if hits else None

    @mistake("all-halve")
    def all_halve(self, p: StructureConfig) -> Answers | None:
        """Every structure is searched like the sorted array."""
        [row] = _rows(replace(p, structures=("sorted-array",)))
        return self._compared(p, lambda _: row["comparisons"])

    @mistake("add-is-free")
    def add_is_free(self, p: StructureConfig) -> Answers | None:
        """The list takes keys without being searched."""
        return self._as_if(p, "list", UnseenAdd)

    @mistake("array-free")
    def array_free(self, p: StructureConfig) -> Answers | None:
        """The entries of the sorted array stay where they are."""
        return self._as_if(p, "sorted-array", NothingMoves)


def _rows(p: StructureConfig, makers: Makers = MAKERS) -> tuple[Mapping[str, Any], ...]:
    return tuple(rows_of(run(p, makers), COUNTS))


@lru_cache(maxsize=1)
def right(p: StructureConfig) -> tuple[Mapping[str, Any], ...]:
    """The right rows: each mistake asks for them."""
    return _rows(p)


def _operation(verb: Verb, key: int) -> Operation:
    return Operation(verb, key, key)


def _drawn(p: StructureConfig, name: Name) -> Figure:
    """The structure before the counted operations."""
    structure = MAKERS[name](p.order)
    for operation in p.before:
        structure.add(operation.key)
    return drawn_structure(structure) or "-"
