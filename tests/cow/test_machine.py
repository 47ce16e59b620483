"""The machine: entries, frames and counts under copy-on-write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cow.machine import PRIVATE, ZERO, Machine, Pte, Region

KINDS = ("private", "shared", "file-private", "file-shared")
NAMES = ("P", "C", "D", "E", "F", "G")


def private(pages, **more):
    return Machine("P", [Region("private", pages)], **more)


def entries(machine, process):
    return machine.processes[process].ptes


def test_pages_mapped_while_it_runs_belong_to_one_process():
    machine = private(1)
    machine.fork("P", "C")
    assert machine.map("C", "shared", 1, 7) == 1
    assert machine.map("C", "private", 1, 0) == 2
    assert entries(machine, "C")[1:] == [Pte(1, True), Pte()]
    assert entries(machine, "P")[1:] == [Pte(), Pte()]
    assert machine.value("C", 1) == 7


def test_pages_lie_in_the_first_frames_at_the_start():
    machine = private(2)
    assert entries(machine, "P") == [Pte(0, True), Pte(1, True)]
    assert machine.counts == {0: 1, 1: 1}


def test_a_fork_copies_no_page_and_makes_private_entries_read_only_on_both_sides():
    machine = Machine("P", [Region("private", 1), Region("shared", 1)])
    forked = machine.fork("P", "C")
    assert entries(machine, "P") == entries(machine, "C") == [Pte(0, False), Pte(1, True)]
    assert machine.counts == {0: 2, 1: 2}
    assert (forked.protected, forked.shared) == ((0,), (1,))


def test_a_write_to_a_page_in_common_moves_the_writer_alone():
    machine = private(1)
    machine.fork("P", "C")
    touch = machine.write("C", 0, 5)
    assert (touch.event, touch.old, touch.frame, touch.old_count, touch.count) == (
        "copy", 0, 1, 2, 1,
    )  # fmt: skip
    assert entries(machine, "C") == [Pte(1, True)]
    assert entries(machine, "P") == [Pte(0, False)]
    assert (machine.value("P", 0), machine.value("C", 0)) == (0, 5)


def test_the_last_owner_faults_but_keeps_its_frame():
    machine = private(1)
    machine.fork("P", "C")
    machine.write("C", 0, 5)
    touch = machine.write("P", 0, 6)
    assert (touch.event, touch.fault, touch.frame) == ("reuse", True, 0)
    assert machine.write("P", 0, 7).event == "no-fault"


@pytest.mark.parametrize("sharers", [2, 3, 5])
def test_n_sharers_who_all_write_take_n_faults_and_one_copy_less(sharers):
    machine = private(1)
    for name in NAMES[1:sharers]:
        machine.fork("P", name)
    seen = [machine.write(name, 0).event for name in NAMES[:sharers]]
    assert seen == ["copy"] * (sharers - 1) + ["reuse"]


def test_reads_of_present_pages_never_fault():
    machine = private(1)
    machine.fork("P", "C")
    assert machine.read("C", 0).event == "no-fault"
    assert machine.counts == {0: 2}


def test_untouched_pages_get_the_zero_frame_when_read_and_a_new_one_when_written():
    machine = private(2, touched=False)
    assert entries(machine, "P") == [Pte(), Pte()]
    assert machine.read("P", 0).event == "zero"
    assert entries(machine, "P")[0] == Pte(ZERO, False)
    assert machine.frames_in_use == 0
    assert [machine.write("P", page).event for page in (0, 1)] == ["new", "new"]
    assert machine.counts == {0: 1, 1: 1}


def test_the_zero_frame_is_in_common_without_being_copied():
    machine = private(1, touched=False)
    machine.read("P", 0)
    machine.fork("P", "C")
    assert machine.write("C", 0, 3).event == "new"
    assert (machine.value("P", 0), machine.value("C", 0)) == (0, 3)


def test_a_page_untouched_at_the_fork_stays_apart():
    machine = private(1, touched=False)
    machine.fork("P", "C")
    machine.write("P", 0, 4)
    assert machine.read("C", 0).event == "zero"


def test_the_page_cache_makes_the_first_write_to_a_private_mapping_a_copy():
    machine = Machine("P", [Region("file-private", 1)], contents=[8])
    assert entries(machine, "P") == [Pte(0, False)]
    assert machine.counts == {0: 2}
    assert machine.write("P", 0, 9).event == "copy"
    assert machine.contents == {0: 8, 1: 9}


def test_the_page_cache_outlives_all_processes():
    machine = Machine("P", [Region("file-shared", 1), Region("private", 1)])
    machine.write("P", 0, 9)
    assert machine.exit("P").freed == (1,)
    assert (machine.counts, machine.contents) == ({0: 1}, {0: 9})


def test_a_parent_may_exit_before_its_children():
    machine = private(1)
    machine.fork("P", "C")
    machine.fork("C", "D")
    assert machine.exit("P").kept == (0,)
    assert machine.write("C", 0).event == "copy"
    assert machine.write("D", 0).event == "reuse"


def test_a_frame_given_up_is_the_next_to_be_taken():
    machine = private(2)
    machine.fork("P", "C")
    machine.write("C", 1)  # frame 2
    machine.write("C", 0)  # frame 3
    machine.fork("P", "D")
    assert machine.exit("C").freed == (2, 3)
    assert machine.write("D", 0).frame == 2


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda m: m.read("X", 0), "no process X; there are: P, C"),
        (lambda m: m.write("C", 2), "no page 2; the pages are 0 to 1"),
        (lambda m: m.fork("P", "C"), "a process C already"),
        (lambda m: m.exit("D"), "D has exited"),
        (lambda m: m.fork("P", "D"), "exited; the child needs another"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(act, said):
    machine = private(2)
    machine.fork("P", "C")
    machine.fork("C", "D")
    machine.exit("D")
    before = (dict(machine.counts), {n: list(p.ptes) for n, p in machine.processes.items()})
    with pytest.raises(InputError, match=said):
        act(machine)
    assert before == (machine.counts, {n: p.ptes for n, p in machine.processes.items()})


class Separate:
    """What fork means: every process has a memory of its own, copied whole when it is born."""

    def __init__(self, first, kinds, contents):
        self.kinds = kinds
        self.common = dict(enumerate(contents))
        self.own = {first: dict(enumerate(contents))}

    def _memory(self, process, page):
        return self.own[process] if self.kinds[page] in PRIVATE else self.common

    def read(self, process, page):
        return self._memory(process, page)[page]

    def write(self, process, page, value):
        self._memory(process, page)[page] = value

    def fork(self, parent, child):
        self.own[child] = dict(self.own[parent])

    def exit(self, process):
        del self.own[process]


@st.composite
def machines(draw):
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    touched = draw(st.booleans())
    contents = [
        0 if kind == "private" and not touched else draw(st.integers(1, 99)) for kind in kinds
    ]
    machine = Machine("P", [Region(kind, 1) for kind in kinds], touched=touched, contents=contents)
    return machine, Separate("P", kinds, contents)


def laws(machine):
    mapped = [
        (pte.frame, pte.writable, kind)
        for process in machine.alive
        for pte, kind in zip(process.ptes, machine.kinds, strict=True)
    ]
    numbers = [frame for frame, _, _ in mapped if isinstance(frame, int)]
    for frame, count in machine.counts.items():
        assert count == numbers.count(frame) + (frame in machine.cached)
    assert sum(machine.counts.values()) == len(numbers) + len(machine.cached)
    assert set(machine.contents) == set(machine.counts)
    for frame, writable, kind in mapped:
        if kind in PRIVATE and writable:
            assert isinstance(frame, int)
            assert machine.counts[frame] == 1
    assert machine.frames_in_use <= machine.frames_without_cow


@given(machines(), st.data())
def test_processes_see_what_separate_memories_would_hold(pair, data):
    machine, separate = pair
    pages = len(machine.kinds)
    born = 1
    for n in range(data.draw(st.integers(0, 25))):
        alive = [process.name for process in machine.alive]
        if not alive:
            break
        name = data.draw(st.sampled_from(alive))
        verb = data.draw(st.sampled_from(("read", "write", "write", "fork", "exit")))
        page = data.draw(st.integers(0, pages - 1))
        others = {(p, at): machine.pte(p, at) for p in alive for at in range(pages)}
        if verb == "fork" and born < len(NAMES):
            machine.fork(name, NAMES[born])
            separate.fork(name, NAMES[born])
            born += 1
        elif verb == "exit":
            machine.exit(name)
            separate.exit(name)
        elif verb == "read":
            assert machine.read(name, page).value == separate.read(name, page)
        elif verb == "write":
            free = next(f for f in range(len(machine.counts) + 1) if f not in machine.counts)
            touch = machine.write(name, page, n)
            separate.write(name, page, n)
            assert touch.value == n
            assert touch.frame == free or touch.event not in ("copy", "new")
            assert machine.write(name, page, n).event == "no-fault"
        if verb in ("read", "write"):
            del others[name, page]
            assert all(machine.pte(p, at) == pte for (p, at), pte in others.items())
        laws(machine)
        for process in machine.alive:
            for at in range(pages):
                assert machine.value(process.name, at) == separate.read(process.name, at)
