"""Effective access time with page faults: how rare faults must be for memory to stay fast.

A share p of the references fault. A fault takes F = overhead + (1 + d) × disk: the page is read in,
and a share d of the victims is dirty and written back first. Restarting the instruction is included
in F, so EAT = (1 - p) × m + p × F.

Source: Silberschatz, Galvin and Gagne, Operating System Concepts, 10.2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oslab import Float, InputError, Run, Step, Time
from oslab.quantities import check_share

RELATIVE = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class EatConfig:
    """One machine and its faults; times in nanoseconds.

    memory_ns    m, a reference that does not fault
    fault_rate   p, the share of references that fault, 0 to 1
    disk_ns      one page read from or written to disk
    dirty_rate   d, the share of faults whose victim is written back, 0 to 1
    overhead_ns  trap, kernel and restart, on each fault
    limit        the slowdown that is still borne, a share of m: 1/10 is "at most 10 % slower"

    Raises InputError for shares not between 0 and 1 and for negative times.
    """

    memory_ns: Fraction
    fault_rate: Fraction
    disk_ns: Fraction
    dirty_rate: Fraction
    overhead_ns: Fraction
    limit: Fraction

    def __post_init__(self) -> None:
        for name in ("fault_rate", "dirty_rate"):
            check_share(getattr(self, name), name.replace("_", " "))
        if self.memory_ns <= 0:
            raise InputError("a memory access takes more than 0 ns")
        if self.disk_ns < 0 or self.overhead_ns < 0 or self.limit < 0:
            raise InputError("times and the slowdown limit are not negative")


def run(config: EatConfig) -> Run:
    """Compute the effective access time.

    Steps ``service`` (result ``fault_ns``: F), ``eat`` (result ``eat_ns slowdown``) and, where a
    fault is slower than a reference, ``limit`` (result ``max_fault_rate`` and ``references``, the
    references per fault). Metrics: ``eat_ns fault_ns slowdown max_fault_rate``, exact fractions;
    ``max_fault_rate`` is 1 where any rate is bearable.
    """
    m, p = config.memory_ns, config.fault_rate
    fault = service_time(config)
    eat = (1 - p) * m + p * fault
    slowdown = eat / m
    bearable = max_fault_rate(config)
    steps = [
        Step(
            action="service",
            actor="kernel",
            given={
                "overhead_ns": config.overhead_ns,
                "disk_ns": config.disk_ns,
                "dirty_rate": config.dirty_rate,
            },
            result={"fault_ns": fault},
        ),
        Step(
            action="eat",
            actor="cpu",
            given={"memory_ns": m, "fault_rate": p, "fault_ns": fault},
            result={"eat_ns": eat, "slowdown": slowdown},
        ),
        Step(
            action="limit",
            actor="cpu",
            given={"limit": config.limit, "memory_ns": m, "fault_ns": fault},
            result={"max_fault_rate": bearable, "references": 1 / bearable if bearable else None},
        ),
    ]
    return Run(
        command="paging.eat",
        config=config,
        conventions={"restart": "included"},
        asks={
            "service": {"fault_ns": Time(relative=RELATIVE, unit="ms")},
            "eat": {"eat_ns": Time(relative=RELATIVE), "slowdown": Float(relative=RELATIVE)},
        },
        steps=tuple(steps),
        metrics={
            "eat_ns": eat,
            "fault_ns": fault,
            "slowdown": slowdown,
            "max_fault_rate": bearable,
        },
    )


def service_time(config: EatConfig) -> Fraction:
    """F, the time of one fault in nanoseconds."""
    return config.overhead_ns + (1 + config.dirty_rate) * config.disk_ns


def max_fault_rate(config: EatConfig) -> Fraction:
    """The largest p with EAT ≤ (1 + limit) × m; 1 when a fault is no slower than that."""
    fault = service_time(config)
    extra = fault - config.memory_ns
    if extra <= 0:
        return Fraction(1)
    return min(Fraction(1), config.limit * config.memory_ns / extra)
