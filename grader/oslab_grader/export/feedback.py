"""A page for each student, packed as the LMS takes them back: what was handed in, and what is said of it.

Canvas reads who a page is for from the name that it gave the submission (Submission, Upload Submissions
again); it shows the page under that name, so the page is plain text. Moodle wants the number of the
participant and "assignfeedback_file" in the name. Elsewhere a page is called by the student's id.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from oslab.errors import one_line
from oslab.exporting import (
    Exported,
    ExportedAssignment,
    ExportedGrade,
    ExportedQuestion,
    ExportRequest,
)
from oslab.plugins import words_for
from oslab.quantities import printable
from oslab_grader.book.sentences import days_text
from oslab_grader.export import html
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.points import written

# The earliest time that a zip can say: the same grades are the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# …_88123_553311_hw1.toml: Canvas's numbers of the student and of the file.
_CANVAS = re.compile(r"[^/\\]*_\d+_\d+_[^/\\]*")
# Ming Chen_12345_assignsubmission_file_/hw1.toml, as a folder or in the file's own name.
_MOODLE = re.compile(r"(?:^|[/\\])[^/\\_]*_(\d+)_assignsubmission_")


def export(request: ExportRequest) -> Exported:
    """A zip for each assignment; who has no final grade has no page."""
    files: dict[str, bytes] = {}
    said: list[str] = []
    targets = set()
    for assignment in request.assignments:
        left = Left()
        absent = 0
        named: dict[str, tuple[str, ExportedGrade]] = {}
        for grade in request.book.grades(assignment.name):
            if grade.status == "missing":
                absent += 1
            elif grade.total is None:
                left[left_out_as(grade)] += 1
            elif grade.by not in ("", grade.student):
                left[phrase("team-mate")] += 1
            else:
                name, target = page_name(grade)
                if not name or name in named:
                    left[phrase("no-name")] += 1
                    continue
                targets.add(target)
                named[name] = target, grade
        if named:
            files[f"feedback-{assignment.name}.zip"] = _packed(request, assignment, named)
        said.append(
            together(
                assignment.name,
                phrase("pages", number=len(named)),
                *left.said(),
                phrase("absent", number=absent) if absent else "",
            )
        )
    then = phrase(f"feedback-next-{targets.pop()}") if len(targets) == 1 else ""
    return Exported(files, tuple(said), then)


def _packed(
    request: ExportRequest,
    assignment: ExportedAssignment,
    named: Mapping[str, tuple[str, ExportedGrade]],
) -> bytes:
    """A zip of pages, made one at a time; the same pages give the same bytes."""
    out = io.BytesIO()
    order = sorted(named)
    grades = (named[name][1] for name in order)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        told = request.book.feedback(assignment.name, grades)
        for name, (grade, lines) in zip(order, told, strict=True):
            make = as_text if named[name][0] == "canvas" else as_html
            about = zipfile.ZipInfo(name, _NO_TIME)
            about.external_attr = 0o600 << 16
            about.create_system = 3
            page = make(request, assignment, grade, lines)
            archive.writestr(about, page, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def page_name(grade: ExportedGrade) -> tuple[str, str]:
    """What a student's page is called, and for which LMS; no name where the upload's does not say it."""
    if grade.source == "canvas":
        file = re.split(r"[/\\]", grade.file)[-1]
        parts = file.split("_")
        numbers = [part for part in parts if part.isascii() and part.isdigit()]
        # Canvas takes the first number for the student's, and passes over hidden files and links.
        usable = _CANVAS.fullmatch(file) and not file.startswith(".") and printable(file) == file
        usable = usable and len(numbers) > 1 and not parts[-1].startswith("link")
        mine = grade.person.get("canvas", "") in ("", *numbers[:1])
        return (file if usable and mine else ""), "canvas"
    if grade.source == "moodle":
        found = _MOODLE.search(grade.file)
        # Participant, not the name: that is Moodle's matter, and not needed.
        name = f"Participant_{found[1]}_assignfeedback_file_feedback.html" if found else ""
        return name, "moodle"
    return f"{grade.student}.html", "other"


def as_text(
    request: ExportRequest,
    assignment: ExportedAssignment,
    grade: ExportedGrade,
    lines: Mapping[str, Sequence[str]],
) -> bytes:
    """A page as plain text."""
    found = [f"{one_line(assignment.title)}   {grade.student}", _total(grade)]
    found += [*_about(assignment, grade), ""]
    for comment in grade.comments:
        found += [printable(comment), ""]
    for q in grade.questions:
        found.append(f"{q.name}   {one_line(q.title)}   {_points(q)}")
        found += [printable(line) for line in lines.get(q.name, ())]
        found += [f"  {phrase('by-hand')}"] if q.by_hand else []
        found += [f"  {phrase('comment')}: {printable(comment)}" for comment in q.comments]
        found.append("")
    return "\n".join(found).encode()


def as_html(
    request: ExportRequest,
    assignment: ExportedAssignment,
    grade: ExportedGrade,
    lines: Mapping[str, Sequence[str]],
) -> bytes:
    """The same as HTML."""
    parts = [
        f"<h1>{html.text(assignment.title)}</h1>",
        f"<p>{html.text(request.book.title)}   {html.text(grade.student)}</p>",
        f"<p><strong>{html.text(_total(grade))}</strong></p>",
        *(f"<p>{html.text(line)}</p>" for line in _about(assignment, grade)),
        *(f"<pre>{html.text(comment)}</pre>" for comment in grade.comments),
    ]
    for q in grade.questions:
        head = f"{q.name}   {q.title}   {_points(q)}"
        parts.append(f"<h2>{html.text(head)}</h2>")
        said = "\n".join(lines.get(q.name, ()))
        if said:
            parts.append(f"<pre>{html.text(said)}</pre>")
        if q.by_hand:
            parts.append(f"<p>{html.text(phrase('by-hand'))}</p>")
        for comment in q.comments:
            parts.append(f"<p>{phrase('comment')}:</p><pre>{html.text(comment)}</pre>")
    return html.page(f"{assignment.title} {grade.student}", request.language, parts)


def _total(grade: ExportedGrade) -> str:
    """The sum of the questions, and what lateness leaves of it."""
    assert grade.total is not None
    late = grade.lateness
    if late is None:
        points = phrase("total", total=written(grade.total), points=written(grade.points))
        return together(points, phrase("was-late") if grade.late else "")
    points = phrase("total", total=written(late.earned), points=written(grade.points))
    days = days_text(late.days)
    if late.too_late:
        return phrase("late-lost", points=points, days=days, total=written(grade.total))
    if not late.penalty:
        return together(points, phrase("late-grace" if late.grace else "late-free", days=days))
    return phrase(
        "late-part-free" if late.grace else "late-less",
        points=points, days=days, grace=late.grace, penalty=written(late.penalty * 100),
        total=written(grade.total),
    )  # fmt: skip


def _about(assignment: ExportedAssignment, grade: ExportedGrade) -> Iterator[str]:
    """Which file the points are for, and whose sheet it says it is."""
    if grade.receipt:
        yield together(
            one_line(grade.own_name or grade.file),
            # As the due time is shown: in the course's time zone.
            phrase("received", time=grade.received.astimezone(assignment.due.tzinfo).strftime("%Y-%m-%d %H:%M %Z"))
            if grade.received else "",
            phrase("receipt", code=grade.receipt),
        )  # fmt: skip
    if grade.says:
        yield phrase("others-sheet", said=one_line(grade.says))


def _points(q: ExportedQuestion) -> str:
    if q.outcome == "void":
        return words_for("grader").label("export-kinds", "void")
    earned = "-" if q.earned is None else written(q.earned)
    return words_for("grader")["feedback", "score"](earned=earned, points=written(q.points))
