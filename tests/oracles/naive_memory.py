"""A memory system a second time: TLB, page tables, page faults, swap and caches by the rules of docs/memory.md.

A machine is the dict that its TOML file says. Nothing is kept that could be found out: who leaves a
set is looked up in the log of its uses, who leaves memory by playing all references again
(`naive_policies`), entries of the page table are not stored as bytes but asked of a dict. Memory is a dict
from physical addresses to bytes and the caches hold no data: nobody can tell the difference, because
only the kernel drops lines unwritten, and only of frames whose page is gone.

Caches are `nine` hierarchies (neither inclusive nor exclusive) of any number of levels; random
replacement is left out. Nothing here is shared with ``oslab_memory``, ``oslab_cache`` or ``oslab_tlb``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from naive_policies import documented, simulate

Toml = dict[str, Any]

# Bits that index a table, from the root; bytes of an entry; whether addresses are sign-extended.
NAMED: dict[str, tuple[list[int], int, int]] = {
    "x86-32": ([10, 10], 4, 32),
    "sv32": ([10, 10], 4, 32),
    "x86-64": ([9, 9, 9, 9], 8, 64),
    "la57": ([9, 9, 9, 9, 9], 8, 64),
    "sv39": ([9, 9, 9], 8, 64),
}
METRICS = [
    "accesses", "tlb_hits", "tlb_misses", "page_faults", "retries", "protection_faults", "signals",
    "killed", "evictions", "writebacks", "swap_outs", "swap_ins", "file_reads", "zero_fills",
    "pte_reads", "pte_cache_hits", "cache_hits", "cache_misses", "memory_accesses", "time_ns",
]  # fmt: skip
FIELDS = [
    "va", "vpn", "vpo", "tlb_index", "tlb_tag", "tlb_hit", "page_fault", "ppn", "pa", "cache_offset",
    "cache_index", "cache_tag", "cache_hit", "value",
]  # fmt: skip
RIGHT = {"store": "w", "fetch": "x", "load": "r"}
MISSING = {"w": "read-only", "x": "no-execute", "r": "not-readable"}


class Access(NamedTuple):
    kind: str
    """load, store, fetch or modify"""
    va: int
    size: int


# ---------------------------------------------------------------- sets of ways, for TLBs and caches


class Sets:
    """Which keys are in which way of which set; the log says of each set how its ways were used."""

    def __init__(self, sets: int, ways: int, policy: str) -> None:
        self.policy = policy
        self.ways: list[list[int | None]] = [[None] * ways for _ in range(sets)]
        self.log: list[list[tuple[str, int]]] = [[] for _ in range(sets)]

    def way_of(self, key: int) -> tuple[list[int | None], list[tuple[str, int]], int | None]:
        index = key % len(self.ways)
        ways = self.ways[index]
        return ways, self.log[index], ways.index(key) if key in ways else None

    def __contains__(self, key: int) -> bool:
        return self.way_of(key)[2] is not None

    def use(self, key: int) -> bool:
        """Look a key up; whether it is there."""
        _, log, way = self.way_of(key)
        if way is not None:
            log.append(("use", way))
        return way is not None

    def victim(self, key: int) -> int | None:
        """Who would have to leave for a key that is not there."""
        ways, log, _ = self.way_of(key)
        if None in ways:
            return None
        return ways[leaver(self.policy, len(ways), log)]

    def fill(self, key: int) -> None:
        """Into the lowest empty way, of which there is one."""
        ways, log, _ = self.way_of(key)
        log.append(("fill", ways.index(None)))
        ways[ways.index(None)] = key

    def drop(self, key: int) -> None:
        ways, _, way = self.way_of(key)
        if way is not None:
            ways[way] = None

    def begin(self, contents: Sequence[tuple[int, int, bool]]) -> None:
        """(set, tag, valid): filled in this order, then the invalid ones are taken out."""
        gone = []
        for index, tag, valid in contents:
            # An invalid entry may have the tag of a valid one: no key of its own.
            ways, log = self.ways[index], self.log[index]
            way = ways.index(None)
            ways[way] = tag * len(self.ways) + index if valid else -1
            log.append(("fill", way))
            if not valid:
                gone.append((ways, way))
        for ways, way in gone:
            ways[way] = None


def leaver(policy: str, ways: int, log: list[tuple[str, int]]) -> int:
    """The way whose entry leaves a full set."""
    used = [way for _, way in log]
    filled = [way for what, way in log if what == "fill"]

    def last(of: list[int], way: int) -> int:
        return max(n for n, each in enumerate(of) if each == way)

    def uses(way: int) -> int:
        since = max(n for n, event in enumerate(log) if event == ("fill", way))
        return used[since:].count(way)

    if policy == "fifo":
        return min(range(ways), key=lambda way: last(filled, way))
    if policy == "lru":
        return min(range(ways), key=lambda way: last(used, way))
    if policy == "lfu":
        return min(range(ways), key=lambda way: (uses(way), last(used, way)))
    assert policy == "plru"
    # Each node points away from the half that was used last, at the start to the left.
    low, high = 0, ways
    while high - low > 1:
        middle = (low + high) // 2
        here = [way for way in used if low <= way < high]
        low, high = (middle, high) if here and here[-1] < middle else (low, middle)
    return low


# ---------------------------------------------------------------- caches


class Caches:
    """Levels from the processor down, by docs/cache.md; a line is its number."""

    def __init__(self, levels: list[Toml]) -> None:
        self.line = levels[0]["line"]
        self.times = [level["time"] for level in levels]
        self.back = [level.get("write", "back") == "back" for level in levels]
        self.allocate = [
            level.get("allocate", back) for level, back in zip(levels, self.back, strict=True)
        ]
        self.sets: list[Sets] = []
        self.dirty: list[set[int]] = []
        for level in levels:
            count = level["size"] // level["line"] // level["ways"]
            sets = Sets(count, level["ways"], level.get("policy", "lru"))
            contents = level.get("contents", [])
            sets.begin([(c["set"], c["tag"], c.get("valid", True)) for c in contents])
            self.sets.append(sets)
            self.dirty.append(
                {
                    c["tag"] * count + c["set"]
                    for c in contents
                    if c.get("valid", True) and c.get("dirty", False)
                }
            )

    def access(self, line: int, store: bool) -> tuple[int, bool]:
        """What the lookups of one line cost, and whether some level had it."""
        last = len(self.sets)
        at = next((n for n, sets in enumerate(self.sets) if line in sets), last)
        # A store asks for the line at the highest level that takes it in, a load at the first.
        asking = next((n for n in range(at) if self.allocate[n]), at) if store else 0
        if at < last:
            self.sets[at].use(line)
        for n in reversed(range(asking, at)):
            self.take(n, line)
        if store:
            self.store(min(asking, at), line)
        return sum(self.times[: at + 1]), at < last

    def take(self, n: int, line: int) -> None:
        victim = self.sets[n].victim(line)
        if victim is not None:
            self.sets[n].drop(victim)
            if victim in self.dirty[n]:
                self.dirty[n].remove(victim)
                self.down(n + 1, victim)
        self.sets[n].fill(line)

    def down(self, n: int, line: int) -> None:
        """A dirty victim arrives at a level, or at memory."""
        if n == len(self.sets):
            return
        if not self.sets[n].use(line):
            self.take(n, line)
        if self.back[n]:
            self.dirty[n].add(line)
        else:
            self.through(n + 1, line)

    def store(self, n: int, line: int) -> None:
        """At the level that has the line (or at none)."""
        if n == len(self.sets):
            return
        if self.back[n]:
            self.dirty[n].add(line)
        else:
            self.through(n + 1, line)

    def through(self, n: int, line: int) -> None:
        """Bytes written through go to the copies below, up to one that is written back."""
        for below in range(n, len(self.sets)):
            if self.sets[below].use(line) and self.back[below]:
                self.dirty[below].add(line)
                return

    def drop(self, line: int) -> None:
        for sets, dirty in zip(self.sets, self.dirty, strict=True):
            sets.drop(line)
            dirty.discard(line)


# ---------------------------------------------------------------- the whole


class Tlb:
    def __init__(self, level: Toml) -> None:
        self.count = level["entries"] // level["ways"]
        self.sets = Sets(self.count, level["ways"], level.get("policy", "lru"))
        self.time = level["time"]
        contents = level.get("contents", [])
        self.sets.begin([(c["set"], c["tag"], c.get("valid", True)) for c in contents])
        self.frame = {
            c["tag"] * self.count + c["set"]: c["ppn"] for c in contents if c.get("valid", True)
        }

    def fill(self, vpn: int, frame: int) -> None:
        victim = self.sets.victim(vpn)
        if victim is not None:
            self.sets.drop(victim)
        self.sets.fill(vpn)
        self.frame[vpn] = frame


class NoRoom(Exception):
    """Physical memory has no frame left for a page table."""


class Signal(Exception):
    """The access ends here, with this outcome."""


class System:
    """One machine, access after access."""

    def __init__(self, machine: Toml) -> None:
        self.machine = machine
        self.page_size: int = machine["address"]["page_size"]
        layout = machine["page_table"].get("layout", "linear")
        va_bits: int = machine["address"]["va_bits"]
        offset = self.page_size.bit_length() - 1
        if layout in NAMED:
            self.bits, self.entry_size, self.register = NAMED[layout]
        else:
            linear = layout == "linear"
            self.bits = [va_bits - offset] if linear else [int(b) for b in layout.split(",")]
            entry = machine["page_table"].get("entry", "bytes=4")
            self.entry_size = int(entry.partition("bytes=")[2].split()[0])
            self.register = va_bits
        self.translated: int = sum(self.bits) + offset
        self.tlbs = [Tlb(level) for level in machine.get("tlb", [])]
        self.caches = Caches(machine["cache"]) if machine.get("cache") else None
        self.cached = machine["page_table"]["cached"] and self.caches is not None
        self.pool = machine.get("frames")
        self.times = {"disk": 0, "fault": 0, **machine["times"]}
        self.count: dict[str, Any] = dict.fromkeys(METRICS, 0) | {"killed": False}
        if len(self.tlbs) == 2:
            self.count["tlb2_hits"] = 0
        self.results: list[Toml] = []
        self.costs: list[Toml] = []
        self.frame_of: dict[int, int] = {}
        self.dirty: set[int] = set()
        self.bytes: dict[int, int | None] = {}
        self.file: dict[int, list[int | None]] = {}
        self.swapped: dict[int, list[int | None]] = {}
        self.had: set[int] = set()
        """frames of the pool that have held a page"""
        self.references: list[str] = []
        self._begin()

    # What is there at the start.

    def _begin(self) -> None:
        pages = self.machine.get("page", [])
        for page in pages:
            vpn, frame = page["vpn"], page.get("frame")
            data: list[int | None] = list(bytes.fromhex(page.get("data", "")))
            present = page.get("present", frame is not None)
            # What was never written to and has no copy anywhere is all zeros.
            clean = present and self.pooled(frame) and not page.get("dirty", False)
            zeros = clean and self.region(vpn)["backing"] == "zero"
            data += [0 if zeros else None] * (self.page_size - len(data))
            if present:
                assert frame is not None
                self.frame_of[vpn] = frame
                if page.get("dirty", False):
                    self.dirty.add(vpn)
                # What is not known of this page may be known of another one in the same frame.
                self.bytes |= {
                    frame * self.page_size + n: byte
                    for n, byte in enumerate(data)
                    if byte is not None
                }
                if self.pooled(frame):
                    self.had.add(frame)
                    self.references.append(f"{vpn}{'w' if page.get('dirty', False) else ''}")
            if page.get("swapped", False):
                self.swapped[vpn] = data
            self.file[vpn] = data
        for level in reversed(self.machine.get("cache", [])):
            sets = level["size"] // level["line"] // level["ways"]
            for c in level.get("contents", []):
                if c.get("valid", True):
                    at = (c["tag"] * sets + c["set"]) * level["line"]
                    self.write(at, list(bytes.fromhex(c.get("data", ""))))
        # A table is known by the upper parts of the page number that lead to it; the root by none.
        root: int = self.machine["page_table"]["root"]
        self.tables: dict[tuple[int, ...], int] = {(): root}
        self.no_table = {page["frame"] for page in pages if page.get("frame") is not None}
        if self.pool:
            self.no_table |= set(range(self.pool["first"], self.pool["first"] + self.pool["count"]))
        self.above = self.frames_of_table(root, 0)[-1] + 1
        for page in pages:
            self.make_tables(page["vpn"])

    def frames_of_table(self, at: int, level: int) -> list[int]:
        size = self.entry_size << self.bits[level]
        return list(range(at // self.page_size, (at + size - 1) // self.page_size + 1))

    def indices(self, vpn: int) -> list[int]:
        found: list[int] = []
        for bits in reversed(self.bits):
            found.insert(0, vpn % (1 << bits))
            vpn >>= bits
        return found

    def make_tables(self, vpn: int) -> None:
        path = self.indices(vpn)
        for level in range(1, len(self.bits)):
            if tuple(path[:level]) not in self.tables:
                frame = self.above
                while self.no_table & set(self.frames_of_table(frame * self.page_size, level)):
                    frame += 1
                taken = self.frames_of_table(frame * self.page_size, level)
                end = (taken[-1] + 1) * self.page_size
                if self.machine["page_table"]["cached"] and end > self.memory_size:
                    raise NoRoom
                self.no_table |= set(taken)
                self.tables[tuple(path[:level])] = frame * self.page_size

    @property
    def memory_size(self) -> int:
        size: int = 1 << self.machine["address"]["pa_bits"]
        return size

    def pooled(self, frame: int | None) -> bool:
        if self.pool is None or frame is None:
            return False
        first, count = self.pool["first"], self.pool["count"]
        return bool(first <= frame < first + count)

    def region(self, vpn: int) -> Toml:
        """Of a page; without rights where there is none."""
        regions = self.machine.get("region", [])
        if not regions:
            return {"rights": "rwx", "backing": "zero"}
        va = self.address(vpn * self.page_size)
        for each in regions:
            if each["first"] <= va <= each["last"]:
                return {"rights": "rwx", "backing": "zero", **each}
        return {"rights": "", "backing": "none"}

    def address(self, translated: int) -> int:
        """A virtual address from the bits that are translated: the highest one is repeated above."""
        if translated >> (self.translated - 1) and self.register > self.translated:
            return translated | (1 << self.register) - (1 << self.translated)
        return translated

    # Memory and time.

    def write(self, at: int, data: Sequence[int | None]) -> None:
        self.bytes.update({at + n: byte for n, byte in enumerate(data)})

    def read(self, at: int, size: int) -> list[int | None]:
        return [self.bytes.get(at + n) for n in range(size)]

    def pay(self, cost: int) -> None:
        self.count["time_ns"] += cost

    def wait_for_memory(self) -> None:
        self.count["memory_accesses"] += 1
        self.pay(self.times["memory"])

    # One access.

    def access(self, access: Access) -> None:
        """A modify is a load and a store; what crosses pages is an access to each."""
        kinds = ["load", "store"] if access.kind == "modify" else [access.kind]
        for kind in kinds:
            at, left = access.va, access.size
            while left:
                here = min(left, self.page_size - at % self.page_size)
                if not self.count["killed"]:
                    self.one(kind, at, here)
                at, left = at + here, left - here

    def one(self, kind: str, va: int, size: int) -> None:
        before = dict(self.count)
        self.count["accesses"] += 1
        record = dict.fromkeys(FIELDS, None) | {"va": va}
        self.results.append(record)
        try:
            self.carry_out(kind, va, size, record)
            outcome = "done"
        except Signal as signal:
            (outcome,) = signal.args
            self.count["signals"] += outcome not in ("page-fault", "no-swap")
        spent = {name: self.count[name] - before[name] for name in ("memory_accesses", "time_ns")}
        self.costs.append({"va": va, "outcome": outcome, **spent})

    def carry_out(self, kind: str, va: int, size: int, record: Toml) -> None:
        part = va % (1 << self.translated)
        vpn, vpo = part // self.page_size, part % self.page_size
        record |= {"vpn": vpn, "vpo": vpo, "page_fault": False}
        if self.address(part) != va:
            raise Signal("non-canonical")
        if self.tlbs:
            record |= {"tlb_index": vpn % self.tlbs[0].count, "tlb_tag": vpn // self.tlbs[0].count}
        frame = self.translate(kind, vpn, record, first=True)
        if frame is None:
            self.fault(kind, vpn)
            self.count["retries"] += 1
            frame = self.translate(kind, vpn, record, first=False)
            assert frame is not None
        elif self.pooled(frame):
            self.references.append(f"{vpn}{'w' if kind == 'store' else ''}")
        if kind == "store":
            self.dirty.add(vpn)
        pa = frame * self.page_size + vpo
        record |= {"ppn": frame, "pa": pa}
        self.data(kind, pa, size, record)

    def translate(self, kind: str, vpn: int, record: Toml, first: bool) -> int | None:
        """The frame; none at a page fault."""
        hit = None
        for n, tlb in enumerate(self.tlbs):
            self.pay(tlb.time)
            if tlb.sets.use(vpn):
                hit = tlb.frame[vpn]
                if n == 1:
                    self.tlbs[0].fill(vpn, hit)
                    self.count["tlb2_hits"] += 1
                break
        if self.tlbs:
            self.count["tlb_hits" if hit is not None else "tlb_misses"] += 1
            if first:
                record["tlb_hit"] = hit is not None
        frame = self.walk(vpn) if hit is None else hit
        if frame is None:
            record["page_fault"] = True
            self.count["page_faults"] += 1
            self.pay(self.times["fault"])
            return None
        right = RIGHT[kind]
        if right not in self.region(vpn)["rights"]:
            self.count["protection_faults"] += 1
            self.pay(self.times["fault"])
            raise Signal(MISSING[right])
        if hit is None:
            for tlb in self.tlbs:
                tlb.fill(vpn, frame)
        return frame

    def walk(self, vpn: int) -> int | None:
        path = self.indices(vpn)
        for level, index in enumerate(path):
            table = self.tables.get(tuple(path[:level]))
            if table is None:
                return None
            self.read_entry(table + index * self.entry_size)
        return self.frame_of.get(vpn)

    def read_entry(self, at: int) -> None:
        self.count["pte_reads"] += 1
        if not self.cached:
            self.wait_for_memory()
            return
        assert self.caches is not None
        last = (at + self.entry_size - 1) // self.caches.line
        found = [
            self.look_up(line, store=False) for line in range(at // self.caches.line, last + 1)
        ]
        self.count["pte_cache_hits"] += all(found)

    def look_up(self, line: int, store: bool) -> bool:
        """A line in the caches, and in memory where none of them has it."""
        assert self.caches is not None
        cost, found = self.caches.access(line, store)
        self.pay(cost)
        if not found:
            self.wait_for_memory()
        return found

    def data(self, kind: str, pa: int, size: int, record: Toml) -> None:
        if self.caches is None:
            self.wait_for_memory()
        else:
            line, sets = self.caches.line, len(self.caches.sets[0].ways)
            record |= {"cache_offset": pa % line, "cache_index": pa // line % sets}
            record |= {"cache_tag": pa // line // sets, "cache_hit": True}
            for touched in range(pa // line, (pa + size - 1) // line + 1):
                found = self.look_up(touched, kind == "store")
                self.count["cache_hits" if found else "cache_misses"] += 1
                record["cache_hit"] = record["cache_hit"] and found
        if kind == "store":
            number = self.count["accesses"] % (1 << 8 * size)
            self.write(pa, list(number.to_bytes(size, "little")))
            record["value"] = number
        known = [byte for byte in self.read(pa, size) if byte is not None]
        if len(known) == size <= 8:
            record["value"] = int.from_bytes(bytes(known), "little")

    # The kernel.

    def fault(self, kind: str, vpn: int) -> None:
        if self.pool is None:
            raise Signal("page-fault")
        region = self.region(vpn)
        if region["backing"] == "none" or RIGHT[kind] not in region["rights"]:
            raise Signal("illegal")
        reference = f"{vpn}{'w' if kind == 'store' else ''}"
        pool = range(self.pool["first"], self.pool["first"] + self.pool["count"])
        fresh = [frame for frame in pool if frame not in self.had]
        if fresh:
            frame = fresh[0]
            self.had.add(frame)
        else:
            frame = self.evict(reference)
        self.references.append(reference)
        self.write(frame * self.page_size, self.content(vpn, region["backing"]))
        if self.caches:
            first, end = frame * self.page_size, (frame + 1) * self.page_size
            for line in range(first // self.caches.line, (end - 1) // self.caches.line + 1):
                self.caches.drop(line)
        self.frame_of[vpn] = frame
        self.dirty.discard(vpn)
        self.make_tables(vpn)

    def evict(self, reference: str) -> int:
        """Who leaves: what the policy does with all references so far, and this one."""
        assert self.pool
        count, policy = self.pool["count"], self.pool.get("policy", "lru")
        rules = documented(policy, count)._replace(**self.pool.get("rules", {}))
        victim = simulate(policy, count, [*self.references, reference], rules)[-1].victim
        assert victim is not None
        frame = self.frame_of[victim]
        content = self.read(frame * self.page_size, self.page_size)
        if victim in self.dirty:
            if self.region(victim)["backing"] == "file":
                self.file[victim] = content
            else:
                slots: int = self.machine.get("swap", {}).get("slots", 0)
                if victim not in self.swapped and len(self.swapped) == slots:
                    self.count["killed"] = True
                    raise Signal("no-swap")
                self.swapped[victim] = content
                self.count["swap_outs"] += 1
            self.count["writebacks"] += 1
            self.pay(self.times["disk"])
        self.count["evictions"] += 1
        del self.frame_of[victim]
        for tlb in self.tlbs:
            tlb.sets.drop(victim)
        return frame

    def content(self, vpn: int, backing: str) -> list[int | None]:
        if vpn in self.swapped:
            self.count["swap_ins"] += 1
            self.pay(self.times["disk"])
            return self.swapped[vpn]
        if backing == "file":
            self.count["file_reads"] += 1
            self.pay(self.times["disk"])
            return self.file.get(vpn, [None] * self.page_size)
        self.count["zero_fills"] += 1
        return [0] * self.page_size


def follow(machine: Toml, accesses: Sequence[Access]) -> System:
    system = System(machine)
    for access in accesses:
        system.access(access)
    return system
