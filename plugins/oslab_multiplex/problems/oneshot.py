"""multiplex.oneshot: what waits return when interests are one-shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, List, Problem, Run, Table, mistake
from oslab_multiplex.epoll import Epoll
from oslab_multiplex.problems.oneshot_misread import (
    FiredIsDeleted,
    KeepsFiring,
    ModNeedsNewData,
    having,
)
from oslab_multiplex.problems.outcomes import commonest, drawn, outcomes
from oslab_multiplex.problems.scripts import config_of, explained, presented, wait_rows, waits_of
from oslab_multiplex.reported import Reported, all_written
from oslab_multiplex.script import Op, ctl, make, read, wait, write
from oslab_multiplex.simulate import MultiplexConfig

NAMES = ("a", "b", "c")
REARMED = Fraction(1, 2)


@dataclass(frozen=True)
class OneShotSpace:
    """pipes: of which all but `plain` (the last ones) are one-shot; waits; edge: whether one-shot ones are
    edge-triggered too; again: whether some are added again where MOD would be right."""

    pipes: Choose[int]
    plain: Choose[int]
    waits: Choose[int]
    edge: Choose[bool]
    again: Choose[bool]


class OneShot(Problem[MultiplexConfig, OneShotSpace]):
    """The events of each wait."""

    version = 1
    params = MultiplexConfig
    space = OneShotSpace
    required = ("keeps-firing", "deleted", "mod-needs-new-data")
    answers = {
        "waits": Table(label="n", given=("operation",), columns={"events": List(Reported())}),
    }

    def draw(self, rng: Generator, space: OneShotSpace) -> MultiplexConfig:
        return drawn(lambda: self._draw(rng, space), self.good)

    def _draw(self, rng: Generator, space: OneShotSpace) -> MultiplexConfig:
        names = NAMES[: space.pipes.pick(rng)]
        shots = names[: max(1, len(names) - space.plain.pick(rng))]
        shot = "in,et,oneshot" if space.edge.pick(rng) else "in,oneshot"
        again = space.again.pick(rng)
        ops = [make("pipe", name) for name in names]
        ops.append(make("epoll", "e"))
        ops += [ctl("e", "add", f"{n}.r", shot if n in shots else "in") for n in names]
        ops.append(write(names[0], rng.between(2, 9)))
        for n in range(space.waits.pick(rng)):
            ops += self._between(rng, names, shots, shot, again and n > 1) if n else []
            ops.append(wait("e"))
        return config_of(ops)

    def _between(
        self,
        rng: Generator,
        names: Sequence[str],
        shots: Sequence[str],
        shot: str,
        again: bool,
    ) -> list[Op]:
        """What happens from one wait to the next."""
        found: list[Op] = []
        if rng.chance(REARMED):
            action = "add" if again and rng.chance(Fraction(1, 3)) else "mod"
            found.append(ctl("e", action, f"{rng.choice(shots)}.r", shot))
        kind = rng.below(4)
        if kind < 2:
            found.append(write(rng.choice(names), rng.between(1, 9)))
        elif kind == 2:
            found.append(read(f"{rng.choice(names)}.r", rng.between(1, 9)))
        return rng.shuffled(found)

    def good(self, p: MultiplexConfig) -> bool:
        """Something is returned every now and then, and not always the same."""
        rows = [row["events"] for row in self._seen(p, Epoll)["waits"]]
        return 3 * commonest(rows) <= len(rows) + 1

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return wait_rows(p)

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p, "waits", "numbers")

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        said = [step.result["events"] for step in waits_of(run)]
        return {"waits": [{"events": events} for events in said]}

    def _seen(self, p: MultiplexConfig, kind: type[Epoll]) -> Answers:
        """What the waits return if epoll is of this kind."""
        done = outcomes(p, having(kind))
        return {"waits": [{"events": all_written(o.events)} for op, o in done if op.verb == "wait"]}

    @mistake("keeps-firing")
    def keeps_firing(self, p: MultiplexConfig) -> Answers | None:
        """A one-shot interest goes on being reported."""
        return self._seen(p, KeepsFiring)

    @mistake("deleted")
    def deleted(self, p: MultiplexConfig) -> Answers | None:
        """What was reported once is out of the interest set, so that MOD fails."""
        return self._seen(p, FiredIsDeleted)

    @mistake("mod-needs-new-data")
    def mod_needs_new_data(self, p: MultiplexConfig) -> Answers | None:
        """After MOD only what is written later is reported."""
        return self._seen(p, ModNeedsNewData)
