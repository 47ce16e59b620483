"""Drawing scripts whose waits have something to say, and what problem types on scripts have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from oslab import Choose, Code, Figure, Generator, Run, Step
from oslab_multiplex.machine import Machine
from oslab_multiplex.script import Op, close, ctl, listing, make, read, wait, write
from oslab_multiplex.simulate import MultiplexConfig, run

Kind: TypeAlias = Literal["pipe", "unix", "eventfd"]
Trigger: TypeAlias = Literal["level", "edge", "mixed", "two"]
# Where level and edge are compared, what tells them apart is a read of part of the data.
READS, PARTS = Fraction(2, 5), Fraction(3, 5)
READS_OF_TWO, PARTS_OF_TWO = Fraction(3, 5), Fraction(9, 10)
NAMES: Final = {"pipe": "ab", "unix": "st", "eventfd": "vw"}


@dataclass(frozen=True)
class ScriptSpace:
    """What is watched, and how much happens.

    pipes, sockets, eventfds   how many of each are watched (two of a kind at most)
    trigger   level, edge; mixed: level and edge by turns; two: one source, watched by two instances, e in
              level mode and f in edge mode
    out       whether sockets are watched for OUT, too
    waits     how many
    max       of a wait
    close     whether one of the other ends is closed late in the script
    reads     whether anything is read at all
    """

    pipes: Choose[int]
    sockets: Choose[int]
    eventfds: Choose[int]
    trigger: Choose[Trigger]
    out: Choose[bool]
    waits: Choose[int]
    max: Choose[int]
    close: Choose[bool]
    reads: Choose[bool]


@dataclass(frozen=True, slots=True)
class Source:
    """Something watched: the descriptor read, the one written to, its kind."""

    kind: Kind
    reader: str
    writer: str


def config_of(ops: Sequence[Op]) -> MultiplexConfig:
    """The script on a present-day kernel."""
    return MultiplexConfig("epoll", "slot", 3, tuple(ops))


def draw_script(rng: Generator, space: ScriptSpace) -> MultiplexConfig:
    """Things made and watched, then writes, reads and waits by turns."""
    counts: Mapping[Kind, int] = {
        "pipe": space.pipes.pick(rng),
        "unix": space.sockets.pick(rng),
        "eventfd": space.eventfds.pick(rng),
    }
    sources = [_source(kind, n) for kind, many in counts.items() for n in range(many)]
    ops = [make(source.kind, source.reader.partition(".")[0]) for source in sources]
    trigger = space.trigger.pick(rng)
    instances = ["e", "f"] if trigger == "two" else ["e"]
    ops += [make("epoll", name) for name in instances]
    out = space.out.pick(rng)
    first = rng.below(2)
    for n, source in enumerate(sources):
        for name in instances:
            events = "in,out" if out and source.kind == "unix" else "in"
            edge = name == "f" or trigger == "edge" or (trigger == "mixed" and (n + first) % 2)
            ops.append(ctl(name, "add", source.reader, events + (",et" if edge else "")))
    return config_of(_happening(rng, ops, sources, instances, space.waits.pick(rng), space))


def _source(kind: Kind, n: int) -> Source:
    name = NAMES[kind][n]
    ends = {"pipe": (".r", ".w"), "unix": (".a", ".b"), "eventfd": ("", "")}[kind]
    return Source(kind, name + ends[0], name + ends[1])


def _happening(
    rng: Generator,
    ops: list[Op],
    sources: Sequence[Source],
    instances: Sequence[str],
    waits: int,
    space: ScriptSpace,
) -> list[Op]:
    """Rounds of something written or read and a wait; at times two waits, at times two things before."""
    unread = dict.fromkeys((source.reader for source in sources), 0)
    most = space.max.pick(rng)
    closing = waits - 2 if space.close.pick(rng) else -1
    often, parts = (READS, PARTS) if len(instances) == 1 else (READS_OF_TWO, PARTS_OF_TWO)
    reading = often if space.reads.pick(rng) else Fraction(0)
    moves = (1, 1, 2) if len(instances) == 1 else (1,)
    done = 0
    open_sources = list(sources)
    while done < waits:
        if done == closing and len(open_sources) == len(sources):
            closed = rng.choice([s for s in sources if s.kind != "eventfd"])
            ops.append(close(closed.writer))
            open_sources.remove(closed)
        else:
            for _ in range(rng.choice(moves)):
                ops.append(_moved(rng, sources, open_sources, unread, reading, parts))
        for name in rng.shuffled(instances)[: waits - done]:
            ops.append(wait(name, most))
            done += 1
        if len(instances) == 1 and done < waits and rng.chance(Fraction(1, 4)):
            ops.append(wait(instances[0], most))
            done += 1
    return ops


def _moved(
    rng: Generator,
    sources: Sequence[Source],
    writable: Sequence[Source],
    unread: dict[str, int],
    reading: Fraction,
    parts: Fraction,
) -> Op:
    """Something written to a source, or read from one that has data: all of it, or a part."""
    full = [source for source in sources if reading and unread[source.reader]]
    if full and (not writable or rng.chance(reading)):
        source = rng.choice(full)
        there = unread[source.reader]
        if source.kind == "eventfd":
            unread[source.reader] = 0
            return read(source.reader, 8)
        size = rng.between(1, there - 1) if there > 1 and rng.chance(parts) else there
        unread[source.reader] -= size
        return read(source.reader, size)
    source = rng.choice(writable or sources)
    size = rng.between(1, 9)
    unread[source.reader] = 8 if source.kind == "eventfd" else unread[source.reader] + size
    return write(source.writer, size)


def presented(p: MultiplexConfig) -> Mapping[str, Figure]:
    """What a statement may show of a script."""
    return {"script": Code(listing(p.ops))}


def explained(p: MultiplexConfig, *rules: str, kind: type[Machine] = Machine) -> Run:
    """The run, with those of its conventions that matter to the question."""
    whole = run(p, kind)
    kept = {name: value for name, value in whole.conventions.items() if name in rules}
    return replace(whole, conventions=kept)


def waits_of(run: Run) -> tuple[Step, ...]:
    """The steps that are waits."""
    return tuple(step for step in run.steps if step.action == "wait")


def wait_rows(p: MultiplexConfig) -> Sequence[tuple[str | int, ...]]:
    """A row for each wait: its number in the script, and how it is written."""
    return [(n, str(op)) for n, op in enumerate(p.ops, start=1) if op.verb == "wait"]
