"""``oslab gradebook`` without a command: how each assignment stands, and what is to be done next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from oslab.exercise.feedback import rounded
from oslab_grader.book.amend import pending
from oslab_grader.book.book import Book, open_book
from oslab_grader.cli.asked import put, word
from oslab_grader.course.home import course_here
from oslab_grader.table import aligned

_COUNTED = ("final", "waits", "withheld", "missing", "excused")


def put_overview() -> None:
    """Print the table of assignments, and the commands that are due."""
    book = open_book(course_here())
    course = book.course
    put(word("overview", "title", title=course.title, course=course.name,
             count=len(book.roster.people)))  # fmt: skip
    heads = ("assignment", "due", *_COUNTED, "mean")
    rows = [[word("overview", f"head-{head}") for head in heads]]
    due: list[str] = []
    for name, out in book.handed_out().items():
        row = [name, f"{course.assignment(name).due:%Y-%m-%d %H:%M}"]
        if not out:
            rows.append([*row, word("overview", "not-out"), *[""] * len(_COUNTED)])
            due.append(word("overview", "handout", assignment=name))
            continue
        cells, counts = _counted(book, name)
        rows.append([*row, *cells])
        amended = len(pending(name, book.decisions))
        for key, count in {**counts, "amended": amended}.items():
            if count:
                due.append(word("overview", key, assignment=name, count=count))
    for line in aligned(rows, right=range(2, len(heads))):
        put(line)
    for line in due:
        put(line)


def _counted(book: Book, assignment: str) -> tuple[Sequence[str], Mapping[str, int]]:
    """How many grades of each status there are, and the mean of those that are final; and how many
    are withheld, how many essays wait."""
    counts: Counter[str] = Counter()
    points, total = Fraction(0), Fraction(0)
    essays = set()
    for grade in book.grades(assignment):
        counts[grade.status] += 1
        total += grade.total or 0
        points = grade.points
        # Of a team each member waits for the same ones.
        if all(trouble.kind != "conflict" for trouble in grade.troubles):
            by, sheet = grade.handed_in_by, grade.sheet
            essays |= {(by, sheet, q.name) for q in grade.questions if q.waits}
    final = counts["final"]
    mean = f"{rounded(total / final)} / {rounded(points)}" if final else "-"
    cells = [*(str(counts[status]) for status in _COUNTED), mean]
    return cells, {"withheld": counts["withheld"], "waits": len(essays)}
