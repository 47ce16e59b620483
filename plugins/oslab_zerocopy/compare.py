"""All paths for one transfer, side by side.

The row ``sendfile`` is for a network card that does not gather, ``sendfile-sg`` for one that does; the other
rows follow `nic_sg`. Where it is said that the card does not gather there is no row ``sendfile-sg``, and where
a chunk is not in whole blocks none for ``direct``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction

from oslab import Int, Lanes, Run, Step, Value
from oslab_zerocopy import transfer
from oslab_zerocopy.paths import PATHS, Path, PathName
from oslab_zerocopy.transfer import BLOCK, Terms, Totals, TransferConfig

SHOWN = (
    "syscalls", "mode_switches", "cpu_copies", "dma_copies", "cpu_bytes", "dma_bytes", "time_ns",
)  # fmt: skip


def configs(terms: Terms) -> Iterator[TransferConfig]:
    """The transfers that are compared."""
    values = {f.name: getattr(terms, f.name) for f in fields(Terms)}
    for name in PATHS:
        if name == "sendfile-sg" and not terms.nic_sg:
            continue
        if name == "direct" and terms.chunk % BLOCK:
            continue
        yield _without_gathering(TransferConfig(path=name, **values), name)


def _without_gathering(config: TransferConfig, name: PathName) -> TransferConfig:
    alone = name == "sendfile" and not config.loopback
    return replace(config, nic_sg=False) if alone else config


def run(terms: Terms) -> Run:
    """Count every path.

    compare   given path; result textbook, amortised (mode switches in either count), cpu_copies,
              dma_copies
    time      state time: for each path its time, in calls, copies by the CPU and moves by DMA

    Metrics: paths, each path's figures by its name, as `transfer.count` has them; and of the paths that
    begin with a file and end in a socket, those with the fewest mode_switches (fewest_switches), the
    fewest bytes copied by the CPU (fewest_cpu_bytes) and the least time (fastest).
    """
    steps, found = [], dict[str, dict[str, Value]]()
    lanes = dict[str, tuple[tuple[float, float, str], ...]]()
    for config in configs(terms):
        figures = transfer.count(config)
        totals = transfer.tally(config)
        found[config.path] = {name: figures[name] for name in SHOWN}
        lanes[config.path] = _bars(config, totals)
        steps.append(
            Step(
                action="compare",
                given={"path": config.path},
                result={
                    "textbook": totals.mode_switches("textbook"),
                    "amortised": totals.mode_switches("amortised"),
                    "cpu_copies": totals.cpu_copies,
                    "dma_copies": totals.dma_copies,
                },
            )
        )
    steps.append(Step(action="time", state={"time": Lanes(lanes)}))
    rules: dict[str, Value] = {"rows": "sendfile"} if not terms.loopback else {}
    for config in configs(terms):
        rules |= {k: v for k, v in transfer.conventions(config).items() if k != "nic_sg"}
    if not terms.loopback:
        rules["nic_sg"] = terms.nic_sg
    rules["best"] = "file-to-socket"
    return Run(
        command="zerocopy.compare",
        config=terms,
        conventions=rules,
        asks={"compare": {"textbook": Int(), "cpu_copies": Int()}},
        steps=tuple(steps),
        metrics={
            "fewest_switches": _least(found, "mode_switches"),
            "fewest_cpu_bytes": _least(found, "cpu_bytes"),
            "fastest": _least(found, "time_ns"),
            "paths": found,
        },
    )


def _bars(config: TransferConfig, totals: Totals) -> tuple[tuple[float, float, str], ...]:
    """The time of a path: all calls, then what the CPU copies, then what DMA moves."""
    parts = (
        ("calls", config.call_ns * totals.syscalls("total")),
        ("CPU", config.cpu_byte_ns * totals.cpu_bytes),
        ("DMA", config.dma_byte_ns * totals.dma_bytes),
    )
    bars, end = [], Fraction(0)
    for label, time in parts:
        if time:
            bars.append((float(end), float(end + time), label))
        end += time
    return tuple(bars)


def _least(found: dict[str, dict[str, Value]], figure: str) -> tuple[str, ...]:
    """The paths from a file to a socket that have the least of a figure."""
    candidates = {
        name: Fraction(figures[figure])  # type: ignore[arg-type]
        for name, figures in found.items()
        if _sends_a_file(PATHS[name])  # type: ignore[index]
    }
    least = min(candidates.values())
    return tuple(name for name, value in candidates.items() if value == least)


def _sends_a_file(path: Path) -> bool:
    return path.source == "file" and path.target == "socket"
