"""What `oslab reactor presets` tells: known servers with their settings, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oslab import Choice, InputError, Int, Run, Step, Value
from oslab_reactor.servers import Server, Setup, build

MOST_SETUPS = 100


@dataclass(frozen=True, slots=True)
class PresetsConfig:
    """Servers to tell about.

    setups  servers with their settings

    Raises InputError for none, or for more than 100.
    """

    setups: tuple[Setup, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.setups) <= MOST_SETUPS:
            raise InputError(f"1 to {MOST_SETUPS} servers are expected, not {len(self.setups)}")


def run(config: PresetsConfig) -> Run:
    """One step for each server.

    preset  given setup, server; result what `servers.Server` says of it
    """
    servers = [build(setup) for setup in config.setups]
    steps = [
        Step(
            action="preset",
            given={"setup": str(setup), "server": setup.server},
            result=_told(server),
            group=n,
        )
        for n, (setup, server) in enumerate(zip(config.setups, servers, strict=True), start=1)
    ]
    return Run(
        command="reactor.presets",
        config=config,
        conventions={"preset_threads": "counted", "preset_epoll": "counted"},
        asks={
            "preset": {
                "processes": Int(),
                "threads": Int(),
                "epoll_instances": Int(),
                "acceptors": Int(),
                "executors": Int(),
                "trigger": Choice("level", "edge"),
            }
        },
        steps=tuple(steps),
        metrics={
            "servers": tuple(
                {
                    "setup": str(setup),
                    **{name: getattr(server, name) for name in BESIDE},
                }
                for setup, server in zip(config.setups, servers, strict=True)
            )
        },
    )


FIGURES = (
    "processes", "threads", "background", "io_threads", "executors", "acceptors", "epoll_instances",
    "trigger", "listen_trigger", "model",
)  # fmt: skip
"""What there is to say of every server, by the names of `servers.Server`."""
BESIDE = (
    "processes",
    "threads",
    "epoll_instances",
    "acceptors",
    "executors",
    "trigger",
    "listen_trigger",
)
"""Those of them that are shown side by side."""


def _told(server: Server) -> Mapping[str, Value]:
    """The figures, and what the sentences need besides."""
    return {
        **{name: getattr(server, name) for name in FIGURES},
        "executes": server.executes,
        "instances": server.instances,
        "subreactors": server.subreactors,
        "workers": server.workers,
        **dict.fromkeys(server.notes, True),
    }
