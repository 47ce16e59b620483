"""iomodels compare: the same load through all models, for one number of connections or several.

Each figure is that of `iomodels run` with the same load; nothing is computed anew here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import Choices, Grid, InputError, Int, Lanes, Run, Size, Step, Time, Value
from oslab.quantities import format_size, format_time
from oslab_iomodels.load import MOST, SCANNING, Arrival, IoConfig, Model, Trigger
from oslab_iomodels.simulate import count

Variant: TypeAlias = Literal[
    "blocking", "nonblocking", "select", "poll", "epoll", "epoll-et", "signal", "async"
]
VARIANTS: Final[Mapping[Variant, tuple[Model, Trigger | None]]] = {
    "blocking": ("blocking", None),
    "nonblocking": ("nonblocking", None),
    "select": ("select", None),
    "poll": ("poll", None),
    "epoll": ("epoll", "level"),
    "epoll-et": ("epoll", "edge"),
    "signal": ("signal", None),
    "async": ("async", None),
}
SHOWN: Final = ("syscalls", "context_switches", "memory_bytes", "cpu_ns", "finish_ns")
BOUNDED: Final = ("syscalls", "memory_bytes", "cpu_ns")

# Requests of all loads together.
MOST_REQUESTS = 250_000
MOST_LOADS = 12


@dataclass(frozen=True)
class CompareConfig:
    """The models, the loads and what things cost.

    models        keys of VARIANTS
    connections   numbers of connections; for each the whole load once
    requests      how many for each load; None: one for each connection
    interval_ns, arrivals, and the costs, as in IoConfig
    most_syscalls, most_memory, most_cpu_ns   bounds: the calls, bytes and processor time that a model may
                  take; None: any

    Raises InputError for anything else.
    """

    models: tuple[Variant, ...]
    connections: tuple[int, ...]
    requests: int | None
    interval_ns: int | None
    arrivals: tuple[Arrival, ...]
    copy_ns: int
    compute_ns: int
    poll_ns: int
    syscall_ns: int
    scan_ns: int
    switch_ns: int
    cores: int
    thread_bytes: int
    most_syscalls: int | None
    most_memory: int | None
    most_cpu_ns: int | None

    def __post_init__(self) -> None:
        if not self.models or len(set(self.models)) < len(self.models):
            raise InputError("each model is compared once, and at least one is")
        if not 1 <= len(self.connections) <= MOST_LOADS:
            raise InputError(f"1 to {MOST_LOADS} numbers of connections can be compared")
        if len(set(self.connections)) < len(self.connections):
            raise InputError("a number of connections is there twice")
        if max(self.connections) > MOST:
            raise InputError(f"1 to {MOST} connections are possible, not {max(self.connections)}")
        whole = sum(self.requests or n for n in self.connections)
        if whole > MOST_REQUESTS:
            raise InputError(
                f"these are {whole} requests in all; at most {MOST_REQUESTS} can be compared: "
                "set --requests for each load"
            )
        for connections in self.connections:
            for model in self.models:
                self.at(connections, model)

    def at(self, connections: int, model: Variant) -> IoConfig:
        """What `iomodels run` simulates for one cell of the comparison."""
        kind, trigger = VARIANTS[model]
        return IoConfig(
            model=kind,
            trigger=trigger,
            connections=connections,
            requests=self.requests or connections,
            interval_ns=self.interval_ns,
            arrivals=self.arrivals,
            copy_ns=self.copy_ns,
            compute_ns=self.compute_ns,
            poll_ns=self.poll_ns,
            syscall_ns=self.syscall_ns,
            scan_ns=self.scan_ns,
            switch_ns=self.switch_ns,
            cores=self.cores,
            thread_bytes=self.thread_bytes,
        )

    @property
    def bounds(self) -> Mapping[str, int]:
        """The bounds there are, by metric."""
        every = (self.most_syscalls, self.most_memory, self.most_cpu_ns)
        return {name: most for name, most in zip(BOUNDED, every, strict=True) if most is not None}


Figures: TypeAlias = Mapping[tuple[int, Variant], Mapping[str, int]]
"""The metrics of each model under each number of connections."""


def run(config: CompareConfig) -> Run:
    """Compare.

    model    for each number of connections and each model: given connections, model; result all metrics
             of the run, memory, cpu and finish being texts
    growth   last: the processor time under the largest load as bars; where there are several numbers
             of connections, how processor time and calls grow; given connections (the largest number)
    fits     where there are bounds: given those there are; result models that keep them under every load
    """
    figures: Figures = {
        (n, model): _counted(config.at(n, model))
        for n in config.connections
        for model in config.models
    }
    steps = [_model_step(n, model, found) for (n, model), found in figures.items()]
    metrics: dict[str, Value] = {
        "models": tuple(
            {"connections": n, "model": model} | {name: found[name] for name in SHOWN}
            for (n, model), found in figures.items()
        )
    }
    bounds = config.bounds
    if bounds:
        fitting = tuple(
            model
            for model in config.models
            if all(
                figures[n, model][name] <= bounds[name]
                for name in bounds
                for n in config.connections
            )
        )
        metrics["fits"] = fitting
        steps.append(Step(action="fits", given=_bounds_text(config), result={"models": fitting}))
    steps.append(_growth(config, figures))
    return Run(
        command="iomodels.compare",
        config=config,
        conventions=conventions(config),
        asks={
            "model": {
                "syscalls": Int(),
                "context_switches": Int(),
                "memory_bytes": Size(),
                "cpu_ns": Time(unit="us"),
            },
            "fits": {"models": Choices(*config.models)},
        },
        steps=tuple(steps),
        metrics=metrics,
    )


def _counted(config: IoConfig) -> Mapping[str, int]:
    return {name: value for name, value in count(config).items() if isinstance(value, int)}


def _model_step(connections: int, model: Variant, found: Mapping[str, int]) -> Step:
    return Step(
        action="model",
        given={"connections": connections, "model": model},
        result={
            **found,
            "memory": format_size(found["memory_bytes"]),
            "cpu": format_time(found["cpu_ns"]),
            "finish": format_time(found["finish_ns"]),
        },
    )


def _growth(config: CompareConfig, figures: Figures) -> Step:
    largest = max(config.connections)
    cpu = {model: figures[largest, model]["cpu_ns"] for model in config.models}
    state: dict[str, Grid | Lanes] = {}
    if len(config.connections) > 1:
        heads = ("model", *(str(n) for n in config.connections))
        figure: Callable[[int], str]
        for name, figure in (("cpu_ns", format_time), ("syscalls", str)):
            rows = [
                (model, *(figure(figures[n, model][name]) for n in config.connections))
                for model in config.models
            ]
            state[name] = Grid(heads, tuple(rows))
    state["bars"] = Lanes({model: ((0, time, ""),) for model, time in cpu.items()})
    return Step(action="growth", given={"connections": largest}, state=state)


def _bounds_text(config: CompareConfig) -> Mapping[str, str]:
    """The bounds as one writes them; none is not there."""
    told: Mapping[str, Callable[[int], str]] = {
        "syscalls": str,
        "memory_bytes": format_size,
        "cpu_ns": format_time,
    }
    return {
        f"most_{name.partition('_')[0]}": told[name](most) for name, most in config.bounds.items()
    }


def conventions(config: CompareConfig) -> Mapping[str, Value]:
    """The rules and costs that can change a figure."""
    found: dict[str, Value] = {"start": "compared", "setup_rule": "compared", "no_eof": "compared"}
    if "async" in config.models:
        found["async_copy"] = "counted"
    if config.cores > 1:
        found["cores"] = config.cores
    if "nonblocking" in config.models:
        found["poll_ns"] = format_time(config.poll_ns)
    if set(SCANNING) & set(config.models):
        found["scan_ns"] = format_time(config.scan_ns)
    return found | {
        "switches": "idle-is-a-task",
        "switch_ns": format_time(config.switch_ns),
        "syscall_ns": format_time(config.syscall_ns),
        "copy_ns": format_time(config.copy_ns),
        "compute_ns": format_time(config.compute_ns),
        "thread_bytes": format_size(config.thread_bytes),
    }
