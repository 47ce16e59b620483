"""Red-black trees as misunderstood, and one read from an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from oslab_multiplex.avl import AVL
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.searchtree import Node, SearchTree
from oslab_multiplex.tree import preorder

_NODE = re.compile(r"([0-9]{1,9})([rb])", re.IGNORECASE)


class NoRepair(RedBlack):
    """A search tree: new keys are red leaves (the first is black), nothing is repaired."""

    def _added(self, node: Node) -> None:
        node.red = node.parent is not None

    def _removed(self, child: Node | None, parent: Node | None, red: bool) -> None:
        if self.root is not None:
            self.root.red = False


class UncleRotates(RedBlack):
    """Two red nodes below each other always mean a rotation, also beside a red uncle."""

    def _lends(self, uncle: Node | None) -> bool:
        return False


class ByPredecessor(RedBlack):
    """A node with two children is replaced by the greatest key on its left."""

    def _stand_in(self, node: Node) -> Node:
        found = node.left
        assert found is not None
        while found.right is not None:
            found = found.right
        return found


class ColouredAVL(AVL):
    """An AVL tree with colours that make it a red-black tree: a node of odd height is red below one of
    even height, so that every way passes as many black nodes."""

    coloured = True

    def _added(self, node: Node) -> None:
        super()._added(node)
        self._dye()

    def _removed(self, child: Node | None, parent: Node | None, red: bool) -> None:
        super()._removed(child, parent, red)
        self._dye()

    def _dye(self) -> None:
        for node in self.preorder():
            above = node.parent
            node.red = above is not None and node.height % 2 == 1 and above.height % 2 == 0


def instead(kind: type[SearchTree]) -> Callable[[SearchTree], SearchTree]:
    """Someone who goes on with the tree that is drawn, but as with a tree of this kind."""

    def going_on(drawn: SearchTree) -> SearchTree:
        tree = kind()
        tree.root, tree.size = drawn.root, drawn.size
        for node in reversed(list(drawn.preorder())):
            node.height = 1 + max(b.height if b else 0 for b in (node.left, node.right))
        return tree

    return going_on


def from_preorder(nodes: Sequence[str]) -> RedBlack | None:
    """The red-black tree with this preorder; None if there is none."""
    parts = [_NODE.fullmatch(node) for node in nodes]
    plain = SearchTree()
    for part in parts:
        if part is None or plain.find(int(part[1])):
            return None
        plain.add(int(part[1])).red = part[2] in "rR"
    tree = RedBlack()
    tree.root, tree.size = plain.root, plain.size
    same = [node.casefold() for node in nodes] == [node.casefold() for node in preorder(tree)]
    return tree if same and _is_red_black(tree) else None


def _is_red_black(tree: RedBlack) -> bool:
    if tree.root is not None and tree.root.red:
        return False
    blacks: dict[Node | None, int] = {None: 0}
    for node in reversed(list(tree.preorder())):
        below = [node.left, node.right]
        if blacks[node.left] != blacks[node.right]:
            return False
        if node.red and any(b is not None and b.red for b in below):
            return False
        blacks[node] = blacks[node.left] + (not node.red)
    return True
