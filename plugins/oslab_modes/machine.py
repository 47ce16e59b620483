"""The processor's rules of privilege, and how often they make it cross between user and kernel mode.

The current privilege level (CPL) alone decides what an instruction may do: not where it lies, nor whose
program it is. The machine carries out operations one after the other and says of each what came of it:

- ``ok``: it ran. ``ignored``: it ran, but a part of it had no effect (POPF and the interrupt flag).
- ``#GP #PF #UD #DE #BP #OF``: an exception. The kernel takes it and goes on behind the instruction: what
  trapped is skipped.
- ``syscall``, ``interrupt``, ``signal``: the kernel was called, a device called it, a handler ran.
- ``pending``: an interrupt came while IF was 0. It waits until IF is 1 again.

Whatever takes user mode into the kernel crosses once, and once again on its way back.

Source: Intel SDM volume 2 (HLT, LGDT, CLI, STI, POPF, IN, OUT, INT n), volume 3, 5.5 and 6.12 (privilege
levels, gates). Linux arch/x86/kernel/idt.c: only the vectors 3, 4 and 0x80 have gates of DPL 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from oslab import InputError
from oslab_modes.operations import FLAGGED, PRIVILEGED, Op
from oslab_modes.ports import PortMap, check_level, verdict
from oslab_modes.regions import Model, access, check_split, region_of

OUTCOMES: Final = (
    "ok", "ignored", "#GP", "#PF", "#UD", "#DE", "#BP", "#OF", "syscall", "interrupt", "signal", "pending",
)  # fmt: skip
DPL_3: Final = (3, 4, 0x80)
ENDING: Final = ("exit", "_exit", "exit_group")
FORKING: Final = ("fork", "vfork", "clone")
OF_AN_OS: Final = ("enter", "return", "vdso", "signal", "pagefault")


@dataclass(frozen=True, slots=True)
class Processor:
    """Where a script begins.

    model      linux32, linux64, or dos: real mode, in which there are no privilege levels
    split      the first address of the kernel, for linux32
    cpl, iopl  0 to 3; CPL 3 is user mode. For dos, 0
    ports      the I/O permission bitmap
    smap, smep whether the kernel is kept from the user's data, from the user's code

    Raises InputError for anything else.
    """

    model: Model
    split: int
    cpl: int
    iopl: int
    ports: PortMap
    smap: bool
    smep: bool

    def __post_init__(self) -> None:
        check_level("CPL", self.cpl)
        check_level("IOPL", self.iopl)
        check_split(self.split)
        if self.model == "dos" and (self.cpl or self.iopl or self.smap or self.smep):
            raise InputError("real mode has no CPL, IOPL, SMAP or SMEP; leave them out for dos")


@dataclass(slots=True)
class Done:
    """What one operation came to.

    outcome, why        one of OUTCOMES, and the rule that decided
    enters, leaves      crossings into the kernel and out of it
    kernel              times that the kernel has work to do, each as long as is said or configured
    instruction         whether an instruction's own time was spent
    context             context switches
    """

    outcome: str
    why: str
    enters: int = 0
    leaves: int = 0
    kernel: int = 0
    instruction: bool = False
    user_work: bool = False
    context: int = 0
    syscalls: int = 0
    exceptions: int = 0
    interrupts: int = 0
    delivered: int = 0

    @property
    def crossings(self) -> int:
        return self.enters + self.leaves


class Machine:
    """A processor running one program; `level` is the CPL now, `flag` the IF, `waiting` what is pending."""

    def __init__(self, processor: Processor) -> None:
        self.processor = processor
        self.level = processor.cpl
        self.flag = 1
        self.waiting: list[str] = []
        self.entered: list[int] = []
        self.ended = False
        self.real = processor.model == "dos"

    @property
    def iopl(self) -> int:
        return self.processor.iopl

    def do(self, op: Op) -> Done:
        """Carry out one operation. Raises InputError for one that cannot come here."""
        if self.ended:
            raise InputError("the program has exited; nothing comes after it")
        if self.real and (op.verb in OF_AN_OS or op.flag):
            raise InputError(f"DOS has no {op.flag or op.verb}; only linux32 and linux64 have")
        return self._rule(op)

    def _rule(self, op: Op) -> Done:
        match op.verb:
            case "mov":
                return self.privileged(op)
            case "cli" | "sti":
                return self.set_flag(op)
            case "popf":
                return self.popf(op)
            case "in" | "out":
                return self.port(op)
            case "int":
                return self.gate(op)
            case "load" | "store" | "jump":
                return self.access(op)
            case "ud2":
                return self.trap("#UD", "undefined")
            case "div":
                return self.ran("plain") if op.number else self.trap("#DE", "by-zero")
            case "syscall":
                return self.system_call(op)
            case "enter":
                return self.enter(op)
            case "return":
                return self.leave(op)
            case "vdso" | "call" | "compute":
                return self.library(op)
            case "irq":
                return self.interrupt(op)
            case "pagefault":
                return self.page_fault(op)
            case "signal":
                return self.signal(op)
        return self.privileged(op) if op.verb in PRIVILEGED else self.ran("plain")

    # What comes of an instruction.

    def ran(self, why: str) -> Done:
        return Done("ok", why, instruction=True)

    def trap(self, vector: str, why: str) -> Done:
        """An exception: the kernel takes it; crossings there are only from outside the kernel."""
        return self.into_kernel(Done(vector, why, exceptions=1))

    def into_kernel(self, done: Done) -> Done:
        """Add the way into the kernel and back, where CPL is not 0 already."""
        done.kernel = 1
        if self.level > 0:
            done.enters = done.leaves = 1
        return done

    def privileged(self, op: Op) -> Done:
        if self.real:
            return self.ran("real-mode")
        return self.ran("cpl-0") if self.level == 0 else self.trap("#GP", "needs-cpl-0")

    def set_flag(self, op: Op) -> Done:
        assert op.verb in FLAGGED
        if not self.real and self.level > self.iopl:
            return self.trap("#GP", "above-iopl")
        return self._flag_is(self.ran("within-iopl"), op.verb == "sti")

    def popf(self, op: Op) -> Done:
        if self.real or self.level <= self.iopl:
            return self._flag_is(self.ran("flag-set"), bool(op.number))
        if op.number == self.flag:
            return self.ran("flag-same")
        return Done("ignored", "flag-kept", instruction=True)

    def _flag_is(self, done: Done, flag: bool) -> Done:
        """Set IF; interrupts that waited for it come now, before the next instruction."""
        self.flag = int(flag)
        if flag and self.waiting:
            done.delivered = done.interrupts = done.kernel = len(self.waiting)
            if self.level > 0:
                done.enters = done.leaves = len(self.waiting)
            self.waiting.clear()
        return done

    def port(self, op: Op) -> Done:
        if self.real:
            return self.ran("real-mode")
        found = verdict(op.number, op.width, self.level, self.iopl, self.processor.ports)
        why = f"port-{found.why}"
        return self.ran(why) if found.allowed else self.trap("#GP", why)

    def gate(self, op: Op) -> Done:
        """INT n: through a gate of the interrupt table."""
        if self.real:
            if op.number == 0x21:
                return Done("syscall", "dos-service", kernel=1, syscalls=1)
            return self.ran("real-mode")
        if op.number not in DPL_3 and self.level > 0:
            return self.trap("#GP", "gate-dpl-0")
        if op.number in (3, 4):
            return self.trap("#BP" if op.number == 3 else "#OF", "gate-exception")
        if op.number == 0x80 and self.level > 0:
            return self.into_kernel(Done("syscall", "gate-dpl-3", syscalls=1))
        return self.ran("gate-from-kernel")

    def access(self, op: Op) -> Done:
        processor = self.processor
        region = region_of(op.number, processor.model, processor.split)
        fetch = op.verb == "jump"
        outcome, why = access(region, self.level, fetch, processor.smap, processor.smep)
        return self.ran(why) if outcome == "ok" else self.trap(outcome, why)

    # What calls the kernel, and what does not.

    def system_call(self, op: Op) -> Done:
        if self.real:
            return Done("syscall", "dos-service", kernel=1, syscalls=1)
        self._user_mode(op, "the kernel itself makes no system calls")
        done = self.into_kernel(Done("syscall", "call", syscalls=1))
        if op.name in ENDING:
            done.why, done.leaves, done.context, self.ended = "exit", 0, 1, True
        elif op.name in FORKING:
            done.why, done.leaves = "fork", 2
        if op.flag == "blocks" and not self.ended:
            done.context = 2
        return done

    def enter(self, op: Op) -> Done:
        self._user_mode(op, "it is in the kernel already; return comes first")
        self.entered.append(self.level)
        self.level = 0
        return Done("syscall", "half-call", enters=1, kernel=1, syscalls=1)

    def leave(self, op: Op) -> Done:
        if not self.entered:
            raise InputError("there is no enter to return from")
        self.level = self.entered.pop()
        return Done("ok", "back", leaves=1)

    def library(self, op: Op) -> Done:
        if op.verb == "vdso":
            self._user_mode(op, "the vDSO is called in user mode")
        return Done("ok", "library" if op.verb == "call" else op.verb, user_work=True)

    def interrupt(self, op: Op) -> Done:
        if not self.flag:
            if op.flag == "preempts":
                raise InputError("nothing preempts while IF is 0; sti comes first")
            self.waiting.append(op.name)
            return Done("pending", "masked")
        done = self.into_kernel(Done("interrupt", "taken", interrupts=1))
        done.why = "real-mode" if self.real else "taken" if self.level else "in-kernel"
        if op.flag == "preempts":
            done.context = 2
        return done

    def page_fault(self, op: Op) -> Done:
        """A page that was not there yet, and is after it: no error."""
        done = self.trap("#PF", "repaired")
        if op.flag == "major":
            done.context = 2
        return done

    def signal(self, op: Op) -> Done:
        """A handler, entered on the way out of the kernel, and the sigreturn call that ends it."""
        self._user_mode(op, "a handler begins on the way back to user mode")
        done = self.into_kernel(Done("signal", "handler", syscalls=1))
        done.user_work = True
        return done

    def _user_mode(self, op: Op, reason: str) -> None:
        if self.level == 0:
            raise InputError(f"{op.verb} in kernel mode: {reason}")
