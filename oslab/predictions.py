"""What a learner predicted in one session of predict mode, what it scores and what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from oslab.exercise.answers import AnswerType
from oslab.exercise.fields import to_json
from oslab.exercise.recognition import Recognised
from oslab.exercise.suspects import Cell, Suspects
from oslab.run import Run, Step
from oslab.show.differences import plain
from oslab.text import Words

SCHEMA = "oslab.predict/1"

Outcome: TypeAlias = Literal["right", "wrong", "skipped", "shown"]


@dataclass(frozen=True)
class Prediction:
    """One question, asked. `first`: nothing earlier in the same step was wrong or given away, so the
    answer says what the learner thinks."""

    step: int
    cell: Cell
    outcome: Outcome
    answer: Any
    key: Any
    first: bool


@dataclass
class Session:
    """All that was asked so far, and what has been said about it.

    problem   the name of the problem type whose mistakes are looked for; empty for none
    """

    run: Run
    words: Words
    problem: str
    suspects: Suspects
    predictions: list[Prediction] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    places: Counter[str] = field(default_factory=Counter)

    def count(self, *outcomes: Outcome) -> int:
        return sum(p.outcome in outcomes for p in self.predictions)

    def questions(self) -> int:
        """How many the whole run asks."""
        return sum(len(asked(self.run, step)) for step in self.run.steps)

    def recognised(self) -> Recognised | None:
        """The misunderstanding that the answers so far come from."""
        given = {
            p.cell: p.answer
            for p in self.predictions
            if p.first and p.outcome in ("right", "wrong")
        }
        if not self.count("wrong"):
            return None
        return self.suspects.recognise(given)


def asked(run: Run, step: Step) -> Mapping[str, AnswerType]:
    """What a step asks: the results worth predicting that it has."""
    kinds = run.asks.get(step.action, {})
    return {name: kind for name, kind in kinds.items() if name in step.result}


def document(session: Session) -> dict[str, Any]:
    """The predictions of a session, what they score, and what was recognised."""
    found = session.recognised()
    return {
        "schema": SCHEMA,
        "command": session.run.command,
        "config": to_json(session.run.config),
        "conventions": plain(session.run.conventions),
        "predictions": [
            {
                "step": p.step,
                "action": p.cell[0],
                "name": p.cell[2],
                "outcome": p.outcome,
                "answer": plain(p.answer),
                "key": plain(p.key),
            }
            for p in session.predictions
        ],
        "score": {
            "questions": session.questions(),
            **{o: session.count(o) for o in ("right", "wrong", "skipped", "shown")},
        },
        "mistakes": list(found.names) if found else [],
        "mistakes_exact": bool(found and found.exact),
    }
