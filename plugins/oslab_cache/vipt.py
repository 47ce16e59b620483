"""Virtually indexed, physically tagged: may a cache be indexed while the page is still translated?

Translation changes the page number and leaves the offset in the page alone. A first-level cache whose
set index and line offset lie within the page offset finds the set by bits that are the same in both
addresses, so the lookup in the TLB can go on beside it; the tag is physical, and is compared when the
frame number is there. Index and offset together have log2(size / ways) bits. Bits of the index above
the page offset are *virtual*: two pages that share a frame may differ in them, and one line can then
lie in 2^bits places at the same time, of which a write reaches one.

Source: Hennessy and Patterson, Computer Architecture, appendix B.3; Cekleov and Dubois, Virtual-Address
Caches, 1997.
"""

from __future__ import annotations

from dataclasses import dataclass

from oslab import Bool, Grid, InputError, Int, Run, Step
from oslab.quantities import format_size
from oslab_cache.cache import CacheShape, check
from oslab_cache.split import geometry


@dataclass(frozen=True, slots=True)
class ViptCache:
    """A cache and the pages it is used with.

    size        bytes of data
    line        bytes of a line, a power of two
    ways        lines of a set; size / (line × ways), the number of sets, is a power of two
    page_size   bytes of a page, a power of two, one line at least

    Raises InputError for anything else.
    """

    size: int
    line: int
    ways: int
    page_size: int

    def __post_init__(self) -> None:
        check(self.shape)
        if self.page_size < 1 or self.page_size & self.page_size - 1:
            raise InputError(
                f"a page has a power of two of bytes, such as 4096; {self.page_size} is none"
            )
        if self.page_size < self.line:
            raise InputError(
                f"a page of {format_size(self.page_size)} is smaller than a line of "
                f"{format_size(self.line)}; 4096 would be usual"
            )

    @property
    def shape(self) -> CacheShape:
        return geometry(self.size, self.line, self.ways)


@dataclass(frozen=True, slots=True)
class ViptConfig:
    """Caches to judge, at least one. Raises InputError when there is none."""

    caches: tuple[ViptCache, ...]

    def __post_init__(self) -> None:
        if not self.caches:
            raise InputError("give a cache to judge, such as 32 KiB in 8 ways")


def alias_bits(cache: ViptCache) -> int:
    """How many bits of the set index lie above the page offset."""
    return max(0, _log2(cache.size // cache.ways) - _log2(cache.page_size))


def safe_ways(cache: ViptCache) -> int:
    """The fewest ways with which a cache of this size has no such bits."""
    # The ways are some number times a power of two, or else the sets would be no power of two.
    odd = cache.size // (cache.size & -cache.size)
    return max(odd, cache.size // cache.page_size)


def run(config: ViptConfig) -> Run:
    """Judge each cache.

    Steps ``vipt`` (one a cache): given ``n size line ways page_size`` and, worked out, ``way_size
    index_bits offset_bits page_bits``; result ``alias_bits``, ``safe``, ``places`` (sets in which a
    line may lie, 2^alias_bits) and ``safe_ways``; the state draws the bits of an address above each
    other. Metrics: ``vipt_safe alias_bits places safe_ways`` of the first cache, ``most_size`` (the
    largest safe size with its ways) and ``caches``, all of them.
    """
    steps, caches = [], []
    for n, cache in enumerate(config.caches, 1):
        way = cache.size // cache.ways
        bits = alias_bits(cache)
        found = {
            "alias_bits": bits,
            "safe": not bits,
            "places": 1 << bits,
            "safe_ways": safe_ways(cache),
        }
        caches.append({"size": cache.size, "ways": cache.ways, **found})
        steps.append(
            Step(
                action="vipt",
                given={
                    "n": n,
                    "size": format_size(cache.size),
                    "line": cache.line,
                    "ways": cache.ways,
                    "page_size": format_size(cache.page_size),
                    "way_size": format_size(way),
                    "way_bits": _log2(way),
                    "index_bits": cache.shape.index_bits,
                    "offset_bits": cache.shape.offset_bits,
                    "page_bits": _log2(cache.page_size),
                },
                result={**found, "changes": safe_ways(cache) != cache.ways},
                state={"address_bits": drawn_bits(cache)},
                group=n,
            )
        )
    first = config.caches[0]
    return Run(
        command="cache.vipt",
        config=config,
        conventions={"aliases": "by-size"},
        asks={"vipt": {"alias_bits": Int(), "safe": Bool(), "safe_ways": Int()}},
        steps=tuple(steps),
        metrics={
            "vipt_safe": caches[0]["safe"],
            "alias_bits": caches[0]["alias_bits"],
            "places": caches[0]["places"],
            "safe_ways": caches[0]["safe_ways"],
            "most_size": first.ways * first.page_size,
            "caches": tuple(caches),
        },
    )


def drawn_bits(cache: ViptCache) -> Grid:
    """Which bits the cache uses and which of them translation leaves alone, the highest first."""
    offset, way, page = (
        _log2(cache.line), _log2(cache.size // cache.ways), _log2(cache.page_size),
    )  # fmt: skip
    cuts = sorted({offset, way, page}, reverse=True)
    rows = []
    for high, low in zip(cuts, [*cuts[1:], 0], strict=True):
        if high > low:
            use = "offset" if high <= offset else "index" if high <= way else "tag"
            kept = "page-offset" if high <= page else "page-number"
            bits = f"{high - 1}..{low}" if high - low > 1 else f"{low}"
            rows.append((bits, use, kept))
    top = max(way, page)
    return Grid(("bits", "cache", "page"), ((f"{top}+", "tag", "page-number"), *rows))


def _log2(value: int) -> int:
    return value.bit_length() - 1
