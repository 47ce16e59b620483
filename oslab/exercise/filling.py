"""How an answer is to be filled in, in one phrase for each answer type: what stands beside a blank."""

from __future__ import annotations

from oslab.exercise.answers import (
    AnswerType,
    Choice,
    Choices,
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
from oslab.quantities import format_decimal
from oslab.text import Text, Words, words_of


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
        parts = (_in(language, title) if title else "", _phrase(column, words, language))
        lines.append(f"{head}: " + ("; " if language == "en" else "；").join(p for p in parts if p))
    return lines


def _phrase(kind: AnswerType, words: Words, language: str) -> str:
    def say(key: str, **values: object) -> str:
        text = words_of("oslab").get("filling", key)
        return _in(language, text, **values) if text else ""

    if isinstance(kind, OrNone):
        return say("optional", item=_phrase(kind.item, words, language))
    if isinstance(kind, List | Set):
        return say(kind.kind, item=_phrase(kind.item, words, language))
    if isinstance(kind, Choice):
        options = [_option(o, words, language) for o in kind.options]
        phrase = say(
            "choices" if isinstance(kind, Choices) else "choice", options=", ".join(options)
        )
        initials = [o[0] for o in kind.options]
        return phrase + (
            say("initials", initials=", ".join(initials))
            if len(set(initials)) == len(initials) > 1 and all(len(o) > 1 for o in kind.options)
            else ""
        )
    if isinstance(kind, Ordering):
        return say("sequence", options=" ".join(kind.options))
    if isinstance(kind, Time):
        margin = format_decimal(kind.absolute) if not kind.relative else ""
        return say("time", unit=kind.unit) + (say("margin", margin=margin) if margin else "")
    if isinstance(kind, Float | Percent):
        margin = format_decimal(kind.absolute) if not kind.relative else ""
        return say(kind.kind) + (say("margin", margin=margin) if margin else "")
    return "" if isinstance(kind, Essay) else say(kind.kind)


def _option(option: str, words: Words, language: str) -> str:
    label = words.get("choices", option)
    name = _in(language, label) if label else option
    return option if name.casefold() == option.casefold() else f"{option} ({name})"


def _in(language: str, text: Text, **values: object) -> str:
    return Text(*(2 * ((text.zh if language == "zh" else text.en),)))(values)
