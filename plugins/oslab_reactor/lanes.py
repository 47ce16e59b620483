"""Who did what, drawn as time lines: of threads, and of cores where there are too few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from oslab import Drawing, Lanes
from oslab_reactor.requests import Instant, Span
from oslab_reactor.shape import Shape

Bar: TypeAlias = "tuple[Instant, Instant, str]"

MOST_DRAWN = 120
MOST_LANES = 16


def time_lines(
    shape: Shape, spans: Sequence[Span], connections: Sequence[int]
) -> Mapping[str, Drawing]:
    """A bar for each stage: its first letter and the number of the request (c2: request 2 is computed),
    with ! where it was cut off. No drawing of what is too much for a screen."""
    names = shape.names(connections)
    if not spans or len(spans) > MOST_DRAWN or len(names) > MOST_LANES:
        return {}
    lanes = {name: [_bar(s) for s in spans if s.thread == name] for name in names}
    hands = _packed(span for span in spans if span.thread == "kernel")
    lanes |= {f"kernel/{n}": bars for n, bars in enumerate(hands)}
    drawn = {"threads": _lanes(lanes)}
    if shape.cores is not None and shape.cores < len(names) + len(hands):
        cores = _packed(spans)
        cores += [[] for _ in range(min(shape.cores, MOST_LANES) - len(cores))]
        drawn["cores"] = _lanes({f"core{n}": bars for n, bars in enumerate(cores)})
    return drawn


def _lanes(lanes: Mapping[str, Sequence[Bar]]) -> Drawing:
    return Lanes({name: tuple(bars) for name, bars in lanes.items()})  # type: ignore[arg-type]


def _bar(span: Span) -> Bar:
    if span.stage == "loop":
        return span.start, span.end, "loop"
    return span.start, span.end, f"{span.stage[0]}{span.request}{'!' if span.cut else ''}"


def _packed(spans: Iterable[Span]) -> list[list[Bar]]:
    """The bars on as few lines as they need: each on the line where its thread went on, else on the
    first that is free."""
    lines: list[list[Bar]] = []
    last: list[Span] = []
    for span in spans:
        free = [n for n, before in enumerate(last) if before.end <= span.start]
        goes_on = [
            n for n in free
            if (last[n].thread, last[n].request, last[n].end) == (span.thread, span.request, span.start)
        ]  # fmt: skip
        line = (goes_on or free or [len(lines)])[0]
        if line == len(lines):
            lines.append([])
            last.append(span)
        lines[line].append(_bar(span))
        last[line] = span
    return lines
