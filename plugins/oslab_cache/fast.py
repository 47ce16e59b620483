"""A single LRU or FIFO cache on long traces: what `Hierarchy` does, a few times faster.

A set is a dictionary whose lines stand in the order in which they leave; its values say which are dirty.
`simulate.count`, which uses this, is compared with `simulate.run`, which does not, in the tests.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from oslab.traces.access import Access
from oslab_cache.figures import Causes
from oslab_cache.hierarchy import Hierarchy
from oslab_cache.threec import ThreeC

# Taking the first entry of a plain dictionary away, again and again, takes time that grows with it.
_MOST_IN_PLAIN = 16


def count_alone(hierarchy: Hierarchy, accesses: Iterable[Access]) -> Causes:
    """Count what the accesses, each within a line, do to an empty hierarchy of one lru or fifo level.

    Afterwards its figures are right, and which lines are dirty, but not what its sets hold.
    """
    [shape], [count], [cache] = hierarchy.shape.levels, hierarchy.counts, hierarchy.caches
    shift, mask, ways = shape.offset_bits, shape.sets - 1, shape.ways
    lru, back, allocate = shape.policy == "lru", shape.write == "back", shape.allocate
    plain = ways <= _MOST_IN_PLAIN
    sets: defaultdict[int, dict[int, bool]] = defaultdict(dict if plain else OrderedDict)
    explain = ThreeC(shape.lines).access
    causes = {"cold": 0, "capacity": 0, "conflict": 0}
    total = misses = evictions = writebacks = fills = to_memory = 0
    # Using the same line again changes nothing but, once, that it becomes dirty.
    newest, newest_dirty = -1, False
    for kind, address, size in accesses:
        total += 1
        line = address >> shift
        store = kind == "store"
        dirty = store and back
        if line == newest and (newest_dirty or not dirty):
            if store and not back:
                to_memory += size
            continue
        takes = allocate or not store
        cause = explain(line, takes)
        row = sets[line & mask]
        here = line in row
        if here:
            dirty = dirty or row[line]
            if lru:
                del row[line]
            row[line] = dirty
        else:
            misses += 1
            causes[cause] += 1
            if takes:
                fills += 1
                if len(row) == ways:
                    evictions += 1
                    writebacks += row.pop(next(iter(row)))
                row[line] = dirty
        if store and not (back and (here or takes)):
            to_memory += size
        newest, newest_dirty = (line, dirty) if takes else (-1, False)
    count.accesses, count.hits, count.misses = total, total - misses, misses
    count.evictions, count.writebacks = evictions, writebacks
    hierarchy.bytes_from_memory = fills * shape.line
    hierarchy.bytes_to_memory = to_memory + writebacks * shape.line
    for row in sets.values():
        cache.dirty.update(line for line, is_dirty in row.items() if is_dirty)
    return causes
