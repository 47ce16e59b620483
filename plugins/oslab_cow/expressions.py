"""Reads the expressions of a C listing, calls among them: the lower half of `listing.parse`.

Recursive descent, from what binds weakest to what binds strongest. Source: ISO C17, 6.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, cast

from oslab.exercise.fields import did_you_mean
from oslab.quantities import shown
from oslab_cow.nodes import (
    SIZES,
    Assign,
    Binary,
    Call,
    Change,
    Conditional,
    Element,
    Expression,
    Logical,
    Number,
    Print,
    Stream,
    Target,
    Unary,
    Use,
    Variable,
)
from oslab_cow.tokens import Cursor, Token

MOST_SIGNS: Final = 100

CALLS: Final[Mapping[str, str]] = {
    "fork": "fork()",
    "wait": "wait(NULL)",
    "waitpid": "waitpid(pid, NULL, 0)",
    "exit": "exit(0)",
    "_exit": "_exit(0)",
    "pause": "pause()",
    "getpid": "getpid()",
    "getppid": "getppid()",
    "mmap": "mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "fflush": "fflush(stdout)",
}
"""The calls there are, each as it is written."""
PRINTING: Final = ("printf", "fprintf", "puts", "perror")

MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 0x01, 0x02, 0x20
CONSTANTS: Final[Mapping[str, int]] = {
    "NULL": 0, "stdout": 1, "stderr": 2, "EXIT_SUCCESS": 0, "EXIT_FAILURE": 1, "MAP_FAILED": -1,
    "PROT_NONE": 0, "PROT_READ": 1, "PROT_WRITE": 2, "PROT_EXEC": 4, "MAP_SHARED": MAP_SHARED,
    "MAP_PRIVATE": MAP_PRIVATE, "MAP_ANONYMOUS": MAP_ANONYMOUS, "MAP_ANON": MAP_ANONYMOUS,
}  # fmt: skip

_QUALIFIERS = ("static", "const", "volatile", "register", "signed", "extern")
_REFUSED = {
    "unsigned": "only signed numbers are read here",
    "float": "only whole numbers are read here",
    "double": "only whole numbers are read here",
    "struct": "structures are not read here",
    "switch": "switch is not read here; if and else are",
    "goto": "goto is not read here; for and while are",
    "vfork": "vfork shares all memory until exec; only fork is modelled here",
    "exec": "exec would replace the program; only fork is modelled here",
    "sleep": "there is no time here; the order is a rule of the run, and wait(NULL) waits for a child",
}
_LEVELS: Final = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"),
    ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_LEVEL: Final = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=")
_PLACE = re.compile(r"%(%|[-+ 0]*\d{0,3}(?:l{0,2}[diu]|c)|.?)", re.DOTALL)


class Expressions(Cursor):
    """Reads expressions; `scopes` are the names in force, the innermost block's last.

    signs    binary signs so far in this statement, bounded as the nesting is
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.signs = 0
        self.scopes: list[dict[str, Variable]] = [{}]

    # Types.

    def is_type(self, at: int = 0) -> bool:
        token = self.tokens[min(self.at + at, len(self.tokens) - 1)]
        return token.kind == "name" and token.text in (*SIZES, *_QUALIFIERS, "void")

    def type_name(self) -> str:
        """The name of a type; long long and long int are long, a lone qualifier means int."""
        names = []
        while self.is_type():
            token = self.take()
            if token.text not in _QUALIFIERS:
                names.append(token.text)
        if len(names) > 1 and names[0] == "long":
            return "long"
        return names[0] if names else "int"

    # Expressions, from the weakest binding to the strongest.

    def expression(self) -> Expression:
        return self.deeper(self._assignment)

    def _assignment(self) -> Expression:
        begin = self.next
        left = self._conditional()
        sign = self.taken(*_ASSIGNMENTS)
        if sign is None:
            return left
        target = self._target(left, begin)
        value = self.expression()
        return self.assigned(Assign(target, sign.text[:-1], value, sign.line), begin)

    def assigned(self, assign: Assign, place: Token) -> Assign:
        """Pointers are given pages or another pointer, numbers are not."""
        element = assign.target.variable.element if isinstance(assign.target, Use) else 0
        value = assign.value
        given = isinstance(value, Use) and value.variable.element
        mapped = isinstance(value, Call) and value.name == "mmap"
        if element and (assign.op or not (given or mapped or value == Number(0))):
            self.refuse("a pointer is given what mmap returns", place)
        if not element and (given or mapped):
            self.refuse("a number cannot hold a pointer; declare char *p", place)
        return assign

    def _target(self, left: Expression, place: Token) -> Target:
        if not isinstance(left, Use | Element):
            self.refuse("a variable is expected before =, as in x = 1", place)
        return left

    def _conditional(self) -> Expression:
        condition = self._binary()
        if not self.taken("?"):
            return condition
        then = self.expression()
        self.expect(":", "after ? and a value")
        return Conditional(condition, then, self.deeper(self._conditional))

    def _binary(self, least: int = 0) -> Expression:
        """Binary signs of this level and those that bind stronger; all of them group from the left."""
        left = self._unary()
        while _LEVEL.get(self.next.text, -1) >= least:
            sign = self.take()
            right = self._binary(_LEVEL[sign.text] + 1)
            self.signs += 1
            if self.signs > MOST_SIGNS:
                self.refuse(f"one statement has at most {MOST_SIGNS} signs such as +", sign)
            if (is_pointer(left) or is_pointer(right)) and sign.text not in ("==", "!="):
                self.refuse("a pointer is used as p[i], *p or *(p + i) here", sign)
            if sign.text in ("&&", "||"):
                left = Logical(cast(Literal["&&", "||"], sign.text), left, right)
            else:
                left = Binary(sign.text, left, right, sign.line)
        return left

    def _unary(self) -> Expression:
        token = self.next
        if self.taken("!", "-", "+", "~"):
            return Unary(token.text, self.deeper(self._unary))
        if self.taken("++", "--"):
            target = self._target(self.deeper(self._unary), token)
            return self._changed(target, token, prefix=True)
        if self.taken("*"):
            return self._pointed(token)
        if self.sees("&"):
            self.refuse("addresses are taken in wait(&status) only")
        if self.sees("sizeof") or (self.sees("(") and self.is_type(at=1)):
            return self._typed()
        return self._postfix()

    def _typed(self) -> Expression:
        """``sizeof (type)``, or a cast, which changes nothing."""
        sizeof = self.taken("sizeof")
        self.expect("(", "after sizeof")
        if not self.is_type():
            self.refuse("a type is expected, as in sizeof (int)")
        kind = self.type_name()
        pointer = False
        while self.taken("*"):
            pointer = True
        self.expect(")", "after a type")
        if sizeof:
            return Number(8 if pointer else SIZES.get(kind, 1))
        return self.deeper(self._unary)

    def _pointed(self, star: Token) -> Expression:
        """What follows a ``*``: ``p`` or ``(p + index)``."""
        opened = self.taken("(")
        name = self.take()
        pointer = self._find(name)
        if pointer is None or not pointer.element:
            self.refuse("a pointer is expected after *, as in *p or *(p + 4096)", name)
        index: Expression = Number(0)
        if opened and self.taken("+"):
            index = self.expression()
        if opened:
            self.expect(")", "after *(p + i")
        return Element(pointer, index, star.line)

    def _changed(self, target: Target, token: Token, prefix: bool) -> Change:
        if isinstance(target, Use) and target.variable.element:
            self.refuse("pointers stay where they are here; use p[i]", token)
        return Change(target, 1 if token.text == "++" else -1, prefix, token.line)

    def _postfix(self) -> Expression:
        token = self.next
        found = self._primary()
        while True:
            if self.taken("["):
                if not (isinstance(found, Use) and found.variable.element):
                    self.refuse("a pointer that mmap gave is expected before [", token)
                index = self.expression()
                self.expect("]", "after an index")
                found = Element(found.variable, index, token.line)
            elif self.sees("++", "--"):
                sign = self.take()
                found = self._changed(self._target(found, token), sign, prefix=False)
            else:
                return found

    def _primary(self) -> Expression:
        token = self.take()
        if token.kind == "number":
            return Number(cast(int, token.value))
        if token.kind == "sign" and token.text == "(":
            inner = self.expression()
            self.expect(")", "after a value in parentheses")
            return inner
        if token.kind != "name":
            self.refuse("a value is expected: a number, a variable or a call", token)
        if self.sees("("):
            return self._call(token)
        variable = self._find(token)
        if variable:
            return Use(variable, token.line)
        if token.text in CONSTANTS:
            return Number(CONSTANTS[token.text])
        if token.text in _REFUSED:
            self.refuse(_REFUSED[token.text], token)
        known = sorted({*CALLS, *PRINTING, *(name for scope in self.scopes for name in scope)})
        near = did_you_mean(token.text, known)
        self.refuse(f"there is no variable of this name{near}; int x = 1; would declare one", token)

    def _find(self, name: Token) -> Variable | None:
        """The variable of this name in the innermost block that has one."""
        found = (scope[name.text] for scope in reversed(self.scopes) if name.text in scope)
        return next(found, None)

    # Calls.

    def _call(self, name: Token) -> Expression:
        if name.text in PRINTING:
            return self._print(name)
        if name.text not in CALLS:
            word = "exec" if name.text.startswith("exec") else name.text
            near = did_you_mean(name.text, [*CALLS, *PRINTING])
            known = f"no such call is read here{near}; there are {', '.join([*CALLS, *PRINTING])}"
            self.refuse(_REFUSED.get(word, known), name)
        self.take()
        arguments = self._arguments(statuses=name.text in ("wait", "waitpid"))
        expected = CALLS[name.text]
        wanted = 0 if expected.endswith("()") else expected.count(",") + 1
        if len(arguments) != wanted:
            self.refuse(f"it is written {expected} here", name)
        if any(is_pointer(argument) for argument in arguments):
            self.refuse(f"it is written {expected} here, without a pointer", name)
        return Call(name.text, tuple(arguments), name.line)

    def _arguments(self, statuses: bool = False) -> list[Expression]:
        """What stands in parentheses; ``&status`` counts as NULL, since no status is modelled."""
        found: list[Expression] = []
        while not self.taken(")"):
            if found:
                self.expect(",", "between arguments, or ) after them")
            if statuses and self.taken("&"):
                self._primary()
                found.append(Number(0))
            else:
                found.append(self.expression())
        return found

    def _print(self, name: Token) -> Print:
        self.take()
        stream: Stream = "stderr" if name.text == "perror" else "stdout"
        if name.text == "fprintf":
            word = self.taken("stdout", "stderr") or self.refuse("stdout or stderr is expected")
            stream = cast(Stream, word.text)
            self.expect(",", f"after {word.text}")
        parts = []
        place = self.next
        while self.next.kind == "text":
            parts.append(cast(str, self.take().value))
        if not parts:
            self.refuse(f'a text is expected, as in {name.text}("…")')
        text = "".join(parts)
        if name.text in ("puts", "perror"):
            self.expect(")", "after the text")
            return Print(stream, (text + "\n",), (), (), name.line)
        texts, forms = self._format(text, place)
        arguments = []
        while self.taken(","):
            arguments.append(self.expression())
        self.expect(")", "after the arguments")
        if len(arguments) != len(forms):
            self.refuse(
                f"the text has {len(forms)} places such as %d, but {len(arguments)} values follow",
                name,
            )
        if any(is_pointer(argument) for argument in arguments):
            self.refuse("numbers can be printed, pointers cannot", name)
        return Print(stream, texts, forms, tuple(arguments), name.line)

    def _format(self, text: str, place: Token) -> tuple[tuple[str, ...], tuple[str, ...]]:
        texts, forms, at = [""], [], 0
        for found in _PLACE.finditer(text):
            texts[-1] += text[at : found.start()]
            at = found.end()
            if found[1] == "%":
                texts[-1] += "%"
            elif found[1] in ("d", "i", "u", "ld", "lld", "c"):
                forms.append("c" if found[1] == "c" else "d")
                texts.append("")
            else:
                self.refuse(f"{shown('%' + found[1])} is not read here; %d and %c are", place)
        texts[-1] += text[at:]
        return tuple(texts), tuple(forms)


def is_pointer(expression: Expression) -> bool:
    """Whether an expression is a pointer by itself."""
    return isinstance(expression, Use) and expression.variable.element > 0
