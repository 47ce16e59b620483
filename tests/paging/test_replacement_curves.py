"""Comparing policies, curves over sizes, stack distances and working sets."""

from fractions import Fraction

import pytest

from oslab import InputError
from oslab_paging.replacement import compare, curve, stackdistance, workingset
from oslab_paging.replacement.conventions import POLICIES


def refs(text):
    return tuple(text.split())


BELADY = refs("1 2 3 4 1 2 5 1 2 3 4 5")


def test_a_comparison_has_the_metrics_of_each_policy():
    result = compare.run(compare.CompareConfig(("fifo", "lru", "opt"), 3, BELADY, {}))
    faults = {name: m["faults"] for name, m in result.metrics["policies"].items()}
    assert faults == {"fifo": 9, "lru": 10, "opt": 7}
    assert [s.result["above_opt"] for s in result.steps] == [2, 3, 0]


def test_a_comparison_tells_of_write_backs_only_where_pages_are_written():
    config = compare.CompareConfig(("fifo",), 1, ("1w", "2"), {})
    assert compare.run(config).steps[0].result["writebacks"] == 1


def test_all_policies_can_be_compared_and_their_conventions_told():
    result = compare.run(compare.CompareConfig(POLICIES, 3, BELADY, {"seed": 3}))
    assert result.conventions["ties"] == "earliest-loaded"
    assert result.conventions["ties_counts"] == "least-recently-used"
    assert result.conventions["seed"] == 3


def test_the_curve_of_fifo_shows_beladys_anomaly():
    result = curve.run(curve.CurveConfig(("fifo", "lru"), 1, 5, BELADY, {}))
    assert result.metrics["curve"]["fifo"] == {"1": 12, "2": 12, "3": 9, "4": 10, "5": 5}
    assert result.metrics["anomalies"] == (
        {"policy": "fifo", "frames": 3, "faults": 9, "more_frames": 4, "more_faults": 10},
    )
    changes = [s.result.get("change") for s in result.steps if s.given["policy"] == "fifo"]
    assert changes == [None, "same", "fewer", "more", "fewer"]


def test_a_rule_that_goes_with_the_frames_is_told_so():
    result = curve.run(curve.CurveConfig(("nru",), 2, 8, BELADY, {}))
    assert result.conventions["tick"] == "frames"
    fixed = curve.run(curve.CurveConfig(("nru",), 2, 8, BELADY, {"tick": 3}))
    assert fixed.conventions["tick"] == 3


def test_stack_distances_count_from_one():
    result = stackdistance.run(stackdistance.StackDistanceConfig(("1", "1", "2", "1", "3", "2"), 3))
    assert result.metrics["distances"] == (None, 1, None, 2, None, 3)
    assert result.metrics["hits_by_frames"] == {"1": 1, "2": 2, "3": 3}
    assert result.steps[-1].state["stack"].values == (2, 3, 1)


def test_working_sets_are_cut_at_the_start_and_averaged_exactly():
    result = workingset.run(workingset.WorkingSetConfig((("1", "2", "1", "3"),), 2, None))
    assert result.metrics["sizes"] == (1, 2, 2, 2)
    assert result.metrics["mean_size"] == Fraction(7, 4)
    assert "thrashing" not in result.metrics
    assert result.steps[-1].result["pages"] == (1, 3)


def test_processes_thrash_when_their_working_sets_together_exceed_memory():
    processes = (("1", "2", "3"), ("1", "2"))
    result = workingset.run(workingset.WorkingSetConfig(processes, 3, 3))
    assert result.metrics["sizes"] == (2, 4, 3)
    assert result.metrics["thrashing"] is True
    assert (
        workingset.run(workingset.WorkingSetConfig(processes, 3, 4)).metrics["thrashing"] is False
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compare.run(compare.CompareConfig((), 3, BELADY, {})), "no policies"),
        (lambda: compare.run(compare.CompareConfig(("lru", "lru"), 3, BELADY, {})), "twice"),
        (lambda: curve.run(curve.CurveConfig(("lru",), 4, 2, BELADY, {})), "smaller to the larger"),
        (lambda: stackdistance.run(stackdistance.StackDistanceConfig(BELADY, 0)), "frames is 0"),
        (lambda: workingset.run(workingset.WorkingSetConfig((BELADY,), 0, None)), "tau is 0"),
        (lambda: workingset.run(workingset.WorkingSetConfig((BELADY,), 1, 0)), "memory is 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
