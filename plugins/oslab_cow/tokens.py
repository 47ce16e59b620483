"""The words of a C listing: names, numbers, texts and signs, each with its place; a cursor over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias, TypeVar

from oslab import InputError
from oslab.quantities import shown

TokenKind: TypeAlias = Literal["name", "number", "text", "sign", "end"]
T = TypeVar("T")

MOST_CHARACTERS: Final = 64 * 1024
MOST_TOKENS: Final = 10_000
MOST_NESTED: Final = 40

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f\v]+|//[^\n]*|/\*.*?\*/|\\\r?\n)
      | (?P<line>\n)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?P<suffix>[uUlL]*)(?![\w.])
      | (?P<text>"(?:[^"\\\n]|\\.)*")
      | (?P<character>'(?:[ -&(-\[\]-~]|\\.)')
      | (?P<sign>(?!/\*)(?:\+\+|--|&&|\|\||[-+*/%=!<>]=|<<|>>|[-+*/%=!<>&|^~?:;,(){}\[\]]))""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"', "'": "'", "a": "\a"}
_DEFINE = re.compile(r"#\s*define\s+([A-Za-z_]\w*)\s+(-?(?:0[xX][0-9a-fA-F]+|[0-9]+))\s*", re.ASCII)
_IGNORED = re.compile(r"#\s*(include|pragma)\b.*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a listing; `value` is what a number or text stands for."""

    kind: TokenKind
    text: str
    line: int
    column: int
    value: int | str = 0


def fault(line: int, column: int, text: str) -> InputError:
    """What is wrong at a place of the listing."""
    return InputError(f"listing, line {line}, column {column}: {text}")


def tokens(source: str) -> Iterator[Token]:
    """The words of a listing, the last one of the kind `end`.

    Comments and ``#include`` are passed over, ``#define NAME NUMBER`` is obeyed. Raises InputError.
    """
    if len(source) > MOST_CHARACTERS:
        raise InputError(
            f"the listing has {len(source)} characters; at most {MOST_CHARACTERS} are read"
        )
    defined: dict[str, int] = {}
    line, start, at = 1, 0, 0
    fresh = True
    while at < len(source):
        column = at - start + 1
        if fresh and source[at] == "#":
            end = source.find("\n", at)
            end = len(source) if end < 0 else end
            _directive(source[at:end], line, column, defined)
            at = end
            continue
        found = _TOKEN.match(source, at)
        if found is None:
            raise fault(line, column, _unreadable(source[at:]))
        kind, text = found.lastgroup, found[0]
        at = found.end()
        if kind in ("line", "blank"):
            breaks = text.count("\n")
            if breaks:
                line += breaks
                start = found.start() + text.rindex("\n") + 1
            fresh = fresh or kind == "line"
            continue
        fresh = False
        if kind == "suffix":
            yield Token("number", text, line, column, _number(found["number"], line, column))
        elif kind == "name" and text in defined:
            yield Token("number", text, line, column, defined[text])
        elif kind == "text":
            yield Token("text", text, line, column, _unescaped(text, line, column))
        elif kind == "character":
            yield Token("number", text, line, column, ord(_unescaped(text, line, column)))
        else:
            yield Token("name" if kind == "name" else "sign", text, line, column)
    yield Token("end", "the end of the listing", line, at - start + 1)


class Cursor:
    """A place between the words of a listing, for a parser; `nested` is how deep the part lies that is
    being read, which is bounded because Python's own stack is."""

    def __init__(self, source: str) -> None:
        self.tokens: list[Token] = []
        for token in tokens(source):
            self.tokens.append(token)
            if len(self.tokens) > MOST_TOKENS:
                raise InputError(f"the listing is longer than {MOST_TOKENS} words and signs")
        self.at = 0
        self.nested = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        token = self.next
        return token.text in texts and token.kind in ("sign", "name")

    def taken(self, *texts: str) -> Token | None:
        return self.take() if self.sees(*texts) else None

    def expect(self, text: str, after: str) -> Token:
        return self.taken(text) or self.refuse(f"{text} is expected {after}")

    def refuse(self, expected: str, token: Token | None = None) -> NoReturn:
        token = token or self.next
        found = token.text if token.kind == "end" else shown(token.text.strip('"'))
        raise fault(token.line, token.column, f"found {found}; {expected}")

    def deeper(self, read: Callable[[], T]) -> T:
        """One level down; a listing nested too deeply is refused before Python's stack ends."""
        self.nested += 1
        if self.nested > MOST_NESTED:
            self.refuse(f"the listing is nested more than {MOST_NESTED} deep here")
        result = read()
        self.nested -= 1
        return result


def _directive(text: str, line: int, column: int, defined: dict[str, int]) -> None:
    define = _DEFINE.fullmatch(text.split("//")[0])
    if define:
        sign, digits = (-1, define[2][1:]) if define[2][0] == "-" else (1, define[2])
        defined[define[1]] = sign * _number(digits, line, column)
    elif not _IGNORED.fullmatch(text):
        raise fault(
            line,
            column,
            f"{shown(text)} is not read here; #include and #define NAME NUMBER are",
        )


def _number(digits: str, line: int, column: int) -> int:
    """C's numbers: a leading 0 makes an octal one."""
    try:
        if digits[:2].lower() in ("0x", "0b"):
            value = int(digits, 0)
        else:
            value = int(digits, 8 if digits[0] == "0" else 10) if len(digits) < 20 else 2**64
    except ValueError:
        raise fault(
            line, column, f"{digits} is not an octal number; 8 and 9 are no digits"
        ) from None
    if value >= 2**31:
        raise fault(line, column, f"{shown(digits)} does not fit into an int, below 2147483648")
    return value


def _unescaped(text: str, line: int, column: int) -> str:
    body = text[1:-1]
    unknown = [e for e in re.findall(r"\\(.)", body, re.DOTALL) if e not in _ESCAPES]
    if unknown:
        raise fault(line, column, f'\\{unknown[0]} is not read here; \\n, \\t, \\\\ and \\" are')
    return re.sub(r"\\(.)", lambda found: _ESCAPES[found[1]], body)


def _unreadable(rest: str) -> str:
    if rest.startswith("/*"):
        return "the comment that begins here has no */"
    if rest[0] == '"':
        return 'the text that begins here has no closing " on its line'
    if rest[0] == "'":
        return "one character between two ' is expected"
    if rest[0].isdigit():
        return f"{shown(rest.split()[0], 20)} is not a whole number such as 11 or 0xb"
    return f"{shown(rest[0])} is no sign of C's that is read here"
