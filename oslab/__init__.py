"""oslab: the command-line laboratory for an operating-systems course.

This module is the public API: all that a plugin may import. Names are loaded when first used, so a
plugin's ``__init__`` can import from here without importing the machinery of exercises.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from oslab.cli.simulator import group, simulator
    from oslab.errors import InputError
    from oslab.exercise.answers import (
        Accept,
        Address,
        AnswerType,
        Bool,
        Choice,
        Choices,
        Essay,
        Float,
        HexInt,
        Int,
        List,
        Ordering,
        OrNone,
        Percent,
        Ratio,
        Set,
        ShortText,
        Size,
        Table,
        Time,
        Unreadable,
    )
    from oslab.exercise.fields import Choose
    from oslab.exercise.problem import Answers, Code, Figure, Problem, mistake, rows_of
    from oslab.exporting import (
        Exported,
        ExportedAssignment,
        ExportedGrade,
        ExportedLateness,
        ExportedQuestion,
        ExportRequest,
        Gradebook,
    )
    from oslab.hookspecs import Command, Exercises, Exporter, ProblemType, TraceReader, hookimpl
    from oslab.randomness import Generator
    from oslab.run import Bytes, Cells, Drawing, Grid, Hex, Lanes, Run, Step, Tree, Value
    from oslab.text import Text, Words
    from oslab.traces.access import Access

_HOMES = {
    "oslab.cli.simulator": "group simulator",
    "oslab.errors": "InputError",
    "oslab.exercise.answers": (
        "Accept Address AnswerType Bool Choice Choices Essay Float HexInt Int List Ordering OrNone Percent "
        "Ratio Set ShortText Size Table Time Unreadable"
    ),
    "oslab.exercise.fields": "Choose",
    "oslab.exercise.problem": "Answers Code Figure Problem mistake rows_of",
    "oslab.exporting": (
        "ExportRequest Exported ExportedAssignment ExportedGrade ExportedLateness ExportedQuestion "
        "Gradebook"
    ),
    "oslab.hookspecs": "Command Exercises Exporter ProblemType TraceReader hookimpl",
    "oslab.randomness": "Generator",
    "oslab.run": "Bytes Cells Drawing Grid Hex Lanes Run Step Tree Value",
    "oslab.text": "Text Words",
    "oslab.traces.access": "Access",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Accept",
    "Access",
    "Address",
    "AnswerType",
    "Answers",
    "Bool",
    "Bytes",
    "Cells",
    "Choice",
    "Choices",
    "Choose",
    "Code",
    "Command",
    "Drawing",
    "Essay",
    "Exercises",
    "ExportRequest",
    "Exported",
    "ExportedAssignment",
    "ExportedGrade",
    "ExportedLateness",
    "ExportedQuestion",
    "Exporter",
    "Figure",
    "Float",
    "Generator",
    "Gradebook",
    "Grid",
    "Hex",
    "HexInt",
    "InputError",
    "Int",
    "Lanes",
    "List",
    "OrNone",
    "Ordering",
    "Percent",
    "Problem",
    "ProblemType",
    "Ratio",
    "Run",
    "Set",
    "ShortText",
    "Size",
    "Step",
    "Table",
    "Text",
    "Time",
    "TraceReader",
    "Tree",
    "Unreadable",
    "Value",
    "Words",
    "group",
    "hookimpl",
    "mistake",
    "rows_of",
    "simulator",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'oslab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
