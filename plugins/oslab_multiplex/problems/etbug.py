"""multiplex.et-bug: edge-triggered, and a program that reads a fixed amount at each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, mistake
from oslab_multiplex.problems.misread import EdgeOnRise, EdgeRepeats
from oslab_multiplex.problems.programs import (
    Burst,
    alone,
    bursts_of,
    followed,
    played,
    rows_after,
    rows_as,
    rows_of_run,
    stuck_answers,
    taking_of,
)
from oslab_multiplex.problems.scripts import Kind, explained
from oslab_multiplex.script import close, ctl, make, read, write
from oslab_multiplex.simulate import MultiplexConfig

# A socket is refused more unread data; pipes hold more than is ever drawn.
MOST_LEFT = 20_000


@dataclass(frozen=True)
class EtBugSpace:
    """What arrives.

    source   a pipe, or a pair of sockets
    chunk    bytes the program reads at each event
    bursts   how many times something arrives before the program sleeps again
    writes   of a burst
    percent  bytes of a write, in per cent of the chunk
    close    whether the sender closes at last
    """

    source: Choose[Kind]
    chunk: Choose[int]
    bursts: Choose[int]
    writes: Choose[int]
    percent: Choose[int]
    close: Choose[bool]


class EtBug(Problem[MultiplexConfig, EtBugSpace]):
    """After each burst: bytes read, bytes left; at the end, bytes stuck and since when."""

    version = 1
    params = MultiplexConfig
    space = EtBugSpace
    answers = {
        "bursts": Table(label="n", given=("arrives",), columns={"got": Int(), "left": Int()}),
        "stuck": Int(),
        "line": Int(),
    }
    required = ("all-unread", "last-write-only", "none-stuck")

    def draw(self, rng: Generator, space: EtBugSpace) -> MultiplexConfig:
        name, reader, writer = (
            ("a", "a.r", "a.w") if space.source.pick(rng) == "pipe" else ("s", "s.a", "s.b")
        )
        start = [
            make("pipe" if name == "a" else "unix", name),
            make("epoll", "e"),
            ctl("e", "add", reader, "in,et"),
        ]
        chunk = space.chunk.pick(rng)
        bursts: list[Burst] = [
            tuple(
                write(writer, max(1, chunk * space.percent.pick(rng) // 1000) * 10)
                for _ in range(space.writes.pick(rng))
            )
            for _ in range(space.bursts.pick(rng))
        ]
        if space.close.pick(rng):
            bursts.append((close(writer),))
        return played(start, bursts, [read(reader, chunk)])

    def good(self, p: MultiplexConfig) -> bool:
        """Something is stuck in the end, and not from the first burst on; once what was left is read with what
        comes next."""
        rows = rows_after(p, bursts_of(p))
        lefts = [row["left"] for row in rows]
        return 0 < lefts[-1] <= MOST_LEFT // 2 and len(set(lefts)) > len(lefts) // 2 and 0 in lefts

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        [taking] = taking_of(p)
        return {"chunk": taking.number or 0, "reader": taking.name}

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, _arrives(burst)) for n, burst in enumerate(bursts_of(p), start=1)]

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p)

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        answers = stuck_answers(rows_of_run(run))
        return {**answers, "stuck": run.metrics["stuck_bytes"]}

    def follow(
        self, p: MultiplexConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        return followed(p, before, MOST_LEFT)

    @mistake("all-unread")
    def all_unread(self, p: MultiplexConfig) -> Answers | None:
        """As long as anything is unread there is no further edge."""
        return stuck_answers(rows_as(p, EdgeOnRise))

    @mistake("last-write-only")
    def last_write_only(self, p: MultiplexConfig) -> Answers | None:
        """What earlier bursts left is forgotten."""
        return stuck_answers(alone(p))

    @mistake("none-stuck")
    def none_stuck(self, p: MultiplexConfig) -> Answers | None:
        """The event comes again as long as data is there."""
        return stuck_answers(rows_as(p, EdgeRepeats))

    @mistake("event-per-write")
    def event_per_write(self, p: MultiplexConfig) -> Answers | None:
        """Each write of a burst is reported by itself."""
        bursts = bursts_of(p)
        each = iter(rows_after(p, [(op,) for burst in bursts for op in burst]))
        rows = []
        for burst in bursts:
            parts = [next(each) for _ in burst]
            rows.append({"got": sum(row["got"] for row in parts), "left": parts[-1]["left"]})
        return stuck_answers(tuple(rows))


def _arrives(burst: Burst) -> str:
    """``300 + 200``, or ``close``."""
    return " + ".join("close" if op.verb == "close" else str(op.number) for op in burst)
