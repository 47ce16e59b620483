"""`modes run` over again, from docs/modes.md alone: it writes down who ran at which level, and counts afterwards.

The level of the processor and the task on the core are kept as two diaries, with every crossing and every change
in them. What the figures say is then read off the diaries, so that no operation has a count of its own here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PRIVILEGED = {"hlt", "lgdt", "lidt", "lmsw", "clts", "invlpg", "rdmsr", "wrmsr", "mov"}
HARMLESS = {"nop", "add", "cpuid", "pushf", "rdtsc"}
NO_RETURN = {"exit", "_exit", "exit_group"}
TWO_RETURNS = {"fork", "vfork", "clone"}
NOT_IN_REAL_MODE = {"enter", "return", "vdso", "signal", "pagefault"}

# Four levels of page tables, Documentation/arch/x86/x86_64/mm.rst: what is mapped of the kernel's half.
KERNEL_64 = [
    (0xFFFF880000000000, 0xFFFF887FFFFFFFFF),  # LDT remap
    (0xFFFF888000000000, 0xFFFFC87FFFFFFFFF),  # direct map
    (0xFFFFC90000000000, 0xFFFFE8FFFFFFFFFF),  # vmalloc
    (0xFFFFEA0000000000, 0xFFFFEAFFFFFFFFFF),  # vmemmap
    (0xFFFFEC0000000000, 0xFFFFFBFFFFFFFFFF),  # KASAN shadow
    (0xFFFFFE0000000000, 0xFFFFFE7FFFFFFFFF),  # cpu_entry_area
    (0xFFFFFF0000000000, 0xFFFFFF7FFFFFFFFF),  # espfix
    (0xFFFFFFEF00000000, 0xFFFFFFFEFFFFFFFF),  # EFI
    (0xFFFFFFFF80000000, 0xFFFFFFFF9FFFFFFF),  # kernel text
]


class Refused(Exception):
    """The script has an operation that cannot be carried out there."""


@dataclass
class Chip:
    model: str
    cpl: int
    iopl: int
    split: int = 0xC0000000
    smap: bool = False
    smep: bool = False
    map_base: int = 104
    tss_limit: int = 103
    bitmap: dict[int, int] = field(default_factory=dict)

    def port_is_free(self, cpl: int, port: int, width: int) -> bool:
        if cpl <= self.iopl:
            return True
        at = port // 8
        if self.map_base + at + 1 > self.tss_limit:
            return False
        both = self.bitmap.get(at, 0xFF) + 256 * self.bitmap.get(at + 1, 0xFF)
        return all(both >> (port % 8 + i) & 1 == 0 for i in range(width))

    def touched(self, cpl: int, verb: str, address: int) -> str:
        user = "ok"
        if cpl < 3 and (self.smep if verb == "jump" else self.smap):
            user = "#PF"
        kernel = "ok" if cpl < 3 else "#PF"
        if self.model == "linux32":
            return user if address < self.split else kernel
        if address <= 0x7FFFFFFFEFFF:
            return user
        if address <= 0x7FFFFFFFFFFF:
            return "#PF"
        if address < 0xFFFF800000000000:
            return "#GP"
        return kernel if any(first <= address <= last for first, last in KERNEL_64) else "#PF"


@dataclass
class Costs:
    instruction: int
    enter: int
    leave: int
    work: int
    call: int
    switch: int


@dataclass
class Diary:
    """What happened: levels one after the other, tasks one after the other, and the time at each level."""

    levels: list[int]
    tasks: list[str] = field(default_factory=lambda: ["this"])
    returns_elsewhere: int = 0  # of a child, on its own core
    syscalls: int = 0
    interrupts: int = 0
    outcomes: list[str] = field(default_factory=list)
    kernel: int = 0
    user: int = 0

    def mode_switches(self) -> int:
        pairs = zip(self.levels, self.levels[1:], strict=False)
        return self.returns_elsewhere + sum((a == 0) != (b == 0) for a, b in pairs)

    def figures(self) -> dict[str, int]:
        return {
            "mode_switches": self.mode_switches(),
            "context_switches": sum(
                a != b for a, b in zip(self.tasks, self.tasks[1:], strict=False)
            ),
            "syscalls": self.syscalls,
            "exceptions": sum(outcome.startswith("#") for outcome in self.outcomes),
            "interrupts": self.interrupts,
            "kernel_time_ns": self.kernel,
            "user_time_ns": self.user,
        }


def unrolled(script: str) -> list[list[str]]:
    """The operations as words, repeats written out: from the innermost pair outwards."""
    text = "\n".join(line.split("#")[0] for line in script.splitlines())
    ops = [part.split() for part in text.replace(";", "\n").split("\n") if part.split()]
    while ["end"] in ops:
        end = ops.index(["end"])
        start = max(i for i in range(end) if ops[i][0] == "repeat")
        ops[start : end + 1] = ops[start + 1 : end] * int(ops[start][1], 0)
    return ops


def nanoseconds(word: str) -> int:
    for unit, factor in (("ns", 1), ("us", 1000)):
        if word.endswith(unit):
            return int(word.removesuffix(unit)) * factor
    return int(word, 0)


def followed(script: str, chip: Chip, costs: Costs) -> Diary:
    """Carry the script out. Raises Refused."""
    real = chip.model == "dos"
    diary = Diary([chip.cpl])
    interrupts_on, waiting, before, over = True, 0, None, False

    def level() -> int:
        return diary.levels[-1]

    def spend(ns: int) -> None:
        if level() == 0 and not real:
            diary.kernel += ns
        else:
            diary.user += ns

    def cross(to: int) -> None:
        """To another level; the time of the crossing is the kernel's."""
        if (level() == 0) != (to == 0):
            diary.kernel += costs.enter if to == 0 else costs.leave
        diary.levels.append(to)

    def in_kernel(work: int, away: bool) -> None:
        """In, the work, perhaps another task and back again, out. In the kernel already: the work alone."""
        came_from = level()
        cross(0)
        spend(work)
        if away:
            diary.tasks += ["another", "this"]
            spend(costs.switch)
        cross(came_from)

    for verb, *words in unrolled(script):
        if over:
            raise Refused
        flag = words.pop() if words and words[-1] in ("blocks", "preempts", "major") else ""
        if real and (verb in NOT_IN_REAL_MODE or flag):
            raise Refused
        times = words if verb in ("compute", "pagefault") else words[1:]
        work = nanoseconds(times[0]) if times else costs.work
        called = nanoseconds(times[0]) if times else costs.call
        cpl, outcome = level(), "ok"

        if verb in ("syscall", "enter", "vdso", "signal") and cpl == 0 and not real:
            raise Refused

        if verb in HARMLESS:
            pass
        elif verb in PRIVILEGED:
            outcome = "ok" if cpl == 0 else "#GP"
        elif verb in ("cli", "sti", "popf"):
            wanted = verb == "sti" or (verb == "popf" and words == ["1"])
            if cpl <= chip.iopl or real:
                interrupts_on = wanted
            elif verb == "popf":
                outcome = "ignored" if wanted != interrupts_on else "ok"
            else:
                outcome = "#GP"
        elif verb in ("in", "out"):
            width = int(words[1]) if words[1:] else 1
            free = real or chip.port_is_free(cpl, int(words[0], 0), width)
            outcome = "ok" if free else "#GP"
        elif verb in ("load", "store", "jump"):
            outcome = "ok" if real else chip.touched(cpl, verb, int(words[0], 0))
        elif verb == "int":
            vector = int(words[0], 0)
            if real:
                outcome = "syscall" if vector == 0x21 else "ok"
            elif vector in (3, 4):
                outcome = {3: "#BP", 4: "#OF"}[vector]
            elif cpl > 0:
                outcome = "syscall" if vector == 0x80 else "#GP"
            diary.syscalls += outcome == "syscall"
        elif verb == "ud2":
            outcome = "#UD"
        elif verb == "div":
            outcome = "#DE" if int(words[0], 0) == 0 else "ok"
        elif verb in ("syscall", "enter"):
            outcome = "syscall"
            diary.syscalls += 1
        elif verb == "irq":
            outcome = "interrupt" if interrupts_on else "pending"
            if flag and not interrupts_on:
                raise Refused
        elif verb == "pagefault":
            outcome = "#PF"
        elif verb == "signal":
            outcome = "signal"
        elif verb == "return" and before is None:
            raise Refused
        diary.outcomes.append(outcome)

        # What it takes, and where to it leads.
        if verb in ("vdso", "call"):
            spend(called)
        elif verb == "compute":
            spend(work)
        elif verb == "signal":
            spend(called)
            in_kernel(costs.work, away=False)
            diary.syscalls += 1
        elif verb == "enter":
            before = cpl
            cross(0)
            spend(work)
        elif verb == "return":
            assert before is not None
            cross(before)
            before = None
        elif verb == "syscall" and words[0] in NO_RETURN and not real:
            cross(0)
            spend(work)
            diary.tasks.append("another")
            over = True
        elif verb == "irq":
            if interrupts_on:
                diary.interrupts += 1
                in_kernel(work, away=bool(flag))
            else:
                waiting += 1
        elif verb in ("syscall", "pagefault"):
            in_kernel(work, away=bool(flag))
            if verb == "syscall" and words[0] in TWO_RETURNS and not real:
                diary.returns_elsewhere += 1
                diary.kernel += costs.leave
        elif outcome == "syscall" or outcome.startswith("#"):
            in_kernel(costs.work, away=False)
        else:
            spend(costs.instruction)
        while interrupts_on and waiting:
            waiting -= 1
            diary.interrupts += 1
            in_kernel(costs.work, away=False)
    return diary
