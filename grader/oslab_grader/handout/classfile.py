"""The class file and the sheets of what was handed out, as texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from oslab import __version__
from oslab.exercise.catalogue import Entry
from oslab.exercise.fields import read_record
from oslab.homework.classfile import ClassFile, ClassQuestion
from oslab.plugins import plugins
from oslab_grader.course.model import Assignment, Course
from oslab_grader.handout.record import HandedQuestion, Head


def class_file(course: Course, assignment: Assignment, head: Head) -> ClassFile:
    """The class file: what was handed out from the record, the rest from course.toml. No rubrics."""
    return ClassFile(
        assignment=head.assignment,
        title=assignment.title,
        course=course.title,
        due=assignment.due,
        timezone=course.timezone.key,
        student_id=course.student_id,
        key=head.key,
        questions=tuple(map(_class_question, head.questions)),
        feedback=assignment.feedback,
        team=head.team,
        plugins=tuple(needed(course, head)),
        oslab=_oslab(head),
    )


def _class_question(question: HandedQuestion) -> ClassQuestion:
    entry = read_record(Entry, question.entry)
    answers = tuple(replace(asked, rubric=()) for asked in entry.answer)
    return ClassQuestion(
        question.name,
        question.exercise,
        question.problem,
        question.version,
        replace(entry, answer=answers),
    )


def _oslab(head: Head) -> str:
    """The version of oslab that drew the built-in exercises; where there are none, this one."""
    made = (question.made_by.partition(" ") for question in head.questions)
    return next((version for name, _, version in made if name == "oslab"), __version__)


def needed(course: Course, head: Head) -> Sequence[str]:
    """Of the course's plugins those that have problem types of this assignment, as requirements."""
    names = {question.problem.partition(".")[0] for question in head.questions}
    loaded = plugins().loaded
    used = {_plain(loaded[name].distribution) for name in names if name in loaded}
    return [text for text in course.plugins if _plain(_distribution(text)) in used]


def _distribution(requirement: str) -> str:
    """The name at the head of a requirement: ``oslab-buddy>=1.4,<2``."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return found[1] if found else ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()
