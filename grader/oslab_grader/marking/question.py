"""Marking one question against its recorded key, whatever becomes of the plugin it is from.

Of a plugin only its answer types are needed, and `follow` where a wrong row may follow from a student's
own earlier ones. That it cannot name a mistake costs no points; where points do depend on code that
fails, the question is a fault: no grade yet, never a lower one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from oslab.errors import InputError
from oslab.exercise.answers import Table
from oslab.exercise.catalogue import Exercise
from oslab.exercise.checking import Marked, check
from oslab.exercise.feedback import note_text, unreadable_places
from oslab.exercise.frozen import key_from_json, thaw
from oslab.exercise.problem import Answers
from oslab.exercise.rowmarks import Outcome
from oslab.exercise.sheet import Question
from oslab.exercise.variant import Variant
from oslab.plugins import PluginError, blamed
from oslab.quantities import printable, shown
from oslab_grader.handout.record import HandedQuestion
from oslab_grader.marking.handed import Handed, further_key
from oslab_grader.marking.result import Task


class Quiet(Variant):
    """A variant of which no mistakes are named."""

    def mistakes(self) -> Mapping[str, Answers]:
        return {}


@dataclass
class MarkedHere:
    """One question that was handed out, with its marks or with the reason why there are none.

    question      as the sheet has it; None where it has not
    lost          why the whole of it may have been meant otherwise, in the language in force
    alternatives  what it earns by further keys
    """

    asked: HandedQuestion
    question: Question | None = None
    marked: Marked | None = None
    fault: str = ""
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alternatives: dict[str, Fraction] = field(default_factory=dict)

    @property
    def unreadable(self) -> list[str]:
        """What of it could not be read. What the sheet does not have is blank."""
        places = unreadable_places(self.marked) if self.marked and self.question else []
        return [*self.lost, *places]


def mark_questions(
    task: Task, handed: Handed, share: Mapping[str, Any], answered: Sequence[Question]
) -> list[MarkedHere]:
    """All questions that were handed out, in order; those that the sheet lacks are blank."""
    questions = {question.name: question for question in answered}
    found = []
    for asked in handed.head.questions:
        here = MarkedHere(asked, questions.get(asked.name))
        exercise = handed.exercises[asked.name]
        found.append(here)
        if isinstance(exercise, str):
            here.fault = printable(exercise)
            continue
        try:
            _mark(here, exercise, share, task)
        except MemoryError:  # the process's limit, not this question's alone
            raise
        except (InputError, PluginError) as error:
            here.marked, here.fault = None, printable(f"{asked.name}: {error}")
        except (Exception, SystemExit) as error:  # a stranger's code: it costs this question only
            here.marked, here.fault = None, printable(f"{asked.name}: {blamed(error)}")
    return found


def _mark(here: MarkedHere, exercise: Exercise, share: Mapping[str, Any], task: Task) -> None:
    name, question = here.asked.name, here.question
    frozen = share["questions"][name]
    variant = thaw(exercise, frozen)
    values, lines = (question.values, question.lines) if question else ({}, {})
    try:
        here.marked = check(variant, values, lines)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        here.marked = check(_quiet(variant), values, lines)
        here.notes.append(printable(f"{name}: no mistakes are named: {blamed(error)}"))
    if any(part.outcome in (Outcome.WRONG, Outcome.PARTIAL) for part in here.marked.parts):
        if variant.params is None:
            made = f"{here.asked.problem}/{here.asked.version}"
            here.notes.append(
                f"{name}: no mistakes are named: it was made with {made}, whose parameters "
                f"{exercise.version} does not read"
            )
        _need_no_following(here.marked)
    for further in task["alternatives"].get(name, ()):
        other = check(_by(variant, further, share["owner"], name, task), values, lines)
        here.alternatives[further] = other.earned
    if question is None:
        here.notes.append(f"{name} is not in the file")
    else:
        _compare(here, question, frozen["code"])


def _compare(here: MarkedHere, question: Question, code: str) -> None:
    """What the sheet says that it answers, beside what was asked."""
    asked, said = here.asked, question.reference
    if said.exercise and said.exercise != asked.exercise:
        here.lost.append(f"{asked.name} answers {shown(said.exercise)}; {asked.exercise} was asked")
    elif said.code and said.code != code:
        here.notes.append(f"{asked.name} names variant {said.code}; marked as {code}")
    if question.unreadable:
        # A reference that is missing or damaged does no harm: what was asked is on record.
        lost = question.unreadable.key == "part-missing"
        (here.lost if lost else here.notes).append(note_text(question.unreadable))


def _quiet(variant: Variant, key: Answers | None = None) -> Quiet:
    return Quiet(
        variant.exercise,
        variant.code,
        variant.params,
        variant.key if key is None else key,
        printed=variant.printed,
    )


def _by(variant: Variant, further: str, owner: str, question: str, task: Task) -> Quiet:
    """The variant with a further key. Raises InputError when there is no such key."""
    kind, _, name = further.partition(":")
    if kind == "key":
        found = further_key(task, name, owner)
        if question not in found:
            raise InputError(f"the key {name[:16]} has nothing for {owner}")
        return _quiet(variant, {**variant.key, **key_from_json(found[question]["key"])})
    problem = variant.exercise.problem
    gives = problem.mistakes().get(name)
    if gives is None or variant.params is None:
        raise InputError(f"{variant.exercise.version} as installed cannot answer as {name} does")
    # Where the mistake cannot happen there is nothing more to accept.
    answers = gives(problem, variant.params) or {}
    asked = {a.name for a in variant.exercise.entry.answer}
    return _quiet(variant, {**variant.key, **{n: v for n, v in answers.items() if n in asked}})


def _need_no_following(marked: Marked) -> None:
    """Raises InputError where points hang on whether rows follow from earlier ones, and nobody can say."""
    variant = marked.variant
    if variant.params is not None or not variant.exercise.problem.follows():
        return
    for part in marked.parts:
        kind = variant.exercise.kind(part.name)
        wrong = [row for row in part.rows if row.wrong_columns]
        if isinstance(kind, Table) and len(wrong) > 1:
            raise InputError(
                f"whether wrong rows follow from earlier ones cannot be told by "
                f"{variant.exercise.version}, which does not read its parameters"
            )
