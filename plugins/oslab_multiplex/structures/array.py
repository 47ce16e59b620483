"""A sorted array: found by halving, but a key that comes or goes moves all behind it.

Of the entries that may hold the key, the middle one is compared (of an even number, the upper of the two
in the middle); the search stops when it is the key, or nothing is left.
"""

from __future__ import annotations

from oslab_multiplex.structures.keys import Key, absent, present


class SortedArray:
    """Entries in order of their keys, without gaps."""

    def __init__(self) -> None:
        self.entries: list[Key] = []
        self.comparisons = 0
        self.moves = 0

    def find(self, key: Key) -> bool:
        return self._place(key)[0]

    def add(self, key: Key) -> None:
        """Every greater entry moves by one. Raises InputError if the key is there."""
        found, place = self._place(key)
        if found:
            raise present(key)
        self.moves += len(self.entries) - place
        self.entries.insert(place, key)

    def delete(self, key: Key) -> None:
        """Every greater entry moves by one. Raises InputError if the key is not there."""
        found, place = self._place(key)
        if not found:
            raise absent(key)
        del self.entries[place]
        self.moves += len(self.entries) - place

    def levels(self) -> int:
        """Comparisons of the longest search."""
        return len(self.entries).bit_length()

    def _place(self, key: Key) -> tuple[bool, int]:
        low, high = 0, len(self.entries)
        while low < high:
            middle = (low + high) // 2
            self.comparisons += 1
            entry = self.entries[middle]
            if key == entry:
                return True, middle
            if key < entry:
                high = middle
            else:
                low = middle + 1
        return False, low
