"""A mapping and the file behind it: what accesses find and change.

A page of the mapping with at least one byte of the file is there; in the last one what follows the end of
the file reads as 0, and what is stored there never reaches the file. Pages wholly beyond the end raise
SIGBUS, whatever the length of the mapping. Outside of it, and against its protection, SIGSEGV. Stores into a
shared mapping change the file for everyone; the first store into a page of a private one copies the page, and
neither the file nor later changes of it are seen there again.

Source: man 2 mmap; POSIX mmap; Linux mm/filemap.c, filemap_fault, mm/memory.c, do_cow_fault, mm/truncate.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oslab import Hex, Value
from oslab_zerocopy.accesses import Operation
from oslab_zerocopy.mapping import Area, Errno, MmapConfig, outcome, place


@dataclass(slots=True)
class File:
    """The bytes of a file: `fill` below `filled`, else 0, but for those `written`. What was stored through
    a mapping behind the end, in the last page, stands in `rest`."""

    size: int
    fill: int
    filled: int
    written: dict[int, int] = field(default_factory=dict)
    rest: dict[int, int] = field(default_factory=dict)

    def byte(self, at: int) -> int:
        """The byte as a mapping sees it."""
        if at >= self.size:
            return self.rest.get(at, 0)
        return self.written.get(at, self.fill if at < self.filled else 0)

    def store(self, at: int, value: int) -> None:
        (self.written if at < self.size else self.rest)[at] = value

    def resize(self, size: int) -> None:
        """Cut off, or continued with zeros."""
        self.size, self.filled = size, min(self.filled, size)
        self.written = {at: value for at, value in self.written.items() if at < size}
        self.rest = {}

    def copy(self, bytes_of: range) -> File:
        """The file as it is now, as far as these bytes are concerned."""
        written = {at: value for at, value in self.written.items() if at in bytes_of}
        return replace(self, written=written, rest=dict(self.rest))


class Memory:
    """A file, a mapping of it and the memory beside it, as the operations leave them."""

    def __init__(self, config: MmapConfig) -> None:
        self.config = config
        self.file = File(config.file_size, config.fill, config.file_size)
        self.outcome: Errno = self.decide()
        self.base = place(config) if self.outcome == "ok" else config.address
        self.copied: dict[int, File] = {}
        self.old: dict[int, int] = {}
        self.signals = {"SIGSEGV": 0, "SIGBUS": 0}
        self.stored = 0

    def decide(self) -> Errno:
        return outcome(self.config)

    @property
    def mapped(self) -> bool:
        return self.outcome == "ok"

    def read(self, at: int) -> tuple[str, int | None]:
        """Load a byte: "ok" and its value, or the signal and None."""
        signal = self.refused(at, writing=False)
        if signal:
            return self.raised(signal), None
        if not self.inside(at):
            area = self.area(at)
            assert area is not None
            return "ok", self.old.get(self.base + at, area.value)
        where = self.config.offset + at
        return "ok", self.copied.get(self.page_of(at), self.file).byte(where)

    def holder(self, at: int) -> str:
        """Where the byte at this place of the mapping is: in a private copy, in the file, or in the rest
        of its last page."""
        if self.page_of(at) in self.copied:
            return "copy"
        return "file" if self.config.offset + at < self.file.size else "rest"

    def write(self, at: int, value: int) -> tuple[str, str]:
        """Store a byte: "ok" and what changes (file, copy, rest or memory), or the signal and ""."""
        signal = self.refused(at, writing=True)
        if signal:
            return self.raised(signal), ""
        if not self.inside(at):
            self.old[self.base + at] = value
            return "ok", "memory"
        where, page = self.config.offset + at, self.page_of(at)
        if self.private():
            if page not in self.copied:
                size = self.config.page_size
                first = self.config.offset + page * size
                self.copied[page] = self.file.copy(range(first, first + size))
            self.copied[page].store(where, value)
            return "ok", "copy"
        self.file.store(where, value)
        if where >= self.file.size:
            return "ok", "rest"
        self.stored += 1
        return "ok", "file"

    def private(self) -> bool:
        """Whether stores go into copies."""
        return self.config.flags == "private"

    def refused(self, at: int, writing: bool) -> str:
        """The signal that an access raises, or ""."""
        if not self.inside(at):
            return "" if self.area(at) else "SIGSEGV"
        prot = self.config.prot
        if prot == "none" or (writing and "write" not in prot):
            return "SIGSEGV"
        # A page that was copied goes with the file's pages when the file is cut off before it.
        return "" if self.backed(self.page_of(at)) else self.beyond()

    def beyond(self) -> str:
        """The signal for a page that the file does not reach."""
        return "SIGBUS"

    def backed(self, page: int) -> bool:
        """Whether a page of the mapping has a byte of the file."""
        return self.config.offset + page * self.config.page_size < self.file.size

    def inside(self, at: int) -> bool:
        return self.mapped and at < self.config.span

    def page_of(self, at: int) -> int:
        return at // self.config.page_size

    def area(self, at: int) -> Area | None:
        """The older memory that an address outside of the mapping lies in."""
        address = self.base + at
        if not self.base:
            return None
        return next((a for a in self.config.occupied if 0 <= address - a.start < a.length), None)

    def raised(self, signal: str) -> str:
        self.signals[signal] += 1
        return signal

    def pread(self, at: int) -> int | None:
        """The byte of the file; None at or after its end."""
        return self.file.byte(at) if at < self.file.size else None

    def pwrite(self, at: int, value: int) -> None:
        if at >= self.file.size:
            self.file.resize(at + 1)
        self.file.store(at, value)

    def truncate(self, size: int) -> None:
        self.file.resize(size)
        self.copied = {page: file for page, file in self.copied.items() if self.backed(page)}

    def apply(self, op: Operation) -> dict[str, Value]:
        """Carry out one operation: its results, by name."""
        match op.verb:
            case "read":
                outcome, value = self.read(op.place)
                return {"outcome": outcome, "value": value}
            case "write":
                outcome, changes = self.write(op.place, op.value)
                return {"outcome": outcome, "changes": changes}
            case "pread":
                byte = self.pread(op.place)
                return {"outcome": "end" if byte is None else "ok", "value": byte}
            case "pwrite":
                self.pwrite(op.place, op.value)
                return {"size": self.file.size}
            case "truncate":
                self.truncate(op.place)
                return {"size": self.file.size}
            case "close":
                return {}

    def metrics(self) -> Mapping[str, Value]:
        config = self.config
        reach = max(0, self.file.size - config.offset)
        whole = -(-reach // config.page_size) * config.page_size
        return {
            "result": self.outcome,
            "address": Hex(self.base) if self.mapped else None,
            "pages": config.pages if self.mapped else 0,
            "zero_bytes": min(whole, config.span) - min(reach, config.span) if self.mapped else 0,
            "sigbus_from": whole if self.mapped and whole < config.span else None,
            "sigsegv": self.signals["SIGSEGV"],
            "sigbus": self.signals["SIGBUS"],
            "private_pages": len(self.copied),
            "file_stores": self.stored,
            "file_size": self.file.size,
        }
