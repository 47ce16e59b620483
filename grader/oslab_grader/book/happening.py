"""Which modelled mistakes can be shown by the variants of a question that were handed out.

A problem type models mistakes for all its exercises. One exercise asks for a part of the answers, over a part
of the parameters, where some of them never differ from the key.
"""

from __future__ import annotations

from collections.abc import Sequence

from oslab.exercise.catalogue import Exercise
from oslab.exercise.frozen import thaw
from oslab_grader.handout.record import HandedQuestion, Record

# Of more variants so many are tried, evenly spread: enough for what happens in one of ten.
MOST = 40


def happening(record: Record, question: HandedQuestion, exercise: Exercise) -> Sequence[str]:
    """The mistakes that happen in a handed-out variant, in the order of the problem type; all that are
    modelled where no variant can be tried."""
    known = list(exercise.problem.mistakes())
    found: set[str] = set()
    tried = False
    for owner in record.some(MOST):
        try:
            variant = thaw(exercise, record.share(owner).questions[question.name])
            tried = tried or variant.params is not None
            found |= set(variant.mistakes())
        except (Exception, SystemExit):  # a stranger's code
            continue
        if len(found) == len(known):
            break
    return [name for name in known if name in found] if tried else known
