"""The files of words that a package ships: read when used, section by section.

A file has one text a line, ``key = { en = "…", zh = "…" }``, under its ``[section]``. Written so, it is
read line by line, in a tenth of the time that a TOML parser takes, and only the sections that are
asked for. Any other TOML that means the same is read by the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from oslab.errors import InputError
from oslab.text import Text, Words, text_from

_HEADER = re.compile(r"^\[([\w-]+)\][ ]*(?:#.*)?$", re.MULTILINE)
_STRING = r'"((?:[^"\\\n]|\\["\\])*)"'
_LINE = re.compile(
    rf'(?:(?:"([^"\\\n]*)"|([\w-]+)) = \{{ en = {_STRING}, zh = {_STRING} \}})?'
    r"[ ]*(?:#[^\n]*)?(?:\n|\Z)"
)


class WordsError(InputError):
    """A file of words that cannot be used; every fault in it is listed."""


@cache
def words_of(package: str) -> Words:
    """The words shipped in a package: ``words.toml``, or the files of a folder ``words`` in the order
    of their names. A package with neither has no words.

    Raises WordsError when a file is not TOML; a text that is none is found when its section is used.
    """
    root = files(package)
    folder = root.joinpath("words")
    sources = [root.joinpath("words.toml")]
    if folder.is_dir():
        sources += sorted(folder.iterdir(), key=lambda source: source.name)
    found = [
        Words(Sections(source.read_text("utf-8"), f"{package}/{source.name}"))
        for source in sources
        if source.name.endswith(".toml") and source.is_file()
    ]
    return Words().merged(found)


class Sections(Mapping[str, Mapping[str, Text]]):
    """The sections of one file; `name` is the file's, for messages."""

    def __init__(self, source: str, name: str) -> None:
        self._name = name
        self._made: dict[str, Mapping[str, Text]] = {}
        self._tables: Mapping[str, Any] | None = None
        self._chunks: dict[str, str] = {}
        parts = _HEADER.split(source)
        heads = parts[1::2]
        above = [line for line in parts[0].split("\n") if line.strip()]
        plain = all(line.startswith("#") for line in above)
        if plain and len(set(heads)) == len(heads) and '"""' not in source and "'''" not in source:
            self._chunks = dict(zip(heads, parts[2::2], strict=True))
        else:
            self._tables = self._toml(source)
        self._source = source

    def _toml(self, source: str) -> Mapping[str, Any]:
        import tomllib

        try:
            return tomllib.loads(source)
        except ValueError as error:
            raise WordsError(f"{self._name}: {error}") from None

    def __getitem__(self, section: str) -> Mapping[str, Text]:
        if section not in self._made:
            self._made[section] = self._texts(section)
        return self._made[section]

    def _texts(self, section: str) -> Mapping[str, Text]:
        entries = entries_of(self._chunks[section]) if section in self._chunks else None
        if entries is None:
            self._tables = self._tables or self._toml(self._source)
            entries = self._tables[section]
        return texts(entries, section, self._name)

    def __contains__(self, section: object) -> bool:
        return section in (self._chunks if self._tables is None else self._tables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._chunks if self._tables is None else self._tables)

    def __len__(self) -> int:
        return len(self._chunks if self._tables is None else self._tables)


def entries_of(chunk: str) -> dict[str, dict[str, str]] | None:
    """The entries of a section written one text a line; None when it is written otherwise."""
    entries: dict[str, dict[str, str]] = {}
    at = 0
    while at < len(chunk):
        line = _LINE.match(chunk, at)
        if not line or line.end() == at:
            return None
        quoted, bare, en, zh = line.groups()
        key = quoted if bare is None else bare
        if key is not None:
            if key in entries:
                return None  # twice: the parser says it best
            entries[key] = {"en": _unescaped(en), "zh": _unescaped(zh)}
        at = line.end()
    return entries


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text) if "\\" in text else text


def texts(entries: object, section: str, name: str) -> Mapping[str, Text]:
    """The texts of a section. Raises WordsError listing every key that is not one in both languages."""
    if not isinstance(entries, Mapping):
        raise WordsError(f"{name}: {section} must be a table of texts")
    found, faults = {}, []
    for key, value in entries.items():
        try:
            found[key] = text_from(value, f"[{section}] {key}")
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise WordsError(f"{name}: {'; '.join(faults)}")
    return found
