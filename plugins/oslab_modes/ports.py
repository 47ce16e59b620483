"""Who may use an I/O port: IOPL, and the I/O permission bitmap in the task-state segment.

IN and OUT run freely where CPL <= IOPL. Elsewhere the processor looks into the bitmap, which begins
`map_base` bytes into the TSS and has a bit for each port, port 0 in the lowest bit of the first byte: it
reads the two bytes from `map_base` + port / 8 on, and lets the instruction run if the bits of all bytes it
moves are 0. Where the second of the two bytes lies beyond the segment's limit, it is refused unread.
In real mode there is neither.

Source: Intel SDM volume 1, 19.5.2 (I/O permission bit map); volume 2, IN. Linux leaves the bitmap out
of the segment until ioperm(2) or iopl(2) asks for it (arch/x86/kernel/process.c, native_tss_update_io_bitmap).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import Bool, Grid, Hex, InputError, Int, Run, Step, Value
from oslab_modes.operations import WIDTHS

MOST_PORT: Final = 0xFFFF
MAP_BYTES: Final = 8192
TSS_BYTES: Final = 104
NO_MAP_LIMIT: Final = TSS_BYTES - 1
WHOLE_MAP_LIMIT: Final = TSS_BYTES + MAP_BYTES
MOST_ACCESSES: Final = 10_000

PortWhy: TypeAlias = Literal["iopl", "real-mode", "bits-0", "limit", "bit-1"]


@dataclass(frozen=True, slots=True)
class PortMap:
    """The bitmap in the task-state segment.

    base    bytes from the start of the TSS to the bitmap
    limit   offset of the last byte of the TSS
    first   number of the first byte that `data` holds, byte 0 being that of the ports 0 to 7
    data    these bytes; all others are 0xFF (Linux fills the map with ones)

    Raises InputError for what no TSS can have.
    """

    base: int
    limit: int
    first: int
    data: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.base <= 0xFFFF:
            raise InputError(f"the map base has 16 bits: 0 to 0xffff, not {self.base}")
        if not 0 <= self.limit <= 0xFFFFF:
            raise InputError(f"the TSS limit is 0 to 0xfffff, not {self.limit}")
        if self.first < 0 or self.first + len(self.data) > MAP_BYTES + 1:
            raise InputError(
                f"the bitmap has the bytes 0 to {MAP_BYTES - 1}, and one more behind it"
            )
        if any(not 0 <= byte <= 0xFF for byte in self.data):
            raise InputError("a byte of the bitmap is 0x00 to 0xff")

    def byte(self, number: int) -> int:
        """The byte of the bitmap with this number."""
        place = number - self.first
        return self.data[place] if 0 <= place < len(self.data) else 0xFF


NO_MAP: Final = PortMap(TSS_BYTES, NO_MAP_LIMIT, 0, ())
"""What Linux gives a process that never asked: no bitmap within the limit."""


def map_of(allowed: Iterable[int]) -> PortMap:
    """A whole bitmap that allows these ports and no others, as ioperm(2) makes it."""
    ports = set(allowed)
    if not ports:
        return PortMap(TSS_BYTES, WHOLE_MAP_LIMIT, 0, ())
    first, last = min(ports) // 8, max(ports) // 8
    data = [0xFF] * (last - first + 1)
    for port in ports:
        data[port // 8 - first] &= ~(1 << port % 8)
    return PortMap(TSS_BYTES, WHOLE_MAP_LIMIT, first, tuple(data))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an access to a port is allowed, and why.

    bits    those of the map that were looked at, the lowest port's first; empty where none was read
    """

    allowed: bool
    why: PortWhy
    bits: tuple[int, ...]


def verdict(port: int, width: int, cpl: int, iopl: int, tss: PortMap) -> Verdict:
    """What the processor says to IN or OUT of `width` bytes at `port`, in protected mode."""
    if cpl <= iopl:
        return Verdict(True, "iopl", ())
    number = port // 8
    if tss.base + number + 1 > tss.limit:
        return Verdict(False, "limit", ())
    word = tss.byte(number) | tss.byte(number + 1) << 8
    bits = tuple(word >> (port % 8 + i) & 1 for i in range(width))
    return Verdict(False, "bit-1", bits) if any(bits) else Verdict(True, "bits-0", bits)


@dataclass(frozen=True, slots=True)
class PortAccess:
    """IN or OUT of so many bytes, 1, 2 or 4."""

    port: int
    width: int


@dataclass(frozen=True, slots=True)
class PortConfig:
    """Accesses to ports under one task-state segment.

    accesses   each on its own
    cpl, iopl  0 to 3
    tss        where the bitmap lies, and what it says

    Raises InputError for anything else.
    """

    accesses: tuple[PortAccess, ...]
    cpl: int
    iopl: int
    tss: PortMap

    def __post_init__(self) -> None:
        check_level("CPL", self.cpl)
        check_level("IOPL", self.iopl)
        if not 1 <= len(self.accesses) <= MOST_ACCESSES:
            raise InputError(f"1 to {MOST_ACCESSES} ports are expected, not {len(self.accesses)}")
        for access in self.accesses:
            if not 0 <= access.port <= MOST_PORT:
                raise InputError(f"a port is 0 to {Hex(MOST_PORT)}, not {access.port}")
            if access.width not in WIDTHS:
                raise InputError(f"a port is 1, 2 or 4 bytes wide, not {access.width}")


def check_level(name: str, level: int) -> None:
    """Raises InputError for a privilege level that there is not."""
    if not 0 <= level <= 3:
        raise InputError(f"{name} is 0 to 3, not {level}")


def run(config: PortConfig) -> Run:
    """One step for each access.

    port    given n, port, width, cpl, iopl, map (the two bytes, - beyond the limit); result byte and bit
            (of the port in the map, counted from 0), allowed, why, bits (of all bytes moved, the lowest
            port's first; none if the map was not read), offset (of the byte in the TSS), limit
    """
    steps = []
    for n, access in enumerate(config.accesses, start=1):
        found = verdict(access.port, access.width, config.cpl, config.iopl, config.tss)
        byte = access.port // 8
        result: dict[str, Value] = {
            "byte": byte,
            "bit": access.port % 8,
            "allowed": found.allowed,
            "why": found.why,
            "bits": found.bits,
            "offset": config.tss.base + byte,
            "second": config.tss.base + byte + 1,
            "limit": config.tss.limit,
        }
        steps.append(
            Step(
                action="port",
                given={
                    "n": n,
                    "port": Hex(access.port),
                    "last": Hex(access.port + access.width - 1),
                    "width": access.width,
                    "wide": access.width > 1,
                    "cpl": config.cpl,
                    "iopl": config.iopl,
                    "map": " ".join(map(_shown, _two_bytes(config.tss, byte))),
                },
                result=result,
                state={} if found.why == "iopl" else {"bitmap": _drawn(config.tss, byte)},
                group=n,
            )
        )
    allowed = sum(step.result["allowed"] for step in steps)
    one = steps[0].result if len(steps) == 1 else {}
    metrics: dict[str, Value] = {name: one[name] for name in ("allowed", "byte", "bit") if one}
    if not one:
        metrics = {"accesses": len(steps), "allowed_accesses": allowed}
    return Run(
        command="modes.port",
        config=config,
        conventions={"map_rule": config.tss.base, "low_bit": "lowest", "unshown": "0xff"},
        asks={"port": {"byte": Int(), "bit": Int(), "allowed": Bool()}},
        steps=tuple(steps),
        metrics=metrics,
    )


def _drawn(tss: PortMap, byte: int) -> Grid:
    """The two bytes that are read, bit by bit; what lies beyond the limit is not there."""
    rows = []
    for number, value in enumerate(_two_bytes(tss, byte), start=byte):
        bits = ("-" if value is None else value >> bit & 1 for bit in range(7, -1, -1))
        rows.append((number, *bits))
    return Grid(("byte", *map(str, range(7, -1, -1))), tuple(rows))


def _two_bytes(tss: PortMap, byte: int) -> list[int | None]:
    """The byte of the bitmap with this number and the one behind it; None is beyond the limit."""
    return [tss.byte(n) if tss.base + n <= tss.limit else None for n in (byte, byte + 1)]


def _shown(byte: int | None) -> str:
    return "-" if byte is None else f"0x{byte:02x}"
