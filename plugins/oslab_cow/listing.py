"""Reads a small subset of C: enough for the listings with forks that courses and exams draw on.

There are numbers (``char int long pid_t``), global or local to a block; pointers, only to pages that
``mmap`` gives; expressions with all of C's usual signs, ``&&`` and ``||`` short-circuiting; ``if else
for while do break continue return``; and the calls in `CALLS` with printf, puts and perror. There are
no functions but main, no arrays, structures or strings. A listing without main is one whose statements
are main's; declarations with a constant, or with nothing, before its first statement are globals.

Anything else is refused with line, column, what was found and what would be right. Length and nesting
are bounded. Source: ISO C17, 6.5 to 6.8.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, cast

from oslab import InputError
from oslab_cow.expressions import CALLS, CONSTANTS, PRINTING, Expressions
from oslab_cow.nodes import (
    SIZES,
    Assign,
    Block,
    Evaluate,
    Expression,
    If,
    Leave,
    Loop,
    Number,
    Program,
    Statement,
    Unary,
    Use,
    Variable,
)
from oslab_cow.tokens import Token

MOST_VARIABLES: Final = 100


@lru_cache(maxsize=1)
def parse(source: str) -> Program:
    """The tree of a listing, kept for whoever runs it again under other rules. Raises InputError saying
    where and what would be right."""
    return _Parser(source).program()


class _Parser(Expressions):
    """Statements and declarations; `loops` are those around the statement being read."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.loops = 0
        self.globals: list[tuple[Variable, int]] = []
        self.variables = 0

    def program(self) -> Program:
        body: list[Statement] = []
        main: Block | None = None
        last = self.next.line
        while self.next.kind != "end":
            if main is None and not body and self._is_main():
                main, last = self._main()
            elif self.is_type():
                first = self.next
                declared = self._declaration(outside=not body)
                if declared and main:
                    self.refuse("a global is given a constant, as int x = 1;", first)
                body += declared
            elif main:
                self.refuse("nothing but main is read here, and globals beside it")
            else:
                body.append(self.statement())
            if main is None:
                last = self.next.line
        if main is None and not body:
            raise InputError("the listing is empty: int main(void) { fork(); } would be one")
        return Program(tuple(self.globals), main or Block(tuple(body)), last)

    def _is_main(self) -> bool:
        words = [token.text for token in self.tokens[self.at : self.at + 3]]
        return words[:2] == ["main", "("] or words[1:] == ["main", "("]

    def _main(self) -> tuple[Block, int]:
        while not self.taken("("):
            self.take()
        while not self.taken(")"):
            if self.next.kind == "end":
                self.refuse(") is expected after main(void")
            self.take()
        if not self.sees("{"):
            self.refuse("{ is expected after main(void)")
        block = self._block()
        return block, self.tokens[self.at - 1].line

    # Declarations.

    def _declaration(self, outside: bool = False) -> list[Statement]:
        """The variables of one declaration; the statements that give them their first values, none for
        globals: those that stand outside of main with a constant."""
        first = self.next
        kind = self.type_name()
        found: list[Statement] = []
        while True:
            pointer = 0
            while self.taken("*"):
                pointer += 1
            name = self.take()
            if name.kind != "name":
                self.refuse("the name of a variable is expected, as in int x = 1;", name)
            if self.sees("("):
                self.refuse("main is the only function that is read here", name)
            if self.sees("["):
                self.refuse("arrays are not read here; mmap gives pages: p[4096] = 1", name)
            if pointer > 1 or (kind == "void" and not pointer):
                self.refuse(
                    "a type is expected: int, char, long, pid_t, or char * for pages", first
                )
            value = self._initial() if self.taken("=") else None
            constant = 0 if value is None else _constant(value)
            is_global = outside and not found and constant is not None
            variable = self._declare(name, kind, bool(pointer), is_global)
            if is_global:
                self.globals.append((variable, constant or 0))
            elif value is not None:
                use = Use(variable, name.line)
                assign = self.assigned(Assign(use, "", value, name.line), name)
                found.append(Evaluate(assign, name.line))
            if not self.taken(","):
                self.expect(";", "at the end of a declaration")
                return found

    def _initial(self) -> Expression:
        if self.sees("{"):
            self.refuse("arrays are not read here; one value is")
        return self.expression()

    def _declare(self, name: Token, kind: str, pointer: bool, is_global: bool) -> Variable:
        if name.text in self.scopes[-1]:
            self.refuse("a variable of this name is declared in this block already", name)
        if name.text in (*CALLS, *CONSTANTS, *PRINTING, "if", "else", "for", "while"):
            self.refuse("this name is taken by C; another is expected", name)
        if self.variables >= MOST_VARIABLES:
            self.refuse(f"more than {MOST_VARIABLES} variables are not read here", name)
        size = 8 if pointer else SIZES.get(kind, 1)
        element = SIZES.get(kind, 1) if pointer else 0
        variable = Variable(name.text, self.variables, size, element, is_global)
        self.variables += 1
        self.scopes[-1][name.text] = variable
        return variable

    # Statements.

    def statement(self) -> Statement:
        return self.deeper(self._statement)

    def _statement(self) -> Statement:
        self.signs = 0
        token = self.next
        match token.text if token.kind in ("name", "sign") else "":
            case "{":
                return self._block()
            case ";":
                self.take()
                return Block(())
            case "if":
                self.take()
                condition = self._condition("if")
                then = self.statement()
                other = self.statement() if self.taken("else") else None
                return If(condition, then, other, token.line)
            case "while":
                self.take()
                condition = self._condition("while")
                return Loop(condition, None, self._body(), False, token.line)
            case "do":
                self.take()
                body = self._body()
                self.expect("while", "after the body of do")
                condition = self._condition("while")
                self.expect(";", "after do … while (…)")
                return Loop(condition, None, body, True, token.line)
            case "for":
                return self._for()
            case "break" | "continue":
                self.take()
                if not self.loops:
                    self.refuse("it stands in no loop", token)
                self.expect(";", f"after {token.text}")
                how = cast(Literal["break", "continue"], token.text)
                return Leave(how, None, token.line)
            case "return":
                self.take()
                value = None if self.sees(";") else self.expression()
                self.expect(";", "after return")
                return Leave("return", value, token.line)
            case "else":
                self.refuse("there is no if before this else; { } hold several statements together")
        if self.is_type():
            return Block(tuple(self._declaration()))
        expression = self.expression()
        self.expect(";", "at the end of a statement")
        return Evaluate(expression, token.line)

    def _block(self) -> Block:
        opening = self.take()
        self.scopes.append({})
        found: list[Statement] = []
        while not self.taken("}"):
            if self.next.kind == "end":
                self.refuse(f"}} is expected for the {{ of line {opening.line}")
            if self.is_type():
                found += self._declaration()
            else:
                found.append(self.statement())
        self.scopes.pop()
        return Block(tuple(found))

    def _body(self) -> Statement:
        self.loops += 1
        body = self.statement()
        self.loops -= 1
        return body

    def _condition(self, word: str) -> Expression:
        self.expect("(", f"after {word}")
        condition = self.expression()
        self.expect(")", f"after the condition of {word}")
        return condition

    def _for(self) -> Statement:
        line = self.take().line
        self.expect("(", "after for")
        self.scopes.append({})
        first: list[Statement] = []
        if self.is_type():
            first = self._declaration()
        elif not self.taken(";"):
            first = [Evaluate(self.expression(), line)]
            self.expect(";", "after the first part of for")
        condition = None if self.sees(";") else self.expression()
        self.expect(";", "after the condition of for")
        after = None if self.sees(")") else self.expression()
        self.expect(")", "after the last part of for")
        loop = Loop(condition, after, self._body(), False, line)
        self.scopes.pop()
        return Block((*first, loop))


def _constant(expression: Expression) -> int | None:
    """The value of a constant, None for anything that has to be computed while the program runs."""
    match expression:
        case Number(value):
            return value
        case Unary("-", Number(value)):
            return -value
    return None
