"""Read mutated sheets for as long as is asked: ``python tests/fuzz/fuzz_sheet.py --seconds 60``.

Starts from a written sheet and the committed nasty files, changes bytes, lines and words at random and
checks what must hold for any bytes. Stops at the first that breaks it, after writing it to a file.
"""

from __future__ import annotations

import random
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

HOSTILE = Path(__file__).parent.parent / "hostile"
SLOW = 2.0
WORDS: list[str] = [
    *"[]{}()=.,:;#|?-\\/\"'`\n\r\t \0\x1b\x7f", "'''", '"""', "[sheet]", "[q1]", "[q2]", "[[q1]]", "q1 = ",
    *"＝：“”‘’「」｜│？－９缺\u3000\u00a0\u202e\u200b\ufeff\u0301", "\r\n", "$name", "\\u001b", "\\U0001F600",
    "nan", "inf", "1e400", "0x", "0XFF", "007", "3,14", "50%", "True", "2024-01-01", "07:32:00", "9" * 400,
    "faults = ", "steps = '''\n", "a.b.c.", "{n = 1, result = f}",
]  # fmt: skip
SHEET = """\
# FIFO by hand
[sheet]        # leave this part as it is
format = 1
q1 = "paging/replace-fifo 7QK4-M2XD paging.replace/1"
q2 = "paging/replace-lru 7QK4-M2XD paging.replace/1"
[q1]
steps = '''
  n | page | result | victim
  1 |   7  |   f    |   -
  2 |   0  |   ?    |   ?
'''
faults = ""    # how many faults in all? write between the quotes
[q2]
steps = [{n = 1, result = "f"}, {n = 2, result = "h", victim = 7}]
rate = "50 %"
why = '''
Because.
'''
"""


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with a few changes; small ones most often."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8, 30))):
        data = rng.choice(CHANGES)(rng, data)[: 300 * 1024]
    return data


def insert_word(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(WORDS).encode() * rng.choice((1, 1, 1, 2, 50)) + data[at:]


def drop_bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 1, 2, 3, 20)) :]


def change_byte(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def move_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.choice((0, 1, 1, 2))):
        lines.insert(rng.randint(0, len(lines)), line)
    return b"\n".join(lines)


def repeat(rng: random.Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    piece = data[start : start + rng.choice((1, 2, 5, 30))]
    return data[:start] + piece * rng.choice((2, 10, 1000, 20_000)) + data[start:]


def encode(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    coding = rng.choice(("utf-16", "utf-16-be", "gbk", "utf-8-sig", "latin-1", "utf-32"))
    return text.encode(coding, "replace")


CHANGES: list[Callable[[random.Random, bytes], bytes]] = [
    *[insert_word] * 6, *[drop_bytes] * 4, *[change_byte] * 3, *[move_line] * 3, repeat, encode,
]  # fmt: skip


def main() -> int:
    from loop import fuzz

    survive = runpy.run_path(str(HOSTILE / "survival.py"))["survive"]
    starts = [SHEET.encode(), *(path.read_bytes() for path in sorted(HOSTILE.glob("*.toml")))]

    def make(rng: random.Random) -> bytes:
        return mutated(rng, starts[0] if rng.random() < 0.7 else rng.choice(starts))

    return fuzz(__doc__, "sheet", ".toml", make, lambda data, _: survive(data), SLOW)


if __name__ == "__main__":
    sys.exit(main())
