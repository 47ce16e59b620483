"""A list without order: entries hang one behind the other, as they came.

To find a key is to compare it with one entry after the other, from the front. So that no key is added
twice, adding looks through the whole list first. Nothing else moves when an entry comes or goes.
"""

from __future__ import annotations

from oslab_multiplex.structures.keys import Key, absent, present


class LinkedList:
    """The list; a deletion keeps the order of the others."""

    def __init__(self) -> None:
        self.entries: list[Key] = []
        self.comparisons = 0
        self.moves = 0

    def find(self, key: Key) -> bool:
        return self._place(key) is not None

    def add(self, key: Key) -> None:
        """Hang the key at the end. Raises InputError if it is there."""
        if self._place(key) is not None:
            raise present(key)
        self.entries.append(key)

    def delete(self, key: Key) -> None:
        """Raises InputError if the key is not there."""
        place = self._place(key)
        if place is None:
            raise absent(key)
        del self.entries[place]

    def levels(self) -> int:
        return len(self.entries)

    def _place(self, key: Key) -> int | None:
        try:
            place = self.entries.index(key)
        except ValueError:
            self.comparisons += len(self.entries)
            return None
        self.comparisons += place + 1
        return place
