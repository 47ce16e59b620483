"""Texts in English and Chinese, the words of plugins, and the language in force.

A text is always ``{en = "…", zh = "…"}``. Each plugin ships a ``words.toml`` beside its `__init__`;
so does the host. Sentences have ``$placeholders``, filled with the names and values of a step.
"""

from __future__ import annotations

import locale
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from string import Template

from oslab.errors import InputError

LANGUAGES = ("en", "zh")
_chosen: ContextVar[str | None] = ContextVar("oslab_language", default=None)


def language() -> str:
    """The language in force: --lang, else OSLAB_LANG, else the locale, else English."""
    chosen = _chosen.get()
    if chosen:
        return chosen
    for name in ("OSLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    system = locale.getlocale()[0] or ""
    return "zh" if system.lower().startswith(("zh", "chinese")) else "en"


def set_language(name: str) -> None:
    """Choose the language for this process. Raises InputError for one there is not."""
    short = name.lower().replace("_", "-").split("-")[0]
    if short not in LANGUAGES:
        raise InputError(f"no language {name!r}; there are {', '.join(LANGUAGES)}")
    _chosen.set(short)


def text_of(value: object) -> str:
    """A value as it stands in a sentence."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return ("no", "yes")[value] if language() == "en" else ("否", "是")[value]
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, tuple | list):
        return " ".join(text_of(item) for item in value) or "-"
    # Imported when a number needs them: the list of commands has none.
    from fractions import Fraction

    from oslab.quantities import format_decimal

    return format_decimal(value) if isinstance(value, Fraction | float) else str(value)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en

    def __call__(self, values: Mapping[str, object] | None = None, **more: object) -> str:
        """The sentence in the language in force, its placeholders filled.

        Raises KeyError naming a placeholder that has no value.
        """
        filled = {**(values or {}), **more}
        return Template(str(self)).substitute({name: text_of(v) for name, v in filled.items()})

    def placeholders(self) -> set[str]:
        """The names the sentence needs, in whichever language."""
        return placeholders(self.en) | placeholders(self.zh)


def placeholders(sentence: str) -> set[str]:
    """The ``$names`` in a sentence. Raises ValueError for a stray ``$``."""
    names = set()
    if "$" in sentence:
        for found in Template.pattern.finditer(sentence):
            if found["invalid"] is not None:
                raise ValueError(f"a stray $ in {sentence!r}; write $$ for a dollar sign")
            names.add(found["named"] or found["braced"])
    return names - {None}


def text_from(value: object, where: str) -> Text:
    """A Text from what TOML holds. Raises ValueError saying what `where` should be."""
    if (
        isinstance(value, dict)
        and set(value) == set(LANGUAGES)
        and all(isinstance(v, str) and v.strip() for v in value.values())
    ):
        text = Text(value["en"].strip(), value["zh"].strip())
        if placeholders(text.en) != placeholders(text.zh):
            raise ValueError(f"{where}: English and Chinese have different $placeholders")
        return text
    raise ValueError(f'{where} must be {{ en = "…", zh = "…" }}, neither of them empty')


@dataclass(frozen=True, eq=False)
class Words:
    """All sentences of one plugin: ``words.toml``, section by section.

    ``[steps]`` is the one section with a rule of its own. Its keys are an action and conditions:
    ``"reference"``, ``"reference result=fault"``, ``"reference victim"``. A step is told by every
    sentence of its action whose conditions hold, in the order of the file: ``name=value`` holds when
    the step's `given` or `result` has that value, ``name`` when it has one that is not None, False or
    empty, ``!name`` when it has none. The keys of ``[asks]`` may have conditions on `given` too: the
    last that holds is asked.
    """

    sections: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def get(self, section: str, key: str) -> Text | None:
        return self.sections.get(section, {}).get(key)

    def __getitem__(self, key: tuple[str, str]) -> Text:
        section, name = key
        return self.sections[section][name]

    def label(self, section: str, key: str) -> str:
        """The word for a name, or the name itself where none is given."""
        text = self.get(section, key)
        return str(text) if text else key

    def tell(self, action: str, values: Mapping[str, object]) -> str:
        """The sentences for a step with these given and result values; empty if none apply."""
        parts = []
        for key, text in self.sections.get("steps", {}).items():
            head, *conditions = key.split()
            if head == action and all(_holds(c, values) for c in conditions):
                parts.append(text(self._named(values)))
        return ("" if language() == "zh" else " ").join(parts)

    def question(self, name: str, given: Mapping[str, object]) -> Text | None:
        """The question for a result, `name` being ``action.result``, of a step with these given values."""
        found = None
        for key, text in self.sections.get("asks", {}).items():
            head, *conditions = key.split()
            if head == name and all(_holds(c, given) for c in conditions):
                found = text
        return found

    def _named(self, values: Mapping[str, object]) -> dict[str, object]:
        """Values with choices in the reader's language: "fault" becomes 缺页."""
        return {
            name: self.label("choices", v) if isinstance(v, str) else v
            for name, v in values.items()
        }

    def merged(self, others: Iterable[Words]) -> Words:
        """These words, then those of others where these have none."""
        return Words(_Merged((self.sections, *(other.sections for other in others))))


class _Merged(Mapping[str, Mapping[str, Text]]):
    """Sections out of several sources, put together when they are asked for."""

    def __init__(self, sources: tuple[Mapping[str, Mapping[str, Text]], ...]) -> None:
        self._sources = sources
        self._made: dict[str, Mapping[str, Text]] = {}

    def __getitem__(self, section: str) -> Mapping[str, Text]:
        if section not in self._made:
            found: dict[str, Text] = {}
            for source in self._sources:
                if section in source:
                    found = {**source[section], **found} if found else dict(source[section])
            if not found:
                raise KeyError(section)
            self._made[section] = found
        return self._made[section]

    def __contains__(self, section: object) -> bool:
        return any(section in source for source in self._sources)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for source in self._sources for name in source))

    def __len__(self) -> int:
        return len(list(iter(self)))


def _holds(condition: str, values: Mapping[str, object]) -> bool:
    name, equals, wanted = condition.partition("=")
    if equals:
        return name in values and in_key(values[name]) == wanted
    if name.startswith("!"):
        return not _present(values.get(name[1:]))
    return _present(values.get(name))


def in_key(value: object) -> str:
    """A value as it stands in a key of a words file: ``r-on-load=true``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _present(value: object) -> bool:
    return value is not None and value is not False and value != () and value != ""


# Compared, not put into a regular expression: compiling one with these ranges costs more than all
# else at the start of the program.
_WIDE = tuple(
    zip(
        "\u1100\u2e80\u3041\uac00\uf900\ufe30\uff00\uffe0",
        "\u115f\u303e\ua4cf\ud7a3\ufaff\ufe6f\uff60\uffe6",
        strict=True,
    )
)
_WORD = re.compile(r"\s+|\S*\d (?:[KMGTP]i?B|[pnuµm]?s|bytes?|%)(?!\w)\S*|\S+")
_OPENING = "（《“"
_CLOSING = "，。；：、！？）”》"


def _wide(char: str) -> bool:
    return char >= "\u1100" and any(low <= char <= high for low, high in _WIDE)


def width(text: str) -> int:
    """Columns the text takes on a terminal; a Chinese character takes two."""
    return len(text) if text.isascii() else len(text) + sum(map(_wide, text))


def pad(text: str, columns: int, right: bool = False) -> str:
    """The text filled with blanks to this many terminal columns."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most this many terminal columns, broken at blanks and between Chinese characters.

    A line break in the text stays one, and so do blanks at the start of a line; a word longer than
    the line is not cut. An item, "- …", goes on under its first word.
    """
    lines = []
    for paragraph in text.split("\n"):
        if paragraph.startswith("- "):
            first, *rest = wrap(paragraph[2:], columns - 2)
            lines += ["- " + first, *("  " + line for line in rest)]
            continue
        line = ""
        for token in _tokens(paragraph):
            if line.strip() and width(line + token.rstrip()) > columns:
                lines.append(line.rstrip())
                line = "" if token.isspace() else token
            else:
                line += token
        lines.append(line.rstrip())
    return lines


def _tokens(text: str) -> Iterator[str]:
    """What a line is made of: it may break at blanks but not between a number and its unit, and around
    each Chinese character but not before closing or after opening punctuation."""
    for word in _WORD.findall(text):
        token = ""
        for char in "" if word.isascii() else word:
            fixed = char in _CLOSING or (token and token[-1] in _OPENING)
            if token and not fixed and (_wide(char) or _wide(token[-1])):
                yield token
                token = ""
            token += char
        yield token or word
