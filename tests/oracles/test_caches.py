"""Caches and hierarchies against their naive twins: each access, what it moved, what is where, all figures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cache import Caches, Done, Reference, Spec, lookups, simulate

from oslab.traces.access import Access, written
from oslab_cache import compare
from oslab_cache.cache import CacheShape
from oslab_cache.compare import CompareRunConfig
from oslab_cache.config import CacheConfig, RunConfig
from oslab_cache.hierarchy import Hierarchy, HierarchyShape
from oslab_cache.simulate import count, count_accesses, run

POLICIES = ("lru", "fifo", "random", "plru", "lfu")
INCLUSIONS = ("nine", "inclusive", "exclusive")
LINE = 16


def careful(examples: int) -> Any:
    """The same examples in every run."""
    return settings(max_examples=examples, deadline=None, derandomize=True)


# ---------------------------------------------------------------- how the simulators are called


def shape_of(spec: Spec, line: int = LINE) -> CacheShape:
    policy: Any = spec.policy
    return CacheShape(
        spec.sets * spec.ways * line, line, spec.ways, policy,
        "back" if spec.back else "through", spec.allocate, spec.seed,
    )  # fmt: skip


def config_of(
    specs: Sequence[Spec],
    inclusion: Any = "nine",
    line: int = LINE,
    fetches: bool = False,
    times: Sequence[Fraction] = (),
) -> CacheConfig:
    first = shape_of(specs[0], line)
    return CacheConfig(
        first.size, line, first.ways, first.policy, first.write, first.allocate, first.seed,
        tuple(shape_of(spec, line) for spec in specs[1:]), inclusion, fetches, tuple(times),
    )  # fmt: skip


def access_of(reference: Reference) -> Access:
    kind: Any = reference.kind
    return Access(kind, reference.address, reference.size)


def run_config(config: CacheConfig, references: Sequence[Reference]) -> RunConfig:
    told = tuple(written(access_of(each)) for each in references)
    return RunConfig(*vars(config).values(), references=told)


def ours(config: RunConfig) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The metrics, and what the steps tell, named as in `Done`."""
    result = run(config)
    assert result.metrics == count(config)
    done: list[dict[str, Any]] = []
    for step in result.steps:
        given: Any = step.given
        seen: Any = step.result
        if step.action != "access":
            where = str(step.actor)
            place = where if where.startswith("L") else "memory"
            done[-1]["moves"].append((step.action, place, given["address"] // config.line))
            done[-1]["moves"].sort()
            continue
        line = given["address"] // config.line
        assert (seen["index"], seen["tag"]) == (line % config.first.sets, line // config.first.sets)
        hit = seen["result"] == "hit"
        told = {name: given[name] for name in ("n", "address", "bytes")} | {"kind": given["access"]}
        if not hit:
            told["way"] = seen.get("way")
            told["cause"] = seen["cause"]
            victim = seen.get("victim")
            told["victim"] = None if victim is None else victim // config.line
        if config.allocate:
            told["others"] = seen.get("others")
        told |= {name: seen[name] for name in ("read", "written") if name in seen}
        if given["access"] == "store" and not config.lower:
            through = config.write == "through" or not (hit or config.allocate)
            assert seen.get("sent", 0) == given["bytes"] * through
        if config.lower:
            told |= {"found": seen["found"], "moves": []}
        assert hit == (seen.get("found", "L1" if hit else "memory") == "L1")
        done.append(told | {"hit": hit})
    return dict(result.metrics), done


def same_steps(done: list[dict[str, Any]], expected: list[Done]) -> None:
    assert len(done) == len(expected)
    for mine, theirs in zip(done, expected, strict=True):
        naive = theirs._asdict() | {"hit": theirs.found == "L1"}
        assert mine == {name: naive[name] for name in mine}


def same_metrics(found: dict[str, Any], expected: dict[str, Any]) -> None:
    levels = found.pop("levels")
    assert {name: found[name] for name in expected if name != "levels"} == {
        name: expected[name] for name in expected if name != "levels"
    }
    if "levels" in expected:
        assert list(levels) == expected["levels"]


# ---------------------------------------------------------------- what is drawn


def specs_of(policies: Sequence[str] = POLICIES) -> st.SearchStrategy[Spec]:
    return st.builds(
        Spec,
        st.sampled_from([1, 2, 4]),
        st.sampled_from([1, 2, 3, 4]),
        st.sampled_from(policies),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
    ).map(lambda spec: spec._replace(ways=4) if spec.policy == "plru" and spec.ways == 3 else spec)


def references_of(lines: int, most: int) -> st.SearchStrategy[list[Reference]]:
    return st.lists(
        st.builds(
            Reference,
            st.sampled_from(["load", "load", "store", "store", "modify", "fetch"]),
            st.integers(0, lines * LINE - 1),
            st.sampled_from([1, 1, 1, 4, 16, 40]),
        ),
        min_size=1,
        max_size=most,
    )


def many_references(rng: random.Random, lines: int, length: int) -> list[Reference]:
    """Some lines much more often than others; a third are stores; few straddle lines."""
    return [
        Reference(
            rng.choice(["load", "load", "store", "modify", "load", "store"]),
            min(rng.randrange(lines), rng.randrange(lines)) * LINE + rng.choice([0, 0, 4, 12]),
            rng.choice([1, 4, 4, 8]),
        )
        for _ in range(length)
    ]


# ---------------------------------------------------------------- one level


@pytest.mark.parametrize("allocate", [True, False])
@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
@careful(30)
@given(spec=specs_of(), references=references_of(14, 40), fetches=st.booleans())
def test_one_level(
    policy: str, back: bool, allocate: bool, spec: Spec, references: list[Reference], fetches: bool
) -> None:
    ways = 4 if policy == "plru" and spec.ways == 3 else spec.ways
    spec = spec._replace(policy=policy, back=back, allocate=allocate, ways=ways)
    config = run_config(config_of([spec], fetches=fetches), references)
    found, done = ours(config)
    metrics, expected = simulate([spec], "nine", LINE, references, fetches)
    same_metrics(found, metrics)
    same_steps(done, expected)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("ways", [1, 2, 4, 8, 16])
def test_one_level_for_long(policy: str, ways: int) -> None:
    for seed in range(4):
        rng = random.Random(f"{policy} {ways} {seed}")
        spec = Spec(16 // ways, ways, policy, seed < 3, seed in (0, 2), seed)
        references = many_references(rng, 50, 1200)
        metrics, _ = simulate([spec], "nine", LINE, references, explained=False)
        found = count_accesses(config_of([spec]), map(access_of, references))
        same_metrics(dict(found), metrics)


# ---------------------------------------------------------------- levels


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("inclusion", INCLUSIONS)
@careful(120)
@given(data=st.data(), references=references_of(20, 50))
def test_levels(
    inclusion: str, depth: int, data: st.DataObject, references: list[Reference]
) -> None:
    specs = data.draw(st.lists(specs_of(), min_size=depth, max_size=depth))
    times = [Fraction(10**n) for n in range(depth + 1)]
    config = run_config(config_of(specs, inclusion, times=times), references)
    found, done = ours(config)
    metrics, expected = simulate(specs, inclusion, LINE, references, times=times)
    same_metrics(found, metrics)
    same_steps(done, expected)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("inclusion", INCLUSIONS)
@careful(120)
@given(data=st.data(), references=references_of(20, 60))
def test_what_is_where_after_each_access(
    inclusion: Any, depth: int, data: st.DataObject, references: list[Reference]
) -> None:
    specs = data.draw(st.lists(specs_of(), min_size=depth, max_size=depth))
    naive = Caches(specs, inclusion, LINE)
    made = Hierarchy(HierarchyShape(tuple(map(shape_of, specs)), inclusion))
    for kind, address, size in lookups(references, LINE, fetches=False):
        naive.access(address // LINE, kind == "store", size)
        made.access(address, kind == "store", size)
        for level, cache in zip(naive.levels, made.caches, strict=True):
            lines = [line for home in level.contents() for line in home if line]
            assert sorted(cache.lines()) == sorted(number for number, _ in lines)
            assert cache.dirty == {number for number, dirty in lines if dirty}
        assert (made.bytes_from_memory, made.bytes_to_memory) == (naive.read, naive.written)
        for level, counted in zip(naive.levels, made.counts, strict=True):
            assert level.counted == {name: getattr(counted, name) for name in level.counted}


@pytest.mark.parametrize("inclusion", INCLUSIONS)
@pytest.mark.parametrize("seed", range(8))
def test_levels_for_long(inclusion: str, seed: int) -> None:
    rng = random.Random(f"{inclusion} {seed}")
    specs = [
        Spec(
            rng.choice([1, 2, 4]), rng.choice([1, 2, 4]) << depth, rng.choice(POLICIES),
            rng.random() < 0.6, rng.random() < 0.6, seed,
        )
        for depth in range(2 + seed % 2)
    ]  # fmt: skip
    references = many_references(rng, 60, 1500)
    metrics, _ = simulate(specs, inclusion, LINE, references, explained=False)
    found = count_accesses(config_of(specs, inclusion), map(access_of, references))
    same_metrics(dict(found), metrics)


# ---------------------------------------------------------------- identities


@careful(80)
@given(spec=specs_of(), references=references_of(20, 60))
def test_a_direct_mapped_cache_knows_no_policy(spec: Spec, references: list[Reference]) -> None:
    spec = spec._replace(ways=1)
    found = [
        count(run_config(config_of([spec._replace(policy=policy)]), references))
        for policy in POLICIES
    ]
    assert all(each == found[0] for each in found)


@careful(80)
@given(ways=st.integers(1, 9), allocate=st.booleans(), references=references_of(14, 60))
def test_a_fully_associative_lru_cache_has_no_conflicts(
    ways: int, allocate: bool, references: list[Reference]
) -> None:
    spec = Spec(1, ways, "lru", True, allocate)
    assert count(run_config(config_of([spec]), references))["conflict"] == 0


@careful(80)
@given(spec=specs_of(), references=references_of(14, 60))
def test_where_everything_fits_all_misses_are_cold(spec: Spec, references: list[Reference]) -> None:
    """As many ways as there can be lines. Without allocation a store may miss more often."""
    spec = spec._replace(ways=32, allocate=True)
    found = count(run_config(config_of([spec]), references))
    touched = {each.address // LINE for each in lookups(references, LINE, False)}
    assert (found["misses"], found["cold"]) == (len(touched), len(touched))
    assert (found["capacity"], found["conflict"], found["evictions"]) == (0, 0, 0)


def test_random_ways_are_drawn_evenly() -> None:
    """4 ways, 4000 evictions: each way about 1000 times (sd 27)."""
    references = [Reference("load", n * LINE, 1) for n in range(4004)]
    _, done = ours(run_config(config_of([Spec(1, 4, "random")]), references))
    ways = [each["way"] for each in done if each["victim"] is not None]
    assert len(ways) == 4000
    assert all(850 < ways.count(way) < 1150 for way in range(4))


# ---------------------------------------------------------------- side by side


@careful(60)
@given(
    specs=st.lists(specs_of(), min_size=1, max_size=4, unique=True),
    references=references_of(14, 40),
    fetches=st.booleans(),
)
def test_compare(specs: list[Spec], references: list[Reference], fetches: bool) -> None:
    accesses = tuple(written(access_of(each)) for each in references)
    config = CompareRunConfig(tuple(map(shape_of, specs)), fetches, accesses)
    seen: Any = compare.count(config)["configurations"]
    for spec, found in zip(specs, seen, strict=True):
        metrics, _ = simulate([spec], "nine", LINE, references, fetches, explained=False)
        names = metrics.keys() & found.keys()
        assert {"hits", "misses", "conflict", "bytes_to_memory"} <= names
        assert {name: found[name] for name in names} == {name: metrics[name] for name in names}
