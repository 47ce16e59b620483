"""Reference strings that books work through by hand, with the numbers they print."""

from __future__ import annotations

import pytest
from naive_policies import faults, simulate
from simulators import aging_counters, replace_faults, replace_outcomes

SILBERSCHATZ = "7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1"
SILBERSCHATZ_EXERCISE = "1 2 3 4 2 1 5 6 2 1 2 3 7 6 3 2 1 2 3 6"
BELADY = "1 2 3 4 1 2 5 1 2 3 4 5"
STALLINGS = "2 3 2 1 5 2 4 5 3 2 5 2"
TANENBAUM_EXERCISE = "0 1 7 2 3 2 7 1 0 3"
OSTEP = "0 1 2 0 1 3 0 3 1 2 1"

PUBLISHED = [
    # Silberschatz, Galvin, Gagne, Operating System Concepts, section "Page Replacement".
    ("fifo", 3, SILBERSCHATZ, 15),
    ("opt", 3, SILBERSCHATZ, 9),
    ("lru", 3, SILBERSCHATZ, 12),
    # The same book's figure on Belady's anomaly: the whole FIFO curve.
    *[("fifo", n, BELADY, f) for n, f in zip(range(1, 7), (12, 12, 9, 10, 5, 5), strict=True)],
    # The same book's exercise "how many page faults … for one to seven frames", with its solutions.
    *[
        (policy, n, SILBERSCHATZ_EXERCISE, f)
        for policy, curve in (
            ("lru", (20, 18, 15, 10, 8, 7, 7)),
            ("fifo", (20, 18, 16, 14, 10, 10, 7)),
            ("opt", (20, 15, 11, 8, 7, 7, 7)),
        )
        for n, f in zip(range(1, 8), curve, strict=True)
    ],
    # Stallings, Operating Systems, figure "Behavior of four page replacement algorithms"; the book
    # counts only after the three frames are full (3, 4, 6, 5).
    ("opt", 3, STALLINGS, 3 + 3),
    ("lru", 3, STALLINGS, 3 + 4),
    ("fifo", 3, STALLINGS, 3 + 6),
    ("clock", 3, STALLINGS, 3 + 5),
    # Tanenbaum, Modern Operating Systems, chapter 3, problems.
    ("fifo", 4, TANENBAUM_EXERCISE, 6),
    ("lru", 4, TANENBAUM_EXERCISE, 7),
    # Tanenbaum's own string for the anomaly is Belady's, relabelled.
    ("fifo", 3, "0 1 2 3 0 1 4 0 1 2 3 4", 9),
    ("fifo", 4, "0 1 2 3 0 1 4 0 1 2 3 4", 10),
    # Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter "Beyond Physical Memory: Policies".
    ("opt", 3, OSTEP, 5),
    ("fifo", 3, OSTEP, 7),
    ("lru", 3, OSTEP, 5),
]


@pytest.mark.parametrize(("policy", "frames", "string", "expected"), PUBLISHED)
def test_printed_fault_counts(policy: str, frames: int, string: str, expected: int) -> None:
    references = string.split()
    assert faults(simulate(policy, frames, references)) == expected, "the oracle itself"
    assert faults(replace_outcomes(policy, frames, references)) == expected
    assert replace_faults(policy, frames, [int(page) for page in references]) == expected


def test_silberschatz_lru_frames_in_order() -> None:
    """The victims behind the 12 faults, from the book's figure of the three frames."""
    victims = [o.victim for o in replace_outcomes("lru", 3, SILBERSCHATZ.split()) if not o.hit]
    assert victims == [None, None, None, 7, 1, 2, 3, 0, 4, 0, 3, 2]


def test_stallings_fifo_victims() -> None:
    """From the book's figure: the oldest page each time."""
    victims = [o.victim for o in replace_outcomes("fifo", 3, STALLINGS.split()) if not o.hit]
    assert victims == [None, None, None, 2, 3, 1, 5, 2, 4]


def test_tanenbaum_aging_exercise() -> None:
    """Modern Operating Systems, chapter 3: four pages, R bits at eight ticks 0111 1011 1010 1101 0010
    1010 1100 0001; counters at the end 01101110, 01001001, 00110111, 10001011.

    Three references fall between two ticks here; where fewer pages are used, one is used again.
    Page 0 is first used in the second interval, so the frames hold pages 1, 2, 3, 0.
    """
    bits = ["0111", "1011", "1010", "1101", "0010", "1010", "1100", "0001"]
    used = [[page for page in range(4) if row[page] == "1"] for row in bits]
    references = [str(page) for pages in used for page in (pages * 3)[:3]]
    counters = {0: "01101110", 1: "01001001", 2: "00110111", 3: "10001011"}
    assert aging_counters(4, references, tick=3) == counters
    assert replace_outcomes("aging", 4, [*references, "4"], tick=3)[-1].victim == 2
