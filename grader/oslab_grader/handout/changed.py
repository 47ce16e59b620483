"""What was edited in course.toml or exercises/ after it had been handed out.

Students have what was handed out, and grading keeps to it; an edit would only seem to take effect. Due
date, title, feedback and which upload counts are no part of that, and may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from oslab.errors import InputError
from oslab.exercise.fields import to_json
from oslab_grader.course.model import Assignment, Course, QuestionSetting
from oslab_grader.handout.freeze import record_file
from oslab_grader.handout.record import HandedQuestion, Head, Record
from oslab_grader.handout.resolve import own_exercises, resolve


def changes(course: Course, assignment: Assignment) -> list[str]:
    """A line for each edit since the handout; none where it has not been handed out."""
    file = record_file(course, assignment.name)
    return list(_changes(course, assignment, Record(file).head)) if file.exists() else []


def refuse_changes(course: Course, assignment: Assignment) -> None:
    """Raises InputError listing what was edited since the handout, and what to do about it."""
    edited = changes(course, assignment)
    if edited:
        first = next((e.partition(":")[0] for e in edited if e.startswith("q")), "q1")
        lines = [f"{assignment.name} has been handed out; edited since, without effect:"]
        lines += [f"  {line}" for line in edited]
        lines.append(
            "Undo it; a question that is wrong is mended for everybody by: "
            f"oslab gradebook amend {assignment.name} {first}"
        )
        raise InputError("\n".join(lines))


def _changes(course: Course, assignment: Assignment, head: Head) -> Iterator[str]:
    name = f"{course.name}/{assignment.name}"
    if head.assignment != name:
        yield f"course: handed out as {head.assignment}, now {name}"
    if head.team != assignment.team:
        yield f"team: handed out to {'teams' if head.team else 'each student'}"
    own = own_exercises(course)
    pairs = zip_longest(head.questions, assignment.questions)
    for i, (question, setting) in enumerate(pairs, 1):
        if setting is None:
            yield f"q{i}: {question.exercise} was handed out, and is gone from course.toml"
        elif question is None:
            yield f"q{i}: {setting.exercise} was added; put it into a new assignment"
        elif question.exercise != setting.exercise:
            yield f"q{i}: handed out with {question.exercise}, now {setting.exercise}"
        else:
            yield from _edits(course, question, setting, own)


def _edits(
    course: Course, question: HandedQuestion, setting: QuestionSetting, own: Sequence[str]
) -> Iterator[str]:
    """Edits of one question. Of the catalogue only the points: another version of oslab may say the same
    thing in other words, and that is nobody's edit."""
    name = question.name
    if setting.points is not None and setting.points != question.points:
        yield f"{name}: handed out with {question.points} points, now {setting.points}"
        return
    file = f"exercises/{question.exercise.partition('/')[2]}.toml"
    mine = question.exercise in own
    if not mine and question.exercise.startswith(f"{course.prefix}/"):
        yield f"{name}: {file} is gone"
        return
    try:
        now = resolve(course, setting).entry
    except InputError as error:
        if mine:
            yield from (f"{name}: {line}" for line in str(error).splitlines())
        return
    if mine:
        before, after = question.entry, to_json(now)
        keys = [key for key in after if before.get(key) != after[key]]
        if keys:
            yield f"{name}: {file}: {', '.join(keys)}"
    elif now.points != question.points:
        yield (
            f"{name}: handed out with {question.points} points, and course.toml no longer says so"
        )
