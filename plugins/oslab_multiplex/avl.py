"""An AVL tree: the heights of the two sides of a node differ by at most one.

After a change the way up is gone from where the tree changed. At a node whose sides differ by two, the
higher side decides: if its outer part is at least as high as its inner one, the node is rotated away from
it; else its child is rotated outwards first, and then the node: a double rotation, which is two. The way
ends at a node whose height is what it was.

An insertion is repaired at one node, so it takes at most two rotations. A deletion may take some at every
level. Deletion is by successor, as in the red-black tree.

Source: Adelson-Velsky and Landis 1962; Knuth, The Art of Computer Programming 3, 6.2.3.
"""

from __future__ import annotations

from oslab_multiplex.structures.searchtree import OTHER, Change, Node, SearchTree, Side


class AVL(SearchTree):
    """The more strictly balanced tree."""

    def _added(self, node: Node) -> None:
        self._up(node.parent)

    def _removed(self, child: Node | None, parent: Node | None, red: bool) -> None:
        self._up(parent)

    def _up(self, node: Node | None) -> None:
        while node is not None:
            before = node.height
            node.height = _height_of(node)
            lean = _height(node.left) - _height(node.right)
            if abs(lean) > 1:
                node = self._balance(node, "left" if lean > 0 else "right")
            if node.height == before:
                return
            node = node.parent

    def _balance(self, node: Node, high: Side) -> Node:
        """Rotate a node whose `high` side is two higher; what stands in its place then."""
        child = node.child(high)
        assert child is not None
        if _height(child.child(high)) < _height(child.child(OTHER[high])):
            self._turn("inner-higher", child, high)
        return self._turn("side-higher", node, OTHER[high])

    def _turn(self, why: str, node: Node, side: Side) -> Node:
        up = self._rotate(node, side)
        node.height = _height_of(node)
        up.height = _height_of(up)
        self._tell(Change(why, node.key, side, up.key))
        return up


def _height(node: Node | None) -> int:
    return node.height if node is not None else 0


def _height_of(node: Node) -> int:
    return 1 + max(_height(node.left), _height(node.right))
