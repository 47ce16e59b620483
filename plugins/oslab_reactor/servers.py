"""How known servers are built: processes, threads, epoll instances and who does what, from their settings.

What is counted: every thread of every process that accepts, reads, writes or executes requests, and the
server's own background threads that are always there. Not counted: what an allocator, a JIT or a garbage
collector starts, children forked for a snapshot, threads of features that are off by default.

Sources
    redis      src/ae_epoll.c (no EPOLLET), src/networking.c (io-threads of 6.0: the main thread deals out
               sockets and waits), src/iothread.c (8.0: each I/O thread has an event loop of its own; the
               main thread accepts, hands clients to them and executes), src/bio.c (background threads)
    memcached  thread.c (memcached_thread_init, dispatch_conn_new: round robin, notification by eventfd),
               memcached.c main (assoc, LRU maintainer, LRU crawler, slab mover; logger.c)
    kafka      core kafka.network.SocketServer (an Acceptor with a selector for each listener, its
               Processors with one each), KafkaRequestHandlerPool; KIP-788; the JDK's EPollSelectorImpl
               registers without EPOLLET
    nginx      src/event/ngx_event.c (NGX_CLEAR_EVENT on connections, level-triggered listening sockets),
               src/os/unix/ngx_process_cycle.c (the master waits for signals), src/core/ngx_thread_pool.c
               (32 threads by default, since 1.7.11)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import InputError
from oslab.quantities import shown
from oslab_reactor.shape import Model, Shape

Trigger: TypeAlias = Literal["level", "edge"]
Executor: TypeAlias = Literal["main", "workers", "handlers", "processes"]

MOST_THREADS = 1024
_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")


@dataclass(frozen=True, slots=True)
class Server:
    """What is true of a server with these settings.

    name, version    of the server
    model            the model of the engine that it is nearest to
    instances        independent copies of that model, among which connections are divided
    subreactors      in each copy, reactors beside the one that accepts; 0: it does the I/O itself
    workers          in each copy, threads that only execute; 0: those who read execute too
    processes        in all
    threads          in all of them, background ones included
    io_threads       threads that read and write connections
    executors        threads that execute requests
    executes         who that is
    background       threads that touch no connection
    epoll_instances  in all
    acceptors        threads that accept connections
    trigger          of the connections in epoll
    listen_trigger   of the listening sockets
    notes            keys of what else is true, for the words
    """

    name: str
    version: str
    model: Model
    instances: int
    subreactors: int
    workers: int
    processes: int
    threads: int
    io_threads: int
    executors: int
    executes: Executor
    background: int
    epoll_instances: int
    acceptors: int
    trigger: Trigger
    listen_trigger: Trigger
    notes: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """The nearest model, with as many cores as threads."""
        return Shape(self.model, self.instances, self.subreactors, self.workers, None)

    def watched(self, connections: int) -> tuple[int, int]:
        """How many entries its epoll instances have for so many connections and for the listening sockets:
        edge-triggered ones, level-triggered ones. Everyone who accepts waits for one listening socket."""
        edge = connections * (self.trigger == "edge") + self.acceptors * (
            self.listen_trigger == "edge"
        )
        return edge, connections + self.acceptors - edge


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a server: its value if nothing is said, the least and the highest, and since when."""

    default: int
    least: int
    most: int
    since: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A server: versions known here (the oldest, and the one taken if nothing is said) and its settings."""

    oldest: str
    version: str
    options: Mapping[str, Option]
    build: Callable[[str, Mapping[str, int]], Server]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting by its name, and its value."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Setup:
    """A server and all its settings.

    server   redis, memcached, kafka or nginx
    version  such as 8.0
    values   every setting of that server, in the order of `KINDS`

    Raises InputError for a server, a version or a setting that there is not.
    """

    server: str
    version: str
    values: tuple[Setting, ...]

    def __post_init__(self) -> None:
        kind = kind_of(self.server)
        release = release_of(self.version)
        if release < release_of(kind.oldest):
            raise InputError(
                f"{self.server} {self.version}: nothing is known here of versions before {kind.oldest}"
            )
        if [value.name for value in self.values] != list(kind.options):
            raise InputError(f"{self.server} has the settings {', '.join(kind.options)}")
        for value in self.values:
            option = kind.options[value.name]
            if not option.least <= value.value <= option.most:
                raise InputError(
                    f"{self.server}: {value.name} is {option.least} to {option.most}, not {value.value}"
                )
            if (
                value.value != option.default
                and option.since
                and release < release_of(option.since)
            ):
                raise InputError(
                    f"{self.server} has {value.name} since {option.since}, not in {self.version}"
                )

    def __str__(self) -> str:
        kind = KINDS[self.server]
        said = [
            f"{v.name}={v.value}" for v in self.values if v.value != kind.options[v.name].default
        ]
        return " ".join([f"{self.server} {self.version}", *said])

    @property
    def settings(self) -> str:
        """The same with the settings that are at their defaults; those that are off, or that the version
        lacks, are left out."""
        off = {"aio-threads": 0, "io-threads": 1}
        said = [f"{v.name}={v.value}" for v in self.values if off.get(v.name) != v.value]
        return " ".join([f"{self.server} {self.version}", *said])


def setup(server: str, version: str = "", values: Mapping[str, int] | None = None) -> Setup:
    """A server with some settings said and the others at their defaults. Raises InputError."""
    kind = kind_of(server)
    said = dict(values or {})
    for name in said:
        if name not in kind.options:
            raise InputError(
                f"{server} has no setting {shown(name)}; it has {', '.join(kind.options)}"
            )
    return Setup(
        server,
        version or kind.version,
        tuple(
            Setting(name, said.get(name, option.default)) for name, option in kind.options.items()
        ),
    )


def build(given: Setup) -> Server:
    """What is true of the server with these settings."""
    return KINDS[given.server].build(given.version, {v.name: v.value for v in given.values})


def preset(name: str) -> Server:
    """A known server with its default settings. Raises InputError for one that is not known."""
    return build(setup(name))


def kind_of(name: str) -> Kind:
    """The server of that name. Raises InputError."""
    if name not in KINDS:
        raise InputError(f"server {shown(name)} is not one of {', '.join(KINDS)}")
    return KINDS[name]


def release_of(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared. Raises InputError."""
    if not _VERSION.fullmatch(version):
        raise InputError(f"{shown(version)} is not a version; 7.2 would be")
    parts = [int(part) for part in version.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        del parts[-1]
    return tuple(parts)


def _redis(version: str, values: Mapping[str, int]) -> Server:
    io = values["io-threads"]  # the main thread is one of them
    release = release_of(version)
    background = 3 if release >= (4,) else 2 if release >= (2, 4) else 0
    own_loops = release >= (8,) and io > 1
    how = "redis_own_loops" if own_loops else "redis_helpers" if io > 1 else "redis_one_thread"
    return Server(
        name="redis",
        version=version,
        model="multi" if own_loops else "single",
        instances=1,
        subreactors=io - 1 if own_loops else 0,
        workers=1 if own_loops else 0,
        processes=1,
        threads=io + background,
        io_threads=io - 1 if own_loops else io,
        executors=1,
        executes="main",
        background=background,
        epoll_instances=io if own_loops else 1,
        acceptors=1,
        trigger="level",
        listen_trigger="level",
        notes=(how, *(("redis_bio",) if background else ())),
    )


def _memcached(version: str, values: Mapping[str, int]) -> Server:
    workers = values["threads"]
    return Server(
        name="memcached",
        version=version,
        model="multi",
        instances=1,
        subreactors=workers,
        workers=0,
        processes=1,
        threads=1 + workers + 5,
        io_threads=workers,
        executors=workers,
        executes="workers",
        background=5,
        epoll_instances=1 + workers,
        acceptors=1,
        trigger="level",
        listen_trigger="level",
        notes=("memcached_dispatch", "memcached_background"),
    )


def _kafka(version: str, values: Mapping[str, int]) -> Server:
    listeners, handlers = values["listeners"], values["num.io.threads"]
    processors = listeners * values["num.network.threads"]
    return Server(
        name="kafka",
        version=version,
        model="multi",
        instances=1,
        subreactors=processors,
        workers=handlers,
        processes=1,
        threads=listeners + processors + handlers,
        io_threads=processors,
        executors=handlers,
        executes="handlers",
        background=0,
        epoll_instances=listeners + processors,
        acceptors=listeners,
        trigger="level",
        listen_trigger="level",
        notes=("kafka_listener", "kafka_more"),
    )


def _nginx(version: str, values: Mapping[str, int]) -> Server:
    workers, files = values["worker_processes"], values["aio-threads"]
    return Server(
        name="nginx",
        version=version,
        model="single",
        instances=workers,
        subreactors=0,
        workers=0,
        processes=1 + workers,
        threads=1 + workers * (1 + files),
        io_threads=workers,
        executors=workers,
        executes="processes",
        background=1 + workers * files,
        epoll_instances=workers,
        acceptors=workers,
        trigger="edge",
        listen_trigger="level",
        notes=("nginx_processes", *(("nginx_files",) if files else ())),
    )


KINDS: Mapping[str, Kind] = {
    "redis": Kind("2.0", "8.0", {"io-threads": Option(1, 1, 128, "6.0")}, _redis),
    "memcached": Kind("1.6", "1.6", {"threads": Option(4, 1, MOST_THREADS)}, _memcached),
    "kafka": Kind(
        "0.9",
        "3.9",
        {
            "num.network.threads": Option(3, 1, MOST_THREADS),
            "num.io.threads": Option(8, 1, MOST_THREADS),
            "listeners": Option(1, 1, 64),
        },
        _kafka,
    ),
    "nginx": Kind(
        "1.0",
        "1.28",
        {
            "worker_processes": Option(1, 1, MOST_THREADS),
            "aio-threads": Option(0, 0, MOST_THREADS, "1.7.11"),
        },
        _nginx,
    ),
}
"""The servers that are known here, by name."""
