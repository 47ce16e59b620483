"""What a line that is not TOML was meant to be."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.tomlfile import NotToml, parse_toml
from oslab.tomlslips import date_meant

WANTED = {"team": "true or false", "due": "a date and time", "points": "a number"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team = False", "team is False; true or false is expected"),
        ("team = yes  # all", "team is yes; true or false is expected"),
        ("team =", "team has no value; true or false is expected"),
        ("other = True", "True is written true"),
        ("due = 30.11.2026", "due is 30.11.2026; 2026-11-30T23:59:00, without quotes, is expected"),
        ("due = 2026-11-30 18:00", "due is 2026-11-30 18:00; 2026-11-30T18:00:00, without quotes, is"),
        ("due = 3/4/2026", "due is 3/4/2026; a date and time is expected"),
        ("due = 2026-11-30T24:00:00", "there is no such day or time"),
        ("due = 2026-11-30T20:00:00 CET", "nothing stands after a time but Z or an offset"),
        ("title = Homework 1", 'a text stands in quotes: title = "Homework 1"'),
        ('title = Homework 1"', 'a text stands in quotes: title = "Homework 1"'),
        ('title = "Homework 1', 'the text is not closed: " is missing at its end'),
        ("title = “Homework 1”", '“ was meant as "'),
        ('title = "„x“" y = “z”', '“ was meant as "'),
        ('title\u00a0= "x"', "there is a no-break space (U+00A0); a plain one was meant"),
        ('title == "x"', "one = is enough after title"),
        ('title: "x"', "between title and its value stands =, not a colon"),
        ('title "x"', "= is missing after title"),
        ('title = "x",', "the , at the end of the line is one too many"),
        ('title = "x" // y', "a comment begins with #, not with //"),
        ('title = "x" team = true', "team = … is a line of its own"),
        ('title = "x "y" z"', 'after "x " the line goes on'),
        ('title = "\\d"', "in double quotes \\ begins a code such as \\n"),
        ('the title = "x"', "the title is no name of a setting"),
        ('title = "x"\n\ntitle = "y"', "title is set in line 1 already"),
        ("[late", "a heading has as many brackets at its end as at its beginning: [late] or [[late]]"),
        ('q = [\n { e = "x", points = 8 }\n { e = "y" }\n]', "a comma is missing at the end of line 2"),
        ('q = [\n { e = "x" points = 8 },\n]', "a comma is missing before points"),
        ('q = [\n { e = "x", points = 8, },\n]', "there is a comma too many before }"),
        ('q = [\n { e = "x", points = 8\n]', "} is missing at the end of the line"),
        ('q = [\n { e = "x", points = 8,5 },\n]', "a point, not a comma: points = 8.5"),
        ('q = [\n { e = "x", points = 8p },\n]', "points is 8p; a number is expected"),
        ("q = [\n {\n points = 8 } ]", "each { … } stands on one line"),
        ("q = [\n paging/split,\n]", 'a text stands in quotes: "paging/split"'),
        ('p = [ "[", "a" ]\nq = [\n { e = "x" },\n', "the list that begins in line 2 is not closed"),
        ('q = [ "x",\n[late]\nby = "y"', "the list that begins in line 1 is not closed"),
        ("q = ( 1, 2 )", "a text stands in quotes"),
    ],
)  # fmt: skip
def test_what_was_meant_is_told(text: str, said: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(NotToml) as raised:
        parse_toml(text, "f.toml", wanted=WANTED)
    assert said in raised.value.slip
    assert str(raised.value).endswith(raised.value.slip)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-30", "2026-11-30T23:59:00"),
        ("2026/1/3 9:05", "2026-01-03T09:05:00"),
        ("2026年11月30日", "2026-11-30T23:59:00"),
        ("30. November 2026, 18:00", "2026-11-30T18:00:00"),
        ("Nov 30, 2026 at 12:30 am", "2026-11-30T00:30:00"),
        ("11/30/2026", "2026-11-30T23:59:00"),
        ("30/11/2026", "2026-11-30T23:59:00"),
        ("5-5-2026", "2026-05-05T23:59:00"),
        ("2026-11-30 18:00 UTC", "2026-11-30T18:00:00Z"),
        ("3/4/2026", ""),
        ("3-4-2026", ""),
        ("2026-02-30", ""),
        ("30 Brumaire 2026", ""),
        ("1.2", ""),
    ],
)
def test_a_date_as_it_is_written_at_home_is_read_where_it_is_clear(text: str, meant: str) -> None:
    assert date_meant(text) == meant


WORDS = [*"=[]{},#:'\"“\\\n ", "a", "due", "1.2.2026", "= [", '"a"']


@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_is_bad_input(text: str) -> None:
    with suppress(InputError):
        parse_toml(text, "f.toml", wanted=WANTED)
