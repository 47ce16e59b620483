"""Exercises on schedules: keys and mistakes worked out by hand, follow-through."""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_reactor.capacity import CapacityConfig
from oslab_reactor.problems.block import Block
from oslab_reactor.problems.capacity import Capacity
from oslab_reactor.problems.failure import Failure as FailureProblem
from oslab_reactor.problems.gantt import Gantt
from oslab_reactor.problems.latency import Latency
from oslab_reactor.requests import Failure, Request
from oslab_reactor.script import ScriptConfig, Slow
from oslab_reactor.shape import read_label

THREE = ((0, 0, 1, 4, 1), (1, 1, 1, 2, 1), (2, 2, 1, 1, 1))


def config(label, requests=THREE, accept=0, cores=None, slow=None, failure=None):
    built = tuple(Request(c, *map(Fraction, times)) for c, *times in requests)
    return ScriptConfig(read_label(label, cores), Fraction(accept), built, slow, failure)


def key(problem, params):
    return problem.solve(params, problem.run(params))


def gives(problem, name, params):
    return type(problem).mistakes()[name](problem, params)


def stages(answers):
    return [f"{r['thread']} {r['start']}-{r['end']}" for r in answers["stages"]]


def test_the_stages_of_three_requests_on_one_thread():
    assert stages(key(Gantt(), config("single", accept=1))) == [
        f"reactor {when}"
        for when in ("0-1", "1-2", "2-6", "6-7", "7-8", "9-10", "10-12", "12-13", "8-9", "13-14", "14-15", "15-16")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "cores", "name", "rows"),
    [
        ("single", None, "preempts", ["reactor 0-1", "reactor 1-5", "reactor 7-8", "reactor 5-6"]),
        ("single", None, "nobody-waits", ["reactor 0-1", "reactor 1-5", "reactor 5-6", "reactor 1-2"]),
        ("pool/1", None, "worker-writes", ["reactor 0-1", "worker0 1-5", "worker0 5-6", "reactor 1-2", "worker0 6-8"]),
        ("pool/2", None, "workers-in-turn", ["reactor 0-1", "worker0 1-5", "reactor 5-6", "reactor 1-2", "worker1 2-4",
                                             "reactor 4-5", "reactor 2-3", "worker0 5-6", "reactor 6-7"]),
        ("multi/2", None, "any-idle-sub", ["sub0 0-1", "sub0 1-5", "sub0 5-6", "sub1 1-2", "sub1 2-4", "sub1 4-5",
                                           "sub1 5-6"]),
        ("pool/2", 1, "cores-ignored", ["reactor 0-1", "worker0 1-5", "reactor 5-6", "reactor 1-2", "worker1 2-4"]),
    ],
)  # fmt: skip
def test_wrong_stages_are_those_of_a_misunderstanding(label, cores, name, rows):
    assert stages(gives(Gantt(), name, config(label, cores=cores)))[: len(rows)] == rows


def test_mistakes_that_cannot_happen_are_not_modelled():
    given = {n for n, m in Gantt.mistakes().items() if m(Gantt(), config("thread-per-connection"))}
    assert given == {"preempts"}


@pytest.mark.parametrize(
    "name", ["gantt", "gantt-accept", "gantt-pool", "gantt-multi", "gantt-cores", "gantt-proactor"]
)
def test_right_rows_follow_from_right_rows(name):
    found = exercise(f"reactor/{name}")
    for seed in range(6):
        variant = draw(found, seed_code(seed))
        rows = variant.key["stages"]
        for n, row in enumerate(rows):
            assert found.problem.follow(variant.params, "stages", rows[:n]) == row


def test_a_row_follows_from_a_students_own():
    problem, p = Gantt(), config("pool/2")
    rows = list(key(problem, p)["stages"])
    # With the compute of 1 ending at 9, the write of 1 begins then, and nothing else moves.
    slipped = [rows[0], {"thread": "worker0", "start": Fraction(1), "end": Fraction(9)}]
    assert problem.follow(p, "stages", slipped) == {"thread": "reactor", "start": 9, "end": 10}
    # Request 2 with worker0, too: the lowest idle worker is then worker1.
    took = [*rows[:4], {"thread": "worker0", "start": Fraction(2), "end": Fraction(4)}, *rows[5:7]]
    assert problem.follow(p, "stages", took)["thread"] == "worker1"


def test_latencies_by_hand():
    answers = key(Latency(), config("single"))
    assert [(r["end"], r["latency"]) for r in answers["requests"]] == [(6, 6), (10, 9), (13, 11)]
    assert (answers["mean"], answers["median"]) == (Fraction(26, 3), 9)


@pytest.mark.parametrize(
    ("name", "label", "accept", "cores", "rows"),
    [
        ("service-only", "single", 0, None, [(6, 6), (10, 4), (13, 3)]),
        ("finish-as-latency", "single", 0, None, [(6, 6), (10, 10), (13, 13)]),
        ("accept-ignored", "single", 1, None, [(6, 6), (10, 9), (13, 11)]),
        ("cores-ignored", "thread-per-connection", 0, 1, [(6, 6), (5, 4), (5, 3)]),
    ],
)
def test_wrong_latencies_are_those_of_a_misunderstanding(name, label, accept, cores, rows):
    answers = gives(Latency(), name, config(label, accept=accept, cores=cores))
    assert [(r["end"], r["latency"]) for r in answers["requests"]] == rows


FIVE = tuple((n, 4 * n, 1, 2, 1) for n in range(5))


def test_the_effect_of_a_slow_request():
    p = config("single", [*FIVE, (5, 25, 1, 1, 1)], slow=Slow(2, Fraction(6)))
    answers = key(Block(), p)
    assert [(r["end"], r["added"]) for r in answers["requests"]] == [
        (4, 0), (12, 4), (16, 4), (20, 4), (24, 4), (28, 0),
    ]  # fmt: skip
    assert answers["delayed"] == 4


@pytest.mark.parametrize(
    ("name", "label", "added"),
    [
        ("own-request-only", "single", [0, 4, 0, 0, 0, 0]),
        ("delay-once", "single", [0, 4, 4, 0, 0, 0]),
        ("gaps-ignored", "single", [0, 4, 4, 4, 4, 4]),
        ("pool-stalls", "pool/2", [0, 4, 4, 4, 4, 4]),
        ("all-subs-stall", "multi/2", [0, 4, 4, 4, 4, 4]),
    ],
)
def test_wrong_effects_are_those_of_a_misunderstanding(name, label, added):
    p = config(label, [*FIVE, (5, 25, 1, 1, 1)], slow=Slow(2, Fraction(6)))
    answers = gives(Block(), name, p)
    assert [r["added"] for r in answers["requests"]] == added
    assert answers["delayed"] == sum(a > 0 for a in added)


def fates(answers):
    return " ".join(
        f"{r['fate'][0]}{'' if r['end'] is None else r['end']}" for r in answers["requests"]
    )


def test_what_a_dead_worker_takes_along():
    p = config(
        "pool/2",
        [(n, 2 * n, 1, 5, 1) for n in range(4)],
        failure=Failure("worker0", "dies", Fraction(3), None),
    )
    # Without: 7, 9, 12, 14. worker1 has 2 until 8, then 3 and 4.
    assert fates(key(FailureProblem(), p)) == "l u9 d14 d19"
    assert fates(gives(FailureProblem(), "only-in-hand", p)) == "l u9 u12 u14"
    assert fates(gives(FailureProblem(), "all-lost", p)) == "l l l l"
    assert fates(gives(FailureProblem(), "handed-over", p)) == "d9 d14 d19 d24"
    assert gives(FailureProblem(), "any-idle-sub", p) is None


def test_what_a_dead_reactor_leaves_to_its_successor():
    p = config(
        "pool/2",
        [(n, 2 * n, 1, 5, 1) for n in range(3)],
        failure=Failure("reactor", "dies", Fraction(13, 2), Fraction(5)),
    )
    # 1 is being written; 2 is ready at 8, 3 at 11; the new reactor comes at 11.5.
    assert fates(key(FailureProblem(), p)) == "l d25/2 d27/2"
    assert fates(gives(FailureProblem(), "never-replaced", p)) == "l l l"
    # worker0 writes 1 from 6 to 7, and only then computes 3.
    assert fates(gives(FailureProblem(), "workers-answer", p)) == "u7 u9 d13"
    assert gives(FailureProblem(), "all-lost", p) is None


def test_a_looping_sub_reactor_keeps_its_connections():
    p = config(
        "multi/2",
        [(n, n, 1, 1, 1) for n in range(4)],
        failure=Failure("sub0", "loops", Fraction(3, 2), None),
    )
    assert fates(key(FailureProblem(), p)) == "l u4 l u7"
    assert fates(gives(FailureProblem(), "any-idle-sub", p)) == "l u4 d7 d10"
    assert fates(gives(FailureProblem(), "replaced-at-once", p)) == "l u4 u5 u7"


def asked(label, cores=None, each=10):
    return CapacityConfig(
        read_label(label, cores), 100, each, *map(Fraction, (100_000, 10_000, 60_000, 20_000))
    )


def test_capacity_is_the_least_rate():
    answers = key(Capacity(), asked("pool/2"))
    assert [r["rate"] for r in answers["stations"]] == [25_000, Fraction(100_000, 3)]
    assert answers["server"] == ({"rate": 25_000, "bottleneck": "reactor"},)


@pytest.mark.parametrize(
    ("name", "label", "cores", "rate", "place"),
    [
        ("rates-added", "pool/1", None, 25_000 + Fraction(50_000, 3), "workers"),
        ("cores-ignored", "pool/8", 1, 25_000, "reactor"),
        ("workers-do-io", "pool/2", None, Fraction(200_000, 9), "workers"),
        ("accept-per-request", "pool/2", None, Fraction(100_000, 13), "reactor"),
        ("one-sub-reactor", "multi/3", None, Fraction(100_000, 9), "subreactors"),
        ("workers-counted-once", "pool/2", None, Fraction(50_000, 3), "workers"),
    ],
)
def test_wrong_capacities_are_those_of_a_misunderstanding(name, label, cores, rate, place):
    answers = gives(Capacity(), name, asked(label, cores))
    assert answers["server"] == ({"rate": rate, "bottleneck": place},)
