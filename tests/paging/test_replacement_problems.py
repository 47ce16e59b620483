"""Exercises on replacement: keys, follow-through and modelled mistakes."""

from fractions import Fraction

from oslab_paging.problems.belady import Belady
from oslab_paging.problems.clockstate import ClockState
from oslab_paging.problems.replace import Replace
from oslab_paging.problems.stackdistance import StackDistance
from oslab_paging.problems.workingset import WorkingSet
from oslab_paging.problems.writebacks import Writebacks
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.curve import CurveConfig
from oslab_paging.replacement.stackdistance import StackDistanceConfig
from oslab_paging.replacement.workingset import WorkingSetConfig


def refs(text):
    return tuple(text.split())


FIFO = defaults("fifo", 3, refs("1 2 3 1 4 1 2 5"))
CLASSIC = refs("1 2 3 4 1 2 5 1 2 3 4 5")


def key(problem, params):
    return problem.solve(params, problem.run(params))


def fault(victim=None):
    return {"result": "fault", "victim": victim}


HIT = {"result": "hit", "victim": None}


def test_the_key_of_replace_is_read_off_the_run():
    answers = key(Replace(), FIFO)
    assert answers["faults"] == 7
    assert list(answers["steps"]) == [
        fault(), fault(), fault(), HIT, fault(1), fault(2), fault(3), fault(4),
    ]  # fmt: skip


def test_a_row_follows_from_the_students_own_victim():
    before = [fault(), fault(), fault(), HIT, fault(2)]
    # 1 is still there, since 2 was thrown out in its stead.
    assert Replace().follow(FIFO, "steps", before) == HIT
    assert Replace().follow(FIFO, "steps", [*before, HIT]) == fault(1)


def test_an_impossible_row_is_repaired_from_the_key():
    before = [fault(), fault(), fault(), HIT]
    right = key(Replace(), FIFO)["steps"]
    for impossible in (fault(), fault(9), HIT):
        assert Replace().follow(FIFO, "steps", [*before, impossible]) == right[5]


def test_every_row_of_the_key_follows_from_the_rows_before_it():
    string = refs("3 1 4w 1 5 2w 6 5 3 5 1 2 4w 6 2 0 1 3")
    for policy in ("fifo", "lru", "mru", "opt", "unopt", "clock", "second-chance", "nru", "lfu",
                   "mfu", "random", "aging", "wsclock"):  # fmt: skip
        params = defaults(policy, 3, string)
        rows = key(Replace(), params)["steps"]
        for n, row in enumerate(rows):
            assert Replace().follow(params, "steps", rows[:n]) == row


def test_policies_that_cannot_take_a_foreign_victim_do_not_follow_through():
    assert Replace().follow(defaults("arc", 3, CLASSIC), "steps", []) is None


def test_a_mistake_of_another_policy_cannot_happen():
    assert Replace().mistakes()["lru-for-fifo"](Replace(), defaults("lru", 3, CLASSIC)) is None


def test_the_numbers_of_a_random_exercise_are_the_frames_emptied():
    params = defaults("random", 3, CLASSIC, seed=5)
    numbers = str(Replace().present(params)["numbers"]).split()
    pages, emptied = [], []
    for row, page in zip(key(Replace(), params)["steps"], CLASSIC, strict=True):
        if row["victim"] is not None:
            emptied.append(str(pages.index(str(row["victim"]))))
            pages[int(emptied[-1])] = page
        elif row["result"] == "fault":
            pages.append(page)
    assert emptied
    assert emptied == numbers[: len(emptied)]


def test_only_dirty_victims_are_written():
    params = defaults("lru", 2, ("1w", "2", "3", "4", "3w"))
    answers = key(Writebacks(), params)
    assert [row["written"] for row in answers["steps"]] == [None, None, 1, None, None]
    assert answers["writebacks"] == 1
    wrong = {name: gives(Writebacks(), params) for name, gives in Writebacks().mistakes().items()}
    assert wrong["every-victim"]["writebacks"] == 2
    assert [row["written"] for row in wrong["every-store"]["steps"]] == [1, None, None, None, 3]
    assert wrong["final-flush"]["writebacks"] == 2


def test_a_frame_thought_dirty_for_ever_is_written_with_every_page():
    params = defaults("lru", 1, ("1w", "2", "3"))
    assert [row["written"] for row in key(Writebacks(), params)["steps"]] == [None, 1, None]
    stained = Writebacks().mistakes()["dirty-kept"](Writebacks(), params)
    assert [row["written"] for row in stained["steps"]] == [None, 1, 2]


def test_leaving_out_the_first_faults_changes_the_number_alone():
    answers = key(Replace(), FIFO)
    assert Replace().mistakes()["no-cold"](Replace(), FIFO) == {**answers, "faults": 4}


def test_the_classic_string_makes_a_fourth_frame_worse():
    params = CurveConfig(("fifo",), 3, 4, CLASSIC, {})
    assert key(Belady(), params) == {"faults_few": 9, "faults_more": 10, "change": "more"}
    trusting = Belady().mistakes()["more-frames-fewer-faults"](Belady(), params)
    assert trusting == {"faults_few": 9, "change": "fewer"}


def test_working_set_mistakes_differ_in_width_direction_and_counting():
    params = WorkingSetConfig((("1", "2", "1", "3"),), 2, None)
    assert key(WorkingSet(), params)["mean"] == Fraction(7, 4)
    sizes = {
        name: [row["size"] for row in gives(WorkingSet(), params)["steps"]]
        for name, gives in WorkingSet().mistakes().items()
    }
    assert sizes == {
        "window+1": [1, 2, 2, 3],
        "looks-ahead": [2, 2, 2, 1],
        "not-distinct": [1, 2, 2, 2],
    }


def test_stack_distance_mistakes_differ_in_origin_unit_and_order():
    params = StackDistanceConfig(("1", "2", "1", "3", "3", "1"), 2)
    assert [row["hits"] for row in key(StackDistance(), params)["hits"]] == [1, 3]
    depths = {
        name: [row["depth"] for row in gives(StackDistance(), params)["depths"]]
        for name, gives in StackDistance().mistakes().items()
    }
    assert depths == {
        "from-zero": [None, None, 1, None, 0, 1],
        "time-for-distance": [None, None, 2, None, 1, 3],
        "fifo-stack": [None, None, 2, None, 1, 3],
    }


def test_clock_state_starts_from_the_drawn_state():
    string = refs("1 2 3 4 2 5 1 2 3 4 4 1 5")
    params = defaults("clock", 3, string)
    shown = ClockState().present(params)
    assert shown["hand"] == 1
    assert shown["state"].rows == ((0, 4, 1), (1, 2, 1), (2, 3, 0))
    answers = key(ClockState(), params)
    assert answers["steps"][0] == {"victim": 3, "hand": 0}
    assert set(ClockState().run(params).conventions) == {"r_on_load", "hand_advances"}
    stays = ClockState().mistakes()["hand-stays"](ClockState(), params)
    assert stays["steps"][0] == {"victim": 3, "hand": 2}
