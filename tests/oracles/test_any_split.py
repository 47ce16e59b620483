"""Walks of any number of levels, entry size and entry format, against digits of the address in base 2.

The first two are from the multi-level homework of Operating Systems: Three Easy Pieces (pages of 32
bytes, 5 + 5 + 5 bits, entries of one byte whose highest bit is the valid bit, PDBR 108, seed 0).
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import walked_bytes

OSTEP = {
    108 * 32 + 24: 0xA1,
    33 * 32 + 8: 0xB5,
    0x6BC: 0x08,
    108 * 32 + 15: 0xD6,
    0x56 * 32 + 13: 0x7F,
}


def test_ostep_611c() -> None:
    seen = walked_bytes("5,5,5", "bytes=1 valid=7 pfn=0..6", OSTEP, 108 * 32, 0x611C)
    assert (seen.outcome, seen.pa, seen.value, seen.raw) == ("hit", 0x6BC, 0x08, (0xA1, 0xB5))


def test_ostep_3da8() -> None:
    seen = walked_bytes("5,5,5", "bytes=1 valid=7 pfn=0..6", OSTEP, 108 * 32, 0x3DA8)
    assert (seen.outcome, seen.pa, seen.raw) == ("not-present", None, (0xD6, 0x7F))


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    widths=st.lists(st.integers(1, 7), min_size=1, max_size=5),
    offset_bits=st.integers(1, 12),
    size=st.sampled_from([1, 2, 4, 8]),
    byte_order=st.sampled_from(["little", "big"]),
)
def test_random_layouts(
    data: st.DataObject, widths: list[int], offset_bits: int, size: int, byte_order: str
) -> None:
    low = data.draw(st.integers(0, size * 8 - 3))
    high = data.draw(st.integers(low, size * 8 - 1))
    valid = data.draw(
        st.integers(0, size * 8 - 1).filter(lambda n: not low <= n <= high or low == high)
    )
    if low <= valid <= high:
        valid = low - 1 if low else high + 1
    va_bits = sum(widths) + offset_bits
    va = data.draw(st.integers(0, 2**va_bits - 1))
    digits = f"{va:0{va_bits}b}"

    memory: dict[int, int] = {}
    root = table = data.draw(st.integers(0, 2**16)) * 2**offset_bits
    reads, raw = [], []
    outcome, pa = "hit", None
    for width in widths:
        index, digits = int(digits[:width], 2), digits[width:]
        at = table + index * size
        if any(place in memory for place in range(at, at + size)):
            return  # two tables of this draw lie in the same frame
        frame = data.draw(st.integers(0, 2 ** (high - low + 1) - 1))
        entry = data.draw(st.integers(0, 2 ** (size * 8) - 1))
        entry &= ~(2 ** (high + 1) - 2**low)
        entry |= frame << low | 1 << valid
        if data.draw(st.integers(0, 7)) == 0:
            entry &= ~(1 << valid)
            outcome = "not-present"
        for place, byte in enumerate(entry.to_bytes(size, byte_order)):
            memory[at + place] = byte
        reads.append(at)
        raw.append(entry)
        if outcome != "hit":
            break
        table = frame * 2**offset_bits
    else:
        pa = int(f"{frame:b}" + digits, 2)
    form = f"bytes={size} valid={valid} pfn={low}..{high}"
    layout = ",".join(map(str, [*widths, offset_bits]))
    seen = walked_bytes(layout, form, memory, root, va, byte_order)
    accesses = len(reads) + (outcome == "hit")
    expected = (outcome, pa, tuple(reads), tuple(raw), memory.get(pa or -1), accesses)
    if pa == 0:
        expected = (*expected[:4], memory.get(0), accesses)
    assert seen == expected
