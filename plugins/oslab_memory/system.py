"""The memory system: TLB, page walk, page fault and caches wired together, one access at a time.

`System.access` follows an access from its virtual address to the byte: TLB lookup, on a miss a page walk
whose entries are read through the caches, on a page fault the kernel and a second try, and with the
physical address the caches and memory. What each part does is the affair of the plugins `tlb`,
`paging` and `cache`; here is the order in which they are asked. The rules are in docs/memory.md.

Sources: CS:APP, 9.6; Tanenbaum and Bos, 3.3 and 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from oslab import Drawing, Hex
from oslab.traces.access import Access, Kind
from oslab_cache.cache import pieces
from oslab_memory.contents import Contents
from oslab_memory.datapath import DataPath
from oslab_memory.drawing import drawn, drawn_kernel
from oslab_memory.journal import Journal, exact
from oslab_memory.kernel import Kernel, OutOfSwap, Saved, Served
from oslab_memory.machine import Machine
from oslab_memory.mmu import Mmu
from oslab_paging.rights import Access as Letter
from oslab_paging.rights import check

LETTERS: Mapping[Kind, Letter] = {"fetch": "x", "load": "r", "store": "w"}


class System:
    """A machine at work. With `telling` steps are kept, and bytes followed; with
    `drawing` each step has the state drawn.

    journal  what happened
    stored   whether there was a store

    `mmu_type` is for systems with a misunderstanding.

    Raises InputError while it runs if a page table finds no room.
    """

    mmu_type: ClassVar[type[Mmu]] = Mmu

    def __init__(self, machine: Machine, telling: bool, drawing: bool = True) -> None:
        self.machine = machine
        self.shape = machine.tables
        self.journal = Journal(telling)
        self.path = DataPath(machine, self.journal)
        self.mmu = self.mmu_type(machine, self.journal, self.path)
        self.kernel = Kernel(machine, machine.frames) if machine.frames else None
        self.contents = _contents(machine) if telling else None
        self.stored = False
        self._disk = exact(machine.times.disk)
        self._fault = exact(machine.times.fault)
        self._kernel_drawn: Mapping[str, Drawing] = {}
        self._drawing = telling and drawing
        if self._drawing:
            self._draw_kernel()
            self.journal.drawn = self._drawn

    def access(self, access: Access) -> None:
        """Make an access; none is made after the process was killed."""
        kinds: Iterable[Kind] = ("load", "store") if access.kind == "modify" else (access.kind,)
        for kind in kinds:
            for va, size in pieces(access.address, access.size, self.shape.page_size):
                if not self.journal.counts.killed:
                    self._access(kind, va, size)

    def _access(self, kind: Kind, va: int, size: int) -> None:
        """One access within a page."""
        journal, shape = self.journal, self.shape
        journal.counts.accesses += 1
        time, memory = journal.time, journal.counts.memory_accesses
        self.stored |= kind == "store"
        vpn = (va & (1 << shape.va_bits) - 1) >> shape.offset_bits
        vpo = va & shape.page_size - 1
        if journal.telling:
            journal.rows.append({"va": va, "vpn": vpn, "vpo": vpo, "page_fault": False})
        journal.tell("issue", "cpu", 0, lambda: (
            {"kind": kind, "page_size": shape.page_size}, {"vpn": Hex(vpn), "vpo": Hex(vpo)},
        ))  # fmt: skip
        outcome, frame = self._translate(kind, va, vpn)
        if frame is not None:
            self._use_data(kind, frame, vpo, size)
        if journal.telling:
            memory = journal.counts.memory_accesses - memory
            journal.note(outcome=outcome, memory_accesses=memory, time_ns=journal.time - time)

    def _translate(self, kind: Kind, va: int, vpn: int) -> tuple[str, int | None]:
        """How translating ends, and the page frame if it succeeds."""
        shape, letter = self.shape, LETTERS[kind]
        if shape.extends and not shape.canonical(va):
            return self._signal("non-canonical"), None
        faulted = False
        while True:
            entry = self.mmu.look_up(vpn)
            if entry:
                outcome: str = check(entry.rights(), letter, "user", riscv=shape.entry.riscv)
                frame = entry.pfn
            else:
                found = self.mmu.walk(va, letter)
                outcome = found.outcome
                frame = (found.pa or 0) >> shape.offset_bits
                if outcome == "hit":
                    self.mmu.fill(vpn, frame, found)
            if outcome == "hit":
                # The fault by which the page came in was its reference.
                if self.kernel and not faulted:
                    self.kernel.used(vpn, letter == "w")
                    self._draw_kernel()
                return "done", frame
            if outcome != "not-present":
                return self._protection(outcome, letter), None
            ended = self._page_fault(vpn, letter)
            if ended:
                return ended, None
            faulted = True
            self.journal.counts.retries += 1
            self.journal.tell("restart", "cpu", 0, lambda: ({"vpn": Hex(vpn)}, {}))

    def _use_data(self, kind: Kind, frame: int, vpo: int, size: int) -> None:
        """Load or store by physical address."""
        journal, write = self.journal, kind == "store"
        pa = frame * self.shape.page_size + vpo
        journal.tell("physical", "mmu", 0, lambda: (
            {"ppn": Hex(frame), "vpo": Hex(vpo), "page_size": self.shape.page_size},
            {"pa": Hex(pa)},
        ))  # fmt: skip
        value: int | None = None
        if self.contents and write:
            value = journal.counts.accesses & (1 << 8 * size) - 1
            self.contents.write(pa, value.to_bytes(size, "little"))
        elif self.contents and size <= 8:
            value = self.contents.number(pa, size)
        self.path.use(pa, size, write)
        journal.note(pa=pa, ppn=frame, value=value)
        shown = None if value is None else Hex(value)
        journal.tell("data", "cpu", 0, lambda: (
            {"pa": Hex(pa), "kind": kind}, {"stored" if write else "value": shown},
        ))  # fmt: skip

    # Faults

    def _protection(self, outcome: str, letter: str) -> str:
        self.journal.counts.protection_faults += 1
        self.journal.tell("protection", "mmu", self._fault, lambda: (
            {"access": letter}, {"outcome": outcome},
        ))  # fmt: skip
        return self._signal(outcome)

    def _signal(self, outcome: str) -> str:
        self.journal.counts.signals += 1
        self.journal.tell("signal", "kernel", 0, lambda: ({}, {"outcome": outcome}))
        return outcome

    def _page_fault(self, vpn: int, letter: Letter) -> str:
        """Serve a page fault. How the access ends, or nothing if it is to be tried again."""
        journal, kernel = self.journal, self.kernel
        journal.counts.page_faults += 1
        journal.note(page_fault=True)
        journal.tell("fault", "mmu", self._fault, lambda: ({"vpn": Hex(vpn)}, {}))
        if kernel is None:
            journal.tell("report", "kernel", 0, lambda: ({"vpn": Hex(vpn)}, {}))
            return "page-fault"
        legal = letter in self.machine.rights_of(vpn)
        journal.tell("check", "kernel", 0, lambda: (
            {"vpn": Hex(vpn), "access": letter, "regions": _regions(self.machine)},
            {"legal": legal},
        ))  # fmt: skip
        if not legal:
            return self._signal("illegal")
        try:
            served = kernel.serve(vpn, letter == "w")
        except OutOfSwap as end:
            journal.counts.killed = True
            victim = Hex(end.victim)
            slots = self.machine.swap.slots
            journal.tell("kill", "kernel", 0, lambda: ({"slots": slots}, {"victim": victim}))
            return "no-swap"
        if served.victim is None:
            journal.tell("free-frame", "kernel", 0, lambda: ({}, {"frame": Hex(served.frame)}))
        else:
            self._throw_out(served, served.victim)
        self._bring_in(vpn, served)
        return ""

    def _throw_out(self, served: Served, victim: int) -> None:
        """Empty the frame: its page leaves page table and TLB, and is written if it must be."""
        journal, counts = self.journal, self.journal.counts
        counts.evictions += 1
        in_tlb = self.mmu.forget(victim)
        dirty = any(saved.vpn == victim for saved in served.written)
        policy = self.machine.frames.policy if self.machine.frames else ""
        journal.tell("evict", "kernel", 0, lambda: (
            {"policy": policy},
            {"victim": Hex(victim), "frame": Hex(served.frame), "dirty": dirty, "in_tlb": in_tlb},
        ))  # fmt: skip
        for saved in served.written:
            self._write_page(saved, early=saved.vpn != victim)

    def _write_page(self, saved: Saved, early: bool) -> None:
        self.journal.counts.writebacks += 1
        self.journal.counts.swap_outs += saved.slot is not None
        self.journal.tell("write-page", "disk", self._disk, lambda: (
            {"page": Hex(saved.vpn), "early": early}, {"slot": saved.slot},
        ))  # fmt: skip

    def _bring_in(self, vpn: int, served: Served) -> None:
        """Fill the frame, drop what the caches hold of it, and enter the page."""
        journal, frame, source = self.journal, served.frame, served.source
        journal.counts.zero_fills += source == "zero"
        journal.counts.swap_ins += source == "swap"
        journal.counts.file_reads += source == "file"
        given = {"vpn": Hex(vpn), "frame": Hex(frame)}
        if source == "zero":
            journal.tell("zero-fill", "kernel", 0, lambda: (given, {}))
        else:
            journal.tell("read-page", "disk", self._disk, lambda: (given, {"slot": served.slot}))
        size = self.shape.page_size
        lines = self.path.drop(frame * size, size)
        made = self.mmu.tables.map(vpn, frame, self.machine.rights_of(vpn))
        if self.contents:
            self.contents.replace(served.victim, vpn, frame, zeros=source == "zero")
        self._draw_kernel()
        journal.tell("map", "kernel", 0, lambda: (
            given, {"tables": made or None, "lines": lines or None},
        ))  # fmt: skip

    def _drawn(self) -> Mapping[str, Drawing]:
        assert self.contents is not None
        first = not self.journal.steps
        found = drawn(self.machine, self.mmu, self.path, self.contents, first)
        return {**found, **self._kernel_drawn}

    def _draw_kernel(self) -> None:
        """Draw frames and swap anew: the kernel decides at once what is then told step by step."""
        if self.kernel and self._drawing:
            self._kernel_drawn = drawn_kernel(self.machine, self.kernel)


def _contents(machine: Machine) -> Contents:
    """The bytes that the machine file gives."""
    size = machine.address.page_size
    contents = Contents(size)
    for page in machine.page:
        data = bytes.fromhex(page.data)
        if page.present and page.frame is not None:
            if machine.never_written(page):
                data = data.ljust(size, b"\0")
            contents.write(page.frame * size, data)
        else:
            contents.keep_away(page.vpn, data)
    for level in reversed(machine.cache):
        shape = level.shape
        for line in level.contents:
            if line.valid:
                where = shape.address_of(shape.line_at(line.tag, line.set))
                contents.write(where, bytes.fromhex(line.data))
    return contents


def _regions(machine: Machine) -> str:
    return ", ".join(f"{Hex(r.first)}..{Hex(r.last)} {r.rights}" for r in machine.region)
