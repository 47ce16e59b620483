"""nio.map: the arguments that FileChannel.map calls mmap with, and what becomes of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oslab import Address, Answers, Choose, Figure, Generator, Hex, Int, Problem, Run, mistake
from oslab.quantities import format_address
from oslab_nio.mappedfile import MapConfig, Program
from oslab_nio.mapping import run
from oslab_nio.mapscript import MapOp, Mode, map_op
from oslab_nio.problems.rules import with_rules

JDK = 17


@dataclass(frozen=True)
class MapSpace:
    """Which maps.

    mode          the mode; the channel is open for reading and writing
    granularity   bytes; the page size is 4096
    granules      how many whole granules lie before the position
    pages         how many pages the buffer has, but for some bytes
    short         whether the file ends before the end of the buffer
    """

    mode: Choose[Mode]
    granularity: Choose[int]
    granules: Choose[int]
    pages: Choose[int]
    short: Choose[bool]


class Unaligned(Program):
    """The mapping begins at the position."""

    def page_position(self, op: MapOp) -> int:
        return 0


class SizeNotGrown(Program):
    """As many bytes are mapped as the buffer has."""

    def map_size(self, op: MapOp, page_position: int) -> int:
        return op.size


class RoundedUp(Program):
    """Whole pages are mapped."""

    def map_size(self, op: MapOp, page_position: int) -> int:
        page = self.config.page_size
        return -(-(op.size + page_position) // page) * page


class NextPage(Program):
    """The mapping begins at the next multiple of the granularity."""

    def page_position(self, op: MapOp) -> int:
        return -(-op.position % self.config.granularity)

    def map_size(self, op: MapOp, page_position: int) -> int:
        return max(1, op.size + page_position)


class FileStays(Program):
    """The file is not extended."""

    def map(self, op: MapOp):  # type: ignore[no-untyped-def]
        before = self.file_size
        done = super().map(op)
        self.file_size = before
        return done


class Map(Problem[MapConfig, MapSpace]):
    """Page position, offset and length of the mmap, the address of byte 0, the size of the file."""

    version = 1
    params = MapConfig
    space = MapSpace
    answers = {
        "page_position": Int(),
        "map_position": Int(),
        "map_size": Int(),
        "pages": Int(),
        "first_byte": Address(),
        "file_size": Int(),
    }
    required = ("unaligned", "size-not-grown", "rounded-up")

    def draw(self, rng: Generator, space: MapSpace) -> MapConfig:
        granularity, page = space.granularity.pick(rng), 4096
        # Hundreds are easy to subtract; none is a multiple of a page here.
        within = rng.between(2, granularity // 100 - 1) * 100
        position = space.granules.pick(rng) * granularity + within
        size = space.pages.pick(rng) * page - rng.between(1, page // 100 - 1) * 100
        size = max(200, size)
        end = position + size
        short = space.short.pick(rng)
        file_size = end - rng.between(1, 9) * 100 if short else end + rng.between(1, 90) * 1000
        return MapConfig(
            file_size=max(0, file_size),
            opened="rw",
            cached=False,
            granularity=granularity,
            page_size=page,
            base=Hex(0x7F0000000000 + rng.between(1, 4000) * granularity),
            jdk=JDK,
            arena=False,
            mmap_fails=0,
            ops=(map_op(space.mode.pick(rng), position, size),),
        )

    def present(self, p: MapConfig) -> Mapping[str, Figure]:
        [op] = p.ops
        return {
            "mode": op.mode.upper(),
            "position": op.position,
            "size": op.size,
            "file": p.file_size,
            "granularity": p.granularity,
            "page": p.page_size,
            "base": format_address(p.base),
        }

    def run(self, p: MapConfig) -> Run:
        return with_rules(run(p), ("granularity", "page_size"))

    def solve(self, p: MapConfig, run: Run) -> Answers:
        mmap = run.steps[-1].result
        names = ("page_position", "map_position", "map_size", "pages", "first_byte")
        return {**{name: mmap[name] for name in names}, "file_size": run.metrics["file_size"]}

    def _as_if(self, p: MapConfig, kind: type[Program]) -> Answers:
        return self.solve(p, run(p, kind))

    @mistake("unaligned")
    def unaligned(self, p: MapConfig) -> Answers | None:
        """mmap gets position and size as they are."""
        return self._as_if(p, Unaligned)

    @mistake("size-not-grown")
    def size_not_grown(self, p: MapConfig) -> Answers | None:
        """The mapping begins earlier, but is not longer."""
        return self._as_if(p, SizeNotGrown)

    @mistake("rounded-up")
    def rounded_up(self, p: MapConfig) -> Answers | None:
        """The length is a multiple of the page size."""
        return self._as_if(p, RoundedUp)

    @mistake("next-page")
    def next_page(self, p: MapConfig) -> Answers | None:
        """The offset is rounded up."""
        return self._as_if(p, NextPage)

    @mistake("file-stays")
    def file_stays(self, p: MapConfig) -> Answers | None:
        """Mapping past the end leaves the file alone."""
        return {"file_size": self._as_if(p, FileStays)["file_size"]}
