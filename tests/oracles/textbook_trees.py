"""Red-black and AVL trees once more, each as its book tells it.

Red-black: the pseudocode of Cormen, Leiserson, Rivest and Stein, chapter 13, with its sentinel, its left and
right cases written out, and Delete as in the second edition, which copies the successor's key. AVL: recursive,
without parent pointers, after Weiss. Nothing here was taken from the plugin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RED, BLACK = "R", "B"


class N:
    def __init__(self, key: Any = None, color: str = BLACK) -> None:
        self.key, self.color = key, color
        self.left: Any = None
        self.right: Any = None
        self.p: Any = None


class ClrsTree:
    def __init__(self) -> None:
        self.nil = N()
        self.root = self.nil
        self.turned = 0

    def left_rotate(self, x: N) -> None:
        self.turned += 1
        y = x.right
        x.right = y.left
        if y.left is not self.nil:
            y.left.p = x
        y.p = x.p
        if x.p is self.nil:
            self.root = y
        elif x is x.p.left:
            x.p.left = y
        else:
            x.p.right = y
        y.left = x
        x.p = y

    def right_rotate(self, x: N) -> None:
        self.turned += 1
        y = x.left
        x.left = y.right
        if y.right is not self.nil:
            y.right.p = x
        y.p = x.p
        if x.p is self.nil:
            self.root = y
        elif x is x.p.right:
            x.p.right = y
        else:
            x.p.left = y
        y.right = x
        x.p = y

    def insert(self, key: Any) -> int:
        """The rotations it took."""
        self.turned = 0
        z, y, x = N(key), self.nil, self.root
        while x is not self.nil:
            y = x
            x = x.left if z.key < x.key else x.right
        z.p = y
        if y is self.nil:
            self.root = z
        elif z.key < y.key:
            y.left = z
        else:
            y.right = z
        z.left = z.right = self.nil
        z.color = RED
        while z.p.color == RED:
            if z.p is z.p.p.left:
                y = z.p.p.right
                if y.color == RED:
                    z.p.color = BLACK
                    y.color = BLACK
                    z.p.p.color = RED
                    z = z.p.p
                else:
                    if z is z.p.right:
                        z = z.p
                        self.left_rotate(z)
                    z.p.color = BLACK
                    z.p.p.color = RED
                    self.right_rotate(z.p.p)
            else:
                y = z.p.p.left
                if y.color == RED:
                    z.p.color = BLACK
                    y.color = BLACK
                    z.p.p.color = RED
                    z = z.p.p
                else:
                    if z is z.p.left:
                        z = z.p
                        self.right_rotate(z)
                    z.p.color = BLACK
                    z.p.p.color = RED
                    self.left_rotate(z.p.p)
        self.root.color = BLACK
        return self.turned

    def delete(self, key: Any) -> int:
        """The rotations it took."""
        self.turned = 0
        z = self.root
        while z.key != key:
            z = z.left if key < z.key else z.right
        if z.left is self.nil or z.right is self.nil:
            y = z
        else:
            y = z.right
            while y.left is not self.nil:
                y = y.left
        x = y.left if y.left is not self.nil else y.right
        x.p = y.p
        if y.p is self.nil:
            self.root = x
        elif y is y.p.left:
            y.p.left = x
        else:
            y.p.right = x
        if y is not z:
            z.key = y.key
        if y.color == BLACK:
            self.delete_fixup(x)
        return self.turned

    def delete_fixup(self, x: N) -> None:
        while x is not self.root and x.color == BLACK:
            if x is x.p.left:
                w = x.p.right
                if w.color == RED:
                    w.color = BLACK
                    x.p.color = RED
                    self.left_rotate(x.p)
                    w = x.p.right
                if w.left.color == BLACK and w.right.color == BLACK:
                    w.color = RED
                    x = x.p
                else:
                    if w.right.color == BLACK:
                        w.left.color = BLACK
                        w.color = RED
                        self.right_rotate(w)
                        w = x.p.right
                    w.color = x.p.color
                    x.p.color = BLACK
                    w.right.color = BLACK
                    self.left_rotate(x.p)
                    x = self.root
            else:
                w = x.p.left
                if w.color == RED:
                    w.color = BLACK
                    x.p.color = RED
                    self.right_rotate(x.p)
                    w = x.p.left
                if w.right.color == BLACK and w.left.color == BLACK:
                    w.color = RED
                    x = x.p
                else:
                    if w.left.color == BLACK:
                        w.right.color = BLACK
                        w.color = RED
                        self.left_rotate(w)
                        w = x.p.left
                    w.color = x.p.color
                    x.p.color = BLACK
                    w.left.color = BLACK
                    self.right_rotate(x.p)
                    x = self.root
        x.color = BLACK

    def preorder(self) -> list[str]:
        def walk(x: N) -> list[str]:
            return [] if x is self.nil else [f"{x.key}{x.color}", *walk(x.left), *walk(x.right)]

        return walk(self.root)


@dataclass(frozen=True)
class A:
    """A node of an AVL tree that never changes: operations make new ones."""

    key: Any
    left: A | None = None
    right: A | None = None

    @property
    def height(self) -> int:
        return 1 + max(high(self.left), high(self.right))


def high(t: A | None) -> int:
    return t.height if t else 0


def balanced(key: Any, left: A | None, right: A | None) -> tuple[A, int]:
    """The node, or what it becomes by rotating, and the rotations."""
    if high(left) > high(right) + 1:
        assert left
        if high(left.left) >= high(left.right):
            return A(left.key, left.left, A(key, left.right, right)), 1
        mid = left.right
        assert mid
        return A(mid.key, A(left.key, left.left, mid.left), A(key, mid.right, right)), 2
    if high(right) > high(left) + 1:
        assert right
        if high(right.right) >= high(right.left):
            return A(right.key, A(key, left, right.left), right.right), 1
        mid = right.left
        assert mid
        return A(mid.key, A(key, left, mid.left), A(right.key, mid.right, right.right)), 2
    return A(key, left, right), 0


def avl_insert(t: A | None, key: Any) -> tuple[A, int]:
    if t is None:
        return A(key), 0
    if key < t.key:
        left, below = avl_insert(t.left, key)
        node, here = balanced(t.key, left, t.right)
    else:
        right, below = avl_insert(t.right, key)
        node, here = balanced(t.key, t.left, right)
    return node, below + here


def avl_delete(t: A | None, key: Any) -> tuple[A | None, int]:
    assert t
    if key == t.key:
        if t.left is None or t.right is None:
            return t.left or t.right, 0
        least = t.right
        while least.left:
            least = least.left
        right, below = avl_delete(t.right, least.key)
        node, here = balanced(least.key, t.left, right)
    elif key < t.key:
        left, below = avl_delete(t.left, key)
        node, here = balanced(t.key, left, t.right)
    else:
        right, below = avl_delete(t.right, key)
        node, here = balanced(t.key, t.left, right)
    return node, below + here


def avl_preorder(t: A | None) -> list[str]:
    return [str(t.key), *avl_preorder(t.left), *avl_preorder(t.right)] if t else []
