"""Variants: (exercise, problem version, code) → parameters, run and key.

A draw is thrown away and drawn again unless it is well posed: the problem type finds it `good`, and
every required mistake can happen, gives other answers than the key, and others than each other. So a
student who is right is never told of a mistake, and one who makes it is told which.

These rules decide which numbers a code draws, so they belong to the format of sheets: a change of them
needs a new `oslab.exercise.sheet.FORMAT`. The golden variants notice one that was not meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from oslab.errors import InputError
from oslab.exercise.answers import Table, accepted, alike
from oslab.exercise.catalogue import Exercise
from oslab.exercise.fields import read_record, to_json
from oslab.exercise.problem import Answers
from oslab.exercise.sheet import FORMAT
from oslab.plugins import PluginError
from oslab.randomness import Generator
from oslab.run import Run

TRIES = 400
# A table and a mistake are told apart by this many rows.
TELLING_ROWS = 3


class IllPosed(InputError):
    """An exercise whose space yields no well-posed draw."""


@dataclass(frozen=True)
class Variant:
    """One person's question: parameters, the key read off the run on them, and the run.

    params     None where they were recorded by a version that the problem type no longer reads; then no
               mistake is named and nothing explained, but answers are compared with the recorded key
    simulated  the run, where it was made already
    printed    the printed cells of each table, where they were recorded
    """

    exercise: Exercise
    code: str
    params: Any
    key: Answers
    simulated: Run | None = None
    printed: Mapping[str, Sequence[tuple[str | int, ...]]] | None = None

    @cached_property
    def run(self) -> Run:
        """The simulation behind the key; also the explanation."""
        return self.simulated or self.exercise.problem.run(self.params)

    def asked(self) -> Answers:
        """The key of the answers that the exercise asks for; an essay has none."""
        names = [a.name for a in self.exercise.entry.answer]
        return {name: self.key[name] for name in names if name in self.key}

    def rows(self, answer: str) -> tuple[tuple[str | int, ...], ...]:
        """The printed cells of a table, or the letters of an ordering."""
        if self.printed is not None:
            return tuple(self.printed.get(answer, ()))
        return tuple(self.exercise.problem.rows(self.params, answer))

    def mistakes(self) -> Mapping[str, Answers]:
        """What each modelled mistake that can happen here answers, where it is asked and is told
        apart from the key."""
        return self._mistakes

    @cached_property
    def _mistakes(self) -> Mapping[str, Answers]:
        known = self.params is not None
        return mistakes_of(self.exercise, self.params, self.key) if known else {}

    def record(self) -> dict[str, Any]:
        """All that must be kept so that an upgrade changes nobody's problem or grade silently."""
        return {
            "exercise": self.exercise.id,
            "code": self.code,
            "problem": self.exercise.entry.problem,
            "version": self.exercise.problem.version,
            "params": to_json(self.params),
        }


def draw(exercise: Exercise, code: str) -> Variant:
    """The variant of an exercise that a code names. Raises IllPosed after many fruitless tries, and
    InputError where its [space] allows parameters that the simulator refuses."""
    try:
        return _draw(exercise, code)
    except IllPosed:
        raise
    except InputError as error:
        raise InputError(f"{exercise.id}: a draw from its [space] is refused: {error}") from error
    except SystemExit as error:  # a problem type must not end the program
        raise PluginError(f"{exercise.entry.problem}: it called sys.exit()") from error


def _draw(exercise: Exercise, code: str) -> Variant:
    problem = exercise.problem
    reasons: Counter[str] = Counter()
    for attempt in range(TRIES):
        label = f"oslab/{FORMAT} {exercise.id} {exercise.version} {code} {attempt}"
        params = problem.draw(Generator(label), exercise.space)
        if not problem.good(params):
            reasons["not good"] += 1
            continue
        run = problem.run(params)
        key = problem.solve(params, run)
        fault = _ill_posed(exercise, params, key)
        if fault is None:
            return Variant(exercise, code, params, key, run)
        reasons[fault] += 1
    commonest = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))
    raise IllPosed(
        f"{exercise.id}: no well-posed draw for variant {code} in {TRIES} tries: {commonest}; "
        "its [space] is too narrow, or the mistakes it requires too much alike"
    )


def replay(exercise: Exercise, record: Mapping[str, Any]) -> Variant:
    """A variant from its record: never drawn again. Raises InputError if it is not this exercise's."""
    problem = exercise.problem
    params = recorded_params(exercise, record)
    run = problem.run(params)
    return Variant(exercise, record["code"], params, problem.solve(params, run), run)


def recorded_params(exercise: Exercise, record: Mapping[str, Any]) -> Any:
    """The parameters in a record, brought up to date. Raises InputError if they are not this
    exercise's, NotImplementedError if they are too old to be read."""
    problem = exercise.problem
    if record["problem"] != exercise.entry.problem:
        raise InputError(
            f"{exercise.id}: recorded with {record['problem']}, now {exercise.version}"
        )
    old = record["params"]
    if record["version"] != problem.version:
        old = problem.migrate(old, record["version"])
    return read_record(problem.params, old, f"{exercise.id} params")


def mistakes_of(exercise: Exercise, params: Any, key: Answers) -> Mapping[str, Answers]:
    """Each modelled mistake's answers to what is asked, where it can happen and is not the key."""
    asked = {a.name for a in exercise.entry.answer}
    found = {}
    for name, gives in exercise.problem.mistakes().items():
        answers = gives(exercise.problem, params)
        if answers is not None:
            answers = {n: v for n, v in answers.items() if n in asked}
            _check_rows(exercise, name, key, answers)
            if differ(exercise, key, answers, enough=False):
                found[name] = answers
    return found


def _check_rows(exercise: Exercise, mistake: str, key: Answers, answers: Answers) -> None:
    """Raises PluginError for a mistake that fills a table with other rows than it has."""
    for asked in exercise.entry.answer:
        if asked.name in answers and isinstance(exercise.kind(asked.name), Table):
            rows, due = len(answers[asked.name]), len(key[asked.name])
            if rows != due:
                raise PluginError(
                    f"{exercise.entry.problem}: the mistake {mistake} gives {rows} rows for the table "
                    f"{asked.name}, which has {due}"
                )


def differ(exercise: Exercise, one: Answers, other: Answers, enough: bool = True) -> bool:
    """Whether two sets of answers can be told apart in what is asked; an answer that only one gives is
    not compared. Where `one` accepts several values, each is right.

    `enough`: by TELLING_ROWS rows of a table (half of a short one), by ten tolerances of a number.
    A number beside a table that differs in too few rows is not enough: many slips lead to it.
    """
    few = False
    for asked in exercise.entry.answer:
        if asked.name not in one or asked.name not in other:
            continue
        kind, a, b = exercise.kind(asked.name), one[asked.name], other[asked.name]
        if isinstance(kind, Table):
            apart = (not _alike(kind, x, y) for x, y in zip(a, b, strict=True))
            if not enough and any(apart):
                return True
            rows = sum(apart)
            if enough and rows >= min(TELLING_ROWS, (len(a) + 1) // 2):
                return True
            few = few or rows > 0
    return not few and any(
        exercise.kind(a.name).apart(one[a.name], other[a.name])
        if enough
        else not exercise.kind(a.name).same(one[a.name], accepted(other[a.name])[0])
        for a in exercise.entry.answer
        if a.name in one and a.name in other and not isinstance(exercise.kind(a.name), Table)
    )


def _alike(table: Table, one: Answers, other: Answers) -> bool:
    return all(
        alike(kind, one[column], accepted(other[column])[0])
        for column, kind in table.columns.items()
        if column in one and column in other
    )


def _ill_posed(exercise: Exercise, params: Any, key: Answers) -> str | None:
    """Why a draw must be thrown away, or None."""
    required: dict[str, Answers] = {}
    for name in exercise.required:
        answers = exercise.problem.mistakes()[name](exercise.problem, params)
        if answers is None:
            return f"{name} cannot happen"
        _check_rows(exercise, name, key, answers)
        # What a mistake does not say it gets right.
        required[name] = {**key, **answers}
        if not differ(exercise, key, required[name]):
            return f"{name} is too near the key"
    for (one, a), (other, b) in combinations(required.items(), 2):
        if not differ(exercise, a, b):
            return f"{one} and {other} are too much alike"
    return None
