"""multiplex.ready-list: who comes first when a wait can return a few only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, List, Problem, Run, ShortText, Table, mistake
from oslab_multiplex.machine import Machine
from oslab_multiplex.problems.misread import EdgeRepeats
from oslab_multiplex.problems.oneshot_misread import (
    ByNumber,
    FirstStayFirst,
    NewestFirst,
    RestLost,
    having,
)
from oslab_multiplex.problems.outcomes import commonest, drawn, outcomes
from oslab_multiplex.problems.scripts import config_of, explained, presented, wait_rows, waits_of
from oslab_multiplex.script import Op, ctl, make, read, wait, write
from oslab_multiplex.simulate import MultiplexConfig

NAMES = ("a", "b", "c", "d", "e", "f")
BETWEEN = Fraction(3, 4)


@dataclass(frozen=True)
class ReadyListSpace:
    """counters watched; edge: how many of them are edge-triggered; most: returned by a wait; waits;
    changes: whether counters are read and written between the waits."""

    counters: Choose[int]
    edge: Choose[int]
    most: Choose[int]
    waits: Choose[int]
    changes: bool


class ReadyList(Problem[MultiplexConfig, ReadyListSpace]):
    """The tags that each wait returns, in order."""

    version = 1
    params = MultiplexConfig
    space = ReadyListSpace
    required = ("no-rotation", "fd-order", "rest-lost")
    answers = {
        "waits": Table(label="n", given=("operation",), columns={"returned": List(ShortText())}),
    }

    def draw(self, rng: Generator, space: ReadyListSpace) -> MultiplexConfig:
        return drawn(lambda: self._draw(rng, space), self.good)

    def _draw(self, rng: Generator, space: ReadyListSpace) -> MultiplexConfig:
        names = NAMES[: space.counters.pick(rng)]
        edges = rng.sample(names, space.edge.pick(rng))
        ops = [make("eventfd", name) for name in names]
        ops.append(make("epoll", "ep"))
        ops += [ctl("ep", "add", name, "in,et" if name in edges else "in") for name in names]
        # Not all are ready at once, or there would be nothing to come later.
        ready = rng.shuffled(names)[: len(names) - rng.below(2)]
        ops += [write(name, 1) for name in ready]
        most = min(space.most.pick(rng), len(ready) - 1)
        for n in range(space.waits.pick(rng)):
            if n and space.changes and rng.chance(BETWEEN):
                ops.append(self._change(rng, names))
            ops.append(wait("ep", most))
        return config_of(ops)

    def _change(self, rng: Generator, names: Sequence[str]) -> Op:
        name = rng.choice(names)
        return write(name, 1) if rng.chance(Fraction(2, 3)) else read(name)

    def good(self, p: MultiplexConfig) -> bool:
        """No wait's answer stands there often."""
        rows = [row["returned"] for row in self._seen(p, Machine)["waits"]]
        return 3 * commonest(rows) <= len(rows) + 1

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        most = next(op.number for op in p.ops if op.verb == "wait") or 0
        return {**presented(p), "most": most}

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return wait_rows(p)

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p, "waits", "numbers")

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        said = [step.result["ready"] for step in waits_of(run)]
        return {"waits": [{"returned": tuple(e["tag"] for e in ready)} for ready in said]}

    def _seen(self, p: MultiplexConfig, kind: type[Machine]) -> Answers:
        """What the waits return on this machine."""
        waits = [outcome for op, outcome in outcomes(p, kind) if op.verb == "wait"]
        return {"waits": [{"returned": tuple(e.tag for e in each.events)} for each in waits]}

    @mistake("no-rotation")
    def no_rotation(self, p: MultiplexConfig) -> Answers | None:
        """What was returned stays in front."""
        return self._seen(p, having(FirstStayFirst))

    @mistake("fd-order")
    def fd_order(self, p: MultiplexConfig) -> Answers | None:
        """The lowest numbers come first."""
        return self._seen(p, having(ByNumber))

    @mistake("rest-lost")
    def rest_lost(self, p: MultiplexConfig) -> Answers | None:
        """What did not fit is not returned later."""
        return self._seen(p, having(RestLost))

    @mistake("newest-first")
    def newest_first(self, p: MultiplexConfig) -> Answers | None:
        """What became ready last comes first."""
        return self._seen(p, having(NewestFirst))

    @mistake("edge-is-level")
    def edge_is_level(self, p: MultiplexConfig) -> Answers | None:
        """Edge-triggered ones come again without a new write."""
        if not any("et" in op.events for op in p.ops):
            return None
        return self._seen(p, EdgeRepeats)
