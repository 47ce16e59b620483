"""The exercises on the ready list: taking turns, and how it is misunderstood."""

from oslab_multiplex.problems.readylist import ReadyList
from oslab_multiplex.problems.scripts import config_of
from oslab_multiplex.script import parse

# Four are ready, in the order c a d b.
SCRIPT = """
eventfd a; eventfd b; eventfd c; eventfd d; epoll e
ctl e add a in; ctl e add b in,et; ctl e add c in; ctl e add d in
write c 1; write a 1; write d 1; write b 1
wait e max=2; wait e max=2; read a; wait e max=2; write a 1; wait e max=2
"""
ORDER = {
    "no-rotation": ["c a", "c a", "c d", "c d"],
    "fd-order": ["a b", "a c", "c d", "a c"],
    "rest-lost": ["c a", "c a", "c", "c a"],
    "edge-is-level": ["c a", "d b", "c d", "b c"],
}


def said(answers):
    return [" ".join(row["returned"]) for row in answers["waits"]]


def test_level_triggered_ones_take_turns_and_the_rest_stays_in_front():
    problem, params = ReadyList(), config_of(parse(SCRIPT))
    found = said(problem.solve(params, problem.run(params)))
    # After "c a" the list is d b c a; after "d b" it is c a d, b being edge-triggered; a was read.
    assert found == ["c a", "d b", "c d", "c d"]


def test_misunderstandings():
    params = config_of(parse(SCRIPT))
    for name, order in ORDER.items():
        assert said(ReadyList.mistakes()[name](ReadyList(), params)) == order, name


def test_edges_can_only_be_mistaken_where_there_are_some():
    params = config_of(parse(SCRIPT.replace(",et", "")))
    assert ReadyList.mistakes()["edge-is-level"](ReadyList(), params) is None
