"""The small memory system of CS:APP (section 9.6.4): every address, and the book's worked answers.

The tables are the book's (figure 9.20), the arithmetic is that of its text: of a 14-bit address the low
6 bits are the offset, of the page number the low 2 bits choose the TLB's set; of a 12-bit physical
address the low 2 bits are the byte in a line, the next 4 choose the line.
"""

from __future__ import annotations

from typing import Any

import pytest

from oslab_memory.access import AccessConfig, run
from oslab_memory.machinefile import preset

# A tag and the frame behind it; those of entries that are not valid mean nothing.
TLB: list[dict[int, int]] = [
    {0x09: 0x0D, 0x07: 0x02},
    {0x03: 0x2D},
    {},
    {0x03: 0x0D, 0x0A: 0x34},
]
PAGE_TABLE = {
    0x00: 0x28, 0x02: 0x33, 0x03: 0x02, 0x05: 0x16, 0x08: 0x13, 0x09: 0x17, 0x0A: 0x09, 0x0D: 0x2D,
    0x0E: 0x11, 0x0F: 0x0D,
}  # fmt: skip
CACHE = {
    0x0: (0x19, "99 11 23 11"),
    0x2: (0x1B, "00 02 04 08"),
    0x4: (0x32, "43 6D 8F 09"),
    0x5: (0x0D, "36 72 F0 1D"),
    0x7: (0x16, "11 C2 DF 03"),
    0x8: (0x24, "3A 00 51 89"),
    0xA: (0x2D, "93 15 DA 3B"),
    0xD: (0x16, "04 96 34 15"),
    0xE: (0x13, "83 77 1B D3"),
}

FIELDS = [
    "va", "vpn", "vpo", "tlb_index", "tlb_tag", "tlb_hit", "page_fault", "ppn", "pa", "cache_offset",
    "cache_index", "cache_tag", "cache_hit", "value",
]  # fmt: skip


def by_hand(va: int) -> dict[str, Any]:
    """The form that the book lets its readers fill in."""
    form: dict[str, Any] = dict.fromkeys(FIELDS)
    bits = f"{va:014b}"
    form |= {"va": va, "vpn": int(bits[:8], 2), "vpo": int(bits[8:], 2)}
    form |= {"tlb_tag": int(bits[:6], 2), "tlb_index": int(bits[6:8], 2)}
    cached_entry = TLB[form["tlb_index"]].get(form["tlb_tag"])
    form["tlb_hit"] = cached_entry is not None
    ppn = PAGE_TABLE.get(form["vpn"]) if cached_entry is None else cached_entry
    form["page_fault"] = ppn is None
    if ppn is None:
        return form
    physical = f"{ppn:06b}{bits[8:]}"
    form |= {"ppn": ppn, "pa": int(physical, 2), "cache_tag": int(physical[:6], 2)}
    form |= {"cache_index": int(physical[6:10], 2), "cache_offset": int(physical[10:], 2)}
    tag, line = CACHE.get(form["cache_index"], (None, ""))
    form["cache_hit"] = tag == form["cache_tag"]
    # What memory holds is known of the cached lines only.
    if form["cache_hit"]:
        form["value"] = int(line.split()[form["cache_offset"]], 16)
    return form


def seen(va: int) -> dict[str, Any]:
    """The same form from the simulator, whose machine is new each time."""
    found: Any = run(AccessConfig((f"{va:#x}",), preset("csapp-9.20")), drawing=False).metrics
    (record,) = found["results"]
    return dict(record)


def test_every_address() -> None:
    machine = preset("csapp-9.20")
    for va in range(1 << 14):
        found: Any = run(AccessConfig((str(va),), machine), drawing=False).metrics
        expected = by_hand(va)
        (record,) = found["results"]
        assert dict(record) == expected
        counts = {
            "accesses": 1,
            "tlb_hits": expected["tlb_hit"],
            "tlb_misses": not expected["tlb_hit"],
            "page_faults": expected["page_fault"],
            "cache_hits": expected["cache_hit"] is True,
            "cache_misses": expected["cache_hit"] is False,
            # An entry read in a walk, a line fetched: each waits for memory.
            "memory_accesses": (not expected["tlb_hit"]) + (expected["cache_hit"] is False),
        }
        assert {name: found[name] for name in counts} == counts, va


def test_how_many_addresses_do_what() -> None:
    """Counted by eye: 10 pages of the table and 3 that only the TLB knows; 5 entries of the TLB;
    5 lines of 4 bytes in the frames 0D, 16, 2D, 13, and two pages lead to frame 0D."""
    forms = [by_hand(va) for va in range(1 << 14)]
    assert sum(not form["page_fault"] for form in forms) == 13 * 64
    assert sum(form["tlb_hit"] for form in forms) == 5 * 64
    assert sum(form["cache_hit"] is True for form in forms) == (5 + 1) * 4


# The worked example and the practice problems of the book, with what it gives as their answers.
@pytest.mark.parametrize(
    ("va", "answers"),
    [
        (0x3D4, {"vpn": 0xF, "vpo": 0x14, "tlb_index": 3, "tlb_tag": 3, "tlb_hit": True,
                 "page_fault": False, "ppn": 0x0D, "pa": 0x354, "cache_offset": 0,
                 "cache_index": 5, "cache_tag": 0x0D, "cache_hit": True, "value": 0x36}),
        (0x3D7, {"vpn": 0xF, "vpo": 0x17, "tlb_index": 3, "tlb_tag": 3, "tlb_hit": True,
                 "page_fault": False, "ppn": 0x0D, "pa": 0x357, "cache_offset": 3,
                 "cache_index": 5, "cache_tag": 0x0D, "cache_hit": True, "value": 0x1D}),
        (0x27C, {"vpn": 9, "tlb_index": 1, "tlb_tag": 2, "tlb_hit": False, "page_fault": False,
                 "ppn": 0x17, "pa": 0x5FC, "cache_offset": 0, "cache_index": 0xF,
                 "cache_tag": 0x17, "cache_hit": False, "value": None}),
        (0x3A9, {"vpn": 0xE, "tlb_index": 2, "tlb_tag": 3, "tlb_hit": False, "page_fault": False,
                 "ppn": 0x11, "pa": 0x469, "cache_offset": 1, "cache_index": 0xA,
                 "cache_tag": 0x11, "cache_hit": False, "value": None}),
        (0x040, {"vpn": 1, "tlb_index": 1, "tlb_tag": 0, "tlb_hit": False, "page_fault": True,
                 "ppn": None, "pa": None, "value": None}),
        (0xB8F, {"vpn": 0x2E, "tlb_index": 2, "tlb_tag": 0xB, "tlb_hit": False,
                 "page_fault": True, "ppn": None, "pa": None, "value": None}),
        (0x020, {"vpn": 0, "tlb_index": 0, "tlb_tag": 0, "tlb_hit": False, "page_fault": False,
                 "ppn": 0x28, "pa": 0xA20, "cache_offset": 0, "cache_index": 8,
                 "cache_tag": 0x28, "cache_hit": False, "value": None}),
    ],
)  # fmt: skip
def test_published_answers(va: int, answers: dict[str, Any]) -> None:
    for found in (by_hand(va), seen(va)):
        assert {name: found[name] for name in answers} == answers
