"""Frozen variants: what a handout keeps of a question, so that no upgrade changes anybody's numbers or grade.

A variant is drawn once. Its parameters, printed rows and key are written down; grading reads them back
and never draws or solves again. Of the plugin, only the answer types are needed, and its mistakes, to
name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from oslab.errors import InputError
from oslab.exercise.answers import Accept, Ordering, Table
from oslab.exercise.catalogue import Exercise
from oslab.exercise.problem import Answers
from oslab.exercise.variant import Variant, recorded_params


def freeze(variant: Variant) -> dict[str, Any]:
    """A variant as JSON can write it. Raises InputError for a key that holds a stranger's objects."""
    printed = {
        asked.name: variant.rows(asked.name)
        for asked in variant.exercise.entry.answer
        if isinstance(variant.exercise.kind(asked.name), Table | Ordering)
    }
    return {**variant.record(), "rows": key_to_json(printed), "key": key_to_json(variant.asked())}


class Thawed(Variant):
    """A variant whose parameters are read when they are first asked for: right answers need none."""

    def __getattr__(self, name: str) -> Any:
        if name != "params":
            raise AttributeError(name)
        try:
            params = recorded_params(self.exercise, self.__dict__["frozen"])
        except MemoryError:
            raise
        except (Exception, SystemExit):  # `migrate` is a stranger's code
            params = None
        self.__dict__["params"] = params
        return params


def thaw(exercise: Exercise, frozen: Mapping[str, Any]) -> Variant:
    """The variant that was frozen, with the key that was recorded; without parameters where the problem
    type, as installed, cannot read them, for whatever reason."""
    key, rows = key_from_json(frozen["key"]), key_from_json(frozen["rows"])
    variant = Thawed(exercise, frozen["code"], None, key, printed=rows)
    del variant.__dict__["params"]
    variant.__dict__["frozen"] = frozen
    return variant


def key_to_json(value: Any) -> Any:
    """Answers of a key as JSON can write them; `key_from_json` gives back equal ones.

    What JSON has no form for stands as an object with one member: ``{"$fraction": "1/3"}``,
    ``{"$set": [1, 2]}``, ``{"$accept": ["a", "b"]}``, ``{"$bytes": "00ff"}``.
    """
    if isinstance(value, Accept):
        return {"$accept": [key_to_json(v) for v in value.values]}
    if isinstance(value, Fraction):
        return {"$fraction": f"{value.numerator}/{value.denominator}"}
    if isinstance(value, frozenset | set):
        return {"$set": [key_to_json(v) for v in sorted(value)]}
    if isinstance(value, tuple | list):
        return [key_to_json(v) for v in value]
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {str(name): key_to_json(v) for name, v in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)  # Hex and the like: equal to their numbers
    if value is None or isinstance(value, str | bool | float):
        return value
    raise InputError(f"a key holds {type(value).__name__}, which cannot be recorded")


def key_from_json(value: Any) -> Any:
    """What `key_to_json` wrote. Arrays come back as tuples."""
    if isinstance(value, list):
        return tuple(key_from_json(v) if isinstance(v, list | dict) else v for v in value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        match value:
            case {"$accept": values}:
                return Accept(*(key_from_json(v) for v in values))
            case {"$fraction": text}:
                return Fraction(text)
            case {"$set": values}:
                return frozenset(key_from_json(v) for v in values)
            case {"$bytes": text}:
                return bytes.fromhex(text)
    return {n: key_from_json(v) if isinstance(v, list | dict) else v for n, v in value.items()}


def recomputed(exercise: Exercise, frozen: Mapping[str, Any]) -> Answers:
    """The key that the problem type as installed gives for the recorded parameters. Raises InputError
    and NotImplementedError as `recorded_params` does."""
    params = recorded_params(exercise, frozen)
    asked = {a.name for a in exercise.entry.answer}
    key = exercise.problem.solve(params, exercise.problem.run(params))
    return {name: value for name, value in key.items() if name in asked}
