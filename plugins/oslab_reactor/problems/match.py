"""reactor.match: how many processes, threads and epoll instances known servers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, mistake, rows_of
from oslab_reactor.presets import PresetsConfig, run
from oslab_reactor.servers import Setup, release_of, setup

SERVERS = Table(
    label="n",
    given=("setup",),
    columns={"processes": Int(), "threads": Int(), "epoll_instances": Int()},
    action="preset",
)


@dataclass(frozen=True)
class MatchSpace:
    """Which servers are asked about, as often as they occur, and what their settings may be.

    servers    redis, memcached, kafka, nginx, in any order
    redis      versions of redis, each about as often as the others
    io         io-threads of redis, where its version has them
    workers    threads of memcached
    network    num.network.threads of kafka
    handlers   num.io.threads of kafka
    listeners  of kafka
    processes  worker_processes of nginx
    files      threads of aio threads in nginx, 0 for none
    """

    servers: tuple[str, ...]
    redis: tuple[str, ...]
    io: Choose[int]
    workers: Choose[int]
    network: Choose[int]
    handlers: Choose[int]
    listeners: Choose[int]
    processes: Choose[int]
    files: Choose[int]


class Match(Problem[PresetsConfig, MatchSpace]):
    """Processes, threads and epoll instances of some servers with drawn settings."""

    version = 1
    params = PresetsConfig
    space = MatchSpace
    answers = {"servers": SERVERS}
    required = ("nginx-threads", "no-dispatcher")

    def draw(self, rng: Generator, space: MatchSpace) -> PresetsConfig:
        versions = rng.shuffled(space.redis)
        found = []
        for n, server in enumerate(rng.shuffled(space.servers)):
            version = versions[n % len(versions)] if server == "redis" else ""
            values = {
                "redis": {"io-threads": space.io},
                "memcached": {"threads": space.workers},
                "kafka": {
                    "num.network.threads": space.network,
                    "num.io.threads": space.handlers,
                    "listeners": space.listeners,
                },
                "nginx": {"worker_processes": space.processes, "aio-threads": space.files},
            }[server]
            if version and release_of(version) < (6,):
                values = {}
            found.append(setup(server, version, {n: v.pick(rng) for n, v in values.items()}))
        return PresetsConfig(tuple(found))

    def good(self, p: PresetsConfig) -> bool:
        """No two rows are the same."""
        rows = [tuple(row.values()) for row in rows_of(run(p), SERVERS)]
        return len(set(rows)) == len(rows)

    def present(self, p: PresetsConfig) -> Mapping[str, Figure]:
        return {"servers": len(p.setups)}

    def rows(self, p: PresetsConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, _said(setup)) for n, setup in enumerate(p.setups, start=1)]

    def run(self, p: PresetsConfig) -> Run:
        return run(p)

    def solve(self, p: PresetsConfig, run: Run) -> Answers:
        return {"servers": rows_of(run, SERVERS)}

    def _but(
        self, p: PresetsConfig, server: str, changed: Callable[[Setup, Mapping[str, int]], Any]
    ) -> Answers | None:
        """The key, with other figures for the settings of one server where `changed` has some."""
        rows, found = [], False
        for given, row in zip(p.setups, self.solve(p, run(p))["servers"], strict=True):
            wrong = changed(given, row) if server in (given.server, "") else None
            found = found or bool(wrong)
            rows.append({**row, **(wrong or {})})
        return {"servers": tuple(rows)} if found else None

    @mistake("nginx-threads")
    def nginx_threads(self, p: PresetsConfig) -> Answers | None:
        """One process; a main reactor that accepts, and as many threads as there are workers."""
        return self._but(
            p,
            "nginx",
            lambda given, row: {
                "processes": 1,
                "epoll_instances": 1 + _value(given, "worker_processes"),
            },
        )

    @mistake("no-dispatcher")
    def no_dispatcher(self, p: PresetsConfig) -> Answers | None:
        """The threads that accept are forgotten."""

        def without(given: Setup, row: Mapping[str, int]) -> Mapping[str, int] | None:
            if given.server not in ("memcached", "kafka"):
                return None
            acceptors = 1 if given.server == "memcached" else _value(given, "listeners")
            return {
                "threads": row["threads"] - acceptors,
                "epoll_instances": row["epoll_instances"] - acceptors,
            }

        return self._but(p, "", without)

    @mistake("one-acceptor")
    def one_acceptor(self, p: PresetsConfig) -> Answers | None:
        """One thread accepts for the whole server, whatever its listeners and processes."""

        def one(given: Setup, row: Mapping[str, int]) -> Mapping[str, int] | None:
            if given.server == "nginx":
                return {"epoll_instances": 1 + row["epoll_instances"]}
            if given.server != "kafka":
                return None
            more = _value(given, "listeners") - 1
            return {
                "threads": row["threads"] - more,
                "epoll_instances": row["epoll_instances"] - more,
            }

        return self._but(p, "", one)

    @mistake("one-listener")
    def one_listener(self, p: PresetsConfig) -> Answers | None:
        """num.network.threads are taken for those of the whole broker."""

        def once(given: Setup, row: Mapping[str, int]) -> Mapping[str, int]:
            more = _value(given, "num.network.threads") * (_value(given, "listeners") - 1)
            return {
                "threads": row["threads"] - more,
                "epoll_instances": row["epoll_instances"] - more,
            }

        return self._but(p, "kafka", once)

    @mistake("pool-once")
    def pool_once(self, p: PresetsConfig) -> Answers | None:
        """aio threads starts its threads once, not in each worker."""

        def once(given: Setup, row: Mapping[str, int]) -> Mapping[str, int]:
            more = _value(given, "aio-threads") * (_value(given, "worker_processes") - 1)
            return {"threads": row["threads"] - more}

        return self._but(p, "nginx", once)

    @mistake("pool-has-epoll")
    def pool_has_epoll(self, p: PresetsConfig) -> Answers | None:
        """The threads that read files are taken for reactors."""

        def each(given: Setup, row: Mapping[str, int]) -> Mapping[str, int]:
            files = _value(given, "aio-threads")
            return {"epoll_instances": row["epoll_instances"] * (1 + files)}

        return self._but(p, "nginx", each)

    @mistake("single-thread")
    def single_thread(self, p: PresetsConfig) -> Answers | None:
        """redis is one thread and nothing else."""
        return self._but(p, "redis", lambda given, row: {"threads": 1, "epoll_instances": 1})

    @mistake("loops-since-6")
    def loops_since_6(self, p: PresetsConfig) -> Answers | None:
        """Each I/O thread of redis is taken to wait in an epoll of its own, in any version."""
        return self._but(
            p, "redis", lambda given, row: {"epoll_instances": _value(given, "io-threads")}
        )

    @mistake("one-loop")
    def one_loop(self, p: PresetsConfig) -> Answers | None:
        """Only the main thread of redis waits in epoll, in any version."""
        return self._but(p, "redis", lambda given, row: {"epoll_instances": 1})

    @mistake("main-besides")
    def main_besides(self, p: PresetsConfig) -> Answers | None:
        """io-threads are taken to be others than the main thread."""

        def more(given: Setup, row: Mapping[str, int]) -> Mapping[str, int] | None:
            return {"threads": row["threads"] + 1} if _value(given, "io-threads") > 1 else None

        return self._but(p, "redis", more)


def _value(given: Setup, name: str) -> int:
    [value] = [setting.value for setting in given.values if setting.name == name]
    return value


def _said(given: Setup) -> str:
    """A server with all its settings; those that are off, or that its version lacks, are left out."""
    off = {"aio-threads": 0, "io-threads": 1}
    shown = [f"{v.name}={v.value}" for v in given.values if off.get(v.name) != v.value]
    return " ".join([f"{given.server} {given.version}", *shown])
