"""What the modelled mistakes answer, and how the questions in predict mode read."""

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import pytest

from oslab.plugins import words_for
from oslab_cache.amat import AmatConfig
from oslab_cache.amat import run as run_amat
from oslab_cache.conflicts import ConflictsConfig
from oslab_cache.conflicts import run as run_conflicts
from oslab_cache.loop import run as run_loop
from oslab_cache.loop import run_accesses as run_loop_accesses
from oslab_cache.matrices import LoopConfig
from oslab_cache.problems.amat import Amat
from oslab_cache.problems.conflicts import Conflicts
from oslab_cache.problems.matrix import Matrix, MatrixConfig
from oslab_cache.problems.split import Split
from oslab_cache.problems.tile import Tile
from oslab_cache.problems.vipt import Vipt
from oslab_cache.split import SplitConfig
from oslab_cache.split import run as run_split
from oslab_cache.tile import TileConfig
from oslab_cache.tile import run as run_tile
from oslab_cache.vipt import ViptCache, ViptConfig
from oslab_cache.vipt import run as run_vipt

K = 1024


def test_split_of_0x354_in_sixteen_lines():
    # 001101 0101 00: tag 0xd, set 5, offset 0.
    p, problem = SplitConfig((0x354,), 64, 4, 1, 12), Split()
    assert problem.solve(p, problem.run(p))["splits"][0] == {"tag": 13, "index": 5, "offset": 0}
    # 0011 010101 00
    [row] = problem.tag_index_swapped(p)["splits"]
    assert (row["tag"], row["index"]) == (0b010101, 0b0011)
    # 0011 0101 0100
    wrong = problem.offset_from_lines(p)
    assert wrong["splits"] == [{"tag": 0b0011, "index": 0b0101, "offset": 0b0100}]
    assert (wrong["tag_bits"], wrong["offset_bits"]) == (4, 4)
    # 00110101 0100
    [row] = problem.offset_kept(p)["splits"]
    assert (row["tag"], row["index"]) == (0b00110101, 0b0100)
    assert problem.ways_ignored(p) is None


def test_ways_ignored_needs_ways():
    # 8 sets of 2: 00110 1 010 100 would be right with 3 index and 3 offset bits.
    p = SplitConfig((0x354,), 128, 8, 2, 12)
    wrong = Split().ways_ignored(p)
    assert wrong["splits"] == [{"tag": 0b00110, "index": 0b1010, "offset": 0b100}]
    assert (wrong["index_bits"], wrong["tag_bits"]) == (4, 5)


def test_lines_are_put_together_from_tag_and_index():
    p, problem = SplitConfig((0x357,), 64, 4, 1, 12), Split()
    assert problem.rows(p, "lines") == [(1, "0xd", 5)]
    assert problem.solve(p, problem.run(p))["lines"] == [{"begins": 0x354}]


def test_average_of_two_levels_and_how_it_goes_wrong():
    p = AmatConfig(
        (Fraction(1), Fraction(10), Fraction(100)), (Fraction(1, 20), Fraction(1, 5)), "local"
    )
    problem = Amat()
    key = problem.solve(p, problem.run(p))
    assert key == {
        "penalty": 30, "amat": Fraction("2.5"), "global": Fraction(1, 100), "local": Fraction(1, 5),
    }  # fmt: skip
    # 1 + 0.05 × 10 + 0.2 × 100
    assert problem.global_as_local(p)["amat"] == Fraction("21.5")
    # 1 + 0.05 × 0.2 × 100
    assert problem.no_l2_time(p)["amat"] == 2
    # 0.95 × 1 + 0.05 × (0.8 × 10 + 0.2 × 100)
    assert problem.weighted(p) == {"penalty": 28, "amat": Fraction("2.35")}
    assert problem.ratios_added(p) == {"global": Fraction(1, 4)}


def test_counted_misses_taken_for_local_ratios():
    p = AmatConfig(
        (Fraction(1), Fraction(10), Fraction(200)), (Fraction(4, 100), Fraction(2, 100)), "global"
    )
    problem = Amat()
    key = problem.solve(p, problem.run(p))
    assert (key["local"], key["amat"]) == (Fraction(1, 2), Fraction("5.4"))
    # 1 + 0.04 × (10 + 0.02 × 200)
    wrong = problem.global_as_local(p)
    assert (wrong["penalty"], wrong["amat"], wrong["local"]) == (
        14,
        Fraction("1.56"),
        p.miss_ratios[1],
    )


def test_alias_bits_that_are_none():
    p = ViptConfig((ViptCache(64 * K, 64, 4, 4 * K),))
    problem = Vipt()
    [key] = problem.solve(p, problem.run(p))["caches"]
    assert key == {"alias_bits": 2, "safe": False, "safe_ways": 16}
    assert problem.whole_size(p)["caches"][0]["alias_bits"] == 4
    # 256 sets, 8 bits of index, all "within" the 12 bits of the page offset.
    assert problem.index_only(p)["caches"][0] == {"alias_bits": 0, "safe": True, "safe_ways": 1}
    # A page has 64 lines: 14 - 6 bits.
    assert problem.page_in_lines(p)["caches"][0]["alias_bits"] == 8


def test_rivals_that_are_none():
    # 4 sets of 1 line of 8 bytes: 0x00 and 0x04 share a line, 0x20 and 0x40 its set.
    p, problem = ConflictsConfig((0x00, 0x04, 0x20, 0x40, 0x08), 32, 8, 1), Conflicts()
    key = problem.solve(p, problem.run(p))
    assert [row["index"] for row in key["places"]] == [0, 0, 0, 0, 1]
    assert [row["rivals"] for row in key["places"]] == [(3, 4), (3, 4), (1, 2, 4), (1, 2, 3), ()]
    wrong = problem.same_line_competes(p)["places"]
    assert wrong[0] == {"index": 0, "rivals": (2, 3, 4)}
    # 7 bits: the highest two.
    high = problem.tag_is_set(p)["places"]
    assert [row["index"] for row in high] == [0, 0, 1, 2, 0]
    low = problem.offset_kept(p)["places"]
    assert [row["index"] for row in low] == [0, 0, 0, 0, 0]


def test_a_shared_set_is_not_yet_crowded():
    p, problem = ConflictsConfig((0x00, 0x20, 0x08), 64, 8, 2), Conflicts()
    assert problem.solve(p, problem.run(p))["crowded"] == ()
    assert problem.shared_is_crowded(p)["crowded"] == (0,)


def test_tiles_of_the_wrong_size():
    p, problem = TileConfig(100, 8, 3, 8 * K, 64, "any", False), Tile()
    key = problem.solve(p, problem.run(p))
    assert (key["tile"], key["bytes"], key["tiles"]) == (18, 7776, 36)
    assert problem.one_array(p)["tile"] == 32
    assert problem.bytes_as_elements(p)["tile"] == 52
    assert problem.side_not_squared(p)["tile"] == 100
    assert problem.rounded_up(p)["tile"] == 19


def loop(columns, lines, ways, pad=0, tile=None):
    patterns = ("row-major", "column-major", "blocked")[: 3 if tile else 2]
    return LoopConfig(
        patterns, 8, columns, pad, 8, tile, 1, lines * 64, 64, ways, "lru", "back", True, 0
    )


def test_both_cases_of_a_matrix():
    p, problem = MatrixConfig((loop(16, 8, 8), loop(16, 4, 4))), Matrix()
    key = problem.solve(p, problem.run(p))
    assert key["misses"] == [
        {"by_rows": 16, "by_columns": 16},
        {"by_rows": 16, "by_columns": 128},
    ]
    assert problem.per_element(p)["misses"][0] == {"by_rows": 128, "by_columns": 128}
    assert problem.orders_swapped(p)["misses"][1] == {"by_rows": 128, "by_columns": 16}
    assert problem.no_column_reuse(p)["misses"][0]["by_columns"] == 128
    assert problem.order_is_nothing(p)["misses"][1]["by_columns"] == 16
    assert problem.sets_ignored(p) is None


def test_sets_decide_and_tiles_help():
    p, problem = MatrixConfig((loop(64, 8, 1),)), Matrix()
    assert problem.solve(p, problem.run(p))["padding"] == [{"by_columns": 512}]
    assert problem.sets_ignored(p)["padding"] == [{"by_columns": 64}]
    tiled = MatrixConfig((loop(16, 4, 4, tile=4),))
    assert problem.solve(tiled, problem.run(tiled))["tiled"] == [
        {"by_columns": 128, "by_tiles": 16}
    ]
    assert problem.tiles_change_nothing(tiled)["tiled"] == [{"by_columns": 128, "by_tiles": 128}]


RUNS = {
    "split": run_split(SplitConfig((0x354, 0x18E), 64, 4, 1, 12)),
    "conflicts": run_conflicts(ConflictsConfig((0, 0x40, 0x44), 64, 4, 1)),
    "amat": run_amat(AmatConfig((Fraction(1), Fraction(9)), (Fraction(1, 3),), "local")),
    "vipt": run_vipt(ViptConfig((ViptCache(32 * K, 64, 4, 4 * K),))),
    "loop": run_loop(loop(16, 4, 4)),
    "accesses": run_loop_accesses(replace(loop(16, 4, 1), patterns=("row-major",))),
    "tile": run_tile(TileConfig(16, 8, 2, K, 64, "any", True)),
}


@pytest.mark.parametrize("name", list(RUNS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_questions_can_be_answered_from_what_is_shown(name, language, monkeypatch):
    monkeypatch.setenv("OSLAB_LANG", language)
    words, run = words_for("cache"), RUNS[name]
    asked = 0
    for step in run.steps:
        assert words.tell(step.action, {**step.given, **step.result})
        for result in run.asks.get(step.action, {}):
            with suppress(KeyError):
                assert words["asks", f"{step.action}.{result}"](step.given)
                asked += 1
    assert asked == sum(len(run.asks.get(step.action, {})) for step in run.steps)
