"""nio.mapped-ops: the system calls of force, load and isLoaded, and the pages they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_nio.mappedfile import CALLS, Done, MapConfig, Mapped, Program
from oslab_nio.mapping import outcomes, run
from oslab_nio.mapscript import MapOp, Mode, map_op, on_mapping
from oslab_nio.problems.rules import with_rules
from oslab_nio.script import listing

NO_CALL = {"call": "none", "length": 0, "pages": 0}


@dataclass(frozen=True)
class MappedOpsSpace:
    """One map and what follows.

    mode     the mode
    pages    how many pages the buffer has, but for some bytes
    cached   whether the file is resident at the start
    rounds   how many times something is put and then forced, or asked after
    """

    mode: Choose[Mode]
    pages: Choose[int]
    cached: Choose[bool]
    rounds: Choose[int]


class PagePositionForgotten(Program):
    """Pages and lengths are counted from the first byte of the buffer."""

    def _whole(self, buffer: Mapped) -> int:
        return buffer.op.size

    def map_size(self, op: MapOp, page_position: int) -> int:
        return op.size

    def load(self, buffer: Mapped) -> Done:
        done = super().load(buffer)
        pages = -(-buffer.op.size // self.config.page_size)
        return Done(done.outcome, pages, done.call, done.length, pages=pages)

    def force(self, buffer: Mapped, op: MapOp) -> Done:
        done = super().force(buffer, op)
        length = buffer.op.size if op.number is None else op.number
        return Done(
            done.outcome,
            done.value,
            done.call,
            length if done.call == "msync" else 0,
            pages=done.pages,
        )


class ForceSavesAll(Program):
    """force saves every page it is about."""

    def saved(self, buffer: Mapped, index: int, length: int) -> set[int]:
        if not length:
            return set()
        first, last = self._span(buffer, index, length)
        return set(range(first, last + 1))


class LoadOnlyAdvises(Program):
    """load is a hint: nothing is touched."""

    def load(self, buffer: Mapped) -> Done:
        done = super().load(buffer)
        return Done(done.outcome, 0, done.call, done.length)


class MappedOps(Problem[MapConfig, MappedOpsSpace]):
    """For each operation on a mapped buffer: its system call, the length of that, and pages."""

    version = 1
    params = MapConfig
    space = MappedOpsSpace
    answers = {
        "ops": Table(
            label="n",
            given=("operation",),
            columns={"call": Choice(*CALLS), "length": Int(), "pages": Int()},
            action="mapping",
        ),
    }
    required = ("page-position-forgotten", "force-saves-all")

    def draw(self, rng: Generator, space: MappedOpsSpace) -> MapConfig:
        page = 4096
        size = space.pages.pick(rng) * page - rng.between(1, 8) * 100
        within = rng.between(9, 38) * 100
        position = rng.between(0, 4) * page + within
        ops = [map_op(space.mode.pick(rng), position, size), on_mapping("isLoaded")]
        writable = ops[0].mode != "read_only"

        def somewhere() -> int:
            return rng.between(0, size // 100 - 1) * 100

        for n in range(space.rounds.pick(rng)):
            for _ in range(1 if rng.below(3) else 2):
                index = somewhere()
                ops.append(
                    on_mapping("put", index, rng.between(1, 99))
                    if writable
                    else on_mapping("get", index)
                )
            first, last = sorted((somewhere(), somewhere()))
            part = on_mapping("force", first, max(100, last - first))
            ops.append(rng.choice([on_mapping("force"), part, part, on_mapping("isLoaded")]))
            if n == space.rounds.options[0] // 2:
                ops.append(on_mapping("load"))
        ops.append(on_mapping(rng.choice(("isLoaded", "load"))))
        return MapConfig(
            file_size=position + size + rng.between(1, 90) * 1000,
            opened="rw" if writable else "r",
            cached=space.cached.pick(rng),
            granularity=page,
            page_size=page,
            base=0x7F0000000000,
            jdk=17,
            arena=False,
            mmap_fails=0,
            ops=tuple(ops),
        )

    def good(self, p: MapConfig) -> bool:
        """No row too often; a force of less than all changed pages."""
        rows = [tuple(row.values()) for row in _rows(p)]
        return 3 * max(map(rows.count, rows)) <= len(rows)

    def present(self, p: MapConfig) -> Mapping[str, Figure]:
        op = p.ops[0]
        return {
            "mode": op.mode.upper(),
            "position": op.position,
            "size": op.size,
            "page": p.page_size,
            "file": p.file_size,
            "script": Code(listing(p.ops)),
        }

    def rows(self, p: MapConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1)]

    def run(self, p: MapConfig) -> Run:
        return with_rules(run(p), ("granularity", "force_saves", "resident"))

    def solve(self, p: MapConfig, run: Run) -> Answers:
        return {
            "ops": [
                {**NO_CALL, **{c: step.result[c] for c in NO_CALL if c in step.result}}
                for step in run.steps
                if step.action == "mapping"
            ]
        }

    def _as_if(self, p: MapConfig, kind: type[Program]) -> Answers:
        return {"ops": _rows(p, kind)}

    @mistake("page-position-forgotten")
    def page_position_forgotten(self, p: MapConfig) -> Answers | None:
        """Calls begin at the first byte of the buffer."""
        return self._as_if(p, PagePositionForgotten)

    @mistake("force-saves-all")
    def force_saves_all(self, p: MapConfig) -> Answers | None:
        """Pages that were not changed are saved, too."""
        return self._as_if(p, ForceSavesAll)

    @mistake("load-only-advises")
    def load_only_advises(self, p: MapConfig) -> Answers | None:
        """load touches no page."""
        return self._as_if(p, LoadOnlyAdvises)

    @mistake("loaded-by-map")
    def loaded_by_map(self, p: MapConfig) -> Answers | None:
        """What is mapped is resident."""
        whole = _rows(p)
        return {
            "ops": [
                {**row, "pages": whole[0]["pages"]} if op.verb == "isLoaded" else row
                for op, row in zip(p.ops, whole, strict=True)
            ]
        }

    @mistake("get-calls-read")
    def get_calls_read(self, p: MapConfig) -> Answers | None:
        """put and get go to the kernel for their page, as load would."""
        return {
            "ops": [
                {"call": "madvise", "length": 1, "pages": 1} if op.verb in ("put", "get") else row
                for op, row in zip(p.ops, _rows(p), strict=True)
            ]
        }


def _rows(p: MapConfig, kind: type[Program] = Program) -> list[Mapping[str, Any]]:
    return [
        {"call": done.call, "length": done.length, "pages": done.pages}
        for done in outcomes(p, kind)
    ]
