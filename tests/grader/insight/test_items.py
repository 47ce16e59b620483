"""Item statistics on classes small enough to compute by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab_grader.book.grades import Grade, QuestionGrade
from oslab_grader.insight.items import discrimination, document, items_of, reliability
from oslab_grader.insight.masking import masked
from oslab_grader.marking.result import MarkedAnswer, MarkedPart, Result


def upload(
    student: str, shares: list[Fraction | int | None], mistakes: tuple[str, ...] = ()
) -> tuple[Grade, Result]:
    """A student who earned these shares of 4 points each; None: the question could not be read."""
    questions, parts = [], []
    for i, share in enumerate(shares, start=1):
        earned = None if share is None else Fraction(share) * 4
        questions.append(QuestionGrade(f"q{i}", f"t/e{i}", Fraction(4), earned, earned))
        outcome = "unreadable" if share is None else "blank" if share == 0 else "right"
        answer: MarkedAnswer = {"name": "a", "outcome": outcome, "earned": "0", "points": "4"}
        part: MarkedPart = {
            "name": f"q{i}", "earned": str(earned or 0), "points": "4", "waits": "0", "fault": "",
            "unreadable": ["a: what?"] if share is None else [], "mistakes": list(mistakes),
            "exact": True, "answers": [answer], "alternatives": {},
        }  # fmt: skip
        parts.append(part)
    result: Result = {
        "schema": "oslab.result/1", "owner": student, "digest": "", "claims": {}, "refused": "",
        "reason": "", "notes": [], "questions": parts,
    }  # fmt: skip
    return Grade("hw1", student, "final", Fraction(8), questions=tuple(questions)), result


def test_blank_and_unreadable_are_shares_of_all_and_the_mean_of_those_read() -> None:
    found = items_of(
        [upload("a", [1, 0]), upload("b", [1, None]), upload("c", [Fraction(1, 2), 1])]
    )
    first, second = found.items
    assert (first.n, first.blank, first.unreadable) == (3, 0, 0)
    assert first.mean == pytest.approx(5 / 6)
    assert (second.n, second.mean) == (2, pytest.approx(1 / 2))
    assert second.blank == pytest.approx(1 / 3)
    assert second.unreadable == pytest.approx(1 / 3)
    assert found.n == 2  # read whole


def test_discrimination_is_the_best_against_the_worst_27_percent() -> None:
    totals = [float(i) for i in range(100)]
    column = [0.0] * 73 + [1.0] * 27
    assert discrimination(column, totals) == 1
    assert discrimination(column[::-1], totals) == -1
    assert discrimination([1.0] * 100, totals) == 0


def test_ties_on_the_border_do_not_depend_on_the_order_of_the_roster() -> None:
    totals = [5.0] * 10
    column = [1.0, 0.0] * 5
    assert discrimination(column, totals) == discrimination(column[::-1], totals) == 0


def test_a_question_that_repeats_another_makes_the_reliability_one() -> None:
    assert reliability([[0, 0], [1, 1], [2, 2]]) == pytest.approx(1)


def test_reliability_of_one_question_or_of_equal_students_has_no_meaning() -> None:
    assert reliability([[1], [2]]) is None
    assert reliability([[1, 1], [1, 1]]) is None


def test_small_counts_are_masked_on_the_screen_and_in_json() -> None:
    assert [masked(n) for n in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]
    few = document("hw1", items_of([upload("a", [1, 0], ("lru-for-fifo",))]))
    assert few["n"] == "<5"
    (first, _) = few["items"]  # type: ignore[misc]
    assert first["mean"] is None
    assert first["mistakes"] == {"lru-for-fifo": "<5"}


def test_mistakes_are_counted_once_a_student_the_commonest_first() -> None:
    class_ = [upload(f"s{i}", [0], ("late", "late")) for i in range(6)] + [
        upload(f"t{i}", [0], ("early",)) for i in range(7)
    ]
    assert items_of(class_).items[0].mistakes == (("early", 7), ("late", 6))
