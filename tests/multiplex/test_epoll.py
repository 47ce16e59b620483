"""An epoll instance by itself: interest set, ready list, nesting. The kernel is asked in tests/oracles."""

from hypothesis import given
from hypothesis import strategies as st

from oslab_multiplex.machine import Machine
from oslab_multiplex.reported import all_written
from oslab_multiplex.script import parse


def waits(text):
    """What the waits of a script return."""
    machine = Machine("epoll", "slot", 3)
    outcomes = [(op, machine.do(op)) for op in parse(text)]
    return [all_written(outcome.events) for op, outcome in outcomes if op.verb == "wait"]


def errnos(text):
    machine = Machine("epoll", "slot", 3)
    return [machine.do(op).errno for op in parse(text)]


PIPE = "pipe a; epoll e; "


def test_level_and_edge_on_the_same_pipe():
    both = "epoll f; ctl e add a.r in; ctl f add a.r in,et; write a 4; read a 2; "
    found = waits(PIPE + both + "wait e; wait f; wait e; wait f; write a 1; wait f")
    assert found == [("a.r:IN",), ("a.r:IN",), ("a.r:IN",), (), ("a.r:IN",)]


def test_an_item_on_the_list_keeps_its_place_when_it_is_woken_or_modified():
    add = "pipe b; ctl e add a.r in,et; ctl e add b.r in,et; write a 1; write b 1; "
    assert waits(PIPE + add + "write a 1; ctl e mod a.r in,et tag=x; wait e") == [
        ("x:IN", "b.r:IN")
    ]


def test_oneshot_is_mute_until_mod_and_deleted_is_gone():
    add = "ctl e add a.r in,oneshot; write a 1; wait e; write a 1; wait e; "
    assert waits(PIPE + add + "ctl e mod a.r in,oneshot; wait e; wait e") == [
        ("a.r:IN",), (), ("a.r:IN",), (),
    ]  # fmt: skip
    assert waits(PIPE + "ctl e add a.r in; write a 1; ctl e del a.r; wait e") == [()]


def test_what_is_drained_is_dropped_and_does_not_use_up_max():
    add = "pipe b; ctl e add a.r in,et; ctl e add b.r in,et; write a 1; write b 1; read a 9; "
    assert waits(PIPE + add + "wait e max=1") == [("b.r:IN",)]


def test_a_chain_of_five_instances_is_the_longest():
    made = "; ".join(f"epoll n{i}" for i in range(6))
    chain = "; ".join(f"ctl n{i} add n{i + 1} in" for i in range(5))
    assert errnos(f"{made}; {chain}")[6:] == ["", "", "", "", "ELOOP"]
    assert errnos("epoll e; epoll f; ctl e add f in; ctl f add e in; ctl f add f in")[2:] == [
        "", "ELOOP", "EINVAL",
    ]  # fmt: skip


def test_closing_an_instance_lets_go_of_what_it_watched():
    text = (
        PIPE
        + "epoll o; ctl e add a.r in; ctl o add e in; close e; write a 1; wait o; epoll e2; wait e2"
    )
    assert waits(text) == [(), ()]


def test_a_number_may_be_watched_again_for_another_file():
    text = (
        PIPE
        + "dup a.r b; ctl e add a.r in; close a.r; eventfd v 1; ctl e add v in; write a 1; wait e"
    )
    assert waits(text) == [("v:IN", "a.r:IN")]


@given(
    st.lists(
        st.sampled_from(["write v 1", "read v", "write w 1", "read w", "wait e", "wait e max=1"]),
        max_size=40,
    )
)
def test_level_mode_says_what_poll_says(ops):
    """Nothing in level mode is ever forgotten: a wait for all returns what holds, in some order."""
    text = "eventfd v; eventfd w; epoll e; ctl e add v in; ctl e add w in; "
    for n in range(len(ops) + 1):
        script = text + "; ".join([*ops[:n], "wait e"])
        machine = Machine("epoll", "slot", 3)
        for op in parse(script):
            outcome = machine.do(op)
        ready = {f"{name}:IN" for name in "vw" if machine.fds[machine.names[name]].value}
        assert set(all_written(outcome.events)) == ready
