"""What a graded folder looks like: a table to read, JSON and CSV for other programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from oslab.exercise.feedback import document, rounded
from oslab.quantities import printable
from oslab.text import Words, pad, width
from oslab_grader.folder import Graded

SCHEMA = "oslab.grade/1"
CSV_COLUMNS = (
    "file", "student", "question", "exercise", "variant", "earned", "points", "outcomes", "mistakes",
    "problem",
)  # fmt: skip


def as_json(graded: Sequence[Graded]) -> str:
    """One JSON document; byte for byte the same for the same input."""
    rows: list[dict[str, Any]] = []
    for row in graded:
        body = document(row.marked) if row.marked else {}
        body.pop("schema", None)
        rows.append({"file": row.name, **body, "problems": list(row.problems)})
    whole = {"schema": SCHEMA, "sheets": rows, "problems": sum(bool(r.problems) for r in graded)}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def as_csv(graded: Sequence[Graded]) -> str:
    """One row a question; a file without marks is a row with a problem. Texts that a spreadsheet would
    run as a formula start with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in graded:
        problem = "; ".join(row.problems)
        questions = row.marked.questions if row.marked else ()
        student = row.marked.sheet.header.get("student", "") if row.marked else ""
        if not questions:
            writer.writerow([_cell(row.name), _cell(student), *[""] * 7, _cell(problem)])
        for q in questions:
            marked = q.marked
            writer.writerow(
                [
                    _cell(row.name),
                    _cell(student),
                    _cell(q.name),
                    _cell(q.reference.exercise),
                    _cell(q.reference.code),
                    rounded(marked.earned) if marked else "",
                    rounded(marked.points) if marked else "",
                    " ".join(f"{p.name}={p.outcome}" for p in marked.parts) if marked else "",
                    " ".join(marked.recognised.names) if marked and marked.recognised else "",
                    _cell("; ".join(p for p in row.problems if re.match(rf"{q.name}[ :]", p))),
                ]
            )
    return out.getvalue()


def _cell(text: str) -> str:
    text = printable(text).replace("\n", " ").replace("\t", " ")
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_table(graded: Sequence[Graded], words: Words) -> list[str]:
    """Lines for a terminal: a row a question, the problem list, a summary."""
    heads = [
        words["grade", f"head-{h}"]() for h in ("sheet", "exercise", "points", "share", "answers")
    ]
    rows = [heads]
    mistakes: Counter[str] = Counter()
    shares: list[Fraction] = []
    for row in graded:
        for q in row.marked.questions if row.marked else ():
            if q.marked is None:
                continue
            share = q.marked.earned / q.marked.points if q.marked.points else Fraction(0)
            if q.marked.readable:
                shares.append(share)
            named = q.marked.recognised.names if q.marked.recognised else ()
            mistakes.update(f"{q.reference.exercise} {m}" for m in named)
            outcomes = "  ".join(
                f"{p.name} {words.label('outcomes', p.outcome)}" for p in q.marked.parts
            )
            of = words["feedback", "score"](
                earned=rounded(q.marked.earned), points=rounded(q.marked.points)
            )
            rows.append([row.name, q.reference.exercise, of, f"{rounded(share * 100)} %", outcomes])
    found = []
    if len(rows) > 1:
        columns = [max(width(r[i]) for r in rows) for i in range(len(heads))]
        for r in rows:
            cells = [pad(c, columns[i], right=i == 3) for i, c in enumerate(r)]
            found.append("  ".join(cells).rstrip())
    problems = [(row.name, p) for row in graded for p in row.problems]
    if problems:
        names = max(width(name) for name, _ in problems)
        found += ["", words["grade", "problems"]()]
        found += [f"  {pad(name, names)}  {text}" for name, text in problems]
    marked = sum(row.marked is not None for row in graded)
    mean = rounded(sum(shares, Fraction(0)) / len(shares) * 100) if shares else "-"
    found += ["", words["grade", "summary"](files=len(graded), graded=marked, mean=mean,
                                            problems=sum(bool(r.problems) for r in graded))]  # fmt: skip
    for name, count in sorted(mistakes.items(), key=lambda m: (-m[1], m[0]))[:5]:
        found.append("  " + words["grade", "mistake"](name=name, count=count))
    return found
