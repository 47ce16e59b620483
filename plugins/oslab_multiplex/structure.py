"""multiplex structure: the same operations on an interest set, kept in six data structures.

Each structure carries out the whole list; comparisons of keys are counted, and moves:

- list: nothing moves. Sorted array and B-tree: entries that come to stand in another slot.
- plain tree: nothing moves. AVL and red-black tree: rotations.

So a comparison costs about the same everywhere; a move is cheaper in an array than a rotation in a tree,
but there may be many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from oslab import Cells, Drawing, Grid, InputError, Int, Run, Step, Tree, Value
from oslab_multiplex.avl import AVL
from oslab_multiplex.btree import LEAST_ORDER, BTree, Page
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.array import SortedArray
from oslab_multiplex.structures.keys import Key, written
from oslab_multiplex.structures.linked import LinkedList
from oslab_multiplex.structures.searchtree import SearchTree
from oslab_multiplex.tree import drawn

Name: TypeAlias = Literal[
    "list", "sorted-array", "plain-tree", "avl-tree", "red-black-tree", "b-tree"
]
Verb: TypeAlias = Literal["add", "find", "delete"]
NAMES: Final[tuple[Name, ...]] = (
    "list", "sorted-array", "plain-tree", "avl-tree", "red-black-tree", "b-tree"
)  # fmt: skip
VERBS: Final[tuple[Verb, ...]] = ("add", "find", "delete")
# The list and the plain tree may look at all entries for each.
MOST_OPERATIONS = 5000
MOST_ORDER = 1000
MOST_DRAWN = 24
MOST_ROWS = 24


class Structure(Protocol):
    """What all of them do; `comparisons` and `moves` only grow."""

    comparisons: int

    @property
    def moves(self) -> int: ...

    def add(self, key: Any) -> object: ...

    def find(self, key: Any) -> bool: ...

    def delete(self, key: Any) -> None: ...

    def levels(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `file` is the number of an open file, `fd` that of the descriptor."""

    verb: Verb
    file: int
    fd: int

    @property
    def key(self) -> Key:
        return self.file, self.fd

    def __str__(self) -> str:
        return f"{self.verb} {written(self.key)}"


@dataclass(frozen=True, slots=True)
class StructureConfig:
    """What is done, and where.

    structures  which of `NAMES`, in the order they are shown
    order       of the B-tree: most children of a node
    before      operations that are not counted
    ops         those that are

    Raises InputError for too many operations, none, or an order that makes no tree.
    """

    structures: tuple[Name, ...]
    order: int
    before: tuple[Operation, ...]
    ops: tuple[Operation, ...]

    def __post_init__(self) -> None:
        if not LEAST_ORDER <= self.order <= MOST_ORDER:
            raise InputError(
                f"a B-tree of order {self.order}: from {LEAST_ORDER} to {MOST_ORDER} is expected"
            )
        if not self.ops:
            raise InputError("at least one operation is expected, as 'add 7'")
        many = len(self.before) + len(self.ops)
        if many > MOST_OPERATIONS:
            raise InputError(f"{many} operations are too many; up to {MOST_OPERATIONS} are counted")


Makers: TypeAlias = Mapping[Name, Callable[[int], Structure]]
MAKERS: Final[Makers] = {
    "list": lambda order: LinkedList(),
    "sorted-array": lambda order: SortedArray(),
    "plain-tree": lambda order: SearchTree(),
    "avl-tree": lambda order: AVL(),
    "red-black-tree": lambda order: RedBlack(),
    "b-tree": BTree,
}


def run(config: StructureConfig, makers: Makers = MAKERS) -> Run:
    """A step for each structure.

    structure   given structure, operations; result comparisons, moves, worst (comparisons of the dearest
                operation), height (of a list: entries; of an array: comparisons of the longest search)

    `makers` may make others instead, for what a misunderstanding would do. Raises InputError naming an
    operation that fails: a key added twice, or deleted without being there.
    """
    steps = []
    for name in config.structures:
        structure = makers[name](config.order)
        for n, operation in enumerate(config.before, start=1):
            _apply(structure, operation, f"before, operation {n}")
        rows = [
            _counted(structure, operation, f"operation {n}")
            for n, operation in enumerate(config.ops, start=1)
        ]
        compared, moved = (sum(column) for column in zip(*rows, strict=True))
        steps.append(
            Step(
                action="structure",
                actor=name,
                given={"structure": name, "operations": len(rows)},
                result={
                    "comparisons": compared,
                    "moves": moved,
                    "worst": max(compared for compared, _ in rows),
                    "height": structure.levels(),
                },
                state=_state(config, name, structure, rows),
            )
        )
    return Run(
        command="multiplex.structure",
        config=config,
        conventions=conventions(config),
        asks={"structure": {"comparisons": Int(), "moves": Int()}},
        steps=tuple(steps),
        metrics={"structures": tuple({"structure": step.actor, **step.result} for step in steps)},
    )


def conventions(config: StructureConfig) -> Mapping[str, Value]:
    """The rules in force for the structures there are."""
    said = {
        "list": "list_search",
        "sorted-array": "array_middle",
        "plain-tree": "tree_descent",
        "b-tree": "order",
    }
    rules: dict[str, Value] = {"comparison": "three-way"}
    for name in config.structures:
        if name in said:
            rules[said[name]] = str(config.order) if name == "b-tree" else True
    trees = {"plain-tree", "avl-tree", "red-black-tree"} & set(config.structures)
    deletes = any(op.verb == "delete" for op in (*config.before, *config.ops))
    if trees and deletes:
        rules["tree_deletion"] = "successor"
    if "b-tree" in config.structures and deletes:
        rules["btree_deletion"] = "borrow-left-first"
    if trees - {"plain-tree"}:
        rules["tree_moves"] = "rotations"
    return rules


def _apply(structure: Structure, operation: Operation, where: str) -> None:
    try:
        getattr(structure, operation.verb)(operation.key)
    except InputError as error:
        raise InputError(f"{where} ({operation}): {error}") from None


def _counted(structure: Structure, operation: Operation, where: str) -> tuple[int, int]:
    compared, moved = structure.comparisons, structure.moves
    _apply(structure, operation, where)
    return structure.comparisons - compared, structure.moves - moved


def _state(
    config: StructureConfig, name: Name, structure: Structure, rows: Sequence[tuple[int, int]]
) -> Mapping[str, Drawing]:
    """What each operation took, and the structure at the end, where that is not too much to see.

    Each structure's drawings have names of their own: equal ones of two structures are shown both.
    """
    state: dict[str, Drawing] = {}
    if len(rows) <= MOST_ROWS:
        each = zip(config.ops, rows, strict=True)
        state[f"{name}-operations"] = Grid(
            ("operation", "comparisons", "moves"),
            tuple((str(operation), *counted) for operation, counted in each),
        )
    drawing = drawn_structure(structure)
    return {**state, name: drawing} if drawing else state


def drawn_structure(structure: Structure) -> Drawing | None:
    """A picture of a small one."""
    if isinstance(structure, LinkedList | SortedArray):
        entries = structure.entries
        return Cells(tuple(map(written, entries))) if 0 < len(entries) <= MOST_DRAWN else None
    if isinstance(structure, BTree):
        return _page(structure.root) if _size(structure.root) <= MOST_DRAWN else None
    if isinstance(structure, SearchTree) and structure.size <= MOST_DRAWN:
        return drawn(structure)
    return None


def _page(page: Page) -> Tree:
    return Tree("[" + " ".join(map(written, page.keys)) + "]", tuple(map(_page, page.children)))


def _size(page: Page) -> int:
    return len(page.keys) + sum(map(_size, page.children))
