"""multiplex.et-bug: what a program that reads once at each edge leaves behind."""

import pytest

from oslab_multiplex.problems.etbug import EtBug
from oslab_multiplex.problems.programs import bursts_of, played, taking_of
from oslab_multiplex.script import parse
from oslab_multiplex.simulate import run

START = parse("pipe a; epoll e; ctl e add a.r in,et")


def program(*bursts, chunk=100, start=START):
    return played(
        start, [parse(burst) for burst in bursts], parse(f"read {start[2].target} {chunk}")
    )


P = program("write a.w 60", "write a.w 250", "write a.w 30; write a.w 40", "write a.w 90")


def told(answers):
    return (
        [(row["got"], row["left"]) for row in answers["bursts"]],
        answers["stuck"],
        answers["line"],
    )


def test_the_script_is_the_programs_and_is_read_back():
    assert [str(op) for op in P.ops[3:7]] == ["write a.w 60", "wait e", "read a.r 100", "wait e"]
    assert [len(burst) for burst in bursts_of(P)] == [1, 1, 2, 1]
    assert [op.number for op in taking_of(P)] == [100]


def test_the_key():
    key = EtBug().solve(P, EtBug().run(P))
    assert told(key) == ([(60, 0), (100, 150), (100, 120), (100, 110)], 110, 2)
    assert run(P).metrics["stuck_bytes"] == 110


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("all-unread", ([(60, 0), (100, 150), (0, 220), (0, 310)], 310, 2)),
        ("last-write-only", ([(60, 0), (100, 150), (70, 0), (90, 0)], 0, 2)),
        ("none-stuck", ([(60, 0), (250, 0), (70, 0), (90, 0)], 0, 0)),
        ("event-per-write", ([(60, 0), (100, 150), (200, 20), (100, 10)], 10, 2)),
    ],
)
def test_wrong_rows_are_those_of_a_misunderstanding(name, wrong):
    assert told(EtBug.mistakes()[name](EtBug(), P)) == wrong


def test_rows_follow_from_what_was_left():
    key = EtBug().solve(P, EtBug().run(P))["bursts"]
    for n in range(len(key)):
        assert EtBug().follow(P, "bursts", key[:n]) == key[n]
    assert EtBug().follow(P, "bursts", [key[0], {"got": 100, "left": 10}]) == {"got": 80, "left": 0}
    assert EtBug().follow(P, "bursts", [key[0], {"got": 100, "left": -1}]) == key[2]


def test_a_close_is_an_event_too():
    sockets = parse("unix s; epoll e; ctl e add s.a in,et")
    p = program("write s.b 250", "close s.b", start=sockets)
    assert told(EtBug().solve(p, EtBug().run(p))) == ([(100, 150), (100, 50)], 50, 1)
    # In level mode the end of the data ends the reading, though HUP goes on being reported.
    assert told(EtBug.mistakes()["none-stuck"](EtBug(), p)) == ([(250, 0), (0, 0)], 0, 0)
