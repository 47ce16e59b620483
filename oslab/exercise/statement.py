"""What a student reads: the statement with its figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Template

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.exercise.problem import Code, Figure
from oslab.exercise.variant import Variant
from oslab.run import Bytes, Cells, Grid, Lanes, Tree
from oslab.show.drawings import draw, worded
from oslab.text import language, text_of

DRAWN = (Cells, Grid, Tree, Lanes, Bytes)
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
        if isinstance(figure, DRAWN):
            parts.append(Code("\n".join(draw(worded(figure, exercise.words)))))
        elif isinstance(figure, Code):
            parts.append(figure)
        else:
            parts.append(_fill(paragraph, figures, exercise.id))
    return parts


def _paragraphs(text: str, figures: Mapping[str, Figure]) -> Sequence[str]:
    """Lines of a TOML text joined to paragraphs; a figure's placeholder and an empty line end one."""
    found: list[str] = []
    join = "" if language() == "zh" else " "
    fresh = True
    for line in text.strip().splitlines():
        stripped = line.strip()
        alone = _ALONE.match(line)
        own = bool(alone) and isinstance(figures.get(alone[1] or alone[2]), (*DRAWN, Code))  # type: ignore[index]
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
