"""cow.map-flags: what MAP_PRIVATE and MAP_SHARED mappings lead to, of anonymous memory and of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import (
    Answers,
    Cells,
    Choose,
    Code,
    Figure,
    Generator,
    Grid,
    Int,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_cow.machine import CACHED, PRIVATE, Kind, Machine, Region
from oslab_cow.operations import Operation, exit_of, fork, listing, write
from oslab_cow.problems.finalmap import final_entries
from oslab_cow.problems.misread import ForkSplitsShared
from oslab_cow.problems.scripts import FAMILIES, PAGE_SIZE, entries, explained, finished, remapped
from oslab_cow.simulate import CowConfig


@dataclass(frozen=True)
class MapFlagsSpace:
    """Which mappings there are, one page each, in any order, and what happens to them.

    kinds      the kinds, as often as they occur
    processes  in all, the first one included
    before     writes before the first fork
    writes     writes after it
    exits      processes that exit
    """

    kinds: tuple[Kind, ...]
    processes: Choose[int]
    before: Choose[int]
    writes: Choose[int]
    exits: Choose[int]


class MapFlags(Problem[CowConfig, MapFlagsSpace]):
    """At the end: what each process finds in each page and in which frame; and what the files hold."""

    version = 1
    params = CowConfig
    space = MapFlagsSpace
    answers = {
        "map": Table(label="entry", given=("mapping",), columns={"value": Int(), "frame": Int()}),
    }
    required = ("private-as-shared", "shared-as-private")

    def draw(self, rng: Generator, space: MapFlagsSpace) -> CowConfig:
        kinds = rng.shuffled(space.kinds)
        names = rng.choice(FAMILIES)[: space.processes.pick(rng)]
        values = rng.sample(range(10, 100), len(kinds) + 20)
        contents = [values.pop() for _ in kinds]
        ops: list[Operation] = []
        alive = [names[0]]
        # Each page is written once at least, as far as there are writes; the rest at random.
        pages = rng.shuffled(range(len(kinds)))

        def some_write() -> Operation:
            page = pages.pop() if pages else rng.below(len(kinds))
            return write(rng.choice(alive), page, value=values.pop())

        ops += [
            write(names[0], rng.below(len(kinds)), value=values.pop())
            for _ in range(space.before.pick(rng))
        ]
        writes = space.writes.pick(rng)
        for n, child in enumerate(names[1:]):
            ops.append(fork(rng.choice(alive), child))
            alive.append(child)
            share = writes // (len(names) - 1) if n < len(names) - 2 else writes
            writes -= share
            ops += [some_write() for _ in range(share)]
        for name in rng.sample(alive, space.exits.pick(rng)):
            ops.append(exit_of(name))
        return CowConfig(
            first=names[0],
            regions=tuple(Region(kind, 1) for kind in kinds),
            start="present",
            contents=tuple(contents),
            page_size=PAGE_SIZE,
            ops=tuple(ops),
        )

    def good(self, p: CowConfig) -> bool:
        """A private and a shared page are written, and by different processes in all."""
        kinds = [region.kind for region in p.regions]
        written = [(op.process, kinds[op.first]) for op in p.ops if op.verb == "write"]
        sides = {kind in PRIVATE for _, kind in written}
        return len(sides) == 2 and len({name for name, _ in written}) > 1

    def present(self, p: CowConfig) -> Mapping[str, Figure]:
        pages = tuple(
            (page, region.kind, p.contents[page], page) for page, region in enumerate(p.regions)
        )
        return {
            "first": p.first,
            "mappings": Grid(("page", "mapping", "value", "frame"), pages),
            "script": Code(listing(p.ops)),
        }

    def rows(self, p: CowConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            *((label, p.regions[page].kind) for label, _, page in entries(p)),
            *((f"file:{page}", p.regions[page].kind) for page in _of_files(p)),
        ]

    def run(self, p: CowConfig) -> Run:
        return explained(p, "last_owner", "copy_to", "page_cache")

    def solve(self, p: CowConfig, run: Run) -> Answers:
        """Read off the last drawings; the cache keeps the frames that a file's pages have at first."""
        drawn, state = final_entries(run), run.steps[-1].state
        contents = state["contents"]
        assert isinstance(contents, Cells)
        frames = [int(drawn[name, page].split()[0]) for _, name, page in entries(p)]
        return _answers(p, frames, contents.values)

    def _as_if(
        self, p: CowConfig, kind: type[Machine] = Machine, kinds: Mapping[Kind, Kind] | None = None
    ) -> Answers:
        machine = finished(remapped(p, kinds or {}), kind)
        frames = [machine.pte(name, page).frame for _, name, page in entries(p)]
        return _answers(p, frames, machine.contents)

    @mistake("private-as-shared")
    def private_as_shared(self, p: CowConfig) -> Answers | None:
        """Every write is seen by everyone, and reaches the file."""
        return self._as_if(p, kinds={"private": "shared", "file-private": "file-shared"})

    @mistake("shared-as-private")
    def shared_as_private(self, p: CowConfig) -> Answers | None:
        """Shared pages are copied on write like private ones."""
        return self._as_if(p, kinds={"shared": "private", "file-shared": "file-private"})

    @mistake("fork-splits-shared")
    def fork_splits_shared(self, p: CowConfig) -> Answers | None:
        """A child gets shared pages of its own."""
        return self._as_if(p, ForkSplitsShared)

    @mistake("private-reaches-file")
    def private_reaches_file(self, p: CowConfig) -> Answers | None:
        """The file ends up with what the last process wrote into its private page."""
        rows: list[Mapping[str, Any]] = list(self._as_if(p)["map"])
        shared = self._as_if(p, kinds={"file-private": "file-shared"})["map"]
        asked = self.rows(p, "map")
        return {
            "map": tuple(
                {**row, "value": other["value"]} if str(label).startswith("file:") else row
                for (label, _), row, other in zip(asked, rows, shared, strict=True)
            )
        }


def _answers(p: CowConfig, frames: Sequence[Any], contents: Any) -> Answers:
    """Of the pages of processes, which lie in these frames, and of the files, whatever the mistaken take
    their mappings for."""
    every = [*frames, *_of_files(p)]
    return {"map": tuple({"value": contents[frame], "frame": frame} for frame in every)}


def _of_files(p: CowConfig) -> list[int]:
    """Pages of files; their frames in the cache have the same numbers."""
    return [page for page, region in enumerate(p.regions) if region.kind in CACHED]
