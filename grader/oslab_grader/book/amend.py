"""Amendments: what is mended of a question after it was handed out.

``amend`` writes one down, pending; ``regrade --apply`` puts it into force, in the order of the decisions:
``accept:MISTAKE`` and ``key:DIGEST`` score by a further key, ``full`` gives all points to who handed in,
``void`` takes the question out of the total for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab_grader.book.decisions import Decision, Decisions


@dataclass(frozen=True)
class Amendment:
    """One amendment in force. `mode`: ``keep-higher`` or ``replace``."""

    question: str
    value: str
    mode: str


def amendments(assignment: str, decisions: Decisions) -> Sequence[Decision]:
    """All that were not taken back, pending or in force, in the order they were made."""
    return [d for d in decisions.of(assignment) if d.kind == "amend" and d.value]


def in_force(assignment: str, decisions: Decisions) -> Sequence[Amendment]:
    """Those that were applied, in the order of applying; one counts once, as it was first applied."""
    known = {d.id: d for d in amendments(assignment, decisions)}
    applied: dict[str, Amendment] = {}
    for decision in decisions.of(assignment):
        if decision.kind == "apply":
            for name in decision.attempt.split():
                if name in known and name not in applied:
                    applied[name] = Amendment(
                        known[name].question, known[name].value, decision.value
                    )
    return list(applied.values())


def pending(assignment: str, decisions: Decisions) -> Sequence[Decision]:
    """Those that were not applied yet."""
    applied = {name for d in decisions.of(assignment) if d.kind == "apply" for name in d.attempt.split()}  # fmt: skip
    return [d for d in amendments(assignment, decisions) if d.id not in applied]


def alternatives(assignment: str, decisions: Decisions) -> Mapping[str, tuple[str, ...]]:
    """Question → the further keys that marking must score it by, pending or in force."""
    found: dict[str, set[str]] = {}
    for decision in amendments(assignment, decisions):
        if decision.value.startswith(("accept:", "key:")):
            found.setdefault(decision.question, set()).add(decision.value)
    return {question: tuple(sorted(values)) for question, values in sorted(found.items())}


def amended(
    earned: Fraction | None,
    points: Fraction,
    others: Mapping[str, Fraction],
    applied: Sequence[Amendment],
) -> tuple[Fraction | None, bool, bool]:
    """What a question earns with the amendments of it; whether it got full points; whether it is void.

    earned   by the recorded key; None where it could not be read
    others   what it earns by each further key
    """
    full = void = False
    for amendment in applied:
        if amendment.value == "void":
            void = True
        elif amendment.value == "full":
            earned, full = points, True
        elif earned is not None and amendment.value in others:
            other = others[amendment.value]
            # A mistake that is accepted is a second right answer: the first stays one.
            alone = amendment.mode == "replace" and amendment.value.startswith("key:")
            earned, full = (other, False) if alone else (max(earned, other), full)
    return earned, full, void
