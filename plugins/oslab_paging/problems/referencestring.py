"""Reference strings for exercises."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oslab import Choose, Generator

NEVER = Fraction(0)


@dataclass(frozen=True)
class ReferenceSpace:
    """What reference strings may be drawn: how long, over how many pages, and the share of writes."""

    length: Choose[int]
    pages: Choose[int]
    writes: Fraction = NEVER


def draw_references(rng: Generator, space: ReferenceSpace) -> tuple[str, ...]:
    """References to pages 0 … pages-1, all alike but never the same twice running; a write is `7w`.

    Favouring pages used lately makes strings more natural and useless: with more hits the policies
    hardly differ, and fewer draws tell FIFO from LRU and CLOCK (7 % against 1 % of 14 references).
    """
    pages = range(space.pages.pick(rng))
    drawn: list[int] = []
    for _ in range(space.length.pick(rng)):
        drawn.append(rng.choice([page for page in pages if drawn[-1:] != [page]]))
    return tuple(f"{page}w" if rng.chance(space.writes) else str(page) for page in drawn)
