"""Mistakes are read off a machine's lookups, the key off its steps: the right machine gives the key."""

from __future__ import annotations

from typing import Any

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_tlb.machine import Machine
from oslab_tlb.twolevel import TwoLevelTlb

SEEDS = range(6)
WITH_MACHINE = ["trace", "trace-fifo", "trace-plru", "trace-sets", "protection", "protection-bits"]


@pytest.mark.parametrize("name", WITH_MACHINE)
def test_the_right_machine_gives_the_key(name: str) -> None:
    found = exercise(f"tlb/{name}")
    problem: Any = found.problem
    for seed in SEEDS:
        variant = draw(found, seed_code(seed))
        assert problem._with(Machine(variant.params)) == variant.key


def test_the_right_two_levels_give_the_key() -> None:
    found = exercise("tlb/two-level")
    problem: Any = found.problem
    for seed in SEEDS:
        variant = draw(found, seed_code(seed))
        assert problem._with(variant.params, TwoLevelTlb) == variant.key
