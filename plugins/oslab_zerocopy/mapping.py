"""mmap(2) of a file: whether it succeeds, and where it lies.

The call fails with EINVAL where the offset is no multiple of the page size, the length is 0, or a fixed
address is no multiple of the page size; then, with MAP_FIXED_NOREPLACE, with EEXIST where something is
mapped there; then with EACCES where the file is not open for reading, or is to be written through a shared
mapping and is not open for both. It covers ⌈length / page size⌉ whole pages.

An address is a hint: rounded down to a page, it is used if all the pages are free there, else the kernel
chooses. MAP_FIXED takes the address and replaces whatever is mapped there. Closing the descriptor does not
unmap.

What accesses to the mapping do stands in `oslab_zerocopy.memory`.

Source: man 2 mmap; POSIX mmap; Linux mm/mmap.c, do_mmap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from oslab import InputError
from oslab_zerocopy.accesses import Operation

Prot: TypeAlias = Literal["none", "read", "write", "read-write"]
Sharing: TypeAlias = Literal["shared", "private"]
OpenMode: TypeAlias = Literal["r", "w", "rw"]
Placement: TypeAlias = Literal["hint", "fixed", "fixed-noreplace"]
Errno: TypeAlias = Literal["ok", "EINVAL", "EACCES", "EEXIST"]

LOWEST = 1 << 16
HIGHEST = 1 << 47
FARTHEST = 1 << 46


@dataclass(frozen=True, slots=True)
class Area:
    """Memory that is mapped before: anonymous, readable and writable, every byte the same."""

    start: int
    length: int
    value: int


@dataclass(frozen=True, slots=True)
class MmapConfig:
    """One mmap of a file, and what is done then.

    file_size   bytes in the file
    fill        what every byte of it is, 1 to 255
    open_mode   how the mapped descriptor is open: O_RDONLY, O_WRONLY, O_RDWR
    page_size   bytes in a page, a power of two
    offset      where in the file the mapping begins
    length      bytes
    prot        PROT_NONE, PROT_READ, PROT_WRITE (which can be read too), or both
    flags       MAP_SHARED or MAP_PRIVATE
    address     the address asked for; 0: none
    placement   what the address is: a hint, MAP_FIXED, or MAP_FIXED_NOREPLACE
    chosen      where the kernel puts the mapping when the choice is its own
    occupied    what is mapped already
    ops         operations, in order

    Raises InputError for what could not be.
    """

    file_size: int
    fill: int
    open_mode: OpenMode
    page_size: int
    offset: int
    length: int
    prot: Prot
    flags: Sharing
    address: int
    placement: Placement
    chosen: int
    occupied: tuple[Area, ...]
    ops: tuple[Operation, ...]

    def __post_init__(self) -> None:
        page = self.page_size
        if page & (page - 1) or not 16 <= page <= 1 << 30:
            raise InputError(f"a page has 16 to 2^30 bytes, a power of two, not {page}")
        if not 1 <= self.fill <= 255:
            raise InputError(f"the bytes of the file are 1 to 255, not {self.fill}")
        for what, number in (
            ("the file size", self.file_size), ("the offset", self.offset), ("the length", self.length),
            *((f"operation {n} ({op})", op.place) for n, op in enumerate(self.ops, start=1)),
        ):  # fmt: skip
            if not 0 <= number <= FARTHEST:
                raise InputError(f"{what}: 0 to 2^46 bytes are possible, not {number}")
        if self.address and not LOWEST <= self.address < HIGHEST - self.length:
            raise InputError(
                f"the address lies between 0x10000 and 0x7fffffffffff, not {self.address:#x}"
            )
        if self.placement != "hint" and not self.address:
            raise InputError("a fixed mapping needs an address; --address 0x10000000 would be one")
        if self.chosen % page or not LOWEST <= self.chosen < HIGHEST - self.span:
            raise InputError(
                f"the kernel's choice is a multiple of the page size with room for {self.span} bytes "
                f"below 0x7fffffffffff, not {self.chosen:#x}"
            )
        for area in self.occupied:
            where = f"the occupied memory at {area.start:#x}"
            if area.start % page or area.length % page or not area.length:
                raise InputError(f"{where}: whole pages of {page} bytes are expected")
            if (
                area.start < LOWEST
                or area.start + area.length > HIGHEST
                or not 0 <= area.value <= 255
            ):
                raise InputError(f"{where} lies between 0x10000 and 0x7fffffffffff, bytes 0 to 255")
        ends = sorted((area.start, area.start + area.length) for area in self.occupied)
        if any(end > start for (_, end), (start, _) in pairwise(ends)):
            raise InputError("occupied memory overlaps; each byte can be mapped once")
        if not is_free(self, self.chosen):
            raise InputError(f"the kernel cannot choose {self.chosen:#x}: memory there is occupied")

    @property
    def pages(self) -> int:
        """Pages that the mapping covers."""
        return -(-self.length // self.page_size)

    @property
    def span(self) -> int:
        """Bytes that it covers."""
        return self.pages * self.page_size


def is_free(config: MmapConfig, start: int) -> bool:
    """Whether nothing is mapped where the mapping would lie."""
    end = start + config.span
    return all(end <= a.start or a.start + a.length <= start for a in config.occupied)


def outcome(config: MmapConfig) -> Errno:
    """ "ok", or the error with which the mmap fails."""
    page, fixed = config.page_size, config.placement != "hint"
    if config.offset % page or not config.length or (fixed and config.address % page):
        return "EINVAL"
    if config.placement == "fixed-noreplace" and not is_free(config, config.address):
        return "EEXIST"
    writes_file = config.flags == "shared" and config.prot in ("write", "read-write")
    if config.open_mode == "w" or (writes_file and config.open_mode != "rw"):
        return "EACCES"
    return "ok"


def place(config: MmapConfig) -> int:
    """Where a mapping that succeeds lies."""
    if config.placement != "hint":
        return config.address
    near = config.address - config.address % config.page_size
    return near if near and is_free(config, near) else config.chosen
