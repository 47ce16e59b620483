"""A binary search tree without balance; red-black and AVL trees repair it after each change.

Keys on the left of a node are smaller, those on the right greater. A new key becomes a leaf. A node with
two children is not taken out itself: its successor, the smallest key on its right, is taken out instead
and put in its place (with its colour). The successor has no left child, so this always is a node with at
most one child, which moves up.

`comparisons` counts comparisons of two keys, one for each node that is passed on the way down; whether
keys are smaller, equal or greater is one comparison. Walking to the successor compares nothing.
`rotations` counts rotations, and `changed` hears of each change.

Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, 12.2, 12.3, 13.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from oslab_multiplex.structures.keys import absent, present

Side: TypeAlias = Literal["left", "right"]
OTHER: Final[dict[Side, Side]] = {"left": "right", "right": "left"}


@dataclass(eq=False, slots=True)
class Node:
    """A key in a tree; `red` matters in red-black trees, `height` (a leaf has 1) in AVL trees."""

    key: Any
    parent: Node | None = None
    left: Node | None = None
    right: Node | None = None
    red: bool = False
    height: int = 1

    def child(self, side: Side) -> Node | None:
        return self.left if side == "left" else self.right

    def side_of(self, child: Node | None) -> Side:
        return "left" if self.left is child else "right"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the tree: a leaf added, a node removed, or a repair of the balance.

    why         `added`, `removed`, or which case of a repair it was
    key         the key added or removed; of a repair the node it begins at, which a rotation turns down
    direction   of the rotation; None where nothing is rotated
    up          the node that comes up in its place: by a rotation, or as the successor of a removed one;
                of a leaf, its parent
    black, red  nodes that changed to this colour, in order of their keys
    """

    why: str
    key: Any
    direction: Side | None = None
    up: Any = None
    black: tuple[Any, ...] = ()
    red: tuple[Any, ...] = ()


class SearchTree:
    """The tree; `changed`, if given, is called after every change.
    `coloured`: whether its nodes' colours mean anything."""

    coloured: ClassVar[bool] = False

    def __init__(self, changed: Callable[[Change], None] | None = None) -> None:
        self.root: Node | None = None
        self.changed = changed
        self.size = 0
        self.comparisons = 0
        self.rotations = 0
        self.recolourings = 0

    @property
    def moves(self) -> int:
        return self.rotations

    def find(self, key: Any) -> bool:
        return self._path(key)[0] is not None

    def add(self, key: Any) -> Node:
        """The new leaf, the tree being repaired. Raises InputError for a key that is there."""
        found, parent, side = self._path(key)
        if found is not None:
            raise present(key)
        node = Node(key, parent, red=True)
        self.size += 1
        self._put(parent, side, node)
        self._tell(Change("added", key, up=parent.key if parent else None))
        self._added(node)
        return node

    def delete(self, key: Any) -> None:
        """Raises InputError for a key that is not there."""
        node = self._path(key)[0]
        if node is None:
            raise absent(key)
        self.size -= 1
        gone = self._stand_in(node) if node.left and node.right else node
        child, parent, red = gone.left or gone.right, gone.parent, gone.red
        self._replace(gone, child)
        if gone is not node:
            parent = gone if parent is node else parent
            gone.red, gone.height = node.red, node.height
            gone.left, gone.right = node.left, node.right
            for below in (gone.left, gone.right):
                if below:
                    below.parent = gone
            self._replace(node, gone)
        self._tell(Change("removed", key, up=None if gone is node else gone.key))
        self._removed(child, parent, red)

    # What a balanced tree does besides.

    def _added(self, node: Node) -> None:
        """A leaf was added."""

    def _removed(self, child: Node | None, parent: Node | None, red: bool) -> None:
        """A node of that colour was taken out from between these two."""

    def _stand_in(self, node: Node) -> Node:
        """The node that is taken out in place of one with two children."""
        assert node.right
        return _end(node.right, "left")

    # How it is done.

    def _path(self, key: Any) -> tuple[Node | None, Node | None, Side]:
        """The node with this key, if any; else where it would be put."""
        node, parent = self.root, None
        side: Side = "left"
        while node is not None:
            self.comparisons += 1
            if key == node.key:
                return node, parent, side
            side = "left" if key < node.key else "right"
            node, parent = node.child(side), node
        return None, parent, side

    def _put(self, parent: Node | None, side: Side, node: Node | None) -> None:
        if parent is None:
            self.root = node
        elif side == "left":
            parent.left = node
        else:
            parent.right = node
        if node is not None:
            node.parent = parent

    def _replace(self, node: Node, other: Node | None) -> None:
        """Hang `other` where `node` hangs."""
        self._put(node.parent, node.parent.side_of(node) if node.parent else "left", other)

    def _rotate(self, node: Node, side: Side) -> Node:
        """Turn the node down to that side; its child on the other side comes up, and is returned."""
        up = node.child(OTHER[side])
        assert up is not None
        self.rotations += 1
        inner = up.child(side)
        self._replace(node, up)
        self._put(node, OTHER[side], inner)
        self._put(up, side, node)
        return up

    def _tell(self, change: Change) -> None:
        if self.changed:
            self.changed(change)

    # What can be asked.

    def preorder(self) -> Iterator[Node]:
        """Each node before those on its left, and those before the ones on its right."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node is not None:
                yield node
                waiting += (node.right, node.left)

    def levels(self) -> int:
        """Nodes on the longest way from the root to a leaf; an empty tree has 0."""
        count, level = 0, [self.root] if self.root else []
        while level:
            count += 1
            level = [below for node in level for below in (node.left, node.right) if below]
        return count


def _end(node: Node, side: Side) -> Node:
    while (below := node.child(side)) is not None:
        node = below
    return node
