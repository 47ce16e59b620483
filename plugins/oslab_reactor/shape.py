"""How a server is built: which threads there are, and which of them runs which stage.

A request has three stages: it is read, its answer is computed, the answer is written. Before the first
request of a connection the connection is accepted. The models say who does which:

    single                 one reactor does it all; a request once begun is read, computed and written
    pool                   the reactor accepts, reads and writes; the lowest idle worker computes
    multi                  main accepts; connection i belongs to sub-reactor i mod S, which reads and writes
                           it; without workers it computes too, as a single reactor does
    thread-per-connection  main accepts; each connection has a thread that reads, computes and writes
    proactor               the kernel accepts, reads and writes, any number of connections at once; the
                           lowest idle worker computes, when the kernel reports that the read is complete

Source: Schmidt et al., Pattern-Oriented Software Architecture 2, chapter 3 (Reactor, Proactor); Doug Lea,
Scalable IO in Java.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from oslab import InputError
from oslab.quantities import shown

Model: TypeAlias = Literal["single", "pool", "multi", "thread-per-connection", "proactor"]
MODELS: Final[tuple[Model, ...]] = get_args(Model)

Task: TypeAlias = Literal["accept", "read", "compute", "write", "serve"]
"""What a thread does without interruption; `serve` is read, compute and write in one go."""

WITH_WORKERS: Final = ("pool", "proactor")
MOST_THREADS: Final = 100_000
_LABEL: Final = re.compile(r"([a-z-]+)(?:/(\d{1,6})(?:\+(\d{1,6}))?)?(?:\*(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class Shape:
    """The threads of a server.

    model        one of `MODELS`
    instances    independent copies of the model; connection i belongs to copy i mod instances
    subreactors  in each copy: S, at least 1 for multi and 0 for the others
    workers      in each copy: at least 1 for pool and proactor, 0 or more for multi, else 0
    cores        of the machine; None: as many as there are threads, so that nobody waits for one

    Raises InputError for anything else.
    """

    model: Model
    instances: int
    subreactors: int
    workers: int
    cores: int | None

    def __post_init__(self) -> None:
        model = self.model
        if self.instances < 1:
            raise InputError(f"a server has 1 copy or more, not {self.instances}")
        if model == "multi" and self.subreactors < 1:
            raise InputError("the model multi needs at least one sub-reactor; 2 would do")
        if model != "multi" and self.subreactors:
            raise InputError(f"the model {model} has no sub-reactors; multi has")
        if model in WITH_WORKERS and self.workers < 1:
            raise InputError(f"the model {model} needs at least one worker; 2 would do")
        if model in ("single", "thread-per-connection") and self.workers:
            raise InputError(f"the model {model} has no workers; pool, multi and proactor have")
        if min(self.subreactors, self.workers) < 0:
            raise InputError("a server has no fewer than 0 threads of a kind")
        if self.cores is not None and self.cores < 1:
            raise InputError(f"a machine has 1 core or more, not {self.cores}")
        if self.instances * (1 + self.subreactors + self.workers) > MOST_THREADS:
            raise InputError(f"at most {MOST_THREADS} threads are simulated")

    @property
    def label(self) -> str:
        """The server in a word: `single`, `pool/2` with two workers, `multi/2` with two sub-reactors,
        `multi/2+4` with four workers besides, `single*3` in three copies. `read_label` reads it."""
        inside = "+".join(str(n) for n in (self.subreactors, self.workers) if n)
        copies = f"*{self.instances}" if self.instances > 1 else ""
        return f"{self.model}{inside and '/' + inside}{copies}"

    def __str__(self) -> str:
        return self.label

    @property
    def whole(self) -> bool:
        """Whether one thread reads, computes and writes a request without interruption."""
        return self.model in ("single", "thread-per-connection") or (
            self.model == "multi" and not self.workers
        )

    def runner(self, task: Task, connection: int) -> tuple[str, Sequence[int]]:
        """Who may run a task of this connection: the kind of thread, and their numbers. The kernel has
        no numbers."""
        copy, own = connection % self.instances, connection // self.instances
        if task == "compute":
            return "worker", self.crew("worker", copy * self.workers)
        if self.model == "proactor":
            return "kernel", ()
        if self.model in ("single", "pool"):
            return "reactor", (copy,)
        if task == "accept":
            return "main", (copy,)
        if self.model == "multi":
            return "sub", (copy * self.subreactors + own % self.subreactors,)
        return "thread", (connection,)

    def crew(self, kind: str, number: int) -> Sequence[int]:
        """The threads that take their tasks from one queue with this one, itself included."""
        if kind != "worker":
            return (number,)
        first = number - number % self.workers
        return range(first, first + self.workers)

    def name(self, kind: str, number: int) -> str:
        """A thread's name: `reactor`, `main`, `sub0`, `worker1`, `thread2`, `kernel`. Reactor and main are
        numbered where there are copies of them."""
        alone = kind in ("reactor", "main") and self.instances == 1
        return kind if alone or kind == "kernel" else f"{kind}{number}"

    def names(self, connections: Sequence[int]) -> tuple[str, ...]:
        """All threads of the server when these are its connections."""
        kinds = {
            "reactor": range(self.instances if self.model in ("single", "pool") else 0),
            "main": range(
                self.instances if self.model in ("multi", "thread-per-connection") else 0
            ),
            "sub": range(self.instances * self.subreactors),
            "thread": sorted(connections) if self.model == "thread-per-connection" else (),
            "worker": range(self.instances * self.workers),
        }
        return tuple(self.name(kind, n) for kind, numbers in kinds.items() for n in numbers)

    def threads(self, connections: int) -> int:
        """How many threads there are for so many connections."""
        per_copy = {"single": 1, "pool": 1, "multi": 1, "thread-per-connection": 1, "proactor": 0}
        own = connections if self.model == "thread-per-connection" else 0
        return self.instances * (per_copy[self.model] + self.subreactors + self.workers) + own


def read_label(text: str, cores: int | None) -> Shape:
    """The server that `Shape.label` names, on a machine with so many cores. Raises InputError."""
    found = _LABEL.fullmatch(text)
    if not found or found[1] not in MODELS:
        raise InputError(
            f"{shown(text)} is no server; single, pool/2, multi/2, multi/2+4, thread-per-connection, "
            "proactor/2 or single*3 would be"
        )
    model: Model = found[1]
    first, second, copies = (int(n or 0) for n in found.groups()[1:])
    multi = model == "multi"
    return Shape(
        model=model,
        instances=copies or 1,
        subreactors=first if multi else 0,
        workers=second if multi else first,
        cores=cores,
    )
