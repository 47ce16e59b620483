"""What crossings cost, and what read(2) does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_modes import cost, readpath, simulate
from oslab_modes.machine import Processor
from oslab_modes.operations import op
from oslab_modes.ports import NO_MAP


def cost_of(calls, batch, enter=50, leave=40, work=200, user=0, vdso=None):
    times = (Fraction(t) for t in (enter, leave, work, user))
    vdso = None if vdso is None else Fraction(vdso)
    return cost.run(cost.CostConfig(calls, batch, *times, vdso))


def test_batches_by_hand():
    found = cost_of(1000, 32, user=10, vdso=25).metrics
    assert found["mode_switches"] == {"one_by_one": 2000, "batched": 64, "vdso": 0}
    assert found["time_ns"] == {
        "one_by_one": 1000 * 300,
        "batched": 32 * 90 + 1000 * 210,
        "vdso": 1000 * 35,
    }
    assert found["saved_ns"] == 968 * 90


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 90), st.integers(0, 90))
def test_the_costs_are_those_of_the_machine(calls, batch, enter, leave):
    """The same work as a script: a call for each batch, the work of all its pieces in it."""
    found = cost_of(calls, batch, enter, leave, work=7).metrics
    for name, size in (("one_by_one", 1), ("batched", batch)):
        pieces = [min(size, calls - start) for start in range(0, calls, size)]
        ops = tuple(op("syscall", "send", time_ns=Fraction(7 * n)) for n in pieces)
        processor = Processor("linux64", 0xC0000000, 3, 0, NO_MAP, False, False)
        times = [Fraction(t) for t in (0, enter, leave, 0, 0, 0)]
        counted = simulate.count(simulate.RunConfig(processor, ops, *times))
        assert counted["mode_switches"] == found["mode_switches"][name]
        assert counted["kernel_time_ns"] == found["time_ns"][name]


def test_nothing_is_saved_where_nothing_costs():
    found = cost_of(5, 2, 0, 0, 0)
    [saved] = [step for step in found.steps if step.action == "saved"]
    assert saved.result["speedup"] is None
    assert found.metrics["saved_ns"] == 0


@pytest.mark.parametrize(
    "make", [lambda: cost_of(0, 1), lambda: cost_of(1, 0), lambda: cost_of(1, 1, -1)]
)
def test_costs_that_cannot_be(make):
    with pytest.raises(InputError):
        make()


def read(cache="miss", direct=False, offset=0, length=4096, meanwhile="idle"):
    return readpath.run(readpath.ReadConfig(cache, direct, offset, length, 4096, meanwhile))


STATES = [("hit", False), ("miss", False), ("reading", False), ("hit", True), ("miss", True)]


@pytest.mark.parametrize(
    ("state", "figures"),
    [
        (("hit", False), (0, 1000, 0)),
        # The bytes 3500 to 4499 lie in two pages.
        (("miss", False), (2, 1000, 8192)),
        (("reading", False), (2, 1000, 0)),
    ],
)
def test_a_read_by_hand(state, figures):
    found = read(*state, offset=3500, length=1000).metrics
    assert found["mode_switches"] == 2
    assert (found["context_switches"], found["cpu_copied_bytes"], found["dma_bytes"]) == figures


def test_o_direct_asks_the_disk_for_what_is_wanted_and_copies_nothing():
    for cache in ("hit", "miss"):
        found = read(cache, True, 512, 1024).metrics
        assert (found["cpu_copied_bytes"], found["dma_bytes"]) == (0, 1024)


@pytest.mark.parametrize("state", STATES)
def test_steps_come_in_an_order_that_can_be(state):
    names = [step.action for step in read(*state).steps]
    assert (names[0], names[-1]) == ("enter", "leave")
    assert ("sleep" in names) == ("irq-comes" in names) == ("wake" in names) == ("resume" in names)
    # Data comes to the program once, and never before the disk has written it.
    assert ("copy" in names) != ("dma-user" in names)
    for before, after in (
        ("submit", "sleep"), ("sleep", "dma-cache"), ("dma-cache", "irq-comes"), ("wake", "resume"),
        ("dma-cache", "copy"), ("pin", "dma-user"), ("allocate", "submit"), ("resume", "copy"),
    ):  # fmt: skip
        if before in names and after in names:
            assert names.index(before) < names.index(after)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_pages_touched_are_those_with_a_byte_in_them(offset, length):
    config = readpath.ReadConfig("miss", False, offset, length, 4096, "task")
    pages = {byte // 4096 for byte in (*range(offset, offset + length, 4096), offset + length - 1)}
    assert config.pages == len(pages)


@pytest.mark.parametrize(
    "make", [lambda: read(length=0), lambda: read(direct=True, offset=100), lambda: read(offset=-1)]
)
def test_reads_that_cannot_be(make):
    with pytest.raises(InputError):
        make()
