"""select: three sets, numbers, what it costs."""

import pytest

from oslab import InputError
from oslab_multiplex.script import parse
from oslab_multiplex.simulate import MultiplexConfig, run


def waits(text, first_fd=3):
    steps = run(MultiplexConfig("select", "slot", first_fd, parse(text))).steps
    return [step.result for step in steps if step.action == "wait"]


def test_it_has_no_memory_and_goes_by_number():
    text = (
        "pipe a; pipe b; epoll e; ctl e add b.r in,et; ctl e add a.r in,et; write b 1; write a 1; "
    )
    text += "wait e; wait e max=1"
    assert [wait["events"] for wait in waits(text)] == [("a.r:IN", "b.r:IN")] * 2


def test_hup_counts_as_readable_and_bits_are_counted():
    [wait] = waits("unix s; epoll e; ctl e add s.a in,out,rdhup; close s.b; wait e")
    assert wait["events"] == ("s.a:IN+OUT",)
    assert wait["returned"] == 2


def test_a_closed_number_spoils_it():
    [wait] = waits("pipe a; epoll e; ctl e add a.r in; ctl e add a.w out; close a.r; wait e")
    assert (wait["returned"], wait["errno"], wait["events"]) == (-1, "EBADF", ())
    assert (wait["scanned"], wait["copied"]) == (0, 16)


def test_it_scans_and_copies_up_to_the_highest_number():
    [wait] = waits("pipe a; epoll e; ctl e add a.r in; ctl e add a.w out; wait e", first_fd=100)
    assert (wait["scanned"], wait["copied"]) == (102, 2 * 2 * 16)
    [none] = waits("epoll e; wait e")
    assert (none["scanned"], none["copied"]) == (0, 0)


def test_numbers_above_1023_do_not_fit():
    assert waits("pipe a; epoll e; ctl e add a.r in; wait e", first_fd=1023)[0]["returned"] == 0
    with pytest.raises(InputError, match="descriptor 1024 does not fit into an fd_set"):
        waits("pipe a; epoll e; ctl e add a.w out; wait e", first_fd=1023)


def test_the_list_is_the_programs_own():
    text = "pipe a; epoll e; ctl e mod a.r in; ctl e add a.r in; ctl e del a.w; write a 1; wait e"
    config = MultiplexConfig("select", "slot", 3, parse(text))
    whole = run(config)
    assert not any(step.result["errno"] for step in whole.steps)
    assert whole.metrics["syscalls"] == 3  # pipe, write, select
    with pytest.raises(InputError, match="e is no descriptor under select"):
        waits("epoll e; close e")
