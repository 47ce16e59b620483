"""Memory traces as references to pages: paging replace, compare, curve, stack-distance, workingset."""

import json
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.traces.access import Access
from oslab_paging.replacement import stackdistance, workingset
from oslab_paging.replacement.conventions import POLICIES, defaults
from oslab_paging.replacement.pagetrace import PageTrace, references_of, uses_of
from oslab_paging.replacement.replace import count, count_uses

accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["fetch", "load", "store", "modify"]),
        st.integers(0, 600),
        st.integers(1, 150),
    ),
    min_size=1,
    max_size=40,
)
TRACE = "I  00000ffe,4\n L 00001008,8\n S 00001010,4\n M 00002040,4\n L 00000fff,1\n S 00003000,8\n"
REFS = "0 1 1 1w 2w 0 3w"
DATA_REFS = "1 1w 2w 0 3w"


@given(accesses, st.integers(1, 200), st.booleans())
def test_an_access_refers_once_to_each_page_of_its_bytes(items, page_size, fetches):
    source = PageTrace("t", "", page_size, fetches)
    expected = [
        (page, access.kind in ("store", "modify"))
        for access in items
        if fetches or access.kind != "fetch"
        for page in sorted(
            {b // page_size for b in range(access.address, access.address + access.size)}
        )
    ]
    if expected:
        assert list(uses_of(items, source)) == expected
    else:
        with pytest.raises(InputError, match="only instruction fetches; --fetches counts them"):
            list(uses_of(items, source))


uses = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60)


@given(st.sampled_from(POLICIES), st.integers(1, 6), uses)
def test_uses_that_come_one_by_one_count_as_typed_references_do(policy, frames, string):
    config = defaults(policy, frames, references_of(string))
    assert count_uses(defaults(policy, frames, ()), iter(string)) == count(config)


@given(uses, st.integers(1, 6))
def test_so_do_stack_distances_and_working_sets(string, size):
    references = references_of(string)
    distances = dict(stackdistance.count(stackdistance.StackDistanceConfig(references, size)))
    del distances["distances"]
    assert stackdistance.count_pages((page for page, _ in string), size) == distances
    sets = dict(workingset.count(workingset.WorkingSetConfig((references,), size, 3)))
    del sets["sizes"]
    assert workingset.count_pages((page for page, _ in string), size, 3) == sets


def test_stack_distances_stay_right_when_their_tree_is_made_anew():
    rng = random.Random(3)
    pages = [rng.randrange(rng.choice((40, 700, 3000))) for _ in range(9000)]
    stack = []
    expected = []
    for page in pages:
        depth = stack.index(page) if page in stack else None
        expected.append(None if depth is None else depth + 1)
        if depth is not None:
            del stack[depth]
        stack.insert(0, page)
    assert stackdistance.lru_distances(pages) == expected


@pytest.mark.parametrize("policy", sorted(set(POLICIES) - {"opt", "unopt"}))
def test_memory_does_not_grow_with_the_references(policy):
    def used(references):
        count_uses(defaults(policy, 20, ()), ((n * n % 101, n % 3 == 0) for n in range(references)))

    used(100)  # what is imported at first use is no growth
    assert peak(lambda: used(30_000)) < 200_000


def test_nor_does_it_for_stack_distances_and_working_sets():
    for counted in (
        lambda pages: stackdistance.count_pages(pages, 8),
        lambda pages: workingset.count_pages(pages, 50, None),
    ):

        def used(references, counted=counted):
            counted(n * n % 101 for n in range(references))

        used(100)
        assert peak(lambda used=used: used(30_000)) < 200_000


def peak(work):
    """The least of three: what the test runner's own thread takes meanwhile is no growth."""
    return min(traced(work) for _ in range(3))


def traced(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace"
    path.write_text(TRACE)
    return str(path)


def document(oslab, *arguments):
    found = oslab("paging", *arguments, "--json")
    assert (found.code, found.err) == (0, "")
    return json.loads(found.out)


COMMANDS = [
    ["replace", "--policy", "lru", "--frames", "2"],
    ["replace", "--policy", "opt", "--frames", "2"],
    ["compare", "--frames", "2"],
    ["curve", "--frames", "1..4"],
    ["stack-distance"],
    ["workingset", "--tau", "3", "--memory", "2"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c[:3]))
@pytest.mark.parametrize(("flags", "refs"), [([], REFS), (["--no-fetches"], DATA_REFS)])
def test_a_trace_gives_the_figures_of_its_references(oslab, trace, command, flags, refs):
    typed = document(oslab, *command, "--refs", refs)
    found = document(oslab, *command, "--trace", trace, *flags)
    left_out = {"distances", "sizes"}
    assert found["metrics"] == {n: v for n, v in typed["metrics"].items() if n not in left_out}
    assert found["config"]["trace"] == trace
    assert found["config"]["page_size"] == 4096
    assert found["conventions"]["trace_fetches"] is not bool(flags)
    assert typed["conventions"].items() <= found["conventions"].items()


@pytest.mark.parametrize("command", [COMMANDS[0], *COMMANDS[4:]], ids=lambda c: c[0])
def test_of_a_trace_the_figures_are_shown_and_steps_when_asked_for(oslab, trace, command):
    assert document(oslab, *command, "--trace", trace)["steps"] == []
    typed = document(oslab, *command, "--refs", REFS)
    asked = document(oslab, *command, "--trace", trace, "--steps")
    assert (asked["steps"], asked["metrics"]) == (typed["steps"], typed["metrics"])
    assert asked["asks"] == typed["asks"]


def test_too_many_references_have_no_steps(oslab, tmp_path):
    path = tmp_path / "long"
    path.write_text("4096\n" * 10_001)
    refused = oslab("paging", "replace", "--trace", str(path), "--steps")
    assert refused.code == 2
    assert "more than 10000 times" in refused.err
    assert "leave --steps out" in refused.err
    path.write_text("4096\n" * 10_000)
    assert len(document(oslab, "replace", "--trace", str(path), "--steps")["steps"]) == 10_000


def test_page_size_makes_page_numbers(oslab, tmp_path):
    path = tmp_path / "pages"
    path.write_text("7 0 1 2 0 3 0 4")
    typed = document(oslab, "replace", "--refs", "7 0 1 2 0 3 0 4")
    found = document(oslab, "replace", "--trace", str(path), "--page-size", "1")
    assert found["metrics"] == typed["metrics"]
    assert document(oslab, "replace", "--trace", str(path))["metrics"]["faults"] == 1


BAD = [
    ([], "what is referred to? --refs 7,0,1,2 lists pages, --trace FILE names a memory trace"),
    (["--refs", "1", "--trace", "t"], "--refs and --trace both say what is referred to; give one"),
    (["--refs", "1", "--page-size", "4K"], "--page-size goes with --trace"),
    (["--refs", "1", "--trace-format", "din"], "--trace-format goes with --trace"),
    (["--refs", "1", "--fetches"], "--fetches/--no-fetches goes with --trace"),
    (["--trace", "absent"], 'cannot read "absent": No such file'),
    (["--trace", "t", "--page-size", "0"], "--page-size is 0: a page holds at least 1 byte"),
    (["--trace", "t", "--page-size", "x"], '--page-size: "x" is not a size'),
]


@pytest.mark.parametrize("command", ["replace", "compare", "curve", "stack-distance", "workingset"])
@pytest.mark.parametrize(("arguments", "said"), BAD, ids=range(len(BAD)))
def test_what_does_not_go_together_is_said(oslab, command, arguments, said):
    found = oslab("paging", command, *arguments)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


def test_a_trace_can_be_predicted(oslab, trace, monkeypatch, tmp_path):
    answers = tmp_path / "answers"
    answers.write_text("fault\n-\nno\nq\n")
    with open(answers) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        found = oslab("paging", "replace", "--trace", trace, "--predict")
    assert found.code == 1
    assert "Page 0: hit or fault?" in found.out


def test_the_rules_of_a_trace_are_told_in_both_languages(oslab, trace):
    english = oslab("paging", "replace", "--trace", trace, "--no-fetches")
    assert "Instruction fetches are left out." in english.out
    chinese = oslab("--lang", "zh", "paging", "replace", "--trace", trace)
    assert "取指也算对页的访问。" in chinese.out
    assert "page size" not in chinese.out
