"""A real program under valgrind: its accesses (lackey) through our cache, its misses by cachegrind.

The two tools run the program one after the other, and the little the loader does is not the same to the
last access. Cachegrind counts an access that straddles lines once, and a modify as one read; its caches are
LRU, write-back, allocating ("Cachegrind: a high-precision tracing profiler", Cache simulation specifics).
So the counts agree to a few in ten thousand, not to the last one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from oslab.cli.traces import read_trace
from oslab_cache.cache import Cache, CacheShape, pieces

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed"),
]

PROGRAM = ["sort", "-n"]
NUMBERS = "\n".join(str(n * 7919 % 2003) for n in range(200))
TOLERANCE = 0.002


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lackey") / "sort.lackey"
    valgrind("lackey", "--trace-mem=yes", f"--log-file={file}")
    return file


def valgrind(tool: str, *options: str) -> str:
    done = subprocess.run(
        ["valgrind", f"--tool={tool}", *options, *PROGRAM],
        input=NUMBERS, capture_output=True, encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, check=True,
    )  # fmt: skip
    return done.stderr


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, text
    return int(found[1].replace(",", ""))


def counted(trace: Path, shape: CacheShape, fetches: bool) -> tuple[int, int]:
    """Accesses and misses as cachegrind counts them: one of each for an access, however many lines."""
    cache = Cache(shape)
    accesses = misses = 0
    for kind, address, size in read_trace(str(trace)):
        if (kind == "fetch") == fetches:
            write = kind in ("store", "modify")
            parts = [shape.line_of(place) for place, _ in pieces(address, size, shape.line)]
            hits = [cache.access(line, write).hit for line in parts]
            accesses += 1
            misses += not all(hits)
    return accesses, misses


@pytest.mark.parametrize(("size", "ways", "line"), [(1024, 2, 32), (4096, 1, 64), (8192, 8, 64)])
def test_data_misses_are_those_of_cachegrind(trace: Path, size: int, ways: int, line: int) -> None:
    theirs = valgrind(
        "cachegrind", "--cache-sim=yes", "--cachegrind-out-file=/dev/null",
        f"--D1={size},{ways},{line}", f"--LL={16 * size},{ways},{line}",
    )  # fmt: skip
    shape = CacheShape(size, line, ways, "lru", "back", True, 0)
    accesses, misses = counted(trace, shape, fetches=False)
    assert accesses == pytest.approx(number(r"D\s+refs:\s+([\d,]+)", theirs), rel=TOLERANCE)
    assert misses == pytest.approx(number(r"D1\s+misses:\s+([\d,]+)", theirs), rel=TOLERANCE)


def test_instruction_misses_are_those_of_cachegrind(trace: Path) -> None:
    theirs = valgrind(
        "cachegrind", "--cache-sim=yes", "--cachegrind-out-file=/dev/null", "--I1=2048,2,64"
    )
    shape = CacheShape(2048, 64, 2, "lru", "back", True, 0)
    accesses, misses = counted(trace, shape, fetches=True)
    assert accesses == pytest.approx(number(r"I\s+refs:\s+([\d,]+)", theirs), rel=TOLERANCE)
    assert misses == pytest.approx(number(r"I1\s+misses:\s+([\d,]+)", theirs), rel=TOLERANCE)
