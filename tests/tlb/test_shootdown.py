"""tlb shootdown: who holds an entry, who is told, what is stale otherwise."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_tlb.cores import CHANGES, ShootdownConfig
from oslab_tlb.shootdown import joined, run

BASE = ShootdownConfig(
    cores=3, events=("0:idle",), rule="running", asids=True, entries=8, page_size=4096
)


def config(text, **changes):
    return replace(BASE, events=joined(text.split()), **changes)


def outcomes(text, **changes):
    steps = run(config(text, **changes)).steps
    return [step.result["outcome"] for step in steps if step.action == "touch"]


def changes(text, name, **other):
    steps = run(config(text, **other)).steps
    return [step.result[name] for step in steps if step.action in CHANGES]


def test_an_unmapped_page_is_forgotten_by_all_who_run_the_process():
    text = "0:read 0x1000; 1:read 0x1000; 0:unmap 0x1000"
    assert changes(text, "holders") == [(0, 1)]
    assert changes(text, "ipis") == [(1, 2)]
    assert changes(text, "needless") == [(2,)]
    assert outcomes(text + "; 1:read 0x1000") == ["miss", "miss", "page-fault"]


def test_without_ipis_the_old_frame_is_read():
    text = "0:read 0x1000; 1:read 0x1000; 0:unmap 0x1000; 0:read 0x1000; 1:read 0x1000"
    found = run(config(text, rule="none"))
    # Core 0 has the page mapped anew, into frame 1; core 1 still goes to frame 0.
    assert [s.result["frame"] for s in found.steps if s.action == "touch"] == [0, 0, 1, 0]
    assert found.metrics["stale"] == 1
    assert run(config(text)).metrics["stale"] == 0
    assert run(config(text)).metrics["stale_without"] == 1


def test_a_write_through_an_entry_that_still_permits_it_is_stale_and_a_read_is_not():
    text = "1:write 0x1000; 0:protect 0x1000; 1:read 0x1000; 1:write 0x1000"
    assert outcomes(text, rule="none") == ["miss", "hit", "stale"]
    assert outcomes(text) == ["miss", "miss", "protection-fault"]


def test_giving_a_right_tells_nobody_and_costs_a_spurious_fault():
    text = "0:protect 0x1000; 1:read 0x1000; 0:permit 0x1000; 1:write 0x1000; 1:write 0x1000"
    assert changes(text, "ipis") == [(1, 2), ()]
    assert outcomes(text) == ["miss", "spurious-fault", "hit"]


def test_nothing_is_sent_where_nothing_changes():
    text = "0:unmap 0x1000; 0:unmap 0x1000; 0:protect 0x1000; 0:permit 0x2000"
    assert changes(text, "changed") == [True, False, False, False]
    assert changes(text, "ipis") == [(1, 2), (), (), ()]


def test_a_core_that_was_away_catches_up_when_it_comes_back():
    for away in ("1:idle", "1:switch 2"):
        text = f"1:read 0x1000; 1:read 0x2000; {away}; 0:unmap 0x1000; 1:switch 1; 1:read 0x2000"
        assert changes(text, "ipis") == [(2,)]
        assert outcomes(text) == ["miss", "miss", "miss"]
        back = [step for step in run(config(text)).steps if step.action == "switch"][-1]
        assert (back.result["dropped"], back.result["behind"]) == (2, True)


def test_a_core_that_missed_nothing_keeps_its_entries():
    assert outcomes("1:read 0x1000; 1:switch 2; 1:switch 1; 1:read 0x1000") == ["miss", "hit"]
    assert outcomes("1:read 0x1000; 1:idle; 1:switch 1; 1:read 0x1000") == ["miss", "hit"]


def test_without_asids_a_switch_empties_the_tlb():
    text = "1:read 0x1000; 1:switch 2; 1:switch 1; 1:read 0x1000"
    assert outcomes(text, asids=False) == ["miss", "miss"]
    assert outcomes("1:read 0x1000; 1:idle; 1:switch 1; 1:read 0x1000", asids=False)[-1] == "hit"


def test_a_mask_of_cores_that_used_it_is_cleared_by_the_first_ipi_that_finds_one_gone():
    text = "1:switch 2; 0:unmap 0x1000; 0:unmap 0x2000; 1:switch 1; 0:unmap 0x3000"
    assert changes(text, "ipis", rule="used") == [(1, 2), (2,), (1, 2)]
    assert changes(text, "ipis", rule="running") == [(2,), (2,), (1, 2)]
    assert changes(text, "ipis", rule="all") == [(1, 2)] * 3


def test_an_ipi_for_one_process_leaves_the_entries_of_another_alone():
    text = "1:switch 2; 1:read 0x1000; 0:unmap 0x1000; 1:read 0x1000"
    for asids in (True, False):
        assert outcomes(text, rule="all", asids=asids) == ["miss", "hit"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0:red 0x1000", 'no event "red".*read'),
        ("7:read 0x1000", "cores go from 0 to 2"),
        ("0:read", "0:read 0x1000 would be right"),
        ("0:idle; 0:read 0x1000", "core 0 is idle"),
        ("0:switch 0", "counted from 1"),
        ("hello", "event 1"),
    ],
)
def test_what_is_no_event_is_named(text, said):
    with pytest.raises(InputError, match=said):
        run(config(text))


@pytest.mark.parametrize(
    "wrong", [{"cores": 0}, {"rule": "some"}, {"entries": 0}, {"page_size": 3}]
)
def test_a_configuration_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(InputError):
        replace(BASE, **wrong)


@st.composite
def stories(draw):
    """Events that no idle core does anything in."""
    idle, events = set(), []
    for _ in range(draw(st.integers(1, 40))):
        core = draw(st.integers(0, 2))
        verb = draw(st.sampled_from(["read", "write", "unmap", "protect", "permit", "away"]))
        if core in idle or (verb == "away" and draw(st.booleans())):
            events.append(f"{core}:switch {draw(st.integers(1, 2))}")
            idle.discard(core)
        elif verb == "away":
            events.append(f"{core}:idle")
            idle.add(core)
        else:
            events.append(f"{core}:{verb} {draw(st.integers(1, 3)) * 4096:#x}")
    return tuple(events)


@given(stories(), st.booleans(), st.sampled_from([1, 2, 8]))
def test_nothing_is_ever_stale_under_any_rule_that_tells(events, asids, entries):
    for rule in ("running", "used", "all"):
        made = replace(BASE, events=events, asids=asids, entries=entries, rule=rule)
        assert run(made).metrics["stale"] == 0


@given(stories())
def test_a_wider_rule_tells_all_that_a_narrower_one_does(events):
    narrow, middle, wide = (
        [step.result["ipis"] for step in run(replace(BASE, events=events, rule=rule)).steps
         if step.action in CHANGES]
        for rule in ("running", "used", "all")
    )  # fmt: skip
    for a, b, c in zip(narrow, middle, wide, strict=True):
        assert set(a) <= set(b) <= set(c)


@given(stories(), st.sampled_from(["running", "used", "all", "none"]))
def test_the_figures_add_up(events, rule):
    found = run(replace(BASE, events=events, rule=rule))
    told = [step for step in found.steps if step.action in CHANGES]
    for step in told:
        sender, ipis = step.given["core"], step.result["ipis"]
        assert sender not in ipis
        assert set(step.result["needless"]) == set(ipis) - set(step.result["holders"])
    assert found.metrics["ipis"] == sum(len(step.result["ipis"]) for step in told)


def test_one_core_has_nobody_to_tell():
    assert changes("0:read 0x1000; 0:unmap 0x1000", "ipis", cores=1) == [()]


def test_events_on_the_command_line(oslab):
    story = "0:read 0x1000, 1:read 0x1000; 0:protect 0x1000"
    found = oslab("tlb", "shootdown", "--cores", "2", "--events", story, "--json")
    assert found.code == 0, found.err
    assert json.loads(found.out)["metrics"]["ipis"] == 1
    assert oslab("tlb", "shootdown", "--events", "0:read").code == 2
