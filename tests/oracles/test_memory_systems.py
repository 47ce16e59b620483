"""Whole memory systems against the naive one: every record, every cost and every figure of random machines."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_memory import Access, NoRoom, System, Toml, follow

from oslab import InputError
from oslab.cli import main
from oslab.traces.access import parse_reference
from oslab_memory.access import AccessConfig, count, run
from oslab_memory.machinefile import parse_machine

# Policies whose victims follow from the references alone: no generator, no queue of writes.
FRAME_POLICIES = [
    "fifo",
    "lru",
    "clock",
    "second-chance",
    "mru",
    "lfu",
    "mfu",
    "nru",
    "aging",
    "2q",
    "arc",
]
POLICIES = ["lru", "lru", "fifo", "plru"]
SPLITS = [[3], [4], [5], [2, 2], [1, 3], [3, 2], [2, 1, 2], [1, 1, 2], [2, 2, 1]]


# ---------------------------------------------------------------- the simulator


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {text_of(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def toml(machine: Toml) -> str:
    return "".join(f"{key} = {text_of(value)}\n" for key, value in machine.items())


def written(access: Access) -> str:
    letter = {"load": "", "store": "w", "fetch": "x", "modify": "m"}[access.kind]
    return f"{access.va:#x}{letter}/{access.size}"


def simulated(machine: Toml, accesses: list[Access]) -> dict[str, Any]:
    texts = tuple(map(written, accesses))
    parsed = parse_machine(toml(machine), "random")
    found: dict[str, Any] = dict(run(AccessConfig(texts, parsed), drawing=False).metrics)
    alone: Any = count(parsed, map(parse_reference, texts))
    assert {name: found[name] for name in alone} == alone
    return found


def compare(machine: Toml, accesses: list[Access]) -> System | None:
    try:
        naive = follow(machine, accesses)
    except NoRoom:
        with pytest.raises(InputError):
            simulated(machine, accesses)
        return None
    found = simulated(machine, accesses)
    where = f"{toml(machine)}\n{' '.join(map(written, accesses))}"
    results, costs = map(list, (found.pop("results"), found.pop("costs")))
    for n, (record, cost) in enumerate(zip(naive.results, naive.costs, strict=True)):
        assert dict(results[n]) == record, (n, where)
        assert dict(costs[n]) == cost, (n, where)
    assert (len(results), len(costs)) == (len(naive.results),) * 2, where
    assert found == naive.count, where
    return naive


# ---------------------------------------------------------------- machines


class Maker:
    """A machine in which much happens soon, and accesses to it."""

    def __init__(self, r: Random) -> None:
        self.r = r
        self.frames = 32
        self.after_root = self.frames
        while self.after_root > 20:
            self.offset = r.choice([3, 4, 5])
            self.page_size = 1 << self.offset
            bits = r.choice(SPLITS)
            letters, entry = self.entry()
            self.entry_size = int(entry[6]) if entry else 4
            self.root = r.choice([0, 0, 1, 5, 14])
            self.after_root = self.root - (-(self.entry_size << bits[0]) // self.page_size)
        self.pages = 1 << sum(bits)
        self.truth: dict[int, int] = {}
        self.machine: Toml = {
            "inclusion": "nine",
            "address": {
                "va_bits": sum(bits) + self.offset,
                "pa_bits": 5 + self.offset,
                "page_size": self.page_size,
            },
        }
        cached = r.random() < 0.8
        table: Toml = {"root": self.root * self.page_size, "cached": cached}
        if len(bits) > 1 or r.random() < 0.3:
            table["layout"] = ",".join(map(str, bits))
        if entry:
            table["entry"] = entry
        self.machine["page_table"] = table
        self.pool = r.random() < 0.85
        if self.pool:
            self.first = r.randint(self.after_root, 24)
            self.count = r.randint(1, 5)
            self.machine["frames"] = {"first": self.first, "count": self.count} | self.policy()
            if r.random() < 0.8:
                self.machine["swap"] = {"slots": r.randint(0, 6)}
        self.regions: list[Toml] = []
        if self.pool or r.random() < 0.5:
            self.make_regions(letters)
            self.machine["region"] = self.regions
        self.listed: list[Toml] = []
        self.make_pages()
        self.machine["page"] = self.listed
        self.machine["tlb"] = self.tlbs()
        self.machine["cache"] = self.caches()
        times = {"memory": 100, "disk": 100000, "fault": r.choice([0, 1000])}
        self.machine["times"] = times if self.pool else {"memory": 100, "fault": times["fault"]}

    def entry(self) -> tuple[str, str]:
        """Which rights an entry can forbid, and its format."""
        return self.r.choice(
            [
                ("", ""),
                ("wx", "bytes=1 valid=7 write=6 execute=5 pfn=0..4"),
                ("rwx", "bytes=2 valid=15 write=0 execute=2 read=1 pfn=5..12"),
                ("w", "bytes=8 valid=0 write=63 pfn=1..9"),
            ]
        )

    def policy(self) -> Toml:
        r, policy = self.r, self.r.choice(["lru", "fifo", "clock", *FRAME_POLICIES])
        rules: Toml = {}
        if policy in ("clock", "second-chance", "nru", "aging") and r.random() < 0.4:
            rules["r_on_load"] = r.random() < 0.5
        if policy == "clock" and r.random() < 0.3:
            rules["hand_advances"] = False
        if policy in ("nru", "aging") and r.random() < 0.5:
            rules["tick"] = r.randint(1, 5)
        if policy in ("lfu", "mfu", "nru", "aging") and r.random() < 0.5:
            rules["ties"] = r.choice(["earliest-loaded", "least-recently-used"])
        return {"policy": policy} | ({"rules": rules} if rules else {})

    def make_regions(self, letters: str) -> None:
        r, page = self.r, 0
        while page < self.pages:
            length = r.randint(1, max(1, self.pages // 2))
            last = min(page + length, self.pages) - 1
            if r.random() < 0.85:
                region: Toml = {
                    "first": page * self.page_size,
                    "last": (last + 1) * self.page_size - 1,
                }
                if r.random() < 0.8:
                    region["backing"] = r.choice(["zero", "zero", "file"])
                rights = "".join(c for c in "rwx" if c not in letters or r.random() < 0.8) or "rwx"
                if rights != "rwx" or r.random() < 0.5:
                    region["rights"] = rights
                self.regions.append(region)
            page = last + 1
        if not self.regions:
            whole = {"first": 0, "last": self.pages * self.page_size - 1}
            self.regions.append(whole)

    def region(self, vpn: int) -> Toml | None:
        for each in self.regions:
            if each["first"] <= vpn * self.page_size <= each["last"]:
                return {"backing": "zero", **each}
        return None

    def data(self, frame: int | None, size: int, zero: bool = False) -> str:
        """Some bytes in hex; those of one place are the same wherever they are named."""
        if frame is None:
            return self.r.randbytes(size).hex(" ")
        places = range(frame * self.page_size, frame * self.page_size + size)
        for at in places:
            self.truth.setdefault(at, 0 if zero else self.r.randrange(256))
        return bytes(self.truth[at] for at in places).hex(" ")

    def make_pages(self) -> None:
        r = self.r
        pool = list(range(self.first, self.first + self.count)) if self.pool else []
        outside = [f for f in range(self.after_root, self.frames) if f not in pool]
        r.shuffle(pool)
        slots = self.machine.get("swap", {}).get("slots", 0)
        for vpn in r.sample(range(self.pages), r.randint(0, min(6, self.pages))):
            region = self.region(vpn)
            if self.regions and region is None:
                continue
            page: Toml = {"vpn": vpn}
            zero = region is None or region["backing"] == "zero"
            size = r.choice([0, 1, self.page_size // 2, self.page_size])
            what = r.choice(["pool", "pool", "outside", "absent", "swapped", "stale"])
            if what == "pool" and pool:
                page["frame"] = pool.pop()
                page["dirty"] = r.random() < 0.4
                clean_zero = zero and not page["dirty"]
                if clean_zero:
                    self.data(page["frame"], self.page_size, zero=True)
                if size:
                    page["data"] = self.data(page["frame"], size, clean_zero)
            elif what == "outside":
                page["frame"] = r.choice(outside[-4:])
                if size and not zero:
                    page["data"] = self.data(page["frame"], size)
            elif what == "swapped" and self.pool and slots and zero:
                slots -= 1
                page |= {"swapped": True, "data": self.data(None, size)}
            elif what == "stale":
                page |= {"frame": r.randrange(self.frames), "present": False}
                page["data"] = self.data(None, size)
            elif size:
                page["data"] = self.data(None, size)
            self.listed.append(page)

    def tlbs(self) -> list[Toml]:
        r, found = self.r, []
        for n in range(r.choice([0, 1, 1, 1, 2, 2])):
            ways = r.choice([1, 2, 2, 4])
            sets = r.choice([1, 2]) << n
            level: Toml = {"entries": ways * sets, "ways": ways, "time": 1 + 6 * n}
            level["policy"] = r.choice(POLICIES)
            contents: list[Toml] = []
            for page in self.listed:
                vpn = page["vpn"]
                here = [c for c in contents if c["set"] == vpn % sets]
                if len(here) == ways or r.random() < 0.5 or vpn // sets >= self.pages // sets:
                    continue
                if page.get("frame") is not None and page.get("present", True):
                    contents.append({"set": vpn % sets, "tag": vpn // sets, "ppn": page["frame"]})
                else:
                    contents.append({"set": vpn % sets, "tag": vpn // sets, "valid": False})
            r.shuffle(contents)
            if contents:
                level["contents"] = contents
            found.append(level)
        return found

    def caches(self) -> list[Toml]:
        r = self.r
        line = r.choice([size for size in (4, 8, 16) if size <= self.page_size])
        found: list[Toml] = []
        for n in range(r.choice([0, 1, 1, 1, 2, 2, 3])):
            ways, sets = r.choice([1, 2, 4]), r.choice([1, 2, 4]) << n
            level: Toml = {"size": line * ways * sets, "line": line, "ways": ways, "time": 4 << n}
            level["policy"] = r.choice([*POLICIES, "lfu"])
            if r.random() < 0.3:
                level["write"] = "through"
            if r.random() < 0.3:
                level["allocate"] = r.random() < 0.5
            contents: list[Toml] = []
            for number in r.sample(
                range(self.frames * self.page_size // line), r.choice([0, 0, 4])
            ):
                content: Toml = {"set": number % sets, "tag": number // sets}
                if sum(c["set"] == content["set"] for c in contents) == ways:
                    continue
                if r.random() < 0.3:
                    content["valid"] = False
                elif r.random() < 0.5 and number * line // self.page_size >= self.after_root:
                    content["data"] = self.bytes_at(number * line, line)
                if r.random() < 0.3 and content.get("valid", True):
                    content["dirty"] = True
                contents.append(content)
            if contents:
                level["contents"] = contents
            found.append(level)
        return found

    def bytes_at(self, at: int, size: int) -> str:
        for place in range(at, at + size):
            self.truth.setdefault(place, self.r.randrange(256))
        return bytes(self.truth[place] for place in range(at, at + size)).hex(" ")

    def accesses(self, most: int) -> list[Access]:
        r, top = self.r, self.pages * self.page_size
        favourites = [r.randrange(self.pages) for _ in range(r.randint(2, 8))]
        if self.regions:
            legal = [vpn for vpn in range(self.pages) if self.region(vpn)]
            favourites += [r.choice(legal) for _ in range(6)]
        favourites += [page["vpn"] for page in self.listed]
        kinds = ["load", "load", "store", "store", "store", "fetch", "modify"]
        found = []
        for _ in range(r.randint(1, most)):
            page = r.choice(favourites) if r.random() < 0.95 else r.randrange(self.pages)
            va = page * self.page_size + r.choice([0, 0, r.randrange(self.page_size)])
            size = min(r.choice([1, 1, 1, 2, 4, 8, self.page_size + 3]), top - va)
            found.append(Access(r.choice(kinds), va, size))
        return found


# ---------------------------------------------------------------- comparisons


@pytest.mark.parametrize("seed", range(300))
def test_random_machines(seed: int) -> None:
    maker = Maker(Random(seed))
    compare(maker.machine, maker.accesses(40))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_any_machine(r: Random) -> None:
    maker = Maker(r)
    compare(maker.machine, maker.accesses(20))


def test_the_comparisons_meet_everything() -> None:
    """Random machines that never swap, or are never killed, would prove nothing of it."""
    totals: dict[str, int] = {}
    outcomes: set[str] = set()
    for seed in range(300):
        maker = Maker(Random(seed))
        try:
            naive = follow(maker.machine, maker.accesses(40))
        except NoRoom:
            continue
        outcomes |= {cost["outcome"] for cost in naive.costs}
        for name, value in naive.count.items():
            totals[name] = totals.get(name, 0) + value
    assert outcomes == {
        "done", "page-fault", "illegal", "read-only", "not-readable", "no-execute", "no-swap",
    }  # fmt: skip
    assert min(totals.values()) > 10, totals


# Bits of an address, of a page number; which rights an entry can express.
NAMED = {
    "x86-32": (32, 20, ["rwx", "rx"]),
    "x86-64": (48, 36, ["rwx", "rx", "rw", "r"]),
    "la57": (57, 45, ["rwx", "rx", "rw", "r"]),
    "sv32": (32, 20, ["rwx", "rx", "rw", "r", "x"]),
    "sv39": (39, 27, ["rwx", "rx", "rw", "r", "x"]),
}


@pytest.mark.parametrize("layout", NAMED)
def test_machines_with_tables_of_real_architectures(layout: str) -> None:
    """Few pages far from each other, addresses that are not canonical, three ways to be refused."""
    va_bits, vpn_bits, rights = NAMED[layout]
    extended = layout in ("x86-64", "la57", "sv39")
    for seed in range(25):
        r = Random(seed)

        def address(page: int) -> int:
            high = extended and page >> (vpn_bits - 1)
            return (page << 12) + ((1 << 64) - (1 << va_bits) if high else 0)

        pages = sorted({r.getrandbits(vpn_bits) for _ in range(4)} | {5})
        machine: Toml = {
            "address": {"va_bits": va_bits, "pa_bits": 19, "page_size": 4096},
            "page_table": {"layout": layout, "root": 0x2000, "cached": True},
            "frames": {"first": 120, "count": 2, "policy": r.choice(["lru", "fifo", "clock"])},
            "swap": {"slots": r.randint(0, 4)},
            "region": [
                {"first": address(page), "last": address(page) + 4095, "rights": r.choice(rights)}
                | {"backing": r.choice(["zero", "file"])}
                for page in pages
            ],
            "tlb": [{"entries": 4, "ways": 2, "time": 1}],
            "cache": [{"size": 512, "line": 32, "ways": 2, "time": 4}],
            "times": {"memory": 100, "disk": 10000, "fault": 1000},
        }
        accesses = []
        for _ in range(25):
            va = address(r.choice(pages)) + r.randrange(4088)
            if extended and r.random() < 0.1:
                va ^= 1 << 63
            accesses.append(Access(r.choice(["load", "store", "fetch"]), va, r.choice([1, 8])))
        compare(machine, accesses)


SMALL: Toml = {
    "address": {"va_bits": 8, "pa_bits": 8, "page_size": 8},
    "page_table": {"layout": "2,1,2", "root": 0, "cached": True},
    "region": [{"first": 0, "last": 255, "backing": "file"}],
    "times": {"memory": 100, "disk": 1000},
}


def test_tables_are_made_in_the_lowest_frames_that_hold_them() -> None:
    """Tables of 2, 1 and 2 frames. Root 0-1, pool 4-6: first 2 and 7-8, then 3 (a gap) and 9-10."""
    machine = SMALL | {"frames": {"first": 4, "count": 3}}
    parsed = parse_machine(toml(machine), "small")
    steps = run(AccessConfig(("0x0", "0x40", "0x0", "0x40"), parsed), drawing=False).steps
    tables = [step.given["table"] for step in steps if step.action == "ask-pte" and step.group > 2]
    assert tables == [0, 2 * 8, 7 * 8, 0, 3 * 8, 9 * 8]


def test_a_store_of_one_byte_writes_the_low_byte_of_its_number() -> None:
    machine = SMALL | {"frames": {"first": 20, "count": 3}}
    compare(machine, [Access("store", 0, 1)] * 258 + [Access("load", 0, 1)])


# ---------------------------------------------------------------- laws, of machines with more policies


def wild(r: Random) -> Maker:
    """With what the naive system leaves out: random replacement, WSClock, other kinds of hierarchy."""
    maker = Maker(r)
    machine = maker.machine
    for level in [*machine["tlb"], *machine["cache"]]:
        if r.random() < 0.4:
            level |= {"policy": "random", "seed": r.randrange(100)}
    if "frames" in machine and r.random() < 0.6:
        machine["frames"]["policy"] = r.choice(["random", "wsclock"])
        machine["frames"].pop("rules", None)
    if len(machine["cache"]) > 1:
        machine["inclusion"] = r.choice(["nine", "inclusive", "exclusive"])
        if machine["inclusion"] != "nine":
            for level in machine["cache"]:
                level.pop("contents", None)
    return maker


def followed(maker: Maker, accesses: list[Access]) -> Any:
    """The run; none where physical memory has no room for the page tables."""
    parsed = parse_machine(toml(maker.machine), "wild")
    try:
        return run(AccessConfig(tuple(map(written, accesses)), parsed), drawing=False)
    except InputError as refused:
        if "no frame left" in str(refused):
            return None
        raise


def one_by_one(maker: Maker, accesses: list[Access]) -> list[Access]:
    """The accesses that the results are about."""
    found = []
    for access in accesses:
        for kind in ["load", "store"] if access.kind == "modify" else [access.kind]:
            at, end = access.va, access.va + access.size
            while at < end:
                border = min(end, (at // maker.page_size + 1) * maker.page_size)
                found.append(Access(kind, at, border - at))
                at = border
    return found


def loads_checked(r: Random) -> int:
    """Compare the loads of one machine with a dict of what was stored; how many could be."""
    maker = wild(r)
    accesses = maker.accesses(60)
    result = followed(maker, accesses)
    if result is None:
        return 0
    found = result.metrics
    home = {
        page["vpn"]: page["frame"]
        for page in maker.listed
        if page.get("present", True) and page.get("frame") is not None
        if not (maker.pool and maker.first <= page["frame"] < maker.first + maker.count)
    }
    known: dict[tuple[str, int, int], int] = {}

    def place(va: int) -> tuple[str, int, int]:
        """Pages that never leave may share a frame; others are known by their number."""
        vpn, at = divmod(va, maker.page_size)
        return ("frame", home[vpn], at) if vpn in home else ("page", vpn, at)

    listed = {page["vpn"] for page in maker.listed}
    for vpn in range(maker.pages):
        region = maker.region(vpn)
        if vpn not in listed and region and region["backing"] == "zero":
            known |= {("page", vpn, at): 0 for at in range(maker.page_size)}
    for page in maker.listed:
        region = maker.region(page["vpn"])
        comes_back = page.get("swapped") or (region and region["backing"] == "file")
        if comes_back and not page.get("present", page.get("frame") is not None):
            for at, byte in enumerate(bytes.fromhex(page.get("data", ""))):
                known["page", page["vpn"], at] = byte
    checked = 0
    made = one_by_one(maker, accesses)
    for n, (access, record) in enumerate(zip(made, found["results"], strict=False), start=1):
        assert record["va"] == access.va
        if found["costs"][n - 1]["outcome"] != "done":
            continue
        places = [place(access.va + k) for k in range(access.size)]
        if access.kind == "store":
            known |= dict(zip(places, n.to_bytes(access.size, "little"), strict=True))
        elif access.size <= 8 and all(each in known for each in places):
            assert record["value"] == int.from_bytes(bytes(known[p] for p in places), "little")
            checked += 1
    assert len(made) == len(found["results"]) or found["killed"]
    return checked


def test_loads_find_what_was_stored_last() -> None:
    """Whatever was evicted, swapped, written through or dropped meanwhile."""
    assert sum(loads_checked(Random(seed)) for seed in range(250)) > 1000


@pytest.mark.parametrize("seed", range(150))
def test_laws_of_conservation(seed: int) -> None:
    maker = wild(Random(seed))
    machine = maker.machine
    result = followed(maker, maker.accesses(40))
    if result is None:
        return
    found = result.metrics

    # Time is the sum of what the steps cost, and nothing else is ever added.
    now, spent = 0, [0] * found["accesses"]
    for step in result.steps:
        assert (step.start_ns or 0) == now
        now += step.cost_ns or 0
        spent[step.group - 1] += step.cost_ns or 0
    assert found["time_ns"] == now
    assert [cost["time_ns"] for cost in found["costs"]] == spent
    for name in ("memory_accesses", "time_ns"):
        assert found[name] == sum(cost[name] for cost in found["costs"])
    caches, tlbs, times = machine["cache"], machine["tlb"], machine["times"]
    if len(caches) == 1 and caches[0]["line"] >= maker.entry_size:
        cached = machine["page_table"]["cached"]
        looked_up = found["cache_hits"] + found["cache_misses"] + cached * found["pte_reads"]
        missed = found["pte_reads"] - found["pte_cache_hits"] + found["cache_misses"]
        assert found["memory_accesses"] == missed
        lookups = found["tlb_hits"] + found["tlb_misses"]
        total = caches[0]["time"] * looked_up + times["memory"] * missed
        total += tlbs[0]["time"] * lookups if tlbs else 0
        if len(tlbs) == 2:
            first = found["tlb_hits"] - found["tlb2_hits"]
            total += tlbs[1]["time"] * (lookups - first)
        disk = found["writebacks"] + found["swap_ins"] + found["file_reads"]
        total += times.get("disk", 0) * disk
        total += times["fault"] * (found["page_faults"] + found["protection_faults"])
        assert found["time_ns"] == total

    # Each fault ends in a page, in a signal, or in death; each page has come from somewhere.
    outcomes = [cost["outcome"] for cost in found["costs"]]
    ended = sum(outcomes.count(each) for each in ("page-fault", "illegal", "no-swap"))
    assert found["page_faults"] == found["retries"] + ended
    assert found["retries"] == found["swap_ins"] + found["file_reads"] + found["zero_fills"]
    if tlbs:
        assert found["tlb_hits"] + found["tlb_misses"] == found["accesses"] + found["retries"]
    assert found["signals"] == found["protection_faults"] + outcomes.count("illegal")
    assert found["evictions"] <= found["retries"]
    assert found["swap_outs"] <= found["writebacks"]

    # Every page written was stored to since it came in; every fill follows a miss.
    dirty = {page["vpn"] for page in maker.listed if page.get("dirty")}
    missed_last = False
    written_pages = 0
    for step in result.steps:
        if step.action == "tlb-lookup":
            missed_last = not step.result["tlb_hit"]
        elif step.action == "tlb-fill":
            assert missed_last
            missed_last = False
        elif step.action == "write-page":
            written_pages += 1
            assert step.given["page"] in dirty
            dirty.remove(step.given["page"])
        elif step.action == "evict":
            assert step.result["dirty"] == (step.result["victim"] in dirty)
        elif step.action in ("zero-fill", "read-page"):
            assert step.given["vpn"] not in dirty
        elif step.action == "data" and step.given["kind"] == "store":
            dirty.add(step.given["va"] // maker.page_size)
    assert found["writebacks"] == written_pages


def test_the_commands_say_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    maker = Maker(Random(5))
    accesses = maker.accesses(40)
    naive = follow(maker.machine, accesses)
    file = tmp_path / "machine.toml"
    file.write_text(toml(maker.machine))
    texts = list(map(written, accesses))
    for arguments in (["access", *texts], ["run", "--refs", " ".join(texts)]):
        with pytest.raises(SystemExit) as stop:
            main(["memory", *arguments, "--machine", str(file), "--json"])
        out, err = capsys.readouterr()
        assert stop.value.code == 0, err
        found = json.loads(out)["metrics"]
        assert {name: found[name] for name in naive.count} == naive.count
    assert found.get("results", naive.results) == naive.results
