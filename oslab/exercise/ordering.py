"""Steps that a statement lists by letter, for problem types that ask for an `Ordering` of them."""

from __future__ import annotations

from collections.abc import Sequence


def letters_of(listed: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The letters under which these steps stand in a list: a for the first, b for the second."""
    return tuple(chr(ord("a") + listed.index(name)) for name in names)


def moved(names: Sequence[str], name: str, before: str) -> list[str]:
    """The steps with one of them moved, to stand right before another."""
    rest = [other for other in names if other != name]
    place = rest.index(before)
    return [*rest[:place], name, *rest[place:]]
