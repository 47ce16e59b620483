"""Grades and troubles in a sentence, in the language in force."""

from __future__ import annotations

from fractions import Fraction

from oslab.errors import one_line
from oslab.exercise.feedback import rounded
from oslab.plugins import words_for
from oslab.text import language
from oslab_grader.book.records import Grade, Trouble


def trouble_text(trouble: Trouble) -> str:
    """The sentence of its kind in the language in force, or the text that was kept.

    Where its values are the sentence itself, by language, it is that.
    """
    values = dict(trouble.values)
    if language() in values:
        return one_line(values[language()])
    found = words_for("grader").get("trouble-text", trouble.kind) if values else None
    return one_line(found(values) if found else trouble.text)


def grade_text(grade: Grade) -> str:
    """What a grade is: "17.29 of 20", or why there is none."""
    words = words_for("grader")
    line = words["grade-line", grade.status](
        total=rounded(grade.total or Fraction(0)),
        points=rounded(grade.points),
        so_far=rounded(grade.so_far),
        waits=rounded(sum((q.waits for q in grade.questions), Fraction(0))),
        reason=trouble_text(grade.troubles[0]) if grade.troubles else "",
    )
    late = lateness_text(grade) if grade.status in ("final", "waits") else ""
    return f"{line}   {late}".rstrip()


def lateness_text(grade: Grade) -> str:
    """What lateness does to a grade, or nothing."""
    words, late = words_for("grader"), grade.late
    if late.by_lms:
        return words["grade-line", "late-lms"]()
    if late.too_late:
        return words["grade-line", "too-late"](days=days_text(late.days))
    if late.penalty:
        taken = f"{rounded(late.penalty * 100)} %"
        said = words["grade-line", "late-part-free" if late.grace else "late"]
        return said(days=days_text(late.days), grace=late.grace, penalty=taken)
    return words["grade-line", "late-free"](days=days_text(late.days)) if late.days else ""


def days_text(days: int) -> str:
    """A number of days: "1 day", "2 days"."""
    return words_for("grader")["grade-line", "day" if days == 1 else "days"](days=days)
