"""memory.access: accesses followed through a whole machine; memory.run: their figures.

The machine at work is in `oslab_memory.system`; here are the configuration, what can be asked, and the
figures. `run` keeps every step, `count` only counts, from the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from oslab import Address, AnswerType, Bool, Hex, InputError, Int, OrNone, Run
from oslab.quantities import format_address, shown
from oslab.traces.access import Access, parse_reference
from oslab_memory.machine import Machine
from oslab_memory.machinechecks import check
from oslab_memory.system import System

FIELDS = (
    "va", "vpn", "vpo", "tlb_index", "tlb_tag", "tlb_hit", "page_fault", "ppn", "pa", "cache_offset",
    "cache_index", "cache_tag", "cache_hit", "value",
)  # fmt: skip
COSTS = ("va", "outcome", "memory_accesses", "time_ns")

ASKS: Mapping[str, Mapping[str, AnswerType]] = {
    "issue": {"vpn": Address(), "vpo": Address()},
    "tlb-lookup": {"tlb_index": Address(), "tlb_tag": Address(), "tlb_hit": Bool()},
    "ask-pte": {"pte": Address()},
    "pte-cache": {"cache_hit": Bool()},
    "pte": {"ppn": OrNone(Address())},
    "tlb-fill": {"tlb_victim": OrNone(Address())},
    "check": {"legal": Bool()},
    "free-frame": {"frame": Address()},
    "evict": {"victim": Address(), "dirty": Bool()},
    "write-page": {"slot": OrNone(Int())},
    "physical": {"pa": Address()},
    "data-cache": {
        "cache_offset": Address(), "cache_index": Address(), "cache_tag": Address(),
        "cache_hit": Bool(),
    },
    "data": {"value": OrNone(Address())},
}  # fmt: skip


@dataclass(frozen=True)
class AccessConfig:
    """Accesses as they are typed, ``0x3d4`` or ``0x3d4w/4``, in order, and the machine they are made on."""

    accesses: tuple[str, ...]
    machine: Machine


@dataclass(frozen=True)
class TraceConfig:
    """A trace by the name of its file (empty: accesses that were typed), and the machine by its own."""

    trace: str
    machine: str


def run(config: AccessConfig, drawing: bool = True) -> Run:
    """Follow each access through the machine, step by step.

    Steps, a group for each access: ``issue``; ``tlb-lookup``; on a miss for each level ``ask-pte``,
    ``pte-cache`` and ``pte-memory`` as far as needed, ``pte``; ``tlb-fill``; on a page fault ``fault``
    and ``report``, or ``check``, ``free-frame`` or ``evict`` and ``write-page``, ``zero-fill`` or
    ``read-page``, ``map``, ``restart``; ``protection``, ``signal``, ``kill``; with the physical
    address ``physical``, ``data-cache``, ``data-memory``, ``data``.

    Without `drawing` steps have no state, which is much faster.

    Metrics: those of `count`, and ``results`` (FIELDS of each access) and ``costs`` (COSTS of each).
    Raises InputError.
    """
    accesses = [parse_reference(text) for text in config.accesses]
    system = _worked(config.machine, accesses, True, drawing)
    rows = system.journal.rows
    return Run(
        command="memory.access",
        config=config,
        conventions=conventions(system),
        asks=ASKS,
        steps=tuple(system.journal.steps),
        metrics={
            **metrics(system),
            "results": tuple({name: _hexed(name, row) for name in FIELDS} for row in rows),
            "costs": tuple({name: _hexed(name, row) for name in COSTS} for row in rows),
        },
    )


def figures(machine: Machine, accesses: Iterable[Access], trace: str, telling: bool) -> Run:
    """The metrics of `count` as a run, with its steps if `telling`; memory does not grow with the number of
    accesses otherwise. Raises InputError."""
    system = _worked(machine, accesses, telling)
    return Run(
        command="memory.run",
        config=TraceConfig(trace, machine.name),
        conventions=conventions(system),
        asks=ASKS,
        steps=tuple(system.journal.steps),
        metrics=metrics(system),
    )


def count(machine: Machine, accesses: Iterable[Access]) -> Mapping[str, Any]:
    """The metrics of `run` but for ``results`` and ``costs``. Raises InputError."""
    return metrics(_worked(machine, accesses, telling=False))


def _worked(
    machine: Machine, accesses: Iterable[Access], telling: bool, drawing: bool = True
) -> System:
    """The machine after these accesses."""
    check(machine)
    system = System(machine, telling, drawing)
    for access in accesses:
        last = access.address + access.size - 1
        if not system.shape.fits(last):
            raise InputError(
                f"address {format_address(last)} does not fit into {system.shape.word_bits} bits: "
                f"the highest on the machine {shown(machine.name)} is "
                f"{format_address((1 << system.shape.word_bits) - 1)}"
            )
        system.access(access)
        if system.journal.counts.killed:
            break
    if not system.journal.counts.accesses:
        raise InputError("there are no accesses; at least one, such as 0x3d4 or 0x3d4w, is needed")
    return system


def metrics(system: System) -> Mapping[str, Any]:
    """The figures of a machine at work."""
    found = {**asdict(system.journal.counts), "time_ns": system.journal.time}
    if len(system.machine.tlb) < 2:
        del found["tlb2_hits"]
    return found


def _hexed(name: str, row: Mapping[str, Any]) -> Any:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or name in COSTS[1:]:
        return value
    return Hex(value)


def conventions(system: System) -> Mapping[str, Any]:
    """The rules that can matter on this machine, or did in this run."""
    machine, counts = system.machine, system.journal.counts
    found: dict[str, Any] = {"pte-reads": _pte_reads(machine), "cost-sum": True}
    if any(level.ways > 1 for level in machine.tlb):
        found["tlb-fill"] = "lowest-empty"
    if machine.frames is None:
        found["faults"] = "reported"
    else:
        found["faults"] = "served"
        found["pool"] = machine.frames.policy
        found["page-in"] = "drops"
        if any(region.backing == "zero" for region in machine.region):
            found["swap-rule"] = machine.swap.slots
    if system.stored:
        found["store-value"] = "number"
        if machine.cache:
            found["write-buffer"] = True
    if counts.signals:
        found["after-signal"] = "skip"
    return found


def _pte_reads(machine: Machine) -> str:
    if machine.cache:
        return "cached" if machine.page_table.cached else "apart"
    return "memory"
