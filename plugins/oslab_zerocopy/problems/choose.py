"""zerocopy.choose: which paths can carry a transfer, and with how many mode switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_zerocopy.choose import (
    ABILITIES,
    Ability,
    ChooseConfig,
    Source,
    Target,
    View,
    run,
)
from oslab_zerocopy.paths import PATHS, PathName


@dataclass(frozen=True)
class ChooseSpace:
    """Which transfers and needs; `candidates` are asked about, in any order."""

    source: Choose[Source]
    target: Choose[Target]
    view: Choose[View]
    pipes: Choose[bool]
    chunk: Choose[int]
    chunks: Choose[int]
    pipe_size: Choose[int]
    batch: Choose[int]
    candidates: tuple[PathName, ...]


class ChoosePath(Problem[ChooseConfig, ChooseSpace]):
    """For each candidate the mode switches of the whole transfer, or none where it cannot be used."""

    version = 1
    params = ChooseConfig
    space = ChooseSpace
    required = ("edits-data", "splice-no-pipe")
    answers = {
        "paths": Table(label="path", columns={"mode_switches": OrNone(Int())}, action="path"),
        "fewest_switches": OrNone(Int()),
    }

    def draw(self, rng: Generator, space: ChooseSpace) -> ChooseConfig:
        chunk = space.chunk.pick(rng)
        return ChooseConfig(
            source=space.source.pick(rng),
            target=space.target.pick(rng),
            view=space.view.pick(rng),
            pipes=space.pipes.pick(rng),
            size=chunk * space.chunks.pick(rng),
            chunk=chunk,
            pipe_size=space.pipe_size.pick(rng),
            batch=space.batch.pick(rng),
            candidates=tuple(rng.shuffled(space.candidates)),
        )

    def present(self, p: ChooseConfig) -> Mapping[str, Figure]:
        return {
            "size": format_size(p.size),
            "chunk": format_size(p.chunk),
            "needs": Grid(
                ("source", "target", "view", "pipes"), ((p.source, p.target, p.view, p.pipes),)
            ),
            "batch": p.batch,
        }

    def rows(self, p: ChooseConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(name,) for name in p.candidates]

    def run(self, p: ChooseConfig) -> Run:
        return run(p)

    def solve(self, p: ChooseConfig, run: Run) -> Answers:
        table = self.answers["paths"]
        assert isinstance(table, Table)
        return {
            "paths": rows_of(run, table),
            "fewest_switches": run.metrics["fewest_switches"],
        }

    def _allowing(self, p: ChooseConfig, *names: PathName, **changed: Any) -> Answers:
        """The answers where these paths are believed to be able to do more."""
        allowed: dict[PathName, Ability] = {
            name: replace(ABILITIES[name], **changed) for name in names
        }
        return self.solve(p, run(p, {**ABILITIES, **allowed}))

    @mistake("edits-data")
    def edits_data(self, p: ChooseConfig) -> Answers | None:
        """The program is believed to see and change data that never leave the kernel."""
        return self._allowing(p, *_blind(), view="modify")

    @mistake("socket-source")
    def socket_source(self, p: ChooseConfig) -> Answers | None:
        """sendfile is believed to read from a socket, and a socket to be mapped."""
        anything = frozenset({"file", "socket", "pipe"})
        mapped: tuple[PathName, ...] = ("mmap-write", "msg-zerocopy-mmap")
        return self._allowing(p, "sendfile", "sendfile-sg", *mapped, sources=anything)

    @mistake("splice-no-pipe")
    def splice_no_pipe(self, p: ChooseConfig) -> Answers | None:
        """splice is believed to go from file to socket in one call, like sendfile."""
        rows = list(self._allowing(p, "splice", "io-uring-splice", pipe=False)["paths"])
        single = replace(
            p, candidates=("sendfile-sg",), source="file", target="socket", view="pass"
        )
        [alone] = self.solve(single, run(single))["paths"]
        for i, name in enumerate(p.candidates):
            if name == "splice" and rows[i]["mode_switches"] is not None:
                rows[i] = alone
        return _with_fewest(rows)

    @mistake("edits-mapping")
    def edits_mapping(self, p: ChooseConfig) -> Answers | None:
        """A mapping of the file is taken for a buffer of the program's own."""
        return self._allowing(p, "mmap-write", "msg-zerocopy-mmap", view="modify")

    @mistake("set-up-free")
    def set_up_free(self, p: ChooseConfig) -> Answers | None:
        """mmap and pipe are not counted."""
        rows = [
            {"mode_switches": row["mode_switches"] - 2}
            if row["mode_switches"] is not None and _sets_up(name)
            else row
            for name, row in zip(p.candidates, self.solve(p, run(p))["paths"], strict=True)
        ]
        return _with_fewest(rows)

    @mistake("per-file")
    def per_file(self, p: ChooseConfig) -> Answers | None:
        """One round for the whole file, whatever the chunk."""
        whole = replace(p, chunk=p.size, pipe_size=p.size, batch=1)
        return self.solve(p, run(whole))


def _with_fewest(rows: Sequence[Mapping[str, Any]]) -> Answers:
    """These rows, and the least number in them."""
    numbers = [row["mode_switches"] for row in rows if row["mode_switches"] is not None]
    return {"paths": rows, "fewest_switches": min(numbers, default=None)}


def _blind() -> list[PathName]:
    return [name for name, ability in ABILITIES.items() if ability.view == "pass"]


def _sets_up(name: PathName) -> bool:
    return bool(PATHS[name].once)
