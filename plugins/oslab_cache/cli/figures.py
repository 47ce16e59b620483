"""The commands amat and vipt."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, one_of
from oslab.quantities import parse_percent, parse_size, parse_time
from oslab_cache import amat as means
from oslab_cache import vipt as virtual
from oslab_cache.cli.caches import Line, Size, read_shape

app = group("Average access time; virtual indices.")


@simulator(app, "amat")
def amat(
    times: Annotated[
        str, typer.Option(help="Lookup in each cache, from the first on; last: memory.")
    ] = "1ns,10ns,100ns",
    miss_ratios: Annotated[str, typer.Option(help="Miss ratio of each cache: 5%,20%.")] = "5%,20%",
    ratios: Annotated[
        str, typer.Option(help="local: of that cache's lookups; global: of all references.")
    ] = "local",
) -> Run:
    """Average memory access time of one cache or more, and what each level contributes."""
    return means.run(
        means.AmatConfig(
            times_ns=tuple(given("--times", parse_time, t) for t in read_items(times, "time")),
            miss_ratios=tuple(
                given("--miss-ratios", parse_percent, r)
                for r in read_items(miss_ratios, "miss ratio")
            ),
            ratios=one_of(ratios, get_args(means.Ratios), "--ratios"),
        )
    )


@simulator(app, "vipt")
def vipt(
    size: Size = "32K",
    ways: Annotated[str, typer.Option(help="Lines of a set; several to compare: 1,2,4,8.")] = "8",
    page_size: Annotated[str, typer.Option(help="Bytes of a page.")] = "4K",
    line: Line = "64",
) -> Run:
    """May the cache be indexed before the page is translated, or are there aliases?"""
    shapes = [
        read_shape(size, line, each, "lru", "back", "", "")
        for each in read_items(ways, "number of ways")
    ]
    page = given("--page-size", parse_size, page_size)
    return virtual.run(
        virtual.ViptConfig(tuple(virtual.ViptCache(s.size, s.line, s.ways, page) for s in shapes))
    )
