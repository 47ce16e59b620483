"""Step and Run: what every simulator returns.

A simulation is a pure function from a configuration to a `Run`. A run is shown by the command line,
asked about by an exercise, compared with by the grader and questioned by predict mode; it holds names
and values only, never prose. The words belonging to the names are in the plugin's ``words.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from oslab.exercise.answers import AnswerType

SCHEMA = "oslab.run/1"

Scalar: TypeAlias = "bool | int | float | str | Fraction | None"
Value: TypeAlias = "Scalar | tuple[Value, ...] | Mapping[str, Value]"

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Hex(int):
    """A whole number that people write in hexadecimal, an address say; in JSON a number like any."""

    def __str__(self) -> str:
        return f"0x{int(self):x}"


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of boxes: page frames, a FIFO queue, a ready list.

    `values` are the contents (None: an empty box), `labels` stand over the boxes (frame numbers, say)
    and `marks` name positions: ``{"hand": 2}`` is a clock hand at box 2.
    """

    values: tuple[Scalar, ...]
    labels: tuple[Scalar, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under column heads: a page table, a TLB, a list of R bits and ages."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A labelled tree: a buddy tree, a red-black tree, processes."""

    label: str
    children: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Lanes:
    """Bars on parallel time lines; each bar is (start_ns, end_ns, label)."""

    lanes: Mapping[str, tuple[tuple[float, float, str], ...]]


@dataclass(frozen=True, slots=True)
class Bytes:
    """A stretch of memory from address `base`, drawn as a hex dump."""

    base: int
    data: bytes


Drawing: TypeAlias = "Cells | Grid | Tree | Lanes | Bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a simulation.

    action    what kind of step it is; a key of ``[steps]`` in words.toml and of `Run.asks`
    actor     who does it (cpu, mmu, kernel, disk …); may stay empty
    given     what is known before the step
    result    what the step does; what predict mode asks for
    state     named drawings of the state *after* the step
    start_ns, cost_ns   simulated time, where the model has one
    group     ties the steps of one access or request together, counted from 1; 0: none
    """

    action: str
    actor: str = ""
    given: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    result: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    state: Mapping[str, Drawing] = field(default_factory=lambda: NOTHING)
    start_ns: float = 0
    cost_ns: float = 0
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A whole simulation: what was put in, each step, what came out.

    command      the simulator's name, ``paging.replace``; its plugin's words tell the steps
    config       the configuration: a frozen dataclass, for a problem type's simulator its `params`
    conventions  every disputable rule in force, by name; printed with each run
    asks         ``asks[action][name]``: the answer type of each result worth predicting
    steps        in order; a counting function beside the simulator gives `metrics` without them
    metrics      the figures other programs depend on; the names are part of the public interface
    """

    command: str
    config: Any
    conventions: Mapping[str, Value] = field(default_factory=lambda: NOTHING)
    asks: Mapping[str, Mapping[str, AnswerType]] = field(default_factory=lambda: NOTHING)
    steps: tuple[Step, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    schema: str = SCHEMA
