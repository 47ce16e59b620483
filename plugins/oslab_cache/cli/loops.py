"""The commands loop and tile."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_size, tidy
from oslab.traces.access import MOST_STEPS
from oslab_cache.cli.caches import (
    Allocate,
    Line,
    Policy,
    Seed,
    Size,
    Ways,
    WriteOption,
    read_shape,
)

app = group("Loops over matrices.")

# So many accesses are shown one by one without being asked for.
FEW_ACCESSES = 64
# So many are simulated beside a tile without being asked for.
FEW_SIMULATED = 500_000


@simulator(app, "loop")
def loop(
    pattern: Annotated[
        str,
        typer.Option(
            help="row-major, column-major, blocked (sums); transpose, transpose-blocked; "
            "multiply-ijk, -ikj, -jki, -blocked. Several to compare: row-major,column-major."
        ),
    ] = "row-major,column-major",
    n: Annotated[str, typer.Option("--n", help="Side of the matrix, or ROWSxCOLUMNS.")] = "64",
    elem: Annotated[str, typer.Option(help="Bytes of an element.")] = "8",
    tile: Annotated[
        str,
        typer.Option(
            help="Side of a tile, in elements (blocked). [default: 8]", show_default=False
        ),
    ] = "",
    pad: Annotated[str, typer.Option(help="Elements after each row that are not used.")] = "0",
    passes: Annotated[str, typer.Option(help="How often all is done.")] = "1",
    size: Size = "4K",
    line: Line = "64",
    ways: Ways = "4",
    policy: Policy = "lru",
    write: WriteOption = "back",
    allocate: Allocate = "",
    seed: Seed = "",
    steps: bool | None = None,
) -> Run:
    """Misses of a loop over a matrix, by order of its elements, and why.

    A matrix is stored by rows. Few accesses of a single pattern are shown one by one, more only with
    --steps.
    """
    from oslab_cache import loop as loops
    from oslab_cache import matrices
    from oslab_cache.patterns import PATTERNS, WORKLOADS

    shape = read_shape(size, line, ways, policy, write, allocate, seed)
    if seed and shape.policy != "random":
        raise InputError("--seed changes nothing unless the policy is random")
    rows, columns = _sides(n)
    patterns = tuple(
        one_of(p.lower(), PATTERNS, "--pattern") for p in read_items(pattern, "pattern")
    )
    tiled = any(WORKLOADS[p].tiled for p in patterns)
    if tile and not tiled:
        raise InputError("--tile changes nothing unless a pattern is blocked")
    config = matrices.LoopConfig(
        patterns=patterns,
        rows=rows,
        columns=columns,
        pad=natural("--pad", pad),
        elem=given("--elem", parse_size, elem),
        tile=natural("--tile", tile or "8", 1) if tiled else None,
        passes=natural("--passes", passes, 1),
        size=shape.size,
        line=shape.line,
        ways=shape.ways,
        policy=shape.policy,
        write=shape.write,
        allocate=shape.allocate,
        seed=shape.seed,
    )
    accesses = sum(matrices.accesses(config, p) for p in patterns)
    if steps and len(patterns) == 1 and accesses > MOST_STEPS:
        raise InputError(
            f"{accesses} accesses are too many to show as steps, of which there are at most "
            f"{MOST_STEPS}; without --steps the figures are given"
        )
    each = len(patterns) == 1 and (accesses <= FEW_ACCESSES if steps is None else steps)
    return loops.run_accesses(config) if each else loops.run(config)


@simulator(app, "tile")
def tile(
    size: Annotated[str, typer.Option(help="Bytes of data in the cache.")] = "8K",
    elem: Annotated[str, typer.Option(help="Bytes of an element.")] = "8",
    n: Annotated[str, typer.Option("--n", help="Side of the matrices, in elements.")] = "32",
    arrays: Annotated[str, typer.Option(help="Matrices with a tile in use at once.")] = "3",
    line: Annotated[str, typer.Option(help="Bytes of a line.")] = "64",
    sides: Annotated[
        str, typer.Option(help="Sides a tile may have: any, divisor (of n) or power (of two).")
    ] = "any",
    simulate: Annotated[
        bool | None,
        typer.Option(
            "--simulate/--no-simulate",
            help="Run the loop of 2 (transpose) or 3 (multiply) arrays. [default: if it is short]",
            show_default=False,
        ),
    ] = None,
) -> Run:
    """The largest tile of which several fit into the cache, and what it spares."""
    from oslab_cache import tile as tiles

    config = tiles.TileConfig(
        n=natural("--n", n, 1),
        elem=given("--elem", parse_size, elem),
        arrays=natural("--arrays", arrays, 1),
        size=given("--size", parse_size, size),
        line=given("--line", parse_size, line),
        sides=one_of(sides.lower(), tiles.SIDES, "--sides"),
        simulate=bool(simulate),
    )
    return tiles.run(tiles.simulated(config, FEW_SIMULATED) if simulate is None else config)


def _sides(text: str) -> tuple[int, int]:
    """``64`` or ``32x64``, rows first."""
    rows, times, columns = tidy(text).lower().replace("×", "x").partition("x")
    # 0x40 is a number, and 0 rows are none.
    if not times or rows == "0":
        side = natural("--n", text, 1)
        return side, side
    return natural("--n", rows, 1), natural("--n", columns, 1)
