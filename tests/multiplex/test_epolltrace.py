"""multiplex.epoll-trace: keys by hand, follow-through, mistakes."""

import pytest

from oslab import Unreadable
from oslab_multiplex.problems.epolltrace import EpollTrace
from oslab_multiplex.problems.scripts import config_of
from oslab_multiplex.reported import Reported
from oslab_multiplex.script import parse

SCRIPT = (
    "pipe a; unix s; epoll e; ctl e add a.r in,et; ctl e add s.a in,out; wait e; write a 4; wait e; read a 2; "
    "wait e; write a 1; write s.b 3; wait e; read s.a 3; wait e"
)
P = config_of(parse(SCRIPT))


def rows(answers):
    return [" ".join(row["events"]) for row in answers["waits"]]


def gives(name):
    return rows(EpollTrace.mistakes()[name](EpollTrace(), P))


def test_the_key():
    key = EpollTrace().solve(P, EpollTrace().run(P))
    assert rows(key) == ["s.a:OUT", "s.a:OUT a.r:IN", "s.a:OUT", "s.a:IN+OUT a.r:IN", "s.a:OUT"]
    assert [row["unread"] for row in key["waits"]] == [0, 4, 2, 6, 3]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("edge-only-0-to-1", ["s.a:OUT", "s.a:OUT a.r:IN", "s.a:OUT", "s.a:IN+OUT", "s.a:OUT"]),
        ("lt-once", ["s.a:OUT", "a.r:IN", "", "a.r:IN s.a:IN+OUT", ""]),
        ("waking-bit-only", ["s.a:OUT", "s.a:OUT a.r:IN", "s.a:OUT", "s.a:IN a.r:IN", ""]),
        ("et-repeats", ["s.a:OUT", "s.a:OUT a.r:IN", "s.a:OUT a.r:IN", "s.a:IN+OUT a.r:IN", "s.a:OUT a.r:IN"]),
    ],
)  # fmt: skip
def test_wrong_rows_are_those_of_a_misunderstanding(name, wrong):
    assert gives(name) == wrong


def test_a_mistake_that_changes_nothing_gives_nothing():
    assert EpollTrace.mistakes()["drained-reported"](EpollTrace(), P) is None


def test_rows_follow_from_the_rows_before():
    key = EpollTrace().solve(P, EpollTrace().run(P))["waits"]
    for n in range(len(key)):
        assert EpollTrace().follow(P, "waits", key[:n]) == key[n]


def test_who_drops_a_level_item_is_followed():
    key = EpollTrace().solve(P, EpollTrace().run(P))["waits"]
    slipped = [key[0], {"events": ("a.r:in",), "unread": 4}]
    assert EpollTrace().follow(P, "waits", slipped)["events"] == ()
    # What nobody watches cannot have been reported; the key stands in.
    impossible = [key[0], {"events": ("b.r:in",), "unread": 4}]
    assert EpollTrace().follow(P, "waits", impossible) == key[2]


def test_events_are_read_in_any_order_and_case():
    kind = Reported()
    assert kind.read("S.A:hup+in") == "s.a:in+hup"
    assert kind.read("s.a:EPOLLIN/EPOLLOUT") == "s.a:in+out"
    assert kind.same("s.a:IN+HUP", kind.read("s.a:HUP+IN"))
    for wrong in ("s.a", "s.a:", "s.a:READ", "§§"):
        with pytest.raises(Unreadable):
            kind.read(wrong)
