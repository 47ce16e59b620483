"""cache.split: tag, set index and offset of addresses, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oslab import (
    Address,
    Answers,
    Choose,
    Figure,
    Generator,
    HexInt,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address, format_size
from oslab_cache.split import SplitConfig, join, run, split


@dataclass(frozen=True)
class SplitSpace:
    """pa_bits, line, ways: as in `SplitConfig`; sets: how many; addresses: how many of them."""

    pa_bits: Choose[int]
    line: Choose[int]
    sets: Choose[int]
    ways: Choose[int]
    addresses: Choose[int]


class Cuts(NamedTuple):
    """How an address is cut, by whoever cuts it: bits of the offset, of the index."""

    offset_bits: int
    index_bits: int


SPLITS = Table(
    "address",
    {"tag": HexInt(), "index": Int(), "offset": Int()},
    action="split",
)


class Split(Problem[SplitConfig, SplitSpace]):
    """The parts of several addresses, how many bits each has, and where lines of given parts begin."""

    version = 1
    params = SplitConfig
    space = SplitSpace
    answers = {
        "splits": SPLITS,
        "lines": Table("n", {"begins": Address()}, given=("tag", "index")),
        "tag_bits": Int(),
        "index_bits": Int(),
        "offset_bits": Int(),
    }
    required = ("tag-index-swapped", "offset-from-lines")

    def draw(self, rng: Generator, space: SplitSpace) -> SplitConfig:
        line, ways = space.line.pick(rng), space.ways.pick(rng)
        pa_bits = space.pa_bits.pick(rng)
        size = line * ways * space.sets.pick(rng)
        addresses = {rng.below(1 << pa_bits) for _ in range(space.addresses.pick(rng))}
        return SplitConfig(tuple(rng.shuffled(sorted(addresses))), size, line, ways, pa_bits)

    def good(self, p: SplitConfig) -> bool:
        """Every address has another tag and another index, neither of them 0."""
        parts = [split(address, p.shape)[:2] for address in p.addresses]
        tags, indices = zip(*parts, strict=True)
        indexed = p.shape.sets == 1 or (all(indices) and len(set(indices)) > len(indices) // 2)
        return all(tags) and len(set(tags)) == len(tags) and indexed

    def present(self, p: SplitConfig) -> Mapping[str, Figure]:
        return {
            "pa_bits": p.pa_bits,
            "size": format_size(p.size),
            "line": format_size(p.line),
            "ways": p.ways,
            "lines": p.shape.lines,
            "addresses": " ".join(self.written(p)),
        }

    def written(self, p: SplitConfig) -> list[str]:
        """The addresses as they are printed."""
        return [format_address(address, p.pa_bits) for address in p.addresses]

    def rows(self, p: SplitConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "splits":
            return [(text,) for text in self.written(p)]
        parts = [split(address, p.shape) for address in p.addresses]
        return [(n, format_address(tag), index) for n, (tag, index, _) in enumerate(parts, 1)]

    def run(self, p: SplitConfig) -> Run:
        return run(p)

    def solve(self, p: SplitConfig, run: Run) -> Answers:
        bits = {name: run.metrics[name] for name in ("tag_bits", "index_bits", "offset_bits")}
        splits = rows_of(run, SPLITS)
        begins = [join(row["tag"], row["index"], 0, p.shape) for row in splits]
        return {"splits": splits, "lines": [{"begins": b} for b in begins], **bits}

    def cut(self, p: SplitConfig, cuts: Cuts) -> Answers | None:
        """The answers of one who cuts addresses elsewhere."""
        tag_bits = p.pa_bits - cuts.index_bits - cuts.offset_bits
        if tag_bits < 0:
            return None
        rows, begins = [], []
        for address in p.addresses:
            line = address >> cuts.offset_bits
            rows.append(
                {
                    "tag": line >> cuts.index_bits,
                    "index": line % (1 << cuts.index_bits),
                    "offset": address % (1 << cuts.offset_bits),
                }
            )
            tag, index, _ = split(address, p.shape)
            begins.append({"begins": (tag << cuts.index_bits | index) << cuts.offset_bits})
        return {
            "splits": rows,
            "lines": begins,
            "tag_bits": tag_bits,
            "index_bits": cuts.index_bits,
            "offset_bits": cuts.offset_bits,
        }

    @mistake("tag-index-swapped")
    def tag_index_swapped(self, p: SplitConfig) -> Answers | None:
        """The set is taken from the highest bits, the tag from those above the offset."""
        shape = p.shape
        tag_bits = p.pa_bits - shape.index_bits - shape.offset_bits
        if not tag_bits or not shape.index_bits:
            return None
        rows, begins = [], []
        for address in p.addresses:
            line = shape.line_of(address)
            rows.append(
                {
                    "tag": line % (1 << tag_bits),
                    "index": line >> tag_bits,
                    "offset": address % p.line,
                }
            )
            tag, index, _ = split(address, shape)
            begins.append({"begins": shape.address_of(index << tag_bits | tag)})
        return {"splits": rows, "lines": begins}

    @mistake("ways-ignored")
    def ways_ignored(self, p: SplitConfig) -> Answers | None:
        """As many sets as lines."""
        shape = p.shape
        if p.ways == 1 or shape.lines & shape.lines - 1:
            return None
        return self.cut(p, Cuts(shape.offset_bits, _log2(shape.lines)))

    @mistake("offset-from-lines")
    def offset_from_lines(self, p: SplitConfig) -> Answers | None:
        """The offset gets as many bits as it takes to number the lines of the cache."""
        shape = p.shape
        if shape.lines & shape.lines - 1:
            return None
        return self.cut(p, Cuts(_log2(shape.lines), shape.index_bits))

    @mistake("offset-kept")
    def offset_kept(self, p: SplitConfig) -> Answers | None:
        """The index is taken from the lowest bits, where the offset is."""
        shape = p.shape
        if shape.sets == 1 or p.line == 1:
            return None
        rows, begins = [], []
        for address in p.addresses:
            rows.append(
                {
                    "tag": address >> shape.index_bits,
                    "index": address % shape.sets,
                    "offset": address % p.line,
                }
            )
            tag, index, _ = split(address, shape)
            begins.append({"begins": shape.line_at(tag, index)})
        return {"splits": rows, "lines": begins}


def _log2(value: int) -> int:
    return value.bit_length() - 1
