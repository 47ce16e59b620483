"""The hierarchy: average access time, average price."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.text import language, set_language
from oslab.wordfiles import words_of
from oslab_cache import amat
from oslab_memory.hierarchy import TYPICAL, HierarchyConfig, Level, reached, run

shares = st.fractions(0, 1, max_denominator=100)
times = st.fractions(0, 10**6, max_denominator=10)


def level(name, size, time, hit, price=None):
    price = None if price is None else Fraction(price)
    return Level(name, size, Fraction(time), None if hit is None else Fraction(hit), price)


CACHE = level("cache", 1 << 20, 10, "9/10", 100)
MEMORY = level("memory", 3 << 20, 100, 1, 4)


def figures(*levels, lookup="in-turn"):
    return run(HierarchyConfig(levels, lookup)).metrics


def test_in_turn_a_miss_pays_for_both_levels():
    assert figures(CACHE, MEMORY)["average_ns"] == 10 + Fraction(1, 10) * 100


def test_at_once_an_access_pays_for_the_level_where_it_is_found():
    found = figures(CACHE, MEMORY, lookup="at-once")
    assert found["average_ns"] == Fraction(9, 10) * 10 + Fraction(1, 10) * 100


def test_the_average_price_counts_each_level_with_its_size():
    assert figures(CACHE, MEMORY)["price_per_gib"] == Fraction(100 + 3 * 4, 4)


def test_hit_ratios_are_local():
    middle = level("middle", 1 << 20, 20, "3/4")
    levels = (CACHE, middle, MEMORY)
    assert reached(levels) == (1, Fraction(1, 10), Fraction(1, 40))
    assert figures(*levels)["average_ns"] == 10 + Fraction(1, 10) * 20 + Fraction(1, 40) * 100


def test_registers_are_shown_but_not_asked():
    registers = level("registers", 128, 1, None)
    with_them, without = figures(registers, CACHE, MEMORY), figures(CACHE, MEMORY)
    assert with_them["average_ns"] == without["average_ns"]
    assert with_them["price_per_gib"] == without["price_per_gib"]
    assert with_them["levels"][0]["reached"] is None


def test_without_prices_nothing_is_said_of_them():
    found = run(HierarchyConfig((level("memory", 1, 1, 1),), "in-turn"))
    assert found.metrics["price_per_gib"] is None
    assert [step.action for step in found.steps] == ["hierarchy-last"]
    assert "hierarchy-price" not in found.conventions


def test_the_typical_hierarchy_is_nearly_as_fast_as_its_top_and_as_cheap_as_its_bottom():
    found = figures(*TYPICAL)
    assert found["average_ns"] < 2 * TYPICAL[1].time_ns
    assert found["price_per_gib"] < 2 * TYPICAL[-1].price
    assert run(HierarchyConfig(TYPICAL, "in-turn")).conventions["hierarchy-figures"] == "typical"


@given(st.lists(st.tuples(times, shares), min_size=1, max_size=4), times)
def test_in_turn_the_average_is_the_amat_of_the_caches(caches, memory):
    levels = [level(f"L{i}", 1, time, hit) for i, (time, hit) in enumerate(caches, 1)]
    found = figures(*levels, level("memory", 1, memory, 1))
    config = amat.AmatConfig(
        (*(time for time, _ in caches), memory), tuple(1 - hit for _, hit in caches), "local"
    )
    assert found["average_ns"] == amat.run(config).metrics["amat_ns"]


@given(
    st.lists(st.tuples(st.integers(1, 2**40), times, shares, times), min_size=1, max_size=5),
    st.sampled_from(["in-turn", "at-once"]),
)
def test_averages_lie_where_they_must(rows, lookup):
    levels = [level(f"L{i}", *row) for i, row in enumerate(rows)]
    levels[-1] = level("last", rows[-1][0], rows[-1][1], 1, rows[-1][3])
    found = figures(*levels, lookup=lookup)
    prices, own = [row[3] for row in rows], [row[1] for row in rows]
    assert min(prices) <= found["price_per_gib"] <= max(prices)
    if lookup == "at-once":
        assert min(own) <= found["average_ns"] <= max(own)
    else:
        assert own[0] <= found["average_ns"] <= sum(own)
        assert found["average_ns"] >= figures(*levels, lookup="at-once")["average_ns"]


@pytest.mark.parametrize(
    "levels",
    [
        (),
        (CACHE,),
        (CACHE, CACHE, MEMORY),
        (MEMORY, level("registers", 128, 1, None)),
        (level("registers", 128, 1, None),),
    ],
)
def test_hierarchies_that_cannot_be_are_refused(levels):
    with pytest.raises(InputError):
        HierarchyConfig(levels, "in-turn")


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, -1, 1), (1, 1, 2), (1, 1, -1), (1, 1, 1, -1)])
def test_levels_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError):
        level("x", *wrong)


def metrics(oslab, *arguments):
    found = oslab("memory", "hierarchy", *arguments, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)["metrics"]


def test_levels_on_the_command_line(oslab):
    found = metrics(oslab, "--level", "L1 32KiB 1ns 90% $1/MiB", "--level", "RAM 96KiB 100ns 1 -")
    assert found["average_ns"] == 11
    assert found["price_per_gib"] == 1024


def test_levels_in_a_file(oslab, tmp_path):
    file = tmp_path / "levels.toml"
    file.write_text(
        '[[level]]\nname = "cache"\nsize = "1 MiB"\ntime = "10 ns"\nhit = "90 %"\nprice = 100\n'
        '[[level]]\nname = "memory"\nsize = "3MiB"\ntime = 100\nhit = 1\nprice = 4\n'
    )
    assert metrics(oslab, "--levels", str(file))["average_ns"] == 20
    assert metrics(oslab, "--levels", str(file), "--lookup", "at-once")["average_ns"] == 19


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--level", "L1 32KiB"], "L1 32KiB 1.3ns 95% 500"),
        (["--level", "L1 32KiB 1ns 90% x/y"], "L1"),
        (["--level", "L1 32KiB 1ns 90% 4"], "100 %"),
        (["--levels", "no-such-file"], "no-such-file"),
        (["--lookup", "never"], "at-once"),
        (["--level", "a 1 1 1 1", "--levels", "x"], "one of them"),
    ],
)
def test_bad_input_is_one_sentence(oslab, arguments, said):
    found = oslab("memory", "hierarchy", *arguments)
    assert found.code == 2
    assert said in found.err
    assert len(found.err.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["en", "zh"])
@pytest.mark.parametrize("lookup", ["in-turn", "at-once"])
def test_every_step_question_convention_and_metric_has_its_words(lookup, name):
    words, before = words_of("oslab_memory"), language()
    set_language(name)
    try:
        found = run(HierarchyConfig(TYPICAL, lookup))
        for step in found.steps:
            assert words.tell(step.action, {**step.given, **step.result}), step
            for asked in found.asks.get(step.action, {}):
                assert words["asks", f"{step.action}.{asked}"](step.given)
        for rule, value in found.conventions.items():
            assert words.get("conventions", f"{rule}={value}") or words.get("conventions", rule)
        assert [m for m in found.metrics if not words.get("metrics", m)] == []
    finally:
        set_language(before)
