"""multiplex.lost-accepts: an edge-triggered listening socket, and too few accepts at each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, mistake
from oslab_multiplex.problems.misread import EdgeOnRise, EdgeRepeats
from oslab_multiplex.problems.programs import (
    Row,
    alone,
    bursts_of,
    followed,
    played,
    rows_after,
    rows_as,
    rows_of_run,
    taking_of,
)
from oslab_multiplex.problems.scripts import explained
from oslab_multiplex.script import accept, connect, ctl, make
from oslab_multiplex.simulate import MultiplexConfig

MOST_LEFT = 1000


@dataclass(frozen=True)
class LostAcceptsSpace:
    """How connections come.

    bursts       how many times some come before the program sleeps again
    connections  of a burst
    accepts      accept calls at each event
    """

    bursts: Choose[int]
    connections: Choose[int]
    accepts: Choose[int]


class LostAccepts(Problem[MultiplexConfig, LostAcceptsSpace]):
    """After each burst: connections accepted, connections waiting; at the end, those lost, and the first."""

    version = 1
    params = MultiplexConfig
    space = LostAcceptsSpace
    answers = {
        "bursts": Table(label="n", given=("arrives",), columns={"got": Int(), "left": Int()}),
        "lost": Int(),
        "oldest": Int(),
    }
    required = ("accepted-in-the-end", "first-event-only")

    def draw(self, rng: Generator, space: LostAcceptsSpace) -> MultiplexConfig:
        start = [make("listen", "l"), make("epoll", "e"), ctl("e", "add", "l", "in,et")]
        bursts = [
            (connect("l", space.connections.pick(rng)),) for _ in range(space.bursts.pick(rng))
        ]
        return played(start, bursts, [accept("l")] * space.accepts.pick(rng))

    def good(self, p: MultiplexConfig) -> bool:
        """Some are lost, the queue is empty once on the way, and rows differ."""
        rows = rows_after(p, bursts_of(p))
        lefts = [row["left"] for row in rows]
        return lefts[-1] > 0 and 0 in lefts and len(set(lefts)) > len(lefts) // 2

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        return {"accepts": len(taking_of(p))}

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, sum(op.number or 0 for op in burst))
            for n, burst in enumerate(bursts_of(p), start=1)
        ]

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p)

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        return {**_answers(rows_of_run(run)), "lost": run.metrics["stuck_connections"]}

    def follow(
        self, p: MultiplexConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        return followed(p, before, MOST_LEFT)

    @mistake("accepted-in-the-end")
    def accepted_in_the_end(self, p: MultiplexConfig) -> Answers | None:
        """The event comes again as long as a connection waits, as it does in level mode."""
        return _answers(rows_as(p, EdgeRepeats))

    @mistake("first-event-only")
    def first_event_only(self, p: MultiplexConfig) -> Answers | None:
        """As long as a connection waits, further ones are no edge."""
        return _answers(rows_as(p, EdgeOnRise))

    @mistake("last-burst-only")
    def last_burst_only(self, p: MultiplexConfig) -> Answers | None:
        """Connections left from earlier bursts are forgotten."""
        return _answers(alone(p))


def _answers(rows: tuple[Row, ...]) -> Answers:
    """Connections are accepted in the order they came; the oldest waiting follows those accepted."""
    lost = rows[-1]["left"]
    accepted = sum(row["got"] for row in rows)
    return {"bursts": rows, "lost": lost, "oldest": accepted + 1 if lost else 0}
