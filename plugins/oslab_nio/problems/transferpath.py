"""nio.transfer-path: what transferTo and transferFrom try, what each call returns, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Answers,
    AnswerType,
    Choice,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab.quantities import format_size
from oslab_nio.channel import (
    INT_MAX,
    PATHS,
    SUPPORT,
    Attempt,
    Jdk,
    Moved,
    Other,
    Process,
    Request,
    Support,
    TransferConfig,
)
from oslab_nio.transfer import Totals, calls, metrics, run

KIB, MIB = 2**10, 2**20
COLUMNS: Mapping[str, AnswerType] = {
    "path": Choice(*PATHS), "transferred": Int(), "syscalls": Int()
}  # fmt: skip


@dataclass(frozen=True)
class TransferSpace:
    """What a process transfers.

    transfers   in any order, as ``to file``, ``from socket``; of each a small or a large count
    jdk         the version
    missing     what the kernel cannot do
    mebibytes   one transfer of so many MiB and some more in place of all that, repeated until it is done
                (0: none)
    room        KiB that a non-blocking socket takes in a call (0: it blocks and takes all)
    gather      whether the network card gathers
    """

    transfers: tuple[str, ...]
    jdk: Choose[Jdk]
    missing: tuple[Support, ...]
    mebibytes: Choose[int]
    room: Choose[int]
    gather: Choose[bool]


class AlwaysSendfile(Process):
    """Every transferTo is a sendfile, whatever the target and the kernel."""

    def transfer_to(self, r: Request) -> Moved:
        if r.position > r.size:
            return super().transfer_to(r)
        moved = min(r.count, r.size - r.position, INT_MAX)
        return Moved((Attempt("sendfile", "ok", 1),), moved, 0)


class FlagsForgotten(Process):
    """sendfile is tried each time anew."""

    def remember(self, target: Other) -> None:
        pass


class FromIsSendfile(Process):
    """transferFrom is a sendfile, too."""

    def transfer_from(self, r: Request) -> Moved:
        return Moved((Attempt("sendfile", "ok", 1),), min(r.count, r.size), 0)


class AllAtOnce(Process):
    """A call moves all that is asked for."""

    def call(self, request: Request) -> Moved:
        moved = super().call(request)
        there = request.size - (request.position if request.direction == "to" else 0)
        return replace(moved, transferred=max(0, min(request.count, there)))


class IntMax(Process):
    """A call moves 2^31 - 1 bytes at most."""

    def call(self, request: Request) -> Moved:
        moved = super().call(request)
        there = request.size - request.position
        if moved.path == "sendfile" and self.config.room is None:
            return replace(moved, transferred=min(request.count, there, INT_MAX))
        return moved


class FailuresFree(Process):
    """Only the system calls that succeed are counted."""

    def call(self, request: Request) -> Moved:
        moved = super().call(request)
        tries = tuple(
            attempt if attempt.outcome == "ok" else replace(attempt, syscalls=0)
            for attempt in moved.attempts
        )
        return replace(moved, attempts=tries)


class TransferPath(Problem[TransferConfig, TransferSpace]):
    """For each call path, return value and system calls; in all calls, system calls, copied bytes."""

    version = 1
    params = TransferConfig
    space = TransferSpace
    answers = {
        "calls": Table(
            label="n",
            given=("operation",),
            columns=COLUMNS,
            action="call",
        ),
        "number": Int(),
        "last": Int(),
        "syscalls": Int(),
        "cpu_bytes": Int(),
    }
    required = ("always-sendfile", "from-is-sendfile")

    def draw(self, rng: Generator, space: TransferSpace) -> TransferConfig:
        mebibytes, room = space.mebibytes.pick(rng), space.room.pick(rng)
        if mebibytes:
            requests: tuple[Request, ...] = (_large(rng, mebibytes * MIB, space.transfers[0]),)
        else:
            requests = tuple(_request(rng, words) for words in rng.shuffled(space.transfers))
        return TransferConfig(
            requests=requests,
            until_done=mebibytes > 0,
            jdk=space.jdk.pick(rng),
            support=tuple(name for name in SUPPORT if name not in space.missing),
            room=room * KIB or None,
            target_size=0,
            gather=space.gather.pick(rng),
        )

    def good(self, p: TransferConfig) -> bool:
        """Few rows are alike."""
        rows = [tuple(_row(made.moved).values()) for made in calls(p)]
        return p.until_done or 2 * max(map(rows.count, rows)) <= len(rows)

    def present(self, p: TransferConfig) -> Mapping[str, Figure]:
        rows = tuple(
            (n, f"{r.direction} {r.other}", r.position, r.count, r.size)
            for n, r in enumerate(p.requests, start=1)
        )
        first = p.requests[0]
        return {
            "jdk": p.jdk,
            "missing": ", ".join(name for name in SUPPORT if name not in p.support) or "-",
            "transfers": Grid(("n", "transfer", "position", "count", "size"), rows),
            "count": first.count,
            "position": first.position,
            "size": first.size,
            "room": format_size(p.room) if p.room else "-",
        }

    def rows(self, p: TransferConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if p.until_done:
            return []
        return [(n, f"{r.direction} {r.other}") for n, r in enumerate(p.requests, start=1)]

    def run(self, p: TransferConfig) -> Run:
        return run(p)

    def solve(self, p: TransferConfig, run: Run) -> Answers:
        rows = [{c: s.result[c] for c in COLUMNS} for s in run.steps if s.action == "call"]
        return self._answers(p, rows, run.metrics)

    def _answers(
        self, p: TransferConfig, rows: Sequence[Mapping[str, Any]], m: Mapping[str, Any]
    ) -> Answers:
        return {
            "calls": [] if p.until_done else rows,
            "number": m["calls"],
            "last": m["last"],
            "syscalls": m["syscalls"],
            "cpu_bytes": m["cpu_bytes"],
        }

    def _as_if(self, p: TransferConfig, kind: type[Process]) -> Answers:
        rows, totals = [], Totals()
        for made in calls(p, kind):
            rows.append(_row(made.moved))
            totals.add(made.moved)
        return self._answers(p, rows, metrics(totals))

    @mistake("always-sendfile")
    def always_sendfile(self, p: TransferConfig) -> Answers | None:
        """sendfile always works."""
        return self._as_if(p, AlwaysSendfile)

    @mistake("flags-forgotten")
    def flags_forgotten(self, p: TransferConfig) -> Answers | None:
        """The kernel is asked again after it has failed."""
        return self._as_if(p, FlagsForgotten)

    @mistake("from-is-sendfile")
    def from_is_sendfile(self, p: TransferConfig) -> Answers | None:
        """transferFrom uses sendfile."""
        return self._as_if(p, FromIsSendfile)

    @mistake("all-at-once")
    def all_at_once(self, p: TransferConfig) -> Answers | None:
        """One call moves everything."""
        return self._as_if(p, AllAtOnce)

    @mistake("int-max")
    def int_max(self, p: TransferConfig) -> Answers | None:
        """The bound of a call is that of an int."""
        return self._as_if(p, IntMax)

    @mistake("failures-free")
    def failures_free(self, p: TransferConfig) -> Answers | None:
        """A system call that fails is not counted."""
        return self._as_if(p, FailuresFree)

    @mistake("old-chain")
    def old_chain(self, p: TransferConfig) -> Answers | None:
        """A new JDK is taken for an old one."""
        if p.jdk != 25:
            return None
        return self._as_if(replace(p, jdk=17), Process)


def _row(moved: Moved) -> Mapping[str, Any]:
    return {column: getattr(moved, column) for column in COLUMNS}


def _request(rng: Generator, words: str) -> Request:
    """One transfer: a count small, middling or of several windows, now and then more than there is."""
    direction, other, *much = words.split()
    if much == ["small"]:
        size = rng.between(3, 15) * 1000
    elif much == ["large"]:
        size = rng.between(9, 40) * MIB
    else:
        size = rng.between(20, 90) * 1000
    position = rng.between(1, 20) * 100 if direction == "to" else 0
    count = size if rng.below(3) == 0 else size - rng.between(1, size // 2000) * 1000
    return Request(direction, other, position, count, size)  # type: ignore[arg-type]


def _large(rng: Generator, least: int, words: str) -> Request:
    direction, other, *_ = words.split()
    position = rng.between(0, 9) * 1000 if direction == "to" else 0
    count = least + rng.between(1, 900) * 1000
    return Request(direction, other, position, count, position + count)  # type: ignore[arg-type]
