"""cow.memory: frames in use with copy-on-write and without, and the bytes it saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from oslab import Answers, Choose, Code, Figure, Generator, Int, Problem, Run, Size, mistake
from oslab.quantities import format_size
from oslab_cow.machine import Machine, Region
from oslab_cow.operations import Operation, exit_of, fork, listing, read, write
from oslab_cow.problems.misread import CopiedAtFork, CopiesForgotten, ExitIgnored, ZeroCounted
from oslab_cow.problems.scripts import FAMILIES, explained
from oslab_cow.simulate import CowConfig, Start, count

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class MemorySpace:
    """How much memory, and what happens to it.

    pages       of each process, private
    file_pages  after them, of a file mapped MAP_PRIVATE
    processes   in all, the first one included
    exits       processes that exit at the end
    start       whether private pages are present at the start, or untouched
    page_size   bytes
    """

    pages: Choose[int]
    file_pages: Choose[int]
    processes: Choose[int]
    exits: Choose[int]
    start: Choose[Start]
    page_size: Choose[int]


class Memory(Problem[CowConfig, MemorySpace]):
    """Frames at the end, frames if fork had copied everything, and the difference in bytes."""

    version = 1
    params = CowConfig
    space = MemorySpace
    answers = {
        "frames_in_use": Int(),
        "frames_without_cow": Int(),
        "bytes_saved": Size(),
    }
    required = ("no-cow", "copies-forgotten")

    def draw(self, rng: Generator, space: MemorySpace) -> CowConfig:
        pages, files = space.pages.pick(rng), space.file_pages.pick(rng)
        names = rng.choice(FAMILIES)[: space.processes.pick(rng)]
        start: Start = space.start.pick(rng)
        ops: list[Operation] = []
        if start == "untouched":
            # Some pages are written, some only read, some never touched.
            cut = sorted(rng.sample(range(1, pages), 2))
            ops += [write(names[0], 0, cut[0] - 1), read(names[0], cut[0], cut[1] - 1)]
        for born, child in enumerate(names[1:], start=1):
            ops.append(fork(rng.choice(names[:born]), child))
            ops.append(_range(rng, child, pages + files))
            if rng.chance(HALF):
                ops.append(_range(rng, names[0], pages + files))
        for name in rng.sample(names, space.exits.pick(rng)):
            ops.append(exit_of(name))
        regions = (Region("private", pages), Region("file-private", files))
        return CowConfig(
            first=names[0],
            regions=regions if files else regions[:1],
            start=start,
            contents=(),
            page_size=space.page_size.pick(rng),
            ops=tuple(ops),
        )

    def good(self, p: CowConfig) -> bool:
        found = count(p)
        return isinstance(found["bytes_saved"], int) and found["bytes_saved"] > 0

    def present(self, p: CowConfig) -> Mapping[str, Figure]:
        private = p.regions[0].pages
        pages = sum(region.pages for region in p.regions)
        return {
            "first": p.first,
            "pages": pages,
            "last_page": pages - 1,
            "last_private": private - 1,
            "first_of_file": private,
            "page_size": format_size(p.page_size),
            "script": Code(listing(p.ops)),
        }

    def run(self, p: CowConfig) -> Run:
        return explained(p, "start", "last_owner", "page_cache", "tables")

    def solve(self, p: CowConfig, run: Run) -> Answers:
        return run.metrics

    def _as_if(self, p: CowConfig, kind: type[Machine]) -> Answers:
        return count(p, kind)

    @mistake("no-cow")
    def no_cow(self, p: CowConfig) -> Answers | None:
        """fork copies every page; nothing is saved."""
        return self._as_if(p, CopiedAtFork)

    @mistake("copies-forgotten")
    def copies_forgotten(self, p: CowConfig) -> Answers | None:
        """What is written after the fork takes no frame of its own."""
        return self._as_if(p, CopiesForgotten)

    @mistake("exit-ignored")
    def exit_ignored(self, p: CowConfig) -> Answers | None:
        """A process that exits keeps its frames."""
        return self._as_if(p, ExitIgnored)

    @mistake("zero-counted")
    def zero_counted(self, p: CowConfig) -> Answers | None:
        """A page that was only read has a frame of its own."""
        return self._as_if(p, ZeroCounted)

    @mistake("kilo-is-1000")
    def kilo_is_1000(self, p: CowConfig) -> Answers | None:
        """A KiB is taken for 1000 bytes."""
        right: Answers = count(p)
        return {**right, "bytes_saved": right["bytes_saved"] // 1024 * 1000}


def _range(rng: Generator, process: str, pages: int) -> Operation:
    """A write to a third or so of the pages, one after the other."""
    size = rng.between(pages // 8 + 1, pages // 2)
    first = rng.below(pages - size + 1)
    return write(process, first, first + size - 1)
