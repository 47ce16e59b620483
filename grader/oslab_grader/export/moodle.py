"""Moodle: with the offline grading worksheet of an assignment, that worksheet filled in; without, a file for
the gradebook's CSV import.

What Moodle does with them is read from moodle, grade/import/csv/classes/load_data.php: one unknown
student, or one grade that is no number, and nothing is imported at all; an empty cell removes a grade.
"""

from __future__ import annotations

from oslab.errors import one_line
from oslab.exporting import Exported, ExportedAssignment, ExportRequest
from oslab_grader.csvfile import csv_text, guarded
from oslab_grader.export import worksheet
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.points import written

# More than so many points are refused unless the site allows any number.
MOST_POINTS = 100


def export(request: ExportRequest) -> Exported:
    """The worksheet filled in, or a file for each assignment."""
    if request.given is not None:
        return worksheet.export(request)
    files: dict[str, bytes] = {}
    said: list[str] = []
    for assignment in request.assignments:
        rows, lines = _rows(assignment, request)
        said += lines
        if rows:
            # No empty cells and nobody without a grade: each would remove one, or stop the import.
            emails = [row[1] for row in rows]
            whole = all(emails) and len({e.casefold() for e in emails}) == len(emails)
            whole = whole and all(guarded(e) == one_line(e) == e for e in emails)
            keep = (0, 1, 2) if whole else (0, 2)
            heads = [("ID number", "Email address", one_line(assignment.title))[i] for i in keep]
            text = csv_text(heads, ([row[i] for i in keep] for row in rows))
            files[f"moodle-{assignment.name}.csv"] = text.encode()
    return Exported(files, tuple(said), phrase("moodle-next") if files else "")


def _rows(
    assignment: ExportedAssignment, request: ExportRequest
) -> tuple[list[tuple[str, str, str]], list[str]]:
    left = Left()
    absent = 0
    rows = []
    for grade in request.book.grades(assignment.name):
        if grade.total is not None:
            email = grade.person.get("email", "")
            rows.append((grade.student, email, written(grade.total)))
        elif grade.status == "missing":
            absent += 1
        else:
            left[left_out_as(grade)] += 1
    said = [
        together(
            assignment.name,
            phrase("rows", number=len(rows)),
            *left.said(),
            phrase("absent", number=absent) if absent else "",
        )
    ]
    if assignment.points > MOST_POINTS:
        said.append("  " + phrase("moodle-too-many", number=written(assignment.points)))
    return rows, said
