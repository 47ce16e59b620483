"""What a C listing is made of, once it is read: the tree that `listing.parse` returns.

Every variable is resolved: two of one name in different blocks are two `Variable`s. Casts are gone,
since they change nothing that is modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

SIZES: Final = {"char": 1, "int": 4, "pid_t": 4, "long": 8}
"""Bytes of each type there is."""

Stream: TypeAlias = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `element` is the bytes that a pointer points at, 0 for a number.

    number   which one it is among all, from 0: two of one name differ in it
    size     bytes of a number
    """

    name: str
    number: int
    size: int
    element: int
    is_global: bool


@dataclass(frozen=True, slots=True)
class Number:
    value: int


@dataclass(frozen=True, slots=True)
class Use:
    """The value of a variable."""

    variable: Variable
    line: int


@dataclass(frozen=True, slots=True)
class Element:
    """``p[index]``, also written ``*p`` and ``*(p + index)``."""

    pointer: Variable
    index: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: Expression
    right: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Logical:
    """``&&`` or ``||``: the right side is evaluated only where the left one does not decide."""

    op: Literal["&&", "||"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? then : other``"""

    condition: Expression
    then: Expression
    other: Expression


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``; `op` is ``+`` for ``target += value``, and empty for a plain one."""

    target: Target
    op: str
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """``++x`` (prefix) or ``x++``; `by` is 1 or -1."""

    target: Target
    by: int
    prefix: bool
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """fork, wait, waitpid, exit, _exit, pause, getpid, getppid, mmap, fflush."""

    name: str
    arguments: tuple[Expression, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Print:
    """printf and its kin: `texts` stand before, between and after the `arguments`, each of which is
    written as ``d`` (a number) or ``c`` (a character)."""

    stream: Stream
    texts: tuple[str, ...]
    forms: tuple[str, ...]
    arguments: tuple[Expression, ...]
    line: int


Target: TypeAlias = "Use | Element"
Expression: TypeAlias = """(
    Number | Use | Element | Unary | Binary | Logical | Conditional | Assign | Change | Call | Print
)"""


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression as a statement."""

    expression: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If:
    condition: Expression
    then: Statement
    other: Statement | None
    line: int


@dataclass(frozen=True, slots=True)
class Loop:
    """``for`` and ``while``; `after` runs at the end of each turn. ``do``: the body comes first."""

    condition: Expression | None
    after: Expression | None
    body: Statement
    body_first: bool
    line: int


@dataclass(frozen=True, slots=True)
class Leave:
    """``break``, ``continue``, or ``return value``, which ends main and so the process."""

    how: Literal["break", "continue", "return"]
    value: Expression | None
    line: int


Statement: TypeAlias = "Evaluate | Block | If | Loop | Leave"


@dataclass(frozen=True, slots=True)
class Program:
    """A listing: its globals with what they hold at the start, and the body of main.

    last_line   the line at which main ends
    """

    globals: tuple[tuple[Variable, int], ...]
    body: Block
    last_line: int
