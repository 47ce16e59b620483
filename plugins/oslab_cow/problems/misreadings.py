"""Listings with forks as they are misread: memories, interpreters and programs of a misunderstanding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from oslab_cow.interpreter import Interpreter
from oslab_cow.machine import Forked, Kind, Touch
from oslab_cow.nodes import (
    Binary,
    Block,
    Call,
    Evaluate,
    If,
    Leave,
    Logical,
    Number,
    Program,
    Unary,
)
from oslab_cow.pages import Memory
from oslab_cow.problems import misread
from oslab_cow.task import Task

T = TypeVar("T")


class WritesGoUp(Memory):
    """What a child writes, its parent finds too."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        touch = super().write(process, page, value)
        parent = self.processes[process].parent
        while parent is not None:
            if self.processes[parent].alive:
                super().write(parent, page, value)
            parent = self.processes[parent].parent
        return touch


class WritesGoDown(Memory):
    """What a parent writes, its children find too."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        touch = super().write(process, page, value)
        for other in self.alive:
            if other.name.startswith(f"{process}."):
                super().write(other.name, page, value)
        return touch


class StartsAtZero(Memory):
    """A child begins with zeros in all its private pages."""

    def fork(self, parent: str, child: str) -> Forked:
        forked = super().fork(parent, child)
        for page in forked.protected:
            super().write(child, page, dict.fromkeys(self.content(child, page), 0))
        return forked


class NothingShared(Memory):
    """MAP_SHARED is taken for MAP_PRIVATE."""

    def map(self, process: str, kind: Literal["private", "shared"], pages: int, value: Any) -> int:
        return super().map(process, "private", pages, value)


class CopiedAtFork(Memory, misread.CopiedAtFork):
    """Every page is copied by fork."""


class BothWritable(Memory, misread.BothWritable):
    """A copy makes the page writable for those who keep it, too."""


class LastOwnerCopies(Memory, misread.LastOwnerCopies):
    """The last owner of a page copies it as well."""


class ReuseIsFree(Memory, misread.ReuseIsFree):
    """The last owner writes without a fault."""


class UntouchedIsFree(Memory):
    """Pages that mmap gives are taken to be there at once."""

    def map(self, process: str, kind: Literal["private", "shared"], pages: int, value: Any) -> int:
        first = super().map(process, "shared", pages, value)
        kinds: tuple[Kind, ...] = (kind,) * pages
        self.kinds = self.kinds[:first] + kinds
        return first


class OnlyParentForks(Interpreter):
    """A fork that a child reaches makes no process."""

    def fork(self, task: Task) -> None:
        if task.parent is None:
            super().fork(task)
        else:
            task.stack.append(task.pid)


class Restarts(Interpreter):
    """A child begins at the top of main: what came before its fork is printed once more."""

    def fork(self, task: Task) -> None:
        super().fork(task)
        child = task.children[-1]
        history: list[tuple[str, str]] = []
        for name, text in self.output:
            if name == task.name:
                history.append((child.name, text))
        self.output += history
        self.prints += len(history)


def rewritten(node: T, change: Callable[[Any], Any]) -> T:
    """A tree with `change` applied to every node, the inner ones first."""
    if isinstance(node, tuple):
        return tuple(rewritten(item, change) for item in node)  # type: ignore[return-value]
    if not is_dataclass(node) or isinstance(node, type):
        return node
    parts = (rewritten(getattr(node, name), change) for name in node.__dataclass_fields__)
    changed: T = change(type(node)(*parts))
    return changed


def _forks(node: object) -> bool:
    """Whether there is a fork in this part of the tree."""
    if isinstance(node, tuple):
        return any(map(_forks, node))
    if isinstance(node, Call) and node.name == "fork":
        return True
    return is_dataclass(node) and any(_forks(getattr(node, f.name)) for f in fields(node))


def branches_swapped(program: Program) -> Program:
    """The child is thought to get a number, the parent 0."""

    def change(node: Any) -> Any:
        if isinstance(node, If) and _forks(node.condition):
            other = node.other or Block(())
            return replace(node, then=other, other=node.then)
        return node

    return rewritten(program, change)


def both_branches(program: Program) -> Program:
    """Both sides of an if with a fork are done by both processes."""

    def change(node: Any) -> Any:
        if isinstance(node, If) and _forks(node.condition):
            sides = (node.then,) if node.other is None else (node.then, node.other)
            return Block((Evaluate(node.condition, node.line), *sides))
        return node

    return rewritten(program, change)


def else_ignored(program: Program) -> Program:
    """What stands after else is done by nobody."""

    def change(node: Any) -> Any:
        return replace(node, other=None) if isinstance(node, If) else node

    return rewritten(program, change)


def short_circuit_ignored(program: Program) -> Program:
    """Both sides of && and || are always evaluated."""

    def change(node: Any) -> Any:
        if not isinstance(node, Logical):
            return node
        left, right = (Unary("!", Unary("!", side)) for side in (node.left, node.right))
        return Binary(node.op[0], left, right, 0)

    return rewritten(program, change)


def exit_ignored(program: Program) -> Program:
    """A process goes on after exit."""

    def change(node: Any) -> Any:
        if isinstance(node, Call) and node.name in ("exit", "_exit"):
            return Number(0)
        return Block(()) if isinstance(node, Leave) and node.how == "return" else node

    return rewritten(program, change)
