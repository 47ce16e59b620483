"""Hand in mutated zips for as long as is asked: ``python tests/fuzz/fuzz_zip.py --seconds 60``.

Starts from the hostile zips and honest ones of each LMS, changes bytes at random, most often in the
records, and checks what must hold for any bytes. Stops at the first that breaks it, after writing it to a
file.
"""

from __future__ import annotations

import random
import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HOSTILE = Path(__file__).parent.parent / "hostile"
SLOW = 10.0
NUMBERS = (
    b"\0",
    b"\xff",
    b"\0\0",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
)
NAMES = (
    b"..", b"/", b"\\", b":", b"\0", b"\x1b[2J", b"s1024", b"s1042", b"_88124_5_", b"_LATE", b"anon_1a2b3_",
    b"_7_assignsubmission_file_", b".zip", b".toml", b"\xff", "张".encode("gbk"), "\u202e".encode(),
)  # fmt: skip
METADATA = (
    b"submission_metadata.yml", b":submitters:", b"\n  - :sid: s1024\n", b"  :created_at: 2026", b"'", b'"',
    b"|-\n", b"&1 ", b"*1", b"\n", b"- ", b": ", b"    ", b"!ruby/object:X",
)  # fmt: skip


def mutated(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data = rng.choice(CHANGES)(rng, data)
    return data


def change_record(rng: random.Random, data: bytes) -> bytes:
    """A number in one of the records."""
    marks = [at for mark in (b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\3\4") for at in _all(data, mark)]
    if not marks:
        return data
    at, number = rng.choice(marks) + rng.randrange(4, 46), rng.choice(NUMBERS)
    return data[:at] + number + data[at + len(number) :]


def _all(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0 and len(found) < 200:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def change_byte(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def overwrite(rng: random.Random, data: bytes) -> bytes:
    """Same length, so that the records still fit."""
    at, word = rng.randint(0, len(data)), rng.choice((*NAMES, *METADATA))
    return data[:at] + word + data[at + len(word) :]


def drop_bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 2, 20, 2000)) :]


def append(rng: random.Random, data: bytes) -> bytes:
    return data + rng.randbytes(rng.choice((1, 20, 300)))


CHANGES: list[Callable[[random.Random, bytes], bytes]] = [
    *[change_record] * 6, *[overwrite] * 4, *[change_byte] * 3, drop_bytes, append,
]  # fmt: skip


def main() -> int:
    from loop import fuzz

    survive = runpy.run_path(str(HOSTILE / "intake_survival.py"))["survive"]
    corpus = runpy.run_path(str(HOSTILE / "zips.py"))
    made = [make() for name, (_, make) in corpus["ZIPS"].items() if "bomb" not in name]
    made += [corpus["zip_of"](files) for files in corpus["CLASSES"].values()]

    def make(rng: random.Random) -> bytes:
        data = mutated(rng, rng.choice(made))
        if rng.random() < 0.3:  # the same as one student's
            data = corpus["zip_of"]({"s1042.zip": data, "s1024.toml": corpus["SHEET"]})
        return data

    def take(data: bytes, rng: random.Random) -> None:
        with tempfile.TemporaryDirectory() as folder:
            survive(data, Path(folder), lms=rng.choice(("none", "canvas", "moodle")))

    return fuzz(__doc__, "zip", ".zip", make, take, SLOW)


if __name__ == "__main__":
    sys.exit(main())
