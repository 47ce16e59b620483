"""The options ``--trace`` and ``--trace-format``, and the accesses of the trace they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from oslab.traces.access import Access

Trace = Annotated[
    str,
    typer.Option(
        "--trace",
        metavar="FILE",
        help="A memory trace: lackey, csapp, din, plain or npy, also compressed; - is stdin.",
        show_default=False,
    ),
]
TraceFormat = Annotated[
    str,
    typer.Option(
        "--trace-format", metavar="NAME", help="Its format, if not told by its content.",
        show_default=False,
    ),
]  # fmt: skip


def read_trace(path: str, format: str = "") -> Iterator[Access]:
    """The accesses of a trace, in bounded memory: see `oslab.traces.reading.read_trace`."""
    from oslab.traces.reading import (
        read_trace as read,
    )  # a command without --trace needs none of it

    return read(path, format)
