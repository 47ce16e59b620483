"""A set-associative store: tags in ways, a replacement policy that names who leaves.

The one mechanism that a cache and a TLB have in common. A tag may be anything that can be compared:
a cache keeps the number of a line, a TLB a page number with its address space. What else belongs to
an entry (dirty bits, page frames) the owner keeps, by set and way.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from oslab_cache.replacement import PolicyName, replacement

T = TypeVar("T")


class Placed(NamedTuple, Generic[T]):
    """Where an entry went, and the tag it drove out, if any."""

    way: int
    victim: T | None


class Sets(Generic[T]):
    """`sets` sets of `ways` ways each; `tags[index][way]` is None where a way is empty."""

    def __init__(self, sets: int, ways: int, policy: PolicyName, seed: int = 0) -> None:
        self.tags: list[list[T | None]] = [[None] * ways for _ in range(sets)]
        self.policy = replacement(policy, sets, ways, seed)

    def find(self, index: int, tag: T) -> int | None:
        """The way that holds the tag; looking is no use."""
        try:
            return self.tags[index].index(tag)
        except ValueError:
            return None

    def use(self, index: int, way: int) -> None:
        """The entry in this way was hit."""
        self.policy.used(index, way)

    def chosen(self, index: int) -> int:
        """The way the next entry of a set will go into: the lowest empty one, else the victim's.

        Under random replacement each call draws a number, so `place` is told the way.
        """
        tags = self.tags[index]
        return tags.index(None) if None in tags else self.policy.victim(index)

    def place(self, index: int, tag: T, way: int | None = None) -> Placed[T]:
        """Put an entry in, into `way` where it was chosen before."""
        if way is None:
            way = self.chosen(index)
        victim = self.tags[index][way]
        self.tags[index][way] = tag
        self.policy.filled(index, way)
        return Placed(way, victim)

    def drop(self, index: int, way: int) -> None:
        """Empty a way; what the policy remembers of it is overwritten when it is filled again."""
        self.tags[index][way] = None
