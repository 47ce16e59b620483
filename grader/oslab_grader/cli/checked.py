"""What ``oslab course check`` shows, and the words of the commands of a course."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oslab.exercise.feedback import rounded
from oslab.plugins import words_for
from oslab.text import pad, width
from oslab_grader.course.checking import Checked, CheckedAssignment


def word(section: str, key: str, **values: object) -> str:
    """One of the grader's sentences."""
    return words_for("grader")[section, key](values)


def checked_lines(found: Checked) -> list[str]:
    course = found.course
    lines = []
    if course is not None:
        lms = word("course", "lms-none") if course.lms == "none" else course.lms
        lines.append("   ".join((course.name, course.title, course.timezone.key, lms)))
        rows = [[word("course", "roster"), *_roster_cells(found)]]
        rows += [[c.assignment.name, *_assignment_cells(c)] for c in found.assignments]
        names = max(width(row[0]) for row in rows)
        lines += [f"  {pad(row[0], names)}   {'   '.join(row[1:])}" for row in rows]
    for key, texts in (("faults", found.faults), ("notes", found.notes)):
        if texts:
            lines += [word("course", key), *(f"  {text}" for text in texts)]
    return lines if found.faults else [*lines, word("course", "no-fault")]


def _roster_cells(found: Checked) -> list[str]:
    roster = found.roster
    if roster is None:
        return [word("course", "bad-roster" if found.has_roster else "no-roster")]
    cells = [counted("student", len(roster.people))]
    for column in ("section", "team"):
        different = {person.column(column) for person in roster.people} - {""}
        if different:
            cells.append(word("course", f"{column}s", count=len(different)))
    return cells


def _assignment_cells(checked: CheckedAssignment) -> list[str]:
    a = checked.assignment
    cells = [counted("question", len(a.questions))]
    if checked.points is not None:
        cells.append(word("course", "points", points=rounded(checked.points)))
    cells.append(word("course", "due", time=_time(a.due)))
    if a.team:
        cells.append(word("course", "by-teams"))
    if checked.shares is None:
        return [*cells, word("course", "not-handed-out")]
    return [*cells, word("course", "handed-out", count=checked.shares)]


def _time(due: datetime) -> str:
    return f"{due:%Y-%m-%d %H:%M}"


def counted(thing: str, count: int) -> str:
    return word("course", thing if count == 1 else f"{thing}s", count=count)


def checked_document(found: Checked) -> dict[str, Any]:
    return {
        "schema": "oslab.course-check/1",
        "course": found.course.name if found.course else None,
        "students": len(found.roster.people) if found.roster else None,
        "assignments": [
            {
                "name": c.assignment.name,
                "title": c.assignment.title,
                "due": c.assignment.due.isoformat(),
                "questions": [q.exercise for q in c.assignment.questions],
                "points": None if c.points is None else str(c.points),
                "handed_out_to": c.shares,
            }
            for c in found.assignments
        ],
        "faults": found.faults,
        "notes": found.notes,
    }
