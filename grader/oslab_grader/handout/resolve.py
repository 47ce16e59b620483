"""Which exercise a question of course.toml means: one of the catalogue, or one of the course's own.

The course's own are ``exercises/STEM.toml`` and called ``PREFIX/STEM``. What has been handed out is never
looked up again: `bind_question` takes it from the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from oslab.errors import InputError
from oslab.exercise import catalogue
from oslab.exercise.catalogue import AskedAnswer, Entry, Exercise
from oslab.exercise.decoding import LIMIT
from oslab.exercise.fields import read_record
from oslab.exercise.problem import Problem
from oslab.exercise.reading import read_bytes
from oslab.plugins import PluginError, absent, plugins, problem, words_for
from oslab_grader.course.model import Course, QuestionSetting
from oslab_grader.handout.record import HandedQuestion

_STEM = re.compile(r"[a-z0-9][a-z0-9-]*")


def resolve(course: Course, setting: QuestionSetting) -> Exercise:
    """The exercise that is meant, its answers' points (and rubrics) scaled to what the question is worth.

    Raises InputError naming what is near where there is none, or every fault of the course's own file.
    """
    own = own_exercises(course)
    if setting.exercise in own:
        found = _own(course, setting.exercise)
    elif setting.exercise in catalogue.sources():
        found = catalogue.exercise(setting.exercise)
    else:
        raise InputError(_missing(course, setting.exercise, own))
    return scaled(found, setting.points)


def own_exercises(course: Course) -> Sequence[str]:
    """The ids of the course's own exercises, sorted.

    Raises InputError for a file whose name cannot be one, and where a plugin has the name they go by.
    """
    try:
        stems = sorted(f.name.removesuffix(".toml") for f in course.exercises.glob("[!.]*.toml"))
    except OSError as error:
        raise InputError(f"exercises/ cannot be listed: {error.strerror}") from None
    faults = [
        f"exercises/{stem}.toml: an exercise is named in small letters, digits and hyphens"
        for stem in stems
        if not _STEM.fullmatch(stem)
    ]
    if stems and course.prefix in plugins().loaded:
        faults.append(
            f'exercises/ of the course "{course.name}" would be called {course.prefix}/…, as those of the '
            f"plugin {course.prefix} are; name the course otherwise (os101-2026)"
        )
    if faults:
        raise InputError("\n".join(faults))
    return [f"{course.prefix}/{stem}" for stem in stems]


def own_entry(course: Course, name: str) -> Entry:
    """The file of one of the course's own exercises. Raises InputError listing its faults."""
    stem = name.partition("/")[2]
    data = read_bytes(course.exercises / f"{stem}.toml")
    if len(data) > LIMIT:
        raise InputError(f"exercises/{stem}.toml is larger than {LIMIT // 1024} KiB")
    return catalogue.read_entry(data, f"exercises/{stem}")


def _own(course: Course, name: str) -> Exercise:
    entry = own_entry(course, name)
    try:
        return catalogue.bind(name, entry)
    except InputError as error:  # it names the file by the id
        stem = name.partition("/")[2]
        raise InputError(str(error).replace(f"{name}.toml:", f"exercises/{stem}.toml:")) from None


def _missing(course: Course, name: str, own: Sequence[str]) -> str:
    """That there is no such exercise, and what there is."""
    known = [*own, *catalogue.sources()]
    plugin, slash, stem = name.partition("/")
    gone = absent(plugin) if slash and plugin != course.prefix else ""
    near = get_close_matches(name, known, n=3, cutoff=0.75)
    near += [n for n in known if len(stem or name) > 2 and (stem or name) in n and n not in near]
    if near:
        return f'no exercise "{name}"{gone}. Near: {", ".join(near[:3])}.'
    if slash and plugin == course.prefix:
        return f'no exercise "{name}": there is no exercises/{stem}.toml'
    return f'no exercise "{name}"{gone}; all: oslab exercise list'


def scaled(exercise: Exercise, points: Fraction | None) -> Exercise:
    """The exercise, its answers' points in proportion so that they add up to `points`; None: as it is.

    Raises InputError for points that no answer can have.
    """
    factor = Fraction(1) if points is None else points / exercise.entry.points
    if factor == 1:
        return exercise
    try:
        answers = tuple(_scaled(asked, factor) for asked in exercise.entry.answer)
    except ValueError as error:
        raise InputError(f"{exercise.id} for {points} points: {error}") from None
    return replace(exercise, entry=replace(exercise.entry, answer=answers))


def _scaled(asked: AskedAnswer, factor: Fraction) -> AskedAnswer:
    rubric = tuple(replace(line, points=line.points * factor) for line in asked.rubric)
    return replace(asked, points=asked.points * factor, rubric=rubric)


def bind_question(question: HandedQuestion) -> Exercise:
    """A question as it was handed out, bound to its problem type as installed.

    The catalogue is not read. What a later version of the problem type no longer knows (a mistake it has
    words for, a key of its space) is left out: marking needs answers and their types only.

    Raises InputError where the problem type is gone or no longer has an answer that was asked for.
    """
    try:
        entry = read_record(Entry, question.entry)
        kind: Problem[Any, Any] = problem(entry.problem)
        words = words_for(entry.problem.partition(".")[0])
    except (InputError, PluginError) as error:
        raise InputError(
            f"{question.name} ({question.exercise}, made by {question.made_by}): {error}"
        ) from None
    gone = [asked.name for asked in entry.answer if asked.name not in kind.answers]
    if gone:
        raise InputError(
            f"{question.name} ({question.exercise}): {entry.problem} as installed has no answer "
            f"{', '.join(gone)}; it was handed out with {question.made_by}"
        )
    known = kind.mistakes()
    feedback = {name: text for name, text in entry.feedback.items() if name in known}
    required = tuple(name for name in entry.required if name in known)
    try:
        space = read_record(kind.space, entry.space, "space")
    except InputError:
        space = None
    entry = replace(entry, feedback=feedback, required=required)
    return Exercise(question.exercise, entry, kind, space, words)
