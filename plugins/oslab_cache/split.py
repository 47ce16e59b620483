"""An address as a cache reads it: tag, set index, offset in the line.

A line of 2^b bytes leaves the lowest b bits to the offset. With 2^s sets the next s bits are the set in
which the line must lie; a set has `ways` places for it. The bits above are the tag, kept with the line
to tell apart those that share the set. One set (fully associative) needs no index bits.

Source: Hennessy and Patterson, Computer Architecture, appendix B.1; CS:APP, 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from oslab import Address, Grid, Hex, InputError, Int, Run, Step
from oslab.quantities import format_address, format_bits
from oslab_cache.cache import CacheShape, check


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """Addresses to split.

    addresses   physical addresses, at least one
    size        bytes of data in the cache
    line        bytes of a line, a power of two
    ways        lines of a set; size / (line × ways), the number of sets, is a power of two
    pa_bits     width of a physical address, 1 to 64, at least index and offset

    Raises InputError for anything else.
    """

    addresses: tuple[int, ...]
    size: int
    line: int
    ways: int
    pa_bits: int

    def __post_init__(self) -> None:
        shape = self.shape
        check(shape)
        if not 1 <= self.pa_bits <= 64:
            raise InputError(f"physical addresses have 1 to 64 bits, not {self.pa_bits}")
        if shape.index_bits + shape.offset_bits > self.pa_bits:
            raise InputError(
                f"index and offset take {shape.index_bits + shape.offset_bits} bits, more than an "
                f"address of {self.pa_bits} bits has"
            )
        if not self.addresses:
            raise InputError("give at least one address, such as 0x2004 or 8196")
        for address in self.addresses:
            if not 0 <= address < 1 << self.pa_bits:
                raise InputError(
                    f"address {address} ({address:#x}) does not fit into {self.pa_bits} bits; "
                    f"the highest is {(1 << self.pa_bits) - 1:#x}"
                )

    @property
    def shape(self) -> CacheShape:
        return geometry(self.size, self.line, self.ways)


def geometry(size: int, line: int, ways: int) -> CacheShape:
    """A cache of which only the sets matter here, not who leaves them or when it writes."""
    return CacheShape(size, line, ways, "lru", "back", True, 0)


def split(address: int, shape: CacheShape) -> tuple[int, int, int]:
    """Tag, set index and offset of an address."""
    line = shape.line_of(address)
    return shape.tag_of(line), shape.index_of(line), address % shape.line


def join(tag: int, index: int, offset: int, shape: CacheShape) -> int:
    """The address with these parts; the inverse of `split`."""
    return shape.address_of(shape.line_at(tag, index)) + offset


def run(config: SplitConfig) -> Run:
    """Split each address.

    Steps ``split``: given ``address`` and the shape (``line sets ways offset_bits index_bits``;
    ``indexed``: there is more than one set), result
    ``tag index offset`` and ``first last``, the bytes that the line holds; the state draws the bits.
    Metrics: ``tag index offset`` of the first address, ``tag_bits index_bits offset_bits``, ``sets``
    and ``splits`` (one entry an address: ``address tag index offset``).
    """
    shape = config.shape
    tag_bits = config.pa_bits - shape.index_bits - shape.offset_bits
    steps, splits = [], []
    for group, address in enumerate(config.addresses, 1):
        tag, index, offset = split(address, shape)
        splits.append({"address": Hex(address), "tag": Hex(tag), "index": index, "offset": offset})
        steps.append(
            Step(
                action="split",
                given={
                    "address": address,
                    "address_hex": format_address(address),
                    "line": config.line,
                    "sets": shape.sets,
                    "ways": config.ways,
                    "offset_bits": shape.offset_bits,
                    "index_bits": shape.index_bits,
                    "indexed": shape.sets > 1,
                },
                result={
                    "tag": tag,
                    "tag_hex": format_address(tag),
                    "index": index,
                    "offset": offset,
                    "first_hex": format_address(join(tag, index, 0, shape)),
                    "last_hex": format_address(join(tag, index, config.line - 1, shape)),
                },
                state={"address_bits": drawn_bits(address, config)},
                group=group,
            )
        )
    return Run(
        command="cache.split",
        config=config,
        asks={"split": {"tag": Address(), "index": Int(), "offset": Int()}},
        steps=tuple(steps),
        metrics={
            "tag": splits[0]["tag"],
            "index": splits[0]["index"],
            "offset": splits[0]["offset"],
            "tag_bits": tag_bits,
            "index_bits": shape.index_bits,
            "offset_bits": shape.offset_bits,
            "sets": shape.sets,
            "splits": tuple(splits),
        },
    )


def drawn_bits(address: int, config: SplitConfig) -> Grid:
    """The address in binary, cut into its parts; an empty part is left out."""
    shape = config.shape
    tag, index, offset = split(address, shape)
    border = shape.index_bits + shape.offset_bits
    parts = (
        ("tag", tag, config.pa_bits - 1, border),
        ("index", index, border - 1, shape.offset_bits),
        ("offset", offset, shape.offset_bits - 1, 0),
    )
    return Grid(
        ("part", "bits", "binary", "value"),
        tuple(
            (name, f"{high}..{low}", format_bits(value, high - low + 1), f"{value:#x} = {value}")
            for name, value, high, low in parts
            if high >= low
        ),
    )
