"""What a script comes to, without drawings, and draws that are tried over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oslab_multiplex.machine import Machine, Outcome
from oslab_multiplex.script import Op
from oslab_multiplex.simulate import MultiplexConfig, carried_out, machine_for

TRIES = 12


def outcomes(p: MultiplexConfig, kind: type[Machine] = Machine) -> list[tuple[Op, Outcome]]:
    """Each operation and what it came to. A draw asks this often; making a run's drawings takes longer."""
    return [(op, outcome) for _, op, outcome in carried_out(machine_for(p, kind), p.ops)]


def drawn(
    draw: Callable[[], MultiplexConfig], good: Callable[[MultiplexConfig], bool]
) -> MultiplexConfig:
    """A good draw, if one comes up soon; else the last."""
    config = draw()
    for _ in range(TRIES):
        if good(config):
            break
        config = draw()
    return config


def commonest(rows: Sequence[object]) -> int:
    """How often the commonest row stands there."""
    return max(map(rows.count, rows), default=0)
