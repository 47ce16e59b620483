"""The command tree: keys in a red-black tree, and in others beside it."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items, read_range
from oslab.cli.options import given, one_of, steps_shown
from oslab.quantities import parse_int
from oslab_multiplex import tree

app = group("The tree of the interest set.")


@simulator(app, "tree")
def tree_command(
    insert: Annotated[
        str, typer.Option(help="Keys to insert, in this order: 5,3,8; 1..20; @FILE.")
    ] = "",
    delete: Annotated[str, typer.Option(help="Keys to delete after that, in this order.")] = "",
    before: Annotated[
        str, typer.Option(help="Keys that are inserted first, without being shown or counted.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND,...", help="Trees to keep side by side: red-black, avl, plain; or all."
        ),
    ] = "red-black",
    double: Annotated[str, typer.Option(help="What a double rotation counts: 2 or 1.")] = "2",
    *,
    steps: bool | None = None,
) -> Run:
    """Insert keys into a red-black tree and delete some; an AVL tree beside it with --kind all."""
    config = tree.TreeConfig(
        kinds=_kinds(kind),
        before=_keys("--before", before),
        insert=_keys("--insert", insert),
        delete=_keys("--delete", delete),
        double=2 if one_of(double, ("1", "2"), "--double") == "2" else 1,
    )
    many = len(config.insert) + len(config.delete)
    if not steps_shown(steps, many, "operations"):
        return Run(
            command="multiplex.tree",
            config=config,
            conventions=tree.conventions(config),
            metrics=tree.count(config),
        )
    return tree.run(config)


def _keys(option: str, text: str) -> tuple[int, ...]:
    items = read_items(text, "key") if text else []
    keys: list[int] = []
    for item in items:
        if ".." in item:
            keys += read_range(item, "keys")[: tree.MOST_KEYS + 1]
        else:
            keys.append(given(option, parse_int, item))
    return tuple(keys)


def _kinds(text: str) -> tuple[tree.Kind, ...]:
    if text == "all":
        return tree.KINDS
    named = [one_of(item, tree.KINDS, "--kind") for item in read_items(text, "kind of tree")]
    return tuple(dict.fromkeys(named))
