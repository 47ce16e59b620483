"""cow fork: what it costs, against the machine and worked out by hand."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.cli import main
from oslab_cow.forkcost import ForkConfig, run
from oslab_cow.machine import Machine, Region
from oslab_cow.problems.misread import CopiedAtFork

COSTS = (Fraction(50), Fraction(500), Fraction(1000))


def test_a_worked_example():
    found = run(ForkConfig(1000, Fraction(3, 10), 1, *COSTS)).metrics
    assert found["frames"] == {"with_cow": 1300, "without_cow": 2000}
    # 1000 entries; 300 faults with a copy each. 1000 entries and 1000 pages.
    assert found["time_ns"] == {"with_cow": 500_000, "without_cow": 550_000}


def test_dirty_pages_are_rounded_up():
    assert ForkConfig(10, Fraction(1, 1000), 1, *COSTS).dirty == 1
    assert ForkConfig(10, Fraction(0), 1, *COSTS).dirty == 0
    assert ForkConfig(3, Fraction(1, 3), 1, *COSTS).dirty == 1


@given(
    st.integers(1, 12), st.fractions(0, 1), st.integers(1, 4), st.sampled_from([COSTS, (0, 7, 3)])
)
def test_frames_and_faults_are_those_of_the_machine(pages, share, children, costs):
    config = ForkConfig(pages, share, children, *map(Fraction, costs))
    counted = {}
    for kind in (Machine, CopiedAtFork):
        machine = kind("P", [Region("private", pages)])
        faults = 0
        for n in range(children):
            machine.fork("P", f"C{n}")
            faults += sum(machine.write(f"C{n}", page).fault for page in range(config.dirty))
        counted[kind] = (machine.frames_in_use, faults)
    pte, page, fault = costs
    forks = children * pages * pte
    frames, faults = counted[Machine]
    eager_frames, none = counted[CopiedAtFork]
    found = run(config).metrics
    assert none == 0
    assert found["frames"] == {"with_cow": frames, "without_cow": eager_frames}
    assert found["time_ns"] == {
        "with_cow": forks + faults * (fault + page),
        "without_cow": forks + children * pages * page,
    }


@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_at_the_break_even_share_both_take_the_same_time(pages, page, fault):
    config = ForkConfig(pages, Fraction(1), 1, Fraction(0), Fraction(page), Fraction(fault))
    share = run(config).steps[-1].result["share"]
    if share is None:
        assert page == fault == 0
    else:
        assert share * pages * (page + fault) == pages * page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0, Fraction(0), 1, *COSTS), "at least one page"),
        ((1, Fraction(0), 0, *COSTS), "at least one child"),
        ((1, Fraction(3, 2), 1, *COSTS), "not 150 %"),
        ((1, Fraction(1), 1, Fraction(-1), *COSTS[1:]), "less than nothing"),
    ],
)
def test_costs_that_cannot_be_are_refused(values, said):
    with pytest.raises(InputError, match=said):
        ForkConfig(*values)


def test_the_command_gives_frames_and_times(capsys):
    args = ["--pages", "256", "--dirty-fraction", "25 %", "--children", "2", "--fault-time", "2us"]
    with pytest.raises(SystemExit, match="0"):
        main(["cow", "fork", *args, "--json"])
    found = json.loads(capsys.readouterr().out)["metrics"]
    assert set(found) == {"frames", "time_ns"}
    assert found["frames"] == {"with_cow": 256 + 128, "without_cow": 768}
    assert found["time_ns"]["with_cow"] == 2 * 256 * 50 + 128 * 2500
