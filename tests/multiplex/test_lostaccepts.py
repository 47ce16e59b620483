"""multiplex.lost-accepts: connections that an edge-triggered listener leaves in the queue."""

import pytest

from oslab_multiplex.problems.lostaccepts import LostAccepts
from oslab_multiplex.problems.programs import played
from oslab_multiplex.script import parse

START = parse("listen l; epoll e; ctl e add l in,et")


def program(*bursts, accepts=1):
    return played(START, [parse(f"connect l {n}") for n in bursts], parse("accept l") * accepts)


P = program(1, 3, 1, 2)


def told(answers):
    rows = [(row["got"], row["left"]) for row in answers["bursts"]]
    return rows, answers["lost"], answers["oldest"]


def test_the_key():
    key = LostAccepts().solve(P, LostAccepts().run(P))
    assert told(key) == ([(1, 0), (1, 2), (1, 2), (1, 3)], 3, 5)
    two = program(1, 4, 1, accepts=2)
    assert told(LostAccepts().solve(two, LostAccepts().run(two))) == (
        [(1, 0), (2, 2), (2, 1)],
        1,
        6,
    )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("accepted-in-the-end", ([(1, 0), (3, 0), (1, 0), (2, 0)], 0, 0)),
        ("first-event-only", ([(1, 0), (1, 2), (0, 3), (0, 5)], 5, 3)),
        ("last-burst-only", ([(1, 0), (1, 2), (1, 0), (1, 1)], 1, 5)),
    ],
)
def test_wrong_rows_are_those_of_a_misunderstanding(name, wrong):
    assert told(LostAccepts.mistakes()[name](LostAccepts(), P)) == wrong


def test_rows_follow_from_what_was_left():
    key = LostAccepts().solve(P, LostAccepts().run(P))["bursts"]
    for n in range(len(key)):
        assert LostAccepts().follow(P, "bursts", key[:n]) == key[n]
    assert LostAccepts().follow(P, "bursts", [{"got": 1, "left": 4}]) == {"got": 1, "left": 6}
