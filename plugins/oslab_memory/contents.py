"""What bytes are known, wherever they are: in page frames, in swap, in a file.

Caches hold copies, and what they hold is what memory is taken to hold: there is one truth for each
byte. It moves with its page.
"""

from __future__ import annotations

from collections.abc import Mapping


class PageBytes:
    """The bytes of one page: some are known, the others are `rest`, which is 0 or unknown (None)."""

    __slots__ = ("known", "rest")

    def __init__(self, known: Mapping[int, int] | None = None, rest: int | None = None) -> None:
        self.known = dict(known or {})
        self.rest = rest

    def number(self, offset: int, size: int) -> int | None:
        """The bytes at an offset as a little-endian number; None where one is unknown."""
        found = 0
        for i in range(size):
            byte = self.known.get(offset + i, self.rest)
            if byte is None:
                return None
            found |= byte << 8 * i
        return found


class Contents:
    """The bytes in each page frame, and of each page that is not in memory."""

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._frames: dict[int, PageBytes] = {}
        self._away: dict[int, PageBytes] = {}

    def write(self, address: int, data: bytes) -> None:
        """Put bytes at a physical address, within one page frame."""
        frame, offset = divmod(address, self._page_size)
        known = self._frames.setdefault(frame, PageBytes()).known
        known.update(enumerate(data, offset))

    def number(self, address: int, size: int = 1) -> int | None:
        """The bytes at a physical address, within one page frame, as a little-endian number."""
        frame, offset = divmod(address, self._page_size)
        held = self._frames.get(frame)
        return held.number(offset, size) if held else None

    def known(self, address: int, size: int) -> list[int | None]:
        """The bytes at a physical address, within one page frame, each None where it is unknown."""
        frame, offset = divmod(address, self._page_size)
        held = self._frames.get(frame)
        if held is None:
            return [None] * size
        return [held.known.get(place, held.rest) for place in range(offset, offset + size)]

    def keep_away(self, vpn: int, data: bytes) -> None:
        """What a page holds that is in its file or in swap at the start."""
        self._away[vpn] = PageBytes(dict(enumerate(data)))

    def replace(self, victim: int | None, vpn: int, frame: int, zeros: bool) -> None:
        """A page takes the place of a victim, if there is one: what that held is in its file or in swap, or
        is all zeros. The new one is filled with zeros or comes from there."""
        held = self._frames.pop(frame, PageBytes())
        if victim is not None:
            self._away[victim] = held
        self._frames[frame] = PageBytes(rest=0) if zeros else self._away.pop(vpn, PageBytes())
