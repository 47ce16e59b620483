"""From bytes to text: what encodings a sheet may come in, and which files are no text at all."""

from __future__ import annotations

import codecs
import re

from oslab.exercise.notes import Note
from oslab.exercise.sheet import NotASheet
from oslab.quantities import shown
from oslab.wordfiles import words_of

# Larger than any sheet with essays; small enough that no parser can be made to work for long.
LIMIT = 256 * 1024

_KINDS = (
    (b"%PDF", "pdf"), (b"{\\rtf", "rtf"), (b"\xd0\xcf\x11\xe0", "old-office"),
    (b"\x89PNG", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"), (b"BM", "image"),
    (b"RIFF", "media"), (b"ID3", "media"), (b"\x1f\x8b", "archive"), (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"), (b"\x7fELF", "program"), (b"MZ", "program"), (b"\xcf\xfa\xed\xfe", "program"),
    (b"SQLite format 3", "database"), (b"bplist", "apple"), (b"<!doctype html", "html"), (b"<html", "html"),
    (b"<?xml", "xml"),
)  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*+")
# Control characters that TOML forbids; Python's \n, \t and \r stay.
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(data: bytes, name: str = "") -> tuple[str, tuple[Note, ...]]:
    """The text of a file with line ends as ``\\n``, and notes on what had to be guessed.

    UTF-8 and UTF-16 with or without a mark, GB 2312 where it can be nothing else, else Latin-1, in
    which at least ASCII answers survive.
    Raises NotASheet for other kinds of files, larger ones and those cut off.
    """
    known = _kind(data)
    if known:
        raise _refused("other-kind", name, kind=words_of("oslab")["kinds", known])
    if len(data) > LIMIT:
        raise _refused("too-large", name, limit=LIMIT // 1024)
    if not data.strip():
        raise _refused("empty-file", name)
    text, notes = _text(data, name)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise _refused("not-text", name)
    stray = _CONTROL.search(text)
    if stray:
        cleaned, count = _CONTROL.subn(" ", text)
        if count > len(text) // 20 + 20:
            raise _refused("not-text", name)
        notes += (_at("control", text, stray.start()),)
        text = cleaned
    return text, notes


def _text(data: bytes, name: str) -> tuple[str, tuple[Note, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError:
                raise _refused("cut-off", name, encoding=encoding.upper()) from None
    for encoding in ("utf-16-le", "utf-16-be"):
        # The same bytes, one further on, would be the other order.
        if data.find("[sheet]".encode(encoding)) % 2 == 0:
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError:
                raise _refused("cut-off", name, encoding="UTF-16") from None
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        place = error.start
    for encoding, key in (("gb2312", "gbk"), ("latin-1", "not-utf8")):
        # Chinese Windows' "ANSI" holds letters in pairs; Western text does so by no accident.
        if encoding == "latin-1" or _PAIRS.fullmatch(data):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return text, (_at(key, data.decode("latin-1"), place),)
    raise AssertionError("Latin-1 reads any bytes")


def _at(key: str, text: str, position: int) -> Note:
    """A note on a character; `text` may still have any line ends."""
    before = re.split(r"\r\n|\r|\n", text[:position])
    return Note("sheet", key, line=len(before), column=None)


def _kind(data: bytes) -> str | None:
    head = data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        for inside, kind in ((b"word/", "word"), (b"xl/", "excel"), (b"ppt/", "powerpoint")):
            if inside in data:
                return kind
        if b"opendocument" in data[:200]:
            return "opendocument"
        return "office" if b"[Content_Types].xml" in data[:200] else "archive"
    for magic, kind in _KINDS:
        # Two letters could also begin a text.
        certain = len(magic) > 2 or magic == b"\x1f\x8b" or b"\0" in data[:256]
        if certain and head[: len(magic)].lower() == magic.lower():
            return kind
    return "image" if data[4:12] in (b"ftypheic", b"ftypmif1") else None


def title_of(name: str) -> str:
    """A file's name for a message, safe to print; "this file" in the language in force without one."""
    if not name:
        return str(words_of("oslab")["sheet", "this-file"])
    return shown(" ".join(name.split()), 80)[1:-1]


def _refused(key: str, name: str, **values: object) -> NotASheet:
    return NotASheet(Note("sheet", key, {"name": title_of(name), **values}))
