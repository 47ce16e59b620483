"""Reading sheets: every slip of the journeys, every trap of tomllib, any bytes."""

from __future__ import annotations

import datetime
import os
import runpy
import time
import tomllib
import tracemalloc
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.exercise.answers import Int, Unreadable
from oslab.exercise.layout import lay_out
from oslab.exercise.notes import Note
from oslab.exercise.parts import parts_of_toml
from oslab.exercise.places import places_of_toml
from oslab.exercise.reading import looks_like_sheet, read_sheet, read_sheet_file
from oslab.exercise.salvage import parts_of_layout, places_of_layout
from oslab.exercise.sheet import Damaged, NotASheet, Question, Reference
from oslab.quantities import printable

HOSTILE = Path(__file__).parent.parent / "hostile"
BIG: dict[str, Any] = runpy.run_path(str(HOSTILE / "big.py"))["BIG"]
survive = runpy.run_path(str(HOSTILE / "survival.py"))["survive"]
REFERENCE = Reference("paging/replace-fifo", "7QK4-M2XD", "paging.replace", 1)
HEAD = f"""\
# FIFO by hand
[sheet]        # leave this part as it is
format = 1
q1 = "{REFERENCE}"
[q1]
"""
GRID = "steps = '''\n  n | page | result\n  1 | 7 | f\n  14 | 0 | ?\n"
FIRST = 6  # the line after HEAD


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "en")


def speak(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Put a language in force for one test."""
    monkeypatch.setattr("oslab.text._chosen", ContextVar("language", default=language))


def only(text: str | bytes) -> Question:
    (question,) = read_sheet(text if isinstance(text, bytes) else text.encode()).questions
    return question


def said(text: str | bytes) -> list[str]:
    """The keys of everything said about a file, notes and damaged answers."""
    sheet = read_sheet(text if isinstance(text, bytes) else text.encode())
    damaged = [v.note for q in sheet.questions for v in q.values.values() if isinstance(v, Damaged)]
    gone = [q.unreadable for q in sheet.questions if q.unreadable]
    return [note.key for note in (*sheet.notes, *damaged, *gone)]


def test_a_sheet_without_slips() -> None:
    sheet = read_sheet((HEAD + GRID + "'''\nfaults = \"9\"\nrate = 0.25\n").encode())
    assert sheet.format == 1
    assert sheet.notes == ()
    assert sheet.questions == (
        Question(
            "q1",
            REFERENCE,
            {"steps": GRID[len("steps = '''\n") :], "faults": "9", "rate": 0.25},
            None,
            {"steps": 6, "faults": 11, "rate": 12},
        ),
    )


# Read as meant, with a note. (line in the file, value, note)
MEANT: list[tuple[str, object, str]] = [
    ("faults = ", "", "empty"),
    ("faults =      # how many faults", "", "empty"),
    ("faults = “9”", "9", "curly"),
    ("faults = ‘9’  # how “many”", "9", "curly"),
    ("faults = ＂9＂", "9", "curly"),
    ("faults = 「9」", "9", "curly"),
    ("faults = “9\"", "9", "curly"),
    ("faults = \"9'", "9", "quotes"),
    ("faults ＝ 9", 9, "equals-wide"),
    ("faults ＝ \"9\"", "9", "equals-wide"),
    ("faults == 9", 9, "equals-twice"),
    ("faults: 9", 9, "colon"),
    ("faults：\"9\"", "9", "colon"),
    ("faults = eleven", "eleven", "unquoted"),
    ("faults = hello", "hello", "unquoted"),
    ("faults = 缺页", "缺页", "unquoted"),
    ("faults = two words # yes", "two words", "unquoted"),
    ("faults = 0XFF", "0XFF", "unquoted"),
    ("faults = -0xff", "-0xff", "unquoted"),
    ("faults = 007", "007", "unquoted"),
    ("faults = ９", "９", "unquoted"),
    ("faults = 3,14", "3,14", "unquoted"),
    ("faults = 50%", "50%", "unquoted"),
    ("faults = 4KiB", "4KiB", "unquoted"),
    ("faults = 1/3", "1/3", "unquoted"),
    ("faults = True", "True", "unquoted"),
    ("faults = ?", "?", "unquoted"),
    ("faults = -", "-", "unquoted"),
    ("faults = 7, 0, 1;", "7, 0, 1", "unquoted"),
    ("faults = 23:59:60", "23:59:60", "unquoted"),
    (r'faults = "C:\Users"', r"C:\Users", "backslash"),
    ('faults = "9', "9", "half-quoted"),
    ('faults = "9    # how many faults', "9", "half-quoted"),
    ('faults = 9"', "9", "half-quoted"),
    ('faults = "9",', "9", "punctuation"),
    ('faults = "9"；', "9", "punctuation"),
    ('faults = "he said "no" twice"', 'he said "no" twice', "quotes-inside"),
    ('faults = [{n=1, result="f",}]', [{"n": 1, "result": "f"}], "loose-brackets"),
    ('faults = [{n=1,\n result="f"},\n]', [{"n": 1, "result": "f"}], "loose-brackets"),
    ("faults = [{n=1, r=f}, {n=2 r: h}]", [{"n": 1, "r": "f"}, {"n": 2, "r": "h"}], "loose-brackets"),
    ("faults = [7 0 1]", [7, 0, 1], "loose-brackets"),
    ("faults = ［7，0，‘x’］", [7, 0, "x"], "loose-brackets"),
    ("faults = '''\n1 | 2\n''", "1 | 2", "triple"),
    ("faults = “““\n1 | 2\n”””", "1 | 2", "triple"),
    ("faults = \n1 | 2\n'''", "\n1 | 2", "unopened"),
    ('faults = "\n1 | 2\n"', "\n1 | 2", "unopened"),
    ('faults = "9"\nfaults = "9"', "9", "twice-same"),
    ('faults = ""\nfaults = 9', 9, "twice-same"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "value", "note"), MEANT)
def test_what_is_meant_beyond_doubt_is_read_and_noted(line: str, value: object, note: str) -> None:
    text = f'{HEAD}{line}\nrate = "1"\n'
    question = only(text)
    assert question.values == {"faults": value, "rate": "1"}
    assert said(text) == [note]
    (found,) = read_sheet(text.encode()).notes
    assert found.line == FIRST + (note.startswith("twice"))
    assert found.caret() is not None


# Not readable: the answer is damaged, the others are read. (line in the file, note)
DAMAGED = [
    ('faults = "9" pages', "after-value"),
    ('faults = 9\nfaults = "8"', "twice"),
    ("faults = [1, 2", "unclosed-brackets"),
    ("faults = {n = 1", "unclosed-brackets"),
    ("faults = [{n = 1}}]", "brackets"),
    ("faults = {n = 1, n = 2}", "brackets"),
    ("faults = '''\n1 | 2\n14 | ?", "unclosed-table"),
    ("faults = '''\nan essay", "unclosed-text"),
    ("faults = nan", "not-finite"),
    ("faults = -inf", "not-finite"),
    ("faults = 1e400", "not-finite"),
    ("faults = [1.0, nan]", "not-finite"),
    (f"faults = {2**128}", "too-large"),
    (f"faults = 0x{'f' * 300}", "too-large"),
    (f"faults = {'9' * 4301}", "too-long"),
    (f"faults = {'[' * 400}{']' * 400}", "brackets"),
]


@pytest.mark.parametrize(("line", "note"), DAMAGED)
def test_a_damaged_answer_leaves_the_others_readable(line: str, note: str) -> None:
    text = f'{HEAD}{line}\nrate = "1"\n'
    values = only(text).values
    assert isinstance(values["faults"], Damaged)
    assert values["rate"] == "1"
    assert said(text) == [note]
    assert values["faults"].note.line in (FIRST, FIRST + 1)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "faults = ",
            'line 6: faults is empty. Write "" for "not yet", or your answer between the quotes.',
        ),
        ("faults = “9”", 'line 6: Curly quotes: use " . Read as "9".'),
        ("faults ＝ 9", "line 6: Full-width ＝: use = . Read as meant."),
        ("faults = eleven", 'line 6: No quotes: write faults = "eleven". Read so.'),
        (
            "faults = 8\nfaults = 8",
            "line 7: faults stands twice, on lines 6 and 7; one of them would do.",
        ),
        ("faults = \x1b[2J", "line 6: A control character stands here; it is read as a blank."),
    ],
)
def test_slips_are_told_in_plain_words(line: str, sentence: str) -> None:
    assert sentence in [str(note) for note in read_sheet((HEAD + line + "\n").encode()).notes]


def test_an_answer_of_another_kind_says_what_would_be_read() -> None:
    with pytest.raises(Unreadable) as caught:
        Int().read(only(HEAD + 'faults = "eleven"\n').values["faults"])
    note = Note("unreadable", caught.value.reason, caught.value.values)
    assert str(note) == '"eleven" is not a whole number; 11 or 0xb would be.'


# Valid TOML that needs care.
CAREFUL: list[tuple[str, object]] = [
    ("faults = 2024-01-01", "2024-01-01"),
    ("faults = 07:32:00   # a time?", "07:32:00"),
    ("faults = 07:32:00.123456789", "07:32:00.123456789"),
    ("faults = 1979-05-27 07:32:00", "1979-05-27 07:32:00"),
    ("faults = [2024-01-01, 2]", ["2024-01-01", 2]),
    ("faults = true", True),
    ("faults = 1_000", 1000),
    ("faults = 0x1F", 31),
    ('faults = "\\u001b[2J"', "\x1b[2J"),
    ('faults = "\u202e9"', "\u202e9"),
    ("faults = [{n = 1, result = 'f'}]", [{"n": 1, "result": "f"}]),
    ('"faults" = 9', 9),
    ("faults = '''a''''", "a'"),
]


@pytest.mark.parametrize(("line", "value"), CAREFUL)
def test_valid_toml_is_read_as_such(line: str, value: object) -> None:
    values = only(HEAD + line + "\n").values
    assert values == {"faults": value}
    assert type(values["faults"]) is type(value)
    assert said(HEAD + line + "\n") == []
    assert not isinstance(values["faults"], datetime.date | datetime.time)


def test_the_closing_quotes_of_a_table_are_gone() -> None:
    text = HEAD + GRID + '\n# how many?\nfaults = "9"\n'
    damaged = only(text).values["steps"]
    assert isinstance(damaged, Damaged)
    assert str(damaged.note) == (
        "line 6: The table steps, opened on line 6, has no closing '''. "
        "Put ''' on a line of its own after row 14."
    )
    assert damaged.note.caret() == ("steps = '''", "        ^")
    assert only(text).values["faults"] == "9"


def test_one_unclosed_table_does_not_swallow_the_next_question() -> None:
    head = HEAD.replace("[q1]", f'q2 = "{REFERENCE}"\n[q1]')
    text = head + GRID + 'faults = "9"\n[q2]\n' + GRID + "'''\nfaults = \"8\"\n"
    one, two = read_sheet(text.encode()).questions
    assert isinstance(one.values["steps"], Damaged)
    assert one.values["faults"] == "9"
    assert two.values == {"steps": GRID[len("steps = '''\n") :], "faults": "8"}


def test_an_essay_may_hold_what_looks_like_answers_even_beside_a_slip() -> None:
    essay = "x = 3\n# not a comment\nfaults = 4\n"
    values = only(f"{HEAD}why = '''\n{essay}'''\nfaults = eleven\n").values
    assert values == {"why": essay, "faults": "eleven"}


@pytest.mark.parametrize(
    "header",
    [
        "[sheet",
        "sheet]",
        "【sheet】",
        "［sheet］",
        "[Sheet]",
        "[[sheet]]",
        "[sheet];",
        "(sheet)",
        "sheet",
        "# gone",
    ],
)
def test_a_damaged_sheet_line_is_read_as_meant(header: str) -> None:
    text = HEAD.replace("[sheet]       ", header) + "faults = 9\n"
    question = only(text)
    assert question.reference == REFERENCE
    assert question.values == {"faults": 9}
    assert set(said(text)) <= {"header", "sheet-line"}


@pytest.mark.parametrize(
    "header", ["[q1", "q1]", "【q1】", "[Q1]", "[ q1 ]", "[[q1]]", "[q1] # mine", "q1"]
)
def test_a_damaged_question_line_is_read_as_meant(header: str) -> None:
    assert only(HEAD.replace("[q1]", header) + "faults = 9\n").values == {"faults": 9}


# What the lines of [sheet] may have suffered. (what to replace, by what, note)
@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("[q1]\n", "", "outside-part"),
        ("# FIFO by hand", "rate = 1", "outside-part"),
        ("# FIFO by hand", "faults = 8", "stray-key"),
        ("format = 1", "", "format"),
        ("format = 1", 'format = "one"', "format"),
        ('q1 = "paging', '#q1 = "paging', "reference-missing"),
        ("7QK4-M2XD", "7QK4-M2X", "reference-damaged"),
        ("paging.replace/1", "paging.replace", "reference-damaged"),
        (f'"{REFERENCE}"', "7", "reference-damaged"),
        ("[q1]", "[notes]\nx = 1\n[q1]", "unknown-part"),
        ("[q1]", "[q1]\nrate = 1\n[q1]", "part-twice"),
        ("[q1]", "[q1]\nhello there", "stray-line"),
    ],
)
def test_a_changed_head_is_explained(old: str, new: str, note: str) -> None:
    text = HEAD.replace(old, new) + "faults = 9\n"
    assert note in said(text)
    assert only(text).values["faults"] == 9


def test_a_reference_typed_by_hand_is_read() -> None:
    text = HEAD.replace(str(REFERENCE), "paging/replace-fifo  7qk4m2xd  paging.replace / 1")
    assert only(text).reference == REFERENCE
    assert only(HEAD.replace(" 7QK4-M2XD", "")).reference.code == ""


def test_a_missing_part_is_said_where_it_cannot_be_guessed() -> None:
    text = HEAD.replace("[q1]", f'q2 = "{REFERENCE}"\nq3 = "{REFERENCE}"\n[q1]\nfaults = 9\n')
    one, two, three = read_sheet(text.encode()).questions
    assert one.unreadable is None
    assert two.unreadable is not None
    assert three.unreadable is not None
    assert str(two.unreadable) == (
        "line 5: The line [q2] is missing: put it above the answers of that question."
    )


def test_header_texts_are_safe_to_print() -> None:
    text = HEAD.replace(
        "format = 1", 'format = 1\nassignment = "os101/hw1"\nstudent = "s1\\u001b[2J\\n"'
    )
    assert read_sheet(text.encode()).header == {
        "assignment": "os101/hw1",
        "student": "s1\\u001b[2J",
    }


ENCODED = HEAD + "faults = 9\nwhy = '''\n缺页\n'''\n"


@pytest.mark.parametrize(
    "data",
    [
        ENCODED.encode(),
        ENCODED.encode("utf-8-sig"),
        ENCODED.encode("utf-16"),
        ("\ufeff" + ENCODED).encode("utf-16-le"),
        ("\ufeff" + ENCODED).encode("utf-16-be"),
        ENCODED.encode("utf-16-le"),
        ENCODED.encode("utf-16-be"),
        ENCODED.encode("utf-32"),
        ENCODED.replace("\n", "\r\n").encode(),
        ENCODED.replace("\n", "\r").encode(),
        ENCODED.replace("\n", "\r\n").encode("utf-16"),
        ENCODED.rstrip().encode(),
    ],
)
def test_encodings_and_line_ends_are_read_silently(data: bytes) -> None:
    question = only(data)
    assert question.values["faults"] == 9
    assert str(question.values["why"]).strip() == "缺页"
    assert read_sheet(data).notes == ()
    assert looks_like_sheet(data)


def test_gbk_is_read_and_said() -> None:
    text = HEAD.replace("FIFO by hand", "手工模拟") + 'faults = "9"\nword = "缺页"\n'
    assert only(text.encode("gbk")).values == {"faults": "9", "word": "缺页"}
    (note,) = read_sheet(text.encode("gbk")).notes
    assert str(note) == "line 1: not UTF-8 but GBK; read all the same. Save As, UTF-8 is safer."


def test_western_letters_are_read_as_far_as_they_are_ascii() -> None:
    text = HEAD.replace("FIFO by hand", "à la résumé") + 'faults = "9"\n'
    assert only(text.encode("latin-1")).values["faults"] == "9"
    (note,) = read_sheet(text.encode("latin-1")).notes
    assert str(note) == "line 1: not UTF-8; Chinese answers cannot be read. Save As, UTF-8."


def test_control_characters_are_blanks_and_said() -> None:
    text = HEAD + 'faults = 9 # \x1b[2J\nrate = "1\x07"\x1a\n'
    assert only(text).values == {"faults": 9, "rate": "1 "}
    assert [note.line for note in read_sheet(text.encode()).notes if note.key == "control"] == [6]


@pytest.mark.parametrize(
    ("data", "name", "gist"),
    [
        (b"PK\x03\x04....[Content_Types].xml..word/x.xml", "report.docx", "report.docx is a Word file"),
        (b"PK\x03\x04....xl/workbook.xml", "", "this file is an Excel file"),
        (b"PK\x03\x04....a.txt", "a.zip", "a.zip is a zip or another archive"),
        (b"PK\x03\x04" + b"\0" * 300_000, "a.zip", "archive"),
        (b"%PDF-1.7", "a.pdf", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "shot.png", "is a picture"),
        (b"\xff\xd8\xff\xe0", "", "is a picture"),
        (b"{\\rtf1\\ansi", "", "rich-text"),
        (b"\xd0\xcf\x11\xe0\xa1", "", "old Word"),
        (b"<!DOCTYPE html><html>", "", "a web page"),
        (b"\x7fELF\x02", "", "a program"),
        (b"", "hw1.toml", "hw1.toml is empty"),
        (b" \n\n", "", "is empty"),
        (b"a\0b", "", "not a text file"),
        (b"[sheet]\n" + b"\x01\x02" * 50, "", "not a text file"),
        (b"hello", "", "has no [sheet] part"),
        (b'title = "x"\n[space]\n', "", "has no [sheet] part"),
        (b"[sheet]\nformat = 1\n", "", "has no question"),
        (b"[sheet]\nformat = 99\n", "", "sheet format 99"),
        (b"#" * 262_145, "", "larger than 256 KiB"),
        (ENCODED.encode("utf-16")[:-1], "", "UTF-16, cut off in a character"),
        (ENCODED.encode("utf-16-be")[:-1], "", "UTF-16, cut off in a character"),
        (b"\xff\xfe\x00\xd8", "", "cut off in a character"),
        (b"hello", "\x1b[2J\n.toml", "\\u001b[2J .toml"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_named(data: bytes, name: str, gist: str) -> None:
    with pytest.raises(NotASheet) as caught:
        read_sheet(data, name)
    assert gist in str(caught.value)
    assert printable(str(caught.value)) == str(caught.value)


def test_sheets_are_known_by_their_head_not_their_name() -> None:
    assert looks_like_sheet((HEAD + "faults = ").encode())
    assert looks_like_sheet(HEAD.replace("[sheet]", "").encode())
    assert not looks_like_sheet(b'[space]\nx = "[sheet]"\n')
    assert not looks_like_sheet(b"\0\1\2")


def test_files_are_read_only_when_they_are_files(tmp_path: Path) -> None:
    sheet = tmp_path / "replace-fifo.toml.txt"
    sheet.write_text(HEAD + "faults = 9\n", encoding="utf-8")
    assert read_sheet_file(sheet).questions[0].values == {"faults": 9}
    for name in ("none.toml", "a\0b.toml"):
        with pytest.raises(InputError, match="cannot open"):
            read_sheet_file(tmp_path / name)
    with pytest.raises(NotASheet, match="not an ordinary file"):
        read_sheet_file(tmp_path)
    large = tmp_path / "large.toml"
    large.write_bytes(HEAD.encode() + b"#" * 300_000)
    with pytest.raises(NotASheet, match="larger than"):
        read_sheet_file(large)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")
def test_links_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "sheet.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "link.toml").symlink_to(tmp_path / "sheet.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (
        tmp_path / "link.toml",
        tmp_path / "pipe.toml",
        Path("/dev/zero"),
        Path("/dev/null"),
    ):
        with pytest.raises(NotASheet, match="not an ordinary file"):
            read_sheet_file(path)


# The committed files: what they must give, in short. (file, values of q1 or None, notes in order)
CORPUS: dict[str, tuple[dict[str, object] | None, list[str]]] = {
    "bom-crlf.toml": ({"faults": "9"}, []),
    "utf-16.toml": ({"faults": "9"}, []),
    "gbk.toml": ({"faults": "9", "word": "缺页"}, ["gbk"]),
    "bidi.toml": ({"faults": "\u202e9"}, []),
    "escape.toml": ({"faults": "9 [2J"}, ["control"]),
    "phone-keyboard.toml": ({"faults": "9", "rate": "５０％"}, ["curly", "equals-wide", "curly"]),
    "word-processor.toml": ({"steps": "  n | page\n  1 | 7", "faults": "9"}, ["triple", "curly"]),
    "duplicate-table.toml": ({"faults": 9, "rate": 1}, ["part-twice"]),
    "dotted-then-table.toml": ({"faults": 9, "rate": 1}, []),
    "report.toml": (None, ["other-kind"]),
    "cut-off.toml": (None, ["cut-off"]),
}


@pytest.mark.parametrize("name", sorted(p.name for p in HOSTILE.glob("*.toml")))
def test_the_corpus_of_nasty_files(name: str) -> None:
    values, notes = CORPUS[name]
    data = (HOSTILE / name).read_bytes()
    if values is None:
        with pytest.raises(NotASheet) as caught:
            read_sheet(data)
        assert [caught.value.note.key] == notes
    else:
        assert only(data).values == values
        assert said(data) == notes


@pytest.mark.parametrize("name", BIG)
def test_no_bytes_take_long(name: str) -> None:
    data = BIG[name]()
    begin = time.process_time()
    survive(data)
    assert time.process_time() - begin < 4  # a fraction of it on an idle machine


@pytest.mark.parametrize(
    "name",
    [
        "dotted key",
        "hexadecimal digits",
        "deep arrays",
        "long array of numbers",
        "keys",
        "rows in brackets",
    ],
)
def test_no_bytes_take_much_memory(name: str) -> None:
    data = BIG[name]()
    survive(data)
    tracemalloc.start()
    try:
        survive(data)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


PIECES = st.sampled_from(
    ["[sheet]\n", "[q1]\n", "[q2]", "q1 = ", f'"{REFERENCE}"', "faults", " = ", "＝", "'''", '"""', "“", "”",
     "\n", "\n", "1 | 7 | f\n", "[", "]", "{", "}", ",", ".", "#", "\\", "\x1b", "\r", "9", "nan",
     "0x", "a = 1\n", "缺", "?", " "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_pieces_are_survived(pieces: list[str]) -> None:
    survive((HEAD + "".join(pieces)).encode())
    survive("".join(pieces).encode())


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_survived(data: bytes) -> None:
    survive(data)
    survive(HEAD.encode() + data)


SCALARS = st.one_of(
    st.integers(-(2**100), 2**100).map(str),
    st.booleans().map(lambda b: str(b).lower()),
    st.from_regex(r'"[a-zA-Z0-9 ,|=#\[\]]{0,20}"', fullmatch=True),
    st.from_regex(r"'[a-zA-Z0-9 ,|=#\"\\]{0,20}'", fullmatch=True),
    st.from_regex(r"'''\n([a-z0-9 |?-]{0,20}\n){0,4}'''", fullmatch=True),
    st.from_regex(r"\[([0-9]{1,3}, ){0,4}\]", fullmatch=True).map(
        lambda t: t.replace("00", "1").replace(" 0", " 1")
    ),
)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), SCALARS, max_size=6))
@settings(deadline=None)
def test_piece_by_piece_reads_the_same_as_toml(values: dict[str, str]) -> None:
    text = HEAD + "".join(f"{k} = {v}   # why\n" for k, v in values.items())
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    parts, notes = parts_of_layout(lay_out(text))
    assert parts == parts_of_toml(table)
    assert places_of_toml(text).lines == places_of_layout(lay_out(text)).lines
    assert notes == []


def test_messages_are_in_the_language_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "zh")
    with pytest.raises(NotASheet, match="不是答卷") as caught:
        read_sheet(b"%PDF-1.7", "a.pdf")
    assert "a.pdf 是 PDF 文件" in str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "text = '''\nline one\nas '''doc''' says\nlast line\n'''\n",
        'text = "one\n\ntwo\nthree"\n',
        "text = '''\n\n'''\nall of it is below\n",
        "text = one two\nthree\n",
    ],
)
def test_a_text_that_goes_on_outside_its_quotes_is_not_cut_silently(written: str) -> None:
    (question,) = read_sheet((HEAD + written + 'other = "9"\n').encode()).questions
    value = question.values["text"]
    assert isinstance(value, Damaged)
    assert value.note.key == "goes-on"
    assert question.values["other"] == "9"


def test_a_remark_below_an_answer_leaves_the_answer() -> None:
    (question,) = read_sheet((HEAD + 'faults = "9"\nor so I think\n').encode()).questions
    assert question.values["faults"] == "9"
