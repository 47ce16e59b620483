"""Grades that hang on somebody else's data: those graded as a student's variant, those of a team that a
student handed in for. Before that student is forgotten, their points are put down as decisions, so that
nobody's final grade changes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from oslab_grader.book.book import Book
from oslab_grader.book.decisions import decide
from oslab_grader.book.grades import Grade

WHY = "as it was before a student's data were removed"


def dependents(book: Book, student: str) -> Sequence[Grade]:
    """The final grades of others that hang on a student's share or uploads."""
    return [
        grade
        for assignment, out in book.handed_out().items()
        if out
        for grade in book.grades(assignment)
        if grade.status == "final"
        and grade.student != student
        and student in (grade.owner, grade.handed_in_by)
    ]


def put_down(book: Book, grader: str, student: str, grades: Sequence[Grade]) -> None:
    """Record the points of these grades as given by hand. Raises InputError.

    student  who is forgotten; with an upload of theirs its lateness goes, so that is taken off here
    """
    made = [
        {
            "kind": "points",
            "assignment": grade.assignment,
            "student": grade.student,
            "question": question.name,
            "value": str(question.earned * (1 - _lost(grade, student))),
            "why": WHY,
        }
        for grade in grades
        for question in grade.questions
        if question.earned is not None and question.outcome != "void"
    ]
    decide(book.course.decisions, grader, made)


def _lost(grade: Grade, student: str) -> Fraction:
    return grade.late.penalty if grade.handed_in_by == student else Fraction(0)
