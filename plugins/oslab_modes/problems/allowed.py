"""modes.allowed: what comes of each instruction, in user mode and in the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Hex,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_modes.machine import OUTCOMES, Machine, Processor
from oslab_modes.operations import Op, listing, op
from oslab_modes.ports import NO_MAP, map_of
from oslab_modes.problems.misread import (
    AddressDecides,
    CliNeedsZero,
    HoleIsAbsent,
    IoplIsPrivilege,
    KernelTrapsToo,
    NoLimits,
    PopfTraps,
    PortsByCpl,
    TrapsAreFree,
)
from oslab_modes.problems.rules import asked
from oslab_modes.regions import Model
from oslab_modes.simulate import RunConfig, Totals, outcomes, run

OPERATIONS = Table(
    "n",
    {"outcome": Choice(*OUTCOMES), "switches": Int()},
    given=("operation",),
    action="op",
)
PRIVILEGED = ("hlt", "lgdt", "lidt", "mov", "wrmsr", "invlpg")
GATES = (0x20, 0x21, 0x2E, 0x0D)
ANY = ("flag", "kernel", "user", "plain")
PORTS = (0x60, 0x64, 0x70, 0x80, 0x3F8)


@dataclass(frozen=True)
class AllowedSpace:
    """What a script is made of; a kind may be named more than once.

    model     whose memory map
    iopl      the I/O privilege level
    kinds     privileged, flag (CLI, STI), popf, port, open-port (one that the bitmap allows), user,
              kernel, hole, user-jump, kernel-jump, gate, call, plain; any of some is drawn
    early     a kind that comes first or second, or nothing
    halves    user: in user mode; kernel: inside of a system call; both: the same in one, then the other
    guarded   SMAP and SMEP are on
    """

    model: Choose[Model]
    iopl: Choose[int]
    kinds: tuple[str, ...]
    early: str
    halves: str
    guarded: bool


class Allowed(Problem[RunConfig, AllowedSpace]):
    """The outcome of each operation with the mode switches so far; how many trap."""

    version = 1
    params = RunConfig
    space = AllowedSpace
    answers = {"operations": OPERATIONS, "exceptions": Int()}
    required = ("address-decides-mode", "popf-traps")

    def draw(self, rng: Generator, space: AllowedSpace) -> RunConfig:
        model = space.model.pick(rng)
        kinds = rng.shuffled([kind for kind in space.kinds if kind != space.early])
        if space.early:
            kinds.insert(rng.below(2), space.early)
        open_port = rng.choice(PORTS)
        ops: list[Op] = []
        for kind in (rng.choice(ANY) if kind == "any" else kind for kind in kinds):
            made = _operation(rng, kind, model, open_port)
            while any(str(made) == str(other) for other in ops):
                made = _operation(rng, kind, model, open_port)
            ops.append(made)
        call = op("enter", rng.choice(("ioctl", "reboot", "init_module")))
        if space.halves == "both":
            ops = [*ops, call, *ops, op("return")]
        elif space.halves == "kernel":
            ops = [call, *ops, op("return")]
        return config(
            Processor(
                model=model,
                split=0xC0000000,
                cpl=3,
                iopl=space.iopl.pick(rng),
                ports=map_of({open_port}) if "open-port" in space.kinds else NO_MAP,
                smap=space.guarded,
                smep=space.guarded,
            ),
            ops,
        )

    def good(self, p: RunConfig) -> bool:
        """Nobody halts the processor while no interrupt can end it."""
        machine = Machine(p.processor)
        for _, each, _, done in outcomes(p, machine):
            if each.verb == "hlt" and done.outcome == "ok" and not machine.flag:
                return False
        return True

    def present(self, p: RunConfig) -> Mapping[str, Figure]:
        allowed = [
            str(Hex((p.processor.ports.first + i) * 8 + bit))
            for i, byte in enumerate(p.processor.ports.data)
            for bit in range(8)
            if not byte >> bit & 1
        ]
        return {
            "script": Code(listing(p.ops)),
            "cpl": p.processor.cpl,
            "iopl": p.processor.iopl,
            "model": "x86-64" if p.processor.model == "linux64" else "x86-32",
            "open": ", ".join(allowed) or "-",
        }

    def rows(self, p: RunConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(each)) for n, each in enumerate(p.ops, start=1)]

    def run(self, p: RunConfig) -> Run:
        return asked(run(p), "port_map", "gates", "all_mapped", "trap", "mode_switch")

    def solve(self, p: RunConfig, run: Run) -> Answers:
        return {"operations": rows_of(run, OPERATIONS), "exceptions": run.metrics["exceptions"]}

    def follow(
        self, p: RunConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The outcome does not depend on earlier answers; the switches add to those before."""
        outcome, crossings = right(p)[len(before)]
        so_far = before[-1]["switches"] if before else 0
        return {"outcome": outcome, "switches": so_far + crossings}

    def _as_if(self, p: RunConfig, kind: type[Machine]) -> Answers:
        rows, totals = [], Totals()
        for *_, done in outcomes(p, kind(p.processor)):
            totals.add(done)
            rows.append({"outcome": done.outcome, "switches": totals.mode_switches})
        return {"operations": tuple(rows), "exceptions": totals.exceptions}

    @mistake("address-decides-mode")
    def address_decides_mode(self, p: RunConfig) -> Answers | None:
        """A jump changes the mode."""
        return self._as_if(p, AddressDecides)

    @mistake("cli-ignores-iopl")
    def cli_ignores_iopl(self, p: RunConfig) -> Answers | None:
        """CLI and STI need CPL 0."""
        return self._as_if(p, CliNeedsZero)

    @mistake("iopl-is-privilege")
    def iopl_is_privilege(self, p: RunConfig) -> Answers | None:
        """All privileged instructions need CPL <= IOPL only."""
        return self._as_if(p, IoplIsPrivilege)

    @mistake("popf-traps")
    def popf_traps(self, p: RunConfig) -> Answers | None:
        """POPF traps like CLI."""
        return self._as_if(p, PopfTraps)

    @mistake("traps-are-free")
    def traps_are_free(self, p: RunConfig) -> Answers | None:
        """An exception is no mode switch."""
        return self._as_if(p, TrapsAreFree)

    @mistake("kernel-traps-too")
    def kernel_traps_too(self, p: RunConfig) -> Answers | None:
        """Privileged instructions trap at CPL 0 as well."""
        return self._as_if(p, KernelTrapsToo)

    @mistake("hole-is-pf")
    def hole_is_pf(self, p: RunConfig) -> Answers | None:
        """A non-canonical address is a page fault."""
        return self._as_if(p, HoleIsAbsent)

    @mistake("no-limits")
    def no_limits(self, p: RunConfig) -> Answers | None:
        """SMAP and SMEP are forgotten."""
        return self._as_if(p, NoLimits)

    @mistake("ports-by-cpl")
    def ports_by_cpl(self, p: RunConfig) -> Answers | None:
        """IN and OUT need CPL 0."""
        return self._as_if(p, PortsByCpl)


@lru_cache(maxsize=1)
def right(p: RunConfig) -> tuple[tuple[str, int], ...]:
    """Outcome and crossings of each operation, for `follow`: it is asked once for each wrong row of one
    variant."""
    found = outcomes(p, Machine(p.processor))
    return tuple((done.outcome, done.crossings) for *_, done in found)


def config(processor: Processor, ops: Sequence[Op]) -> RunConfig:
    """A run whose times are those of the command line."""
    return RunConfig(
        processor=processor,
        ops=tuple(ops),
        instruction_ns=Fraction(1),
        enter_ns=Fraction(50),
        leave_ns=Fraction(50),
        work_ns=Fraction(100),
        call_ns=Fraction(25),
        switch_ns=Fraction(1500),
    )


def _operation(rng: Generator, kind: str, model: Model, open_port: int) -> Op:
    """An operation of this kind."""
    match kind:
        case "privileged":
            verb = rng.choice(PRIVILEGED)
            return op(verb, rng.choice(("cr0", "cr3", "cr4")) if verb == "mov" else "")
        case "flag":
            return op(rng.choice(("cli", "sti")))
        case "popf":
            return op("popf", number=0)
        case "port" | "open-port":
            port = open_port if kind == "open-port" else rng.choice(PORTS)
            return op(rng.choice(("in", "out")), number=port, width=1)
        case "user" | "kernel" | "hole":
            return op(rng.choice(("load", "store")), number=address_in(rng, kind, model))
        case "user-jump" | "kernel-jump":
            return op("jump", number=address_in(rng, kind.removesuffix("-jump"), model))
        case "gate":
            return op("int", number=rng.choice(GATES))
        case "call":
            return op("syscall", rng.choice(("read", "write", "getpid", "open")))
        case "plain":
            return op(rng.choice(("add", "cpuid", "nop", "pushf")))
    raise ValueError(f"no kind of operation is called {kind!r}")


def address_in(rng: Generator, area: str, model: Model) -> int:
    """An address that a person would take for one of this area."""
    low = rng.below(0x4000) * 16
    if model == "linux32":
        pages = {"user": (0x08048, 0xBFFF0), "kernel": (0xC0001, 0xF7000)}[area]
        return rng.between(*pages) << 12 | low & 0xFFF
    if area == "user":
        return rng.choice((0x400000, 0x555555554000, 0x7FFFF7A00000, 0x7F1200000000)) + low
    if area == "kernel":
        return rng.choice((0xFFFF888000000000, 0xFFFFFFFF81000000, 0xFFFFC90000000000)) + low
    return rng.choice((0x800000000000, 0xDEAD000000000000, 0xFFFF000000000000)) + low
