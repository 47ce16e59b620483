"""What `oslab reactor presets` tells: known servers with their settings, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oslab import Choice, InputError, Int, Run, Step, Value
from oslab_reactor.servers import Server, Setup, build

MOST_SETUPS = 100
MOST_CONNECTIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class PresetsConfig:
    """Servers to tell about.

    setups       servers with their settings
    connections  open connections of each, whose epoll entries are counted

    Raises InputError for no server, for more than 100, and for too many connections.
    """

    setups: tuple[Setup, ...]
    connections: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.setups) <= MOST_SETUPS:
            raise InputError(f"1 to {MOST_SETUPS} servers are expected, not {len(self.setups)}")
        if not 0 <= self.connections <= MOST_CONNECTIONS:
            raise InputError(
                f"a server has 0 to {MOST_CONNECTIONS} connections here, not {self.connections}"
            )


def run(config: PresetsConfig) -> Run:
    """One step for each server, and one that says which models they are.

    preset  given setup (with its defaults); result what `servers.Server` says of it, edge, level (entries of
            its epoll instances)
    models  the nearest model of each, as `Shape.label` writes it
    """
    servers = [build(setup) for setup in config.setups]
    steps = [
        Step(
            action="preset",
            given={
                "setup": setup.settings,
                "server": setup.server,
                "connections": config.connections or None,
            },
            result=_told(server, config.connections),
            group=n,
        )
        for n, (setup, server) in enumerate(zip(config.setups, servers, strict=True), start=1)
    ]
    nearest = {str(s): server.shape.label for s, server in zip(config.setups, servers, strict=True)}
    text = ", ".join(f"{setup} = {label}" for setup, label in nearest.items())
    steps.append(Step(action="models", result={"models": text}, group=len(steps) + 1))
    asks = {
        "processes": Int(),
        "threads": Int(),
        "epoll_instances": Int(),
        "acceptors": Int(),
        "executors": Int(),
        "trigger": Choice("level", "edge"),
    }
    if config.connections:
        asks |= {"edge": Int(), "level": Int()}
    watched = {"preset_watched": config.connections} if config.connections else {}
    return Run(
        command="reactor.presets",
        config=config,
        conventions={"preset_threads": "counted", "preset_epoll": "counted", **watched},
        asks={"preset": asks},
        steps=tuple(steps),
        metrics={
            "servers": tuple(
                {"setup": str(setup), **{name: getattr(server, name) for name in BESIDE}}
                for setup, server in zip(config.setups, servers, strict=True)
            )
        },
    )


FIGURES = (
    "processes", "threads", "background", "io_threads", "executors", "acceptors", "epoll_instances",
    "trigger", "listen_trigger",
)  # fmt: skip
"""What there is to say of every server, by the names of `servers.Server`."""
BESIDE = (
    "processes", "threads", "epoll_instances", "acceptors", "executors", "trigger", "listen_trigger",
)  # fmt: skip
"""Those of them that are shown side by side."""


def _told(server: Server, connections: int) -> Mapping[str, Value]:
    """The figures, and which sentences are true."""
    edge, level = server.watched(connections)
    return {
        **{name: getattr(server, name) for name in FIGURES},
        "edge": edge,
        "level": level,
        **dict.fromkeys(server.notes, True),
    }
