"""Essays: the problem type ``grader.essay``, for a course's own questions that a person reads.

There is nothing to simulate, and so no key and no mistakes: `run` is a Run without steps. Everybody is
asked the same, or about one of the topics that the exercise's ``[space]`` lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oslab.exercise.answers import Essay as EssayAnswer
from oslab.exercise.problem import Answers, Figure, Problem
from oslab.randomness import Generator
from oslab.run import Run
from oslab.text import Text


@dataclass(frozen=True)
class EssaySpace:
    """What may be asked. `topics`: one of them, drawn, fills ``$topic`` in the statement."""

    topics: tuple[Text, ...] = ()


@dataclass(frozen=True)
class EssayParams:
    """What one person is asked; `topic` None: what everybody is."""

    topic: Text | None


class Essay(Problem[EssayParams, EssaySpace]):
    """A free text, read by a person."""

    version = 1
    params = EssayParams
    space = EssaySpace
    answers = {"text": EssayAnswer()}

    def draw(self, rng: Generator, space: EssaySpace) -> EssayParams:
        return EssayParams(rng.choice(space.topics) if space.topics else None)

    def present(self, p: EssayParams) -> Mapping[str, Figure]:
        return {"topic": str(p.topic)} if p.topic else {}

    def run(self, p: EssayParams) -> Run:
        return Run(command="grader.essay", config=p)

    def solve(self, p: EssayParams, run: Run) -> Answers:
        return {}
