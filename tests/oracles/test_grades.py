"""Grades of random terms against a second model, written from docs/gradebook.md."""

from __future__ import annotations

from typing import Any

import pytest
from grade_model import grades
from grade_situations import course_of, decisions_of, draw, handed_of, person_of

from oslab_grader.book.grades import grades_of
from oslab_grader.book.records import Grade, QuestionGrade


@pytest.mark.parametrize("block", range(8))
def test_grades_are_those_of_the_model(block: int) -> None:
    for seed in range(block, 4000, 8):
        situation = draw(seed)
        theirs = grades_of(
            course_of(situation),
            person_of(situation),
            handed_of(situation),
            decisions_of(situation),
        )
        model = grades(situation)
        assert list(theirs) == [a["name"] for a in situation["assignments"] if a["name"] in model]
        for name, grade in theirs.items():
            assert said(grade, model[name]) == expected(model[name]), f"draw({seed}), {name}"
            if grade.status == "withheld":
                assert grade.troubles, f"draw({seed}), {name}"


def said(grade: Grade, mine: dict[str, Any]) -> dict[str, Any]:
    """What oslab says, of what the model knows."""
    assert grade.late.due is not None
    found = {
        "status": grade.status, "total": grade.total, "so_far": grade.so_far, "points": grade.points,
        "due": grade.late.due.timestamp(), "comments": list(grade.comments),
    }  # fmt: skip
    if mine["chosen"]:
        late = grade.late
        found |= {
            "upload": (grade.sheet, grade.handed_in_by), "read": (grade.owner, grade.read_as),
            "late": (late.days, late.grace, late.penalty, late.too_late, late.by_lms),
            "questions": {q.name: question(q, mine["chosen"]["questions"][q.name]["by"])
                          for q in grade.questions},
            "said": {q.name: list(q.comments) for q in grade.questions if q.comments},
        }  # fmt: skip
    return found


def question(q: QuestionGrade, by: set[str]) -> tuple[Any, ...]:
    """Who decided may be any of those who agree; who read an essay that is void is nobody's business."""
    if q.outcome == "void":
        return (q.automatic, q.earned, q.waits, "void", None)
    outcome = "nothing" if q.outcome in ("wrong", "blank") else q.outcome
    return q.automatic, q.earned, q.waits, outcome, q.by in by if by else q.by != ""


def expected(mine: dict[str, Any]) -> dict[str, Any]:
    found = {key: mine[key] for key in ("status", "total", "so_far", "points")}
    found |= {"due": float(mine["due"]), "comments": mine["comments"].get("", [])}
    chosen = mine["chosen"]
    if chosen:
        found |= {
            "upload": (chosen["upload"]["sheet"], chosen["upload"]["by"]), "read": chosen["read"],
            "late": tuple(chosen[key] for key in ("days", "grace", "penalty", "too_late", "in_lms")),
            "questions": {name: points(q) for name, q in chosen["questions"].items()},
            "said": {name: texts for name, texts in mine["comments"].items() if name},
        }  # fmt: skip
    return found


def points(q: dict[str, Any]) -> tuple[Any, ...]:
    if q["void"]:
        return q["automatic"], None, 0, "void", None
    if q["earned"] is None:
        return q["automatic"], None, 0, "unreadable", False
    if q["waits"]:
        return q["automatic"], None, q["waits"], "waits", False
    outcome = "right" if q["earned"] == q["points"] else "partial" if q["earned"] else "nothing"
    return q["automatic"], q["earned"], 0, outcome, bool(q["by"])
