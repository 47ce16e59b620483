"""One page for each assignment: how the class did. Ids only; nothing in it is loaded from anywhere.

It is shown around, so small counts are masked, and there are no figures of a handful of students.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

from oslab.exporting import Exported, ExportedAssignment, ExportedGrade, ExportRequest
from oslab.plugins import words_for
from oslab_grader.export import html
from oslab_grader.export.counts import left_out_as, phrase, together
from oslab_grader.export.points import written
from oslab_grader.insight.masking import FEW, masked

OUTCOMES = ("right", "partial", "wrong", "blank", "unreadable", "waits", "void")
_BARS = 10
_MISTAKES = 3


@dataclass
class _Question:
    exercise: str
    title: str
    points: Fraction
    earned: Fraction = Fraction(0)
    counted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)


@dataclass
class _Class:
    """What is counted while the grades go by, one at a time."""

    points: Fraction
    totals: list[Fraction] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    late: int = 0
    questions: dict[str, _Question] = field(default_factory=dict)
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, grade: ExportedGrade) -> None:
        self.states[grade.status] += 1
        self.late += grade.late and grade.status not in ("missing", "excused")
        if grade.total is not None:
            self.totals.append(grade.total)
        if grade.status in ("withheld", "waits"):
            self.problems.append((grade.student, left_out_as(grade), grade.reason))
        if grade.status in ("missing", "excused"):
            return
        for q in grade.questions:
            entry = _Question(q.exercise, q.title, q.points)
            found = self.questions.setdefault(q.name, entry)
            found.outcomes[q.outcome] += 1
            found.mistakes.update(q.mistakes)
            if q.earned is not None and q.outcome != "void":
                found.earned += q.earned
                found.counted += 1


def export(request: ExportRequest) -> Exported:
    """A report for each assignment."""
    files, said = {}, []
    for assignment in request.assignments:
        counted = _Class(assignment.points)
        for grade in request.book.grades(assignment.name):
            counted.add(grade)
        files[f"report-{assignment.name}.html"] = _page(request, assignment, counted)
        of = phrase("final-of", final=len(counted.totals), number=counted.states.total())
        said.append(together(assignment.name, of))
    return Exported(files, tuple(said))


def _page(request: ExportRequest, assignment: ExportedAssignment, counted: _Class) -> bytes:
    words = words_for("grader")
    title = f"{assignment.title}, {request.book.title}"
    figures = [
        *((words.label("export-kinds", s), str(n)) for s, n in sorted(counted.states.items())),
        (phrase("report-late"), str(counted.late)),
    ]
    if len(counted.totals) >= FEW:
        mean = sum(counted.totals, Fraction(0)) / len(counted.totals)
        figures += [
            (phrase("report-mean"), written(mean)),
            (phrase("report-median"), written(median(counted.totals))),
            (phrase("report-least"), written(min(counted.totals))),
            (phrase("report-most"), written(max(counted.totals))),
        ]
    due = assignment.due.strftime("%Y-%m-%d %H:%M %Z")
    about = phrase(
        "report-about", course=request.book.course, points=written(assignment.points), due=due
    )
    parts = [
        f"<h1>{html.text(title)}</h1>",
        f"<p>{html.text(about)}</p>",
        html.table(phrase("report-figures"), ("", phrase("report-number")), figures, {1}),
        html.histogram(
            phrase("report-distribution"),
            (phrase("report-points"), phrase("report-students")),
            distribution(counted.totals, counted.points),
        ),
        _questions(counted),
    ]
    if counted.problems:
        heads = (phrase("report-student"), phrase("report-kind"), phrase("report-why"))
        parts.append(html.table(phrase("report-problems"), heads, counted.problems))
    return html.page(title, request.language, parts)


def distribution(totals: list[Fraction], points: Fraction) -> list[tuple[str, int]]:
    """How many totals fall into each tenth of the points; whoever has all of them, into the last."""
    if not points:
        return []
    counts = Counter(min(int(total * _BARS / points), _BARS - 1) for total in totals)
    edges = [written(points * i / _BARS) for i in range(_BARS + 1)]
    return [(f"{edges[i]} – {edges[i + 1]}", counts[i]) for i in range(_BARS)]


def _questions(counted: _Class) -> str:
    words = words_for("grader")
    used = [o for o in OUTCOMES if any(q.outcomes[o] for q in counted.questions.values())]
    heads = [
        phrase("report-question"),
        phrase("report-exercise"),
        phrase("report-points"),
        phrase("report-mean"),
        *(words.label("export-kinds" if o == "void" else "outcomes", o) for o in used),
        phrase("report-mistakes"),
    ]
    rows = []
    for name, q in counted.questions.items():
        enough = q.counted >= FEW and q.points
        mean = f"{round(q.earned / q.counted / q.points * 100)} %" if enough else "-"
        common = sorted(q.mistakes.items(), key=lambda m: (-m[1], m[0]))[:_MISTAKES]
        mistakes = ", ".join(f"{mistake} {masked(number)}" for mistake, number in common)
        outcomes = [masked(q.outcomes[o]) for o in used]
        exercise = f"{q.title} ({q.exercise})" if q.title != q.exercise else q.exercise
        rows.append([name, exercise, written(q.points), mean, *outcomes, mistakes])
    numbers = range(2, 4 + len(used))
    return html.table(phrase("report-questions"), heads, rows, set(numbers))
