"""The specified generator that variants are drawn from, and the codes that name them.

Python promises no stable `randrange` between versions; a variant must come out the same for ever, on
any machine. So the generator is written down here and frozen by golden tests:

- The stream for a label is the concatenation of SHA-256(label in UTF-8 ‖ 0x00 ‖ counter as 8 bytes,
  big endian) for counter = 0, 1, 2 …, read as bits, the most significant bit of each byte first.
- `below(n)` reads k = (n-1).bit_length() bits as a big-endian number until one is below n (rejection).
- `shuffled` is Fisher-Yates from the last position down to 1, swapping i with below(i + 1).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")

CODE_BITS = 40
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(rf"[{_CROCKFORD}]{{4}}-[{_CROCKFORD}]{{4}}")


class Generator:
    """Numbers drawn from a label; the same label gives the same numbers for ever."""

    def __init__(self, label: str) -> None:
        self._seed = label.encode() + b"\0"
        self._counter = 0
        self._pool = 0
        self._left = 0

    def bits(self, count: int) -> int:
        """The next `count` bits of the stream as a number."""
        while self._left < count:
            block = sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
            self._pool = self._pool << 256 | int.from_bytes(block, "big")
            self._left += 256
        self._left -= count
        value = self._pool >> self._left
        self._pool &= (1 << self._left) - 1
        return value

    def below(self, n: int) -> int:
        """A number from 0 to n-1, each equally likely. Raises ValueError for n < 1."""
        if n < 1:
            raise ValueError(f"below({n}): nothing to choose from")
        width = (n - 1).bit_length()
        while True:
            value = self.bits(width)
            if value < n:
                return value

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def choice(self, options: Sequence[T]) -> T:
        """One of the options, each equally likely."""
        return options[self.below(len(options))]

    def chance(self, probability: Fraction) -> bool:
        """True with this probability, exactly."""
        return self.below(probability.denominator) < probability.numerator

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order."""
        result = list(items)
        for i in range(len(result) - 1, 0, -1):
            j = self.below(i + 1)
            result[i], result[j] = result[j], result[i]
        return result

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in random order."""
        if count > len(items):
            raise ValueError(f"sample({count}) of only {len(items)} items")
        return self.shuffled(items)[:count]


def new_code() -> str:
    """A fresh practice variant, such as ``7QK4-M2XD``."""
    return code_from_bits(secrets.randbits(CODE_BITS))


def code_from_bits(value: int) -> str:
    """The 40-bit number as 8 characters of Crockford's base 32."""
    letters = "".join(_CROCKFORD[value >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def course_code(key: bytes, student: str, exercise: str) -> str:
    """A student's variant in a course: HMAC-SHA256(key, student ‖ 0x00 ‖ exercise) cut to 40 bits.

    No two students of a roster differ only in case, so however it is typed, it is the same one's.
    """
    digest = hmac.digest(key, student.casefold().encode() + b"\0" + exercise.encode(), "sha256")
    return code_from_bits(int.from_bytes(digest[: CODE_BITS // 8], "big"))


def read_code(text: str) -> str:
    """The code as oslab writes it; small letters, a missing hyphen, I, L and O are read as meant.

    Raises ValueError when it is none.
    """
    word = re.sub(r"[\s-]", "", text.upper()).translate(str.maketrans("ILO", "110"))
    code = f"{word[:4]}-{word[4:]}"
    if not _CODE.fullmatch(code):
        raise ValueError("a variant code is 8 letters and digits, such as 7QK4-M2XD")
    return code
