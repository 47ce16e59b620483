"""The options that say what load a server is put under, for the commands run and compare."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from oslab import InputError
from oslab.cli.arguments import read_items
from oslab.cli.options import given
from oslab.quantities import parse_time
from oslab_reactor.load import Times

Connections = Annotated[str, typer.Option(help="Connections; requests arrive on them in turn.")]
IoTime = Annotated[
    str,
    typer.Option(
        metavar="TIME|exponential:MEAN|@FILE",
        help="Reading a request, and again writing its answer: always the same, exponentially "
        "distributed, or the times of a file in turn.",
    ),
]
ComputeTime = Annotated[
    str, typer.Option(metavar="TIME|exponential:MEAN|@FILE", help="Computing the answer, likewise.")
]
AcceptTime = Annotated[str, typer.Option(help="Accepting a connection.")]
Arrivals = Annotated[
    str, typer.Option(help="poisson (exponential intervals) or even (equal ones).")
]
Duration = Annotated[str, typer.Option(help="For how long requests arrive.")]
Seed = Annotated[str, typer.Option(help="Of all that is drawn; the same seed, the same run.")]

MOST_TIMES = 100_000


def times_of(option: str, text: str) -> Times:
    """How long a stage takes, as an option says. Raises InputError naming the option."""
    law, colon, mean = text.partition(":")
    if colon and "exponential".startswith(law.strip() or "?"):
        return Times("exponential", (_time(option, mean),))
    if text.strip().startswith("@") or "," in text or text.strip() == "-":
        items = read_items(text, "time")
        if len(items) > MOST_TIMES:
            raise InputError(f"{option}: at most {MOST_TIMES} times are read, not {len(items)}")
        return Times("listed", tuple(_time(option, item) for item in items))
    return Times("fixed", (_time(option, text),))


def _time(option: str, text: str) -> Fraction:
    time = given(option, parse_time, text)
    if time < 0:
        raise InputError(f"{option}: no stage takes less than no time")
    return time
