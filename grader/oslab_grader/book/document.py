"""The gradebook for other programs: JSON and CSV, a student at a time, so that their number costs no
memory. The same inputs give the same bytes: there is no time of now in it, and no path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from oslab.errors import one_line
from oslab.exercise.feedback import rounded
from oslab_grader.book.book import Book
from oslab_grader.book.records import Grade, QuestionGrade, Trouble
from oslab_grader.csvfile import csv_text

SCHEMA = "oslab.gradebook/1"
_HEADS = (
    "assignment", "student", "status", "total", "points", "so_far", "late_days", "penalty", "late_in_lms",
)  # fmt: skip


def as_json(
    book: Book, assignments: Sequence[str], names: bool, taken: Sequence[Trouble]
) -> Iterator[str]:
    """One JSON document, in ASCII, in pieces. `taken`: what could not be taken in just now."""
    yield f'{{\n "schema": "{SCHEMA}",\n "course": {_json(book.course.name)},\n "assignments": ['
    for i, name in enumerate(assignments):
        given = book.course.assignment(name)
        facts = {"name": name, "title": given.title, "due": given.due.isoformat()}
        yield ",\n" if i else "\n"
        yield f'  {_json(facts)[:-1]}, "students": ['
        for j, grade in enumerate(book.grades(name)):
            body = _grade(grade)
            if names:
                body = {"student": grade.student, "name": book.roster[grade.student].name, **body}
            yield (",\n   " if j else "\n   ") + _json(body)
        yield '],\n   "problems": ['
        for j, trouble in enumerate([*book.problems(name), *(taken if not i else ())]):
            yield (",\n   " if j else "\n   ") + _json(_trouble(trouble))
        yield "]}"
    yield "\n ]\n}\n"


def as_csv(book: Book, assignments: Sequence[str], names: bool) -> Iterator[str]:
    """One row a student and assignment, a line at a time; cells that a spreadsheet would run are
    guarded."""
    questions = max(
        (len(book.course.assignment(name).questions) for name in assignments), default=0
    )
    columns = [f"q{i}" for i in range(1, questions + 1)]
    who = ["name"] if names else []
    yield _line([*_HEADS[:2], *who, *_HEADS[2:], *columns, "mistakes", "problems"])
    for name in assignments:
        for grade in book.grades(name):
            earned = {q.name: _points(q.earned) for q in grade.questions}
            late = grade.late
            yield _line(
                [
                    name,
                    grade.student,
                    *([book.roster[grade.student].name] if names else []),
                    grade.status,
                    _points(grade.total),
                    rounded(grade.points),
                    rounded(grade.so_far),
                    str(late.days),
                    str(float(late.penalty)),
                    "yes" if late.by_lms else "",
                    *(earned.get(column, "") for column in columns),
                    " ".join(f"{q.name}:{m}" for q in grade.questions for m in q.mistakes),
                    "; ".join(f"{t.kind}: {t.text}" for t in grade.troubles),
                ]
            )


def _line(cells: Sequence[str]) -> str:
    return csv_text([one_line(cell) for cell in cells], ())


def _points(value: Fraction | None) -> str:
    return "" if value is None else rounded(value)


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=True, allow_nan=False)


def _number(value: Fraction | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(round(value, 6))


def _grade(grade: Grade) -> Mapping[str, Any]:
    late = grade.late
    return {
        "student": grade.student,
        "status": grade.status,
        "total": _number(grade.total),
        "points": _number(grade.points),
        "so_far": _number(grade.so_far),
        "owner": grade.owner,
        "sheet": grade.sheet,
        "read_as": grade.read_as,
        "handed_in_by": grade.handed_in_by,
        "late": {
            "time": late.time.isoformat() if late.time else None,
            "due": late.due.isoformat() if late.due else None,
            "days": late.days,
            "grace": late.grace,
            "penalty": _number(late.penalty),
            "in_lms": late.by_lms,
            "too_late": late.too_late,
        },
        "questions": [_question(q) for q in grade.questions],
        "comments": list(grade.comments),
    }


def _question(q: QuestionGrade) -> Mapping[str, Any]:
    return {
        "name": q.name,
        "exercise": q.exercise,
        "points": _number(q.points),
        "automatic": _number(q.automatic),
        "earned": _number(q.earned),
        "waits": _number(q.waits),
        "outcome": q.outcome,
        "mistakes": list(q.mistakes),
        "by": q.by,
        "comments": list(q.comments),
    }


def _trouble(trouble: Trouble) -> Mapping[str, str]:
    return {
        "who": one_line(trouble.who),
        "kind": trouble.kind,
        "text": one_line(trouble.text),
        "command": one_line(trouble.command),
    }
