"""Patterns of student numbers: a small language that no text takes long to be compared with.

A pattern is a sequence of characters, classes ``[0-9a-z]`` and ``\\d``, each once or followed by ``?``,
``{n}`` or ``{m,n}``. It is compared by following all positions at once, never by trying out ways.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache

from oslab.errors import InputError
from oslab.homework.ids import LONGEST, is_id
from oslab.quantities import shown

LONGEST_PATTERN = 200
_USUAL = 4
# 1234567890: examples count from 1.
_ORDER = string.digits[1:] + "0" + string.ascii_letters + "._@-"
_ATOM = re.compile(
    r"(?:(?P<digits>\\d)|\\(?P<escaped>[._@-])|\[(?P<inside>[^\]]*)\]|(?P<plain>[A-Za-z0-9_@-]))"
    r"(?:(?P<maybe>\?)|\{(?P<least>[0-9]{1,3})(?:,(?P<most>[0-9]{1,3}))?\})?"
)
_RANGE = re.compile(r"(?P<digits>\\d)|\\?(?P<first>[A-Za-z0-9._@-])(?:-(?P<last>[A-Za-z0-9]))?")


@dataclass(frozen=True)
class _Atom:
    """So many, from `least` to `most`, of these characters."""

    characters: frozenset[str]
    least: int
    most: int


def matches(pattern: str, text: str) -> bool:
    """Whether a student number fits the pattern whole.

    Raises InputError for what is no pattern.
    """
    atoms = _atoms(pattern)
    if len(text) > LONGEST:
        return False
    places = {0}
    for atom in atoms:
        reached: set[int] = set()
        for place in places:
            end = place
            while end < len(text) and end - place < atom.most and text[end] in atom.characters:
                end += 1
            reached.update(range(place + atom.least, end + 1))
        places = reached
    return len(text) in places and is_id(text)


def example(pattern: str) -> str:
    """A number that fits, such as ``s1234`` for ``s[0-9]{4}``. Raises InputError for what is no pattern."""
    atoms = _atoms(pattern)
    texts = [_of(atoms, more) for more in (0, _USUAL, 1, LONGEST)]
    fit = [text for text in texts if is_id(text)]
    # Of a pattern that lets nearly anything pass, "1" would show nothing.
    return next((text for text in fit if len(text) >= _USUAL), (fit or texts)[0])


def _of(atoms: tuple[_Atom, ...], more: int) -> str:
    text = ""
    used: dict[frozenset[str], int] = {}
    for atom in atoms:
        kept = [c for c in _ORDER if c in atom.characters]
        # Counted on from one group of digits to the next: 12-345.
        kind = frozenset(kept)
        for _ in range(min(atom.most, max(atom.least, more))):
            text += kept[used.get(kind, 0) % min(10, len(kept))]
            used[kind] = used.get(kind, 0) + 1
    return text


@lru_cache(maxsize=16)
def _atoms(pattern: str) -> tuple[_Atom, ...]:
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise _refused(pattern, f"1 to {LONGEST_PATTERN} characters are expected")
    atoms = []
    at = 0
    while at < len(pattern):
        found = _ATOM.match(pattern, at)
        if not found:
            rest = shown(pattern[at:], 20)
            raise _refused(pattern, f"{rest} cannot be read; a dot is written \\.")
        least, most = 1, 1
        if found["maybe"]:
            least = 0
        elif found["least"]:
            least = int(found["least"])
            most = int(found["most"] or least)
        if not least <= most <= LONGEST or most == 0:
            raise _refused(pattern, f"{found[0]} repeats; at most {LONGEST}, the smaller first")
        atoms.append(_Atom(_characters(found, pattern), least, most))
        at = found.end()
    return tuple(atoms)


def _characters(found: re.Match[str], pattern: str) -> frozenset[str]:
    if found["digits"]:
        return frozenset(string.digits)
    if found["inside"] is None:
        return frozenset(found["escaped"] or found["plain"])
    characters: set[str] = set()
    at, inside = 0, found["inside"]
    while at < len(inside):
        part = _RANGE.match(inside, at)
        if not part:
            raise _refused(pattern, f"[{inside}] holds other characters than a student number has")
        if part["digits"]:
            characters |= set(string.digits)
        elif part["last"]:
            first, last = ord(part["first"]), ord(part["last"])
            between = {chr(c) for c in range(first, last + 1)}
            if not between or not all(c.isalnum() for c in between):
                raise _refused(pattern, f"{part[0]} is no range such as 0-9 or a-z")
            characters |= between
        else:
            characters.add(part["first"])
        at = part.end()
    if not characters:
        raise _refused(pattern, "[] is empty")
    return frozenset(characters)


def _refused(pattern: str, why: str) -> InputError:
    return InputError(
        f"{shown(pattern, 60)} is no pattern of student numbers such as s[0-9]{{4}}: {why}"
    )
