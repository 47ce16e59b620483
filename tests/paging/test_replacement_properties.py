"""What must hold of replacement policies on any reference string."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from oslab_paging.replacement import stackdistance, workingset
from oslab_paging.replacement.conventions import POLICIES, defaults
from oslab_paging.replacement.curve import CurveConfig, faults_by_size
from oslab_paging.replacement.curve import run as run_curve
from oslab_paging.replacement.replace import count, count_pages, run
from oslab_paging.replacement.stackdistance import lru_distances, opt_distances

pages = st.lists(st.integers(0, 6), min_size=1, max_size=40)
references = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["", "r", "w"])).map(lambda r: f"{r[0]}{r[1]}"),
    min_size=1,
    max_size=40,
).map(tuple)
frames = st.integers(1, 6)


@given(st.sampled_from(POLICIES), frames, references)
def test_a_run_and_its_count_agree(policy, size, strings):
    config = defaults(policy, size, strings)
    result = run(config)
    assert result.metrics == count(config)
    numbers = [int(text.rstrip("rw")) for text in strings]
    writes = [text.endswith("w") for text in strings]
    assert result.metrics == count_pages(policy, size, numbers, writes)
    assert sum(s.result["result"] == "fault" for s in result.steps) == result.metrics["faults"]


@given(st.sampled_from(POLICIES), frames, pages)
def test_no_policy_beats_opt_or_is_beaten_by_unopt(policy, size, string):
    faults = count_pages(policy, size, string)["faults"]
    assert count_pages("opt", size, string)["faults"] <= faults
    assert faults <= count_pages("unopt", size, string)["faults"]


@given(st.integers(1, 4), st.lists(st.integers(0, 4), min_size=1, max_size=11))
def test_opt_and_unopt_are_the_best_and_worst_of_all_choices(size, string):
    @cache
    def extremes(position, resident):
        if position == len(string):
            return 0, 0
        page = string[position]
        if page in resident:
            return extremes(position + 1, resident)
        out = [frozenset()] if len(resident) < size else [frozenset({v}) for v in resident]
        choices = [resident - victim | {page} for victim in out]
        found = [extremes(position + 1, choice) for choice in choices]
        return 1 + min(low for low, _ in found), 1 + max(high for _, high in found)

    best, worst = extremes(0, frozenset())
    assert count_pages("opt", size, string)["faults"] == best
    assert count_pages("unopt", size, string)["faults"] == worst


@given(st.sampled_from(["lru", "opt"]), pages)
def test_more_frames_never_fault_more_under_lru_and_opt(policy, string):
    faults = [count_pages(policy, size, string)["faults"] for size in range(1, 9)]
    assert faults == sorted(faults, reverse=True)


@given(st.sampled_from(["lru", "opt"]), pages)
def test_one_pass_gives_the_faults_of_every_size(policy, string):
    each = [count_pages(policy, size, string)["faults"] for size in range(1, 9)]
    assert faults_by_size(policy, string, 1, 8) == each
    assert faults_by_size(policy, string, 3, 8) == each[2:]


@given(st.lists(st.integers(0, 80), max_size=400))
def test_lru_distance_is_the_number_of_different_pages_since(string):
    expected = []
    for n, page in enumerate(string):
        before = string[:n]
        if page in before:
            last = n - 1 - before[::-1].index(page)
            expected.append(len(set(string[last:n])))
        else:
            expected.append(None)
    assert lru_distances(string) == expected


@given(pages)
def test_first_uses_have_no_distance(string):
    for distances in (lru_distances(string), opt_distances(string, len(string) + 1)):
        assert distances.count(None) == len(set(string))


@given(pages, st.integers(1, 8))
def test_opt_distances_up_to_some_frames_are_the_whole_ones_cut_off(string, frames):
    whole = opt_distances(string, len(string) + 1)
    assert opt_distances(string, frames) == [d if d and d <= frames else None for d in whole]


@given(pages, st.integers(1, 6))
def test_counts_of_distances_and_working_sets_agree_with_their_runs(string, size):
    references = tuple(map(str, string))
    distances = stackdistance.StackDistanceConfig(references, size)
    assert stackdistance.count(distances) == stackdistance.run(distances).metrics
    windows = workingset.WorkingSetConfig((references, references[1:] or references), size, 3)
    assert workingset.count(windows) == workingset.run(windows).metrics


@given(st.sampled_from(POLICIES), pages)
def test_enough_frames_fault_once_a_page(policy, string):
    assert count_pages(policy, 7, string)["faults"] == len(set(string))


@given(st.sampled_from(POLICIES), pages)
def test_with_one_frame_every_change_of_page_faults(policy, string):
    changes = sum(n == 0 or string[n - 1] != page for n, page in enumerate(string))
    assert count_pages(policy, 1, string)["faults"] == changes


@given(frames, references)
def test_second_chance_and_clock_choose_the_same_victims(size, strings):
    one, other = (
        [s.result for s in run(defaults(policy, size, strings)).steps]
        for policy in ("clock", "second-chance")
    )
    assert [(r["result"], r.get("victim"), r.get("passed")) for r in one] == [
        (r["result"], r.get("victim"), r.get("passed")) for r in other
    ]


@given(frames, pages)
def test_aging_with_a_tick_at_each_reference_is_lru(size, string):
    aging = defaults("aging", size, tuple(map(str, string)), tick=1, aging_bits=64)
    lru = defaults("lru", size, tuple(map(str, string)))
    one, other = ([s.result for s in run(config).steps] for config in (aging, lru))
    assert [(r["result"], r.get("victim")) for r in one] == [
        (r["result"], r.get("victim")) for r in other
    ]


@given(st.sampled_from(POLICIES), frames, references)
def test_writebacks_never_exceed_evictions_or_writes(policy, size, strings):
    metrics = count(defaults(policy, size, strings))
    assert metrics["writebacks"] <= sum(text.endswith("w") for text in strings)
    if policy != "wsclock":
        assert metrics["writebacks"] <= metrics["evictions"]


@given(pages)
def test_the_curve_names_every_anomaly(string):
    config = CurveConfig(("fifo", "lru"), 1, 7, tuple(map(str, string)), {})
    result = run_curve(config)
    fifo = list(result.metrics["curve"]["fifo"].values())
    rises = [size for size in range(1, 7) if fifo[size] > fifo[size - 1]]
    assert [a["frames"] for a in result.metrics["anomalies"]] == rises


@given(pages, st.integers(1, 10))
def test_working_set_sizes_count_the_different_pages_of_the_window(string, tau):
    expected = [len(set(string[max(0, n - tau) : n])) for n in range(1, len(string) + 1)]
    assert workingset.sizes(string, tau) == expected
    config = workingset.WorkingSetConfig((tuple(map(str, string)),), tau, None)
    result = workingset.run(config)
    assert list(result.metrics["sizes"]) == expected
    assert [s.result["size"] for s in result.steps] == expected
