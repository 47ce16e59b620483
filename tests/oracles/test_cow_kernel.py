"""Copy-on-write against the kernel itself: the same scripts by real processes, fault for fault.

Compared after each operation: how often the operation faulted (ru_minflt), which pages are present,
which processes share which frame (pagemap; the frame's number needs root, otherwise its bit "mapped
by nobody else" stands in).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from oslab import Grid
from oslab_cow.machine import Region
from oslab_cow.operations import parse_operation
from oslab_cow.simulate import CowConfig, run

LAB = Path(__file__).with_name("cow_lab.py")
UNIT = 64
NAMES = "CDEFG"

Script: TypeAlias = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not os.access("/proc/self/pagemap", os.R_OK),
    reason="a Linux kernel with /proc/self/pagemap is needed",
)


def script(seed: int) -> Script:
    """Forks, accesses and exits at random, of up to six processes."""
    rng = random.Random(seed)
    pages = rng.randint(1, 4)
    living, unborn = ["P"], list(NAMES)
    operations: list[list[Any]] = []
    for _ in range(rng.randint(4, 14)):
        verb = rng.choice(["fork", "write", "write", "write", "read", "exit"])
        if verb == "fork" and unborn:
            operations.append(["fork", rng.choice(living), unborn[0]])
            living.append(unborn.pop(0))
        elif verb == "exit" and len(living) > 1:
            operations.append(["exit", living.pop(rng.randrange(len(living)))])
        elif verb in ("read", "write"):
            operations.append([verb, rng.choice(living), rng.randrange(pages)])
    kinds = [rng.choice(["private", "private", "file-private"]) for _ in range(pages)]
    return {"kinds": kinds, "touched": rng.random() < 0.6, "operations": operations}


def simulated(script: Script) -> list[tuple[int | None, dict[str, list[str]]]]:
    """Of each operation its faults and the entries of each living process, as `run` draws them."""
    ops = tuple(parse_operation(" ".join(map(str, words))) for words in script["operations"])
    start = "present" if script["touched"] else "untouched"
    regions = tuple(Region(kind, 1) for kind in script["kinds"])
    found = []
    for step in run(CowConfig("P", regions, start, (), 4096, ops)).steps:
        drawn = step.state["ptes"]
        assert isinstance(drawn, Grid)
        columns = list(zip(*drawn.rows, strict=True))[1:]
        ptes = dict(zip(drawn.columns[1:], columns, strict=True))
        fault = step.result.get("fault")
        found.append((fault, {name: list(map(str, column)) for name, column in ptes.items()}))
    return found


def frames(maps: dict[str, list[str]]) -> dict[tuple[str, int], str]:
    """The frame of each present page, without its rights."""
    return {
        (name, page): entry.split()[0]
        for name, entries in maps.items()
        for page, entry in enumerate(entries)
        if entry != "-"
    }


def compare(script: Script, observed: list[dict[str, Any]]) -> None:
    assert len(observed) == len(script["operations"])
    for n, ((fault, ptes), seen) in enumerate(
        zip(simulated(script), observed, strict=True), start=1
    ):
        where = f"operation {n} of {json.dumps(script)}"
        if fault is not None:
            # The interpreter's own faults are a few, a unit's are 64.
            assert 0 <= seen["delta"] - UNIT * fault < UNIT // 2, where
        ours = frames(ptes)
        theirs = {
            (name, page): entry
            for name, entries in seen["maps"].items()
            for page, entry in enumerate(entries)
            if entry != "absent"
        }
        assert ours.keys() == theirs.keys(), where
        for key, frame in ours.items():
            alone = theirs[key][0]
            if alone is not None and frame != "zero":
                assert alone == (list(ours.values()).count(frame) == 1), (where, key)
        if any(entry[1] for entry in theirs.values()):
            pairs = {(ours[key], theirs[key][1]) for key in ours}
            assert len(pairs) == len(set(ours.values())), where
            assert len(pairs) == len({frame for _, frame in pairs}), where


def play(scripts: list[Script]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, str(LAB)],
        input=json.dumps(scripts),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return result


@pytest.mark.slow
def test_random_process_trees_fault_and_share_as_on_the_kernel() -> None:
    scripts = [script(seed) for seed in range(120)]
    for each, observed in zip(scripts, play(scripts), strict=True):
        compare(each, observed)


def test_reading_maps_the_zero_page_and_writing_later_faults_again() -> None:
    each = {
        "kinds": ["private"],
        "touched": False,
        "operations": [["read", "P", 0], ["write", "P", 0]],
    }
    compare(each, play([each])[0])


def test_the_last_owner_faults_but_keeps_the_frame() -> None:
    operations = [["fork", "P", "C"], ["exit", "C"], ["write", "P", 0], ["write", "P", 0]]
    each = {"kinds": ["private"], "touched": True, "operations": operations}
    [observed] = play([each])
    compare(each, observed)
    assert [round(seen["delta"] / UNIT) for seen in observed[2:]] == [1, 0]


def test_the_comparison_notices_a_wrong_model() -> None:
    """Were the other side made writable too, its own write would not fault: the kernel's does."""
    operations = [["fork", "P", "C"], ["write", "C", 0], ["write", "P", 0]]
    each = {"kinds": ["private"], "touched": True, "operations": operations}
    [observed] = play([each])
    observed[2]["delta"] -= UNIT
    with pytest.raises(AssertionError, match="operation 3"):
        compare(each, observed)
