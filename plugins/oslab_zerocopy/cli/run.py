"""The command run: one transfer on one path."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import one_of, steps_shown
from oslab_zerocopy import journey, transfer
from oslab_zerocopy.cli import terms
from oslab_zerocopy.paths import PATHS

app = group("One transfer, step by step.")


@simulator(app, "run")
def run_command(
    path: Annotated[str, typer.Argument(metavar="PATH", help=f"One of {', '.join(PATHS)}.")],
    size: terms.Size = "64K",
    chunk: terms.Chunk = "64K",
    cached: terms.Cached = "no",
    nic_sg: terms.NicSg = "yes",
    loopback: terms.Loopback = False,
    reflink: terms.Reflink = False,
    pipe_size: terms.PipeSize = "64K",
    batch: terms.Batch = "1",
    sqpoll: terms.Sqpoll = False,
    notify_every: terms.NotifyEvery = "1",
    count: terms.CountOption = "textbook",
    call_time: terms.CallTime = "300ns",
    cpu_byte_time: terms.CpuByteTime = "0.1ns",
    dma_byte_time: terms.DmaByteTime = "0.2ns",
    *,
    steps: bool | None = None,
) -> Run:
    """Send a file on one path: system calls, mode switches, copies by CPU and DMA."""
    config = transfer.TransferConfig(
        path=one_of(path, tuple(PATHS), "the path"),
        **terms.terms(
            size=size,
            chunk=chunk,
            cached=cached,
            nic_sg=nic_sg,
            loopback=loopback,
            reflink=reflink,
            pipe_size=pipe_size,
            batch=batch,
            sqpoll=sqpoll,
            notify_every=notify_every,
            count=count,
            call_time=call_time,
            cpu_byte_time=cpu_byte_time,
            dma_byte_time=dma_byte_time,
        ),
    )
    many = journey.steps_of(config)
    if not steps_shown(steps, many, "steps", "make --chunk larger"):
        return Run(
            command="zerocopy.run",
            config=config,
            conventions=transfer.conventions(config),
            metrics=transfer.count(config),
        )
    return journey.run(config)
