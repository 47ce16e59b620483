"""The parts of a machine at the start: TLB and caches with their contents, room for page tables."""

from __future__ import annotations

from collections.abc import Callable

from oslab import InputError
from oslab_cache.cache import Cache
from oslab_cache.hierarchy import Hierarchy
from oslab_memory.machine import CacheLevel, Machine, TlbLevel
from oslab_tlb.tlb import Tlb, TlbEntry
from oslab_tlb.twolevel import TwoLevelTlb

# Above every page number and line number: what fills a way that is emptied again at once.
_BEYOND = 1 << 80


def tlb_of(machine: Machine) -> Tlb | TwoLevelTlb | None:
    """The TLB as it is at the start, if there is one."""
    if not machine.tlb:
        return None
    if len(machine.tlb) == 1:
        tlb = Tlb(machine.tlb[0].shape)
        _fill_tlb(machine, tlb, machine.tlb[0])
        return tlb
    first, second = machine.tlb
    both = TwoLevelTlb(first.shape, second.shape)
    _fill_tlb(machine, both.first, first)
    _fill_tlb(machine, both.second, second)
    return both


def _fill_tlb(machine: Machine, tlb: Tlb, level: TlbLevel) -> None:
    sets, beyond = tlb.shape.sets, []
    for n, content in enumerate(level.contents):
        vpn = content.tag * sets + content.set
        if content.valid:
            rights = machine.rights_of(vpn)
            read, write, execute = (letter in rights for letter in "rwx")
            frame = content.ppn or 0
        else:
            vpn, frame, read, write, execute = (
                (_BEYOND + n) * sets + content.set,
                0,
                True,
                True,
                True,
            )
            beyond.append(vpn)
        tlb.fill(TlbEntry(vpn, frame, 0, write, True, execute, False, read))
    for vpn in beyond:
        tlb.invalidate(vpn)


def caches_of(machine: Machine) -> Hierarchy | None:
    """The caches as they are at the start, if there are any."""
    if not machine.cache:
        return None
    caches = Hierarchy(machine.caches)
    for cache, level in zip(caches.caches, machine.cache, strict=True):
        _fill_cache(cache, level)
    return caches


def _fill_cache(cache: Cache, level: CacheLevel) -> None:
    beyond = []
    for n, content in enumerate(level.contents):
        line = cache.shape.line_at(content.tag if content.valid else _BEYOND + n, content.set)
        cache.put(line, cache.room(line).way, content.dirty and content.valid)
        if not content.valid:
            beyond.append(line)
    for line in beyond:
        cache.drop(line)


def table_frames(machine: Machine) -> Callable[[int], int]:
    """Gives the first of so many frames in a row for a page table: the lowest above the root table.

    It raises InputError when physical memory has no more.
    """
    shape, table, size = machine.tables, machine.page_table, machine.address.page_size
    lowest = (table.root + shape.table_bytes(shape.levels) - 1) // size + 1
    pool = machine.frames if table.cached else None
    taken = {page.frame for page in machine.page if table.cached}

    def past(frame: int) -> int:
        """The frame itself if a table may stand there, else the next that is worth a look."""
        if pool and frame in pool:
            return pool.first + pool.count
        return frame + (frame in taken)

    def take(frames: int) -> int:
        nonlocal lowest
        while past(lowest) != lowest:
            lowest = past(lowest)
        first = frame = lowest
        while frame < first + frames:
            if past(frame) == frame:
                frame += 1
            else:
                first = frame = past(frame)
        if table.cached and first + frames > machine.frame_count:
            raise InputError(
                f"physical memory has no frame left for a page table of {frames * size} bytes: put "
                "page_table.root lower, or leave more frames out of [frames]"
            )
        taken.update(range(first, first + frames))
        return first

    return take
