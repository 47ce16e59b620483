"""What a run draws of the machine: interest sets as red-black trees, ready lists, watched files."""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Cells, Drawing, Grid, Tree
from oslab_multiplex.epoll import Epoll, Item
from oslab_multiplex.machine import Machine
from oslab_multiplex.openfiles import EventFd, File, names_of
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.searchtree import Node

# Of larger interest sets and longer lists no picture helps.
MOST_ITEMS = 16
MOST_BOXES = 10
MOST_FDS = 40


class Artist:
    """Keeps the trees of a machine's interest sets, which depend on the order things were added in.

    The tree of an instance is ordered by open file (in order of their making; the kernel takes addresses),
    then by descriptor number.
    """

    def __init__(self) -> None:
        self.trees: dict[Epoll, tuple[RedBlack, dict[tuple[int, int], Item]]] = {}

    def draw(self, machine: Machine) -> Mapping[str, Drawing]:
        """The drawings after an operation; none where there is too much to draw."""
        if len(machine.fds) > MOST_FDS:
            self.trees.clear()
            return {}
        names = {fd: name for name, fd in machine.names.items()}
        drawn: dict[str, Drawing] = {}
        epolls = machine.epolls
        trees = [self._tree(epoll, names) for epoll in epolls]
        if len(epolls) == 1:
            if trees[0]:
                drawn["interest"] = trees[0]
            if len(epolls[0].list) <= MOST_BOXES:
                drawn["ready"] = Cells(tuple(item.tag for item in epolls[0].list))
        elif epolls:
            called = [names[_fd(machine, epoll)] for epoll in epolls]
            drawn["interests"] = Tree(
                "·",
                tuple(
                    Tree(name, (tree,) if tree else ())
                    for name, tree in zip(called, trees, strict=True)
                ),
            )
            drawn["lists"] = Grid(
                ("epoll", "ready_list"),
                tuple(
                    (name, " ".join(item.tag for item in epoll.list) or "-")
                    for name, epoll in zip(called, epolls, strict=True)
                ),
            )
        rows = tuple(
            (name, fd, _held(machine.fds[fd]), "+".join(names_of(machine.fds[fd].state())) or "-")
            for name, fd in machine.names.items()
            if fd in machine.fds and not isinstance(machine.fds[fd], Epoll) and names[fd] == name
        )
        if rows and len(rows) <= MOST_ITEMS:
            drawn["files"] = Grid(("name", "fd", "unread", "holds"), rows)
        return drawn

    def _tree(self, epoll: Epoll, names: Mapping[int, str]) -> Tree | None:
        tree, before = self.trees.get(epoll, (RedBlack(), {}))
        now = {(item.file.number, item.fd): item for item in epoll.items.values()}
        for key in before:
            if now.get(key) is not before[key]:
                tree.delete(key)
        for key in now:
            if before.get(key) is not now[key]:
                tree.add(key)
        self.trees[epoll] = tree, now
        return _drawn(tree.root, now, names) if tree.root and len(now) <= MOST_ITEMS else None


def _drawn(node: Node, items: Mapping[tuple[int, int], Item], names: Mapping[int, str]) -> Tree:
    item = items[node.key]
    flags = [f for f in ("edge", "oneshot", "exclusive") if getattr(item, f)]
    shown = {"edge": "ET", "oneshot": "ONESHOT", "exclusive": "EXCLUSIVE"}
    asked = "+".join((*names_of(item.mask), *(shown[f] for f in flags))) or "-"
    name = names.get(item.fd, "?")
    tag = "" if item.tag == name else f" tag={item.tag}"
    label = f"{'R' if node.red else 'B'} {name} fd {item.fd}{tag}  {asked}"
    below = (node.left, node.right) if node.left or node.right else ()
    return Tree(label, tuple(Tree("·") if c is None else _drawn(c, items, names) for c in below))


def _held(file: File) -> int:
    """What could be read: bytes, an eventfd's value, waiting connections."""
    return file.value if isinstance(file, EventFd) else file.unread


def _fd(machine: Machine, file: File) -> int:
    return next(fd for fd, each in machine.fds.items() if each is file)
