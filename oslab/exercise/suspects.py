"""What each modelled mistake would predict, cell by cell, for a run in predict mode.

A learner in predict mode sees what truly happened before each step. So a mistake is followed from
there: where its answers are the right ones to other parameters (LRU instead of FIFO), those parameters
decide each single step after the true steps before it, through `Problem.follow`. Answers prepared
without looking are compared with what the mistake leads to when nobody corrects it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from oslab.exercise.answers import Table
from oslab.exercise.problem import Answers, Problem, rows_of
from oslab.exercise.recognition import Recognised, recognise
from oslab.run import Run

# Following takes time that grows with the row; what a learner thinks now shows in the latest rows.
MOST_ROWS = 100

Cell: TypeAlias = tuple[str, int, str]
"""Action, which of its steps (from 0), name of the result."""


@dataclass
class Suspects:
    """The mistakes that can happen in a run, to be compared with a learner's predictions.

    beliefs     parameters under which a mistake's answers are right, where there are such
    uncorrected what each mistake predicts when it is never corrected
    followed    what it predicts after the true steps before; filled row by row
    """

    run: Run
    problem: Problem[Any, Any] | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    key: dict[Cell, Any] = field(default_factory=dict)
    beliefs: dict[str, Any] = field(default_factory=dict)
    uncorrected: dict[str, Mapping[Cell, Any]] = field(default_factory=dict)
    followed: dict[str, dict[Cell, Any]] = field(default_factory=dict)
    _done: set[tuple[str, str, int]] = field(default_factory=set)

    def recognise(self, given: Mapping[Cell, Any]) -> Recognised | None:
        """The mistakes that explain predictions."""
        if not self.uncorrected:
            return None
        rows = dict.fromkeys((action, row) for action, row, _ in given)
        recent = set(list(rows)[-MOST_ROWS:])
        given = {cell: value for cell, value in given.items() if cell[:2] in recent}
        self._follow(recent)

        def same(cell: Cell, key: Any, value: Any) -> bool:
            return self.run.asks[cell[0]][cell[2]].same(key, value)

        looking = recognise(self.key, given, {**self.uncorrected, **self.followed}, same)
        if looking and looking.exact:
            return looking
        blind = recognise(self.key, given, self.uncorrected, same)
        return blind if blind and blind.exact else looking or blind

    def _follow(self, rows: set[tuple[str, int]]) -> None:
        """Fill in what each mistake predicts in these rows."""
        for answer, table in self.tables.items():
            truth = rows_of(self.run, table)
            for action, row in rows:
                if action == table.action:
                    self._follow_row(answer, action, row, truth)

    def _follow_row(
        self, answer: str, action: str, row: int, truth: Sequence[Mapping[str, Any]]
    ) -> None:
        assert self.problem is not None
        for name, believed in list(self.beliefs.items()):
            if (name, action, row) in self._done:
                continue
            self._done.add((name, action, row))
            try:
                due = self.problem.follow(believed, answer, truth[:row])
            except Exception:  # it follows sheets drawn by exercises; a command allows more
                due = None
            if due is None:
                del self.beliefs[name]
                self.followed.pop(name, None)
                continue
            cells = self.followed.setdefault(name, {})
            cells.update(
                {(action, row, c): v for c, v in due.items() if (action, row, c) in self.key}
            )


def suspects(run: Run, problem: Problem[Any, Any] | None) -> Suspects:
    """The suspects for a run, from the tables of its problem type that ask what the run asks.

    None where there is no such problem type, or its parameters are not the run's configuration.
    """
    if problem is None or not isinstance(run.config, problem.params):
        return Suspects(run)
    tables = {
        name: kind
        for name, kind in problem.answers.items()
        if isinstance(kind, Table) and kind.action in run.asks
    }
    found = Suspects(run, problem, tables)
    places: dict[str, int] = {}
    for step in run.steps:
        place = places.get(step.action, 0)
        places[step.action] = place + 1
        for name in run.asks.get(step.action, {}):
            if name in step.result:
                found.key[step.action, place, name] = step.result[name]
    for name, gives in problem.mistakes().items():
        try:
            answers, believed = _answers_and_belief(problem, gives, run.config)
        except Exception:  # a mistake need not be defined for all that a command allows
            continue
        cells = _cells(tables, answers or {}, places)
        found.uncorrected[name] = {c: v for c, v in cells.items() if c in found.key}
        if believed is not None and problem.follows() and found.uncorrected[name]:
            found.beliefs[name] = believed
    return found


def _answers_and_belief(
    problem: Problem[Any, Any], gives: Any, params: Any
) -> tuple[Answers | None, Any | None]:
    """A mistake's answers, and the parameters they are the right answers to: those it had solved, when
    what it gives is that very solution."""
    solved: list[tuple[Any, Answers]] = []

    def solve(self: Problem[Any, Any], p: Any, run: Run) -> Answers:
        answers = type(problem).solve(self, p, run)
        solved.append((p, answers))
        return answers

    def answers_to(self: Problem[Any, Any], p: Any) -> Answers:
        answers = type(problem).answers_to(self, p)
        solved.append((p, answers))
        return answers

    watched = type("Watched", (type(problem),), {"solve": solve, "answers_to": answers_to})()
    answers = gives(watched, params)
    believed = (p for p, solution in solved if solution is answers and p != params)
    return answers, next(believed, None)


def _cells(
    tables: Mapping[str, Table], answers: Answers, places: Mapping[str, int]
) -> Mapping[Cell, Any]:
    cells: dict[Cell, Any] = {}
    for name, table in tables.items():
        rows: Sequence[Mapping[str, Any]] = answers.get(name, ())
        if len(rows) == places.get(table.action, 0):
            for place, row in enumerate(rows):
                cells.update({(table.action, place, column): v for column, v in row.items()})
    return cells
