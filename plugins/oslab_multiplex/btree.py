"""A B-tree: nodes with many keys, so that it is low.

Of order m, a node has at most m children and m - 1 keys; all but the root have at least ⌈m/2⌉ children,
that is ⌈m/2⌉ - 1 keys. All leaves are on one level.

Within a node the key is compared with one key after the other from the left, until one is not smaller.

A new key goes into a leaf. A node with m keys is split: the key at position ⌊m/2⌋ (counted from 0) moves up
into the parent, those behind it move into a new node on the right; the parent may have to be split then.

A key that is deleted in a leaf is gone; one in another node is replaced by its successor, the first key of
the leaf below on its right. A node left with too few keys takes one from its left sibling through the
parent, if that can spare one, else from the right one; if neither can, it is merged with its left sibling
(the first child: with its right one) and the key between them, and the parent has one key less.

`moves` counts keys that come to stand in another slot or node: those shifted within a node to make room or
to close a gap, those that go into a new or a neighbouring node, those that go up or down. A new key that
is put into its slot is no move, nor is one that is deleted.

Source: Bayer and McCreight 1972; Knuth, The Art of Computer Programming 3, 6.2.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from oslab import InputError
from oslab_multiplex.structures.keys import Key, absent, present

LEAST_ORDER: Final = 3


@dataclass(eq=False, slots=True)
class Page:
    """A node: n keys, and n + 1 children unless it is a leaf."""

    keys: list[Key] = field(default_factory=list)
    children: list[Page] = field(default_factory=list)


class BTree:
    """A B-tree of this order. Raises InputError for an order below 3."""

    def __init__(self, order: int) -> None:
        if order < LEAST_ORDER:
            raise InputError(f"a B-tree of order {order} cannot grow; 3 or more is expected")
        self.order = order
        self.least = (order + 1) // 2 - 1
        self.root = Page()
        self.comparisons = 0
        self.moves = 0

    def find(self, key: Key) -> bool:
        return self._path(key)[1]

    def add(self, key: Key) -> None:
        """Raises InputError if the key is there."""
        path, found = self._path(key)
        if found:
            raise present(key)
        page, place = path[-1]
        self._insert(page, place, key)
        for above, (parent, place) in zip(path[:0:-1], path[-2::-1], strict=True):
            page = above[0]
            if len(page.keys) < self.order:
                return
            self._split(page, parent, place)
        if len(self.root.keys) == self.order:
            old, self.root = self.root, Page([], [self.root])
            self._split(old, self.root, 0)

    def delete(self, key: Key) -> None:
        """Raises InputError if the key is not there."""
        path, found = self._path(key)
        if not found:
            raise absent(key)
        page, place = path[-1]
        if page.children:
            path[-1] = (page, place + 1)
            leaf = page.children[place + 1]
            path.append((leaf, 0))
            while leaf.children:
                leaf = leaf.children[0]
                path.append((leaf, 0))
            page.keys[place] = leaf.keys[0]
            self.moves += 1
            page, place = leaf, 0
        del page.keys[place]
        self.moves += len(page.keys) - place
        for (page, _), (parent, place) in zip(path[:0:-1], path[-2::-1], strict=True):
            if len(page.keys) >= self.least:
                return
            self._refill(parent, place)
        if not self.root.keys and self.root.children:
            self.root = self.root.children[0]

    def levels(self) -> int:
        page, count = self.root, 1
        while page.children:
            page, count = page.children[0], count + 1
        return count if self.root.keys else 0

    def _path(self, key: Key) -> tuple[list[tuple[Page, int]], bool]:
        """The nodes on the way, with the place in each where the key stands or would; whether it is
        there."""
        path: list[tuple[Page, int]] = []
        page = self.root
        while True:
            place = 0
            for other in page.keys:
                self.comparisons += 1
                if not other < key:
                    break
                place += 1
            path.append((page, place))
            if place < len(page.keys) and page.keys[place] == key:
                return path, True
            if not page.children:
                return path, False
            page = page.children[place]

    def _insert(self, page: Page, place: int, key: Key) -> None:
        self.moves += len(page.keys) - place
        page.keys.insert(place, key)

    def _split(self, page: Page, parent: Page, place: int) -> None:
        middle = self.order // 2
        right = Page(page.keys[middle + 1 :], page.children[middle + 1 :])
        self.moves += len(right.keys) + 1
        self._insert(parent, place, page.keys[middle])
        parent.children.insert(place + 1, right)
        del page.keys[middle:], page.children[middle + 1 :]

    def _refill(self, parent: Page, place: int) -> None:
        """The child there has a key too few."""
        page = parent.children[place]
        left = parent.children[place - 1] if place else None
        right = parent.children[place + 1] if place < len(parent.keys) else None
        if left and len(left.keys) > self.least:
            self._insert(page, 0, parent.keys[place - 1])
            parent.keys[place - 1] = left.keys.pop()
            self.moves += 2
            if left.children:
                page.children.insert(0, left.children.pop())
        elif right and len(right.keys) > self.least:
            page.keys.append(parent.keys[place])
            parent.keys[place] = right.keys.pop(0)
            self.moves += 2 + len(right.keys)
            if right.children:
                page.children.append(right.children.pop(0))
        else:
            self._merge(parent, place - 1 if left else place)

    def _merge(self, parent: Page, place: int) -> None:
        """The child there takes the key behind it and all of the next child."""
        page, other = parent.children[place], parent.children.pop(place + 1)
        page.keys += [parent.keys.pop(place), *other.keys]
        page.children += other.children
        self.moves += 1 + len(other.keys) + len(parent.keys) - place
