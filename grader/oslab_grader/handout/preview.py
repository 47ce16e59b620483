"""Preview: an assignment tried over many variants before anybody gets one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from oslab.conformance.suite import LAZY_LIMIT, lazy_score, seed_code, through_sheet
from oslab.errors import InputError
from oslab.exercise.answers import Essay
from oslab.exercise.catalogue import Entry, Exercise, bind
from oslab.exercise.fields import read_record, to_json
from oslab.exercise.variant import Variant, draw
from oslab.plugins import PluginError, blamed
from oslab_grader.handout.record import HandedQuestion
from oslab_grader.handout.spread import processors, spread

SCHEMA = "oslab.preview/1"
# From so many draws on it is worth starting processes.
MANY = 200
# Fewer different variants than that are no personal sheets.
FEW = 20


@dataclass(frozen=True)
class Previewed:
    """What trying one question over many variants shows.

    distinct   how many of them differ
    key        the least that a key earns, of `points` that need no person; `waits` need one
    lazy       the share of the points that the best constant answer earns; None: an essay has none
    mistakes   modelled mistake → whether it earns less than full points and is named, wherever it happens
    fault      why it cannot be tried at all, or ""
    """

    name: str
    exercise: str
    drawn: int
    distinct: int = 0
    key: Fraction = Fraction(0)
    points: Fraction = Fraction(0)
    waits: Fraction = Fraction(0)
    lazy: Fraction | None = None
    mistakes: tuple[tuple[str, bool], ...] = ()
    fault: str = ""

    @property
    def told(self) -> int:
        """How many of the mistakes are told apart."""
        return sum(told for _, told in self.mistakes)

    def warnings(self) -> Sequence[tuple[str, dict[str, object]]]:
        """What is not as it should be: a key of the words, and its values."""
        found: list[tuple[str, dict[str, object]]] = []
        if self.fault:
            return [("fault", {"text": self.fault})]
        if self.key < self.points:
            found.append(("key-less", {}))
        if self.lazy is not None and self.lazy > LAZY_LIMIT:
            found.append(("lazy-high", {"limit": int(LAZY_LIMIT * 100)}))
        found += [("mistake-alike", {"mistake": m}) for m, told in self.mistakes if not told]
        if self.points and self.distinct < min(self.drawn, FEW):
            found.append(("few", {"distinct": self.distinct}))
        return found


def preview(
    questions: Sequence[HandedQuestion], variants: int, processes: int | None = None
) -> list[Previewed]:
    """Try questions as they would be handed out, each over so many variants. `processes` None: as many as
    there are processors, where that pays."""
    if processes is None:
        worth = variants * len(questions) >= MANY
        processes = min(processors(), len(questions)) if worth else 1
    return list(spread(partial(preview_question, variants), questions, processes))


def preview_question(variants: int, question: HandedQuestion) -> Previewed:
    """Try one question. Whatever a plugin does, the result is a row."""
    name, exercise = question.name, question.exercise
    try:
        bound = bind(exercise, read_record(Entry, question.entry))
        drawn = [draw(bound, seed_code(seed)) for seed in range(variants)]
        return _previewed(name, bound, drawn)
    except (InputError, PluginError) as error:
        return Previewed(name, exercise, variants, fault=str(error))
    except Exception as error:  # a stranger's code
        return Previewed(name, exercise, variants, fault=blamed(error))


def _previewed(name: str, exercise: Exercise, drawn: Sequence[Variant]) -> Previewed:
    marks = [through_sheet(v, v.asked()) for v in drawn]
    essays = [a.points for a in exercise.entry.answer if isinstance(exercise.kind(a.name), Essay)]
    waits = sum(essays, Fraction(0))
    by_machine = exercise.entry.points - waits
    lazy = lazy_score(exercise, drawn) * exercise.entry.points / by_machine if by_machine else None
    return Previewed(
        name,
        exercise.id,
        len(drawn),
        len({json.dumps(to_json(v.params), sort_keys=True) for v in drawn}),
        min(m.earned for m in marks),
        by_machine,
        waits,
        lazy,
        _told_apart(drawn),
    )


def _told_apart(drawn: Sequence[Variant]) -> tuple[tuple[str, bool], ...]:
    """Each mistake that happens, and whether it is told apart in every variant where it does."""
    happens: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for variant in drawn:
        for mistake, answers in variant.mistakes().items():
            marked = through_sheet(variant, {**variant.asked(), **answers})
            named = marked.recognised is not None and mistake in marked.recognised.names
            happens[mistake] += 1
            told[mistake] += named and marked.earned < marked.points
    return tuple((name, told[name] == count) for name, count in sorted(happens.items()))


def document(assignment: str, variants: int, found: Sequence[Previewed]) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "schema": SCHEMA,
        "assignment": assignment,
        "variants": variants,
        "questions": [
            {
                "question": row.name,
                "exercise": row.exercise,
                "distinct": row.distinct,
                "key": to_json(row.key),
                "points": to_json(row.points),
                "waits": to_json(row.waits),
                "lazy": None if row.lazy is None else round(float(row.lazy), 4),
                "mistakes": dict(row.mistakes),
                "warnings": [key for key, _ in row.warnings()],
                "fault": row.fault,
            }
            for row in found
        ],
    }
