"""A listing as instructions for a small stack machine.

The state of a process between two instructions is a position, a stack of numbers and its variables. So
a fork in the middle of ``fork() && fork()`` is no special case: the child gets a copy of all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from oslab_cow.nodes import (
    Assign,
    Binary,
    Block,
    Call,
    Change,
    Conditional,
    Element,
    Evaluate,
    Expression,
    If,
    Leave,
    Logical,
    Loop,
    Number,
    Print,
    Program,
    Statement,
    Target,
    Unary,
    Use,
    Variable,
)

Name: TypeAlias = Literal[
    "turn",  # a statement begins: another process may go on
    "push",  # a number
    "pop",
    "dup",
    "load",  # the value of a variable
    "store",  # the top of the stack into a variable; it stays on the stack
    "load-at",  # an index is taken; the element of that index is pushed
    "store-at",  # a value and an index are taken; the value is pushed again
    "unary",
    "binary",
    "jump",
    "jump-if-0",  # the top of the stack is taken
    "print",
    "call",
]
STORES: Final = ("store", "store-at")


class Instruction(NamedTuple):
    """What to do, with what, and the line of the listing it comes from."""

    name: Name
    line: int
    number: int = 0
    text: str = ""
    variable: Variable | None = None
    printed: Print | None = None


@lru_cache(maxsize=1)
def translate(program: Program) -> tuple[Instruction, ...]:
    """The instructions of main, kept like the tree that `listing.parse` returns; at their end stands a
    call of exit."""
    writer = _Writer()
    writer.statement(program.body)
    writer.line = program.last_line
    writer.put("turn")
    writer.put("push")
    writer.put("call", text="exit", number=1)
    return tuple(writer.code)


@dataclass
class _Exits:
    """Jumps out of a loop that still have to learn where they lead."""

    breaks: list[int]
    continues: list[int]


class _Writer:
    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self.line = 0
        self.loops: list[_Exits] = []

    def put(
        self,
        name: Name,
        number: int = 0,
        text: str = "",
        variable: Variable | None = None,
        printed: Print | None = None,
    ) -> int:
        """Append an instruction; where it stands."""
        self.code.append(Instruction(name, self.line, number, text, variable, printed))
        return len(self.code) - 1

    def land(self, *jumps: int) -> None:
        """Let these jumps lead to what comes next."""
        for jump in jumps:
            self.code[jump] = self.code[jump]._replace(number=len(self.code))

    # Statements leave the stack as it was.

    def statement(self, statement: Statement) -> None:
        match statement:
            case Block(statements):
                for one in statements:
                    self.statement(one)
            case Evaluate(expression, line):
                self.begin(line)
                self.value(expression)
                self.put("pop")
            case If(condition, then, other, line):
                self.begin(line)
                self.value(condition)
                past_then = self.put("jump-if-0")
                self.statement(then)
                if other is not None:
                    past_other = self.put("jump")
                    self.land(past_then)
                    self.statement(other)
                    past_then = past_other
                self.land(past_then)
            case Loop():
                self.loop(statement)
            case Leave("return", value, line):
                self.begin(line)
                self.value(value or Number(0))
                self.put("call", text="exit", number=1)
            case Leave(how, _, line):
                self.begin(line)
                jumps = self.loops[-1].breaks if how == "break" else self.loops[-1].continues
                jumps.append(self.put("jump"))

    def begin(self, line: int) -> None:
        self.line = line
        self.put("turn")

    def loop(self, loop: Loop) -> None:
        self.loops.append(_Exits([], []))
        top = len(self.code)
        leave = [] if loop.body_first else self._leave_unless(loop)
        self.statement(loop.body)
        exits = self.loops.pop()
        self.land(*exits.continues)
        if loop.after is not None:
            self.begin(loop.line)
            self.value(loop.after)
            self.put("pop")
        if loop.body_first:
            leave = self._leave_unless(loop)
        self.put("jump", number=top)
        self.land(*exits.breaks, *leave)

    def _leave_unless(self, loop: Loop) -> list[int]:
        """The jump out of the loop that its condition decides on, if it has one."""
        self.begin(loop.line)
        if loop.condition is None:
            return []
        self.value(loop.condition)
        return [self.put("jump-if-0")]

    # Expressions push one number.

    def value(self, expression: Expression) -> None:
        match expression:
            case Number(value):
                self.put("push", value)
            case Use(variable):
                self.put("load", variable=variable)
            case Element(pointer, index):
                self.value(index)
                self.put("load-at", variable=pointer)
            case Unary(op, operand):
                self.value(operand)
                self.put("unary", text=op)
            case Binary(op, left, right):
                self.value(left)
                self.value(right)
                self.put("binary", text=op)
            case Logical(op, left, right):
                self.logical(op, left, right)
            case Conditional(condition, then, other):
                self.value(condition)
                past_then = self.put("jump-if-0")
                self.value(then)
                past_other = self.put("jump")
                self.land(past_then)
                self.value(other)
                self.land(past_other)
            case Assign(target, op, value):
                self.assign(target, op, value)
            case Change(target, by, prefix):
                self.assign(target, "+", Number(by))
                if not prefix:
                    self.put("push", by)
                    self.put("binary", text="-")
            case Call(name, arguments):
                for argument in arguments:
                    self.value(argument)
                self.put("call", text=name, number=len(arguments))
            case Print(arguments=arguments):
                for argument in arguments:
                    self.value(argument)
                self.put("print", number=len(arguments), printed=expression)

    def logical(self, op: str, left: Expression, right: Expression) -> None:
        """1 or 0; the right side runs where the left one leaves it open."""
        self.value(left)
        if op == "||":
            self.put("unary", text="!")
        decided = self.put("jump-if-0")
        self.value(right)
        self.put("unary", text="!")
        self.put("unary", text="!")
        end = self.put("jump")
        self.land(decided)
        self.put("push", int(op == "||"))
        self.land(end)

    def assign(self, target: Target, op: str, value: Expression) -> None:
        """The index is evaluated once, also in ``p[i] += 1``."""
        if isinstance(target, Use):
            if op:
                self.put("load", variable=target.variable)
        else:
            self.value(target.index)
            if op:
                self.put("dup")
                self.put("load-at", variable=target.pointer)
        self.value(value)
        if op:
            self.put("binary", text=op)
        if isinstance(target, Use):
            self.put("store", variable=target.variable)
        else:
            self.put("store-at", variable=target.pointer)
