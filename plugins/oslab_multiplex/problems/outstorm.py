"""multiplex.out-storm: EPOLLOUT left on in level mode, after there is nothing to send any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Answers, Bool, Choose, Figure, Generator, Int, Problem, Run, Table, mistake
from oslab_multiplex.pipe import PAGE, SLOTS
from oslab_multiplex.problems.scripts import config_of, explained
from oslab_multiplex.script import Op, ctl, make, read, wait, write
from oslab_multiplex.simulate import MultiplexConfig, machine_for

FULL = SLOTS * PAGE
Row = Mapping[str, Any]


@dataclass(frozen=True)
class OutStormSpace:
    """What is to be sent, and how the reader goes on.

    backlog  pages to send when the pipe is full
    rounds   how many times the program waits
    pages    pages the reader takes before a wait; 0 for none, -1 for half a page
    """

    backlog: Choose[int]
    rounds: Choose[int]
    pages: Choose[int]


class OutStorm(Problem[MultiplexConfig, OutStormSpace]):
    """Each wait: whether it reports OUT, the bytes sent then, the bytes in the pipe then; the waits that
    returned for nothing."""

    version = 1
    params = MultiplexConfig
    space = OutStormSpace
    answers = {
        "waits": Table(
            label="n", given=("reader",), columns={"out": Bool(), "sent": Int(), "held": Int()}
        ),
        "useless": Int(),
    }
    required = ("reported-when-needed", "all-fits")

    def draw(self, rng: Generator, space: OutStormSpace) -> MultiplexConfig:
        backlog = space.backlog.pick(rng) * PAGE
        reads = [
            PAGE // 2 if (n := space.pages.pick(rng)) < 0 else n * PAGE
            for _ in range(space.rounds.pick(rng))
        ]
        return _script(reads, backlog)

    def good(self, p: MultiplexConfig) -> bool:
        """All is sent in several parts, and some waits return for nothing after that."""
        rows = _rows(p)
        sent = [row["sent"] for row in rows if row["sent"]]
        return (
            len(sent) >= 4
            and sum(sent) == _backlog(p)
            and sum(row["out"] and not row["sent"] for row in rows) >= 2
            and 4 * max(map(rows.count, rows)) <= len(rows) + 1
        )

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        return {"backlog": _backlog(p), "full": FULL}

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, size) for n, size in enumerate(_reads(p), start=1)]

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p, "pipe_wake")

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        calls = [
            (step.action, step.result["returned"])
            for step in run.steps
            if step.action in ("read", "write", "wait") and not step.result["errno"]
        ]
        return _answers(_counted(calls))

    @mistake("reported-when-needed")
    def reported_when_needed(self, p: MultiplexConfig) -> Answers | None:
        """OUT is reported only while the program has something to send."""
        return _answers([row if row["sent"] else {**row, "out": False} for row in _rows(p)])

    @mistake("all-fits")
    def all_fits(self, p: MultiplexConfig) -> Answers | None:
        """When OUT is reported, all there is to send fits into the pipe."""
        left, held, rows = _backlog(p), FULL, []
        for size, row in zip(_reads(p), _rows(p), strict=True):
            sent = left if row["out"] else 0
            left, held = left - sent, held - size + sent
            rows.append({"out": row["out"], "sent": sent, "held": held})
        return _answers(rows)

    @mistake("any-byte-is-room")
    def any_byte_is_room(self, p: MultiplexConfig) -> Answers | None:
        """A pipe has room for as many bytes as were read, whole pages or not."""
        left, room, rows = _backlog(p), 0, []
        for size in _reads(p):
            room += size
            sent = min(left, room)
            rows.append({"out": room > 0, "sent": sent, "held": FULL - room + sent})
            left, room = left - sent, room - sent
        return _answers(rows)

    @mistake("silent-counted")
    def silent_counted(self, p: MultiplexConfig) -> Answers | None:
        """Waits that return nothing are counted among the useless returns."""
        return {"useless": sum(not row["sent"] for row in _rows(p))}


def _script(reads: Sequence[int], backlog: int) -> MultiplexConfig:
    """The script of the program: at each OUT it writes what is left to send, and does not take OUT away."""
    ops = [make("pipe", "a"), write("a.w", FULL), make("epoll", "e"), ctl("e", "add", "a.w", "out")]
    machine = machine_for(config_of(()))
    for op in ops:
        machine.do(op)
    left = backlog
    for size in reads:
        done: list[Op] = [read("a.r", size)] if size else []
        done.append(wait("e"))
        for op in done:
            outcome = machine.do(op)
        if outcome.value and left:
            done.append(write("a.w", left))
            left -= machine.do(done[-1]).value
        ops += done
    return config_of(ops)


def _reads(p: MultiplexConfig) -> list[int]:
    """Bytes the reader takes before each wait."""
    sizes, size = [], 0
    for op in p.ops:
        if op.verb == "read":
            size = op.number or 0
        if op.verb == "wait":
            sizes.append(size)
            size = 0
    return sizes


def _backlog(p: MultiplexConfig) -> int:
    """What the program has to send when the pipe is full: what its first write after a wait is given."""
    waited = False
    for op in p.ops:
        waited = waited or op.verb == "wait"
        if waited and op.verb == "write":
            return op.number or 0
    return 0


def _rows(p: MultiplexConfig) -> list[Row]:
    """The rows without a run."""
    machine = machine_for(p)
    return _counted([(op.verb, machine.do(op).value) for op in p.ops])


def _counted(calls: Sequence[tuple[str, int]]) -> list[Row]:
    """The rows from calls that succeeded and what they returned."""
    rows: list[dict[str, Any]] = []
    held = 0
    for verb, value in calls:
        if verb == "wait":
            rows.append({"out": value > 0, "sent": 0, "held": held})
        elif verb in ("read", "write"):
            held += value if verb == "write" else -value
            if rows and verb == "write":
                rows[-1] |= {"sent": value, "held": held}
    return [*rows]


def _answers(rows: Sequence[Row]) -> Answers:
    return {
        "waits": tuple(rows),
        "useless": sum(row["out"] and not row["sent"] for row in rows),
    }
