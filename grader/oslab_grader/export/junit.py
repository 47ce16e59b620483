"""JUnit XML, as CI servers and dashboards read it: a suite for each student, a case for each question.

There is no place for points in it; they are properties of the suite. Wrong and partial are failures,
unreadable is an error, blank and what waits for a reader is skipped.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from oslab.exporting import Exported, ExportedAssignment, ExportedGrade, ExportRequest
from oslab.quantities import printable
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.points import written

_HOW = {
    "wrong": "failure", "partial": "failure", "unreadable": "error", "blank": "skipped",
    "waits": "skipped", "void": "skipped",
}  # fmt: skip
# What XML 1.0 has no place for, whichever way it is written.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(request: ExportRequest) -> Exported:
    """A document for each assignment; ids only, no names."""
    files: dict[str, bytes] = {}
    said: list[str] = []
    for assignment in request.assignments:
        suites = []
        left = Left()
        for grade in request.book.grades(assignment.name):
            if grade.total is None and request.only_final:
                left[left_out_as(grade)] += 1
            else:
                suites.append(_suite(grade, assignment))
        files[f"junit-{assignment.name}.xml"] = _document(assignment, suites)
        said.append(together(assignment.name, phrase("rows", number=len(suites)), *left.said()))
    return Exported(files, tuple(said))


def xml_text(text: str) -> str:
    """A text as XML can hold it: signs that it cannot, and those that a terminal acts on, are written
    out."""
    return escape(_ILLEGAL.sub("\ufffd", printable(text)))


def attribute(text: str) -> str:
    """The same, in quotation marks, on one line."""
    return quoteattr(_ILLEGAL.sub("\ufffd", printable(text)))


def _document(assignment: ExportedAssignment, suites: list[tuple[str, dict[str, int]]]) -> bytes:
    total = {
        kind: sum(counts[kind] for _, counts in suites)
        for kind in ("tests", "failure", "error", "skipped")
    }
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites name={attribute(assignment.name)} {_counts(total)}>",
        *(text for text, _ in suites),
        "</testsuites>\n",
    ]
    return "\n".join(lines).encode()


def _counts(counts: dict[str, int]) -> str:
    return (
        f'tests="{counts["tests"]}" failures="{counts["failure"]}" errors="{counts["error"]}" '
        f'skipped="{counts["skipped"]}" time="0"'
    )


def _suite(grade: ExportedGrade, assignment: ExportedAssignment) -> tuple[str, dict[str, int]]:
    """The suite of one student, and how many cases of each kind it has."""
    counts = dict.fromkeys(("tests", "failure", "error", "skipped"), 0)
    facts = {"status": grade.status, "points": written(grade.points)}
    if grade.total is not None:
        facts["total"] = written(grade.total)
    cases = []
    for q in grade.questions:
        kind = _HOW.get(q.outcome, "")
        if grade.status in ("missing", "excused"):
            kind = "skipped"
        facts[f"{q.name}.points"] = written(q.points)
        if q.earned is not None:
            facts[f"{q.name}.earned"] = written(q.earned)
        counts["tests"] += 1
        message = q.outcome if grade.status not in ("missing", "excused") else grade.status
        cases += _case(grade, q.name, q.exercise, kind, message, " ".join(q.mistakes))
        if kind:
            counts[kind] += 1
    if not grade.questions:
        kind = "error" if grade.status == "withheld" else "skipped"
        counts["tests"] += 1
        counts[kind] += 1
        cases += _case(grade, "sheet", "", kind, grade.kind or grade.status, grade.reason)
    # The dialect asks for a time; what is known without a clock is when it came, or was due.
    time = (grade.received or assignment.due).replace(tzinfo=None, microsecond=0).isoformat()
    properties = [
        f"  <property name={attribute(name)} value={attribute(value)}/>"
        for name, value in facts.items()
    ]
    lines = [
        f'<testsuite name={attribute(grade.student)} {_counts(counts)} timestamp="{time}" '
        'hostname="localhost">',
        " <properties>",
        *properties,
        " </properties>",
        *cases,
        "</testsuite>",
    ]
    return "\n".join(lines), counts


def _case(
    grade: ExportedGrade, name: str, exercise: str, kind: str, message: str, text: str
) -> list[str]:
    """A question; what is wrong with it, if anything."""
    of = f"{grade.assignment}.{exercise}" if exercise else grade.assignment
    head = f' <testcase name={attribute(name)} classname={attribute(of)} time="0"'
    if not kind:
        return [head + "/>"]
    if kind == "skipped":
        return [head + ">", f"  <skipped message={attribute(message)}/>", " </testcase>"]
    return [
        head + ">",
        f"  <{kind} message={attribute(message)} type={attribute(message)}>{xml_text(text)}</{kind}>",
        " </testcase>",
    ]
