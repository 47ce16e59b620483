"""iomodels run: one model, one load, on one time line.

`run` shows what happens as steps, `count` gives the same metrics without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from oslab import AnswerType, Grid, Int, Lanes, List, Run, Step, Time, Value
from oslab.quantities import format_size, format_time
from oslab_iomodels.blocking import blocking
from oslab_iomodels.load import SCANNING, IoConfig, Model
from oslab_iomodels.notified import completions, signals
from oslab_iomodels.polling import polling
from oslab_iomodels.timeline import KERNEL, WAIT, Event, Timeline
from oslab_iomodels.waiting import waiting

LOOPS: Final[Mapping[Model, Callable[[Timeline], None]]] = {
    "blocking": blocking,
    "nonblocking": polling,
    "select": waiting,
    "poll": waiting,
    "epoll": waiting,
    "signal": signals,
    "async": completions,
}
# What more than this would be no picture any more.
MOST_LANES = 16
MOST_BARS = 300
MOST_ROWS = 50

_STARTS: Final[Mapping[Model, str]] = {
    "blocking": "blocking", "async": "submitted", "nonblocking": "running", "signal": "running",
}  # fmt: skip
_TIME = Time(unit="us")
_READ = {"copied_ns": _TIME, "finish_ns": _TIME}
_ASKS: Final[Mapping[str, Mapping[str, AnswerType]]] = {
    "setup": {"calls": Int()},
    "serve": _READ,
    "polls": {"calls": Int()},
    "wait": {"at_ns": _TIME, "returned": List(Int())},
    "read": _READ,
    "again": {"at_ns": _TIME},
    "copy": {"copied_ns": _TIME},
    "reap": {"at_ns": _TIME, "returned": List(Int())},
    "compute": {"finish_ns": _TIME},
}


def timeline(
    config: IoConfig, *, keep: bool = False, forced: Mapping[int, int] | None = None
) -> Timeline:
    """The time line once all has happened; the arguments are those of `Timeline`."""
    line = Timeline(config, keep=keep, forced=forced)
    LOOPS[config.model](line)
    return line


def count(config: IoConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps."""
    return timeline(config).metrics()


def run(config: IoConfig) -> Run:
    """Simulate step by step, in order of time.

    load     given connections, requests; its state has the requests, if there are not too many
    setup    given model, connections; result calls (where there are any)
    serve    blocking, a request: given request, connection, ready, thread, slept (else it was there by the
             end of the call); result core, start_ns (of the copy), copied_ns, finish_ns
    polls    given start; result calls (that failed), until_ns
    wait     given number, call, first, start (not of the first); result at_ns, returned (connections), slept
    read     given request, connection, ready, start; result copied_ns, finish_ns
    again    a read that fails with EAGAIN: given connection, start; result at_ns
    copy     by the kernel: given request, connection, ready, since; result start_ns, copied_ns
    reap     as wait; returned are requests
    compute  given request, connection, ready, copied, start; result finish_ns
    submit   given request, connection, ready; result at_ns
    lanes    last: result finish, drawn; its state has the requests and the lanes of threads and cores

    Times that are given are texts; those of results stand also as texts: at for at_ns, and so on.
    """
    line = timeline(config, keep=True)
    steps = [_load(line)]
    if config.setup:
        given = {"model": config.model, "connections": config.connections}
        steps.append(_step("setup", given, {"calls": config.setup}))
    for event in sorted(line.events, key=_when):
        actor = KERNEL if event.action == "copy" else ""
        steps.append(_step(event.action, event.given, event.result, actor, event.start, event.end))
    steps.append(_picture(line))
    return Run(
        command="iomodels.run",
        config=config,
        conventions=conventions(config),
        asks={a: asked for a, asked in _ASKS.items() if any(step.action == a for step in steps)},
        steps=tuple(steps),
        metrics=line.metrics(),
    )


def _when(event: Event) -> int:
    """Where it stands among the others: what is waited for comes before."""
    return event.end if event.action in ("wait", "reap", "copy") else event.start


def _step(
    action: str,
    given: Mapping[str, Any],
    result: Mapping[str, Any],
    actor: str = "",
    start: int = 0,
    end: int = 0,
) -> Step:
    return Step(
        action=action,
        actor=actor,
        given=_texts(given),
        result={**result, **_texts(result)},
        start_ns=start,
        cost_ns=end - start,
        group=given.get("request", 0),
    )


def _texts(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, times as one writes them: ready is 5 us for a ready_ns of 5000."""
    return {
        name.removesuffix("_ns"): format_time(value) if name.endswith("_ns") else value
        for name, value in values.items()
    }


def lanes(line: Timeline) -> dict[str, tuple[tuple[int, int, str], ...]]:
    """The bars of threads, cores and the copying kernel, in this order, each lane by time."""
    found = {name: sorted(bars) for name, bars in line.lanes.items()}
    if line.config.model != "blocking":
        # One thread, one core: it is there whenever it is not asleep.
        core: list[tuple[int, int, str]] = []
        for start, end, _ in (bar for bar in found["T0"] if bar[2] != WAIT):
            if core and core[-1][1] == start:
                start = core.pop()[0]
            core.append((start, end, "T0"))
        found["core 0"] = core
    return {name: tuple(bars) for name, bars in sorted(found.items(), key=_place)}


def _load(line: Timeline) -> Step:
    """What comes in: without it nobody could say what happens next."""
    load = line.load
    state: dict[str, Grid] = {}
    if len(load) <= MOST_ROWS:
        rows = (
            (i + 1, load.connection[i], format_time(ready)) for i, ready in enumerate(load.ready)
        )
        state["load"] = Grid(("request", "connection", "ready"), tuple(rows))
    given = {"connections": line.config.connections, "requests": len(load)}
    return Step(action="load", given=given, state=state)


def _picture(line: Timeline) -> Step:
    """The whole time line, where it is small enough to be read."""
    state: dict[str, Grid | Lanes] = {}
    load = line.load
    if len(load) <= MOST_ROWS:
        state["requests"] = Grid(
            ("request", "connection", "ready", "copy_end", "finish"),
            tuple(
                (i + 1, load.connection[i], *map(format_time, times))
                for i, times in enumerate(zip(load.ready, line.copied, line.finished, strict=True))
            ),
        )
    drawn = lanes(line)
    if len(drawn) <= MOST_LANES and sum(map(len, drawn.values())) <= MOST_BARS:
        state["lanes"] = Lanes(drawn)
    return Step(
        action="lanes",
        result={"finish": format_time(max(line.finished)), "drawn": "lanes" in state},
        state=state,
        start_ns=max(line.finished),
    )


def _place(lane: tuple[str, object]) -> tuple[int, int]:
    """Threads by number, then cores by number, then the kernel's."""
    name = lane[0]
    if name == KERNEL:
        return 2, 0
    return (1, int(name[5:])) if name.startswith("core ") else (0, int(name[1:]))


def conventions(config: IoConfig) -> Mapping[str, Value]:
    """The rules and costs that can change an answer about this model."""
    model = config.model
    sleeps = model not in ("nonblocking", "signal")
    waits = model in (*SCANNING, "epoll")
    found: dict[str, Value] = {
        "model_rule": model if model != "epoll" else f"{model}-{config.trigger}",
        "start": _STARTS.get(model, "waiting"),
    }
    if waits or model == "async":
        found["wait_rule"] = "wait" if waits else "reap"
    if config.setup:
        found["setup_rule"] = model
    if model == "blocking":
        found["queue"] = "fifo"
    if sleeps:
        found["switches"] = "idle-is-a-task"
        found["switch_ns"] = format_time(config.switch_ns)
    if model == "nonblocking":
        found["poll_ns"] = format_time(config.poll_ns)
    if model in SCANNING and config.scan_ns:
        found["scan_ns"] = format_time(config.scan_ns)
    by_kernel = model == "async"
    return found | {
        "syscall_ns": format_time(config.syscall_ns),
        "kernel_copy" if by_kernel else "copy_ns": format_time(config.copy_ns),
        "compute_reaped" if by_kernel else "compute_ns": format_time(config.compute_ns),
        "thread_bytes": format_size(config.thread_bytes),
        "no_eof": "edge" if config.edge else "waiting" if waits else model,
    }
