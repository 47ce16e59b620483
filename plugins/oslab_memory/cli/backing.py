"""The command backing: the virtual-memory manager with a backing store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import natural, one_of
from oslab.quantities import shown
from oslab_memory.backing import (
    STORE_SIZE,
    BackingConfig,
    Policy,
    conventions,
    count,
    parse_addresses,
    run,
)

app = group("The virtual-memory manager with a backing store.")

# A longer line holds no number.
MOST_LINE = 1000


@simulator(app, "backing")
def backing_command(
    addresses: Annotated[
        str, typer.Option(metavar="FILE", help="Logical addresses, one a line; - for stdin.")
    ],
    backing: Annotated[str, typer.Option(metavar="FILE", help="The backing store: 65,536 bytes.")],
    frames: Annotated[str, typer.Option(help="Frames of physical memory.")] = "256",
    tlb: Annotated[str, typer.Option(help="Entries of the TLB.")] = "16",
    tlb_policy: Annotated[str, typer.Option(help="Which TLB entry leaves: fifo or lru.")] = "fifo",
    page_policy: Annotated[str, typer.Option(help="Which page leaves: fifo or lru.")] = "lru",
    *,
    steps: bool | None = None,
) -> Run:
    """Translate a list of addresses and read their bytes: the virtual-memory-manager project."""
    config = BackingConfig(
        addresses=addresses,
        backing=backing,
        frames=natural("--frames", frames, 1),
        tlb_entries=natural("--tlb", tlb, 1),
        tlb_policy=one_of(tlb_policy, get_args(Policy), "--tlb-policy"),
        page_policy=one_of(page_policy, get_args(Policy), "--page-policy"),
    )
    store = _store(backing)
    stream = parse_addresses(_lines(addresses), _called(addresses))
    if steps is False:
        figures = count(config, stream, store)
        return Run(
            command="memory.backing", config=config, conventions=conventions(config),
            metrics=figures,
        )  # fmt: skip
    return run(config, stream, store, telling=steps is True)


def _store(name: str) -> bytes:
    """The bytes of the backing store; one too many where there are more. Raises InputError."""
    try:
        with Path(name).expanduser().open("rb") as file:
            data = file.read(STORE_SIZE + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error, "--backing names a file of 65,536 bytes") from None
    if len(data) < STORE_SIZE:
        raise InputError(
            f"{shown(name, 200)} is too short for a backing store: {len(data)} bytes, {STORE_SIZE} "
            "are needed"
        )
    if len(data) > STORE_SIZE:
        raise InputError(
            f"{shown(name, 200)} is longer than a backing store: {STORE_SIZE} bytes are expected"
        )
    return data


def _lines(name: str) -> Iterator[str]:
    """The lines of a file, read as they are wanted. Raises InputError."""
    if name == "-":
        yield from _decoded(sys.stdin.buffer, name)
        return
    try:
        with Path(name).expanduser().open("rb") as file:
            yield from _decoded(file, name)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _unreadable(
            name, error, "--addresses names a text file, one address a line"
        ) from None


def _decoded(file: BinaryIO, name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(MOST_LINE):
        number += 1
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError(
                f"{_called(name)}, line {number}: this is not text; one address a line is expected"
            ) from None


def _called(name: str) -> str:
    return "standard input" if name == "-" else shown(name, 200)[1:-1]


def _unreadable(name: str, error: Exception, expected: str) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"cannot read {shown(name, 200)}: {reason}; {expected}")
