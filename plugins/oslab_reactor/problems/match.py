"""reactor.match: how many processes, threads, epoll instances and entries in these known servers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
WATCHED = Table(
    label="n", given=("setup",), columns={"edge": Int(), "level": Int()}, action="preset"
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
    connections  open connections of each server; 0 where their entries in epoll are not asked about
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
    connections: Choose[int]


class Match(Problem[PresetsConfig, MatchSpace]):
    """Processes, threads and epoll instances of some servers with drawn settings; or how many entries of
    those instances are edge-triggered and how many level-triggered."""

    version = 1
    params = PresetsConfig
    space = MatchSpace
    answers = {"servers": SERVERS, "watched": WATCHED}
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
        return PresetsConfig(tuple(found), space.connections.pick(rng))

    def good(self, p: PresetsConfig) -> bool:
        """No two rows are the same."""
        table = WATCHED if p.connections else SERVERS
        rows = [tuple(row.values()) for row in rows_of(run(p), table)]
        return len(set(rows)) == len(rows)

    def present(self, p: PresetsConfig) -> Mapping[str, Figure]:
        return {"servers": len(p.setups), "connections": p.connections}

    def rows(self, p: PresetsConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, setup.settings) for n, setup in enumerate(p.setups, start=1)]

    def run(self, p: PresetsConfig) -> Run:
        """The run, with the one of its conventions that is about entries where only these are asked for."""
        whole = run(p)
        if not p.connections:
            return whole
        rules = {"preset_watched": whole.conventions["preset_watched"]}
        return replace(whole, conventions=rules)

    def solve(self, p: PresetsConfig, run: Run) -> Answers:
        return {"servers": rows_of(run, SERVERS), "watched": rows_of(run, WATCHED)}

    def _but(
        self,
        p: PresetsConfig,
        server: str,
        changed: Callable[[Setup, Mapping[str, int]], Any],
        answer: str = "servers",
    ) -> Answers | None:
        """The key, with other figures for the settings of one server where `changed` has some; None where
        the answer is not asked for."""
        rows, found = [], False
        for given, row in zip(p.setups, self.solve(p, right(p))[answer], strict=True):
            wrong = changed(given, row) if server in (given.server, "") else None
            found = found or bool(wrong)
            rows.append({**row, **(wrong or {})})
        asked = (answer == "watched") == bool(p.connections)
        return {answer: tuple(rows)} if found and asked else None

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

    @mistake("all-edge")
    def all_edge(self, p: PresetsConfig) -> Answers | None:
        """Listening sockets of nginx, too, are taken to be edge-triggered."""
        return self._but(
            p,
            "nginx",
            lambda given, row: {"edge": row["edge"] + row["level"], "level": 0},
            "watched",
        )

    @mistake("listens-once")
    def listens_once(self, p: PresetsConfig) -> Answers | None:
        """The listening socket of nginx is taken to be in one epoll instance only."""
        return self._but(p, "nginx", lambda given, row: {"level": 1}, "watched")

    @mistake("epoll-is-edge")
    def epoll_is_edge(self, p: PresetsConfig) -> Answers | None:
        """Every server that uses epoll is taken to have its connections edge-triggered."""

        def edge(given: Setup, row: Mapping[str, int]) -> Mapping[str, int] | None:
            if given.server == "nginx":
                return None
            return {"edge": p.connections, "level": row["level"] - p.connections}

        return self._but(p, "", edge, "watched")


@lru_cache(maxsize=1)
def right(p: PresetsConfig) -> Run:
    """The servers of one variant, of which each mistake gets a few wrong."""
    return run(p)


def _value(given: Setup, name: str) -> int:
    [value] = [setting.value for setting in given.values if setting.name == name]
    return value
