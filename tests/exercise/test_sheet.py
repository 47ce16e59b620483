"""Writing sheets: they look as they should, hold whatever text, and read back blank."""

from __future__ import annotations

import re
import tomllib
from contextvars import ContextVar
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.exercise import answers
from oslab.exercise.answers import (
    NO_WORDS,
    Address,
    AnswerType,
    Bool,
    Choice,
    Choices,
    Essay,
    Float,
    Int,
    List,
    Ordering,
    OrNone,
    Percent,
    Ratio,
    Set,
    ShortText,
    Size,
    Table,
    Time,
    Unreadable,
    is_blank,
)
from oslab.exercise.filling import how_to_fill
from oslab.exercise.grid import read_table
from oslab.exercise.notes import Note
from oslab.exercise.problem import Code
from oslab.exercise.reading import read_sheet
from oslab.exercise.sheet import Reference
from oslab.exercise.writing import SheetAnswer, SheetQuestion, fill_sheet, write_sheet
from oslab.quantities import printable
from oslab.text import Text, Words, width
from oslab.wordfiles import words_of

REFERENCE = Reference("paging/replace-fifo", "7QK4-M2XD", "paging.replace", 1)
STEPS = Table("n", {"result": Choice("fault", "hit"), "victim": OrNone(Int())}, given=("page",))
ROWS = tuple(enumerate([7, 0, 12], start=1))


def question(name: str = "q1") -> SheetQuestion:
    return SheetQuestion(
        name,
        REFERENCE,
        ["FIFO by hand", "Three page frames, all empty."],
        [
            SheetAnswer("steps", STEPS, "", ROWS),
            SheetAnswer("faults", Int(), "how many faults in all?"),
        ],
    )


def test_sheet_looks_as_in_the_journeys() -> None:
    assert (
        write_sheet([question()], {}, "en")
        == """\
# FIFO by hand
# Three page frames, all empty.
# Leave ? (or "") where you do not know yet. Save, then: oslab exercise check
[sheet]        # leave this part as it is
format = 1
q1 = "paging/replace-fifo 7QK4-M2XD paging.replace/1"
[q1]
#   result: one of fault, hit (f, h will do)
#   victim: a whole number; - if none
steps = \'\'\'
  n | page | result | victim
  1 |   7  |   ?    |   ?
  2 |   0  |   ?    |   ?
  3 |  12  |   ?    |   ?
\'\'\'
faults = ""    # how many faults in all? a whole number; write between the quotes
"""
    )


def test_chinese_sheet_has_chinese_comments_and_the_same_keys() -> None:
    text = write_sheet([question()], {}, "zh")
    assert "# 这一部分请勿改动" in text
    assert tomllib.loads(text) == tomllib.loads(write_sheet([question()], {}, "en"))


def test_several_questions_have_their_intro_above_their_part() -> None:
    text = write_sheet(
        [question("q1"), question("q2")], {"assignment": "os101/hw1"}, "en", ["Homework 1"]
    )
    assert text.startswith("# Homework 1\n")
    assert (
        text.index("[sheet]")
        < text.index("# FIFO by hand")
        < text.index("[q1]")
        < text.index("[q2]")
    )
    sheet = read_sheet(text.encode())
    assert [q.name for q in sheet.questions] == ["q1", "q2"]
    assert sheet.header == {"assignment": "os101/hw1"}
    assert sheet.notes == ()


def test_long_lines_are_wrapped_but_not_drawings() -> None:
    q = SheetQuestion("q1", REFERENCE, ["word " * 60, Code("x" * 120 + "\n  two")], [])
    lines = write_sheet([q], {}, "en").splitlines()
    assert "# " + "x" * 120 in lines
    assert "#   two" in lines
    assert all(width(line) <= 96 for line in lines if "x" * 120 not in line)


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r\nb",
        "a\rb",
        "\x00\x1b[2J\x7f",
        "\u202eabc",
        "a\u2028b",
        "'''",
        '"""',
        "# [q1]",
        "\\",
        "\ud800",
    ],
)
def test_no_text_leaves_its_comment_or_its_quotes(text: str) -> None:
    q = SheetQuestion(
        "q1",
        REFERENCE,
        [text, Code(text)],
        [
            SheetAnswer("steps", STEPS, text, [(1, text), (text or "x", 2)]),
            SheetAnswer("faults", Int(), text),
            SheetAnswer("why", Essay(), text),
        ],
    )
    table = tomllib.loads(write_sheet([q], {"student": text}, "en", [text]))
    assert set(table) == {"sheet", "q1"}
    assert set(table["q1"]) == {"steps", "faults", "why"}


def test_a_name_that_is_no_bare_key_is_refused() -> None:
    q = SheetQuestion("q1", REFERENCE, [], [SheetAnswer("a b", Int())])
    with pytest.raises(ValueError, match="cannot be a name"):
        write_sheet([q], {}, "en")


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        (Int(), "a whole number"),
        (OrNone(Int()), "a whole number; - if none"),
        (Choice("fault", "hit"), "one of fault, hit (f, h will do)"),
        (Choice("read", "rw"), "one of read, rw"),
        (Choices("r", "w"), "all that apply of r, w; - if none"),
        (Float(), "a number, within 0.01"),
        (Float(relative=Fraction(1, 1000)), "a number, within 0.1 % of it"),
        (Percent(), "25 % or 0.25, within 0.01 percentage points"),
        (Time(unit="us"), "a time in us, within 0.01"),
        (Size(), "a size: 4096, 4K or 4KiB"),
        (Bool(), "yes or no"),
        (List(Int()), "in order, blanks between; each a whole number"),
        (Set(Int()), "in any order, blanks between, - if none; each a whole number"),
        (Ordering(("a", "b")), "the letters in order, such as c a b"),
        (ShortText(), "a word or name"),
    ],
)
def test_each_type_says_how_it_is_filled_in(kind: AnswerType, phrase: str) -> None:
    assert how_to_fill(kind, NO_WORDS, "en") == [phrase]
    assert how_to_fill(kind, NO_WORDS, "zh")[0]


def test_choices_and_columns_are_named_in_the_language_of_the_sheet() -> None:
    words = Words(
        {
            "choices": {"fault": Text("fault", "缺页"), "hit": Text("hit", "命中")},
            "columns": {"result": Text("fault or hit?", "缺页还是命中？")},
        }
    )
    assert (
        how_to_fill(STEPS, words, "en")[0]
        == "result: fault or hit? one of fault, hit (f, h will do)"
    )
    assert how_to_fill(STEPS, words, "zh")[0] == (
        "result: 缺页还是命中？fault (缺页), hit (命中) 之一（写 f, h 即可）"
    )


def test_filling_keeps_all_else() -> None:
    blank = write_sheet([question()], {}, "en")
    filled = fill_sheet(
        blank,
        {
            ("q1", "faults"): 'a "b" \\ c',
            ("q1", "steps"): [["fault", "-"], ["hit", "-"], ["fault", "7"]],
        },
    )
    changed = [line for line in filled.splitlines() if line not in blank.splitlines()]
    assert changed == [
        "  1 |   7  | fault  |   -",
        "  2 |   0  | hit    |   -",
        "  3 |  12  | fault  |   7",
        'faults = "a \\"b\\" \\\\ c"    # how many faults in all? a whole number; write between the quotes',
    ]
    values = read_sheet(filled.encode()).questions[0].values
    assert values["faults"] == 'a "b" \\ c'
    reading = read_table(values["steps"], STEPS, ROWS, NO_WORDS)
    assert reading.rows[2] == {"result": "fault", "victim": 7}
    assert reading.rows[0] == {"result": "fault", "victim": None}


def test_filling_in_what_is_not_asked_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"q1\.other"):
        fill_sheet(write_sheet([question()], {}, "en"), {("q1", "other"): "1"})


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_essay_survives_filling(essay: str) -> None:
    q = SheetQuestion("q1", REFERENCE, [], [SheetAnswer("why", Essay()), SheetAnswer("n", Int())])
    filled = fill_sheet(write_sheet([q], {}, "en"), {("q1", "why"): essay, ("q1", "n"): "3"})
    values = tomllib.loads(filled)["q1"]
    assert values["why"] == essay + "\n"
    assert values["n"] == "3"


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,9}", fullmatch=True)
TYPES = st.sampled_from([Int(), OrNone(Int()), Choice("fault", "hit"), Float(), Set(Int()), Bool()])
PRINTED = st.one_of(
    st.integers(-99, 99999), st.text(min_size=1, max_size=8).filter(lambda t: t.strip("-=— |?#"))
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, list[tuple[str | int, ...]]]:
    heads = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    printed = draw(st.integers(1, len(heads) - 1))
    table = Table(
        heads[0], {h: draw(TYPES) for h in heads[printed:]}, given=tuple(heads[1:printed])
    )
    count = draw(st.integers(1, 8))
    rows = [(i, *(draw(PRINTED) for _ in range(printed - 1))) for i in range(1, count + 1)]
    return table, rows


@given(st.lists(tables(), min_size=1, max_size=3), st.lists(st.text(max_size=200), max_size=3))
def test_a_written_sheet_reads_back_blank(
    drawn: list[tuple[Table, list[tuple[str | int, ...]]]], intro: list[str]
) -> None:
    answers = [
        SheetAnswer(f"t{i}", table, "".join(intro), rows) for i, (table, rows) in enumerate(drawn)
    ]
    q = SheetQuestion(
        "q1", REFERENCE, intro, [*answers, SheetAnswer("faults", Int(), "".join(intro))]
    )
    sheet = read_sheet(write_sheet([q], {}, "en").encode())
    assert sheet.notes == ()
    read = sheet.questions[0]
    assert read.reference == REFERENCE
    assert read.unreadable is None
    assert is_blank(read.values["faults"])
    for i, (table, rows) in enumerate(drawn):
        reading = read_table(read.values[f"t{i}"], table, rows, NO_WORDS)
        assert reading.blank
        assert reading.notes == ()


def test_notes_speak_both_languages_and_draw_a_caret(monkeypatch: pytest.MonkeyPatch) -> None:
    note = Note("slips", "equals-wide", {"name": "x"}, 3, 6, "缺页 ＝ 9\x1b")
    monkeypatch.setattr("oslab.text._chosen", ContextVar("language", default="en"))
    assert str(note) == "line 3: Full-width ＝: use = . Read as meant."
    monkeypatch.setattr("oslab.text._chosen", ContextVar("language", default="zh"))
    assert str(note).startswith("第 3 行：全角")
    assert note.caret() == ("缺页 ＝ 9\\u001b", " " * 8 + "^")


KINDS: list[AnswerType] = [
    *(
        Int(),
        Address(),
        Size(),
        Time(),
        Float(),
        Ratio(),
        Percent(),
        Bool(),
        Choice("a", "b"),
        Choices("a", "b"),
    ),
    *(List(Int()), Set(Int()), Ordering(("a", "b")), ShortText(), Essay(), OrNone(Int())),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize(
    "value", ["eleven", "", "a a", "1 1", [[1]], {"a": 1}, float("nan"), 2**128, True, "\x1b\n"]
)
def test_every_reason_why_a_value_is_unreadable_has_its_sentence(
    kind: AnswerType, value: object
) -> None:
    try:
        kind.read(value, NO_WORDS)
    except Unreadable as unreadable:
        for sentence in (words_of("oslab")["unreadable", unreadable.reason],):
            for language in (sentence.en, sentence.zh):
                text = Text(language, language)(unreadable.values)
                assert printable(text) == text
                assert "\n" not in text


def test_sentences_and_code_name_the_same_things() -> None:
    folder = Path(answers.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    reasons = {*re.findall(r'Unreadable\(\s*"([a-z-]+)"', source), *(kind.kind for kind in KINDS)}
    assert reasons - {"optional"} <= set(words_of("oslab").sections["unreadable"])
    for section, key in re.findall(r'Note\(\s*"([a-z]+)", "([a-z0-9-]+)"', source):
        assert words_of("oslab").get(section, key), (section, key)
    for section in ("writing", "sheet", "kinds", "slips", "grid"):
        for key in words_of("oslab").sections[section]:
            assert re.search(f"[\"']{key}[\"']", source), f"[{section}] {key} is never said"
