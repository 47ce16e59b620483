"""The rules of marking, on a problem type made for it: cells, follow-through, several right values,
orderings, essays, keys that are not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from oslab import (
    Accept,
    Answers,
    AnswerType,
    Choice,
    Choices,
    Essay,
    Figure,
    Float,
    Generator,
    Int,
    List,
    Ordering,
    OrNone,
    Problem,
    Run,
    Set,
    Table,
    Text,
    Words,
    mistake,
)
from oslab.exercise.catalogue import AskedAnswer, Entry, Exercise
from oslab.exercise.checking import Marked, check
from oslab.exercise.feedback import document, lines, unreadable_places
from oslab.exercise.marking import MarkedQuestion, MarkedSheet
from oslab.exercise.rowmarks import Outcome
from oslab.exercise.sheet import Reference, Sheet
from oslab.exercise.variant import Variant, differ

TEXT = Text("t", "t")


@dataclass(frozen=True)
class Nothing:
    """Parameters of a question that has none."""


class Made(Problem[Nothing, Nothing]):
    """Five rows and whatever answers a test wants."""

    params = space = Nothing
    key: Mapping[str, Any]

    def draw(self, rng: Generator, space: Nothing) -> Nothing:
        return Nothing()

    def present(self, p: Nothing) -> Mapping[str, Figure]:
        return {}

    def rows(self, p: Nothing, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [("A",), ("B",), ("C",)] if answer == "order" else [(n,) for n in range(1, 6)]

    def run(self, p: Nothing) -> Run:
        return Run(command="made.made", config=p)

    def solve(self, p: Nothing, run: Run) -> Answers:
        return self.key

    @mistake("other")
    def other(self, p: Nothing) -> Answers | None:
        return None


class Following(Made):
    """Each row is one more than the row before."""

    def follow(
        self, p: Nothing, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        assert all(type(value) is int for row in before for value in row.values())
        return {c: v + 1 for c, v in before[-1].items()} if before else None


def made(kinds: Mapping[str, AnswerType], key: Mapping[str, Any], credit: Any = "row",
         base: type[Made] = Made) -> Variant:  # fmt: skip
    problem = type("Own", (base,), {"answers": kinds, "key": key})()
    asked = tuple(
        AskedAnswer(n, Fraction(10), credit if isinstance(k, Table) else "row")
        for n, k in kinds.items()
    )
    entry = Entry("made.made", 1, TEXT, TEXT, TEXT, {}, asked)
    exercise = Exercise("made/made", entry, problem, Nothing(), Words())
    return Variant(exercise, "AAAA-AAAA", Nothing(), key)


def table(kinds: Mapping[str, AnswerType], rows: Sequence[Mapping[str, Any]], credit: str = "row",
          base: type[Made] = Made) -> Variant:  # fmt: skip
    return made({"steps": Table(label="n", columns=kinds)}, {"steps": rows}, credit, base)


def grid(*rows: str) -> dict[str, object]:
    return {"steps": "\n".join(f"{n} | {row}" for n, row in enumerate(rows, 1))}


TWO = {"a": Int(), "b": Int()}
KEY = [{"a": n, "b": n * 10} for n in range(1, 6)]


def test_by_cell_a_blank_cell_of_a_wrong_row_earns_nothing() -> None:
    marked = check(table(TWO, KEY, "cell"), grid("9 | ?", "9 | ?", "9 | ?", "9 | ?", "9 | ?"))
    assert marked.earned == 0


def test_by_cell_every_right_cell_counts_whatever_its_row() -> None:
    marked = check(table(TWO, KEY, "cell"), grid("1 | ?", "x | 20", "9 | 30", "4 | 40", "? | ?"))
    assert marked.parts[0].credit == Fraction(5, 10)


def test_by_row_half_a_row_earns_nothing_and_is_not_wrong() -> None:
    marked = check(table(TWO, KEY), grid("1 | ?", "2 | 20", "3 | 30", "4 | 40", "5 | 50"))
    assert marked.parts[0].credit == Fraction(4, 5)
    assert marked.parts[0].rows[0].outcome is Outcome.PARTIAL
    assert "4 of 5 rows filled, all right so far" in "\n".join(lines(marked))


def test_an_unreadable_row_is_not_said_to_be_right() -> None:
    marked = check(table(TWO, KEY), grid("1 | 10", "x | 20", "3 | 30", "4 | 40", "5 | 50"))
    assert "4 of 5 rows filled" in "\n".join(lines(marked))
    assert not marked.readable


def test_of_many_unreadable_rows_the_first_few_are_shown() -> None:
    marked = check(table(TWO, KEY), grid("x | 1", "x | 1", "x | 1", "x | 1", "x | 1"))
    assert marked.parts[0].outcome is Outcome.UNREADABLE
    assert len(lines(marked)) <= 12


def test_a_row_twice_is_told_once_and_not_for_each_cell() -> None:
    marked = check(table(TWO, KEY), {"steps": "1 | 1 | 10\n1 | 1 | 11\n2 | x | 20\n3 | 3 | 30"})
    assert unreadable_places(marked) == [
        "steps: Row 1 stands twice with different answers.",
        'steps: Row 2, a: "x" is not a whole number; 11 or 0xb would be.',
    ]
    assert "\n".join(lines(marked)).count("stands twice") == 1


def test_follow_through_repairs_open_and_unreadable_cells_from_the_key() -> None:
    variant = table(TWO, KEY, base=Following)
    # Row 1 is wrong in a; row 2's b is open; rows 3 to 5 follow from rows as repaired.
    marked = check(variant, grid("7 | 10", "8 | ?", "9 | 21", "x | 22", "5 | 23"))
    rows = marked.parts[0].rows
    assert [r.follows for r in rows] == [False, False, True, False, True]
    assert marked.parts[0].credit == Fraction(2, 2) / 5


def test_following_is_asked_only_of_complete_rows_and_numbers_do_not_trip() -> None:
    kinds = {"a": Float(), "b": Float()}
    variant = table(kinds, [{"a": Fraction(n), "b": Fraction(n)} for n in range(1, 6)],
                    base=type("F", (Made,), {"follow": lambda *_: {"a": 9, "b": 9}}))  # fmt: skip
    marked = check(variant, grid("7 | 1", "9 | ?", "9 | 9", "4 | 4", "5 | 5"))
    assert [r.follows for r in marked.parts[0].rows] == [False, False, True, False, False]


def test_each_of_several_right_values_is_right_alone_and_in_tables() -> None:
    variant = made({"x": Int(), "steps": Table(label="n", columns={"a": Int()})},
                   {"x": Accept(1, 2), "steps": [{"a": Accept(n, n + 1)} for n in range(1, 6)]},
                   base=Made)  # fmt: skip
    for x, add in ((1, 0), (2, 1), ("2", 1)):
        assert check(variant, {"x": x, **grid(*(str(n + add) for n in range(1, 6)))}).right
    assert not check(variant, {"x": 3}).right
    exercise, key = variant.exercise, variant.key
    second = {"x": 2, "steps": [{"a": n + 1} for n in range(1, 6)]}
    assert not differ(exercise, key, second, enough=False)
    assert not differ(exercise, key, second)


def test_a_mistake_within_ten_tolerances_of_a_second_right_value_is_not_apart() -> None:
    assert not Float().apart(Accept(Fraction(1), Fraction(5)), Fraction(5))
    assert Float().apart(Accept(Fraction(1), Fraction(5)), Fraction(3))


@pytest.mark.parametrize("given", ["B A", "b a", "ba", "B, A", ["B", "a"], "Ｂ→Ａ"])
def test_letters_of_an_ordering_are_read_in_either_case(given: object) -> None:
    for kind in (Ordering(), Ordering(("A", "B", "C"))):
        if given == "ba" and not kind.options:
            continue
        assert check(made({"order": kind}, {"order": ("B", "A")}), {"order": given}).right


@pytest.mark.parametrize("given", ["B D", "A A", "\x1b", 'B "'])
def test_letters_that_are_not_listed_are_unreadable(given: str) -> None:
    for kind in (Ordering(), Ordering(("A", "B", "C"))):
        marked = check(made({"order": kind}, {"order": ("B", "A")}), {"order": given})
        assert marked.parts[0].outcome is Outcome.UNREADABLE
        assert "\x1b" not in "\n".join(lines(marked))


def test_an_essay_waits_for_a_person_and_needs_no_key() -> None:
    variant = made({"why": Essay(), "n": Int()}, {"n": 3})
    marked = check(variant, {"why": "because\x1b[2J", "n": 3})
    assert [p.outcome for p in marked.parts] == [Outcome.WAITS, Outcome.RIGHT]
    assert marked.right
    assert (marked.earned, marked.points, marked.waiting, marked.share) == (10, 20, 10, 1)
    assert check(variant, {"why": "", "n": 3}).parts[0].outcome is Outcome.BLANK
    assert not check(variant, {"n": 3}).right
    assert check(variant, {"why": 3}).parts[0].outcome is Outcome.UNREADABLE
    assert as_document(marked)["questions"][0]["waits"] == 10


def test_none_as_an_answer_is_an_answer() -> None:
    marked = check(made({"x": OrNone(Int())}, {"x": None}), {"x": "-"})
    assert marked.right
    marked = check(made({"x": OrNone(Int())}, {"x": 4}), {"x": "-"})
    assert marked.parts[0].outcome is Outcome.WRONG
    assert lines(marked)[0].split() == ["x", "wrong", "-"]


def test_lists_sets_and_choices_stand_in_cells() -> None:
    kinds = {"l": List(Int()), "s": Set(Int()), "c": Choices("x", "y"), "o": OrNone(Choice("u"))}
    rows = [{"l": (n, 1), "s": frozenset({n, 9}), "c": ("x", "y"), "o": None} for n in range(1, 6)]
    marked = check(table(kinds, rows), grid(*(f"{n} 1 | 9, {n} | y x | -" for n in range(1, 6))))
    assert marked.right, lines(marked)
    rows = [{"l": (), "s": frozenset(), "c": (), "o": "u"} for _ in range(5)]
    marked = check(table(kinds, rows), grid(*["- | - | - | u"] * 5))
    assert marked.right, lines(marked)


def test_ten_thousand_rows_and_keys_are_marked_and_told_shortly() -> None:
    class Long(Made):
        def rows(self, p: Nothing, answer: str) -> Sequence[tuple[str | int, ...]]:
            return [(n,) for n in range(10_000)]

    rows = [{"a": n, "b": n} for n in range(10_000)]
    variant = table(TWO, rows, base=Long)
    values: dict[str, object] = {f"key {n}": n for n in range(5000)}
    values["steps"] = "\n".join(f"{n} | x | {n}" for n in range(10_000))
    marked = check(variant, values)
    assert len(lines(marked)) < 30
    assert len(as_document(marked)["questions"][0]["answers"][0]["rows"]) == 10_000


def test_keys_of_a_file_cannot_forge_lines() -> None:
    marked = check(made({"n": Int()}, {"n": 3}), {"n": 4, "x\n  8 of 8\x1b[2J": 1, "y" * 9999: 1})
    assert len(lines(marked)) == 2
    assert max(map(len, lines(marked))) < 200


def as_document(marked: Marked) -> dict[str, Any]:
    question = MarkedQuestion("q1", Reference(), marked)
    return document(MarkedSheet(Sheet(1, ()), (question,)))
