"""Exercises on simulated TLBs: keys by hand, follow-through, modelled mistakes."""

from dataclasses import replace

from oslab_tlb.cores import ShootdownConfig
from oslab_tlb.pages import open_page, parse_page
from oslab_tlb.problems.contextswitch import ContextSwitch
from oslab_tlb.problems.protection import Protection
from oslab_tlb.problems.shootdown import Shootdown
from oslab_tlb.problems.trace import Trace, plain_config
from oslab_tlb.problems.twolevel import TwoLevel
from oslab_tlb.shootdown import joined


def config(text, **changes):
    usual = {"entries": 4, "ways": 4, **changes}
    return plain_config(references=tuple(text.split()), **usual)


def key(problem, params):
    return problem.solve(params, problem.run(params))


def wrong(problem, name, params):
    return problem.mistakes()[name](problem, params)


def miss(victim=None):
    return {"result": "miss", "victim": victim}


HIT = {"result": "hit", "victim": None}
STRING = "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2"


def test_the_key_of_trace():
    answers = key(Trace(), config("1 2 3 4 1 5 2"))
    assert list(answers["steps"]) == [*[miss()] * 4, HIT, miss(2), miss(3)]
    assert answers["hits"] == 1
    assert answers["contents"] == [{"held": (1, 2, 4, 5)}]


def test_contents_are_told_set_by_set():
    answers = key(Trace(), config("0 2 4 1 3", entries=4, ways=2))
    assert answers["contents"] == [{"held": (2, 4)}, {"held": (1, 3)}]


def test_contents_are_right_where_addresses_are_given():
    made = config("0x1000 0x12000 0x13000", entries=2, ways=2, unit="address")
    assert key(Trace(), made)["contents"] == [{"held": (0x12, 0x13)}]


def test_a_row_follows_from_the_students_own_victim():
    before = [*[miss()] * 4, HIT, miss(3)]
    # 2 is still there, since 3 was thrown out in its stead.
    assert Trace().follow(config("1 2 3 4 1 5 2"), "steps", before) == HIT


def test_every_row_of_the_key_follows_from_the_rows_before_it():
    for changes in ({}, {"policy": "fifo"}, {"policy": "plru"}, {"ways": 2}, {"policy": "random"}):
        params = config(STRING, **changes)
        rows = key(Trace(), params)["steps"]
        for n, row in enumerate(rows):
            assert Trace().follow(params, "steps", rows[:n]) == row
    params = config(STRING, entries=2, ways=2, entries2=4, ways2=4, policy2="lru")
    rows = key(TwoLevel(), params)["lookups"]
    for n, row in enumerate(rows):
        assert TwoLevel().follow(params, "lookups", rows[:n]) == row


def test_the_contents_do_not_follow_from_rows():
    assert Trace().follow(config("1"), "contents", []) is None


def test_a_mistake_about_sets_needs_sets():
    assert wrong(Trace(), "fully-associative", config(STRING)) is None
    assert wrong(Trace(), "fifo-for-lru", config(STRING, policy="fifo")) is None


def test_without_filling_everything_misses():
    assert wrong(Trace(), "no-fill", config("1 1 1"))["hits"] == 0


def test_a_switch_in_both_kinds_of_tlb():
    pages = (replace(open_page(20), is_global=True),)
    made = config("1 20 switch=2 1 20 switch=2 1 switch=1 1", entries=8, ways=8, pages=pages)
    answers = key(ContextSwitch(), made)
    assert [row["flush"] for row in answers["lookups"]] == [
        "miss", "miss", "miss", "hit", "hit", "miss",
    ]  # fmt: skip
    assert [row["asids"] for row in answers["lookups"]] == [
        "miss", "miss", "miss", "hit", "hit", "hit",
    ]  # fmt: skip
    assert (answers["hits_flush"], answers["hits_asids"]) == (2, 3)
    assert ContextSwitch().rows(made, "lookups")[2] == (3, 2, 1)
    assert wrong(ContextSwitch(), "globals-flushed", made)["hits_flush"] == 1
    assert wrong(ContextSwitch(), "never-flushed", made)["hits_flush"] == 4
    assert wrong(ContextSwitch(), "always-flushed", made)["hits_asids"] == 2
    assert wrong(ContextSwitch(), "same-process-flushed", made)["hits_flush"] == 1


def test_protection_on_hits_and_walks():
    made = config("1 1w 2w 2w 1", levels=3, pages=(parse_page("1=4:rux"), parse_page("2=5:rux")))
    answers = key(Protection(), made)
    assert [(row["result"], row["fault"]) for row in answers["lookups"]] == [
        ("miss", None), ("hit", "read-only"), ("miss", "read-only"), ("miss", "read-only"),
        ("hit", None),
    ]  # fmt: skip
    assert (answers["faults"], answers["memory_accesses"]) == (3, 3 * 3 + 2)
    assert wrong(Protection(), "hit-is-ok", made)["faults"] == 2
    # Here a fault on a hit costs a walk.
    assert wrong(Protection(), "walks-again", made)["memory_accesses"] == 4 * 3 + 2
    assert wrong(Protection(), "read-needs-w", made)["faults"] == 5
    assert wrong(Protection(), "fault-fills", made)["memory_accesses"] == 2 * 3 + 2


def test_two_levels_by_hand():
    made = config("1 2 3 1 1 4", entries=2, ways=2, entries2=3, ways2=3, policy2="lru", levels=2)
    answers = key(TwoLevel(), made)
    assert [row["result"] for row in answers["lookups"]] == [
        "walk", "walk", "walk", "l2", "l1", "walk",
    ]  # fmt: skip
    assert [row["victim"] for row in answers["lookups"]] == [None, None, 1, 2, None, 3]
    assert answers["memory_accesses"] == 4 * 2 + 6
    # Where nothing is copied up, page 1 is found below a second time.
    rows = wrong(TwoLevel(), "no-promotion", made)["lookups"]
    assert [row["result"] for row in rows][3:5] == ["l2", "l2"]


def test_a_shootdown_by_hand():
    story = (
        "0:read 0x1000; 1:read 0x1000; 2:switch 2; 0:unmap 0x1000; 1:read 0x1000; "
        "0:protect 0x1000; 1:write 0x1000"
    )
    made = ShootdownConfig(4, joined(story.split()), "running", True, 8, 4096)
    answers = key(Shootdown(), made)
    assert answers["changes"] == [
        {"holders": (0, 1), "ipis": (1, 3)},
        {"holders": (1,), "ipis": (1, 3)},
    ]
    assert (answers["ipis"], answers["needless"], answers["stale_without"]) == (4, 2, 2)
    assert [row[0] for row in Shootdown().rows(made, "changes")] == [4, 6]
    assert wrong(Shootdown(), "holders-only", made)["ipis"] == 2
    assert wrong(Shootdown(), "everyone", made)["ipis"] == 6
    assert wrong(Shootdown(), "self-too", made)["ipis"] == 6
