"""The options that `run` and `compare` share, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_size, parse_time
from oslab_zerocopy.transfer import COUNTS

Size = Annotated[str, typer.Option(help="Bytes to transfer: 64K, 1MiB, 300000.")]
Chunk = Annotated[str, typer.Option(help="Bytes asked for in one call.")]
Cached = Annotated[
    str, typer.Option(metavar="yes/no", help="Whether the file is in the page cache already.")
]
NicSg = Annotated[
    str, typer.Option(metavar="yes/no", help="Whether the network card gathers what it sends.")
]
Loopback = Annotated[bool, typer.Option("--loopback", help="The receiver is on this machine.")]
Reflink = Annotated[
    bool, typer.Option("--reflink", help="The file system can share blocks between files.")
]
PipeSize = Annotated[str, typer.Option(help="Bytes that a pipe holds.")]
Batch = Annotated[str, typer.Option(help="Chunks submitted by one io_uring_enter.")]
Sqpoll = Annotated[
    bool, typer.Option("--sqpoll", help="A kernel thread polls the submission queue (io_uring).")
]
NotifyEvery = Annotated[
    str, typer.Option(help="Chunks for whose notifications one recvmsg is made (MSG_ZEROCOPY).")
]
CountOption = Annotated[
    str,
    typer.Option(
        "--count",
        metavar="/".join(COUNTS),
        help="textbook: calls of each chunk and mmap; amortised: those of each chunk; total: all.",
    ),
]
CallTime = Annotated[str, typer.Option(help="One system call with its two mode switches.")]
CpuByteTime = Annotated[str, typer.Option(help="One byte copied by the CPU.")]
DmaByteTime = Annotated[str, typer.Option(help="One byte moved by DMA.")]


def terms(
    *,
    size: str,
    chunk: str,
    cached: str,
    nic_sg: str,
    loopback: bool,
    reflink: bool,
    pipe_size: str,
    batch: str,
    sqpoll: bool,
    notify_every: str,
    count: str,
    call_time: str,
    cpu_byte_time: str,
    dma_byte_time: str,
) -> Mapping[str, Any]:
    """The fields of `oslab_zerocopy.transfer.Terms`. Raises InputError naming the option."""
    return {
        "size": given("--size", parse_size, size),
        "chunk": given("--chunk", parse_size, chunk),
        "cached": yes("--cached", cached),
        "nic_sg": yes("--nic-sg", nic_sg),
        "loopback": loopback,
        "reflink": reflink,
        "pipe_size": given("--pipe-size", parse_size, pipe_size),
        "batch": natural("--batch", batch, 1),
        "sqpoll": sqpoll,
        "notify_every": natural("--notify-every", notify_every, 1),
        "count": one_of(count, COUNTS, "--count"),
        "call_ns": given("--call-time", parse_time, call_time),
        "cpu_byte_ns": given("--cpu-byte-time", parse_time, cpu_byte_time),
        "dma_byte_ns": given("--dma-byte-time", parse_time, dma_byte_time),
    }


def yes(option: str, text: str) -> bool:
    """Whether an option says yes. Raises InputError for anything but yes and no."""
    options: tuple[Literal["yes", "no"], ...] = ("yes", "no")
    return one_of(text, options, option) == "yes"
