"""Hand in mutated zips for as long as is asked: ``python tests/fuzz/fuzz_zip.py --seconds 60``.

Starts from the hostile zips and honest ones of each LMS, changes bytes at random, most often in the
records, and checks what must hold for any bytes. Stops at the first that breaks it, after writing it to a
file.
"""

from __future__ import annotations

import argparse
import random
import runpy
import sys
import tempfile
import time
import traceback
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    survive = runpy.run_path(str(HOSTILE / "intake_survival.py"))["survive"]
    corpus = runpy.run_path(str(HOSTILE / "zips.py"))
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    rng = random.Random(seed)
    made = [make() for name, (_, make) in corpus["ZIPS"].items() if "bomb" not in name]
    made += [corpus["zip_of"](files) for files in corpus["CLASSES"].values()]
    print(f"seed {seed}, {len(made)} zips to start from")
    end = time.monotonic() + options.seconds
    count, slowest = 0, 0.0
    while time.monotonic() < end:
        data = mutated(rng, rng.choice(made))
        if rng.random() < 0.3:  # the same as one student's
            data = corpus["zip_of"]({"s1042.zip": data, "s1024.toml": corpus["SHEET"]})
        begin = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            try:
                survive(data, Path(folder), lms=rng.choice(("none", "canvas", "moodle")))
                took = time.process_time() - begin
                assert took < SLOW, f"took {took:.1f} s"
            except Exception:
                traceback.print_exc()
                found = Path(f"fuzz-zip-{seed}-{count}.zip")
                found.write_bytes(data)
                print(f"after {count} zips: {found}")
                return 1
        slowest = max(slowest, took)
        count += 1
    print(f"{count} zips, the slowest {slowest:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
