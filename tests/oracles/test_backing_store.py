"""The virtual-memory manager and strided loops, each against a literal simulation of what it is about.

`memory backing` against a manager of 30 lines, as a student of the textbook's project would write it, through
files and the command; `memory loop` against its accesses, one after the other, in the naive memory system.
"""

from __future__ import annotations

import json
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from naive_memory import Access, System, Toml

from oslab.cli import main
from oslab_memory.loop import LoopConfig, count, machine_of
from oslab_memory.machinefile import parse_machine, preset_text

# ---------------------------------------------------------------- the manager


def managed(
    addresses: list[int], store: bytes, frames: int, tlb: int, tlb_policy: str, page_policy: str
) -> dict[str, Any]:
    memory: list[bytes] = []
    table: dict[int, int] = {}  # page -> frame; who leaves first stands first
    entries: dict[int, int] = {}  # the same for the TLB
    found: dict[str, Any] = {"page_faults": 0, "tlb_hits": 0, "evictions": 0, "translations": []}
    for address in addresses:
        page, offset = address // 256 % 256, address % 256
        if page in entries:
            found["tlb_hits"] += 1
        elif page not in table:
            found["page_faults"] += 1
            frame = len(memory)
            if frame == frames:
                victim = next(iter(table))
                frame = table.pop(victim)
                entries.pop(victim, None)
                found["evictions"] += 1
            memory[frame : frame + 1] = [store[page * 256 : page * 256 + 256]]
            table[page] = frame
        if page not in entries:
            if len(entries) == tlb:
                del entries[next(iter(entries))]
            entries[page] = table[page]
        for policy, order in ((tlb_policy, entries), (page_policy, table)):
            if policy == "lru":
                order[page] = order.pop(page)
        byte = memory[table[page]][offset]
        value = byte - 256 if byte >= 128 else byte
        pa = table[page] * 256 + offset
        found["translations"].append({"va": address % 65536, "pa": pa, "value": value})
    found["accesses"] = len(addresses)
    found["tlb_misses"] = len(addresses) - found["tlb_hits"]
    found["page_fault_ratio"] = Fraction(found["page_faults"], len(addresses))
    found["tlb_hit_ratio"] = Fraction(found["tlb_hits"], len(addresses))
    return found


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert stop.value.code == 0, err
    return json.loads(out)["metrics"]


@pytest.mark.parametrize("seed", range(60))
def test_the_manager(seed: int, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    r = Random(seed)
    store = r.randbytes(65536)
    pages = r.sample(range(256), r.choice([4, 20, 60, 256]))
    length = r.choice([1, 20, 300, 1000])
    addresses = [r.choice(pages) * 256 + r.randrange(256) for _ in range(length)]
    # Runs of one page, as programs make them; and bits that do not count.
    addresses = [a for a in addresses for _ in range(r.choice([1, 1, 2]))]
    addresses = [a + (r.choice([0, 0, 0, 1, 9]) << 16) for a in addresses]
    frames, tlb = r.choice([1, 2, 3, 10, 64, 128, 256]), r.choice([1, 2, 4, 16])
    policies = r.choice(["fifo", "lru"]), r.choice(["fifo", "lru"])
    (tmp_path / "addresses.txt").write_text("".join(f"{a}\n" for a in addresses))
    (tmp_path / "store.bin").write_bytes(store)
    found = ask(
        capsys, "memory", "backing", "--addresses", str(tmp_path / "addresses.txt"),
        "--backing", str(tmp_path / "store.bin"), "--frames", str(frames), "--tlb", str(tlb),
        "--tlb-policy", policies[0], "--page-policy", policies[1],
    )  # fmt: skip
    expected = managed(addresses, store, frames, tlb, *policies)
    assert found.keys() == expected.keys()
    for ratio in ("page_fault_ratio", "tlb_hit_ratio"):
        assert float(found.pop(ratio)) == pytest.approx(float(expected.pop(ratio)), rel=1e-9)
    assert found == expected


# ---------------------------------------------------------------- loops


def looped(
    machine: Toml, base: int, array: int, stride: int, elem: int, passes: int, write: bool
) -> Any:
    """`for (i = 0; the element fits; i += stride) touch(base + i)`, pass after pass."""
    system = System(machine)
    rows = []
    for number in range(1, passes + 1):
        before = dict(system.count)
        at = 0
        while at + elem <= array:
            system.access(Access("store" if write else "load", base + at, elem))
            at += stride
        names = ("page_faults", "tlb_misses", "cache_misses")
        rows.append({"pass": number} | {name: system.count[name] - before[name] for name in names})
    bytes_used = [
        base + n * stride + k for n in range((array - elem) // stride + 1) for k in range(elem)
    ]
    line = machine["cache"][0]["line"]
    figures = [
        "accesses", "page_faults", "tlb_misses", "cache_misses", "tlb_hits", "cache_hits", "evictions",
    ]  # fmt: skip
    return {name: system.count[name] for name in figures} | {
        "pages": len({byte // machine["address"]["page_size"] for byte in bytes_used}),
        "lines": len({byte // line for byte in bytes_used}),
        "passes": tuple(rows),
    }


@pytest.mark.parametrize("seed", range(60))
def test_loops_on_machines_given_by_sizes(seed: int) -> None:
    r = Random(seed)
    page_size, line, frames = r.choice([128, 256, 1024]), r.choice([16, 32, 64]), r.randint(1, 9)
    tlb_ways, tlb_sets = r.choice([1, 2, 4]), r.choice([1, 2])
    ways, sets = r.choice([1, 2, 4]), r.choice([1, 4, 16])
    frame_policy: Any = r.choice(["lru", "fifo", "clock", "mru"])
    tlb_policy: Any = r.choice(["lru", "fifo", "plru"])
    cache_policy: Any = r.choice(["lru", "fifo", "plru"])
    elem = r.choice([1, 4, 8])
    stride = elem + r.choice([0, 0, 12, 56, 120, 1000])
    array, base = r.randint(elem, 70 * stride), r.choice([0, 0, 4, 60, 4096])
    passes, write = r.randint(1, 3), r.random() < 0.5
    machine: Toml = {
        "address": {"va_bits": 32, "pa_bits": 32, "page_size": page_size},
        "page_table": {"root": 0, "cached": False},
        "frames": {"first": 0, "count": frames, "policy": frame_policy},
        "region": [{"first": 0, "last": (1 << 32) - 1, "backing": "file"}],
        "tlb": [
            {"entries": tlb_ways * tlb_sets, "ways": tlb_ways, "policy": tlb_policy, "time": 0}
        ],
        "cache": [
            {
                "size": line * ways * sets,
                "line": line,
                "ways": ways,
                "policy": cache_policy,
                "time": 0,
            }
        ],
        "times": {"memory": 0},
    }
    ours = machine_of(
        page_size=page_size, frames=frames, frame_policy=frame_policy,
        tlb_entries=tlb_ways * tlb_sets, tlb_ways=tlb_ways, tlb_policy=tlb_policy,
        cache_size=line * ways * sets, line=line, ways=ways, cache_policy=cache_policy,
    )  # fmt: skip
    found = count(LoopConfig(base, array, stride, elem, passes, write, ours))
    assert found == looped(machine, base, array, stride, elem, passes, write)


def in_ns(text: str) -> Toml:
    """A machine file with its sizes as numbers; the times, which loops do not count, as 0."""
    text = re.sub(r'"\d+[mun]?s"', "0", text)
    text = re.sub(r'"(\d+)([KM])"', lambda m: str(int(m[1]) << {"K": 10, "M": 20}[m[2]]), text)
    return tomllib.loads(text)


@pytest.mark.parametrize(
    ("name", "base", "array", "stride", "elem"),
    [
        # Page tables in the cache, swap, two regions that may be written: 0x100 and 0x300.
        ("small", 0x100, 96, 8, 4),
        ("small", 0x100, 256, 12, 8),
        ("small", 0x304, 250, 20, 1),
        ("x86-64", 0x1000, 70000, 4096, 8),
        ("x86-64", 0x1FFC, 9000, 64, 8),
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", [False, True])
def test_loops_on_whole_machines(
    name: str, base: int, array: int, stride: int, elem: int, write: bool
) -> None:
    # Slots of swap are kept to the end: those of "small" are not enough for a loop that stores.
    text = preset_text(name).replace("slots = 3", "slots = 9")
    found = count(LoopConfig(base, array, stride, elem, 3, write, parse_machine(text, name)))
    assert found == looped(in_ns(text), base, array, stride, elem, 3, write)
