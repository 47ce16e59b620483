"""A red-black tree: the interest set of epoll.

Every node is red or black. The root is black, a red node has no red child, and every way from a node
down to an end passes equally many black nodes. So no way is more than twice as long as another.

Insertion, bottom up: the new leaf is red. While its parent is red too:

- uncle red: parent and uncle become black, the grandparent red; go on from the grandparent.
- uncle black (or none): if the node is an inner grandchild, the parent is rotated outwards first. Then the
  parent (that is now above) becomes black, the grandparent red, and the grandparent is rotated: done.

The root becomes black at the end. At most two rotations.

Deletion: a node with two children is replaced by its successor, which takes over its colour. If the node
that was taken out was red, that is all. If it was black, one black node is missing on the ways through
the place where it was; let x be what hangs there now. If x is red it becomes black. Else, with the sibling w:

- w red: w becomes black, the parent red, the parent is rotated towards x; x has a new sibling, a black one.
- w black with two black children (or none): w becomes red. If the parent is red it becomes black, else go
  on with the parent as x.
- w black, its child away from x black: the child near x becomes black, w red, w is rotated away from x.
  Then as follows.
- w black, its child away from x red: w takes the parent's colour, the parent and that child become black,
  the parent is rotated towards x: done.

At most three rotations. `recolourings` counts the changes of a node's colour; the colours of a new leaf and
of a successor in its new place are no changes.

Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, 13.3, 13.4. Linux's lib/rbtree.c
makes the same rotations and ends with the same tree.
"""

from __future__ import annotations

from oslab_multiplex.structures.searchtree import OTHER, Change, Node, SearchTree, Side


class RedBlack(SearchTree):
    """The tree of the kernel."""

    coloured = True

    def _added(self, node: Node) -> None:
        while (parent := node.parent) is not None and parent.red:
            above = parent.parent
            assert above is not None  # the root is black
            side = above.side_of(parent)
            uncle = above.child(OTHER[side])
            if self._lends(uncle):
                self._colour("uncle-red", node, black=(parent, uncle), red=(above,))
                node = above
                continue
            if parent.side_of(node) != side:
                self._turn("inner", parent, side)
                node, parent = parent, node
            self._turn("outer", above, OTHER[side], black=(parent,), red=(above,))
        self._colour("root", node, black=(self.root,))

    def _removed(self, child: Node | None, parent: Node | None, red: bool) -> None:
        if red:
            return
        while parent is not None and not _is_red(child):
            side: Side = parent.side_of(child)
            sibling = self._sibling(parent, OTHER[side])
            if sibling.red:
                self._turn("sibling-red", parent, side, black=(sibling,), red=(parent,))
                sibling = self._sibling(parent, OTHER[side])
            near, far = sibling.child(side), sibling.child(OTHER[side])
            if not _is_red(near) and not _is_red(far):
                self._colour("sibling-lends", parent, red=(sibling,))
                child, parent = parent, parent.parent
                continue
            if not _is_red(far):
                self._turn("near-red", sibling, OTHER[side], black=(near,), red=(sibling,))
                sibling, far = self._sibling(parent, OTHER[side]), sibling
            if parent.red:
                self._turn("far-red", parent, side, black=(parent, far), red=(sibling,))
            else:
                self._turn("far-red", parent, side, black=(far,))
            return
        if child is not None:
            self._colour("takes-black", child, black=(child,))

    def _lends(self, uncle: Node | None) -> bool:
        """Whether the uncle makes a rotation needless."""
        return _is_red(uncle)

    def _sibling(self, parent: Node, side: Side) -> Node:
        """What hangs there: a black node is missing on the other side, so there is something."""
        sibling = parent.child(side)
        assert sibling is not None
        return sibling

    def _turn(
        self,
        why: str,
        node: Node,
        side: Side,
        black: tuple[Node | None, ...] = (),
        red: tuple[Node | None, ...] = (),
    ) -> None:
        blackened, reddened = self._dye(black, False), self._dye(red, True)
        up = self._rotate(node, side)
        self._tell(Change(why, node.key, side, up.key, blackened, reddened))

    def _colour(
        self,
        why: str,
        node: Node,
        black: tuple[Node | None, ...] = (),
        red: tuple[Node | None, ...] = (),
    ) -> None:
        blackened, reddened = self._dye(black, False), self._dye(red, True)
        if blackened or reddened:
            self._tell(Change(why, node.key, black=blackened, red=reddened))

    def _dye(self, nodes: tuple[Node | None, ...], red: bool) -> tuple[object, ...]:
        """Give the nodes a colour; the keys of those that had the other."""
        changed = [node for node in nodes if node is not None and node.red != red]
        for node in changed:
            node.red = red
        self.recolourings += len(changed)
        return tuple(sorted(node.key for node in changed))


def _is_red(node: Node | None) -> bool:
    return node is not None and node.red
