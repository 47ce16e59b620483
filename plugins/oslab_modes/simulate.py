"""modes run: a script of instructions, calls and interrupts, operation by operation.

`run` shows each as a step, `count` gives the same metrics without steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from oslab import Cells, Choice, Drawing, Hex, InputError, Int, Lanes, Run, Step, Value
from oslab.quantities import format_time
from oslab_modes.machine import ENDING, FORKING, OUTCOMES, Done, Machine, Processor
from oslab_modes.operations import Op, length, unrolled
from oslab_modes.ports import NO_MAP_LIMIT

MOST_CARRIED_OUT: Final = 200_000
# Of longer scripts the time line would be a smear.
MOST_BARS: Final = 40


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A program, the processor that it runs on, and how long things take.

    processor       what its state is at the start
    ops             the script
    instruction_ns  an instruction that is not a call
    enter_ns, leave_ns  a crossing into the kernel, a crossing out of it
    work_ns         what the kernel does in a call, an exception or an interrupt, where no time is said
    call_ns         a library or vDSO call, or a signal handler, where no time is said
    switch_ns       switching a task in

    Raises InputError for an empty script, one that is too long, and a time below zero.
    """

    processor: Processor
    ops: tuple[Op, ...]
    instruction_ns: Fraction
    enter_ns: Fraction
    leave_ns: Fraction
    work_ns: Fraction
    call_ns: Fraction
    switch_ns: Fraction

    def __post_init__(self) -> None:
        if not self.ops:
            raise InputError("the script is empty; an operation such as syscall read is expected")
        many = length(self.ops)
        if many > MOST_CARRIED_OUT:
            raise InputError(
                f"the script comes to {many} operations; at most {MOST_CARRIED_OUT} are carried out"
            )
        times = (
            self.instruction_ns, self.enter_ns, self.leave_ns, self.work_ns, self.call_ns, self.switch_ns
        )  # fmt: skip
        for time in times:
            if time < 0:
                raise InputError(f"nothing takes less than no time: {format_time(time)}")


MachineType: TypeAlias = Callable[[Processor], Machine]
COUNTED: Final = ("mode_switches", "context_switches", "syscalls", "exceptions", "interrupts")


@dataclass(slots=True)
class Totals:
    """What the operations so far came to."""

    mode_switches: int = 0
    context_switches: int = 0
    syscalls: int = 0
    exceptions: int = 0
    interrupts: int = 0
    kernel_time_ns: Fraction = Fraction(0)
    user_time_ns: Fraction = Fraction(0)

    def add(self, done: Done) -> None:
        """Count an operation; times are added where they are known."""
        self.mode_switches += done.crossings
        self.context_switches += done.context
        self.syscalls += done.syscalls
        self.exceptions += done.exceptions
        self.interrupts += done.interrupts

    def metrics(self) -> Mapping[str, Value]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Carried:
    """One operation carried out: its number in the script, the level it ran at, what came of it, and
    how long it was in user mode and in the kernel."""

    number: int
    op: Op
    level: int
    done: Done
    user_ns: Fraction
    kernel_ns: Fraction


def outcomes(config: RunConfig, machine: Machine) -> Iterator[tuple[int, Op, int, Done]]:
    """Each operation with its number and the level it ran at, once it has happened. Raises InputError
    naming the operation."""
    for number, op in unrolled(config.ops):
        level = machine.level
        try:
            done = machine.do(op)
        except InputError as error:
            raise InputError(f"operation {number} ({op}): {error}") from None
        yield number, op, level, done


def carried_out(config: RunConfig, machine: Machine, totals: Totals) -> Iterator[Carried]:
    """Each operation and how long it took, once it has happened. Raises InputError naming the operation."""
    known: dict[tuple[object, ...], tuple[Fraction, Fraction]] = {}
    for number, op, level, done in outcomes(config, machine):
        # Programs do the same again and again, and exact sums take long.
        same = (id(op), level > 0, done.instruction, done.user_work, done.delivered,
                done.kernel, done.enters, done.leaves, done.context)  # fmt: skip
        if same not in known:
            known[same] = times(config, op, level, done)
        user_ns, kernel_ns = known[same]
        totals.add(done)
        if user_ns:
            totals.user_time_ns += user_ns
        if kernel_ns:
            totals.kernel_time_ns += kernel_ns
        yield Carried(number, op, level, done, user_ns, kernel_ns)


def times(config: RunConfig, op: Op, level: int, done: Done) -> tuple[Fraction, Fraction]:
    """How long an operation is in user mode, and in the kernel.

    What runs at CPL 0 is the kernel's time (in real mode, the program's). Of a pair of context switches,
    only the one that brings this task back costs it something.
    """
    said = op.time_ns
    own = config.instruction_ns if done.instruction else Fraction(0)
    if done.user_work:
        own += config.call_ns if said is None else said
    each = config.work_ns if said is None or done.user_work or done.delivered else said
    kernel = Fraction(0)
    counted = (
        (done.kernel, each),
        (done.enters, config.enter_ns),
        (done.leaves, config.leave_ns),
        (done.context // 2, config.switch_ns),
    )
    for often, took in counted:
        if often:
            kernel += often * took
    if config.processor.model == "dos":
        return own + kernel, Fraction(0)
    return (own, kernel) if level > 0 else (Fraction(0), own + kernel)


def run(config: RunConfig, kind: MachineType = Machine) -> Run:
    """Simulate step by step; `kind` is another machine, for what a misunderstanding would do.

    op      given n (its number in the script), operation, verb, cpl, iopl, and what the verb takes;
            result outcome (one of OUTCOMES), why, crossings (of this operation), switches (mode switches
            so far), and context, delivered where there are any
    timeline  the last step; result user, kernel (times, as one writes them). Of a short script the state
            shows when the program was in which mode
    """
    machine, totals = kind(config.processor), Totals()
    steps: list[Step] = []
    bars: list[tuple[Fraction, Fraction, str, str]] = []
    now = Fraction(0)
    for n, carried in enumerate(carried_out(config, machine, totals), start=1):
        op, done = carried.op, carried.done
        cost = carried.user_ns + carried.kernel_ns
        steps.append(
            Step(
                action="op",
                actor=actor_of(carried, machine.real),
                given=_given(config, carried),
                result={
                    "outcome": done.outcome,
                    "why": done.why,
                    "crossings": done.crossings,
                    "switches": totals.mode_switches,
                    "context": done.context or None,
                    "delivered": done.delivered or None,
                },
                state=_drawn(machine),
                start_ns=float(now),
                cost_ns=float(cost),
                group=n,
            )
        )
        for lane, time in (("user", carried.user_ns), ("kernel", carried.kernel_ns)):
            if time:
                bars.append((now, now + time, lane, op.name or op.verb))
                now += time
    steps.append(
        Step(
            action="timeline",
            result={
                "user": format_time(totals.user_time_ns),
                "kernel": format_time(totals.kernel_time_ns),
            },
            state={"timeline": _lanes(bars)} if 0 < len(bars) <= MOST_BARS else {},
            group=len(steps) + 1,
        )
    )
    return Run(
        command="modes.run",
        config=config,
        conventions=conventions(config),
        asks={"op": {"outcome": Choice(*OUTCOMES), "switches": Int()}},
        steps=tuple(steps),
        metrics=totals.metrics(),
    )


def count(config: RunConfig, kind: MachineType = Machine) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    totals = Totals()
    for _ in carried_out(config, kind(config.processor), totals):
        pass
    return totals.metrics()


def tally(config: RunConfig, kind: MachineType = Machine) -> Mapping[str, int]:
    """Those metrics that count something, without the times, which take long to add up. Raises
    InputError."""
    totals = Totals()
    for *_, done in outcomes(config, kind(config.processor)):
        totals.add(done)
    return {name: getattr(totals, name) for name in COUNTED}


def actor_of(carried: Carried, real: bool) -> str:
    if real:
        return "program"
    return "program" if carried.level == 3 else "kernel" if carried.level == 0 else "driver"


def _given(config: RunConfig, carried: Carried) -> Mapping[str, Value]:
    op = carried.op
    given: dict[str, Value] = {
        "n": carried.number,
        "operation": str(op),
        "verb": op.verb,
        "cpl": carried.level,
        "iopl": config.processor.iopl,
    }
    if op.name:
        given["name"] = op.name
    if op.verb in ("load", "store", "jump"):
        given["address"] = Hex(op.number)
    elif op.verb in ("in", "out"):
        given |= {"port": Hex(op.number), "width": op.width}
    elif op.verb in ("int", "popf"):
        given["vector" if op.verb == "int" else "flag"] = (
            Hex(op.number) if op.verb == "int" else op.number
        )
    return given


def _drawn(machine: Machine) -> Mapping[str, Drawing]:
    if machine.real:
        return {"flags": Cells((machine.flag,), ("IF",))}
    return {"flags": Cells((machine.level, machine.iopl, machine.flag), ("CPL", "IOPL", "IF"))}


def _lanes(bars: list[tuple[Fraction, Fraction, str, str]]) -> Lanes:
    return Lanes(
        {
            lane: tuple((float(a), float(b), name) for a, b, own, name in bars if own == lane)
            for lane in ("user", "kernel")
        }
    )


def conventions(config: RunConfig) -> Mapping[str, Value]:
    """The rules in force, those that this script has to do with."""
    processor, verbs = config.processor, {op.verb for op in config.ops}
    found: dict[str, Value] = {}
    if processor.model == "dos":
        return {"real": "no modes"}
    found["decides"] = "cpl"
    if verbs & {"load", "store", "jump"}:
        if processor.model == "linux32":
            found["split"] = Hex(processor.split)
        else:
            found["canonical"] = 48
        found["all_mapped"] = "all"
        if processor.smap:
            found["smap"] = True
        if processor.smep:
            found["smep"] = True
    if verbs & {"in", "out"}:
        found["port_map"] = "none" if processor.ports.limit == NO_MAP_LIMIT else "map"
    if "int" in verbs:
        found["gates"] = "3 4 0x80"
    found["trap"] = "skipped"
    found["mode_switch"] = "crossing"
    if verbs & {"vdso", "call", "compute"}:
        found["library"] = "stays"
    names = {op.name for op in config.ops if op.verb == "syscall"}
    if names:
        found["unbuffered"] = "none"
    if names & {*ENDING, *FORKING}:
        found["fork_exit"] = "3 and 1"
    if names & {*FORKING}:
        found["child"] = "left out"
    if "signal" in verbs:
        found["sigreturn"] = "call"
    if any(op.flag for op in config.ops):
        found["context_switch"] = "task"
    return found
