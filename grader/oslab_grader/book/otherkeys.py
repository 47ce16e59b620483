"""Whether the plugins as installed would compute other keys than those that were handed out.

The handout's keys hold, whatever is found here; this is for people to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oslab.exercise.frozen import key_to_json, recomputed
from oslab.plugins import PluginError, plugins
from oslab_grader.handout.record import HandedQuestion, Record
from oslab_grader.handout.resolve import bind_question

# Of more variants so many are tried, evenly spread.
MOST = 500


@dataclass(frozen=True)
class OtherKeys:
    """A question whose keys would differ now: in `differ` of `tried` variants."""

    question: str
    made_by: str
    installed: str
    differ: int
    tried: int


def other_keys(record: Record) -> Iterator[OtherKeys]:
    """The questions of a record whose problem type has changed since, and now computes other keys."""
    owners = record.some(MOST)
    for question in record.head.questions:
        installed = _changed(question)
        if not installed:
            continue
        try:
            exercise = bind_question(question)
        except (ValueError, PluginError):
            continue  # what cannot be marked has a row in the problem list
        differ = 0
        for owner in owners:
            frozen = record.share(owner).questions[question.name]
            try:
                now = key_to_json(recomputed(exercise, frozen))
            except (Exception, SystemExit):  # a stranger's code: it computes no key at all
                continue
            differ += now != frozen["key"]
        if differ:
            yield OtherKeys(question.name, question.made_by, installed, differ, len(owners))


def _changed(question: HandedQuestion) -> str:
    """The distribution that has the problem type now, where it or the type is of another version."""
    owner = plugins().loaded.get(question.problem.partition(".")[0])
    if owner is None:
        return ""
    from oslab.plugins import problem

    try:
        same = problem(question.problem).version == question.version
    except (ValueError, PluginError):
        return ""
    return "" if same and owner.origin == question.made_by else owner.origin
