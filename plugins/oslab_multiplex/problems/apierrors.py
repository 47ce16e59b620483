"""multiplex.api-errors: which calls fail, and with which error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab import Answers, Choice, Choose, Figure, Generator, Problem, Run, Table, mistake
from oslab_multiplex.epoll import Epoll
from oslab_multiplex.machine import Machine
from oslab_multiplex.problems.oneshot_misread import (
    BlockingRefused,
    FileIsKey,
    UnknownIsBad,
    having,
    holding,
)
from oslab_multiplex.problems.outcomes import commonest, drawn, outcomes
from oslab_multiplex.problems.scripts import config_of, explained, presented
from oslab_multiplex.script import Op, close, ctl, dup, make, wait
from oslab_multiplex.simulate import MultiplexConfig, machine_for

ERRORS = ("0", "EBADF", "EEXIST", "EINVAL", "ELOOP", "ENOENT", "ENOSPC", "EPERM")
ASKED = ("ctl", "wait", "close")
TRIED = 8
TELLING = 3


@dataclass(frozen=True)
class ApiErrorsSpace:
    """calls after the set-up; size for epoll_create, 0: epoll_create1; edge: the share of interests that are
    edge-triggered, in percent; dups: second numbers of the first pipe's read end; closing: whether
    descriptors are closed; odd: whether a regular file is there, and waits for no events."""

    calls: Choose[int]
    size: Choose[int]
    edge: int
    dups: Choose[int]
    closing: bool
    odd: bool


class ApiErrors(Problem[MultiplexConfig, ApiErrorsSpace]):
    """For each call its error, or 0."""

    version = 1
    params = MultiplexConfig
    space = ApiErrorsSpace
    required = ("dup-eexist", "ebadf-for-enoent")
    answers = {
        "calls": Table(label="n", given=("operation",), columns={"error": Choice(*ERRORS)}),
    }

    def draw(self, rng: Generator, space: ApiErrorsSpace) -> MultiplexConfig:
        return drawn(lambda: self._draw(rng, space), self.good)

    def _draw(self, rng: Generator, space: ApiErrorsSpace) -> MultiplexConfig:
        size = space.size.pick(rng)
        ops = [make("pipe", "a"), make("unix", "s"), make("epoll", "e", size or None)]
        dups = space.dups.pick(rng)
        names = [f"d{n + 1}" for n in range(dups)]
        ops += [dup("a.r", name) for name in names]
        # Much must happen to the one file for its numbers to matter.
        targets = ["a.r", "s.a", *names] if dups > 1 else ["a.r", "a.w", "s.a", "s.b", *names]
        if space.odd:
            ops.append(make("file", "f"))
        machine = machine_for(config_of(ops))
        for op in ops:
            machine.do(op)
        many, seen = space.calls.pick(rng), Counter[str]()
        for _ in range(many):
            tried = [self._call(rng, space, targets) for _ in range(TRIED)]
            likely = {op: _likely(machine, op) for op in tried if op != ops[-1]}
            # No error fills the table, and calls that tell the key of the set come first.
            fitting = [op for op, (error, _) in likely.items() if 3 * seen[error] + 2 <= many]
            telling = [op for op in fitting if likely[op][1]]
            for op in (telling or fitting or list(likely) or tried)[:1]:
                ops.append(op)
                seen[machine.do(op).errno] += 1
        return config_of(ops)

    def _call(self, rng: Generator, space: ApiErrorsSpace, targets: Sequence[str]) -> Op:
        if space.odd and rng.chance(Fraction(1, 6)):
            odd = (ctl("e", "add", "f", "in"), ctl("e", "add", "e", "in"), wait("e", 0))
            return rng.choice(odd)
        target = rng.choice(targets)
        if space.closing and rng.chance(Fraction(1, 6)):
            return close(target)
        action = rng.choice(("add", "add", "mod", "del"))
        events = "out" if target == "a.w" else "in"
        edge = rng.chance(Fraction(space.edge, 100))
        return ctl("e", action, target, events + ",et" if edge else events)

    def good(self, p: MultiplexConfig) -> bool:
        """Not the same error everywhere; where one file has several numbers, that matters."""
        key = self._seen(p, Epoll)["calls"]
        if 3 * commonest(key) > len(key) + 1:
            return False
        if sum(op.verb == "dup" for op in p.ops) < 2:
            return True
        pairs = zip(key, self._seen(p, FileIsKey)["calls"], strict=True)
        return len([1 for right, wrong in pairs if right != wrong]) >= TELLING

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        return {**presented(p), "size": next(op.number or 0 for op in p.ops if op.verb == "epoll")}

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1) if op.verb in ASKED]

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p, "numbers")

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        asked = zip(p.ops, run.steps, strict=True)
        errors = [step.result["errno"] or "0" for op, step in asked if op.verb in ASKED]
        return {"calls": [{"error": error} for error in errors]}

    def _seen(self, p: MultiplexConfig, kind: type[Epoll]) -> Answers:
        """The errors if epoll is of this kind."""
        done = outcomes(p, having(kind))
        return {"calls": [{"error": o.errno or "0"} for op, o in done if op.verb in ASKED]}

    @mistake("dup-eexist")
    def dup_eexist(self, p: MultiplexConfig) -> Answers | None:
        """A second number of a watched file is refused."""
        return self._seen(p, FileIsKey) if any(op.verb == "dup" for op in p.ops) else None

    @mistake("ebadf-for-enoent")
    def ebadf_for_enoent(self, p: MultiplexConfig) -> Answers | None:
        """What is open but not registered is called a bad descriptor."""
        return self._seen(p, UnknownIsBad)

    @mistake("blocking-et-einval")
    def blocking_et_einval(self, p: MultiplexConfig) -> Answers | None:
        """EPOLLET is refused for a blocking descriptor."""
        return self._seen(p, BlockingRefused) if _edges(p) else None

    @mistake("size-is-max")
    def size_is_max(self, p: MultiplexConfig) -> Answers | None:
        """The size given to epoll_create bounds the interest set."""
        size = next(op.number for op in p.ops if op.verb == "epoll")
        return self._seen(p, holding(size)) if size else None


def _likely(machine: Machine, op: Op) -> tuple[str, bool]:
    """The error to expect of a call, and whether someone who takes the file for the key expects another.
    A guide for drawing: what is right comes from the run."""
    if op.verb == "wait":
        return "EINVAL", False
    number = machine.names[op.target if op.verb == "ctl" else op.name]
    file = machine.fds.get(number)
    if file is None:
        return "EBADF", False
    if op.verb == "close":
        return "", False
    if not file.pollable or isinstance(file, Epoll):
        return "EINVAL" if file.pollable else "EPERM", False
    members = [fd for known, fd in machine.epolls[0].items if known is file]
    there = number in members
    if op.action == "add":
        return "EEXIST" if there else "", bool(members) and not there
    return "" if there else "ENOENT", there and number != members[0]


def _edges(p: MultiplexConfig) -> bool:
    return any("et" in op.events for op in p.ops)
