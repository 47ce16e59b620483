"""reactor.choose: which server keeps a bound on p99 with the fewest threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Grid, Int, Problem, Run, Table, Time, mistake
from oslab.quantities import format_time
from oslab_reactor.choosing import MS, Candidate, bounds, candidates, chosen
from oslab_reactor.compare import CompareConfig, run
from oslab_reactor.load import Times, count
from oslab_reactor.shape import read_label

SERVERS = Table(label="n", given=("server",), columns={"threads": Int(), "p99": Time(unit="ms")})
KEPT = ("label", "order", "preemption", "cores")
SECOND = 10**9


@dataclass(frozen=True)
class ChooseServerSpace:
    """What there is to choose from, and the load; times in ms.

    servers   as `Shape.label` writes them; `number` of them are drawn
    number    how many
    cores     of the machine, 0: as many as there are threads
    requests  how many come, each on a connection of its own
    gap       between two of them
    io        reading a request, and again writing its answer
    compute   of most requests
    slow      of one of them
    """

    servers: tuple[str, ...]
    number: int
    cores: Choose[int]
    requests: Choose[int]
    gap: Choose[int]
    io: Choose[int]
    compute: Choose[int]
    slow: Choose[int]


class ChooseServer(Problem[CompareConfig, ChooseServerSpace]):
    """Threads and p99 of some servers under a few requests, and the one to take."""

    version = 1
    params = CompareConfig
    space = ChooseServerSpace
    answers = {"servers": SERVERS, "choice": Int()}
    required = ("most-threads", "mean-for-p99")

    def draw(self, rng: Generator, space: ChooseServerSpace) -> CompareConfig:
        cores, requests = space.cores.pick(rng), space.requests.pick(rng)
        gap = space.gap.pick(rng) * MS
        # Not the last one: somebody shall wait for it.
        slow = rng.below(requests - 1)
        compute = [space.compute.pick(rng) for _ in range(requests)]
        compute[slow] = space.slow.pick(rng)
        rate = Fraction(SECOND, gap)
        return CompareConfig(
            shapes=tuple(
                read_label(label, cores or None)
                for label in rng.shuffled(rng.sample(space.servers, space.number))
            ),
            rate_rps=rate,
            rates=(rate,),
            connections=requests,
            arrivals="even",
            accept_ns=Fraction(0),
            io=Times("fixed", (Fraction(space.io.pick(rng) * MS),)),
            compute=Times("listed", tuple(Fraction(ms * MS) for ms in compute)),
            duration_ns=Fraction(gap * requests),
            seed=1,
        )

    def good(self, p: CompareConfig) -> bool:
        """There is a bound that parts the servers, and the choice is not the one with most threads."""
        return _bound(_found(p)) is not None

    def present(self, p: CompareConfig) -> Mapping[str, Figure]:
        bound = _bound(_found(p))
        assert bound is not None
        gap = SECOND / p.rate_rps
        requests = Grid(
            ("request", "connection", "arrives", "computing"),
            tuple(
                (n + 1, n, format_time(n * gap) if n else "0", format_time(compute))
                for n, compute in enumerate(p.compute.values)
            ),
        )
        cores = p.shapes[0].cores
        return {
            "requests": requests,
            "io": format_time(p.io.mean),
            "bound": format_time(bound),
            "cores": "-" if cores is None else cores,
        }

    def rows(self, p: CompareConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, shape.label) for n, shape in enumerate(p.shapes, start=1)]

    def run(self, p: CompareConfig) -> Run:
        """The comparison with those of its conventions that the statement does not say."""
        whole = run(p)
        rules = {n: rule for n, rule in whole.conventions.items() if n.partition("_")[0] in KEPT}
        return replace(whole, conventions=rules)

    def solve(self, p: CompareConfig, run: Run) -> Answers:
        found = candidates(run.metrics)
        return _answers(found, _bound(found))

    def _key(self, p: CompareConfig) -> tuple[tuple[Candidate, ...], Fraction]:
        found = _found(p)
        bound = _bound(found)
        assert bound is not None
        return found, bound

    @mistake("most-threads")
    def most_threads(self, p: CompareConfig) -> Answers | None:
        """The server with the most threads is taken to be the best."""
        found, _ = self._key(p)
        return {"choice": _number(found, max(found, key=lambda c: c.threads))}

    @mistake("mean-for-p99")
    def mean_for_p99(self, p: CompareConfig) -> Answers | None:
        """The average latency is compared with the bound."""
        found, bound = self._key(p)
        return _answers(tuple(replace(c, p99_ns=c.mean_ns) for c in found), bound)

    @mistake("cores-ignored")
    def cores_ignored(self, p: CompareConfig) -> Answers | None:
        """Every thread is taken to have a core."""
        _, bound = self._key(p)
        free = replace(p, shapes=tuple(replace(shape, cores=None) for shape in p.shapes))
        return _answers(_found(free), bound)

    @mistake("fastest")
    def fastest(self, p: CompareConfig) -> Answers | None:
        """The server with the lowest p99 is taken, whatever its threads."""
        found, _ = self._key(p)
        return {"choice": _number(found, min(found, key=lambda c: (c.p99_ns, c.threads)))}

    @mistake("fewest-threads")
    def fewest_threads(self, p: CompareConfig) -> Answers | None:
        """The server with the fewest threads is taken, whatever its latency."""
        found, _ = self._key(p)
        return {"choice": _number(found, min(found, key=lambda c: (c.threads, c.p99_ns)))}


# The servers of a variant, and the same with cores enough.
@lru_cache(maxsize=2)
def _found(p: CompareConfig) -> tuple[Candidate, ...]:
    figures = {shape.label: count(p.at(shape, p.rate_rps)) for shape in p.shapes}
    return candidates({"servers": figures})


def _bound(found: Sequence[Candidate]) -> Fraction | None:
    """The strictest bound in whole ms for which neither most nor fewest threads is the choice."""
    threads = [candidate.threads for candidate in found]
    for bound in bounds(found):
        choice = chosen(found, bound)
        if choice and min(threads) < choice.threads < max(threads):
            return bound
    return None


def _number(found: Sequence[Candidate], choice: Candidate) -> int:
    return 1 + [c.server for c in found].index(choice.server)


def _answers(found: Sequence[Candidate], bound: Fraction | None) -> dict[str, Any]:
    """The table, and the number of the choice; 0 where none keeps the bound, or there is none."""
    choice = None if bound is None else chosen(found, bound)
    return {
        "servers": tuple({"threads": c.threads, "p99": c.p99_ns} for c in found),
        "choice": _number(found, choice) if choice else 0,
    }
