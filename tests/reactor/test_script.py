"""reactor script: what becomes of each request, and how it is shown and asked."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from oslab import InputError, Lanes
from oslab_reactor.requests import Failure, Request
from oslab_reactor.script import ScriptConfig, Slow, run
from oslab_reactor.shape import read_label

THREE = "0 1us 4us 1us; 1us 1us 2us 1us; 2us 1us 1us 1us"


def config(label, requests, accept=0, cores=None, slow=None, failure=None):
    built = tuple(Request(c, *map(Fraction, times)) for c, *times in requests)
    return ScriptConfig(read_label(label, cores), Fraction(accept), built, slow, failure)


def effects(found):
    return [(s.result["fate"], s.result["end_ns"]) for s in found.steps if s.action == "effect"]


FOUR = [(n, n, 1, 3, 1) for n in range(4)]


def test_a_slow_request_delays_those_behind_it():
    found = run(config("single", FOUR, slow=Slow(2, Fraction(10))))
    assert effects(found) == [("untouched", 5), ("delayed", 17), ("delayed", 22), ("delayed", 27)]
    assert (found.metrics["delayed"], found.metrics["untouched"], found.metrics["lost"]) == (
        3,
        1,
        0,
    )


def test_a_slow_request_occupies_one_worker():
    # The other worker does the rest: 3 and 4 wait for it, one after the other.
    found = run(config("pool/2", FOUR, slow=Slow(1, Fraction(20))))
    assert effects(found) == [("delayed", 22), ("untouched", 6), ("delayed", 9), ("delayed", 12)]


def test_a_lost_request_may_be_to_the_good_of_others():
    found = run(
        config("single", FOUR, failure=Failure("reactor", "dies", Fraction(2), Fraction(1)))
    )
    assert effects(found) == [
        ("lost", None),
        ("untouched", 8),
        ("untouched", 13),
        ("untouched", 18),
    ]
    told = [s.result["earlier"] for s in found.steps if s.action == "effect"]
    assert told == [None, "2 ns", "2 ns", "2 ns"]


def test_time_lines_are_exact():
    found = run(config("pool/1", [(0, 0, 1, 2, 1), (1, 0, 1, 2, 1)], cores=1))
    drawn = found.steps[-1].state
    assert drawn["threads"] == Lanes({
        "reactor": ((0, 1, "r1"), (1, 2, "r2"), (6, 7, "w1"), (7, 8, "w2")),
        "worker0": ((2, 4, "c1"), (4, 6, "c2")),
    })  # fmt: skip
    assert [len(bars) for bars in drawn["cores"].lanes.values()] == [6]


def test_the_kernel_has_as_many_lines_as_it_needs():
    drawn = run(config("proactor/1", [(0, 0, 2, 1, 1), (1, 1, 2, 1, 1)])).steps[-1].state["threads"]
    assert list(drawn.lanes) == ["worker0", "kernel/0", "kernel/1"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"slow": Slow(5, Fraction(1))}, "no request 5"),
        ({"slow": Slow(1, Fraction(-1))}, "less than no time"),
        ({"accept": -1}, "less than no time"),
        ({"requests": []}, "1 to 1000 requests"),
        ({"requests": [(0, 0, 0, 0, 0)]}, "at least one of its stages"),
        ({"requests": [(0, -1, 1, 0, 0)]}, "below 0"),
        ({"failure": Failure("reactor", "loops", Fraction(1), Fraction(1))}, "nobody notices"),
        ({"failure": Failure("reactor", "dies", Fraction(-1), None)}, "before time 0"),
    ],
)
def test_scripts_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        config("single", **{"requests": FOUR, **changed})


def test_the_command_shows_who_did_what(oslab):
    said = oslab("reactor", "script", "pool", "--requests", THREE)
    assert said.code == 0, said.err
    assert "worker1 computes request 2 from 2 us to 4 us." in said.out
    assert "[c1====" in said.out
    told = oslab("--lang", "zh", "reactor", "script", "pool", "--requests", THREE)
    assert "worker1 计算请求 2：2 us 到 4 us。" in told.out


def test_requests_may_come_from_a_file(oslab, tmp_path):
    file = tmp_path / "requests.txt"
    file.write_text("# two on one connection\n0 1us 4us 1us 7\n2us 1us 1us 1us 7\n")
    said = json.loads(oslab("reactor", "script", "single", str(file), "--json").out)
    assert [r["connection"] for r in said["config"]["requests"]] == [7, 7]
    same = oslab("reactor", "script", "--preset", "nginx", str(file))
    assert same.code == 0, same.err


def test_predictions_are_asked_and_judged(oslab, monkeypatch):
    import io
    import sys

    answers = ["reactor", "0", "reactor", "1us", "reactor", "3us", "4us"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    said = oslab("reactor", "script", "single", "--requests", "0 1us 2us 1us", "--predict")
    assert said.code == 0, said.out + said.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "requests are expected"),
        (("--requests", "0 1us"), "--requests, request 1: \"0 1us\" is no request"),
        (("--requests", "0 1 1 1; 0 1 1 soon"), "request 2"),
        (("--requests", "0 1 1 1 c"), "connection"),
        (("--requests", "0 1 1 1", "--slow", "1"), "a request and a time are expected"),
        (("--requests", "0 1 1 1", "--fail", "reactor 3"), "a thread, dies or loops"),
        (("--requests", "0 1 1 1", "--fail", "reactor sleeps 3"), "--fail \"sleeps\" is not one of dies, loops"),
        (("--requests", "0 1 1 1", "--fail", "worker0 dies 3"), "there are: reactor"),
        (("nothing.txt",), "cannot read \"nothing.txt\""),
    ],
)  # fmt: skip
def test_bad_scripts_are_told_in_a_sentence(oslab, options, message):
    said = oslab("reactor", "script", "single", *options)
    assert said.code == 2
    assert message in said.err


@pytest.mark.parametrize(
    ("bad", "why"), [("0 1us -1us 1us", "no time is below 0"), ("2us 0 0 0", "takes time")]
)
def test_a_bad_line_of_a_file_is_named(oslab, tmp_path, bad, why):
    file = tmp_path / "requests"
    file.write_text(f"0 1us 1us 1us\n# the next one is bad\n{bad}\n")
    said = oslab("reactor", "script", "single", str(file))
    assert said.code == 2
    assert f"{file}, line 3: " in said.err
    assert why in said.err
