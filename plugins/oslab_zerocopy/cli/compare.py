"""The command compare: all paths for one transfer."""

from __future__ import annotations

from oslab import Run, group, simulator
from oslab_zerocopy import compare
from oslab_zerocopy.cli import terms
from oslab_zerocopy.transfer import Terms

app = group("All paths side by side.")


@simulator(app, "compare")
def compare_command(
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
) -> Run:
    """Count system calls, mode switches and copies of every path for the same transfer."""
    return compare.run(
        Terms(
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
            )
        )
    )
