"""Reference strings for exercises: random, but never the same page twice running."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oslab import Choose, Generator


@dataclass(frozen=True)
class ReferenceSpace:
    """What reference strings may be drawn: how long, over how many pages, and the share of writes.

    With probability `again` a reference goes back to one of the last four used: the more, the more
    hits. Else every page is as likely as any other.
    more, the more hits. 0 draws every page alike.
    """

    length: Choose[int]
    pages: Choose[int]
    writes: Fraction = Fraction(0)
    again: Fraction = Fraction(0)


def draw_references(rng: Generator, space: ReferenceSpace) -> tuple[str, ...]:
    """References to pages 0 … pages-1; with probability `again` to one of the last four pages used."""
    count = space.pages.pick(rng)
    drawn: list[int] = []
    for _ in range(space.length.pick(rng)):
        recent = [page for page in dict.fromkeys(drawn[:-5:-1]) if page != drawn[-1]]
        if recent and rng.chance(space.again):
            drawn.append(rng.choice(recent))
        else:
            drawn.append(rng.choice([page for page in range(count) if drawn[-1:] != [page]]))
    return tuple(f"{page}w" if rng.chance(space.writes) else str(page) for page in drawn)
