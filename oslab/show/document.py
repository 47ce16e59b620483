"""A Run as one JSON document; its form is described by ``run.schema.json`` beside the host.

Each step carries only the drawings that changed (see `oslab.show.differences`), so a run of ten
thousand steps with 64 frames takes some two megabytes. Fractions are numbers in steps and metrics,
exact texts (``"1/3"``) in the configuration. Whatever is empty is left out of a step.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from oslab.exercise.fields import to_json
from oslab.run import Drawing, Run, Step
from oslab.show.differences import apply, difference, plain

if TYPE_CHECKING:
    from oslab.exercise.answers import AnswerType


def document(run: Run, steps: bool = True) -> dict[str, Any]:
    """The whole run, or all but its steps."""
    found: dict[str, Any] = {
        "schema": run.schema,
        "command": run.command,
        "config": to_json(run.config),
        "conventions": plain(run.conventions),
        "asks": {
            action: {name: answer_type(kind) for name, kind in kinds.items()}
            for action, kinds in run.asks.items()
        },
    }
    if steps:
        written = []
        before: Mapping[str, Drawing] = {}
        for step in run.steps:
            written.append(_step(step, before))
            before = step.state
        found["steps"] = written
    return {**found, "metrics": plain(run.metrics)}


def dump(document: Mapping[str, Any], stream: TextIO) -> None:
    """Write one document and a newline. Pure ASCII, so no console can spoil it."""
    json.dump(document, stream, allow_nan=False, separators=(",", ":"))
    stream.write("\n")


def restore_states(document: Mapping[str, Any]) -> list[dict[str, Drawing]]:
    """The full state after each step of a document. Raises ValueError for a wrong edit."""
    states = []
    state: dict[str, Drawing] = {}
    for step in document.get("steps", ()):
        state = dict(state)
        for name, change in step.get("state", {}).items():
            if change is None:
                state.pop(name, None)
            else:
                state[name] = apply(state.get(name), change)
        states.append(state)
    return states


def answer_type(kind: AnswerType) -> dict[str, Any]:
    """An answer type: its kind, and what else is needed to answer (options, unit, tolerance …)."""
    from oslab.exercise.answers import AnswerType

    found: dict[str, Any] = {"kind": kind.kind}
    for field in dataclasses.fields(kind):
        value = getattr(kind, field.name)
        found[field.name] = answer_type(value) if isinstance(value, AnswerType) else to_json(value)
    return found


def _step(step: Step, before: Mapping[str, Drawing]) -> dict[str, Any]:
    state: dict[str, Any] = {name: None for name in before if name not in step.state}
    for name, drawing in step.state.items():
        change = difference(before.get(name), drawing)
        if change:
            state[name] = change
    found = {
        "action": step.action,
        "actor": step.actor,
        "given": plain(step.given),
        "result": plain(step.result),
        "state": state,
        "start_ns": plain(step.start_ns),
        "cost_ns": plain(step.cost_ns),
        "group": step.group,
    }
    return {name: value for name, value in found.items() if value not in ("", 0) and value != {}}
