"""Where the points of a grade come from, in a few words and as a document for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oslab.errors import InputError
from oslab.exercise.feedback import rounded
from oslab.plugins import words_for
from oslab_grader.book.amend import in_force, pending
from oslab_grader.book.beside import beside, variant_of
from oslab_grader.book.book import Book
from oslab_grader.book.grades import Grade, Handed, QuestionGrade, marked_as
from oslab_grader.handout.record import Record
from oslab_grader.marking.result import MarkedPart

SCHEMA = "oslab.show/1"


def origins(book: Book, grade: Grade, q: QuestionGrade) -> Iterator[str]:
    """Where the points of a question come from."""
    part = marked_part(book, grade, q.name)
    said = [_amendment(a.value, a.mode) for a in in_force(grade.assignment, book.decisions)
            if a.question == q.name]  # fmt: skip
    said += [_word("pending", what=_amendment(d.value, ""))
             for d in pending(grade.assignment, book.decisions) if d.question == q.name]  # fmt: skip
    # Of an essay alone the marks are none.
    if part and q.automatic is not None and (q.automatic or not (q.waits or q.by)):
        yield _word("automatic", points=rounded(Fraction(part["earned"])))
    yield from dict.fromkeys(said)
    if q.by:
        subject = ("points", grade.assignment, grade.student, q.name, "")
        by_hand = any(d.value for d in book.decisions.heads(subject))
        yield _word("by-hand" if by_hand else "read-by", by=q.by)


def _amendment(value: str, mode: str) -> str:
    """What an amendment does; only for new keys `mode` matters."""
    kind, _, name = value.partition(":")
    text = _word(f"by-{kind}", name=name)
    return f"{text} ({mode})" if kind == "key" and mode else text


def key_in_force(book: Book, assignment: str, question: str) -> str:
    """The digest of the new key by which a question is scored (too), or ""."""
    found = [a.value for a in in_force(assignment, book.decisions) if a.question == question]
    keys = [value.partition(":")[2] for value in found if value.startswith("key:")]
    return keys[-1] if keys else ""


def marked_part(book: Book, grade: Grade, question: str) -> MarkedPart | None:
    """The marks of a question of the upload that counts."""
    result = book.result(grade.assignment, grade.owner, grade.read_as) if grade.read_as else None
    parts = result["questions"] if result else ()
    return next((part for part in parts if part["name"] == question), None)


def absent_as(grade: Grade, question: str) -> str:
    """What became of the answers to a question that has no marks."""
    outcomes = (q.outcome for q in grade.questions if q.name == question)
    return "unreadable" if next(outcomes, "") == "unreadable" else "blank"


def _parts(book: Book, record: Record, grade: Grade, question: str) -> list[dict[str, Any]]:
    if grade.owner not in record:
        return []
    marked = marked_part(book, grade, question)
    try:
        variant = variant_of(record, grade.owner, question)
    except InputError:  # its plugin is gone
        return []
    found = []
    for answer in beside(variant, marked["answers"] if marked else (), absent_as(grade, question)):
        body: dict[str, Any] = {"name": answer.name, "outcome": answer.outcome,
                                "earned": str(answer.earned), "points": str(answer.points)}  # fmt: skip
        if answer.heads[1]:
            body["columns"] = list(answer.heads[1])
            body["rows"] = [{"printed": list(r.printed), "given": list(r.given),
                             "key": list(r.key), "outcome": r.outcome} for r in answer.rows]  # fmt: skip
        else:
            body |= {"given": answer.given, "key": answer.key}
        found.append(body)
    return found


def show_document(
    book: Book, record: Record, grade: Grade, handed: Handed, question: str
) -> dict[str, Any]:
    """A grade for other programs; points exact, as "47/10"."""
    late = grade.late
    parts = _parts(book, record, grade, question) if question else []
    own = {grade.student, *(a.student for a in handed.attempts)}
    return {
        "schema": SCHEMA,
        "assignment": grade.assignment,
        "student": grade.student,
        "status": grade.status,
        "points": str(grade.points),
        "total": _exact(grade.total),
        "so_far": str(grade.so_far),
        "owner": grade.owner,
        "sheet": grade.sheet,
        "read_as": grade.read_as,
        "late": {"due": late.due.isoformat() if late.due else None, "days": late.days,
                 "grace": late.grace, "penalty": str(late.penalty), "by_lms": late.by_lms,
                 "too_late": late.too_late},
        "uploads": [
            {"sheet": a.sheet, "student": a.student, "file": a.own_name, "late": a.late,
             "time": a.time.isoformat() if a.time else None,
             "marked_as": list(marked_as(a, handed.owner, grade.assignment, book.decisions))}
            for a in handed.attempts
        ],
        "questions": [
            {"name": q.name, "exercise": q.exercise, "points": str(q.points),
             "automatic": _exact(q.automatic), "earned": _exact(q.earned), "waits": str(q.waits),
             "outcome": q.outcome, "mistakes": list(q.mistakes), "by": q.by,
             "comments": list(q.comments), "from": list(origins(book, grade, q))}
            for q in grade.questions
        ],
        "comments": list(grade.comments),
        "decisions": [
            {**vars(d), "replaces": list(d.replaces)}
            for d in book.decisions.all
            if d.assignment == grade.assignment and d.student in own
        ],
        "problems": [
            {"who": t.who, "kind": t.kind, "text": t.text, "command": t.command}
            for t in grade.troubles
        ],
        **({"answers": parts} if parts else {}),
    }  # fmt: skip


def _word(key: str, **values: object) -> str:
    return words_for("grader")["show", key](values)


def _exact(points: Fraction | None) -> str | None:
    return None if points is None else str(points)
