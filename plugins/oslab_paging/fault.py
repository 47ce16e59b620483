"""The way of one memory access: five steps on a page hit, seven and a second try on a page fault.

A hit: the CPU gives the virtual address to the MMU (1), which asks memory for the page-table entry
(2) and gets it (3), sends the physical address (4) and memory answers with the data (5). When the
entry says "not present", the MMU traps (4); the kernel checks the address and finds a frame, if need
be by throwing out a page, which is written back first if it is dirty (5); it fills the frame and
updates the entry (6); the instruction is executed again (7), which now hits.

Sources: CS:APP, 9.6 (figure 9.13); Tanenbaum and Bos, 3.6.2; the Linux kernel's mm/memory.c.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from oslab import Address, Bool, Cells, Drawing, Grid, Hex, InputError, Int, Run, Step, Value
from oslab_paging.split import check_page_size, join, split

Backing: TypeAlias = Literal["disk", "zero"]
"""What a page not present that was never written back holds: its copy on disk, or zeros."""

HIT_STEPS, FAULT_STEPS, SIGNAL_STEPS = 5, 7, 5


@dataclass(frozen=True, slots=True)
class Use:
    """One access: an address, read or written."""

    va: int
    write: bool


@dataclass(frozen=True, slots=True)
class Resident:
    """Page `vpn` is present in page frame `frame`; `dirty`: changed since it was read in."""

    vpn: int
    frame: int
    dirty: bool


@dataclass(frozen=True, slots=True)
class LegalPages:
    """Pages from `first` to `last` belong to the process."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FaultConfig:
    """A process, the frames it has, and what it does.

    uses       the accesses, in order, at least one
    page_size  bytes, a power of two
    legal      the pages it may use
    resident   the pages that are present, the one read in first standing first
    free       free page frames, the one to be used first standing first
    backing    what a page holds that is used for the first time: its copy on disk, or zeros

    The victim is the page read in first (FIFO). Raises InputError for a state that cannot be.
    """

    uses: tuple[Use, ...]
    page_size: int
    legal: tuple[LegalPages, ...]
    resident: tuple[Resident, ...]
    free: tuple[int, ...]
    backing: Backing

    def __post_init__(self) -> None:
        if not self.uses:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        check_page_size(self.page_size)
        if not self.resident and not self.free:
            raise InputError("there is no page frame at all: give --free or --resident")
        pages = [page.vpn for page in self.resident]
        frames = [page.frame for page in self.resident] + list(self.free)
        for what, numbers in (("page", pages), ("frame", frames)):
            for number in numbers:
                if numbers.count(number) > 1:
                    raise InputError(f"{what} {number} is named twice")
        for page in pages:
            if not _is_legal(self, page):
                raise InputError(f"page {page} is present but not legal: widen --legal")


@dataclass
class _Machine:
    """The state that the accesses change, and what they cost."""

    config: FaultConfig
    resident: list[Resident]
    free: list[int]
    on_disk: set[int] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    group: int = 0
    va: int = 0
    textbook_steps: int = 0
    page_faults: int = 0
    signals: int = 0
    writebacks: int = 0
    disk_reads: int = 0

    def find(self, vpn: int) -> Resident | None:
        return next((page for page in self.resident if page.vpn == vpn), None)

    def step(
        self, number: int, action: str, actor: str, given: dict[str, Value], **result: Value
    ) -> None:
        shown: dict[str, Value] = {"number": number, "va": Hex(self.va), **given}
        self.steps.append(
            Step(action=action, actor=actor, given=shown, result=result, state=self.drawn(),
                 group=self.group)
        )  # fmt: skip

    def drawn(self) -> dict[str, Drawing]:
        return {
            "resident": drawn_resident(tuple(self.resident)),
            "free": Cells(tuple(self.free)),
        }


def run(config: FaultConfig) -> Run:
    """Follow each access through its steps; after an illegal one the process ends.

    Every step's given ``number`` is its number in the textbook's flow; the kernel's steps 5 and 6
    are told one by one. Actions: ``send-va request-pte return-pte``, on a hit ``request-data
    return-data``, on a fault ``trap check-address``, ``take-free`` or ``choose-victim unmap-victim``
    and ``write-back`` of a dirty victim, ``read-page`` or ``zero-fill``, ``update-pte restart``; for
    an illegal address ``signal``.

    Metrics: ``page_faults signals writebacks disk_reads disk_writes`` and ``steps``, the textbook's:
    5 for a hit, 7 + 5 for a fault and its second try, 5 for an illegal address.
    """
    machine = _Machine(config, list(config.resident), list(config.free))
    for group, use in enumerate(config.uses, 1):
        machine.group, machine.va = group, use.va
        if not _use(machine, use):
            break
    return Run(
        command="paging.fault",
        config=config,
        conventions=_conventions(config),
        asks={
            "return-pte": {"present": Bool()},
            "request-data": {"pa": Address()},
            "check-address": {"legal": Bool()},
            "take-free": {"frame": Int()},
            "choose-victim": {"victim": Int(), "dirty": Bool()},
        },
        steps=tuple(machine.steps),
        metrics={
            "page_faults": machine.page_faults,
            "signals": machine.signals,
            "writebacks": machine.writebacks,
            "disk_reads": machine.disk_reads,
            "disk_writes": machine.writebacks,
            "steps": machine.textbook_steps,
        },
    )


def _use(machine: _Machine, use: Use) -> bool:
    """One access to its end; whether the process lives on."""
    vpn, offset = split(use.va, machine.config.page_size)
    if _try(machine, use, vpn, offset):
        return True
    machine.page_faults += 1
    machine.step(4, "trap", "mmu", {"vpn": vpn})
    legal = _is_legal(machine.config, vpn)
    machine.step(5, "check-address", "kernel", {"vpn": vpn}, legal=legal)
    if not legal:
        machine.signals += 1
        machine.textbook_steps += SIGNAL_STEPS
        machine.step(5, "signal", "kernel", {"vpn": vpn}, signal="SIGSEGV")
        return False
    frame = _find_frame(machine)
    _fill(machine, vpn, frame)
    machine.step(7, "restart", "cpu", {"vpn": vpn})
    machine.textbook_steps += FAULT_STEPS
    return _try(machine, use, vpn, offset)


def _try(machine: _Machine, use: Use, vpn: int, offset: int) -> bool:
    """Execute the instruction; whether it hits."""
    machine.step(1, "send-va", "cpu", {"write": use.write}, vpn=vpn, offset=offset)
    machine.step(2, "request-pte", "mmu", {"vpn": vpn})
    page = machine.find(vpn)
    machine.step(
        3, "return-pte", "memory", {"vpn": vpn},
        present=page is not None, frame=page.frame if page else None,
    )  # fmt: skip
    if page is None:
        return False
    pa = join(page.frame, offset, machine.config.page_size)
    machine.step(
        4, "request-data", "mmu", {"frame": page.frame, "offset": offset},
        pa=Hex(pa),
    )  # fmt: skip
    if use.write:
        place = machine.resident.index(page)
        machine.resident[place] = Resident(page.vpn, page.frame, dirty=True)
    machine.step(5, "return-data", "memory", {"pa": Hex(pa), "write": use.write})
    machine.textbook_steps += HIT_STEPS
    return True


def _find_frame(machine: _Machine) -> int:
    """Step 5: a free frame, or the one of a victim."""
    if machine.free:
        frame = machine.free.pop(0)
        machine.step(5, "take-free", "kernel", {}, frame=frame)
        return frame
    victim = machine.resident[0]
    machine.step(
        5, "choose-victim", "kernel", {},
        victim=victim.vpn, frame=victim.frame, dirty=victim.dirty,
    )  # fmt: skip
    machine.resident.pop(0)
    machine.step(5, "unmap-victim", "kernel", {"victim": victim.vpn, "dirty": victim.dirty})
    if victim.dirty:
        machine.writebacks += 1
        machine.on_disk.add(victim.vpn)
        machine.step(5, "write-back", "disk", {"victim": victim.vpn, "frame": victim.frame})
    return victim.frame


def _fill(machine: _Machine, vpn: int, frame: int) -> None:
    """Step 6: the page's content, and its entry."""
    if machine.config.backing == "disk" or vpn in machine.on_disk:
        machine.disk_reads += 1
        machine.step(6, "read-page", "disk", {"vpn": vpn, "frame": frame})
    else:
        machine.step(6, "zero-fill", "kernel", {"vpn": vpn, "frame": frame})
    machine.resident.append(Resident(vpn, frame, dirty=False))
    machine.step(6, "update-pte", "kernel", {"vpn": vpn, "frame": frame})


def _is_legal(config: FaultConfig, vpn: int) -> bool:
    return any(pages.first <= vpn <= pages.last for pages in config.legal)


def drawn_resident(resident: tuple[Resident, ...]) -> Grid:
    """The pages in memory, the oldest first."""
    return Grid(("vpn", "frame", "dirty"), tuple((p.vpn, p.frame, int(p.dirty)) for p in resident))


def _conventions(config: FaultConfig) -> dict[str, Value]:
    found: dict[str, Value] = {"first-touch": config.backing}
    if len(config.free) > 1:
        found["free-order"] = "listed"
    if len(config.free) < len(config.uses):
        found["fault-victim"] = "fifo"
        found["fault-clean"] = True
    return found
