"""Problem types: what an author writes in Python.

A problem type draws parameters from a space, runs the simulator on them and reads the right answers
off the run. Answers are derived from the run, never computed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from oslab.exercise.answers import AnswerType, Essay, Table
from oslab.randomness import Generator
from oslab.run import Drawing, Run

P = TypeVar("P")
S = TypeVar("S")
M = TypeVar("M", bound=Callable[..., Any])

Answers: TypeAlias = Mapping[str, Any]
_ANSWER_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Code:
    """Preformatted lines in a statement: a listing, a memory dump, drawn bits."""

    text: str


Figure: TypeAlias = "str | int | Drawing | Code"


def mistake(name: str) -> Callable[[M], M]:
    """Mark a method ``(self, p) -> Answers | None`` as a modelled mistake of this name.

    It gives the answers that the misunderstanding leads to (only those fields it changes or implies),
    or None where the mistake cannot happen for these parameters.
    """

    def mark(method: M) -> M:
        method.__oslab_mistake__ = name  # type: ignore[attr-defined]
        return method

    return mark


class Problem(Generic[P, S]):
    """A problem type. Subclasses set the class attributes and override the methods; they keep no state.

    version    rises when draws change; then `migrate` must bring old parameters up to date
    params     the parameters: a frozen dataclass, every convention explicit, no defaults
    space      what an exercise may range over: a frozen dataclass, mostly of `Choose` fields
    answers    name → answer type, in the order they are asked
    required   the mistakes that every draw must tell apart, where an exercise names none
    """

    version: ClassVar[int] = 1
    params: ClassVar[type[Any]]
    space: ClassVar[type[Any]]
    answers: ClassVar[Mapping[str, AnswerType]]
    required: ClassVar[tuple[str, ...]] = ()

    def draw(self, rng: Generator, space: S) -> P:
        """Parameters for a variant; draws that are not `good` are thrown away and drawn again."""
        raise NotImplementedError

    def good(self, p: P) -> bool:
        """Whether these parameters make a question worth asking."""
        return True

    def present(self, p: P) -> Mapping[str, Figure]:
        """What the statement may show: values for its ``$placeholders``."""
        raise NotImplementedError

    def rows(self, p: P, answer: str) -> Sequence[tuple[str | int, ...]]:
        """For a table: its printed cells row by row, the label first. For an ordering: one
        ``(letter,)`` for each listed step. Never depends on the key."""
        return ()

    def run(self, p: P) -> Run:
        """The simulation; also the explanation."""
        raise NotImplementedError

    def solve(self, p: P, run: Run) -> Answers:
        """The key, read off the run. A table's key is a sequence of mappings, one for each row."""
        raise NotImplementedError

    def answers_to(self, p: P) -> Answers:
        """The right answers to other parameters: what a mistake gives that takes LRU for FIFO. By it
        predict mode learns what somebody takes the parameters for. Overridden where there is a cheaper
        way to them than a run."""
        return self.solve(p, self.run(p))

    def follow(
        self, p: P, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from a student's own earlier rows, illegal ones repaired from the key
        first. None: this problem type does not follow through."""
        return None

    def migrate(self, old: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Recorded parameters of an earlier `version`, as the present `params` reads them."""
        raise NotImplementedError(
            f"{type(self).__name__} cannot read parameters of version {version}"
        )

    @classmethod
    def mistakes(cls) -> Mapping[str, Callable[[Any, P], Answers | None]]:
        """The modelled mistakes by name, in the order they are written."""
        found: dict[str, Callable[[Any, P], Answers | None]] = {}
        for base in reversed(cls.__mro__):
            for member in vars(base).values():
                name = getattr(member, "__oslab_mistake__", None)
                if name:
                    found[name] = member
        return found

    @classmethod
    def follows(cls) -> bool:
        """Whether `follow` is overridden."""
        return cls.follow is not Problem.follow


def faults_of(kind: type[Problem[Any, Any]]) -> Sequence[str]:
    """What is wrong with the class attributes of a problem type, which Python itself would only say
    in the middle of a student's question."""
    faults = []
    for name in ("params", "space"):
        given = getattr(kind, name, None)
        if not (isinstance(given, type) and is_dataclass(given)):
            faults.append(f"{name} must be a dataclass")
    if type(kind.version) is not int or kind.version < 1:
        faults.append("version must be a whole number from 1 on")
    answers = getattr(kind, "answers", None)
    if not isinstance(answers, Mapping) or not answers:
        faults.append("answers must name at least one answer and its type")
    else:
        faults += [
            fault for name, asked in answers.items() for fault in _answer_faults(name, asked)
        ]
    mistakes = kind.mistakes()
    if isinstance(kind.required, str):
        faults.append(f'required must be a tuple, such as ("{kind.required}",)')
    else:
        faults += [
            f'required: no mistake is called "{n}"' for n in kind.required if n not in mistakes
        ]
    for method in ("draw", "present", "run", "solve"):
        if getattr(kind, method) is getattr(Problem, method):
            faults.append(f"{method} is not written")
    return faults


def _answer_faults(name: object, asked: object) -> Sequence[str]:
    if not isinstance(name, str) or not _ANSWER_NAME.fullmatch(name):
        return [f"answers: {name!r} must be letters, digits, - and _"]
    if not isinstance(asked, AnswerType):
        return [f"answers: {name} must be an answer type, such as Int(), not {asked!r:.60}"]
    if not isinstance(asked, Table):
        return []
    heads = [asked.label, *asked.given, *asked.columns]
    faults = [] if asked.columns else [f"answers: the table {name} has no columns"]
    if len({str(head).casefold() for head in heads}) < len(heads):
        faults.append(f"answers: the table {name} has two columns of one name")
    for column, cell in asked.columns.items():
        if not isinstance(cell, AnswerType) or isinstance(cell, Table | Essay):
            faults.append(f"answers: {name}.{column} must be an answer type that fits into a cell")
    return faults


def rows_of(run: Run, table: Table) -> tuple[Mapping[str, Any], ...]:
    """A table's key from the steps of its action: each column is the given or result value of that
    name; a result that is absent is none."""
    return tuple(
        {c: step.result[c] if c in step.result else step.given.get(c) for c in table.columns}
        for step in run.steps
        if step.action == table.action
    )
