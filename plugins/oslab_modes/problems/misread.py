"""Machines with a misunderstanding: what follows when the rules of privilege are misread."""

from __future__ import annotations

from oslab_modes.machine import ENDING, FORKING, Done, Machine
from oslab_modes.operations import Op
from oslab_modes.regions import region_of


class AddressDecides(Machine):
    """A jump into the kernel's addresses makes kernel mode, one to the user's addresses user mode."""

    def access(self, op: Op) -> Done:
        region = region_of(op.number, self.processor.model, self.processor.split)
        if op.verb != "jump" or region.area not in ("user", "kernel"):
            return super().access(op)
        self.level = 0 if region.area == "kernel" else 3
        return self.ran("own")

    def _user_mode(self, op: Op, reason: str) -> None:
        pass


class CliNeedsZero(Machine):
    """CLI and STI are judged like HLT."""

    def set_flag(self, op: Op) -> Done:
        if self.level > 0:
            return self.trap("#GP", "needs-cpl-0")
        return super().set_flag(op)


class IoplIsPrivilege(Machine):
    """What is privileged runs where CPL <= IOPL."""

    def privileged(self, op: Op) -> Done:
        return self.ran("cpl-0") if self.level <= self.iopl else super().privileged(op)


class PopfTraps(Machine):
    """POPF that touches IF traps outside of the kernel."""

    def popf(self, op: Op) -> Done:
        return self.trap("#GP", "above-iopl") if self.level > 0 else super().popf(op)


class TrapsAreFree(Machine):
    """An exception is no mode switch."""

    def trap(self, vector: str, why: str) -> Done:
        return Done(vector, why, exceptions=1)


class KernelTrapsToo(Machine):
    """What is privileged traps everywhere."""

    def privileged(self, op: Op) -> Done:
        return self.trap("#GP", "needs-cpl-0")

    def set_flag(self, op: Op) -> Done:
        return self.trap("#GP", "above-iopl") if self.iopl == 0 else super().set_flag(op)


class HoleIsAbsent(Machine):
    """A non-canonical address is a page that is not there."""

    def access(self, op: Op) -> Done:
        done = super().access(op)
        if done.outcome == "#GP":
            done.outcome = "#PF"
        return done


class NoLimits(Machine):
    """The kernel may do anything."""

    def access(self, op: Op) -> Done:
        done = super().access(op)
        return self.ran("kernel-own") if done.why in ("smap", "smep") else done


class PortsByCpl(Machine):
    """IN and OUT are judged like HLT."""

    def port(self, op: Op) -> Done:
        return self.privileged(op)


class OneWay(Machine):
    """Each call, exception and interrupt is one mode switch."""

    def into_kernel(self, done: Done) -> Done:
        done = super().into_kernel(done)
        done.leaves = 0
        return done

    def system_call(self, op: Op) -> Done:
        done = super().system_call(op)
        done.leaves = 0
        return done

    def leave(self, op: Op) -> Done:
        done = super().leave(op)
        done.leaves = 0
        return done


class VdsoEnters(Machine):
    """A vDSO call is a system call like any other."""

    def library(self, op: Op) -> Done:
        return self.system_call(op) if op.verb == "vdso" else super().library(op)


class BlockingAdds(Machine):
    """A wait leaves the kernel and enters it once more."""

    def system_call(self, op: Op) -> Done:
        done = super().system_call(op)
        if op.flag == "blocks":
            done.enters += 1
            done.leaves += 1
        return done


class EveryCallReturns(Machine):
    """exit and fork are calls like any other."""

    def system_call(self, op: Op) -> Done:
        done = super().system_call(op)
        if op.name in ENDING or op.name in FORKING:
            done.leaves = 1
        return done


class KernelInterruptsCross(Machine):
    """An interrupt or exception goes into the kernel and back even where the kernel was running."""

    def into_kernel(self, done: Done) -> Done:
        done = super().into_kernel(done)
        done.enters = done.leaves = 1
        return done


class NoSigreturn(Machine):
    """A handler simply returns."""

    def signal(self, op: Op) -> Done:
        done = super().signal(op)
        done.enters = done.leaves = done.syscalls = done.kernel = 0
        return done
