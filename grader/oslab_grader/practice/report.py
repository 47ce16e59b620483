"""What a graded folder looks like: a table to read, JSON and CSV for other programs."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from oslab.errors import one_line
from oslab.exercise.feedback import rounded
from oslab.text import Words, pad, width
from oslab_grader.practice.folder import Graded, GradedQuestion
from oslab_grader.table import aligned

SCHEMA = "oslab.grade/1"
CSV_COLUMNS = (
    "file", "student", "question", "exercise", "variant", "earned", "points", "outcomes", "mistakes",
    "problem",
)  # fmt: skip
# How many of the commonest mistakes are named.
_MOST = 5


def as_json(graded: Sequence[Graded]) -> str:
    """One JSON document, in ASCII; byte for byte the same for the same input."""
    rows = []
    for row in graded:
        body = {name: value for name, value in row.document.items() if name != "schema"}
        rows.append({"file": row.name, **body, "problems": list(row.all_problems())})
    bad = sum(bool(row.all_problems()) for row in graded)
    whole = {"schema": SCHEMA, "sheets": rows, "problems": bad}
    return json.dumps(whole, allow_nan=False, indent=1) + "\n"


def as_csv(graded: Sequence[Graded]) -> str:
    """One row a question; a file without marks is a row with a problem. Texts that a spreadsheet would
    run as a formula start with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in graded:
        head = [_cell(row.name), _cell(row.student)]
        if row.problems:
            writer.writerow([*head, *[""] * 7, _cell("; ".join(row.problems))])
        for q in row.questions:
            writer.writerow([*head, *_csv_cells(q)])
    return out.getvalue()


def _csv_cells(q: GradedQuestion) -> list[str]:
    return [
        _cell(q.name),
        _cell(q.exercise),
        _cell(q.variant),
        "" if q.earned is None else rounded(q.earned),
        "" if q.points is None else rounded(q.points),
        _cell(" ".join(f"{name}={outcome}" for name, outcome in q.answers)),
        _cell(" ".join(q.mistakes)),
        _cell("; ".join(q.problems)),
    ]


def _cell(text: str) -> str:
    """A text that no spreadsheet runs; some take full-width signs for the ASCII ones."""
    text = one_line(text)
    return "'" + text if unicodedata.normalize("NFKC", text)[:1] in tuple("=+-@") else text


def as_table(graded: Sequence[Graded], words: Words) -> list[str]:
    """Lines for a terminal: a row a question, the problem list, a summary."""
    columns = ("sheet", "exercise", "points", "share", "answers")
    rows = [[words["grade", f"head-{column}"]() for column in columns]]
    mistakes: Counter[str] = Counter()
    shares: list[Fraction] = []
    for row in graded:
        for q in row.questions:
            if q.earned is None or q.points is None:
                continue
            rows.append([row.name, q.exercise, *_table_cells(q, words)])
            mistakes.update(f"{q.exercise} {name}" for name in q.mistakes)
            if q.share is not None:
                shares.append(q.share)
    found = aligned(rows, right=(3,)) if len(rows) > 1 else []
    problems = [(row.name, text) for row in graded for text in row.all_problems()]
    if problems:
        names = max(width(name) for name, _ in problems)
        found += ["", words["grade", "problems"]()]
        found += [f"  {pad(name, names)}  {text}" for name, text in problems]
    mean = rounded(sum(shares, Fraction(0)) / len(shares) * 100) if shares else "-"
    summary = words["grade", "summary"](
        files=len(graded),
        graded=sum(any(q.earned is not None for q in row.questions) for row in graded),
        problems=sum(bool(row.all_problems()) for row in graded),
        mean=mean,
    )
    found += ["", summary]
    for name, count in sorted(mistakes.items(), key=lambda m: (-m[1], m[0]))[:_MOST]:
        found.append("  " + words["grade", "mistake"](name=name, count=count))
    return found


def _table_cells(q: GradedQuestion, words: Words) -> list[str]:
    """Points, share and outcomes of a question that has marks."""
    points = words["feedback", "score"](
        earned=rounded(q.earned or Fraction(0)), points=rounded(q.points or Fraction(0))
    )
    share = "-" if q.share is None else f"{rounded(q.share * 100)} %"
    answers = "  ".join(f"{name} {words.label('outcomes', outcome)}" for name, outcome in q.answers)
    return [points, share, answers]
