"""How an answer is to be filled in, in one phrase for each answer type: what stands beside a blank."""

from __future__ import annotations

from collections.abc import Sequence

from oslab.exercise.answers import (
    AnswerType,
    Choice,
    Essay,
    Float,
    List,
    Ordering,
    OrNone,
    Percent,
    Set,
    Table,
    Time,
)
from oslab.quantities import format_decimal, format_percent
from oslab.text import Text, Words
from oslab.wordfiles import words_of


def how_to_fill(kind: AnswerType, words: Words, language: str) -> list[str]:
    """Phrases in the given language; for a table, one for each column to fill.

    `words` are the plugin's, for the names of choices and columns.
    """
    if not isinstance(kind, Table):
        phrase = _phrase(kind, words, language)
        return [phrase] if phrase else []
    lines = []
    for head, column in kind.columns.items():
        title = words.get("columns", head)
        parts = [_in(language, title)] if title and str(title) != head else []
        lines.append(f"{head}: {joined([*parts, _phrase(column, words, language)], language)}")
    return lines


def joined(phrases: Sequence[str], language: str) -> str:
    """Phrases on one line: "how many faults in all? write between the quotes"."""
    line = ""
    for phrase in filter(None, phrases):
        between = (
            " "
            if line.endswith(("?", ".", "!"))
            else ""
            if line.endswith(("？", "。", "！"))
            else None
        )
        between = between if between is not None else "；" if language == "zh" else "; "
        line += (between if line else "") + phrase
    return line


def _phrase(kind: AnswerType, words: Words, language: str) -> str:
    def say(key: str, **values: object) -> str:
        text = words_of("oslab").get("filling", key)
        return _in(language, text, **values) if text else ""

    if isinstance(kind, OrNone):
        return say("optional", item=_phrase(kind.item, words, language))
    if isinstance(kind, List | Set):
        return say(kind.kind, item=_phrase(kind.item, words, language))
    if isinstance(kind, Choice):
        options = ", ".join(_option(o, words, language) for o in kind.options)
        initials = [o[0] for o in kind.options]
        phrase = say(kind.kind, options=options)
        if len(set(initials)) == len(initials) > 1 and all(len(o) > 1 for o in kind.options):
            return say("initials", phrase=phrase, initials=", ".join(initials))
        return phrase
    if isinstance(kind, Ordering):
        return say("sequence", options=" ".join(kind.options))
    if isinstance(kind, Float | Percent | Time):
        phrase = say("time", unit=kind.unit) if isinstance(kind, Time) else say(kind.kind)
        if kind.relative:
            return say("relative", phrase=phrase, margin=format_percent(kind.relative))
        points = "points" if isinstance(kind, Percent) else "absolute"
        return say(points, phrase=phrase, margin=format_decimal(kind.absolute))
    return "" if isinstance(kind, Essay) else say(kind.kind)


def _option(option: str, words: Words, language: str) -> str:
    label = words.get("choices", option)
    name = _in(language, label) if label else option
    return option if name.casefold() == option.casefold() else f"{option} ({name})"


def _in(language: str, text: Text, **values: object) -> str:
    return Text(*(2 * ((text.zh if language == "zh" else text.en),)))(values)
