"""poll: an array in, revents out."""

from oslab_multiplex.script import parse
from oslab_multiplex.simulate import MultiplexConfig, run


def waits(text, first_fd=3):
    steps = run(MultiplexConfig("poll", "slot", first_fd, parse(text))).steps
    return [step.result for step in steps if step.action == "wait"]


def test_a_closed_number_is_reported_by_itself():
    text = "pipe a; eventfd v 1; epoll e; ctl e add a.r in; ctl e add v in; close a.r; wait e"
    [wait] = waits(text)
    assert wait["events"] == ("a.r:NVAL", "v:IN")
    assert wait["returned"] == 2


def test_err_and_hup_come_unasked_and_rdhup_when_asked():
    assert waits("pipe a; epoll e; ctl e add a.r none; close a.w; wait e")[0]["events"] == (
        "a.r:HUP",
    )
    assert waits("unix s; epoll e; ctl e add s.a rdhup; shutdown s.b write; wait e")[0][
        "events"
    ] == ("s.a:RDHUP",)


def test_it_scans_and_copies_the_array_whatever_the_numbers():
    wait = waits("pipe a; epoll e; ctl e add a.r in; ctl e add a.w out; wait e", first_fd=5000)[0]
    assert (wait["scanned"], wait["copied"]) == (2, 20)


def test_a_name_without_number_is_left_out():
    assert waits("pipe a; close a.r; dup a.r b; epoll e; ctl e add b in; wait e")[0]["scanned"] == 0
