"""What each replacement policy does, on strings small enough to check by hand."""

import pytest

from oslab import Cells, InputError
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.replace import count, count_pages, run


def refs(text):
    return tuple(text.split())


TEXTBOOK = refs("7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1")
BELADY = refs("1 2 3 4 1 2 5 1 2 3 4 5")


def victims(policy, frames, references, **changes):
    result = run(defaults(policy, frames, tuple(references.split()), **changes))
    return [s.result["victim"] for s in result.steps if s.result.get("victim") is not None]


def drawn(policy, frames, references, name, **changes):
    state = (
        run(defaults(policy, frames, tuple(references.split()), **changes)).steps[-1].state[name]
    )
    assert isinstance(state, Cells)
    return state


@pytest.mark.parametrize(("policy", "faults"), [("fifo", 15), ("lru", 12), ("opt", 9)])
def test_the_textbook_string_faults_as_published(policy, faults):
    assert count(defaults(policy, 3, TEXTBOOK))["faults"] == faults


@pytest.mark.parametrize(("frames", "faults"), [(3, 9), (4, 10)])
def test_beladys_string_faults_more_with_more_frames(frames, faults):
    assert count(defaults("fifo", frames, BELADY))["faults"] == faults


def test_fifo_does_not_promote_on_hit():
    assert victims("fifo", 3, "1 2 3 1 4") == [1]
    assert victims("lru", 3, "1 2 3 1 4") == [2]


def test_mru_throws_out_the_page_used_just_before():
    assert victims("mru", 3, "1 2 3 1 4 5") == [1, 4]


def test_opt_settles_ties_by_age_unless_told_otherwise():
    assert victims("opt", 3, "3 2 1 2 3 9") == [3]
    assert victims("opt", 3, "3 2 1 2 3 9", ties="least-recently-used") == [1]
    assert victims("opt", 3, "3 2 1 2 3 9", ties="lowest-frame") == [3]


def test_unopt_throws_out_the_page_needed_soonest():
    assert victims("unopt", 2, "1 2 3 2 1") == [2, 1, 3]


def test_clock_sets_r_on_load_and_steps_past_the_loaded_frame():
    # All R are 1, so the hand goes round once and takes frame 0; then 2 and 3 have lost their R.
    assert victims("clock", 3, "1 2 3 4 2 5") == [1, 3]
    frames = drawn("clock", 3, "1 2 3 4 2 5", "frames")
    assert frames.values == (4, 2, 5)
    assert frames.marks == {"hand": 0}
    assert drawn("clock", 3, "1 2 3 4 2 5", "r").values == (1, 0, 1)


def test_a_hit_leaves_the_clock_hand_where_it_is():
    assert drawn("clock", 3, "1 2 1 2", "frames").marks == {"hand": 2}


def test_clock_without_r_on_load_or_advance():
    assert victims("clock", 3, "1 2 3 1 4", r_on_load=False) == [2]
    assert drawn("clock", 3, "1 2 3 4", "frames", hand_advances=False).marks == {"hand": 2}


def test_nru_prefers_an_old_dirty_page_to_a_fresh_clean_one():
    # The tick after reference 2 clears the R bits of 1 (dirty) and 2 (clean); 3 has R = 1.
    assert victims("nru", 3, "1w 2 3 4", tick=2) == [2]
    assert victims("nru", 2, "1w 2r 1 3", tick=3) == [2]


def test_nru_ticks_after_each_kth_reference():
    assert drawn("nru", 3, "1 2 3", "r", tick=2).values == (0, 0, 1)
    assert drawn("nru", 3, "1 2 3 1", "r", tick=2).values == (0, 0, 0)


def test_aging_shifts_r_in_at_the_top():
    assert drawn("aging", 3, "1 2 1 3", "ages", tick=2).values == (
        "11000000",
        "01000000",
        "10000000",
    )
    assert drawn("aging", 3, "1 2 1 3", "ages", tick=2, aging_bits=2).values == ("11", "01", "10")


def test_a_page_just_read_in_has_the_lowest_age():
    assert victims("aging", 2, "1 2 3 4", tick=2) == [1, 3]


def test_lfu_forgets_the_count_of_a_page_that_leaves_unless_told_to_keep_it():
    string = "1 1 1 2 2 3 1 3 2 2"
    assert victims("lfu", 2, string) == [2, 3]
    assert drawn("lfu", 2, "1 1 2 3 2", "counts").values == (2, 1)
    assert drawn("lfu", 2, "1 1 2 3 2", "counts", counts_kept=True).values == (2, 2)


def test_lfu_ties_go_to_the_least_recently_used():
    assert victims("lfu", 3, "1 2 3 2 3 1 4") == [2]
    assert victims("lfu", 3, "1 2 3 2 3 1 4", ties="earliest-loaded") == [1]


def test_mfu_throws_out_the_page_used_most():
    assert victims("mfu", 2, "1 1 2 3") == [1]


def test_wsclock_passes_over_the_working_set():
    # At 5: page 1 (hand) has R = 1, is cleared; 2 likewise; 3 likewise; no write queued: first clean.
    assert victims("wsclock", 3, "1 2 3 4", tau=2) == [1]
    # At 6 pages 2 and 3 were last used at 4; at 7 they are more than 2 references old.
    assert victims("wsclock", 3, "1 2 3 4 4 4 5", tau=2) == [1, 2]


def test_wsclock_writes_an_old_dirty_page_early_and_takes_the_next_clean_one():
    result = run(defaults("wsclock", 3, refs("1 2w 3 4 4 4 5"), tau=2))
    last = result.steps[-1].result
    assert (last["victim"], last["queued"], last["writeback"]) == (3, (2,), False)
    assert result.metrics["writebacks"] == 1


def test_wsclock_takes_the_page_at_the_hand_when_all_are_dirty_and_young():
    result = run(defaults("wsclock", 2, ("1w", "2w", "3"), tau=5))
    assert result.steps[-1].result["victim"] == 1
    assert result.steps[-1].result["writeback"] is True


def test_a_page_remembered_by_2q_is_loaded_into_am():
    config = {"kin": 1, "kout": 2}
    assert drawn("2q", 3, "1 2 3 4 1", "am", **config).values == (1,)
    assert drawn("2q", 3, "1 2 3 4", "a1out", **config).values == (1,)
    assert drawn("2q", 3, "1 2 3 4 1 4 4", "a1in", **config).values == (3, 4)


def test_arc_moves_its_target_towards_the_list_that_would_have_hit():
    # 2 leaves T1 for 3 and is remembered in B1; asked for again, it raises p to 1, so T2 gives up 1.
    assert victims("arc", 2, "1 1 2 3 2") == [2, 1]
    state = {
        name: drawn("arc", 2, "1 1 2 3 2", name).values for name in ("t1", "t2", "b1", "b2", "p")
    }
    assert state == {"t1": (3,), "t2": (2,), "b1": (), "b2": (1,), "p": (1,)}


def test_random_victims_come_from_the_seed():
    one = run(defaults("random", 3, TEXTBOOK, seed=1)).steps
    assert one == run(defaults("random", 3, TEXTBOOK, seed=1)).steps
    assert one != run(defaults("random", 3, TEXTBOOK, seed=2)).steps


def test_dirty_victims_are_written_back_and_return_clean():
    metrics = count(defaults("fifo", 1, ("1w", "2", "1", "3w", "4w")))
    assert metrics["writebacks"] == 2
    assert metrics["evictions"] == 4


def test_filling_an_empty_frame_evicts_nothing():
    first = run(defaults("lru", 3, ("5", "6"))).steps[0].result
    assert first == {"result": "fault", "victim": None, "frame": 0}


def test_a_hit_has_no_victim_to_ask_for():
    hit = run(defaults("lru", 3, ("5", "5"))).steps[1].result
    assert hit == {"result": "hit", "frame": 0}


def test_states_that_do_not_change_are_shared():
    steps = run(defaults("fifo", 3, ("1", "2", "1"))).steps
    assert steps[1].state["queue"] is steps[2].state["queue"]


def test_only_conventions_that_matter_are_told():
    assert set(run(defaults("fifo", 3, BELADY)).conventions) == {"frames_start"}
    told = run(defaults("clock", 3, ("1w",))).conventions
    rules = {"frames_start", "dirty_pages", "r_on_load", "hand_start", "hand_advances"}
    assert set(told) == rules


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: defaults("fifi", 3, BELADY), 'did you mean "fifo"'),
        (lambda: defaults("fifo", 0, BELADY), "frames is 0"),
        (lambda: defaults("fifo", 3, BELADY, tik=3), 'did you mean "tick"'),
        (lambda: defaults("nru", 3, BELADY, tick=0), "tick is 0"),
        (lambda: defaults("lfu", 3, BELADY, ties="oldest"), "earliest-loaded"),
        (lambda: run(defaults("fifo", 3, ("1", "x"))), 'reference 2 is "x"'),
        (lambda: run(defaults("fifo", 3, ("1", "2ww"))), "reference 2"),
        (lambda: run(defaults("fifo", 3, ("-1",))), "reference 1"),
        (lambda: run(defaults("fifo", 3, ())), "no references"),
        (lambda: count_pages("fifo", 3, []), "no references"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(
    ("policy", "name", "reasons"),
    [
        ("fifo", "loaded_at", [1, 2]),
        ("lru", "used_at", [2, 3]),
        ("mru", "latest_at", [4, 5]),
        ("opt", "next_at", [None, None]),
        ("lfu", "least_used", [1, 1]),
        ("mfu", "most_used", [2, 1]),
        ("nru", "class", [2, 2]),
        ("aging", "counter", ["00000000", "00000000"]),
        ("clock", "passed", [(1, 2, 3), ()]),
    ],
)
def test_a_step_with_a_victim_says_what_decided(policy, name, reasons):
    steps = run(defaults(policy, 3, ("1", "2", "3", "1", "4", "5"), tick=100)).steps
    told = [step.result[name] for step in steps if step.result.get("victim") is not None]
    assert told == reasons
