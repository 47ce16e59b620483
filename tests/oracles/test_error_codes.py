"""All #PF error codes of bits 0 to 4, written down from figure "Page-Fault Error Code" (SDM 3A, 4.7)."""

from __future__ import annotations

import itertools

import pytest
from simulators import decoded_error, encoded_error

# code: what it means; None where the bits contradict each other (a write and a fetch at once; a
# reserved bit in an entry that is not present).
MEANING: dict[int, tuple[str, str, str] | None] = {
    0b00000: ("not-present", "r", "kernel"),
    0b00001: ("protection", "r", "kernel"),
    0b00010: ("not-present", "w", "kernel"),
    0b00011: ("protection", "w", "kernel"),
    0b00100: ("not-present", "r", "user"),
    0b00101: ("protection", "r", "user"),
    0b00110: ("not-present", "w", "user"),
    0b00111: ("protection", "w", "user"),
    0b01000: None,
    0b01001: ("reserved-bit", "r", "kernel"),
    0b01010: None,
    0b01011: ("reserved-bit", "w", "kernel"),
    0b01100: None,
    0b01101: ("reserved-bit", "r", "user"),
    0b01110: None,
    0b01111: ("reserved-bit", "w", "user"),
    0b10000: ("not-present", "x", "kernel"),
    0b10001: ("protection", "x", "kernel"),
    0b10010: None,
    0b10011: None,
    0b10100: ("not-present", "x", "user"),
    0b10101: ("protection", "x", "user"),
    0b10110: None,
    0b10111: None,
    0b11000: None,
    0b11001: ("reserved-bit", "x", "kernel"),
    0b11010: None,
    0b11011: None,
    0b11100: None,
    0b11101: ("reserved-bit", "x", "user"),
    0b11110: None,
    0b11111: None,
}


@pytest.mark.parametrize(("code", "meaning"), MEANING.items())
def test_reading_a_code(code: int, meaning: tuple[str, str, str] | None) -> None:
    assert decoded_error(code) == meaning


def test_every_situation() -> None:
    """W/R, U/S and I/D tell of the access, P and RSVD of the entry; I/D needs NXE (no SMEP here)."""
    truth = [False, True]
    for p, rw, us, xd, reserved, nxe, wp in itertools.product(truth, repeat=7):
        if xd and not nxe:
            continue  # XD is itself a reserved bit then: the situation with `reserved`
        for access, mode in itertools.product("rwx", ["user", "kernel"]):
            told = 2 * (access == "w") + 4 * (mode == "user") + 16 * (access == "x" and nxe)
            expected: int | None
            if not p:
                expected = told
            elif reserved:
                expected = told + 8 + 1
            else:
                allowed = us or mode == "kernel"
                if access == "w" and not rw:
                    allowed = allowed and mode == "kernel" and not wp
                if access == "x" and xd:
                    allowed = False
                expected = None if allowed else told + 1
            situation = (p, rw, us, xd, reserved, access, mode, nxe, wp)
            assert encoded_error(*situation) == expected, situation


# Codes that Linux prints in hexadecimal in its "segfault at … error …" lines: no page there (4, 6),
# a write to a read-only page (7), a jump to nowhere (14) or into data (15), a kernel page (5).
@pytest.mark.parametrize(
    ("code", "present", "write", "user", "xd", "access"),
    [
        (0x4, False, False, False, False, "r"),
        (0x6, False, False, False, False, "w"),
        (0x7, True, False, True, False, "w"),
        (0x14, False, False, False, False, "x"),
        (0x15, True, True, True, True, "x"),
        (0x5, True, True, False, False, "r"),
    ],
)
def test_segfault_lines_of_linux(
    code: int, present: bool, write: bool, user: bool, xd: bool, access: str
) -> None:
    assert encoded_error(present, write, user, xd, False, access, "user", True, True) == code
