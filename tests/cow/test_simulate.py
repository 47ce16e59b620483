"""cow run: the script on the machine, its figures, and its command."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Cells, Grid, InputError
from oslab.cli import main
from oslab_cow.machine import Region
from oslab_cow.operations import exit_of, fork, parse_operations, read, write
from oslab_cow.problems.misread import CopiedAtFork
from oslab_cow.simulate import CowConfig, count, run, stretches

KINDS = ("private", "shared", "file-private", "file-shared")
NAMES = ("P", "C", "D", "E")
METRICS = [
    "forks", "faults", "copies", "reuses", "frames_in_use", "frames_without_cow", "bytes_saved",
]  # fmt: skip


def config(ops, regions=(("private", 2),), start="present", contents=(), page_size=4096):
    operations = parse_operations(ops) if isinstance(ops, str) else tuple(ops)
    return CowConfig(
        "P", tuple(Region(*region) for region in regions), start, contents, page_size, operations
    )


def figures(*args, **more):
    return tuple(run(config(*args, **more)).metrics.values())


def ptes(step):
    drawing = step.state["ptes"]
    assert isinstance(drawing, Grid)
    return [list(drawing.columns), *(list(row) for row in drawing.rows)]


def test_one_fork_two_pages_one_write():
    found = run(config("fork P C; write C 0"))
    assert list(found.metrics) == METRICS
    assert tuple(found.metrics.values()) == (1, 1, 1, 0, 3, 4, 4096)
    assert ptes(found.steps[0]) == [["page", "P", "C"], ["0", "0 r", "0 r"], ["1", "1 r", "1 r"]]
    assert ptes(found.steps[1])[1] == ["0", "0 r", "2 rw"]
    assert found.steps[1].state["counts"] == Cells((1, 2, 1), (0, 1, 2))
    assert found.steps[1].state["contents"] == Cells((0, 0, 2), (0, 1, 2))


def test_the_other_side_faults_at_its_own_next_write():
    found = run(config("fork P C; write C 0; write P 0"))
    assert [step.result.get("event") for step in found.steps] == [None, "copy", "reuse"]
    assert found.metrics["faults"] == 2


def test_a_child_that_writes_300_of_1000_pages_faults_300_times():
    assert figures("fork P C; write C 0..299", [("private", 1000)]) == (
        1, 300, 300, 0, 1300, 2000, 700 * 4096,
    )  # fmt: skip


def test_a_parent_alone_again_faults_without_a_copy():
    assert figures("fork P C; exit C; write P 0..999", [("private", 1000)]) == (
        1, 1000, 0, 1000, 1000, 1000, 0,
    )  # fmt: skip


def test_reading_then_writing_untouched_pages_faults_twice():
    read_only = config("read P 0..999", [("private", 1000)], "untouched")
    assert run(read_only).metrics["frames_in_use"] == 0
    assert figures("read P 0..999; write P 0..999", [("private", 1000)], "untouched") == (
        0, 2000, 0, 0, 1000, 1000, 0,
    )  # fmt: skip


def test_without_copy_on_write_a_private_mapping_of_a_file_is_a_copy():
    found = run(config("read P 0", [("file-private", 3)], page_size=100))
    assert (found.metrics["frames_in_use"], found.metrics["frames_without_cow"]) == (3, 6)
    assert found.metrics["bytes_saved"] == 300


def test_shared_pages_save_nothing():
    assert figures("fork P C; write C 0..1", [("shared", 2)])[1:] == (0, 0, 0, 2, 2, 0)


def test_a_write_without_a_value_writes_the_number_of_its_operation():
    found = run(config("write P 0; write P 1 40; read P 0; read P 1"))
    assert [step.result["value"] for step in found.steps] == [1, 40, 1, 40]
    assert "unsaid_value" in found.conventions
    assert "unsaid_value" not in run(config("write P 1 40")).conventions


def test_many_pages_are_drawn_in_stretches():
    found = run(config("fork P C; write C 0..29", [("private", 100)]))
    assert ptes(found.steps[1]) == [
        ["page", "P", "C"], ["0..29", "0..29 r", "100..129 rw"], ["30..99", "30..99 r", "30..99 r"],
    ]  # fmt: skip
    assert stretches((3, 5, 6, 8, 9, 10)) == "3 5 6 8..10"


@pytest.mark.parametrize(
    ("ops", "said"),
    [
        ("fork P C; exit C; read C 0", r"operation 3 \(read C 0\): the process C has exited"),
        ("fork P C; write C 0..2", r"operation 2 \(write C 0..2\): there is no page 2"),
        ("exit P; exit P", "operation 2"),
        ("fork P C; fork C P", "operation 2.*a process P already"),
    ],
)
def test_what_cannot_be_is_named_by_its_operation(ops, said):
    with pytest.raises(InputError, match=said):
        run(config(ops))
    with pytest.raises(InputError, match=said):
        count(config(ops))


@st.composite
def configs(draw, kinds=KINDS, spans=True):
    """A script that can be carried out."""
    regions = draw(
        st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 3)), min_size=1, max_size=3)
    )
    pages = sum(number for _, number in regions)
    alive, unborn, ops = ["P"], list(NAMES[1:]), []
    for _ in range(draw(st.integers(0, 20))):
        if not alive:
            break
        name, verb = draw(st.sampled_from(alive)), draw(st.sampled_from(("r", "w", "f", "x")))
        first = draw(st.integers(0, pages - 1))
        last = draw(st.integers(first, pages - 1)) if spans else first
        if verb == "f" and unborn:
            alive.append(unborn.pop(0))
            ops.append(fork(name, alive[-1]))
        elif verb == "x":
            alive.remove(name)
            ops.append(exit_of(name))
        else:
            ops.append(read(name, first, last) if verb == "r" else write(name, first, last))
    return config(ops, regions, draw(st.sampled_from(("present", "untouched"))))


@given(configs())
def test_counting_gives_the_figures_of_the_run(found):
    assert count(found) == run(found).metrics


@given(configs(spans=False))
def test_every_fault_is_a_copy_a_reuse_or_a_first_touch(found):
    whole = run(found)
    events = [step.result["event"] for step in whole.steps if "event" in step.result]
    assert whole.metrics["faults"] == len(events) - events.count("no-fault")
    assert whole.metrics["copies"] == events.count("copy")
    assert whole.metrics["reuses"] == events.count("reuse")
    touched = events.count("zero") + events.count("new")
    assert touched == 0 or found.start == "untouched"
    assert whole.metrics["bytes_saved"] >= 0


@given(configs(kinds=("private", "shared")))
def test_frames_without_cow_are_those_of_a_fork_that_copies(found):
    eager = run(found, CopiedAtFork).metrics
    assert run(found).metrics["frames_without_cow"] == eager["frames_in_use"]


def cow(capsys, *args):
    with pytest.raises(SystemExit) as ended:
        main(["cow", *args])
    seen = capsys.readouterr()
    return ended.value.code, seen.out, seen.err


def test_a_script_comes_from_a_file_or_the_command_line(capsys, tmp_path):
    script = tmp_path / "forks.cow"
    script.write_text("fork P C\nwrite C 0 # copies\n")
    code, from_file, _ = cow(capsys, "run", str(script), "--json")
    assert code == 0
    _, typed, _ = cow(capsys, "run", "--ops", "fork P C; write C 0", "--json")
    assert json.loads(from_file) == json.loads(typed)
    assert json.loads(typed)["metrics"]["copies"] == 1


def test_a_bad_line_of_a_file_is_named_with_the_file(capsys, tmp_path):
    script = tmp_path / "forks.cow"
    script.write_text("fork P C\nwrite C zero\n")
    code, _, said = cow(capsys, "run", str(script))
    assert code == 2
    assert "forks.cow: operation 2" in said


def test_regions_are_named_with_their_pages(capsys):
    mapped = "private:1,file-private:1,shared:2"
    args = ["--map", mapped, "--ops", "fork P C; write C 0..3", "--json", "--contents", "5"]
    _, out, _ = cow(capsys, "run", *args)
    found = json.loads(out)
    assert [region["kind"] for region in found["config"]["regions"]] == [
        "private", "file-private", "shared",
    ]  # fmt: skip
    assert found["metrics"]["copies"] == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "a script is expected"),
        (["x", "--ops", "exit P"], "both were given"),
        (["--ops", " ; "], "the script is empty"),
        (["/nowhere/forks"], "cannot read"),
        (["--ops", "exit P", "--map", "public"], "--map"),
        (["--ops", "exit P", "--map", "private:2,shared"], "how many pages"),
        (["--ops", "exit P", "--map", "private:2", "--pages", "3"], "leave --pages out"),
        (["--ops", "exit P", "--pages", "0"], "--pages"),
        (["--ops", "exit P", "--pages", "2_000_000"], "1 to 1048576 pages"),
        (["--ops", "exit P", "--page-size", "0"], "at least 1 byte"),
        (["--ops", "exit P", "--contents", "1,2,3,4,5"], "but 4 pages"),
        (["--ops", "exit P", "--contents", "1", "--zero-page"], "page 0 is untouched"),
        (["--ops", "read P 0", "--first", "C"], "there is no process P; there are: C"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(capsys, args, said):
    code, out, err = cow(capsys, "run", *args)
    assert code == 2
    assert said in err
    assert not out
    assert err.count("\n") == 1


def test_a_long_script_is_counted_unless_its_steps_are_asked_for(capsys, tmp_path):
    script = tmp_path / "long.cow"
    script.write_text("read P 0\n" * 1001)
    _, out, _ = cow(capsys, "run", str(script), "--json")
    assert not json.loads(out).get("steps")
    _, out, _ = cow(capsys, "run", str(script), "--json", "--steps")
    assert len(json.loads(out)["steps"]) == 1001
    script.write_text("read P 0\n" * 10_001)
    code, _, err = cow(capsys, "run", str(script), "--steps")
    assert code == 2
    assert "leave --steps out" in err


def test_predictions_are_asked_for_and_judged(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("2\ncopy\n2\nreuse\n5\n2\n"))
    code, out, _ = cow(
        capsys,
        "run",
        "--predict",
        "--pages",
        "2",
        "--ops",
        "fork P C; write C 0; write P 0; exit C",
    )
    assert code == 1
    assert "5 of 6 right" in out


def test_the_mapping_of_the_pages_is_told_with_the_rules():
    mixed = (Region("private", 2), Region("file-shared", 1))
    found = run(CowConfig("P", mixed, "present", (), 4096, tuple(parse_operations("write P 2 1"))))
    assert found.conventions["mapped_as"] == "0..1 private, 2 file-shared"
