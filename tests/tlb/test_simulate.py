"""tlb run: hits, misses, faults, flushes; the command line; traces."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_tlb.machine import TlbConfig
from oslab_tlb.pages import Page, parse_page
from oslab_tlb.simulate import count, run

BASE = TlbConfig(
    entries=4, ways=4, policy="lru", entries2=None, ways2=None, policy2=None, seed=0,
    page_size=4096, levels=2, references=("0",), unit="page", mode="user", asids=False,
    pages=(), demand=False, fault_drops=False, trace="",
)  # fmt: skip


def config(text, **changes):
    return replace(BASE, references=tuple(text.split()), **changes)


def results(text, name="result", **changes):
    steps = run(config(text, **changes)).steps
    return [step.result[name] for step in steps if step.action == "access"]


def test_four_fully_associative_entries():
    assert results("1 2 3 4 1 5 2") == ["miss"] * 4 + ["hit", "miss", "miss"]
    assert results("1 2 3 4 1 5 2", "victim") == [None] * 5 + [2, 3]


def test_the_figures():
    figures = count(config("1 2 3 4 1 5 2"))
    assert figures["hits"] == 1
    assert figures["misses"] == 6
    assert figures["evictions"] == 2
    assert figures["hit_ratio"] == Fraction(1, 7)
    # Two entries of the page table a miss, and the data each time.
    assert figures["memory_accesses"] == 6 * 2 + 7


def test_an_address_is_looked_up_by_its_page():
    found = run(config("0x2004 0x2ffc 0x3000", unit="address")).steps
    assert [step.result["vpn"] for step in found] == [2, 2, 3]
    assert [step.result["result"] for step in found] == ["miss", "hit", "miss"]


def test_an_access_across_a_page_border_is_one_for_each_page():
    assert count(config("0x0ffe/4", unit="address"))["accesses"] == 2
    assert count(config("0x0ffe/2", unit="address"))["accesses"] == 1


def test_a_modify_is_a_load_and_then_a_store():
    assert results("7m") == ["miss", "hit"]
    assert [step.given["access"] for step in run(config("7m")).steps] == ["read", "write"]


def test_a_page_fault_is_looked_up_twice_and_counts_two_misses():
    figures = count(config("1 1 2", demand=True))
    assert (figures["accesses"], figures["page_faults"]) == (3, 2)
    assert (figures["hits"], figures["misses"]) == (1, 4)
    assert figures["memory_accesses"] == 4 * 2 + 3
    assert results("1 1", "fault", demand=True) == ["not-present", None, None]


def test_each_process_faults_on_an_absent_page():
    assert count(config("1 switch=2 1 switch=1 1", demand=True))["page_faults"] == 2


READ_ONLY = Page(1, 5, True, True, False, True, True, False)
KERNEL = Page(2, 6, True, True, True, True, False, False)


def test_a_forbidden_write_to_a_cached_page_is_a_hit_and_a_fault():
    figures = count(config("1 1w 1", pages=(READ_ONLY,)))
    assert (figures["hits"], figures["misses"], figures["protection_faults"]) == (2, 1, 1)
    assert figures["memory_accesses"] == 2 + 2
    assert results("1 1w", "fault", pages=(READ_ONLY,)) == [None, "read-only"]


def test_a_walk_that_ends_in_a_fault_fills_nothing():
    assert results("1w 1 1", pages=(READ_ONLY,)) == ["miss", "miss", "hit"]


def test_the_mode_decides_on_kernel_pages():
    found = results("2 2:kernel 2:user", "fault", pages=(KERNEL,))
    assert found == ["kernel-only", None, "kernel-only"]
    assert results("2", "fault", pages=(KERNEL,), mode="kernel") == [None]


def test_a_fault_may_drop_the_entry():
    assert results("1 1w 1", pages=(READ_ONLY,), fault_drops=True) == ["miss", "hit", "miss"]
    assert count(config("1 1w", pages=(READ_ONLY,), fault_drops=True))["dropped"] == 1


def test_an_absent_page_is_mapped_with_the_rights_it_was_given():
    page = parse_page("1=5:run")
    assert results("1w 1", "fault", pages=(page,)) == ["not-present", "read-only", None]


def test_without_asids_a_switch_flushes_and_with_them_it_does_not():
    text = "1 2 switch=2 1 switch=1 1 2"
    assert results(text) == ["miss"] * 5
    assert results(text, asids=True) == ["miss", "miss", "miss", "hit", "hit"]
    assert count(config(text))["flushes"] == 2
    assert count(config(text, asids=True))["flushes"] == 0


def test_a_switch_to_the_running_process_flushes_nothing():
    figures = count(config("1 switch=1 1"))
    assert (figures["hits"], figures["flushes"], figures["switches"]) == (1, 0, 0)


def test_global_entries_outlive_a_flush_but_not_flushall():
    pages = (parse_page("1=1:g"),)
    assert results("1 2 flush 1 2 flushall 1", pages=pages) == ["miss"] * 2 + [
        "hit", "miss", "miss",
    ]  # fmt: skip
    assert results("1 switch=2 1", pages=pages, asids=True) == ["miss", "hit"]


def test_flush_of_one_process_needs_asids():
    assert results("1 switch=2 2 flush=1 2 switch=1 1", asids=True)[2:] == ["hit", "miss"]
    with pytest.raises(InputError, match="needs ASIDs"):
        count(config("1 flush=1"))


def test_invalidating_drops_one_page():
    assert results("1 2 invlpg=1 1 2") == ["miss", "miss", "miss", "hit"]
    assert results("0x1000 invlpg=0x1abc 0x1000", unit="address") == ["miss", "miss"]


def test_two_levels_say_where_a_page_was_found():
    two = {"entries": 1, "ways": 1, "entries2": 3, "ways2": 3, "policy2": "lru"}
    assert results("1 2 1 1 3 4 2", **two) == ["walk", "walk", "l2", "l1", "walk", "walk", "walk"]
    figures = count(config("1 2 1 1", **two))
    assert (figures["l1_hits"], figures["l2_hits"], figures["hits"]) == (1, 1, 2)
    assert figures["memory_accesses"] == 2 * 2 + 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 foo", 'access 2: "foo" is not an access'),
        ("1 swich=2", "did you mean"),
        ("switch=0 1", "counted from 1"),
        ("switch 1", "switch=2 would be right"),
        ("flush", "only events"),
        ("1:boss", "user or kernel"),
        ("7/8", "no bytes"),
    ],
)
def test_what_is_no_access_is_named(text, said):
    with pytest.raises(InputError, match=said):
        run(config(text))


@pytest.mark.parametrize("changes", [
    {"levels": 0}, {"page_size": 3000}, {"ways": 3}, {"pages": (READ_ONLY, READ_ONLY)},
    {"entries2": 12, "ways2": 4, "policy2": "lru"},
])  # fmt: skip
def test_a_configuration_that_makes_no_sense_is_refused(changes):
    with pytest.raises(InputError):
        config("1", **changes)


# Properties

accesses = st.builds(
    lambda page, use, mode: f"{page}{use}{mode}",
    st.integers(0, 9), st.sampled_from(["", "w", "x", "m"]), st.sampled_from(["", ":kernel"]),
)  # fmt: skip
events = st.sampled_from(
    ["switch=1", "switch=2", "switch=3", "flush", "flushall", "invlpg=1", "invlpg=2"]
)
described = st.builds(
    Page, st.integers(0, 9), st.integers(0, 99), *[st.booleans()] * 6
)  # fmt: skip


@st.composite
def configs(draw):
    items = draw(st.lists(accesses | accesses | events, max_size=50))
    entries, ways = draw(st.sampled_from([(1, 1), (2, 1), (4, 4), (4, 2), (8, 2)]))
    second = draw(st.sampled_from([(None, None, None), (8, 8, "fifo"), (8, 2, "random")]))
    return replace(
        BASE,
        references=("0", *items),
        entries=entries,
        ways=ways,
        policy=draw(st.sampled_from(["lru", "fifo", "random", "plru"])),
        entries2=second[0],
        ways2=second[1],
        policy2=second[2],
        asids=draw(st.booleans()),
        demand=draw(st.booleans()),
        fault_drops=draw(st.booleans()),
        pages=tuple({p.vpn: p for p in draw(st.lists(described, max_size=6))}.values()),
    )


@given(configs())
def test_run_and_count_agree(made):
    assert run(made).metrics == count(made)


@given(configs())
def test_the_laws_of_conservation(made):
    found = run(made)
    figures = found.metrics
    steps = [step for step in found.steps if step.action == "access"]
    faults = [step.result.get("fault") for step in steps]
    assert len(steps) == figures["hits"] + figures["misses"]
    assert figures["hits"] + figures["misses"] == figures["accesses"] + figures["page_faults"]
    assert faults.count("not-present") == figures["page_faults"]
    refused = sum(fault not in (None, "not-present") for fault in faults)
    assert refused == figures["protection_faults"]
    assert figures["memory_accesses"] == 2 * figures["misses"] + figures["accesses"] - refused


@given(configs())
def test_what_was_filled_was_thrown_out_or_dropped_or_is_still_held(made):
    made = replace(made, entries2=None, ways2=None, policy2=None)
    found = run(made)
    filled = sum(
        step.result["result"] == "miss" and not step.result.get("fault")
        for step in found.steps
        if step.action == "access"
    )
    everything = run(replace(made, references=(*made.references, "flushall"))).metrics
    assert filled == everything["evictions"] + everything["dropped"]


@given(configs())
def test_a_page_is_only_hit_after_a_miss_filled_it(made):
    seen = set()
    for step in run(made).steps:
        if step.action == "access":
            found = step.result["result"]
            assert found in ("miss", "walk") or step.given["vpn"] in seen
            if not step.result.get("fault"):
                seen.add(step.given["vpn"])


@given(st.lists(accesses | events, max_size=50))
def test_with_room_for_all_asids_never_cost_a_hit(items):
    made = replace(BASE, references=("0", *items), entries=64, ways=64)
    assert count(replace(made, asids=True))["hits"] >= count(made)["hits"]


# The command line


def figures_of(result):
    assert result.code == 0, result.err
    return json.loads(result.out)["metrics"]


def test_the_metrics_that_programs_rely_on(oslab):
    found = figures_of(oslab("tlb", "run", "--refs", "0x1000 0x1004w 0x2000", "--json"))
    assert {
        "accesses", "hits", "misses", "evictions", "flushes", "hit_ratio", "memory_accesses",
        "protection_faults", "page_faults",
    } <= set(found)  # fmt: skip
    assert found["hits"] == 1


def test_pages_are_described_on_the_command_line(oslab):
    options = ("--pte", "1=5:ru", "--absent", "3", "--pages", "--refs", "1w 3 1 1w")
    found = figures_of(oslab("tlb", "run", *options, "--json"))
    assert (found["protection_faults"], found["page_faults"]) == (2, 1)


def test_a_trace_is_counted_and_shown_only_on_request(oslab, tmp_path):
    trace = tmp_path / "trace"
    trace.write_text("".join(f" L {page << 12:x},4\n" for page in (1, 2, 1, 3)))
    counted = oslab("tlb", "run", "--trace", str(trace), "--json")
    assert figures_of(counted)["hits"] == 1
    assert not json.loads(counted.out)["steps"]
    shown = oslab("tlb", "run", "--trace", str(trace), "--json", "--steps")
    assert figures_of(shown) == figures_of(counted)
    assert len(json.loads(shown.out)["steps"]) == 4


def test_too_long_a_trace_is_not_shown(oslab, tmp_path):
    trace = tmp_path / "trace"
    trace.write_text(" L 1000,4\n" * 10_001)
    found = oslab("tlb", "run", "--trace", str(trace), "--steps")
    assert found.code == 2
    assert "leave out --steps" in found.err
    assert figures_of(oslab("tlb", "run", "--trace", str(trace), "--json"))["hits"] == 10_000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--refs"),
        (("--refs", "1", "--trace", "x"), "not both"),
        (("--trace", "x", "--pages"), "--pages goes with --refs"),
        (("--refs", "1", "--trace-format", "csapp"), "goes with --trace"),
        (("--refs", "1", "--ways2", "2"), "--entries2"),
        (("--refs", "1", "--pte", "1=2:q"), "no flag"),
        (("--refs", "1", "--pte", "1"), "VPN=PPN"),
        (("--refs", "1", "--pte", "1=2", "--pte", "1=3"), "one"),
        (("--refs", "1", "--policy", "lifo"), "lru, fifo, random, plru"),
    ],
)
def test_bad_options_are_named(oslab, options, said):
    found = oslab("tlb", "run", *options)
    assert found.code == 2
    assert said in found.err
