"""Exercises on listings: keys by hand, modelled mistakes, and what is drawn."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.randomness import Generator
from oslab_cow.problems.listings import (
    ProgramShape,
    ValuesShape,
    config_of,
    draw_program,
    draw_values,
)
from oslab_cow.problems.program import Program
from oslab_cow.problems.values import Values
from oslab_cow.tree import run

BRANCH = config_of(
    """int x = 3;
int y = 7;
int main(void)
{
    if (fork() == 0) { x += 5; y -= 1; } else { x -= 1; y += 2; }
    x += 10;
    pause();
}""".splitlines()
)
SHARED = config_of(
    """int x = 3;
int main(void)
{
    int *y = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *y = 5;
    if (fork() == 0) { x += 2; *y += 2; exit(0); }
    wait(NULL);
    x *= 2; *y *= 2;
    pause();
}""".splitlines()
)


def key(problem, params):
    return problem.solve(params, problem.run(params))


def wrong(problem, name, params):
    return problem.mistakes()[name](problem, params)


def values(*rows):
    return {"values": [dict(zip("xy", row, strict=True)) for row in rows]}


def program(source):
    return config_of(source.splitlines())


def test_each_process_has_its_own_variables():
    assert key(Values(), BRANCH) == values((12, 9), (18, 6))


def test_how_variables_are_misread():
    def under(name):
        return wrong(Values(), name, BRANCH)

    # The child ends with x = 18, y = 6, from where the parent goes on.
    assert under("parent-sees-child") == values((27, 8), (18, 6))
    # The parent ends with x = 12, y = 9, from where the child goes on.
    assert under("child-sees-parent") == values((12, 9), (27, 8))
    assert under("child-starts-at-0") == values((12, 9), (15, -1))
    assert under("branches-swapped") == values((18, 6), (12, 9))
    assert under("shared-as-private") is None


def test_a_shared_page_is_one_for_all():
    assert key(Values(), SHARED) == values((6, 14), (5, 7))
    assert wrong(Values(), "shared-as-private", SHARED) == values((6, 10), (5, 7))
    assert wrong(Values(), "parent-sees-child", SHARED) == values((10, 14), (5, 7))


LOOP = program(
    """int x = 1;
int main(void)
{
    printf("%d\\n", x);
    for (int i = 0; i < 3; i++) { fork(); x += 2; }
    printf("%d\\n", x);
}"""
)


def test_the_figures_of_a_loop_of_forks():
    answers = key(Program(), LOOP)
    asked = {name: answers[name] for name in ("processes", "children", "leaves", "lines", "sum")}
    assert asked == {"processes": 8, "children": 3, "leaves": 4, "lines": 9, "sum": 1 + 8 * 7}


def test_how_a_loop_of_forks_is_misread():
    assert wrong(Program(), "forks-times-two", LOOP) == {"processes": 6}
    only = wrong(Program(), "only-parent-forks", LOOP)
    assert (only["processes"], only["lines"]) == (4, 5)
    # Each of the seven children would print the first line once more.
    again = wrong(Program(), "child-restarts-main", LOOP)
    assert (again["processes"], again["lines"], again["sum"]) == (8, 16, 57 + 7)
    assert wrong(Program(), "short-circuit-ignored", LOOP) is None
    assert wrong(Program(), "exit-ignored", LOOP) is None


def test_how_conditions_are_misread():
    listing = program(
        'int x = 1; int main() { if (fork() && fork()) x += 2; else x += 5; printf("%d\\n", x); }'
    )
    answers = key(Program(), listing)
    assert (answers["processes"], answers["sum"]) == (3, 3 + 6 + 6)
    whole = wrong(Program(), "short-circuit-ignored", listing)
    assert (whole["processes"], whole["sum"]) == (4, 3 + 6 + 6 + 6)
    assert wrong(Program(), "branches-swapped", listing)["sum"] == 6 + 3 + 3
    assert wrong(Program(), "both-branches", listing)["sum"] == 3 * 8
    assert wrong(Program(), "else-ignored", listing)["sum"] == 3 + 1 + 1


def test_exit_ignored():
    listing = program(
        'int x; int main() { for (int i = 0; i < 2; i++) { if (fork() == 0) exit(0); } printf("%d\\n", x); }'
    )
    assert key(Program(), listing)["processes"] == 3
    assert wrong(Program(), "exit-ignored", listing)["processes"] == 4


FAULTS = program(
    "int a = 1; int b = 2; int main() { fork(); a++; if (fork() == 0) a++; b++; pause(); }"
)


def test_faults_copies_and_frames_of_a_program():
    answers = key(Program(), FAULTS)
    # a: two processes write after the first fork (one copy); each child writes its own after the second
    # (a fault and a copy each). b: four write, three copies.
    assert [answers[n] for n in ("processes", "faults", "copies", "frames")] == [4, 8, 6, 8]


def test_how_faults_are_misread():
    assert wrong(Program(), "reuse-is-free", FAULTS)["faults"] == 6
    assert wrong(Program(), "last-owner-copies", FAULTS)["copies"] == 8
    assert wrong(Program(), "copied-at-fork", FAULTS) == {"faults": 0, "frames": 8}


def test_untouched_pages_taken_to_be_there():
    listing = program(
        "int main() { char *p = mmap(NULL, 2 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
        "p[0] = 1; fork(); p[0] = 2; p[4096] = 3; pause(); }"
    )
    answers = key(Program(), listing)
    assert [answers[n] for n in ("faults", "copies", "frames")] == [5, 1, 4]
    early = wrong(Program(), "untouched-is-free", listing)
    assert [early[n] for n in ("faults", "copies", "frames")] == [4, 2, 4]


seeds = st.integers(0, 2**32).map(lambda seed: Generator(f"test {seed}"))


@given(seeds, st.sampled_from(get_args(ValuesShape)))
def test_drawn_values_run_and_every_process_has_a_row(rng, shape):
    params = draw_values(rng, shape)
    problem = Values()
    answers = problem.solve(params, problem.run(params))
    assert len(answers["values"]) == len(problem.rows(params, "values"))
    assert set(answers["values"][0]) == {"x", "y"}


@pytest.mark.parametrize("shape", get_args(ProgramShape))
def test_drawn_programs_do_not_depend_on_the_order(shape):
    problem = Program()
    good = 0
    for seed in range(12):
        params = draw_program(Generator(f"{shape} {seed}"), shape, 3 if seed % 2 else 2)
        if problem.good(params):
            good += 1
            changed = set(run(params).metrics["order_changes"])
            # What is printed may come in another order; what is asked may not change.
            assert not changed & {"processes", "faults", "frames_in_use", "ends"}
    assert good >= 6
