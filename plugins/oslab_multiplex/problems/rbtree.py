"""multiplex.rbtree: insertions into a red-black tree, and deletions from it."""

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
    Int,
    List,
    Problem,
    Run,
    Table,
    Tree,
    mistake,
)
from oslab_multiplex.problems.rbtree_misread import (
    ByPredecessor,
    ColouredAVL,
    NoRepair,
    UncleRotates,
    from_preorder,
    instead,
)
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.searchtree import SearchTree
from oslab_multiplex.tree import Coloured, TreeConfig, count, drawn, planted, preorder, run, turned

TRIES = 12


@dataclass(frozen=True)
class RBTreeSpace:
    """How many keys are there before, inserted, and deleted; `least` rotations in all."""

    before: Choose[int]
    insert: Choose[int]
    delete: Choose[int]
    least: int


class RBTree(Problem[TreeConfig, RBTreeSpace]):
    """The rotations of each operation, or of all, and the tree in preorder."""

    version = 1
    params = TreeConfig
    space = RBTreeSpace
    required = ("unbalanced", "avl-for-rb")
    answers = {
        "operations": Table(
            label="n",
            given=("operation",),
            columns={"rotations": Int(), "tree": List(Coloured())},
        ),
        "rotations": Int(),
        "height": Int(),
        "tree": List(Coloured()),
    }

    def draw(self, rng: Generator, space: RBTreeSpace) -> TreeConfig:
        """Of several draws the first with so many rotations, else the one with most."""
        tried: list[TreeConfig] = []
        for _ in range(TRIES):
            tried.append(self._draw(rng, space))
            if _rotations(tried[-1]) >= space.least:
                return tried[-1]
        return max(tried, key=_rotations)

    def _draw(self, rng: Generator, space: RBTreeSpace) -> TreeConfig:
        before, insert = space.before.pick(rng), space.insert.pick(rng)
        keys = rng.sample(range(1, 60), before + insert)
        return TreeConfig(
            kinds=("red-black",),
            before=tuple(keys[:before]),
            insert=tuple(keys[before:]),
            delete=tuple(rng.sample(sorted(keys), min(space.delete.pick(rng), len(keys)))),
            double=2,
        )

    def good(self, p: TreeConfig) -> bool:
        """Something is rotated, and a deletion needs a successor."""
        whole = run(p)
        deletions = [step for step in whole.steps if step.action == "tree-delete"]
        if deletions and all(step.result["stand_in"] is None for step in deletions):
            return False
        return bool(whole.metrics["rotations"])

    def present(self, p: TreeConfig) -> Mapping[str, Figure]:
        before = drawn(planted(p, "red-black"))
        return {
            "before": before or Tree("·"),
            "insert": " ".join(map(str, p.insert)),
            "delete": " ".join(map(str, p.delete)),
            "operations": Code("\n".join(f"{n}  {what}" for n, what in self.rows(p, ""))),
        }

    def rows(self, p: TreeConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        said = [f"insert {key}" for key in p.insert] + [f"delete {key}" for key in p.delete]
        return [(n, text) for n, text in enumerate(said, start=1)]

    def run(self, p: TreeConfig) -> Run:
        return run(p)

    def solve(self, p: TreeConfig, run: Run) -> Answers:
        changes = [s for s in run.steps if s.action in ("tree-insert", "tree-delete")]
        return {
            "operations": [{c: s.result[c] for c in ("rotations", "tree")} for s in changes],
            "rotations": run.metrics["rotations"],
            "height": run.metrics["height"],
            "tree": run.metrics["tree"],
        }

    def follow(
        self, p: TreeConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the tree that a student drew; one that is no red-black tree of the
        keys there is replaced by the key's."""
        done = len(before)
        verbs = [("insert", k) for k in p.insert] + [("delete", k) for k in p.delete]
        verb, key = verbs[done]
        tree: SearchTree | None = None
        if before:
            key_tree = right(p)[done - 1]
            tree = from_preorder(before[-1]["tree"] or ())
            if tree is None or _keys(preorder(tree)) != _keys(key_tree):
                tree = from_preorder(key_tree)
        else:
            tree = planted(p, "red-black")
        tree = tree or RedBlack()
        tree.rotations = 0
        if verb == "insert":
            tree.add(key)
        else:
            tree.delete(key)
        return {"rotations": tree.rotations, "tree": preorder(tree)}

    def _as_if(self, p: TreeConfig, kind: type[SearchTree]) -> Answers:
        return _answers(p, instead(kind)(planted(p, "red-black")))

    @mistake("unbalanced")
    def unbalanced(self, p: TreeConfig) -> Answers | None:
        """New keys become red leaves, and that is all."""
        return self._as_if(p, NoRepair)

    @mistake("avl-for-rb")
    def avl_for_rb(self, p: TreeConfig) -> Answers | None:
        """Rotated wherever the heights differ by two."""
        return self._as_if(p, ColouredAVL)

    @mistake("predecessor")
    def predecessor(self, p: TreeConfig) -> Answers | None:
        """A deleted key is replaced by the next smaller one."""
        return self._as_if(p, ByPredecessor) if p.delete else None

    @mistake("uncle-rotates")
    def uncle_rotates(self, p: TreeConfig) -> Answers | None:
        """A red uncle is overlooked: every red parent means a rotation."""
        return None if p.delete else self._as_if(p, UncleRotates)

    @mistake("double-is-one")
    def double_is_one(self, p: TreeConfig) -> Answers | None:
        """The tree is right, but a double rotation is counted as one."""
        half = _answers(replace(p, double=1), planted(p, "red-black"))
        return None if half["rotations"] == _rotations(p) else half


def _rotations(p: TreeConfig) -> int:
    found = count(p)["rotations"]
    assert isinstance(found, int)
    return found


def _answers(p: TreeConfig, tree: SearchTree) -> Answers:
    """What happens to this tree, without a run."""
    rows = tuple({"rotations": n, "tree": preorder(tree)} for n in turned(p, tree))
    return {
        "operations": rows,
        "rotations": sum(row["rotations"] for row in rows),
        "height": tree.levels(),
        "tree": preorder(tree),
    }


@lru_cache(maxsize=1)
def right(p: TreeConfig) -> tuple[tuple[str, ...], ...]:
    """The tree after each operation, for `follow`: it is asked once for each wrong row of one variant."""
    tree = planted(p, "red-black")
    return tuple(preorder(tree) for _ in turned(p, tree))


def _keys(nodes: Sequence[str]) -> list[int]:
    return sorted(int(node[:-1]) for node in nodes)
