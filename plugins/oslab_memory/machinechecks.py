"""Whether the parts of a machine fit together: everything that does not, a line each.

Each line names the key, what was found there, and what would be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from oslab import InputError
from oslab.quantities import format_address, shown
from oslab_cache.hierarchy import check_hierarchy
from oslab_memory.machine import CacheLevel, FramePool, Machine, Page, Region, TlbLevel
from oslab_memory.tables import page_flags
from oslab_paging.replacement.conventions import OBEYS, defaults
from oslab_paging.split import offset_bits

# OPT would have to know the accesses to come.
BLIND = tuple(name for name in OBEYS if name not in ("opt", "unopt"))


def check(machine: Machine) -> None:
    """Raises InputError for a machine that cannot be, with everything that is wrong."""
    faults = faults_of(machine)
    if faults:
        raise InputError("\n".join(faults))


def faults_of(machine: Machine) -> list[str]:
    """What does not fit together, a line each: the key, what was found, what would be right."""
    faults = list(_address_faults(machine))
    if faults:
        return faults  # nothing else makes sense without
    for part in (_table_faults, _tlb_faults, _cache_faults, _frame_faults, _region_faults,
                 _page_faults, _time_faults):  # fmt: skip
        faults += part(machine)
    return faults


def _address_faults(machine: Machine) -> Iterator[str]:
    address = machine.address
    try:
        bits = offset_bits(address.va_bits, address.page_size)
    except InputError as error:
        yield f"address: {error}"
        return
    if not bits < address.pa_bits <= 52:
        yield (
            f"address.pa_bits is {address.pa_bits}: with pages of {address.page_size} bytes "
            f"{bits + 1} to 52 would be right"
        )
        return
    try:
        shape = machine.tables
    except InputError as error:
        yield f"page_table.layout {shown(machine.page_table.layout)}: {error}"
        return
    if shape.va_bits != address.va_bits or shape.page_size != address.page_size:
        yield (
            f"page_table.layout {shown(machine.page_table.layout)} is for addresses of "
            f"{shape.va_bits} bits and pages of {shape.page_size} bytes; address says "
            f"{address.va_bits} bits and {address.page_size} bytes"
        )


def _table_faults(machine: Machine) -> Iterator[str]:
    shape, table = machine.tables, machine.page_table
    frame_bits = machine.address.pa_bits - machine.offset_bits
    if shape.entry.pfn_bits < frame_bits:
        yield (
            f"page_table.entry has {shape.entry.pfn_bits} bits for the frame; physical addresses of "
            f"{machine.address.pa_bits} bits have frame numbers of {frame_bits}"
        )
    if table.root < 0 or table.root % machine.address.page_size:
        yield (
            f"page_table.root is {format_address(table.root)}: a root table begins at a page, "
            f"a multiple of {machine.address.page_size}"
        )
    elif (
        table.cached and table.root + shape.table_bytes(shape.levels) > 1 << machine.address.pa_bits
    ):
        yield (
            f"page_table.root is {format_address(table.root)}: a table of "
            f"{shape.table_bytes(shape.levels)} bytes there does not fit into physical memory "
            f"({machine.address.pa_bits} bits)"
        )


def _tlb_faults(machine: Machine) -> Iterator[str]:
    if len(machine.tlb) > 2:
        yield f"tlb has {len(machine.tlb)} levels: there are at most 2"
    for n, level in enumerate(machine.tlb):
        try:
            shape = level.shape
        except InputError as error:
            yield f"tlb[{n}]: {error}"
            continue
        pages = 1 << machine.address.va_bits - machine.offset_bits
        yield from _placing_faults(f"tlb[{n}]", shape.sets, level)
        for k, entry in enumerate(level.contents):
            where = f"tlb[{n}].contents[{k}]"
            if not 0 <= entry.tag < max(1, pages // shape.sets):
                yield (
                    f"{where}.tag is {entry.tag:#x}: tags go from 0 to "
                    f"{max(1, pages // shape.sets) - 1:#x}"
                )
            elif entry.valid and entry.ppn is None:
                yield f"{where}: a valid entry needs ppn; valid = false has none"
            elif entry.valid and not 0 <= (entry.ppn or 0) < machine.frame_count:
                yield f"{where}.ppn is {entry.ppn:#x}: the last frame is {machine.frame_count - 1:#x}"
            elif entry.valid and machine.frames and entry.ppn in machine.frames:
                vpn = entry.tag * shape.sets + entry.set
                if not any(
                    p.vpn == vpn and p.present and p.frame == entry.ppn for p in machine.page
                ):
                    yield (
                        f"{where}: page {vpn:#x} is not in frame {entry.ppn:#x} by [[page]], and the "
                        "kernel could give that frame away; list the page, or leave the entry out"
                    )


def _cache_faults(machine: Machine) -> Iterator[str]:
    if not machine.cache:
        return
    try:
        check_hierarchy(machine.caches)
    except InputError as error:
        yield f"cache: {error}"
        return
    if machine.cache[0].line > machine.address.page_size:
        yield (
            f"cache[0].line is {machine.cache[0].line}: a line is not longer than a page, "
            f"{machine.address.page_size} bytes"
        )
    for n, level in enumerate(machine.cache):
        yield from _placing_faults(f"cache[{n}]", level.shape.sets, level)
        top = (1 << machine.address.pa_bits) // (level.line * level.shape.sets)
        for k, line in enumerate(level.contents):
            where = f"cache[{n}].contents[{k}]"
            if not 0 <= line.tag < max(1, top):
                yield f"{where}.tag is {line.tag:#x}: tags go from 0 to {max(1, top) - 1:#x}"
            data = _bytes(line.data)
            if data is None or len(data) not in (0, level.line):
                yield f"{where}.data is {shown(line.data)}: {level.line} bytes in hex, such as 99 11"


def _placing_faults(where: str, sets: int, level: TlbLevel | CacheLevel) -> Iterator[str]:
    """Sets that there are not, too many for one set, one thing twice."""
    held = Counter((content.set, content.tag) for content in level.contents if content.valid)
    for (index, tag), times in held.items():
        if times > 1:
            yield f"{where}.contents: tag {tag:#x} is valid twice in set {index}"
    for index, count in Counter(content.set for content in level.contents).items():
        if not 0 <= index < sets:
            yield f"{where}.contents: there is no set {index}; sets go from 0 to {sets - 1}"
        elif count > level.ways:
            yield f"{where}.contents: {count} entries for set {index}, which has {level.ways} ways"


def _frame_faults(machine: Machine) -> Iterator[str]:
    pool = machine.frames
    if pool is None:
        return
    if pool.policy not in BLIND:
        yield (
            f"frames.policy is {pool.policy}, which would have to know the accesses to come; "
            f"one of {', '.join(BLIND)} would do"
        )
    try:
        defaults(pool.policy, pool.count, (), **pool.rules)
        for rule in pool.rules:
            if rule not in OBEYS[pool.policy]:
                yield f"frames.rules.{rule} changes nothing under {pool.policy}"
    except InputError as error:
        yield f"frames: {error}"
    if pool.first < 0 or pool.count < 1 or pool.first + pool.count > machine.frame_count:
        yield (
            f"frames: {pool.count} frames from {pool.first:#x} on; physical memory has the frames 0 "
            f"to {machine.frame_count - 1:#x}"
        )
    root = _root_frames(machine)
    if machine.page_table.cached and any(frame in pool for frame in (root[0], root[-1])):
        yield (
            f"frames: the root table stands in frame {root[0]:#x}, which is in the pool; "
            f"first = {root[-1] + 1:#x} would leave it alone"
        )
    if not machine.region:
        yield (
            "[frames] is given but no [[region]]: which addresses may the process use? "
            f"first = 0, last = {(1 << machine.address.va_bits) - 1:#x} allows all"
        )


def _root_frames(machine: Machine) -> range:
    """The page frames that the root table takes."""
    shape, size = machine.tables, machine.address.page_size
    root = machine.page_table.root
    return range(root // size, (root + shape.table_bytes(shape.levels) - 1) // size + 1)


def _region_faults(machine: Machine) -> Iterator[str]:
    size, shape = machine.address.page_size, machine.tables
    for n, region in enumerate(machine.region):
        where = f"region[{n}]"
        span = f"{format_address(region.first)} to {format_address(region.last)}"
        if region.last < region.first:
            yield f"{where}: {span} is empty: it ends before it starts"
        elif region.first % size or (region.last + 1) % size:
            yield (
                f"{where}: {span} is not whole pages of {size} bytes; "
                f"{format_address(region.first // size * size)} to "
                f"{format_address(region.last // size * size + size - 1)} would be"
            )
        elif not all(shape.fits(a) and (not shape.extends or shape.canonical(a))
                     for a in (region.first, region.last)):  # fmt: skip
            yield f"{where}: {span} are no addresses of {machine.address.va_bits} bits"
        for m, other in enumerate(machine.region[:n]):
            if other.first <= region.last and region.first <= other.last:
                yield f"{where}: {span} overlaps region[{m}]"
        yield from _rights_faults(machine, where, region)


def _rights_faults(machine: Machine, where: str, region: Region) -> Iterator[str]:
    if not region.rights or set(region.rights) - set("rwx"):
        yield f"{where}.rights is {shown(region.rights)}: letters of r w x, such as rw"
        return
    form = machine.tables.entry
    entry = form.decode(form.encode(0, page_flags(form, region.rights)))
    rights = entry.rights()
    granted = {"r": rights.read, "w": rights.write, "x": rights.execute}
    for letter, allowed in granted.items():
        if allowed and letter not in region.rights:
            yield (
                f"{where}.rights is {shown(region.rights)}: entries of this format cannot forbid "
                f"{letter}; add it, or add its bit to page_table.entry"
            )
    if entry.malformed():
        yield f"{where}.rights is {shown(region.rights)}: the format reserves w without r"


def _page_faults(machine: Machine) -> Iterator[str]:
    pages = 1 << machine.address.va_bits - machine.offset_bits
    pool = machine.frames
    root = _root_frames(machine)
    homes: dict[int, int] = {}
    for n, page in enumerate(machine.page):
        where = f"page[{n}]"
        if not 0 <= page.vpn < pages:
            yield f"{where}.vpn is {page.vpn:#x}: pages go from 0 to {pages - 1:#x}"
            continue
        if any(other.vpn == page.vpn for other in machine.page[:n]):
            yield f"{where}: page {page.vpn:#x} is listed twice"
        if page.frame is not None and not 0 <= page.frame < machine.frame_count:
            yield f"{where}.frame is {page.frame:#x}: the last frame is {machine.frame_count - 1:#x}"
        elif page.present and machine.page_table.cached and page.frame in root:
            yield f"{where}.frame is {page.frame:#x}: the root page table stands there"
        yield from _state_faults(machine, where, page, pool)
        if page.present and page.frame is not None and pool and page.frame in pool:
            if page.frame in homes:
                yield (
                    f"{where}: frame {page.frame:#x} holds page {homes[page.frame]:#x} already; "
                    "a frame of the pool holds one page"
                )
            homes[page.frame] = page.vpn
        data = _bytes(page.data)
        if data is None or len(data) > machine.address.page_size:
            yield (
                f"{where}.data is {shown(page.data)}: at most {machine.address.page_size} bytes in "
                "hex, such as 36 72"
            )
    swapped = sum(page.swapped for page in machine.page)
    if swapped > machine.swap.slots:
        yield f"swap.slots is {machine.swap.slots}, but {swapped} pages are swapped"


def _state_faults(
    machine: Machine, where: str, page: Page, pool: FramePool | None
) -> Iterator[str]:
    if page.present and page.frame is None:
        yield f"{where}: a page that is present needs a frame"
    if page.dirty and not page.present:
        yield f"{where}: a page that is not present cannot be dirty"
    region = machine.region_of(page.vpn)
    if machine.region and region is None:
        yield f"{where}: page {page.vpn:#x} lies in no [[region]]"
    if page.swapped and (
        page.present or pool is None or region is None or region.backing == "file"
    ):
        yield (
            f'{where}: only a page of a region with backing = "zero" that is not present can be '
            "swapped, and [frames] must be given"
        )
    if machine.never_written(page) and any(_bytes(page.data) or b""):
        yield (
            f"{where}: an anonymous page that is clean and not in swap was never written to, so it "
            "holds zeros; dirty = true, or no data"
        )


def _time_faults(machine: Machine) -> Iterator[str]:
    times = {"times.memory": machine.times.memory, "times.disk": machine.times.disk,
             "times.fault": machine.times.fault}  # fmt: skip
    times |= {f"tlb[{n}].time": level.time for n, level in enumerate(machine.tlb)}
    times |= {f"cache[{n}].time": level.time for n, level in enumerate(machine.cache)}
    return (f"{key} is negative; 0 is the least" for key, time in times.items() if time < 0)


def _bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
