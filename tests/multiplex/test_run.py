"""multiplex run: steps, figures, drawings, the command."""

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import Cells, InputError, Tree
from oslab.plugins import words_for
from oslab_multiplex.script import parse
from oslab_multiplex.simulate import MultiplexConfig, count, run

sys.path.insert(0, str(Path(__file__).parent.parent / "oracles"))

from epoll_lab import scenario

EDGE = (
    "pipe a; epoll e; ctl e add a.r in,et; write a 4; wait e; read a 2; wait e; write a 1; wait e"
)


def config(text, mechanism="epoll", first_fd=3):
    return MultiplexConfig(mechanism, "slot", first_fd, parse(text))


def test_each_operation_is_a_step_with_its_result():
    steps = run(config(EDGE)).steps
    assert [step.action for step in steps] == [
        "pipe", "epoll", "add", "write", "wait", "read", "wait", "write", "wait",
    ]  # fmt: skip
    assert [step.result["events"] for step in steps if step.action == "wait"] == [
        ("a.r:IN",), (), ("a.r:IN",),
    ]  # fmt: skip
    assert steps[3].result["listed"] == ("a.r",)
    assert steps[4].result["ready"] == ({"tag": "a.r", "fd": 3, "events": ("IN",)},)


def test_figures():
    assert run(config(EDGE)).metrics == {
        "waits": 3, "events": 2, "syscalls": 9, "copied_bytes": 36, "scanned": 2,
        "stuck_bytes": 3, "stuck_connections": 0,
    }  # fmt: skip
    lost = run(
        config("listen l; epoll e; ctl e add l in,et; connect l 3; wait e; accept l; wait e")
    )
    assert lost.metrics["stuck_connections"] == 2
    assert lost.metrics["syscalls"] == 3 + 1 + 1 + 6 + 1 + 1 + 1


@pytest.mark.parametrize(
    ("text", "stuck"),
    [
        ("ctl e add a.r in; write a 3; wait e", 0),  # level: the next wait says it
        ("ctl e add a.r in,et; write a 3", 0),  # still on the list
        ("ctl e add a.r in,oneshot; write a 3; wait e", 3),
        ("ctl e add a.r out,et; write a 3; wait e", 0),  # nobody wants to know
        ("ctl e add a.r in,et; write a 3; wait e; ctl e mod a.r in,et", 0),
        ("epoll f; ctl e add a.r in,et; ctl f add a.r in; write a 3; wait e; wait f", 0),
    ],
)
def test_stuck_is_what_no_wait_will_speak_of(text, stuck):
    assert run(config("pipe a; epoll e; " + text)).metrics["stuck_bytes"] == stuck


def test_what_a_wait_leaves_drops_and_puts_back_is_told():
    three = "eventfd u 1; eventfd v 1; eventfd w 1; epoll e; ctl e add u in; ctl e add v in; ctl e add w in; "
    steps = run(config(three + "read u; wait e max=1; write u 1; wait e")).steps
    first, last = (step.result for step in steps if step.action == "wait")
    assert (first["events"], first["dropped"], first["left"], first["scanned"]) == (
        ("v:IN",),
        "u",
        "w",
        2,
    )
    assert last["again"] == "w, v, u"


def test_the_interest_set_and_the_ready_list_are_drawn():
    step = run(config("pipe a; epoll e; ctl e add a.w out; ctl e add a.r in,et tag=x")).steps[-1]
    assert step.state["ready"] == Cells(("a.w",))
    tree = step.state["interest"]
    assert isinstance(tree, Tree)
    assert tree.label == "B a.w fd 4  OUT+ERR+HUP"
    assert tree.children[0].label == "R a.r fd 3 tag=x  IN+ERR+HUP+ET"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["epoll", "select", "poll"]))
def test_counting_agrees_with_running_and_conserves(seed, mechanism):
    drawn = scenario(seed, 60, mechanism, listeners=True)
    each = MultiplexConfig(mechanism, "slot", 3, parse("\n".join(drawn["ops"])))
    whole = run(each)
    assert count(each) == whole.metrics
    waits = [step for step in whole.steps if step.action == "wait"]
    assert whole.metrics["events"] == sum(len(step.result["events"]) for step in waits)
    for step in waits:
        if mechanism == "epoll":
            assert step.result["returned"] in (-1, len(step.result["events"]))
            assert len(step.result["events"]) <= max(step.given["max"], 0)
            assert len(set(step.result["events"])) == len(step.result["events"])


def test_a_wait_that_never_returns_is_an_error():
    with pytest.raises(
        InputError, match=r"operation 3 \(wait e timeout=-1\): this wait would never"
    ):
        run(config("pipe a; epoll e; wait e timeout=-1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pipe a; pipe a", "operation 2 (pipe a): there is something named a already"),
        ("pipe a; close a", "there is no a; there are a.r and a.w"),
        ("pipe a; connect a.r", "a.r is no listening socket"),
        ("pipe a; accept a.r", "a.r is no listening socket"),
        ("listen l; shutdown l both", "not modelled"),
    ],
)
def test_what_makes_no_sense_names_the_operation(text, message):
    with pytest.raises(InputError) as error:
        run(config(text))
    assert message in str(error.value)


def test_the_command_shows_a_run_and_its_json(oslab):
    shown = oslab("multiplex", "run", "--ops", EDGE)
    assert shown.code == 0
    assert "epoll_wait returns 1: a.r:IN." in shown.out
    document = json.loads(oslab("multiplex", "run", "--ops", EDGE, "--json").out)
    assert document["metrics"]["stuck_bytes"] == 3
    assert document["steps"][4]["result"]["events"] == ["a.r:IN"]
    failed = oslab("multiplex", "run", "--ops", "pipe a; epoll e; ctl e mod a.r in", "--json")
    last = json.loads(failed.out)["steps"][-1]
    assert (last["action"], last["result"]["returned"], last["result"]["errno"]) == (
        "mod",
        -1,
        "ENOENT",
    )


def test_the_command_reads_a_file_and_names_its_line(oslab, tmp_path):
    script = tmp_path / "edge.mux"
    script.write_text("pipe a\n\nepol e\n", "utf-8")
    refused = oslab("multiplex", "run", str(script))
    assert refused.code == 2
    assert f'{script}, line 3: "epol" is no operation' in refused.err
    script.write_text(EDGE.replace("; ", "\n"), "utf-8")
    assert oslab("multiplex", "run", str(script)).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "a script is expected"),
        (("--ops", " ; # nothing"), "the script is empty"),
        (("--ops", "pipe a", "--mechanism", "kqueue"), "epoll, select, poll"),
        (("--ops", "pipe a", "--pipe-wake", "x"), "slot, was-full"),
        (("--ops", "pipe a", "--first-fd", "-1"), "0 or more"),
        (("--ops", "pipe a", "--first-fd", "9999999"), "from 0 to 1000000"),
        (("--ops", "close a\n" * 10_001, "--steps"), "at most 10000"),
    ],
)
def test_bad_input_is_one_sentence(oslab, arguments, message):
    refused = oslab("multiplex", "run", *arguments)
    assert refused.code == 2
    assert message in refused.err
    assert refused.err.count("\n") == 1


def test_a_long_script_is_counted(oslab):
    text = "pipe a\n" + "write a 1\nread a 1\n" * 600
    shown = oslab("multiplex", "run", "--ops", text, "--json")
    document = json.loads(shown.out)
    assert document["metrics"]["syscalls"] == 1201
    assert not document.get("steps")


EVERYTHING = """
unix s; eventfd v 1; listen l; file f; epoll x size=0; epoll e; epoll o
ctl e add f in; ctl e add s.a in,rdhup; ctl e add s.a in; ctl e mod v in; ctl e del v
ctl e add v in,oneshot tag=t; ctl o add e in,et; ctl e add o in; ctl e add l in,et
wait e max=1; wait o; wait e max=0; write s.b 3; read s.a; read s.a; connect l 2; wait e
accept l; accept l c; accept l d; dup v w; dup d g; close d; shutdown s.b write; shutdown v both; write f 1
close s.b; read s.a; read s.a 1; ctl d add v in; ctl e mod d in; ctl e del d; ctl e mod f in; ctl e del f
ctl v mod l in; ctl v del l; ctl e mod v in; wait e; wait d; read l; close e; close o; connect d
"""
CLOSED = "pipe a; epoll e; ctl e add a.r in,et; wait e; write a 1; wait e; close a.r; wait e"


@pytest.mark.parametrize(
    ("mechanism", "script"), [("epoll", EVERYTHING), ("select", CLOSED), ("poll", CLOSED)]
)
def test_every_step_is_told_and_asked_about_in_both_languages(oslab, mechanism, script):
    words = words_for("multiplex")
    for step in run(config(script, mechanism)).steps:
        assert words.tell(step.action, {**step.given, **step.result}), step
    for language in ("en", "zh"):
        shown = oslab(
            "--lang", language, "multiplex", "run", "--mechanism", mechanism, "--ops", script
        )
        assert shown.code == 0, shown.err
        assert "$" not in shown.out


def test_predicting_asks_what_a_wait_returns(oslab, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("A.R:epollin\n-\na.r:OUT\n"))
    shown = oslab("multiplex", "run", "--ops", EDGE, "--predict")
    assert shown.code == 1
    assert "2 of 3 right" in shown.out


def test_an_operation_that_makes_no_sense_is_named_by_file_and_line(oslab, tmp_path):
    file = tmp_path / "script"
    file.write_text("pipe a; epoll e\n\n# nobody made b\nclose b\n")
    said = oslab("multiplex", "run", str(file))
    assert said.code == 2
    assert f"{file}, line 4: operation 3 (close b): there is no b" in said.err
