"""Swaps and similar answers, in a class whose honest part is random."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from oslab_grader.insight.cells import Answered, Place
from oslab_grader.insight.similar import similar_of
from oslab_grader.insight.swaps import swaps_of

QUESTIONS, ROWS = 3, 12
PLACES: tuple[Place, ...] = tuple((f"q{q}", "steps", r) for q in (1, 2, 3) for r in range(ROWS))
Keys = dict[str, Mapping[Place, tuple[str, ...]]]


def class_of(size: int, seed: int, values: int = 4) -> tuple[Keys, list[Answered], random.Random]:
    """Everybody answers nine rows in ten right, the others at random among a few values."""
    rng = random.Random(seed)
    keys: Keys = {
        f"s{i:04}": {place: (str(rng.randrange(values)),) for place in PLACES} for i in range(size)
    }
    students = [honest(name, keys, rng, 0.9, values) for name in keys]
    return keys, students, rng


def honest(name: str, keys: Keys, rng: random.Random, skill: float, values: int = 4) -> Answered:
    given = {
        place: keys[name][place][0] if rng.random() < skill else str(rng.randrange(values))
        for place in PLACES
    }
    return marked(name, given, keys)


def marked(name: str, given: Mapping[Place, str], keys: Keys, claims: str = "") -> Answered:
    wrong = frozenset(p for p, value in given.items() if value not in keys[name][p])
    return Answered(name, name, given, wrong, claims)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("skill", [0.9, 0.4])
def test_an_honest_class_is_not_accused(seed: int, skill: float) -> None:
    keys, _, rng = class_of(200, seed)
    found = swaps_of([honest(name, keys, rng, skill) for name in keys], keys.items())
    assert found.swaps == ()
    assert found.pairs == 200 * 199


def test_a_whole_sheet_made_for_somebody_else_is_found_with_what_the_file_says() -> None:
    keys, students, _ = class_of(100, 1)
    students[42] = marked("s0042", {p: keys["s0024"][p][0] for p in PLACES}, keys, claims="S0024")
    found = swaps_of(students, keys.items())
    (swap,) = found.swaps
    assert (swap.student, swap.other) == ("s0042", "s0024")
    assert swap.matches == swap.rows > 20
    assert swap.own == 0
    assert swap.claims
    assert not swap.mutual
    assert found.usual < swap.matches


def test_exchanged_files_are_mutual() -> None:
    keys, students, _ = class_of(60, 2)
    for mine, theirs in ((3, 4), (4, 3)):
        given = {p: keys[f"s{theirs:04}"][p][0] for p in PLACES}
        students[mine] = marked(f"s{mine:04}", given, keys)
    swaps = swaps_of(students, keys.items()).swaps
    assert {(s.student, s.other, s.mutual) for s in swaps} == {
        ("s0003", "s0004", True),
        ("s0004", "s0003", True),
    }


@pytest.mark.parametrize("size", [3, 12, 100])
def test_who_exchanged_files_in_a_small_class_is_found(size: int) -> None:
    keys, students, _ = class_of(size, size)
    for mine, theirs in ((0, 1), (1, 0)):
        given = {p: keys[f"s{theirs:04}"][p][0] for p in PLACES}
        students[mine] = marked(f"s{mine:04}", given, keys)
    found = {(s.student, s.other, s.question) for s in swaps_of(students, keys.items()).swaps}
    assert found == {("s0000", "s0001", ""), ("s0001", "s0000", "")}


@pytest.mark.parametrize("size", [4, 30, 100])
def test_when_everybody_copies_one_student_all_are_found(size: int) -> None:
    keys, students, _ = class_of(size, size)
    for i in range(1, size):
        given = {p: keys["s0000"][p][0] for p in PLACES}
        students[i] = marked(f"s{i:04}", given, keys)
    swaps = swaps_of(students, keys.items()).swaps
    assert {(s.student, s.other) for s in swaps} == {(f"s{i:04}", "s0000") for i in range(1, size)}


@pytest.mark.parametrize("seed", range(5))
def test_misunderstandings_that_run_through_a_table_accuse_nobody(seed: int) -> None:
    """Whole questions are answered by the same few mistakes, so rows match together or not at all."""
    rng = random.Random(seed)
    keys: Keys = {}
    students = []
    for i in range(80):
        # A question has few variants that differ, as small exercises have.
        of = {q: rng.randrange(60) for q in (1, 2, 3)}
        keys[f"s{i:04}"] = {p: (f"{of[int(p[0][1])]}-{p[2]}",) for p in PLACES}
    for name in keys:
        given = {p: keys[name][p][0] for p in PLACES}
        for q in (1, 2, 3):
            if rng.random() < 0.5:
                as_if = rng.randrange(60)
                given |= {p: f"{as_if}-{p[2]}" for p in PLACES if p[0] == f"q{q}"}
        students.append(marked(name, given, keys))
    assert swaps_of(students, keys.items()).swaps == ()
    assert similar_of(students).found == ()


def test_two_with_the_same_variant_and_one_without_a_wrong_row_are_not_accused() -> None:
    keys, _, rng = class_of(60, 6)
    keys["s0001"] = keys["s0000"]
    students = [honest(name, keys, rng, 0.5) for name in keys]
    students[0] = marked("s0000", {p: keys["s0000"][p][0] for p in PLACES}, keys)
    students[1] = marked("s0001", {p: keys["s0000"][p][0] for p in PLACES}, keys)
    assert swaps_of(students, keys.items()).swaps == ()
    assert similar_of(students).found == ()


def test_answers_without_tables_are_compared_too() -> None:
    rng = random.Random(9)
    places = tuple((f"q{i}", "n", -1) for i in range(8))
    keys: Keys = {f"s{i:04}": {p: (str(rng.randrange(500)),) for p in places} for i in range(40)}
    students = [marked(name, {p: key[p][0] for p in places}, keys) for name, key in keys.items()]
    students[3] = marked("s0003", {p: keys["s0004"][p][0] for p in places}, keys)
    (swap,) = swaps_of(students, keys.items()).swaps
    assert (swap.student, swap.other, swap.matches, swap.question) == ("s0003", "s0004", 8, "")


def test_one_copied_question_is_found_and_named() -> None:
    keys, students, _ = class_of(100, 3, values=9)
    given = {p: keys["s0007" if p[0] == "q2" else "s0008"][p][0] for p in PLACES}
    students[8] = marked("s0008", given, keys)
    (swap,) = swaps_of(students, keys.items()).swaps
    assert (swap.student, swap.other, swap.question) == ("s0008", "s0007", "q2")
    assert swap.matches >= 7


def test_rows_that_all_variants_share_tell_nothing() -> None:
    keys, students, _ = class_of(40, 4)
    same: Keys = {name: dict.fromkeys(PLACES, ("0",)) for name in keys}
    students = [marked(name, dict.fromkeys(PLACES, "0"), same) for name in same]
    assert swaps_of(students, same.items()).swaps == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_comparing_every_pair(seed: int) -> None:
    keys, students, rng = class_of(40, seed, values=2)
    students = [honest(name, keys, rng, 0.5, 2) for name in keys]
    fits = {
        (s.student, other): sum(s.given[p] in keys[other][p] for p in s.wrong)
        for s in students
        for other in keys
        if other != s.student
    }
    found = swaps_of(students, keys.items())
    reported = {(s.student, s.other) for s in found.swaps}
    assert found.usual == max(n for pair, n in fits.items() if pair not in reported)


@pytest.mark.parametrize("seed", range(5))
def test_honest_wrong_answers_are_not_called_similar(seed: int) -> None:
    keys, _, rng = class_of(150, seed)
    assert similar_of([honest(name, keys, rng, 0.5) for name in keys]).found == ()


def test_two_who_are_wrong_alike_are_found() -> None:
    keys, students, _ = class_of(120, 7)
    shared = {p: f"x{i}" if i % 3 == 0 else keys["s0005"][p][0] for i, p in enumerate(PLACES)}
    students[5] = marked("s0005", shared, keys)
    students[9] = marked(
        "s0009", {p: v if v[0] == "x" else keys["s0009"][p][0] for p, v in shared.items()}, keys
    )
    (pair,) = similar_of(students).found
    assert (pair.one, pair.other, pair.same) == ("s0005", "s0009", 12)


def test_a_misconception_of_half_the_class_is_no_similarity() -> None:
    keys, students, rng = class_of(120, 8)
    for i in range(0, 120, 2):
        name = f"s{i:04}"
        given = {
            p: "m" if p[0] == "q1" and rng.random() < 0.8 else keys[name][p][0] for p in PLACES
        }
        students[i] = marked(name, given, keys)
    assert similar_of(students).found == ()
