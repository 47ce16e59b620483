"""What a student reads: the statement with its figures, and the conventions in force."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Template

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.exercise.problem import Code, Figure
from oslab.exercise.variant import Variant
from oslab.run import Grid
from oslab.show.drawings import draw as draw_lines
from oslab.text import Words, language, text_of

_ALONE = re.compile(r"^\s*\$(?:\{(\w+)\}|(\w+))\s*$")


def statement(variant: Variant) -> list[str | Code]:
    """The statement in the language in force: paragraphs to be wrapped, and preformatted figures.

    Raises InputError naming a placeholder that the problem type does not fill.
    """
    exercise = variant.exercise
    figures = exercise.problem.present(variant.params)
    parts: list[str | Code] = []
    for paragraph in _paragraphs(str(exercise.entry.statement), figures):
        alone = _ALONE.match(paragraph)
        figure = figures.get(alone[1] or alone[2]) if alone else None
        if isinstance(figure, Grid):
            parts.append(Code("\n".join(draw_lines(_worded(figure, exercise.words)))))
        elif isinstance(figure, Code):
            parts.append(figure)
        else:
            parts.append(_fill(paragraph, figures, exercise.id))
    return parts


def conventions(values: Mapping[str, object], words: Words) -> list[str]:
    """A sentence for each convention in force; a convention without words is shown as it is."""
    sentences = []
    for name, value in values.items():
        text = words.get("conventions", f"{name}={text_plain(value)}") or words.get(
            "conventions", name
        )
        shown = words.label("choices", value) if isinstance(value, str) else value
        sentences.append(text(value=shown) if text else f"{name} = {text_of(value)}")
    return sentences


def text_plain(value: object) -> str:
    """A convention's value as it stands in a key of words.toml: ``r-on-load=true``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _paragraphs(text: str, figures: Mapping[str, Figure]) -> Sequence[str]:
    """Lines of a TOML text joined to paragraphs; a figure's placeholder and an empty line end one."""
    found: list[str] = []
    join = "" if language() == "zh" else " "
    fresh = True
    for line in text.strip().splitlines():
        stripped = line.strip()
        alone = _ALONE.match(line)
        own = bool(alone) and isinstance(figures.get(alone[1] or alone[2]), Grid | Code)  # type: ignore[index]
        if not stripped or own or fresh:
            found.append(stripped)
        else:
            found[-1] += join + stripped
        fresh = own or not stripped
    return found


def _fill(paragraph: str, figures: Mapping[str, Figure], name: str) -> str:
    inline = {n: v if isinstance(v, str) else text_of(v) for n, v in figures.items()}
    try:
        return Template(paragraph).substitute(inline)
    except KeyError as error:
        hole = str(error.args[0])
        near = did_you_mean(hole, list(figures))
        raise InputError(
            f"{name}.toml: statement: nothing fills ${hole}{near}; there are {', '.join(figures)}"
        ) from None


def _worded(grid: Grid, words: Words) -> Grid:
    """The figure with its heads and choices in the language in force."""
    return Grid(
        tuple(words.label("columns", c) for c in grid.columns),
        tuple(
            tuple(words.label("choices", v) if isinstance(v, str) else v for v in row)
            for row in grid.rows
        ),
    )
