"""multiplex tree: keys put into and taken out of balanced trees, repair by repair.

The interest set of an epoll instance is a red-black tree. Beside it the same keys can go into an AVL tree
and into one that is not balanced at all. `run` shows each change and each rotation, `count` gives the same
metrics without steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from oslab import (
    AnswerType,
    Choice,
    Drawing,
    InputError,
    Int,
    List,
    OrNone,
    Run,
    Step,
    Tree,
    Unreadable,
    Value,
    Words,
)
from oslab.quantities import shown, tidy
from oslab_multiplex.avl import AVL
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.keys import written
from oslab_multiplex.structures.searchtree import Change, Node, SearchTree

Kind: TypeAlias = Literal["red-black", "avl", "plain"]
Verb: TypeAlias = Literal["insert", "delete"]
KINDS: Final[tuple[Kind, ...]] = ("red-black", "avl", "plain")
TREES: Final[Mapping[Kind, type[SearchTree]]] = {
    "red-black": RedBlack,
    "avl": AVL,
    "plain": SearchTree,
}
# The first rotations of double ones.
HALVES: Final = ("inner", "near-red", "inner-higher")
MOST_KEYS = 100_000
# A tree without balance may have to be walked from end to end for each key.
MOST_PLAIN = 5000
MOST_DRAWN = 64


@dataclass(frozen=True, slots=True)
class TreeConfig:
    """What goes into which trees.

    kinds       the trees, each treated the same
    before      keys inserted before the first step; what that takes is not counted
    insert      keys inserted then, in this order
    delete      keys deleted after that, in this order
    double      what a double rotation counts: 2 or 1

    Raises InputError for a key inserted twice or deleted without being there, for no key at all and for
    too many.
    """

    kinds: tuple[Kind, ...]
    before: tuple[int, ...]
    insert: tuple[int, ...]
    delete: tuple[int, ...]
    double: Literal[1, 2]

    def __post_init__(self) -> None:
        keys = len(self.before) + len(self.insert) + len(self.delete)
        if not keys:
            raise InputError("at least one key is expected, as --insert 5,3,8")
        if keys > MOST_KEYS:
            raise InputError(f"{keys} keys are too many; up to {MOST_KEYS} are followed")
        if "plain" in self.kinds and keys > MOST_PLAIN:
            raise InputError(
                f"{keys} keys are too many for the plain tree, which may become a list; "
                f"up to {MOST_PLAIN} are followed"
            )
        for name in ("before", "insert", "delete"):
            _check_distinct(getattr(self, name), name)
        both = set(self.before) & set(self.insert)
        if both:
            raise InputError(f"{min(both)} is in the tree already, by --before")
        missing = set(self.delete) - set(self.before) - set(self.insert)
        if missing:
            raise InputError(f"{min(missing)} is deleted but never inserted")


def _check_distinct(keys: Sequence[int], name: str) -> None:
    seen: set[int] = set()
    for key in keys:
        if key in seen:
            raise InputError(f"--{name} has {key} twice; a key stands in the tree once")
        seen.add(key)


class Coloured(AnswerType):
    """A key with the colour of its node: 8B, 3R."""

    kind: ClassVar[str] = "text"

    def read(self, value: object, words: Words | None = None) -> str:
        text = tidy(str(value))
        found = _COLOURED.fullmatch(text)
        if not found:
            raise Unreadable("text", given=shown(text))
        return f"{int(found[1])}{'R' if found[2] in 'rR红' else 'B'}"


_COLOURED = re.compile(r"(-?[0-9]{1,12})([rb红黑])", re.IGNORECASE)


def preorder(tree: SearchTree) -> tuple[str, ...]:
    """The nodes as answers write them: `8B` is a black 8, `3R` a red one; keys alone, where there are
    no colours."""
    if not tree.coloured:
        return tuple(str(node.key) for node in tree.preorder())
    return tuple(f"{node.key}{'R' if node.red else 'B'}" for node in tree.preorder())


def turns(change: Change, double: Literal[1, 2]) -> int:
    """Rotations that the change counts as; the first half of a double one may count as none."""
    half = change.why in HALVES
    return int(change.direction is not None and not (half and double == 1))


class Watch:
    """Hears of a tree's changes, draws the tree after each, and counts its rotations."""

    def __init__(self, tree: SearchTree, double: Literal[1, 2]) -> None:
        self.tree, self.double = tree, double
        self.rotations = 0
        self.seen: list[tuple[Change, Tree | None]] = []

    def __call__(self, change: Change) -> None:
        self.rotations += turns(change, self.double)
        self.seen.append((change, drawn(self.tree)))


def planted(config: TreeConfig, kind: Kind) -> SearchTree:
    """The tree before the first step, nothing being counted yet."""
    tree = TREES[kind]()
    for key in config.before:
        tree.add(key)
    tree.comparisons = tree.rotations = tree.recolourings = 0
    return tree


def run(config: TreeConfig, seen_as: Callable[[SearchTree], SearchTree] = lambda tree: tree) -> Run:
    """Each change, and each repair after it; `state` is the tree after that.

    tree-start    given keys: so many were there before; state: each tree
    tree-insert   actor kind; given n, key; result parent (none: it is the root), side; comparisons,
                  rotations and recolourings, tree (in preorder), all with the repair to come
    tree-delete   actor kind; given n, key; result stand_in (none: not needed), comparisons, rotations,
                  recolourings, tree
    tree-turn     actor kind; given n, why, node; result direction, up, black, red
    tree-colour   actor kind; given n, why, node; result black, red

    Several trees take turns: an operation is carried out in one after the other. `seen_as` makes of each
    tree the one that a misunderstanding would go on with.
    """
    trees = {kind: seen_as(planted(config, kind)) for kind in config.kinds}
    steps: list[Step] = []
    if config.before:
        state = {str(kind): d for kind, tree in trees.items() if (d := drawn(tree))}
        steps.append(Step(action="tree-start", given={"keys": len(config.before)}, state=state))
    rotations = dict.fromkeys(trees, 0)
    for n, (verb, key) in enumerate(_operations(config), start=1):
        for kind, tree in trees.items():
            watch = Watch(tree, config.double)
            steps += _carried_out(n, verb, key, kind, watch)
            rotations[kind] += watch.rotations
    return Run(
        command="multiplex.tree",
        config=config,
        conventions=conventions(config),
        asks=_ASKS,
        steps=tuple(steps),
        metrics=_metrics(trees, rotations),
    )


def count(config: TreeConfig) -> Mapping[str, Value]:
    """The metrics of `run`, without steps."""
    trees = {kind: planted(config, kind) for kind in config.kinds}
    rotations = dict.fromkeys(trees, 0)
    for kind, tree in trees.items():
        rotations[kind] = sum(turned(config, tree))
    return _metrics(trees, rotations)


def turned(config: TreeConfig, tree: SearchTree) -> Iterator[int]:
    """Carry out each operation in this tree, without steps; its rotations."""
    heard: list[int] = []
    tree.changed = lambda change: heard.append(turns(change, config.double))
    for verb, key in _operations(config):
        heard.clear()
        _apply(tree, verb, key)
        yield sum(heard)


def conventions(config: TreeConfig) -> Mapping[str, Value]:
    """The rules in force, of those that could be otherwise."""
    rules: dict[str, Value] = {}
    if config.delete:
        rules["tree_deletion"] = "successor"
    if "red-black" in config.kinds:
        rules["tree_colours"] = "bottom-up"
    if config.kinds != ("plain",):
        rules["double"] = str(config.double)
    return {**rules, "tree_height": "nodes"}


_ASKS: Mapping[str, Mapping[str, AnswerType]] = {
    "tree-insert": {"parent": OrNone(Int()), "rotations": Int()},
    "tree-delete": {"stand_in": OrNone(Int()), "rotations": Int()},
    "tree-turn": {"direction": Choice("left", "right"), "up": Int()},
    "tree-colour": {"black": List(Int()), "red": List(Int())},
}


def _operations(config: TreeConfig) -> Iterator[tuple[Verb, int]]:
    for key in config.insert:
        yield "insert", key
    for key in config.delete:
        yield "delete", key


def _apply(tree: SearchTree, verb: Verb, key: int) -> None:
    if verb == "insert":
        tree.add(key)
    else:
        tree.delete(key)


def _carried_out(n: int, verb: Verb, key: int, kind: Kind, watch: Watch) -> Iterator[Step]:
    """The steps of one operation in one tree."""
    tree = watch.tree
    coloured, compared = tree.recolourings, tree.comparisons
    tree.changed = watch
    _apply(tree, verb, key)
    (first, drawing), *repairs = watch.seen
    place: dict[str, Value] = {"stand_in": first.up}
    if verb == "insert":
        side = None if first.up is None else "left" if key < first.up else "right"
        place = {"parent": first.up, "side": side}
    yield Step(
        action=f"tree-{verb}",
        actor=kind,
        given={"n": n, "key": key},
        result={
            **place,
            "comparisons": tree.comparisons - compared,
            "rotations": watch.rotations,
            "recolourings": tree.recolourings - coloured,
            "tree": preorder(tree) if tree.size <= MOST_DRAWN else None,
        },
        state=_state(kind, drawing),
        group=n,
    )
    for repair, drawing in repairs:
        given: dict[str, Value] = {"n": n, "why": repair.why, "node": repair.key}
        dyed: dict[str, Value] = {
            "black": repair.black,
            "red": repair.red,
            "black_text": ", ".join(map(str, repair.black)),
            "red_text": ", ".join(map(str, repair.red)),
        }
        turn: dict[str, Value] = {"direction": repair.direction, "up": repair.up}
        yield Step(
            action="tree-turn" if repair.direction else "tree-colour",
            actor=kind,
            given=given,
            result={**turn, **dyed} if repair.direction else dyed,
            state=_state(kind, drawing),
            group=n,
        )


def _state(kind: Kind, drawing: Tree | None) -> Mapping[str, Drawing]:
    return {kind: drawing} if drawing else {}


def _metrics(trees: Mapping[Kind, SearchTree], rotations: Mapping[Kind, int]) -> dict[str, Value]:
    """The figures of the first tree, and those of the others beside it."""
    figures: list[dict[str, Value]] = [
        {
            "rotations": rotations[kind],
            "recolourings": tree.recolourings,
            "comparisons": tree.comparisons,
            "height": tree.levels(),
        }
        for kind, tree in trees.items()
    ]
    tree, *_ = trees.values()
    shown = preorder(tree) if tree.size <= MOST_DRAWN else None
    beside = tuple({"kind": k, **f} for k, f in list(zip(trees, figures, strict=True))[1:])
    return {
        **figures[0],
        **({"tree": shown} if shown is not None else {}),
        **({"beside": beside} if beside else {}),
    }


def drawn(tree: SearchTree) -> Tree | None:
    """The tree as a drawing, where it is small; a red-black node with its colour, an AVL one with its
    height. Of two children the left one comes first; where only one is missing, a dot stands for it."""
    if tree.size > MOST_DRAWN or tree.root is None:
        return None
    return _subtree(tree.root, type(tree))


def _subtree(node: Node, kind: type[SearchTree]) -> Tree:
    label = written(node.key)
    if kind.coloured:
        label += "R" if node.red else "B"
    elif issubclass(kind, AVL):
        label += f"  h{node.height}"
    below = (node.left, node.right) if node.left or node.right else ()
    return Tree(label, tuple(Tree("·") if c is None else _subtree(c, kind) for c in below))
