"""The command structure: the same operations in six data structures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items, read_range
from oslab.cli.options import natural, one_of
from oslab.cli.scripts import read_script
from oslab.quantities import QuantityError, parse_int, shown
from oslab_multiplex import structure

_PARTS = re.compile(r"[;\n\r]")
_COMMENT = re.compile(r"#[^\n\r]*")

app = group("Data structures for an interest set.")


@simulator(app, "structure")
def structure_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str, typer.Option(help="The operations themselves: 'add 3..9; find 5; delete 4:7'.")
    ] = "",
    before: Annotated[
        str, typer.Option(help="Operations that come first and are not counted.")
    ] = "",
    structures: Annotated[
        str,
        typer.Option(metavar="NAME,...", help=f"Of {', '.join(structure.NAMES)}; or all."),
    ] = "all",
    order: Annotated[str, typer.Option(help="Most children of a node of the B-tree.")] = "4",
) -> Run:
    """Count comparisons and moves of the same operations in a list, an array and four trees."""
    ops = read_script(script, ops, "operations are expected", "--ops 'add 3..9; find 5'")
    return structure.run(
        structure.StructureConfig(
            structures=_names(structures),
            order=natural("--order", order),
            before=tuple(_operations(before)),
            ops=tuple(_operations(ops)),
        )
    )


def _names(text: str) -> tuple[structure.Name, ...]:
    if text == "all":
        return structure.NAMES
    named = read_items(text, "structure")
    return tuple(dict.fromkeys(one_of(n, structure.NAMES, "--structures") for n in named))


def _operations(text: str) -> Iterator[structure.Operation]:
    """The operations of a script. Raises InputError naming the bad one."""
    parts = [part for part in _PARTS.split(_COMMENT.sub("", text)) if part.strip()]
    found = 0
    for n, part in enumerate(parts, start=1):
        verb, *words = part.split()
        if verb not in structure.VERBS or not words:
            raise InputError(
                f"operation {n} {shown(part.strip())}: add, find or delete and a key are expected, "
                "as add 7, or add 5:7 for the file 5 as descriptor 7"
            )
        for word in words:
            for file, fd in _keys(n, word):
                if min(file, fd) < 0:
                    raise InputError(f"operation {n}: {shown(word)}: a key is not below 0")
                found += 1
                if found > structure.MOST_OPERATIONS:
                    raise InputError(
                        f"the operations are too many; up to {structure.MOST_OPERATIONS} are counted"
                    )
                yield structure.Operation(one_of(verb, structure.VERBS, "operation"), file, fd)


def _keys(n: int, word: str) -> Iterator[tuple[int, int]]:
    if ".." in word and ":" not in word:
        for fd in read_range(word, "keys"):
            yield fd, fd
        return
    file, colon, number = word.partition(":")
    try:
        yield parse_int(file), parse_int(number if colon else file)
    except QuantityError:
        raise InputError(
            f"operation {n}: {shown(word)} is not a key; 7 would be, or 5:7 (file and descriptor)"
        ) from None
