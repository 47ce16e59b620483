"""Caches and memory by physical address: what an access to them costs.

Each level that is looked up takes its time; when all miss, memory is waited for. Lines on their way back to
memory, and stores that are written through, wait in a buffer and take none.

Source: Hennessy and Patterson, Computer Architecture, appendix B.1 (write buffers).
"""

from __future__ import annotations

from typing import Any, Literal

from oslab import Hex
from oslab_cache.cache import Outcome, pieces
from oslab_memory.assembly import caches_of
from oslab_memory.journal import Journal, Names, exact
from oslab_memory.machine import Machine


class DataPath:
    """The caches of a machine, if it has any, and its memory. `focus` is the address asked for last."""

    def __init__(self, machine: Machine, journal: Journal) -> None:
        self.caches = caches_of(machine)
        self.focus = 0
        self._machine = machine
        self._journal = journal
        self._lookup = tuple(exact(level.time) for level in machine.cache)
        self._memory = exact(machine.times.memory)
        self._line = machine.cache[0].line if machine.cache else 0

    def read_entry(self, address: int, size: int) -> bool:
        """Read a page-table entry; whether all of it was found in a cache."""
        if self.caches is None or not self._machine.page_table.cached:
            self._wait("pte-memory", address)
            return False
        found = [self._ask("pte", *part, write=False) for part in pieces(address, size, self._line)]
        return all(found)

    def use(self, address: int, size: int, write: bool) -> None:
        """Load or store data, line by line."""
        if self.caches is None:
            self._wait("data-memory", address)
            return
        counts, whole = self._journal.counts, True
        for part, length in pieces(address, size, self._line):
            hit = self._ask("data", part, length, write)
            counts.cache_hits += hit
            counts.cache_misses += not hit
            whole &= hit
        if self._journal.telling:
            shape = self.caches.caches[0].shape
            line = shape.line_of(address)
            self._journal.note(
                cache_offset=address & shape.line - 1,
                cache_index=shape.index_of(line),
                cache_tag=shape.tag_of(line),
                cache_hit=whole,
            )

    def drop(self, address: int, size: int) -> int:
        """Throw away what the caches hold of a page frame; how many lines that were."""
        return self.caches.drop(address, size) if self.caches else 0

    def _ask(self, what: Literal["pte", "data"], address: int, size: int, write: bool) -> bool:
        """Look one line up, down to the level that has it or to memory."""
        assert self.caches is not None
        self.focus = address
        outcomes = self.caches.access(address, write, size)
        cost = sum(self._lookup[: len(outcomes)])
        self._journal.tell(f"{what}-cache", "cache", cost, lambda: self._told(address, outcomes))
        if not outcomes[-1].hit:
            self._wait(f"{what}-memory", address)
        return outcomes[-1].hit

    def _wait(self, action: str, address: int) -> None:
        self._journal.counts.memory_accesses += 1
        self._journal.tell(action, "memory", self._memory, lambda: ({"pa": Hex(address)}, {}))

    def _told(self, address: int, outcomes: tuple[Outcome, ...]) -> tuple[Names, Names]:
        first, hit = outcomes[0], outcomes[-1].hit
        shape = self._machine.cache[0].shape
        result: dict[str, Any] = {
            "cache_offset": Hex(address & shape.line - 1),
            "cache_index": Hex(first.index),
            "cache_tag": Hex(first.tag),
            "cache_hit": hit,
        }
        if len(self._machine.cache) > 1:
            result["found_in"] = f"L{len(outcomes)}" if hit else None
        elif first.victim is not None:
            result["line_victim"] = Hex(shape.address_of(first.victim))
            result["line_dirty"] = first.victim_dirty
        return {"pa": Hex(address), "line": shape.line, "cache_sets": shape.sets}, result
