"""cache run: what must hold of any accesses, and runs worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Access, InputError
from oslab.traces.access import written
from oslab_cache.cache import POLICIES, WRITES, CacheShape
from oslab_cache.config import CacheConfig, RunConfig, TraceConfig, lookups, spec
from oslab_cache.hierarchy import INCLUSIONS
from oslab_cache.simulate import count, count_accesses, run, run_accesses, run_without_steps


def config(references, size=64, line=16, ways=2, policy="lru", write="back", allocate=True, lower=(),
           inclusion="nine", fetches=False, times=(), seed=0):  # fmt: skip
    return RunConfig(
        size, line, ways, policy, write, allocate, seed, tuple(lower), inclusion, fetches,
        tuple(times), tuple(references.split() if isinstance(references, str) else references),
    )  # fmt: skip


accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["load", "store", "modify", "fetch"]),
        st.integers(0, 255),
        st.sampled_from([1, 1, 4, 40]),
    ),
    min_size=1,
    max_size=50,
)


@st.composite
def configs(draw, most_levels=3):
    line = draw(st.sampled_from([1, 8, 16]))
    shapes = []
    for _ in range(draw(st.integers(1, most_levels))):
        ways = draw(st.sampled_from([1, 2, 4]))
        sets = draw(st.sampled_from([1, 2, 4]))
        shapes.append(
            CacheShape(
                ways * sets * line,
                line,
                ways,
                draw(st.sampled_from(POLICIES)),
                draw(st.sampled_from(WRITES)),
                draw(st.booleans()),
                draw(st.integers(0, 3)),
            )
        )
    first = shapes[0]
    made = tuple(map(written, draw(accesses)))
    return RunConfig(
        first.size, line, first.ways, first.policy, first.write, first.allocate, first.seed,
        tuple(shapes[1:]), draw(st.sampled_from(INCLUSIONS)), draw(st.booleans()), (), made,
    )  # fmt: skip


@given(configs())
def test_a_run_and_its_count_agree(made):
    assert run(made).metrics == count(made)


@given(configs(most_levels=1))
def test_a_hierarchy_of_one_level_is_that_level_whatever_the_inclusion(made):
    assert len({str(count(replace(made, inclusion=each))) for each in INCLUSIONS}) == 1


@given(configs())
def test_the_three_causes_sum_to_the_misses_and_steps_to_the_figures(made):
    done = run(made)
    found = done.metrics
    assert found["cold"] + found["capacity"] + found["conflict"] == found["misses"]
    steps = [step for step in done.steps if step.action == "access"]
    assert len(steps) == found["accesses"]
    assert sum(step.result["result"] == "hit" for step in steps) == found["hits"]
    for cause in ("cold", "capacity", "conflict"):
        assert sum(step.result.get("cause") == cause for step in steps) == found[cause]
    # A column that would be all zeros, or the bytes of a line with each miss, is left out.
    assert sum(step.result.get("written", 0) for step in steps) == found["bytes_to_memory"]
    if all("read" in step.result for step in steps):
        assert sum(step.result["read"] for step in steps) == found["bytes_from_memory"]
    else:
        ends = [step.result.get("found", step.result["result"]) for step in steps]
        fetched = sum(end in ("memory", "miss") for end in ends)
        assert fetched * made.line == found["bytes_from_memory"]
    leaving = [step.result.get("victim") for step in steps]
    assert sum(victim is not None for victim in leaving) == found["evictions"]


@given(configs(most_levels=1))
def test_a_fully_associative_lru_cache_has_no_conflicts(made):
    full = replace(made, ways=made.first.lines, policy="lru")
    assert count(full)["conflict"] == 0


@given(configs(most_levels=1))
def test_in_a_cache_that_holds_everything_all_misses_are_cold(made):
    lines = 512
    endless = replace(made, size=lines * made.line, ways=1, policy="lru", allocate=True)
    found = count(endless)
    assert found["misses"] == found["cold"]
    assert found["evictions"] == 0


@given(configs(most_levels=1))
def test_writing_through_or_back_makes_no_difference_to_hits(made):
    back, through = (count(replace(made, write=each)) for each in WRITES)
    for name in ("hits", "misses", "evictions", "bytes_from_memory", "cold", "capacity"):
        assert back[name] == through[name]
    assert through["writebacks"] == through["dirty_lines"] == 0


@given(configs(most_levels=1))
def test_a_write_through_cache_writes_every_stored_byte_once(made):
    found = count(replace(made, write="through"))
    stores = [a for a in lookups_of(made) if a.kind == "store"]
    assert found["bytes_to_memory"] == sum(a.size for a in stores)


@given(configs(most_levels=1))
def test_every_line_filled_is_still_there_or_was_evicted(made):
    found = count(replace(made, allocate=True))
    assert found["bytes_from_memory"] == found["misses"] * made.line
    held = found["misses"] - found["evictions"]
    assert 0 <= held <= made.first.lines
    assert found["dirty_lines"] <= held


def lookups_of(made):
    from oslab_cache.config import parse_references

    return list(lookups(parse_references(made.references), made.line, made.fetches))


def test_an_access_that_straddles_is_one_access_to_each_line():
    found = run(config("0xe/4"))
    assert [step.given["address"] for step in found.steps] == [0xE, 0x10]
    assert found.conventions["straddling"] == "split"


def test_a_straddling_modify_loads_all_its_lines_and_then_stores():
    steps = run(config("0xem/4")).steps
    assert [(s.given["access"], s.given["address"], s.given["bytes"]) for s in steps] == [
        ("load", 0xE, 2), ("load", 0x10, 2), ("store", 0xE, 2), ("store", 0x10, 2),
    ]  # fmt: skip


def test_fetches_are_left_out_unless_asked_for():
    assert count(config("0 16x 16"))["accesses"] == 2
    assert count(config("0 16x 16", fetches=True))["hits"] == 1


@pytest.mark.parametrize(
    ("policy", "references", "victim", "name", "value"),
    [
        # 0, 32 and 64 share a set of two ways.
        ("lru", "0 32 0 64", 32, "used_at", 2),
        ("fifo", "0 32 0 64", 0, "loaded_at", 1),
        ("lfu", "0 32 0 64", 32, "uses", 1),
        ("plru", "0 32 0 64", 32, "bits", (1,)),
    ],
)
def test_each_victim_is_told_with_the_reason(policy, references, victim, name, value):
    [*_, last] = run(config(references, policy=policy)).steps
    assert last.result["victim"] == victim
    assert last.result[name] == value


def test_the_victim_of_a_single_way_needs_no_reason():
    [*_, last] = run(config("0 64", ways=1)).steps
    assert last.result["only"]


def test_causes_are_told_with_the_lines_used_since():
    steps = run(config("0 64 0 16 32 48 80 0", ways=1)).steps
    told = [(s.result.get("cause"), s.result.get("others")) for s in steps]
    assert told == [
        ("cold", None), ("cold", None), ("conflict", 1), ("cold", None), ("cold", None),
        ("cold", None), ("cold", None), (None, 4),
    ]  # fmt: skip


def test_amat_uses_local_miss_ratios():
    two = config("0 64 0 64", ways=1, times=(1, 10, 100),
                 lower=[CacheShape(128, 16, 2, "lru", "back", True, 0)])  # fmt: skip
    found = count(replace(two, times_ns=tuple(map(Fraction, two.times_ns))))
    # All four miss in level 1, two of the four hit in level 2.
    assert found["amat_ns"] == 1 + (10 + Fraction(1, 2) * 100)


def test_times_must_belong_to_the_levels():
    with pytest.raises(InputError, match="2 are expected"):
        count(config("0", times=(1, 2, 3)))
    with pytest.raises(InputError, match="not negative"):
        count(config("0", times=(Fraction(-1), Fraction(2))))


def test_only_rules_that_matter_are_told():
    assert set(run(config("0 16", ways=1)).conventions) == {"empty_ways", "threec"}
    assert "seed" in run(config("0", policy="random")).conventions
    assert {"write", "allocate", "modify"} <= set(run(config("0m")).conventions)
    two = [CacheShape(128, 16, 2, "fifo", "through", True, 0)]
    rules = run(config("0", lower=two)).conventions
    assert (rules["level2"], rules["inclusion"]) == ("128/2/fifo/through/allocate", "nine")


def test_a_trace_gives_the_same_figures_and_rules_without_steps():
    made = [Access("load", 0, 4), Access("modify", 14, 4), Access("fetch", 3, 1)]
    told = config([written(a) for a in made])
    plain = CacheConfig(*[getattr(told, name) for name in CacheConfig.__dataclass_fields__])
    assert count_accesses(plain, made) == count(told)
    traced = TraceConfig(*[getattr(told, name) for name in CacheConfig.__dataclass_fields__], "t")
    without, steps = run_without_steps(traced, iter(made)), run_accesses(traced, iter(made))
    assert without.metrics == steps.metrics
    assert without.conventions == steps.conventions == run(told).conventions
    assert without.steps == ()


def test_accesses_that_cannot_be_read_are_named():
    with pytest.raises(InputError, match="access 2"):
        run(config("0 zz"))
    with pytest.raises(InputError, match="no accesses"):
        run(config(""))


def test_a_small_cache_is_drawn_whole_and_a_large_one_by_the_set_in_use():
    [small] = run(config("16w")).steps
    assert small.state["cache"].values == (None, None, "0x10*", None)
    [large] = run(config("16", size=512)).steps
    assert large.state["set"].values == (0x10, None)


def test_several_levels_tell_each_line_they_move():
    two = [CacheShape(64, 16, 1, "lru", "back", True, 0)]
    done = run(config("0w 64 128", size=16, ways=1, lower=two, inclusion="inclusive"))
    told = [(s.action, s.actor, s.given["address"]) for s in done.steps if s.group == 2]
    # 64 drives 0 out of level 2 first, and so out of level 1: its dirty data go to memory.
    assert told == [
        ("access", "", 64), ("leaves", "L2", 0), ("removed", "L1", 0), ("taken", "memory", 0),
    ]  # fmt: skip


def test_a_cache_in_a_few_words():
    assert spec(CacheShape(1024, 64, 2, "lru", "back", True, 0)) == "1K/64/2/lru"
    assert (
        spec(CacheShape(96, 16, 3, "fifo", "through", False, 0), with_line=False)
        == "96/3/fifo/through"
    )
    assert spec(CacheShape(2**20, 64, 1, "lru", "back", False, 0)) == "1M/64/1/lru/no-allocate"
