"""What the problem types on one transfer share: their space, how one is drawn and presented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, Run
from oslab.quantities import format_size
from oslab_zerocopy import transfer
from oslab_zerocopy.journey import run
from oslab_zerocopy.paths import MOST, PathName
from oslab_zerocopy.transfer import BLOCK, Count, TransferConfig


@dataclass(frozen=True)
class TransferSpace:
    """Which transfers.

    path          the path
    chunk         bytes for which the program asks in one call
    chunks        how many chunks it asks for; the size follows
    whole         whether the last one is whole; else any number of bytes of it remain, in hundreds
    cached, nic_sg, loopback, reflink, pipe_size, batch, sqpoll, notify_every, count
                  as in `oslab_zerocopy.transfer.Terms`
    """

    path: Choose[PathName]
    chunk: Choose[int]
    chunks: Choose[int]
    whole: Choose[bool]
    cached: Choose[bool]
    nic_sg: Choose[bool]
    loopback: Choose[bool]
    reflink: Choose[bool]
    pipe_size: Choose[int]
    batch: Choose[int]
    sqpoll: Choose[bool]
    notify_every: Choose[int]
    count: Choose[Count]


def draw_transfer(rng: Generator, space: TransferSpace) -> TransferConfig:
    """A transfer out of a space, without costs."""
    chunk = space.chunk.pick(rng)
    size = chunk * space.chunks.pick(rng)
    if not space.whole.pick(rng):
        size -= rng.between(1, max(1, (chunk - 1) // 100)) * 100 if chunk > 100 else 0
    return TransferConfig(
        path=space.path.pick(rng),
        size=size,
        chunk=chunk,
        cached=space.cached.pick(rng),
        nic_sg=space.nic_sg.pick(rng),
        loopback=space.loopback.pick(rng),
        reflink=space.reflink.pick(rng),
        pipe_size=space.pipe_size.pick(rng),
        batch=space.batch.pick(rng),
        sqpoll=space.sqpoll.pick(rng),
        notify_every=space.notify_every.pick(rng),
        count=space.count.pick(rng),
        call_ns=Fraction(0),
        cpu_byte_ns=Fraction(0),
        dma_byte_ns=Fraction(0),
    )


def presented(p: TransferConfig) -> Mapping[str, Figure]:
    """What statements show of a transfer."""
    return {
        "path": p.path,
        "size": p.size,
        "chunk": format_size(p.chunk),
        "batch": p.batch,
        "notify_every": p.notify_every,
    }


def about_data(p: TransferConfig) -> Run:
    """The run, with the rules that say where data go but not those that say how calls are counted."""
    found = run(p)
    left_out = ("uncounted", "count", "batch", "sqpoll", "notify_every")
    rules = {name: value for name, value in found.conventions.items() if name not in left_out}
    return replace(found, conventions=rules)


def figures(p: TransferConfig, *names: str) -> Answers:
    """These metrics of a transfer."""
    found = transfer.count(p)
    return {name: found[name] for name in names}


def in_one_call(p: TransferConfig) -> TransferConfig:
    """The transfer as if each call took the whole file."""
    whole = min(-(-p.size // BLOCK) * BLOCK, MOST)
    return replace(p, chunk=whole, pipe_size=whole, batch=1, notify_every=1)


def without_gathering(p: TransferConfig) -> TransferConfig | None:
    """The transfer with a network card that does not gather; None where it has none or no choice."""
    if not p.nic_sg or p.loopback or p.path == "sendfile-sg":
        return None
    return replace(p, nic_sg=False)
