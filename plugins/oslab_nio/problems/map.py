"""nio.map: the arguments that FileChannel.map calls mmap with, and what becomes of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oslab import Address, Answers, Choose, Figure, Generator, Hex, Int, Problem, Run, mistake
from oslab.quantities import format_address
from oslab_nio.mappedfile import INT_MAX, MapConfig, Program
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
    gibibytes     a whole file of so many GiB and some more in place of all that, mapped in windows as large
                  as can be, one behind the other (0: one map, as above)
    """

    mode: Choose[Mode]
    granularity: Choose[int]
    granules: Choose[int]
    pages: Choose[int]
    short: Choose[bool]
    gibibytes: Choose[int] = Choose((0,))


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
    """Page position, offset and length of the last mmap, the address of byte 0; how many there are; the size
    of the file."""

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
        "maps": Int(),
    }
    required = ("unaligned", "size-not-grown", "rounded-up")

    def draw(self, rng: Generator, space: MapSpace) -> MapConfig:
        if max(space.gibibytes.options):
            return self._windows(rng, space)
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

    def _windows(self, rng: Generator, space: MapSpace) -> MapConfig:
        size = space.gibibytes.pick(rng) * 2**30 + rng.between(1, 900) * 1000
        granularity = space.granularity.pick(rng)
        return MapConfig(
            file_size=size,
            opened="r",
            cached=False,
            granularity=granularity,
            page_size=4096,
            base=Hex(0x7F0000000000),
            jdk=JDK,
            arena=False,
            mmap_fails=0,
            ops=_in_windows(size, INT_MAX),
        )

    def present(self, p: MapConfig) -> Mapping[str, Figure]:
        op = p.ops[0]
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
        maps = [step.result for step in run.steps if step.action == "mmap"]
        mmap = maps[-1]
        names = ("page_position", "map_position", "map_size", "pages", "first_byte")
        return {
            **{name: mmap[name] for name in names},
            "file_size": run.metrics["file_size"],
            "maps": len(maps),
        }

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

    @mistake("two-gib")
    def two_gib(self, p: MapConfig) -> Answers | None:
        """A map takes 2^31 bytes."""
        return self._mapped_by(p, 2**31)

    @mistake("no-limit")
    def no_limit(self, p: MapConfig) -> Answers | None:
        """A map takes a file of any size."""
        return self._mapped_by(p, p.file_size)

    def _mapped_by(self, p: MapConfig, window: int) -> Answers | None:
        if len(p.ops) == 1:
            return None
        # An Arena sets no limit, so that it can be run.
        return self.solve(
            p, run(replace(p, jdk=22, arena=True, ops=_in_windows(p.file_size, window)))
        )


def _in_windows(size: int, window: int) -> tuple[MapOp, ...]:
    """A file of so many bytes, mapped for reading from start to end."""
    return tuple(map_op("read_only", at, min(window, size - at)) for at in range(0, size, window))
