"""Exercises on scripts: keys worked out by hand, follow-through, modelled mistakes."""

import pytest

from oslab import InputError
from oslab_cow.faultsteps import CowFaultConfig, Entry, flow
from oslab_cow.faultsteps import run as fault_run
from oslab_cow.machine import Region
from oslab_cow.operations import parse_operations
from oslab_cow.problems.faults import Faults
from oslab_cow.problems.finalmap import FinalMap
from oslab_cow.problems.mapflags import MapFlags
from oslab_cow.problems.memory import Memory
from oslab_cow.problems.refcount import RefCount
from oslab_cow.problems.steps import Steps, listing
from oslab_cow.simulate import CowConfig

SCRIPT = "fork P C; read C 0; write C 0; write P 0; write P 1; exit P; write C 1"


def config(ops, regions=(("private", 2),), start="present", contents=()):
    return CowConfig(
        "P", tuple(Region(*r) for r in regions), start, contents, 4096, parse_operations(ops)
    )


def key(problem, params):
    return problem.solve(params, problem.run(params))


def gives(problem, name, params):
    return type(problem).mistakes()[name](problem, params)


def counts(answers):
    return [" ".join(map(str, row["counts"])) for row in answers["counts"]]


def accesses(answers):
    return [f"{row['event']} {row['frame']}" for row in answers["accesses"]]


def mapped(answers):
    return [f"{row['frame']} {'rw' if row['writable'] else 'r'}" for row in answers["map"]]


def test_counts_after_each_operation():
    assert counts(key(RefCount(), config(SCRIPT))) == [
        "2 2", "2 2", "1 2 1", "1 2 1", "1 1 1 1", "0 1 1", "0 1 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("copied-at-fork", ["1 1 1 1"] * 5 + ["0 0 1 1"] * 2),
        # Where the old frames keep their references, even the last owner's write is a copy.
        ("old-not-dropped", ["2 2", "2 2", "2 2 1", "2 2 1 1", "2 2 1 1 1"]),
        ("exit-ignored", ["2 2", "2 2", "1 2 1", "1 2 1", "1 1 1 1", "1 1 1 1", "1 1 1 1"]),
    ],
)
def test_wrong_counts_are_those_of_a_misunderstanding(name, rows):
    assert counts(gives(RefCount(), name, config(SCRIPT)))[: len(rows)] == rows


def test_counts_follow_from_the_counts_before():
    problem, params = RefCount(), config(SCRIPT)
    rows = key(problem, params)["counts"]
    for n in range(len(rows)):
        assert problem.follow(params, "counts", rows[:n]) == rows[n]
    # Who forgot to drop frame 0 at the copy takes P to be one of two, and copies once more.
    slipped = [*rows[:2], {"counts": (2, 2, 1)}]
    assert problem.follow(params, "counts", slipped) == {"counts": (1, 2, 1, 1)}
    # Counts that leave out a frame in use are repaired.
    assert problem.follow(params, "counts", [*rows[:2], {"counts": (1,)}]) == rows[3]


def test_events_and_frames_of_accesses():
    answers = key(Faults(), config(SCRIPT))
    assert accesses(answers) == [
        "no-fault 0", "copy 2", "reuse 0", "copy 3", "reuse 1",
    ]  # fmt: skip
    assert (answers["faults"], answers["copies"]) == (4, 2)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("both-writable", ["no-fault 0", "copy 2", "no-fault 0", "copy 3", "no-fault 1"]),
        ("reads-fault", ["copy 2", "no-fault 2", "reuse 0", "copy 3", "reuse 1"]),
        ("last-owner-copies", ["no-fault 0", "copy 2", "copy 3", "copy 0", "copy 0"]),
    ],
)
def test_wrong_events_are_those_of_a_misunderstanding(name, rows):
    assert accesses(gives(Faults(), name, config(SCRIPT))) == rows


def test_free_reuse_is_told_apart_only_where_somebody_exits():
    three = config("fork P C; exit C; write P 0..0; write P 1; write P 2", [("private", 3)])
    found = gives(Faults(), "reuse-is-free", three)
    assert accesses(found) == ["no-fault 0", "no-fault 1", "no-fault 2"]
    assert gives(Faults(), "reuse-is-free", config(SCRIPT)) is None


def test_the_first_frame_of_a_page_is_no_copy():
    params = config("read P 0; write P 0; write P 1", start="untouched")
    answers = key(Faults(), params)
    assert accesses(answers) == ["zero None", "new 0", "new 1"]
    assert (answers["faults"], answers["copies"]) == (3, 0)
    assert gives(Faults(), "new-is-copy", params)["copies"] == 2


def test_an_access_follows_from_where_a_student_put_the_pages():
    problem, params = Faults(), config(SCRIPT)
    rows = key(problem, params)["accesses"]
    for n in range(len(rows)):
        assert problem.follow(params, "accesses", rows[:n]) == rows[n]
    # With C's copy in frame 5 the next one still goes into the lowest free frame.
    slipped = [rows[0], {"event": "copy", "frame": 5}, rows[2]]
    assert problem.follow(params, "accesses", slipped) == {"event": "copy", "frame": 2}
    # A copy into a frame in use is impossible, and repaired.
    slipped = [rows[0], {"event": "copy", "frame": 1}, rows[2]]
    assert problem.follow(params, "accesses", slipped) == rows[3]


def test_the_map_at_the_end():
    params = config("fork P C; write C 0")
    assert [label for (label,) in FinalMap().rows(params, "map")] == ["P:0", "P:1", "C:0", "C:1"]
    assert mapped(key(FinalMap(), params)) == ["0 r", "1 r", "2 rw", "1 r"]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("both-move", ["3 rw", "1 r", "2 rw", "1 r"]),
        ("wrong-side-moves", ["2 r", "1 r", "0 rw", "1 r"]),
        ("both-writable", ["0 rw", "1 r", "2 rw", "1 r"]),
        ("copied-at-fork", ["0 rw", "1 rw", "2 rw", "3 rw"]),
    ],
)
def test_a_wrong_map_is_that_of_a_misunderstanding(name, rows):
    assert mapped(gives(FinalMap(), name, config("fork P C; write C 0"))) == rows


def test_a_process_that_exited_is_not_asked_about():
    assert FinalMap().rows(config("fork P C; write C 0; exit P"), "map") == [("C:0",), ("C:1",)]


def test_memory_with_and_without_copy_on_write():
    params = config("fork P C; write C 0..3; write P 2..5; exit C", [("private", 8)])
    assert {n: key(Memory(), params)[n] for n in Memory.answers} == {
        "frames_in_use": 8, "frames_without_cow": 8, "bytes_saved": 0,
    }  # fmt: skip
    ignored = gives(Memory(), "exit-ignored", params)
    # C's four copies, and the two pages that P then copied.
    assert (ignored["frames_in_use"], ignored["frames_without_cow"]) == (14, 16)


def test_zero_pages_take_no_frames():
    params = config("write P 0..1; read P 2..5; fork P C", [("private", 8)], "untouched")
    answers = key(Memory(), params)
    assert (answers["frames_in_use"], answers["frames_without_cow"]) == (2, 4)
    counted = gives(Memory(), "zero-counted", params)
    assert (counted["frames_in_use"], counted["frames_without_cow"]) == (6, 12)


def test_what_mappings_lead_to():
    params = config(
        "fork P C; write C 0 70; write C 1 71; write C 2 72; write C 3 73",
        [(kind, 1) for kind in ("private", "shared", "file-private", "file-shared")],
        contents=(10, 11, 12, 13),
    )
    labels = [label for label, _ in MapFlags().rows(params, "map")]

    def seen(answers):
        return {
            n: (row["value"], row["frame"]) for n, row in zip(labels, answers["map"], strict=True)
        }

    right = seen(key(MapFlags(), params))
    assert right == {
        "P:0": (10, 0), "P:1": (71, 1), "P:2": (12, 2), "P:3": (73, 3),
        "C:0": (70, 4), "C:1": (71, 1), "C:2": (72, 5), "C:3": (73, 3),
        "file:2": (12, 2), "file:3": (73, 3),
    }  # fmt: skip
    private = seen(gives(MapFlags(), "private-as-shared", params))
    assert (private["P:0"], private["C:2"], private["file:2"]) == ((70, 0), (72, 2), (72, 2))
    shared = seen(gives(MapFlags(), "shared-as-private", params))
    assert (shared["P:1"], shared["C:1"], shared["file:3"]) == ((11, 1), (71, 5), (13, 3))
    split = seen(gives(MapFlags(), "fork-splits-shared", params))
    assert (split["P:3"], split["C:1"], split["C:3"]) == ((13, 3), (71, 4), (73, 5))
    reaches = seen(gives(MapFlags(), "private-reaches-file", params))
    assert reaches == {**right, "file:2": (72, 2)}


def fault(frame, *others, cached=None):
    named = zip("PCDE", (frame, *others), strict=False)
    return CowFaultConfig(3, tuple(Entry(n, f) for n, f in named), cached, (9, 4))


COPY = (
    "trap", "check-mapping", "read-count", "allocate", "copy-page", "flush", "map-new",
    "drop-count", "restart",
)  # fmt: skip


@pytest.mark.parametrize(
    ("params", "names", "frame", "left"),
    [
        (fault(6, 6, 7), COPY, 4, 1),
        (fault(6, cached=6), COPY, 4, 1),
        (
            fault(6, 7),
            ("trap", "check-mapping", "read-count", "make-writable", "flush", "restart"),
            6,
            1,
        ),
        (
            fault("zero", "zero"),
            ("trap", "check-mapping", "allocate", "zero-fill", "flush", "map-new", "restart"),
            4,
            None,
        ),
        (
            fault(None, 7),
            ("trap", "check-mapping", "allocate", "zero-fill", "map-new", "restart"),
            4,
            None,
        ),
    ],
)
def test_the_steps_of_a_write_fault_depend_on_the_entry(params, names, frame, left):
    assert flow(params) == names
    found = fault_run(params)
    assert tuple(step.action for step in found.steps) == names
    assert (found.metrics["frame"], found.metrics["left"]) == (frame, left)


def test_the_old_entry_may_leave_the_tlb_at_any_time_between_copy_and_restart():
    params = fault(6, 6)
    names = dict(zip("abcdefghijklmn", listing(params), strict=True))
    orders = [
        tuple(names[letter] for letter in order) for order in key(Steps(), params)["order"].values
    ]
    assert [order[5:8] for order in orders] == [
        ("flush", "map-new", "drop-count"),
        ("map-new", "flush", "drop-count"),
        ("map-new", "drop-count", "flush"),
    ]
    assert all(order[:5] == COPY[:5] and order[8] == "restart" for order in orders)


def test_a_state_that_no_write_can_fault_in_is_refused():
    with pytest.raises(InputError, match="a process is needed"):
        CowFaultConfig(0, (), None, (1,))
    with pytest.raises(InputError, match="a free frame is needed"):
        CowFaultConfig(0, (Entry("P", 0),), None, ())
