"""modes cost: what crossing into the kernel costs, and what is saved by crossing less often.

`calls` pieces of work are wanted from the kernel. Asked for one by one, each is a system call with a
crossing in and a crossing out. Asked for in batches of up to so many (writev, sendmmsg, io_uring_enter),
there are fewer calls, ⌈calls / batch⌉, but no less work in them. A call answered by the vDSO crosses not
at all: its work is done in user mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from oslab import Float, InputError, Int, Run, Step, Time, Value
from oslab.quantities import format_time

MOST_CALLS = 10**12


@dataclass(frozen=True, slots=True)
class CostConfig:
    """The work, and what crossings cost.

    calls     pieces of work, each a call of its own or a part of a batch
    batch     how many at most one call carries
    enter_ns  crossing into the kernel
    leave_ns  crossing out of it
    work_ns   one piece of work in the kernel
    user_ns   what the program does itself for each piece, before it asks for it
    vdso_ns   one piece done by the vDSO; None: it cannot do this

    Raises InputError for anything else.
    """

    calls: int
    batch: int
    enter_ns: Fraction
    leave_ns: Fraction
    work_ns: Fraction
    user_ns: Fraction
    vdso_ns: Fraction | None

    def __post_init__(self) -> None:
        for name, value in (("calls", self.calls), ("batch", self.batch)):
            if not 1 <= value <= MOST_CALLS:
                raise InputError(f"{name} is 1 to {MOST_CALLS}, not {value}")
        times = (self.enter_ns, self.leave_ns, self.work_ns, self.user_ns, self.vdso_ns or 0)
        for time in times:
            if time < 0:
                raise InputError(f"nothing takes less than no time: {format_time(time)}")

    @property
    def batches(self) -> int:
        return -(-self.calls // self.batch)


def cost(config: CostConfig, calls: int) -> tuple[int, Fraction]:
    """Mode switches and time of the whole work in so many calls."""
    crossing = config.enter_ns + config.leave_ns
    return 2 * calls, calls * crossing + config.calls * (config.work_ns + config.user_ns)


def run(config: CostConfig) -> Run:
    """All ways of doing the same work.

    one-by-one   result mode_switches, crossing_ns (all crossings), time_ns
    batches      result batches (how many), last (what the last one carries)
    batched      result mode_switches, crossing_ns, time_ns
    saved        result saved_ns, speedup (time one by one / time in batches; None if that is no time)
    vdso         where there is one: result mode_switches (0), time_ns
    """
    n, b = config.calls, config.batches
    single, single_ns = cost(config, n)
    batched, batched_ns = cost(config, b)
    crossing = config.enter_ns + config.leave_ns
    own = config.work_ns + config.user_ns
    given: dict[str, Value] = {
        "calls": n,
        "batch": config.batch,
        "batches": b,
        "crossing": format_time(crossing),
        "work": format_time(own),
        "work_all": format_time(n * own),
    }
    steps = [
        Step(
            action="one-by-one",
            given={k: v for k, v in given.items() if k not in ("batch", "batches")},
            result=_result(single, n * crossing, single_ns),
        ),
        Step(
            action="batches",
            given={"calls": n, "batch": config.batch},
            result={"batches": b, "last": n - (b - 1) * config.batch},
        ),
        Step(action="batched", given=given, result=_result(batched, b * crossing, batched_ns)),
        Step(
            action="saved",
            given={"batches": b, "calls": n, "crossing": format_time(crossing)},
            result={
                "saved_ns": single_ns - batched_ns,
                "saved": format_time(single_ns - batched_ns),
                "speedup": single_ns / batched_ns if batched_ns else None,
            },
        ),
    ]
    switches: dict[str, Value] = {"one_by_one": single, "batched": batched}
    time: dict[str, Value] = {"one_by_one": single_ns, "batched": batched_ns}
    if config.vdso_ns is not None:
        vdso_ns = n * (config.vdso_ns + config.user_ns)
        steps.append(
            Step(
                action="vdso",
                given={
                    "calls": n,
                    "each": format_time(config.vdso_ns),
                    "own": format_time(config.vdso_ns + config.user_ns),
                },
                result={"mode_switches": 0, "time_ns": vdso_ns, "time": format_time(vdso_ns)},
            )
        )
        switches["vdso"], time["vdso"] = 0, vdso_ns
    return Run(
        command="modes.cost",
        config=config,
        conventions={"cost_crossing": "each", "rounding": "up", "cost_work": "all"},
        asks=_asks(config),
        steps=tuple(steps),
        metrics={"mode_switches": switches, "time_ns": time, "saved_ns": single_ns - batched_ns},
    )


def _asks(config: CostConfig) -> Mapping[str, Mapping[str, Int | Time | Float]]:
    both: Mapping[str, Int | Time | Float] = {"mode_switches": Int(), "time_ns": Time()}
    return {
        "one-by-one": both,
        "batches": {"batches": Int()},
        "batched": both,
        "saved": {"speedup": Float()} if cost(config, config.batches)[1] else {},
        "vdso": both,
    }


def _result(switches: int, crossing_ns: Fraction, time_ns: Fraction) -> dict[str, Value]:
    return {
        "mode_switches": switches,
        "crossing_ns": crossing_ns,
        "time_ns": time_ns,
        "crossings": format_time(crossing_ns),
        "time": format_time(time_ns),
    }
