"""What the index keeps of a grade."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from oslab_grader.book.index import dumped, grade_from_json, grade_to_json
from oslab_grader.book.lateness import Lateness
from oslab_grader.book.records import Grade, QuestionGrade, Trouble

texts = st.text(max_size=20)
points = st.fractions(0, 1000)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda time: time.replace(tzinfo=timezone(timedelta(hours=1)))
)
lateness = st.builds(
    Lateness, st.none() | times, st.none() | times, st.integers(0, 99), st.integers(0, 9),
    st.fractions(0, 1), st.booleans(), st.booleans(),
)  # fmt: skip
questions = st.builds(
    QuestionGrade, texts, texts, points, st.none() | points, st.none() | points, points, texts,
    st.lists(texts, max_size=2).map(tuple), texts, st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
troubles = st.builds(
    Trouble, texts, texts, texts, texts, st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
)
grades = st.builds(
    Grade, assignment=texts, student=texts,
    status=st.sampled_from(["final", "waits", "withheld", "missing", "excused"]),
    points=points, so_far=points, total=st.none() | points.map(lambda p: Fraction(round(p, 2))),
    owner=texts, sheet=texts, late=lateness, questions=st.lists(questions, max_size=3).map(tuple),
    comments=st.lists(texts, max_size=2).map(tuple),
    troubles=st.lists(troubles, max_size=2).map(tuple), read_as=texts, handed_in_by=texts,
)  # fmt: skip


@given(grades)
def test_a_grade_comes_back_as_it_was(grade: Grade) -> None:
    assert grade_from_json(json.loads(dumped(grade_to_json(grade)))) == grade


def test_every_field_of_a_grade_is_kept() -> None:
    """A field added to Grade and forgotten here would be lost silently."""
    fields = set(Grade.__dataclass_fields__)
    assert fields == set(grade_to_json(Grade("hw1", "s1", "final", Fraction(1))))
