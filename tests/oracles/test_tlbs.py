"""TLBs and shootdowns against their naive twins; lookups and times of textbooks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_tlb import Access, Cores, Done, Event, Looked, Machine, Page, Spec

from oslab_paging.fault import Use
from oslab_tlb import compare, eat, flow, lookup, reach, shootdown
from oslab_tlb.compare import CompareConfig
from oslab_tlb.cores import ShootdownConfig
from oslab_tlb.eat import EatConfig
from oslab_tlb.flow import FlowConfig
from oslab_tlb.lookup import LookupConfig, SnapshotEntry
from oslab_tlb.machine import TlbConfig
from oslab_tlb.pages import Page as TlbPage
from oslab_tlb.reach import Loop, ReachConfig
from oslab_tlb.simulate import count, run

POLICIES = ("lru", "fifo", "plru", "random")
PAGE = 64
LETTERS = {"read": "", "write": "w", "modify": "m", "fetch": "x"}
FAULTS = {"not-present": "absent", "kernel-only": "user", "read-only": "write",
          "no-execute": "fetch", "not-readable": "read"}  # fmt: skip
Item = Access | Event


def careful(examples: int) -> Any:
    """The same examples in every run."""
    return settings(max_examples=examples, deadline=None, derandomize=True)


# ---------------------------------------------------------------- how the simulators are called


def typed(item: Item) -> str:
    if isinstance(item, Access):
        size = f"/{item.size}" if item.size > 1 else ""
        return f"{item.address:#x}{LETTERS[item.kind]}{size}:{item.mode}"
    if item.kind == "invlpg":
        assert item.number is not None
        return f"invlpg={item.number * PAGE:#x}"
    return item.kind if item.number is None else f"{item.kind}={item.number}"


def config_of(machine: Machine, items: Sequence[Item]) -> TlbConfig:
    first: Any = machine.levels[0]
    second: Any = machine.levels[1] if len(machine.levels) > 1 else Spec(0, 1, "", 0)
    two = len(machine.levels) > 1
    return TlbConfig(
        first.entries, first.ways, first.policy,
        second.entries if two else None, second.ways if two else None, second.policy if two else None,
        first.seed, machine.page_size, machine.walk_reads, tuple(map(typed, items)), "address", "user",
        machine.asids, tuple(TlbPage(*page) for page in machine.pages), machine.demand,
        machine.fault_drops, "",
    )  # fmt: skip


def agrees(machine: Machine, items: Sequence[Item], steps: bool = True) -> None:
    machine.run(items)
    config = config_of(machine, items)
    metrics: Any = count(config)
    assert {name: metrics[name] for name in machine.metrics()} == machine.metrics()
    if not steps:
        return
    result = run(config)
    assert result.metrics == metrics
    dropped = [dict(step.result)["dropped"] for step in result.steps if step.action != "access"]
    assert dropped == machine.dropped_by_event
    told = [step for step in result.steps if step.action == "access"]
    assert len(told) == len(machine.looked)
    for step, expected in zip(told, machine.looked, strict=True):
        same_step(step, expected, len(machine.tlbs))


def same_step(step: Any, expected: Looked, levels: int) -> None:
    given, seen = step.given, step.result
    assert (given["n"], seen.get("vpn", given.get("vpn"))) == (expected.n, expected.vpn)
    assert given.get("process", expected.process) == expected.process
    assert given["access"] == expected.use
    words = ("walk", "l1", "l2") if levels > 1 else ("miss", "hit")
    assert seen["result"] == words[expected.level]
    if "fault" in seen:
        assert seen["fault"] == expected.fault or FAULTS[seen["fault"]] == expected.fault
        assert seen.get("ppn", expected.ppn) == expected.ppn
    else:
        assert expected.fault is None
    assert seen["victim"] == (expected.victim and expected.victim[0])
    if "victim_of" in seen and expected.victim:
        assert seen["victim_of"] == expected.victim[1]
    if levels > 1:
        assert seen["victim2"] == (expected.victim2 and expected.victim2[0])


# ---------------------------------------------------------------- what is drawn


def specs_of(policies: Sequence[str] = POLICIES) -> st.SearchStrategy[Spec]:
    return st.builds(
        lambda sets, ways, policy: Spec(sets * ways, ways, policy),
        st.sampled_from([1, 2, 4]),
        st.sampled_from([1, 2, 4]),
        st.sampled_from(policies),
    )


def accesses_of(pages: int) -> st.SearchStrategy[Access]:
    return st.builds(
        Access,
        st.sampled_from(["read", "read", "write", "modify", "fetch"]),
        st.integers(0, pages * PAGE - 1),
        st.sampled_from([1, 1, 4, 100]),
        st.sampled_from(["user", "user", "kernel"]),
    )


def events_of(pages: int, asids: bool) -> st.SearchStrategy[Event]:
    plain = st.one_of(
        st.builds(Event, st.just("switch"), st.integers(1, 3)),
        st.just(Event("flush")),
        st.just(Event("flushall")),
        st.builds(Event, st.just("invlpg"), st.integers(0, pages)),
    )
    return plain | st.builds(Event, st.just("flush"), st.integers(1, 3)) if asids else plain


def described(pages: int) -> st.SearchStrategy[list[Page]]:
    some = st.booleans() | st.just(True)
    page = st.builds(
        Page, st.integers(0, pages), st.integers(0, 99), some, some, some, some, some, st.booleans()
    )
    return st.lists(page, max_size=6, unique_by=lambda page: page.vpn)


def items_of(pages: int, asids: bool, most: int = 50) -> st.SearchStrategy[list[Item]]:
    """At least one access, at the end."""
    access: st.SearchStrategy[Item] = accesses_of(pages)
    mixed = st.lists(access | access | access | events_of(pages, asids), max_size=most)
    return st.tuples(mixed, access).map(lambda parts: [*parts[0], parts[1]])


# ---------------------------------------------------------------- one level and two


@pytest.mark.parametrize("policy", POLICIES)
@careful(80)
@given(data=st.data())
def test_a_tlb(policy: str, data: st.DataObject) -> None:
    spec = data.draw(specs_of([policy]))._replace(seed=data.draw(st.integers(0, 3)))
    pages = [Access("read", page * PAGE) for page in data.draw(st.lists(st.integers(0, 12)))]
    if pages:
        agrees(Machine([spec], PAGE, 1, False, [], False, False), pages)


@pytest.mark.parametrize("policy2", POLICIES)
@careful(60)
@given(data=st.data(), first=specs_of(), pages=st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_a_small_tlb_before_a_larger_one(
    policy2: str, data: st.DataObject, first: Spec, pages: list[int]
) -> None:
    """The second level is full, and asked often: what it sees of the accesses matters."""
    ways = data.draw(st.sampled_from([2, 4]))
    specs = [first._replace(entries=first.ways), Spec(ways, ways, policy2, 1)]
    reads = [Access("read", page * PAGE) for page in pages]
    agrees(Machine(specs, PAGE, 1, False, [], False, False), reads)


@pytest.mark.parametrize("asids", [False, True])
@pytest.mark.parametrize("levels", [1, 2])
@careful(200)
@given(data=st.data())
def test_everything_that_can_happen(levels: int, asids: bool, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 3))
    specs = [data.draw(specs_of())._replace(seed=seed + n) for n in range(levels)]
    machine = Machine(
        specs, PAGE, data.draw(st.integers(1, 4)), asids,
        data.draw(described(9)), data.draw(st.booleans()), data.draw(st.booleans()),
    )  # fmt: skip
    agrees(machine, data.draw(items_of(9, asids)))


@pytest.mark.parametrize("seed", range(12))
def test_long_runs(seed: int) -> None:
    rng = random.Random(seed)
    asids = seed % 2 == 0
    specs = [
        Spec((ways := rng.choice([1, 2, 4, 8])) * rng.choice([1, 2, 8]), ways, rng.choice(POLICIES), n)
        for n in range(1 + seed % 3 % 2)
    ]  # fmt: skip
    rights = [[rng.random() < 0.8 for _ in range(4)] for _ in range(8)]
    pages = [Page(5 * n, n, rng.random() < 0.5, *rights[n], rng.random() < 0.5) for n in range(8)]
    items: list[Item] = []
    for _ in range(2000):
        address = min(rng.randrange(40 * PAGE), rng.randrange(40 * PAGE))
        items.append(Access(rng.choice(list(LETTERS)), address, rng.choice([1, 8])))
        if rng.random() < 0.02:
            kind = rng.choice(["switch", "flush", "flushall", "invlpg"])
            items.append(Event(kind, {"switch": rng.randint(1, 3), "invlpg": 5}.get(kind)))
    machine = Machine(specs, PAGE, 4, asids, pages, seed < 6, seed % 4 == 3)
    agrees(machine, items, steps=False)


def test_random_entries_are_drawn_evenly() -> None:
    """4 entries, 4000 evictions; page n is filled into the way its victim had: about 1000 each (sd 27)."""
    items: list[Item] = [Access("read", page * PAGE) for page in range(4004)]
    machine = Machine([Spec(4, 4, "random")], PAGE, 1, False, [], False, False)
    victims: list[Any] = [step.result["victim"] for step in run(config_of(machine, items)).steps]
    ways = {page: page for page in range(4)}
    filled = []
    for page in range(4, 4004):
        ways[page] = ways.pop(victims[page])
        filled.append(ways[page])
    assert all(850 < filled.count(way) < 1150 for way in range(4))


@careful(60)
@given(data=st.data(), asids=st.booleans())
def test_compare(data: st.DataObject, asids: bool) -> None:
    machines = [
        [data.draw(specs_of())._replace(seed=n) for n in range(data.draw(st.integers(1, 2)))]
        for _ in range(3)
    ]
    pages, demand = data.draw(described(9)), data.draw(st.booleans())
    items = data.draw(items_of(9, asids, 30))
    names = ["+".join(f"{s.entries}/{s.ways}/{s.policy}" for s in specs) for specs in machines]
    if len(set(names)) < len(names):
        return
    found: Any = compare.run(
        CompareConfig(
            tuple(names), 0, PAGE, 2, tuple(map(typed, items)), "address", "user", asids,
            tuple(TlbPage(*page) for page in pages), demand, False, "",
        )
    ).metrics  # fmt: skip
    for name, specs in zip(names, machines, strict=True):
        machine = Machine(specs, PAGE, 2, asids, pages, demand, False)
        machine.run(items)
        seen = {**found, **found["configurations"][name]}
        assert {key: seen[key] for key in machine.metrics()} == machine.metrics()


# ---------------------------------------------------------------- shootdowns


VERBS = ("read", "write", "unmap", "protect", "permit", "switch", "idle")


@st.composite
def stories(draw: st.DrawFn, cores: int) -> list[tuple[int, str, int]]:
    """Events of which each can happen: an idle core does nothing but run again."""
    idle: set[int] = set()
    story = []
    for _ in range(draw(st.integers(1, 40))):
        core = draw(st.integers(0, cores - 1))
        verb = "switch" if core in idle else draw(st.sampled_from(VERBS))
        idle = idle | {core} if verb == "idle" else idle - {core}
        story.append((core, verb, draw(st.integers(1, 2 if verb == "switch" else 3))))
    return story


def told_as(event: tuple[int, str, int]) -> str:
    core, verb, number = event
    if verb == "idle":
        return f"{core}:idle"
    return f"{core}:{verb} {number}" if verb == "switch" else f"{core}:{verb} {number * 4096:#x}"


@pytest.mark.parametrize("asids", [True, False])
@pytest.mark.parametrize("rule", ["running", "used", "all", "none"])
@careful(120)
@given(data=st.data(), cores=st.integers(1, 4), entries=st.sampled_from([1, 2, 8]))
def test_shootdowns(rule: Any, asids: bool, data: st.DataObject, cores: int, entries: int) -> None:
    story = data.draw(stories(cores))
    result = shootdown.run(
        ShootdownConfig(cores, tuple(map(told_as, story)), rule, asids, entries, 4096)
    )
    naive = Cores(cores, rule, asids, entries)
    untold = Cores(cores, "none", asids, entries)
    assert len(result.steps) == len(story)
    for step, (core, verb, number) in zip(result.steps, story, strict=True):
        expected = naive.do(core, verb, number)
        untold.do(core, verb, number)
        seen: Any = dict(step.result)
        assert {name: seen[name] for name in Done._fields if name in seen} == {
            name: value for name, value in expected._asdict().items() if name in seen
        }, told_as((core, verb, number))
    metrics: Any = dict(result.metrics)
    assert metrics.pop("stale_without") == untold.counts["stale"]
    assert metrics == naive.counts
    if rule != "none":
        assert naive.counts["stale"] == 0


# ---------------------------------------------------------------- one access, step by step


@careful(120)
@given(
    uses=st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12),
    cached=st.lists(st.integers(0, 6), max_size=3, unique=True),
    absent=st.lists(st.integers(0, 6), max_size=3, unique=True),
    read_only=st.sets(st.integers(0, 6), max_size=2),
    entries=st.integers(3, 4),
    levels=st.integers(1, 4),
)
def test_flows(
    uses: list[tuple[int, bool]],
    cached: list[int],
    absent: list[int],
    read_only: set[int],
    entries: int,
    levels: int,
) -> None:
    """The figures, and the last number of each try: 5 on a hit, 4 + 2k on a miss."""
    gone = set(absent) - set(cached)
    pages = [Page(n, n, n not in gone, True, n not in read_only) for n in sorted(gone | read_only)]
    machine = Machine([Spec(entries, entries)], PAGE, levels, False, pages, False, False)
    machine.run([Access("read", vpn * PAGE) for vpn in cached])
    counts, ready = dict(machine.metrics()), len(machine.looked)
    assert counts["page_faults"] == counts["protection_faults"] == 0
    for vpn, write in uses:
        machine.run([Access("write" if write else "read", vpn * PAGE)])
        if machine.metrics()["protection_faults"]:
            break  # the process ends
    config = FlowConfig(
        tuple(Use(vpn * PAGE + 5, write) for vpn, write in uses), PAGE, levels, entries,
        tuple(cached), tuple(TlbPage(*page) for page in pages),
    )  # fmt: skip
    result = flow.run(config)
    told: Any = result.metrics
    names = ("hits", "misses", "evictions", "page_faults", "protection_faults", "memory_accesses")
    assert {n: told[n] for n in names} == {n: machine.metrics()[n] - counts[n] for n in names}
    numbers: list[Any] = [step.given["number"] for step in result.steps]
    ends = [n for n, after in zip(numbers, [*numbers[1:], 1], strict=True) if after == 1 and n != 1]
    tries = machine.looked[ready:]
    for end, looked in zip(ends, tries, strict=True):
        if looked.fault is None:
            assert end == (5 if looked.level else 4 + 2 * levels)


# ---------------------------------------------------------------- lookups

CSAPP_TLB = {
    0: [(3, None), (9, 0x0D), (0, None), (7, 0x02)],
    1: [(3, 0x2D), (2, None), (4, None), (0xA, None)],
    2: [(2, None), (8, None), (6, None), (3, None)],
    3: [(7, None), (3, 0x0D), (0xA, 0x34), (2, None)],
}
"""CS:APP figure 9.20 (a): by set the tag, and the frame where the entry is valid."""


@pytest.mark.parametrize(
    ("va", "vpn", "index", "tag", "ppn", "pa"),
    [
        (0x03D4, 0xF, 3, 0x3, 0xD, 0x354),  # 9.6.4
        (0x03D7, 0xF, 3, 0x3, 0xD, 0x357),  # practice problem 9.4
        (0x027C, 0x9, 1, 0x2, None, None),  # homework 9.11: the tag is there, but not valid
        (0x03A9, 0xE, 2, 0x3, None, None),  # 9.12
        (0x0040, 0x1, 1, 0x0, None, None),  # 9.13
    ],
)
def test_lookups_of_csapp(
    va: int, vpn: int, index: int, tag: int, ppn: int | None, pa: int | None
) -> None:
    snapshot = tuple(
        SnapshotEntry(where, way, tagged, frame, frame is not None)
        for where, ways in CSAPP_TLB.items()
        for way, (tagged, frame) in enumerate(ways)
    )
    told: Any = lookup.run(LookupConfig((va,), 14, PAGE, 16, 4, snapshot)).metrics
    (seen,) = told["lookups"]
    names = ("vpn", "vpo", "set", "tag", "ppn", "pa")
    assert tuple(seen[n] for n in names) == (vpn, va % PAGE, index, tag, ppn, pa)
    assert (told["hits"], told["misses"]) == ((0, 1) if ppn is None else (1, 0))


# ---------------------------------------------------------------- times and reach


@pytest.mark.parametrize(
    ("ratio", "tlb", "memory", "levels", "published"),
    [
        ("0.80", 20, 100, 1, "140"),  # Silberschatz, 8th edition, 8.4.2
        ("0.98", 20, 100, 1, "122"),
        ("0.80", 0, 100, 1, "120"),  # 9th edition, 8.5.2, which takes the TLB to be free
        ("0.99", 0, 100, 1, "101"),
        ("0.98", 20, 100, 4, "128"),  # exercises of four-level tables: 0.98 × 120 + 0.02 × 520
    ],
)
def test_published_access_times(
    ratio: str, tlb: int, memory: int, levels: int, published: str
) -> None:
    config = EatConfig(
        Fraction(ratio), Fraction(tlb), Fraction(memory), levels, Fraction(0), Fraction(0)
    )
    told: Any = eat.run(config).metrics
    assert told["eat_ns"] == Fraction(published)
    assert told["slowdown"] == Fraction(published) / memory


@careful(80)
@given(
    hits=st.integers(0, 20),
    misses=st.integers(0, 20),
    faults=st.integers(0, 3),
    levels=st.integers(1, 4),
)
def test_access_times_added_up(hits: int, misses: int, faults: int, levels: int) -> None:
    """Reference by reference: lookup, entries, data; what faults costs 1000 more."""
    all_of_them = hits + misses
    if not all_of_them or faults > all_of_them:
        return
    total = 0
    for n in range(all_of_them):
        total += 2 + (0 if n < hits else levels * 30) + 30
        total += 1000 if n < faults else 0
    config = EatConfig(
        Fraction(hits, all_of_them), Fraction(2), Fraction(30), levels,
        Fraction(faults, all_of_them), Fraction(1000),
    )  # fmt: skip
    told: Any = eat.run(config).metrics
    assert told["eat_ns"] == Fraction(total, all_of_them)


@careful(80)
@given(
    spec=specs_of(),
    array=st.integers(1, 20 * PAGE),
    stride=st.integers(1, 5 * PAGE),
    passes=st.integers(1, 3),
)
def test_reach(spec: Spec, array: int, stride: int, passes: int) -> None:
    config: Any = ReachConfig(
        spec.entries, spec.ways, spec.policy, 0, PAGE, Loop(array, stride, passes)
    )  # fmt: skip
    told: Any = reach.run(config).metrics
    machine = Machine([spec], PAGE, 1, False, [], False, False)
    misses = []
    for _ in range(passes):
        before = machine.counts["misses"]
        machine.run(Access("read", address) for address in range(0, array, stride))
        misses.append(machine.counts["misses"] - before)
    assert list(told["misses_per_pass"]) == misses
    assert told["elements"] == len(range(0, array, stride))
    assert told["pages"] == len({address // PAGE for address in range(0, array, stride)})
    assert told["reach_bytes"] == spec.entries * PAGE
