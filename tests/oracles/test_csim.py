"""csim against published results and a third implementation, of the lab's own rules only.

The figures of the reference simulator are those that the cache lab of CS:APP (Bryant and O'Hallaron) prints in
its handout and its graders print beside the student's: part A for the traces yi, yi2, dave and trans, part B for
transpositions of 32 x 32, 64 x 64 and 61 x 67 integers. The traces are written down where they have a few lines
and made anew where they have more; long.trace is neither.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab.traces.access import Access
from oslab_cache.csim import CsimConfig, count, run

KINDS: dict[str, Any] = {"L": "load", "S": "store", "M": "modify", "I": "fetch"}
HIT, MISS, EVICTION = "hit", "miss", "eviction"


def accesses(lines: Iterable[str]) -> list[Access]:
    found = []
    for line in lines:
        letter, place = line.split()
        address, size = place.split(",")
        found.append(Access(KINDS[letter], int(address, 16), int(size)))
    return found


YI = accesses(["L 10,1", "M 20,1", "L 22,1", "S 18,1", "L 110,1", "L 210,1", "M 12,1"])
DAVE = accesses(["L 10,4", "S 18,4", "L 20,4", "S 28,4", "S 50,4"])
YI2 = accesses(f"{letter} {n:x},1" for n, letter in enumerate("LLLLSLSLSLSLSLSM"))


def trans() -> Iterator[str]:
    """A 4 x 4 transposition without optimisation: variables are in memory, i, j, tmp and two pointers."""
    i, j, tmp, a, b = "7ff000384,4", "7ff000388,4", "7ff00038c,4", "7ff000378,8", "7ff000370,8"
    yield "S 600aa0,1"
    yield from ("S 7ff000398,8", "S 7ff000390,8", f"S {a}", f"S {b}", f"S {i}", f"L {i}")
    for row in range(4):
        yield from (f"S {j}", f"L {j}")
        for column in range(4):
            yield from (f"L {i}", f"L {a}", f"L {j}", f"L {0x600A20 + 4 * (4 * row + column):x},4")
            yield from (f"S {tmp}", f"L {j}", f"L {b}", f"L {i}", f"L {tmp}")
            yield f"S {0x600A60 + 4 * (4 * column + row):x},4"
            yield from (f"L {j}", f"S {j}", f"L {j}")
        yield from (f"L {i}", f"S {i}", f"L {i}")
    yield from ("L 7ff000390,8", "L 7ff000398,8", "L 600aa0,1")


TRANS = accesses(trans())


def figures(s: int, e: int, b: int, made: Iterable[Access]) -> tuple[int, int, int]:
    found = count(CsimConfig(s, e, b, "trace"), made)
    return found["hits"], found["misses"], found["evictions"]


@pytest.mark.parametrize(
    ("made", "seb", "published"),
    [
        (YI, (4, 1, 4), (4, 5, 3)),
        (YI2, (1, 1, 1), (9, 8, 6)),
        (YI, (4, 2, 4), (4, 5, 2)),
        (DAVE, (2, 1, 4), (2, 3, 1)),
        (TRANS, (2, 1, 3), (167, 71, 67)),
        (TRANS, (2, 2, 3), (201, 37, 29)),
        (TRANS, (2, 4, 3), (212, 26, 10)),
        (TRANS, (5, 1, 5), (231, 7, 0)),
    ],
)
def test_part_a(
    made: list[Access], seb: tuple[int, int, int], published: tuple[int, int, int]
) -> None:
    assert figures(*seb, made) == published


def test_dirty_bytes_of_the_newer_reference() -> None:
    """hits:4 misses:5 evictions:3 dirty_bytes_in_cache:32 dirty_bytes_evicted:16"""
    assert list(count(CsimConfig(4, 1, 4, "yi"), YI).values()) == [4, 5, 3, 32, 16]


def test_the_verbose_lines_of_the_handout() -> None:
    told: Any = [step.result for step in run(CsimConfig(4, 1, 4, "yi"), YI).steps]
    assert [each["outcome"] for each in told] == [
        "miss", "miss hit", "hit", "hit", "miss eviction", "miss eviction", "miss eviction hit",
    ]  # fmt: skip


def transposed(columns: int, rows: int, tile: int) -> Iterator[Access]:
    """B[j][i] = A[i][j] by tiles, as the lab's tracer sees it: A and B are 256 x 256 integers, static.

    Before the loop it sees four accesses to variables that lie behind B, and after it one.
    """
    a, b, behind = 0x10D0A0, 0x14D0A0, 0x18D080
    yield from (Access("store", behind + 12), Access("load", behind + 32, 8))
    yield from (Access("load", behind + 4, 4), Access("load", behind, 4))
    for top in range(0, rows, tile):
        for left in range(0, columns, tile):
            for i in range(top, min(top + tile, rows)):
                for j in range(left, min(left + tile, columns)):
                    yield Access("load", a + 4 * (i * columns + j), 4)
                    yield Access("store", b + 4 * (j * rows + i), 4)
    yield Access("store", behind + 13)


@pytest.mark.parametrize(
    ("columns", "rows", "tile", "published"),
    [
        (32, 32, 99, (870, 1183, 1151)),
        (32, 32, 4, (1566, 487, 455)),
        (32, 32, 8, (1710, 343, 311)),
        (32, 32, 16, (870, 1183, 1151)),
        (64, 64, 99, (3474, 4723, 4691)),
        (64, 64, 4, (6306, 1891, 1859)),
        (64, 64, 8, (3474, 4723, 4691)),
        (61, 67, 99, (3756, 4423, 4391)),
        (61, 67, 4, (5754, 2425, 2393)),
        (61, 67, 8, (6061, 2118, 2086)),
        (61, 67, 16, (6187, 1992, 1960)),
    ],
)
def test_part_b(columns: int, rows: int, tile: int, published: tuple[int, int, int]) -> None:
    assert figures(5, 1, 5, transposed(columns, rows, tile)) == published


# ---------------------------------------------------------------- the rules once more


def classic(s: int, e: int, b: int, made: Iterable[Access]) -> tuple[list[str], list[int]]:
    """What -v prints after each line, and the five figures; a set is its tags, used longest ago first."""
    sets: dict[int, list[int]] = {}
    dirty: set[tuple[int, int]] = set()
    words: list[str] = []
    evicted = 0
    for kind, address, _ in made:
        if kind == "fetch":
            continue
        index, tag = (address >> b) & ((1 << s) - 1), address >> (b + s)
        tags = sets.setdefault(index, [])
        told = []
        for half in ("load", "store") if kind == "modify" else (kind,):
            if tag in tags:
                tags.remove(tag)
                told.append(HIT)
            else:
                told.append(MISS)
                if len(tags) == e:
                    oldest = tags.pop(0)
                    told.append(EVICTION)
                    evicted += (index, oldest) in dirty
                    dirty.discard((index, oldest))
            tags.append(tag)
            if half == "store":
                dirty.add((index, tag))
        words.append(" ".join(told))
    all_words = " ".join(words).split()
    counts = [all_words.count(word) for word in (HIT, MISS, EVICTION)]
    return words, [*counts, len(dirty) << b, evicted << b]


def agrees(s: int, e: int, b: int, made: list[Access]) -> None:
    config = CsimConfig(s, e, b, "trace")
    words, expected = classic(s, e, b, made)
    names = ("hits", "misses", "evictions", "dirty_bytes_in_cache", "dirty_bytes_evicted")
    assert count(config, made) == dict(zip(names, expected, strict=True))
    result = run(config, made)
    assert result.metrics == count(config, made)
    told: Any = [step.result for step in result.steps]
    assert [each["outcome"] for each in told] == words


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    s=st.integers(0, 3),
    e=st.integers(1, 4),
    b=st.integers(0, 4),
    made=st.lists(
        st.builds(
            Access,
            st.sampled_from(["load", "store", "modify", "fetch"]),
            st.integers(0, 120) | st.integers(2**64 - 40, 2**64 - 1),
            st.sampled_from([1, 4, 8]),
        ),
        max_size=50,
    ),
)
def test_any_trace(s: int, e: int, b: int, made: list[Access]) -> None:
    agrees(s, e, b, made)


@pytest.mark.parametrize(
    ("s", "e", "b"), [(0, 1, 0), (0, 7, 0), (4, 1, 0), (0, 64, 6), (5, 3, 5), (8, 2, 3), (1, 40, 2)]
)
def test_long_traces(s: int, e: int, b: int) -> None:
    rng = random.Random(f"{s} {e} {b}")
    spread = 3 * e << (s + b)
    made = [
        Access(
            rng.choice(["load", "store", "modify", "load", "fetch"]),
            min(rng.randrange(spread), rng.randrange(spread)),
            8,
        )
        for _ in range(3000)
    ]
    agrees(s, e, b, made)
