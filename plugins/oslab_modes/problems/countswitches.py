"""modes.count-switches: how often a program crosses into the kernel, and how often its core changes tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Time,
    mistake,
)
from oslab.quantities import format_time
from oslab_modes.machine import ENDING, FORKING, Machine, Processor
from oslab_modes.operations import Op, listing, op
from oslab_modes.ports import NO_MAP
from oslab_modes.problems.misread import (
    BlockingAdds,
    EveryCallReturns,
    KernelInterruptsCross,
    NoSigreturn,
    OneWay,
    VdsoEnters,
)
from oslab_modes.problems.rules import asked
from oslab_modes.simulate import RunConfig, run, tally

CALLS = ("read", "write", "sendto", "recvfrom", "fsync", "openat", "fstat")
FUNCTIONS = ("strlen", "memcpy", "qsort", "malloc", "strtol")


@dataclass(frozen=True)
class CountSpace:
    """What a program does, each kind as often as it is named.

    kinds   loop (calls repeated, some of which wait), vdso-loop, calls, wait, library, fault, major,
            timer (an interrupt that takes the core away), device (one that does not), inside (interrupts
            within a system call), signal, fork
    times   how often loops are repeated
    exits   whether it ends with exit
    enter, leave, work, switch   times to choose from; an instruction takes none
    """

    kinds: tuple[str, ...]
    times: Choose[int]
    exits: bool
    enter: Choose[Fraction]
    leave: Choose[Fraction]
    work: Choose[Fraction]
    switch: Choose[Fraction]


class CountSwitches(Problem[RunConfig, CountSpace]):
    """Mode switches, context switches, system calls, and the time in the kernel."""

    version = 1
    params = RunConfig
    space = CountSpace
    answers = {
        "mode_switches": Int(),
        "context_switches": Int(),
        "syscalls": Int(),
        "kernel_time_ns": Time(),
    }
    required = ("calls-not-crossings", "vdso-counted", "blocking-adds")

    def draw(self, rng: Generator, space: CountSpace) -> RunConfig:
        ops: list[Op] = []
        for kind in rng.shuffled(space.kinds):
            ops += _piece(rng, kind, space)
        if space.exits:
            ops.append(op("syscall", "exit"))
        return RunConfig(
            processor=Processor("linux64", 0xC0000000, 3, 0, NO_MAP, False, False),
            ops=tuple(ops),
            instruction_ns=Fraction(0),
            enter_ns=space.enter.pick(rng),
            leave_ns=space.leave.pick(rng),
            work_ns=space.work.pick(rng),
            call_ns=Fraction(25),
            switch_ns=space.switch.pick(rng),
        )

    def present(self, p: RunConfig) -> Mapping[str, Figure]:
        return {
            "program": Code(listing(p.ops)),
            "enter": format_time(p.enter_ns),
            "leave": format_time(p.leave_ns),
            "work": format_time(p.work_ns),
            "switch": format_time(p.switch_ns),
        }

    def run(self, p: RunConfig) -> Run:
        return asked(run(p), "mode_switch", "context_switch", "unbuffered", "child")

    def solve(self, p: RunConfig, run: Run) -> Answers:
        return {name: run.metrics[name] for name in self.answers}

    def _as_if(self, p: RunConfig, kind: type[Machine], *names: str) -> Answers | None:
        """The figures `names` as another machine counts them; None if it counts the same."""
        wrong, right = tally(p, kind), counted(p)
        if all(wrong[name] == right[name] for name in names):
            return None
        return {name: wrong[name] for name in names}

    @mistake("calls-not-crossings")
    def calls_not_crossings(self, p: RunConfig) -> Answers | None:
        """Entries are counted, not crossings."""
        return self._as_if(p, OneWay, "mode_switches")

    @mistake("vdso-counted")
    def vdso_counted(self, p: RunConfig) -> Answers | None:
        """vDSO calls are taken for system calls."""
        return self._as_if(p, VdsoEnters, "mode_switches", "syscalls")

    @mistake("blocking-adds")
    def blocking_adds(self, p: RunConfig) -> Answers | None:
        """A wait is two more mode switches."""
        return self._as_if(p, BlockingAdds, "mode_switches")

    @mistake("switch-is-context")
    def switch_is_context(self, p: RunConfig) -> Answers | None:
        """Each mode switch is a context switch."""
        return {"context_switches": counted(p)["mode_switches"]}

    @mistake("waits-once")
    def waits_once(self, p: RunConfig) -> Answers | None:
        """A wait is one context switch."""
        switches = counted(p)["context_switches"]
        return {"context_switches": (switches + 1) // 2} if switches > 1 else None

    @mistake("every-call-returns")
    def every_call_returns(self, p: RunConfig) -> Answers | None:
        """exit and fork cross twice."""
        names = {each.name for each in p.ops if each.verb == "syscall"}
        if not names & {*ENDING, *FORKING}:
            return None
        return self._as_if(p, EveryCallReturns, "mode_switches")

    @mistake("kernel-interrupts-cross")
    def kernel_interrupts_cross(self, p: RunConfig) -> Answers | None:
        """Interrupts in the kernel are counted like those in user mode."""
        return self._as_if(p, KernelInterruptsCross, "mode_switches")

    @mistake("exceptions-forgotten")
    def exceptions_forgotten(self, p: RunConfig) -> Answers | None:
        """Page faults are not counted."""
        ops = tuple(each for each in p.ops if each.verb != "pagefault")
        if len(ops) == len(p.ops):
            return None
        return {"mode_switches": tally(replace(p, ops=ops))["mode_switches"]}

    @mistake("no-sigreturn")
    def no_sigreturn(self, p: RunConfig) -> Answers | None:
        """Handlers return by themselves."""
        return self._as_if(p, NoSigreturn, "mode_switches", "syscalls")


def _piece(rng: Generator, kind: str, space: CountSpace) -> list[Op]:
    """Some operations of a program, of this kind."""
    call, other = rng.sample(CALLS, 2)
    times = space.times.pick(rng)
    match kind:
        case "loop":
            body = [op("syscall", call, flag="blocks"), op("syscall", other)]
            if rng.below(2):
                body.insert(1, op("call", rng.choice(FUNCTIONS)))
            return [op("repeat", number=times), *body, op("end")]
        case "vdso-loop":
            body = [op("vdso", "clock_gettime"), op("syscall", call)]
            return [op("repeat", number=times), *rng.shuffled(body), op("end")]
        case "calls":
            return [op("syscall", call), op("syscall", other)]
        case "wait":
            return [op("syscall", call, flag="blocks")]
        case "library":
            return [op("call", rng.choice(FUNCTIONS)), op("vdso", "gettimeofday")]
        case "fault" | "major":
            fault = op("pagefault", flag="major" if kind == "major" else "")
            if kind == "major":
                return [fault]
            return [op("repeat", number=times), fault, op("end")]
        case "timer":
            return [op("irq", "timer", flag="preempts")]
        case "device":
            return [op("irq", rng.choice(("network", "keyboard", "disk")))]
        case "inside":
            inner = [op("irq", "disk")] * rng.between(1, 3) + [op("irq", "network")]
            return [op("enter", call), *inner, op("return")]
        case "signal":
            return [op("syscall", "kill"), op("signal", rng.choice(("SIGUSR1", "SIGALRM")))]
        case "fork":
            return [op("syscall", "fork"), op("syscall", "wait4", flag="blocks")]
    raise ValueError(f"no kind of piece is called {kind!r}")


@lru_cache(maxsize=1)
def counted(p: RunConfig) -> Mapping[str, int]:
    """The right counts: each mistake asks for them."""
    return tally(p)
