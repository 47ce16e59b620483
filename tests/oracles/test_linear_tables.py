"""Linear page tables: the worked examples of two textbooks, then random tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import split_of, translated

# Tanenbaum and Bos, Modern Operating Systems, section 3.3.1: 64 KiB of virtual, 32 KiB of physical
# memory, pages of 4 KiB; page -> frame, the other pages are absent.
TANENBAUM = {0: 2, 1: 1, 2: 6, 3: 0, 4: 4, 5: 3, 9: 5, 11: 7}


@pytest.mark.parametrize(
    ("va", "pa"),
    [(8196, 24580), (0, 8192), (8192, 24576), (20500, 12308), (32780, None), (4096, 4096)],
)
def test_tanenbaum_mmu(va: int, pa: int | None) -> None:
    seen = translated(TANENBAUM, va, va_bits=16, page_size=4096)
    assert seen == (va // 4096, va % 4096, pa, "not-present" if pa is None else "hit")


def test_8196_is_page_2_offset_4() -> None:
    assert split_of(8196, va_bits=16, page_size=4096) == (2, 4, 4, 12)


# Bryant and O'Hallaron, Computer Systems, section 9.6.4: 14-bit virtual, 12-bit physical addresses,
# pages of 64 bytes; the first 16 entries.
CSAPP = {
    0x0: 0x28, 0x2: 0x33, 0x3: 0x02, 0x5: 0x16, 0x8: 0x13, 0x9: 0x17, 0xA: 0x09, 0xD: 0x2D,
    0xE: 0x11, 0xF: 0x0D,
}  # fmt: skip


@pytest.mark.parametrize(
    ("va", "vpn", "vpo", "pa"),
    [
        (0x03D4, 0xF, 0x14, 0x354),  # the section's example
        (0x03D7, 0xF, 0x17, 0x357),  # practice problem
        (0x027C, 0x9, 0x3C, 0x5FC),  # homework
        (0x03A9, 0xE, 0x29, 0x469),  # homework
        (0x0040, 0x1, 0x00, None),  # homework: a page fault
    ],
)
def test_csapp_small_memory(va: int, vpn: int, vpo: int, pa: int | None) -> None:
    outcome = "not-present" if pa is None else "hit"
    assert translated(CSAPP, va, va_bits=14, page_size=64) == (vpn, vpo, pa, outcome)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), va_bits=st.integers(4, 64), share=st.integers(0, 63))
def test_random_tables(data: st.DataObject, va_bits: int, share: int) -> None:
    vpo_bits = 1 + share % (va_bits - 1)
    va = data.draw(st.integers(0, 2**va_bits - 1))
    binary = f"{va:0{va_bits}b}"
    vpn = int(binary[: va_bits - vpo_bits] or "0", 2)
    vpo = int(binary[va_bits - vpo_bits :], 2)
    assert split_of(va, va_bits, 2**vpo_bits) == (vpn, vpo, va_bits - vpo_bits, vpo_bits)
    frame = data.draw(st.none() | st.integers(0, 2**40))
    pa = None if frame is None else int(f"{frame:b}" + binary[va_bits - vpo_bits :], 2)
    seen = translated({} if frame is None else {vpn: frame}, va, va_bits, 2**vpo_bits)
    assert seen == (vpn, vpo, pa, "not-present" if frame is None else "hit")


RIGHTS = [(r, w, x, u) for r in (0, 1) for w in (0, 1) for x in (0, 1) for u in (0, 1)]


@pytest.mark.parametrize("rights", RIGHTS)
@pytest.mark.parametrize("access", "rwx")
@pytest.mark.parametrize("mode", ["user", "kernel"])
@pytest.mark.parametrize("wp", [True, False])
def test_rights(rights: tuple[int, int, int, int], access: str, mode: str, wp: bool) -> None:
    read, write, execute, user = map(bool, rights)
    forbidden = set()
    if mode == "user" and not user:
        forbidden.add("kernel-only")
    if access == "r" and not read:
        forbidden.add("not-readable")
    if access == "x" and not execute:
        forbidden.add("no-execute")
    if access == "w" and not write and (mode == "user" or wp):
        forbidden.add("read-only")
    seen = translated({2: 6}, 8196, 16, 4096, (read, write, execute, user), access, mode, wp)
    assert seen.outcome in (forbidden or {"hit"})
    assert seen.pa == (None if forbidden else 24580)


def test_beyond_the_table_and_beyond_the_address_space() -> None:
    """A table of 3 entries ends after page 2; 16-bit addresses end at 0xFFFF."""
    for va, outcome in ((0x2FFF, "hit"), (0x3000, "out-of-range"), (0x1_2000, "out-of-range")):
        assert translated({2: 6}, va, 16, 4096, table_entries=3).outcome == outcome
    assert translated({2: 6}, 0xFFFF, 16, 4096).outcome == "not-present"
    assert translated({2: 6}, 0x1_0000, 16, 4096).outcome == "out-of-range"
