"""Steps of one kind as the columns of a table, chosen so that they fit the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from oslab.run import Cells, Run, Step
from oslab.show.drawings import EMPTY, is_number, one_line
from oslab.text import Words, pad, width, wrap

GAP = "  "
LEAST_SENTENCE = 24
MOST_SENTENCE_LINES = 2
_WIDEST_HEAD = 12
# Marks stand before their box; the mark's own name stands in the head.
_SIGNS = (">", "*", "+", "=")


@dataclass(frozen=True)
class Column:
    """A column of a table of steps: its head, and its text in each row. Of columns that do not all
    fit the one with the highest rank goes first; those of rank 0 stay."""

    name: str
    head: tuple[str, ...]
    texts: tuple[str, ...]
    rank: int
    right: bool = False

    @cached_property
    def columns(self) -> int:
        """How wide it is."""
        return max([width(line) for line in (*self.head, *self.texts)], default=0)


@dataclass(frozen=True)
class Layout:
    """A table of steps. `sentences` is empty when they do not fit; `left_out` names what did not."""

    columns: tuple[Column, ...]
    sentences: tuple[str, ...]
    room: int
    left_out: tuple[str, ...]

    def head(self, told: str) -> Iterator[str]:
        """The lines of the head; `told` stands over the sentences."""
        height = max(len(c.head) for c in self.columns)
        for i in range(height):
            parts = [
                pad((("",) * (height - len(c.head)) + c.head)[i], c.columns, c.right)
                for c in self.columns
            ]
            if self.sentences and i == height - 1:
                parts.append(told)
            yield GAP + GAP.join(parts)

    def rows(self) -> Iterator[str]:
        """The lines under the head; a sentence may take two."""
        indent = sum(c.columns + len(GAP) for c in self.columns) + len(GAP)
        for row in range(len(self.columns[0].texts)):
            line = GAP + GAP.join(pad(c.texts[row], c.columns, c.right) for c in self.columns)
            first, *more = wrap(self.sentences[row], self.room) if self.sentences else [""]
            yield line + GAP + first
            yield from (" " * indent + text for text in more)


def layout(
    run: Run,
    words: Words,
    columns: int,
    tell: Callable[[Step], str],
    only: Sequence[str] = (),
) -> Layout | None:
    """The steps of a run as a table; None where a table would not do them justice.

    It does for two steps or more of one action whose drawings are rows of boxes. What does not fit is
    left out, the least telling first; when what is asked would not fit either, there is no table.
    `only`: beside the first column, which names the rows, these; for what another table left out.
    """
    steps = run.steps
    if len(steps) < 2 or any(
        s.action != steps[0].action or s.actor != steps[0].actor for s in steps
    ):
        return None
    if any(not isinstance(d, Cells) for s in steps for d in s.state.values()):
        return None
    names = dict.fromkeys(name for step in steps for name in step.state)
    # Boxes by the hundred cannot fit whatever is in them; do not look.
    left_out = [n for n in names if max(_boxes_in(s, n) for s in steps) * 2 - 1 > columns]
    fitting = [name for name in names if name not in left_out]
    chosen = [*_values(run, words), *_states(steps, fitting, words)]
    if only:
        chosen = [c for i, c in enumerate(chosen) if i == 0 or c.name in only]
        left_out = [name for name in left_out if name in only]
    while chosen and _total(chosen) > columns:
        last = max(chosen, key=lambda c: c.rank)
        if last.rank == 0:
            return None
        chosen.remove(last)
        left_out.append(last.name)
    if not chosen:
        return None
    room = columns - _total(chosen) - len(GAP)
    sentences = tuple(tell(s) for s in steps) if room >= LEAST_SENTENCE else ()
    return Layout(tuple(chosen), _if_they_fit(sentences, room), room, tuple(left_out))


def value_text(value: object, words: Words) -> str:
    """A value of a step, a choice in the language in force."""
    return one_line(words.label("choices", value) if isinstance(value, str) else value)


def without_twins(names: Sequence[str]) -> list[str]:
    """Names without those that are there a second time in hexadecimal: ``va`` beside ``va_hex``."""
    return [name for name in names if f"{name}_hex" not in names]


def column_label(name: str, words: Words) -> str:
    """The head of a value; ``va_hex`` is called as ``va`` is where it has no word of its own."""
    if words.get("columns", name):
        return words.label("columns", name)
    return words.label("columns", name.removesuffix("_hex"))


def _total(columns: Sequence[Column]) -> int:
    return sum(c.columns + len(GAP) for c in columns)


def _if_they_fit(sentences: tuple[str, ...], room: int) -> tuple[str, ...]:
    if not any(sentences):
        return ()
    fit = all(width(s) <= room * MOST_SENTENCE_LINES for s in sentences) and all(
        len(wrap(s, room)) <= MOST_SENTENCE_LINES for s in sentences
    )
    return sentences if fit else ()


def _values(run: Run, words: Words) -> Iterator[Column]:
    """A column for each given and result name; what is given and always the same is left out."""
    steps = run.steps
    asked = run.asks.get(steps[0].action, {})
    names: dict[str, None] = {}
    for step in steps:
        names.update(dict.fromkeys([*step.given, *step.result]))
    for name in without_twins(list(names)):
        values = [s.result[name] if name in s.result else s.given.get(name, _ABSENT) for s in steps]
        is_given = any(name in s.given for s in steps)
        if is_given and all(v == values[0] for v in values):
            continue
        texts = tuple("" if v is _ABSENT else value_text(v, words) for v in values)
        rank = 0 if is_given or name.removesuffix("_hex") in asked else 2
        right = all(is_number(text) or not text for text in texts)
        yield Column(name, _head(column_label(name, words), texts), texts, rank, right)


_ABSENT = object()


def _boxes_in(step: Step, name: str) -> int:
    drawing = step.state.get(name)
    return len(drawing.values) if isinstance(drawing, Cells) else 0


def _states(steps: Sequence[Step], names: Sequence[str], words: Words) -> Iterator[Column]:
    """A column for each drawing: its boxes side by side, a sign before the box that is marked."""
    for place, name in enumerate(names):
        drawn = [step.state.get(name) for step in steps]
        cells = [d for d in drawn if isinstance(d, Cells)]
        marks = list(dict.fromkeys(mark for d in cells for mark in d.marks))
        signs = dict(zip(marks, _SIGNS, strict=False))
        values = [[_box(v, words) for v in d.values] for d in cells]
        labels = max((d.labels for d in cells), key=len)
        fixed = bool(labels) and all(d.labels == labels[: len(d.labels)] for d in cells)
        most = max(len(v) for v in values)
        wide = [
            max(
                max((width(v[i]) for v in values if i < len(v)), default=1),
                width(one_line(labels[i])) if fixed and i < len(labels) else 1,
            )
            for i in range(most)
        ]
        if not fixed:
            wide = [max(wide, default=1)] * most
        texts = tuple(_boxes(d, wide, signs, words) if isinstance(d, Cells) else "" for d in drawn)
        label = words.label("state", name)
        legend = [f"{sign} {words.label('marks', mark)}" for mark, sign in signs.items()]
        over = ""
        if fixed:
            over = _joined([one_line(v) for v in labels], wide, [""] * len(labels), bool(signs))
        head = (*_head(label, (*texts, over)), *legend, *([over] if over else []))
        yield Column(name, head, texts, 1 if place == 0 else 2 + place)


def _box(value: object, words: Words) -> str:
    return EMPTY if value is None else value_text(value, words)


def _boxes(cells: Cells, wide: Sequence[int], signs: dict[str, str], words: Words) -> str:
    texts = [_box(v, words) for v in cells.values]
    before = [""] * len(texts)
    for mark, place in cells.marks.items():
        if mark in signs and 0 <= place < len(texts):
            before[place] = signs[mark]
    return _joined(texts, wide, before, bool(signs)) or "-"


def _joined(texts: Sequence[str], wide: Sequence[int], before: Sequence[str], signs: bool) -> str:
    cells = [
        (pad(sign, 1) if signs else "") + pad(text, w, right=True)
        for text, w, sign in zip(texts, wide, before, strict=False)
    ]
    return " ".join(cells).rstrip()


def _head(label: str, texts: Sequence[str]) -> tuple[str, ...]:
    room = max([width(text) for text in texts] + [_WIDEST_HEAD])
    return tuple(wrap(label, room))
