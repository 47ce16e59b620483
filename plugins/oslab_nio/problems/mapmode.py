"""nio.map-mode: what READ_ONLY, READ_WRITE and PRIVATE allow, and what reaches the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab import (
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_nio.mappedfile import CLOSED, OUTCOMES, Done, MapConfig, Mapped, Program
from oslab_nio.mapping import outcomes, run
from oslab_nio.mapscript import MapOp, Mode, Opened, map_op, on_mapping
from oslab_nio.problems.rules import with_rules
from oslab_nio.script import listing

SHOWN = ("map", "get", "file", "put", "force")
LEAST_SIZE = 5000


@dataclass(frozen=True)
class MapModeSpace:
    """What is mapped.

    maps   maps of one file, made in any order: ``private rw`` is the mode and how the channel is opened;
           ``read_only r past`` reaches past the end of the file; ``private rw close`` closes the channel
           soon after; ``read_only same`` takes the channel there is
    ops    how many puts, and looks at what was put, follow each map that works, READ_ONLY half as many
    """

    maps: tuple[str, ...]
    ops: Choose[int]


class PrivateHitsFile(Program):
    """PRIVATE is READ_WRITE but for its name."""

    def put(self, buffer: Mapped, index: int, value: int) -> Done:
        if buffer.op.mode != "private":
            return super().put(buffer, index, value)
        shared = Mapped(
            map_op("read_write", buffer.op.position, buffer.op.size),
            buffer.page_position,
            buffer.map_position,
            buffer.map_size,
            buffer.address,
        )
        return super().put(shared, index, value)


class RoExtends(Program):
    """Every channel extends the file."""

    def grows(self, op: MapOp) -> bool:
        return True


class NothingExtends(Program):
    """No channel extends the file."""

    def grows(self, op: MapOp) -> bool:
        return False


class ForceSavesPrivate(Program):
    """force saves what was put into a PRIVATE mapping."""

    def saved(self, buffer: Mapped, index: int, length: int) -> set[int]:
        if buffer.op.mode == "private" and length:
            first, last = self._span(buffer, index, length)
            return {page for page in buffer.copies if first <= page <= last}
        return super().saved(buffer, index, length)


class ClosedUnmaps(Program):
    """A closed channel takes its mappings with it."""

    def do(self, op: MapOp) -> Done:
        if not self.open and op.verb in ("put", "get", "force"):
            return Done(CLOSED)
        return super().do(op)


class ClosedMapsOn(Program):
    """A closed channel maps as an open one does."""

    def refused(self, op: MapOp) -> str:
        self.open = True
        return super().refused(op)


class MapMode(Problem[MapConfig, MapModeSpace]):
    """For each operation: ok or the exception, and a number: size of the file, byte, pages saved."""

    version = 1
    params = MapConfig
    space = MapModeSpace
    answers = {
        "ops": Table(
            label="n",
            given=("operation",),
            columns={"outcome": Choice(*OUTCOMES), "value": OrNone(Int())},
            action="mapping",
        ),
    }
    required = ("private-hits-file", "force-saves-private")

    def draw(self, rng: Generator, space: MapModeSpace) -> MapConfig:
        file_size = rng.between(20, 60) * 1000
        opened: Opened = "rw"
        ops: list[MapOp] = []
        used = {0}
        mapped_as, closed = "", False
        for n, words in enumerate(rng.shuffled(space.maps)):
            mode, how, *more = words.split()
            position = rng.between(0, 10) * 1000
            size = rng.between(LEAST_SIZE // 1000, 9) * 1000
            if "past" in more:
                position = file_size - rng.between(1, 4) * 1000
            if n == 0:
                opened = "rw" if how == "same" else how  # type: ignore[assignment]
            ops.append(map_op(mode, position, size, how if n and how != "same" else ""))  # type: ignore[arg-type]
            closed = closed and how == "same"
            if closed:
                mode, size = mapped_as, LEAST_SIZE
            if how != "r" or (mode == "read_only" and "past" not in more):
                after = self._after(rng, mode, size, space.ops.pick(rng), used)  # type: ignore[arg-type]
                if "close" in more:
                    after.insert(2, on_mapping("close"))
                    closed = True
                ops += after
                mapped_as = mode
        return MapConfig(
            file_size=file_size,
            opened=opened,
            cached=False,
            granularity=4096,
            page_size=4096,
            base=0x7F0000000000,
            jdk=17,
            arena=False,
            mmap_fails=0,
            ops=tuple(ops),
        )

    def _after(
        self, rng: Generator, mode: Mode, size: int, count: int, used: set[int]
    ) -> list[MapOp]:
        """Puts of different bytes, each read again by this buffer or through the file; then a force."""
        ops: list[MapOp] = []
        while len(ops) < (count if mode != "read_only" else count // 2):
            index = rng.between(0, size // 100 - 1) * 100
            value = next(v for v in iter(lambda: rng.between(1, 99), None) if v not in used)
            used.add(value)
            ops.append(on_mapping("put", index, value))
            ops.append(on_mapping("file" if rng.below(3) else "get", index))
        return [*ops, on_mapping("force")] if mode != "read_only" or rng.below(2) else ops

    def good(self, p: MapConfig) -> bool:
        """Few rows are alike, and the first map works, so that there is a buffer."""
        rows = [tuple(row.values()) for row in _rows(p)]
        return rows[0][0] == "ok" and 3 * max(map(rows.count, rows)) <= len(rows)

    def present(self, p: MapConfig) -> Mapping[str, Figure]:
        opened = {"r": "READ", "w": "WRITE", "rw": "READ, WRITE"}
        return {
            "file": p.file_size,
            "opened": opened[p.opened],
            "script": Code(listing(p.ops)),
        }

    def rows(self, p: MapConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1)]

    def run(self, p: MapConfig) -> Run:
        return with_rules(run(p), ("granularity", "file_holds", "force_saves", "no_buffer"))

    def solve(self, p: MapConfig, run: Run) -> Answers:
        return {
            "ops": [
                _row(step.given["verb"], step.result["outcome"], step.result.get("value"))
                for step in run.steps
                if step.action == "mapping"
            ]
        }

    def _as_if(self, p: MapConfig, kind: type[Program]) -> Answers:
        return {"ops": _rows(p, kind)}

    @mistake("private-hits-file")
    def private_hits_file(self, p: MapConfig) -> Answers | None:
        """What is put into a PRIVATE mapping is in the file."""
        return self._as_if(p, PrivateHitsFile)

    @mistake("ro-extends")
    def ro_extends(self, p: MapConfig) -> Answers | None:
        """A channel open for reading extends the file."""
        return self._as_if(p, RoExtends)

    @mistake("force-saves-private")
    def force_saves_private(self, p: MapConfig) -> Answers | None:
        """force writes the copies of a PRIVATE mapping."""
        return self._as_if(p, ForceSavesPrivate)

    @mistake("nothing-extends")
    def nothing_extends(self, p: MapConfig) -> Answers | None:
        """A file is never extended by mapping it."""
        return self._as_if(p, NothingExtends)

    @mistake("closed-unmaps")
    def closed_unmaps(self, p: MapConfig) -> Answers | None:
        """A buffer cannot be used when its channel is closed."""
        return self._as_if(p, ClosedUnmaps)

    @mistake("closed-maps-on")
    def closed_maps_on(self, p: MapConfig) -> Answers | None:
        """A closed channel can still be mapped."""
        return self._as_if(p, ClosedMapsOn)

    @mistake("shared-needs-force")
    def shared_needs_force(self, p: MapConfig) -> Answers | None:
        """Others see what was put only after force."""
        rows, waiting = [], set[int]()
        position, mode = 0, ""
        for op, row in zip(p.ops, _rows(p), strict=True):
            if op.verb == "map" and row["outcome"] == "ok":
                position, mode = op.position, op.mode
            value = row["value"]
            place = position + (op.index or 0)
            if op.verb == "put" and mode == "read_write" and row["outcome"] == "ok":
                waiting.add(place)
                value = 0
            elif op.verb == "force" and mode == "read_write":
                waiting.clear()
            elif op.verb == "file" and place in waiting:
                value = 0
            rows.append({**row, "value": value})
        return {"ops": rows}


def _rows(p: MapConfig, kind: type[Program] = Program) -> list[Mapping[str, object]]:
    found = zip(p.ops, outcomes(p, kind), strict=True)
    return [_row(op.verb, done.outcome, done.value) for op, done in found]


def _row(verb: str, outcome: str, value: int | None) -> Mapping[str, object]:
    return {"outcome": outcome, "value": value if verb in SHOWN else None}
