"""How a drawing changed from one step to the next, as JSON can write it, and back.

A drawing is written whole, ``{"kind": "cells", "values": […]}``, or, where that is shorter, as what
changed in its lists: ``{"edit": {"values": [[2, 1, 7]]}}``. An edit ``[at, drop, items…]`` takes `drop`
items away at position `at` and puts others there; a list's edits are applied in their order. ``null``
says that a drawing is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from oslab.run import Bytes, Cells, Drawing, Grid, Lanes, Tree

Json: TypeAlias = Any
Edits: TypeAlias = "list[list[Json]]"


@dataclass(frozen=True)
class _Lists:
    """A drawing taken apart into lists, which change by edits, and the rest, which changes whole."""

    kind: str
    lists: Mapping[str, Sequence[Json]]
    rest: Mapping[str, Json]


def plain(value: object) -> Json:
    """A value as JSON can write it; fractions become numbers."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return [plain(item) for item in sorted(value)]
    return value


def whole(drawing: Drawing) -> Json:
    """A drawing as JSON can write it."""
    apart = _apart(drawing)
    return {"kind": apart.kind, **{n: plain(v) for n, v in apart.lists.items()}, **apart.rest}


def difference(old: Drawing | None, new: Drawing) -> Json:
    """What leads from `old` to `new`: an edit, or `new` whole; an empty dict if nothing changed."""
    if old is new:
        return {}
    if old is None:
        return whole(new)
    before, after = _apart(old), _apart(new)
    if before.kind != after.kind:
        return whole(new)
    changed: dict[str, Json] = {}
    for name, items in after.lists.items():
        edits = _edits(before.lists[name], items)
        if edits is None:
            return whole(new)
        if edits:
            changed[name] = plain(edits)
    for name, value in after.rest.items():
        if not _same(before.rest[name], value):
            if name not in _EDITABLE[after.kind]:
                return whole(new)
            changed[name] = value
    return {"edit": changed} if changed else {}


def apply(old: Drawing | None, change: Json) -> Drawing:
    """The drawing after a change that `difference` wrote. Raises ValueError."""
    if "kind" in change:
        return _together(change)
    if old is None:
        raise ValueError("an edit of a drawing that there is not")
    parts = whole(old)
    for name, value in change["edit"].items():
        if name in _apart(old).lists:
            items = list(parts[name])
            for at, drop, *put in value:
                items[at : at + drop] = put
            parts[name] = items
        else:
            parts[name] = value
    return _together(parts)


# What besides lists an edit may replace.
_EDITABLE = {"cells": ("marks",), "grid": (), "tree": (), "lanes": (), "bytes": ()}


def _apart(drawing: Drawing) -> _Lists:
    if isinstance(drawing, Cells):
        lists = {"values": drawing.values, "labels": drawing.labels}
        return _Lists("cells", lists, {"marks": dict(drawing.marks)})
    if isinstance(drawing, Grid):
        return _Lists("grid", {"rows": drawing.rows}, {"columns": list(drawing.columns)})
    if isinstance(drawing, Tree):
        return _Lists("tree", {}, _branch(drawing))
    if isinstance(drawing, Lanes):
        lanes = {n: [[plain(v) for v in bar] for bar in lane] for n, lane in drawing.lanes.items()}
        return _Lists("lanes", {}, {"lanes": lanes})
    return _Lists("bytes", {}, {"base": drawing.base, "data": drawing.data.hex()})


def _together(parts: Mapping[str, Json]) -> Drawing:
    kind = parts["kind"]
    if kind == "cells":
        return Cells(tuple(parts["values"]), tuple(parts["labels"]), dict(parts["marks"]))
    if kind == "grid":
        return Grid(tuple(parts["columns"]), tuple(tuple(row) for row in parts["rows"]))
    if kind == "tree":
        return _grown(parts)
    if kind == "lanes":
        lanes = parts["lanes"].items()
        return Lanes({n: tuple((b[0], b[1], b[2]) for b in lane) for n, lane in lanes})
    if kind == "bytes":
        return Bytes(parts["base"], bytes.fromhex(parts["data"]))
    raise ValueError(f"no drawing is called {kind!r}")


def _branch(tree: Tree) -> dict[str, Json]:
    return {"label": tree.label, "children": [_branch(child) for child in tree.children]}


def _grown(parts: Mapping[str, Json]) -> Tree:
    return Tree(parts["label"], tuple(_grown(child) for child in parts["children"]))


def _edits(old: Sequence[Json], new: Sequence[Json]) -> Edits | None:
    """Edits from one list to the other; None when writing it whole is no longer."""
    if old is new:
        return []
    shorter = min(len(old), len(new))
    first = 0
    while first < shorter and _same(old[first], new[first]):
        first += 1
    if first == len(old) == len(new):
        return []
    last = 0
    while last < shorter - first and _same(old[-1 - last], new[-1 - last]):
        last += 1
    tried = [
        [[first, len(old) - first - last, *new[first : len(new) - last]]],
        _moved(old, new, first, last),
        _places(old, new, first, last),
    ]
    best = min((edits for edits in tried if edits is not None), key=_length)
    return best if _length(best) < len(new) + 2 else None


def _moved(old: Sequence[Json], new: Sequence[Json], first: int, last: int) -> Edits | None:
    """One item leaves and others come at the end (a queue moves up, a page becomes the most recent),
    or they come at the front."""
    gone = first
    rest = len(old) - 1 - gone
    if first < len(old) <= len(new) + 1 and _all_same(old[gone + 1 :], new[gone : gone + rest]):
        return [[gone, 1], [len(old) - 1, 0, *new[len(old) - 1 :]]]
    gone = len(old) - last - 1
    come = len(new) - len(old) + 1
    if gone >= 0 and come >= 0 and _all_same(old[:gone], new[come : come + gone]):
        return [[gone, 1], [0, 0, *new[:come]]]
    return None


def _places(old: Sequence[Json], new: Sequence[Json], first: int, last: int) -> Edits | None:
    """Single items changed in their places."""
    if len(old) != len(new):
        return None
    return [[i, 1, new[i]] for i in range(first, len(new) - last) if not _same(old[i], new[i])]


def _length(edits: Edits) -> int:
    return sum(len(edit) + 1 for edit in edits)


def _all_same(one: Sequence[Json], other: Sequence[Json]) -> bool:
    return len(one) == len(other) and all(map(_same, one, other))


def _same(one: Json, other: Json) -> bool:
    """Equal also in type: JSON keeps true, 1 and 1.0 apart."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return _all_same(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(v, other[n]) for n, v in one.items())
    return bool(one == other)
