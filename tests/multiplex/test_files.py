"""Pipes, sockets, eventfds and listening sockets: what calls return, what holds then, who is woken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_multiplex.machine import Machine
from oslab_multiplex.openfiles import ANY, IN, OUT, PRI, names_of
from oslab_multiplex.script import parse


def played(text, pipe_wake="slot"):
    """The machine after a script, and what its calls returned: a number or an errno."""
    machine = Machine("epoll", pipe_wake, 3)
    outcomes = [machine.do(op) for op in parse(text)]
    return machine, [outcome.errno or outcome.value for outcome in outcomes]


def returns(text, **options):
    return played(text, **options)[1]


def holds(text, name):
    machine, _ = played(text)
    return "+".join(names_of(machine.fds[machine.names[name]].state()))


class Heard:
    """Stands in a wait queue and writes down the keys of wake-ups."""

    exclusive = False

    def __init__(self):
        self.epoll = self
        self.keys = []

    def woken(self, item, key):
        self.keys.append(key)


def heard(text, name, then, pipe_wake="slot"):
    """The keys with which a file wakes its queue during the second script."""
    machine, _ = played(text, pipe_wake)
    listening = Heard()
    machine.fds[machine.names[name]].queue.hook(listening)
    for op in parse(then):
        machine.do(op)
    return listening.keys


def test_a_pipe_is_full_by_slots_not_by_bytes():
    assert returns("pipe a; " + "write a 2049; " * 17)[1:] == [2049] * 16 + ["EAGAIN"]
    assert returns("pipe a; write a 70000; write a 1; read a 4096; write a 5000")[1:] == [
        65536, "EAGAIN", 4096, 4096,
    ]  # fmt: skip


def test_small_writes_share_a_slot_and_whole_pages_do_not():
    machine, _ = played("pipe a; write a 100; write a 3996; write a 1; write a 4097")
    pipe = machine.fds[machine.names["a.r"]].pipe
    assert [length for _, length in pipe.slots] == [4096, 2, 4096]


def test_room_that_a_read_made_in_front_does_not_count():
    machine, _ = played("pipe a; write a 4000; read a 3000; write a 97")
    assert [length for _, length in machine.fds[3].pipe.slots] == [1000, 97]


def test_ends_of_pipes():
    assert returns("pipe a; write a.r 1; read a.w 1; read a 1; shutdown a.r both")[1:] == [
        "EBADF", "EBADF", "EAGAIN", "ENOTSOCK",
    ]  # fmt: skip
    assert returns("pipe a; write a 3; close a.w; read a 9; read a 9")[3:] == [3, 0]
    assert returns("pipe a; close a.r; write a 3; write a 0")[2:] == ["EPIPE", 0]
    assert holds("pipe a; write a 3; close a.w", "a.r") == "IN+HUP"
    assert holds("pipe a; close a.r", "a.w") == "OUT+ERR"
    assert holds("pipe a; write a 65536; close a.r", "a.w") == "ERR"


def test_whom_a_pipe_wakes():
    assert heard("pipe a", "a.r", "write a 1; write a 1; read a 1; write a 0") == [IN, IN]
    assert heard("pipe a; write a 65536", "a.r", "write a 1") == [IN]
    assert heard("pipe a", "a.w", "write a 1; read a 1; close a.r") == [ANY]
    full = "pipe a; write a 65536"
    assert heard(full, "a.w", "read a 4095; read a 1; read a 1; read a 9999") == [OUT]
    assert heard(full, "a.w", "read a 4095; read a 1; read a 1", "was-full") == [OUT, OUT]


def test_sockets_shut_and_closed():
    assert returns("unix s; shutdown s.a write; write s.a 1; read s.b 1; write s.b 2; read s.a 9")[2:] == [
        "EPIPE", 0, 2, 2,
    ]  # fmt: skip
    assert returns("unix s; write s.a 5; write s.b 2; close s.b; read s.a 1; read s.a 9; read s.a 9")[4:] == [
        1, 1, "ECONNRESET",
    ]  # fmt: skip
    assert returns("unix s; write s.a 5; close s.b; read s.a 1; read s.a 1; write s.a 1")[3:] == [
        "ECONNRESET", 0, "EPIPE",
    ]  # fmt: skip
    assert holds("unix s; shutdown s.b write", "s.a") == "IN+OUT+RDHUP"
    assert holds("unix s; write s.a 1; close s.b", "s.a") == "IN+OUT+RDHUP+ERR+HUP"


def test_whom_a_socket_wakes():
    assert heard("unix s", "s.a", "write s.b 1; write s.a 1") == [IN | PRI]
    sent = "unix s; write s.a 3; write s.a 3"
    assert heard(sent, "s.a", "read s.b 2; read s.b 2; read s.b 9") == [OUT, OUT]
    assert heard(sent, "s.a", "close s.b") == [ANY, OUT, OUT]
    assert heard(sent, "s.a", "shutdown s.a read; shutdown s.b read") == [ANY, ANY]


def test_a_socket_is_not_filled():
    with pytest.raises(InputError, match="more unread data than is modelled"):
        played("unix s; write s.a 30000")


def test_eventfds():
    assert returns("eventfd v; read v; write v 3; write v 4; read v 7; read v; read v")[1:] == [
        "EAGAIN", 8, 8, "EINVAL", 8, "EAGAIN",
    ]  # fmt: skip
    most = 2**64 - 1
    assert returns(f"eventfd v 1; write v {most}; write v {most - 1}; write v {most - 2}")[1:] == [
        "EINVAL", "EAGAIN", 8,
    ]  # fmt: skip
    assert holds(f"eventfd v; write v {most - 1}", "v") == "IN"
    assert heard("eventfd v", "v", "write v 0; write v 1; read v") == [IN, IN, OUT]


def test_listening_sockets():
    assert returns("listen l; accept l; connect l 2; accept l c; accept l; accept l d; close d; read c")[1:] == [
        "EAGAIN", 0, 4, 5, "EAGAIN", "EBADF", "EAGAIN",
    ]  # fmt: skip
    assert heard("listen l", "l", "connect l; connect l; accept l") == [IN | PRI] * 2
    assert heard("listen l", "l", "connect l 2") == [IN | PRI]
    assert returns("listen l; read l; write l 1")[1:] == ["ENOTCONN", "EPIPE"]


def test_descriptors_are_the_lowest_free_and_names_go_stale():
    machine, found = played(
        "pipe a; eventfd v; close a.r; eventfd w; dup a.w b; close a.r; close a.r; dup a.r c; read c"
    )
    assert found == [0, 5, 0, 3, 6, 0, "EBADF", "EBADF", "EBADF"]
    assert machine.names["c"] == -1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20_000)), max_size=60))
def test_no_byte_is_lost_or_made(calls):
    machine, _ = played("pipe a")
    inside = 0
    for writing, size in calls:
        [op] = parse(f"{'write' if writing else 'read'} a {size}")
        value = max(machine.do(op).value, 0)
        assert value <= size
        inside += value if writing else -value
        pipe = machine.fds[3].pipe
        assert pipe.unread == inside
        assert len(pipe.slots) <= 16
        assert all(length > 0 and offset + length <= 4096 for offset, length in pipe.slots)
