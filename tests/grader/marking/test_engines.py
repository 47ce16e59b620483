"""Marking many: limits, order, and that whatever one upload does costs that upload only."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.marking import local
from oslab_grader.marking.child import Child
from oslab_grader.marking.cluster import mark_all_on_dask
from oslab_grader.marking.local import feedback_all, mark_all
from oslab_grader.marking.mark import feedback_of, mark_task
from oslab_grader.marking.result import Task

FIFO, AMAT = "paging/replace-fifo", "cache/amat"

# A stranger's plugin whose answer type does as the answer says.
STRANGER = """
import ctypes, dataclasses, os, sys, time
from oslab import Choose, Int, Problem, Run, Step, hookimpl, mistake
from oslab.hookspecs import Exercises, ProblemType
from importlib.resources import files

@hookimpl
def oslab_problems():
    yield ProblemType("wild.ask", "oslab_wild:Ask")

@hookimpl
def oslab_exercises():
    yield Exercises(files("oslab_wild") / "exercises")

class Wild(Int):
    kind = "int"
    def read(self, value, words=None):
        do = str(value)
        if do == "hang":
            time.sleep(60)
        elif do == "exit":
            os._exit(3)
        elif do == "crash":
            ctypes.string_at(0)
        elif do == "eat":
            held = [bytes(2**24) for _ in range(2**10)]
        elif do == "kill":
            os.kill(os.getpid(), 9)
        elif do == "print":
            print('{"mark": {}}'); sys.stdout.flush(); os.write(1, b"stray\\n"); sys.stdin.read()
            return 7
        elif do == "raise":
            raise RuntimeError("its own fault")
        elif do == "stop":
            raise KeyboardInterrupt
        return super().read(value)

@dataclasses.dataclass(frozen=True)
class Params:
    n: int

@dataclasses.dataclass(frozen=True)
class Space:
    n: Choose[int]

class Ask(Problem[Params, Space]):
    params, space = Params, Space
    answers = {"n": Wild(), "m": Int()}
    def draw(self, rng, space):
        return Params(space.n.pick(rng))
    def present(self, p):
        return {}
    def run(self, p):
        return Run(command="wild.ask", config=p, steps=(Step(action="op"),))
    def solve(self, p, run):
        return {"n": 7, "m": p.n}
    @mistake("slow")
    def slow(self, p):
        return {"m": p.n + 1}
    @mistake("slower")
    def slower(self, p):
        return {"m": p.n + 2}
"""
EXERCISE = """
problem = "wild.ask"
difficulty = 1
title = { en = "Wild", zh = "野" }
objective = { en = "Wild", zh = "野" }
statement = { en = "Wild", zh = "野" }
space = { n = "20..90" }
answer = [{ name = "n", points = 1 }, { name = "m", points = 2 }]
"""
WORDS = """
[answers]
"ask.n" = { en = "n", zh = "n" }
"ask.m" = { en = "m", zh = "m" }
[mistakes]
"ask.slow" = { en = "slow", zh = "slow" }
"ask.slower" = { en = "slower", zh = "slower" }
"""


@pytest.fixture
def wild(third_party: Callable[..., Path], handout: Callable[..., Any]) -> Any:
    third_party(
        "wild", {"__init__.py": STRANGER, "exercises/ask.toml": EXERCISE, "words.toml": WORDS}
    )
    return handout("wild/ask", FIFO)


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(seconds=1.5, megabytes=512)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("hang", "did not finish within 1.5 s"),
        ("exit", "ended with exit code 3"),
        ("crash", "ended with signal 11"),
        ("kill", "ended with signal 9"),
        ("eat", "needed more than 512 MiB"),
        ("stop", "ended with signal 2"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell ends in other words")
def test_what_a_checker_does_costs_one_upload(
    wild: Any, child: Child, does: str, reason: str
) -> None:
    bad = child.mark(wild.task(wild.text(q1={"n": does})))
    assert (bad["refused"], bad["reason"], bad["owner"]) == ("stopped", reason, "s1")
    good = wild.task(wild.text())
    assert child.mark(good) == mark_task(good)


def test_a_checker_that_prints_and_reads_disturbs_nothing(wild: Any, child: Child) -> None:
    task = wild.task(wild.text(q1={"n": "print"}))
    first, second = child.mark(task)["questions"]
    assert first["earned"] == first["points"] == "3"
    assert second["earned"] == second["points"]
    assert child.mark(task)["refused"] == ""


def test_a_checker_that_raises_costs_its_question(wild: Any, child: Child) -> None:
    first, second = child.mark(wild.task(wild.text(q1={"n": "raise"})))["questions"]
    assert first["fault"] == "q1: plugin wild (oslab-wild 1.0): RuntimeError: its own fault"
    assert second["earned"] == second["points"]


def test_a_child_is_used_again(wild: Any, child: Child) -> None:
    task = wild.task(wild.text())
    child.mark(task)
    process = child._process
    child.mark(task)
    assert child._process is process


def test_a_damaged_upload_stops_that_upload(wild: Any, child: Child) -> None:
    task = wild.task(wild.text())
    Path(task["sheet"]).write_bytes(b"torn")
    result = child.mark(task)
    assert result["refused"] == "stopped"
    assert "is damaged; grade the files it came in again" in result["reason"]


def test_no_module_of_the_folder_is_taken_for_pythons(
    wild: Any, child: Child, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not Python's')")
    monkeypatch.chdir(tmp_path)
    assert child.mark(wild.task(wild.text()))["refused"] == ""


def test_a_closed_child_does_not_start_again(child: Child) -> None:
    child.close()
    with pytest.raises(InputError, match="stopped"):
        child.ask({})


def tasks_of(hw: Any, count: int) -> list[Task]:
    return [hw.task(hw.text(q2={"faults": str(n)}), file=f"{n}.toml") for n in range(count)]


def test_results_come_in_order_and_as_marked_here(wild: Any) -> None:
    tasks = tasks_of(wild, 12)
    tasks[5] = wild.task(wild.text(q1={"n": "exit"}))
    expected = [mark_task(task) if i != 5 else None for i, task in enumerate(tasks)]
    found = list(mark_all(tasks, workers=2))
    assert found[5]["refused"] == "stopped"
    assert [json.dumps(r) for i, r in enumerate(found) if i != 5] == [
        json.dumps(r) for r in expected if r
    ]


def test_tasks_are_taken_as_they_are_needed(wild: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "WINDOW", 4)
    task = wild.task(wild.text())
    taken = 0

    def endless() -> Iterator[Task]:
        nonlocal taken
        while True:
            taken += 1
            yield task

    results = mark_all(endless(), workers=1)
    for number in range(1, 9):
        next(results)
        assert taken <= number + 4
    results.close()  # type: ignore[attr-defined]


def _children() -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
def test_ctrl_c_at_the_terminal_does_not_reach_a_child_that_still_imports(wild: Any) -> None:
    with closing(Child()) as one:
        one.mark(wild.task(wild.text()))
        assert one._process is not None
        assert os.getpgid(one._process.pid) != os.getpgid(0)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_children_end_with_the_iterator(wild: Any) -> None:
    before = _children()
    hanging = wild.task(wild.text(q1={"n": "hang"}))
    good = wild.task(wild.text())
    results = mark_all([good, *[hanging] * 40], workers=2, seconds=60)
    next(results)
    assert _children() > before
    start = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert _children() <= before
    assert time.monotonic() - start < 30

    def interrupted() -> Iterator[Task]:
        yield good
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(mark_all(interrupted(), workers=2))
    assert _children() <= before


def test_feedback_of_many_is_feedback_of_each(wild: Any) -> None:
    tasks = tasks_of(wild, 4)
    assert list(feedback_all(tasks, "zh", "full", workers=1)) == [
        feedback_of(task, "zh", "full") for task in tasks
    ]


def test_a_cluster_that_is_not_there_is_said_in_one_line(wild: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("oslab_grader.marking.cluster.PATIENCE", 0.5)
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(mark_all_on_dask(tasks_of(wild, 1), "tcp://127.0.0.1:9"))
    with pytest.raises(InputError, match="no Dask scheduler answers at nonsense"):
        list(mark_all_on_dask(tasks_of(wild, 1), "nonsense://"))


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r'pip install "oslab\[dask\]"'):
        list(mark_all_on_dask([], "tcp://127.0.0.1:9"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills a worker by signal")
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(wild: Any) -> None:
    distributed = pytest.importorskip("distributed")
    tasks = tasks_of(wild, 100)
    tasks[17] = wild.task(wild.text(q1={"n": "exit"}))
    tasks[60] = wild.task(b"PK\x03\x04 word/document.xml", file="report.docx")
    Path(tasks[80]["sheet"]).write_bytes(b"torn")
    tasks[90] = {**tasks[90], "alternatives": {"q2": ["accept:lru-for-fifo", "key:ff"]}}
    expected = [json.dumps(result) for result in mark_all(tasks, workers=2)]
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        pids = client.run(os.getpid)
        found = []
        for number, result in enumerate(mark_all_on_dask(tasks, cluster.scheduler_address)):
            found.append(json.dumps(result))
            if number == 10:
                os.kill(next(iter(pids.values())), signal.SIGKILL)
        after = client.run(os.getpid)
    assert found == expected
    assert set(after.values()) != set(pids.values())
