"""Figures of caches: access times, addresses and aliases against textbooks and manuals, loops against loops.

H&P: Hennessy and Patterson, Computer Architecture, 5th edition, appendix B. COD: Patterson and Hennessy,
Computer Organization and Design, 5.4. CS:APP: Bryant and O'Hallaron, Computer Systems, 3rd edition.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cache import Caches, Reference, Spec, simulate

from oslab_cache import amat, conflicts, loop, split, tile, vipt
from oslab_cache.amat import AmatConfig
from oslab_cache.conflicts import ConflictsConfig
from oslab_cache.matrices import LoopConfig
from oslab_cache.split import SplitConfig
from oslab_cache.tile import TileConfig
from oslab_cache.vipt import ViptCache, ViptConfig


def found(run: Any) -> Any:
    return run.metrics


# ---------------------------------------------------------------- average access time


def average(times: str, ratios: str, kind: Any = "local") -> Fraction:
    config = AmatConfig(
        tuple(map(Fraction, times.split())), tuple(map(Fraction, ratios.split())), kind
    )
    return Fraction(found(amat.run(config))["amat_ns"])


@pytest.mark.parametrize(
    ("times", "ratios", "published"),
    [
        ("1 20", "0.05", "2"),  # COD: 1 ns clock, 20 cycles to memory, 5 % misses
        ("1 100", "0.03", "4"),  # the CS:APP course's "97 % against 99 % hits":
        ("1 100", "0.01", "2"),  # twice as good
        ("1 200", "0.004", "1.80"),  # H&P B.2: the instruction side of a split cache
        ("1 200", "0.114", "23.80"),  # its data side
        ("1 200", "0.0318", "7.36"),  # a unified one
        ("0.35 65", "0.021", "1.715"),  # H&P B.2: direct-mapped, printed as 1.72
        ("0.4725 65", "0.019", "1.7075"),  # two ways and a clock 1.35 times as long, 1.71
        ("1 10 200", "0.04 0.5", "5.4"),  # H&P B.3: 40 and 20 misses in 1000 references
        ("10 200", "0.25", "60.0"),  # H&P B.3: a direct-mapped second level
        ("10.1 200", "0.20", "50.1"),  # and one of two ways
    ],
)
def test_published_average_times(times: str, ratios: str, published: str) -> None:
    assert average(times, ratios) == Fraction(published)


def test_split_against_unified() -> None:
    """H&P B.2: 74 % of the references fetch instructions; 7.52 cycles."""
    data, instructions = average("1 200", "0.114"), average("1 200", "0.004")
    assert round(float(Fraction("0.74") * instructions + Fraction("0.26") * data), 2) == 7.52


def test_the_same_second_level_told_by_global_ratios() -> None:
    assert average("1 10 200", "0.04 0.02", "global") == Fraction("5.4")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    levels=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), min_size=1, max_size=4),
    memory=st.integers(0, 1000),
)
def test_times_added_up_reference_by_reference(levels: list[tuple[int, int]], memory: int) -> None:
    """10^n references; of those that look into a level, so many in ten miss."""
    references = 10 ** len(levels)
    reaching, total = references, 0
    for time, misses in levels:
        total += reaching * time
        reaching = reaching * misses // 10
    total += reaching * memory
    times = " ".join(str(time) for time, _ in levels) + f" {memory}"
    assert average(times, " ".join(f"{n}/10" for _, n in levels)) == Fraction(total, references)


# ---------------------------------------------------------------- parts of an address


@pytest.mark.parametrize(
    ("size", "line", "ways", "bits", "parts"),
    [
        (1024, 4, 1, 32, (256, 22, 8, 2)),  # CS:APP practice problem 6.9
        (1024, 8, 4, 32, (32, 24, 5, 3)),
        (1024, 32, 32, 32, (1, 27, 0, 5)),
        (64, 4, 2, 13, (8, 8, 3, 2)),  # 6.12
        (64, 4, 1, 12, (16, 6, 4, 2)),  # 9.6.4
    ],
)
def test_published_widths(size: int, line: int, ways: int, bits: int, parts: Any) -> None:
    told = found(split.run(SplitConfig((0,), size, line, ways, bits)))
    assert tuple(told[n] for n in ("sets", "tag_bits", "index_bits", "offset_bits")) == parts


@pytest.mark.parametrize(
    ("address", "ways", "bits", "parts"),
    [
        (0x0E34, 2, 13, (0x71, 5, 0)),  # CS:APP practice problems 6.13 to 6.15
        (0x0DD5, 2, 13, (0x6E, 5, 1)),
        (0x1FE4, 2, 13, (0xFF, 1, 0)),
        (0x354, 1, 12, (0xD, 5, 0)),  # CS:APP 9.6.4
    ],
)
def test_published_addresses(address: int, ways: int, bits: int, parts: Any) -> None:
    told = found(split.run(SplitConfig((address,), 64, 4, ways, bits)))
    assert (told["tag"], told["index"], told["offset"]) == parts


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    addresses=st.lists(st.integers(0, 200), min_size=1, max_size=12, unique=True),
    line=st.sampled_from([1, 4, 8]),
    sets=st.sampled_from([1, 2, 4]),
    ways=st.integers(1, 3),
)
def test_crowded_sets_are_those_that_cannot_hold_their_lines(
    addresses: list[int], line: int, sets: int, ways: int
) -> None:
    """Use every address once: lines leave the crowded sets, and no others."""
    config = ConflictsConfig(tuple(addresses), line * sets * ways, line, ways)
    told = found(conflicts.run(config))
    cache = Caches([Spec(sets, ways)], "nine", line)
    evicted = dict.fromkeys(range(sets), False)
    for address in addresses:
        before = cache.levels[0].counted["evictions"]
        cache.access(address // line, False, 1)
        evicted[address // line % sets] |= cache.levels[0].counted["evictions"] > before
    crowded = [n for n in range(sets) if evicted[n]]
    assert list(told["crowded_sets"]) == crowded
    assert list(told["conflicting"]) == [a for a in addresses if a // line % sets in crowded]
    assert told["lines"] == len({address // line for address in addresses})
    assert told["sets_used"] == len({address // line % sets for address in addresses})


# ---------------------------------------------------------------- aliases


@pytest.mark.parametrize(
    ("kib", "ways", "page_kib", "bits"),
    [
        (8, 2, 4, 0),  # Pentium
        (32, 8, 4, 0),  # Intel Core, Nehalem to Skylake
        (48, 12, 4, 0),  # Ice Lake
        (64, 4, 4, 2),  # AMD Zen, instructions; the largest of ARM1136
        (64, 2, 4, 3),  # AMD K8: bits 14 to 12 of the virtual address
        (16, 4, 4, 0),  # ARM1136: no page colouring up to 16 KiB,
        (32, 4, 4, 1),  # one bit above
        (8, 1, 4, 1),  # MIPS R4000
        (32, 2, 4, 2),  # MIPS R10000: bits 13 and 12, its virtual index
        (16, 1, 8, 1),  # UltraSPARC: two colours
        (128, 8, 16, 0),  # Apple M1, data, with pages of 16 KiB
        (128, 8, 4, 2),  # and with pages of 4 KiB
    ],
)
def test_alias_bits_of_processors(kib: int, ways: int, page_kib: int, bits: int) -> None:
    told = found(
        vipt.run(ViptConfig((ViptCache(1024 * kib, 64 if kib > 16 else 16, ways, 1024 * page_kib),)))
    )  # fmt: skip
    assert (told["alias_bits"], told["vipt_safe"], told["places"]) == (bits, bits == 0, 2**bits)
    assert told["safe_ways"] == max(1, kib // page_kib)
    assert told["most_size"] == 1024 * ways * page_kib


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    ways=st.integers(1, 12),
    set_bits=st.integers(0, 7),
    line_bits=st.integers(0, 4),
    page_bits=st.integers(4, 8),
)
def test_places_are_the_sets_that_other_virtual_pages_lead_to(
    ways: int, set_bits: int, line_bits: int, page_bits: int
) -> None:
    line, sets, page = 1 << line_bits, 1 << set_bits, 1 << page_bits
    told = found(vipt.run(ViptConfig((ViptCache(sets * ways * line, line, ways, page),))))
    places = {vpn * page // line % sets for vpn in range(512)}
    assert told["places"] == len(places) == 2 ** told["alias_bits"]
    assert told["vipt_safe"] == (len(places) == 1)
    lines = sets * ways
    safe = [n for n in range(1, 20 * lines) if lines % n == 0 and is_power(lines // n)]
    safe = [n for n in safe if lines // n * line <= page]
    assert told["safe_ways"] == min(safe)


def is_power(number: int) -> bool:
    return f"{number:b}".count("1") == 1


# ---------------------------------------------------------------- loops


class Matrices(NamedTuple):
    """Where elements are: matrices one after the other, each from a line on, by rows with padding."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    pad: int
    elem: int
    line: int

    def at(self, matrix: int, row: int, column: int) -> int:
        base = 0
        for n in range(matrix):
            used = self.rows[n] * (self.columns[n] + self.pad) * self.elem
            base += (used + self.line - 1) // self.line * self.line
        return base + (row * (self.columns[matrix] + self.pad) + column) * self.elem


Touched = tuple[str, int, int, int]


def touched(pattern: str, rows: int, columns: int, tile: int) -> Iterator[Touched]:
    """load or store, matrix, row, column: the loops of docs/cache.md written out."""
    n = rows
    i_tiles = [range(at, min(at + tile, rows)) for at in range(0, rows, tile)]
    j_tiles = [range(at, min(at + tile, columns)) for at in range(0, columns, tile)]
    if pattern == "row-major":
        for i in range(rows):
            for j in range(columns):
                yield "load", 0, i, j
    elif pattern == "column-major":
        for j in range(columns):
            for i in range(rows):
                yield "load", 0, i, j
    elif pattern == "blocked":
        for i_tile in i_tiles:
            for j_tile in j_tiles:
                for j in j_tile:
                    for i in i_tile:
                        yield "load", 0, i, j
    elif pattern == "transpose":
        for i in range(rows):
            for j in range(columns):
                yield "load", 0, i, j
                yield "store", 1, j, i
    elif pattern == "transpose-blocked":
        for i_tile in i_tiles:
            for j_tile in j_tiles:
                for i in i_tile:
                    for j in j_tile:
                        yield "load", 0, i, j
                        yield "store", 1, j, i
    elif pattern == "multiply-ijk":
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    yield "load", 0, i, k
                    yield "load", 1, k, j
                yield "store", 2, i, j
    elif pattern == "multiply-ikj":
        for i in range(n):
            for k in range(n):
                yield "load", 0, i, k
                for j in range(n):
                    yield "load", 1, k, j
                    yield "load", 2, i, j
                    yield "store", 2, i, j
    elif pattern == "multiply-jki":
        for j in range(n):
            for k in range(n):
                yield "load", 1, k, j
                for i in range(n):
                    yield "load", 0, i, k
                    yield "load", 2, i, j
                    yield "store", 2, i, j
    else:
        assert pattern == "multiply-blocked"
        for i_tile in i_tiles:
            for j_tile in i_tiles:
                for k_tile in i_tiles:
                    for i in i_tile:
                        for j in j_tile:
                            yield "load", 2, i, j
                            for k in k_tile:
                                yield "load", 0, i, k
                                yield "load", 1, k, j
                            yield "store", 2, i, j


MATRICES = {"blocked": 1, "row-major": 1, "column-major": 1, "transpose": 2, "transpose-blocked": 2}
PATTERNS = [
    *MATRICES, "multiply-ijk", "multiply-ikj", "multiply-jki", "multiply-blocked",
]  # fmt: skip


def loop_config(
    pattern: str, rows: int, columns: int, spec: Spec, line: int, **changes: Any
) -> LoopConfig:
    return LoopConfig(
        **{
            "patterns": (pattern,), "rows": rows, "columns": columns, "pad": 0, "elem": 8,
            "tile": None, "passes": 1, "size": spec.sets * spec.ways * line, "line": line,
            "ways": spec.ways, "policy": spec.policy, "write": "back" if spec.back else "through",
            "allocate": spec.allocate, "seed": spec.seed,
        }
        | changes
    )  # fmt: skip


def by_hand(config: LoopConfig, spec: Spec) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """The figures of the whole, and accesses and misses of each matrix."""
    (pattern,) = config.patterns
    r, c = config.rows, config.columns
    matrices = Matrices((c, r, r), (r, c, r), config.pad, config.elem, config.line)
    places = list(touched(pattern, r, c, config.tile or 1)) * config.passes
    references = [Reference(kind, matrices.at(m, i, j), config.elem) for kind, m, i, j in places]
    metrics, done = simulate([spec], "nine", config.line, references, explained=False)
    missed = [place[1] for place, each in zip(places, done, strict=True) if each.found != "L1"]
    of = [place[1] for place in places]
    return metrics, [(of.count(m), missed.count(m)) for m in range(MATRICES.get(pattern, 3))]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_loops(pattern: str) -> None:
    for seed in range(25):
        rng = random.Random(f"{pattern} {seed}")
        spec = Spec(
            rng.choice([1, 2, 4]), rng.choice([1, 2, 4]), rng.choice(["lru", "lru", "fifo", "plru", "lfu"]),
            rng.random() < 0.7, rng.random() < 0.7,
        )  # fmt: skip
        rows = rng.randint(1, 6)
        columns = rows if pattern.startswith("multiply") else rng.randint(1, 6)
        config = loop_config(
            pattern, rows, columns, spec, rng.choice([8, 16, 32]),
            pad=rng.randint(0, 2), elem=rng.choice([4, 8]), passes=rng.randint(1, 2),
            tile=rng.randint(1, 4) if "blocked" in pattern else None,
        )  # fmt: skip
        metrics, matrices = by_hand(config, spec)
        told: Any = loop.count(config)
        names = ("accesses", "hits", "misses", "cold", "capacity", "conflict", "miss_ratio")
        assert {n: told[n] for n in names} == {n: metrics[n] for n in names}, config
        assert [(each["accesses"], each["misses"]) for each in told["matrices"]] == matrices
        assert loop.misses(config, config.patterns[0]) == metrics["misses"]
        assert loop.run(config).metrics == told


@pytest.mark.parametrize(
    ("pattern", "per_iteration"),
    [
        ("multiply-ijk", {"a": "1/4", "b": "1"}),
        ("multiply-jki", {"a": "1", "c": "1"}),
        ("multiply-ikj", {"b": "1/4", "c": "1/4"}),
    ],
)
def test_misses_of_matrix_multiplication(pattern: str, per_iteration: dict[str, str]) -> None:
    """CS:APP 6.6.2: 1.25, 2.00 and 0.50 an iteration, for doubles, lines of 32 bytes and rows that do
    not fit. The element the innermost loop leaves alone comes on top, once for each such loop."""
    n = 32
    told: Any = loop.count(loop_config(pattern, n, n, Spec(1, 4), 32))
    misses = {each["matrix"]: Fraction(each["misses"], n**3) for each in told["matrices"]}
    outer = misses.keys() - per_iteration.keys()
    assert {name: misses[name] for name in per_iteration} == {
        name: Fraction(ratio) for name, ratio in per_iteration.items()
    }
    assert all(misses[name] <= Fraction(1, n) for name in outer)


@pytest.mark.parametrize(("size", "a", "b"), [(16, 3, 4), (32, 2, 2)])
def test_a_transposition_of_four_integers(size: int, a: int, b: int) -> None:
    """CS:APP practice problem 6.17: 2 x 2 integers, direct-mapped lines of 8 bytes, src at 0, dst at 16."""
    told: Any = loop.count(loop_config("transpose", 2, 2, Spec(size // 8, 1), 8, elem=4))
    assert [each["misses"] for each in told["matrices"]] == [a, b]


def test_rows_and_columns() -> None:
    """CS:APP 6.5 and 6.6: by rows one miss in four integers, by columns all miss once they do not fit."""
    for n, ratio in ((8, "1/4"), (32, "1")):
        told: Any = loop.count(loop_config("column-major", n, n, Spec(1, 8), 16, elem=4))
        assert told["miss_ratio"] == Fraction(ratio)
        rows: Any = loop.count(loop_config("row-major", n, n, Spec(1, 8), 16, elem=4))
        assert rows["miss_ratio"] == Fraction(1, 4)


# ---------------------------------------------------------------- tiles


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 40),
    arrays=st.integers(1, 4),
    elem=st.sampled_from([4, 8]),
    size=st.sampled_from([64, 256, 1024, 4096, 3 * 512]),
    sides=st.sampled_from(["any", "divisor", "power"]),
)
def test_the_largest_tile_is_found_by_trying(
    n: int, arrays: int, elem: int, size: int, sides: Any
) -> None:
    told = found(tile.run(TileConfig(n, elem, arrays, size, 32, sides, False)))
    fitting = [
        side
        for side in range(1, n + 1)
        if arrays * side * side * elem <= size
        and (sides != "divisor" or n % side == 0)
        and (sides != "power" or is_power(side))
    ]
    side = max(fitting)
    assert (told["tile"], told["used_bytes"]) == (side, arrays * side * side * elem)
    assert told["tiles"] == len(range(0, n, side)) ** 2


@pytest.mark.parametrize(
    ("arrays", "blocked", "plain"),
    [(2, "transpose-blocked", "transpose"), (3, "multiply-blocked", "multiply-ijk")],
)
def test_simulated_tiles(arrays: int, blocked: str, plain: str) -> None:
    for n, size, sides in ((8, 512, "divisor"), (10, 512, "any"), (12, 1024, "power")):
        config: Any = TileConfig(n, 8, arrays, size, 32, sides, True)
        told = found(tile.run(config))
        spec = Spec(1, size // 32)
        side = told["tile"]
        tiled, _ = by_hand(loop_config(blocked, n, n, spec, 32, tile=side), spec)
        untiled, _ = by_hand(loop_config(plain, n, n, spec, 32), spec)
        assert told["misses_simulated"] == tiled["misses"]
        assert told["misses_untiled"] == untiled["misses"]
        if n % side == 0:  # else tiles at the edges are smaller
            rounds = {2: 2 * (n // side) ** 2, 3: (n // side) ** 2 + 2 * (n // side) ** 3}
            lines_of_a_tile = side * ((side * 8 + 31) // 32)
            assert told["misses_estimated"] == rounds[arrays] * lines_of_a_tile
