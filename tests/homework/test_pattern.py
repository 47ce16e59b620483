"""Patterns of student numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.homework.ids import is_id
from oslab.homework.pattern import example, matches

ATOMS = st.sampled_from(
    ["s", "S", "-", "_", "@", r"\.", r"\d", "[0-9]", "[a-f0-9]", "[xyz]", r"[\d._]"]
)
TIMES = st.sampled_from(["", "", "?", "{2}", "{1,3}", "{0,2}"])
PATTERNS = st.lists(st.tuples(ATOMS, TIMES).map("".join), min_size=1, max_size=6).map("".join)
TEXTS = st.text("sS-_@.0129afxy", max_size=10)


@given(PATTERNS, TEXTS)
def test_a_pattern_means_what_a_regular_expression_does(pattern: str, text: str) -> None:
    assert matches(pattern, text) == (bool(re.fullmatch(pattern, text)) and is_id(text))


@given(PATTERNS)
def test_an_example_fits(pattern: str) -> None:
    found = example(pattern)
    assume(is_id(found))
    assert matches(pattern, found)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("s[0-9]{4}", "s1234"),
        (r"\d{2}-\d{3}", "12-345"),
        ("[a-z]{2}[0-9]{3,5}", "ab123"),
        ("s?[0-9]{4}", "1234"),
        ("[A-Za-z0-9._@-]{1,64}", "1234"),
    ],
)
def test_an_example_counts(pattern: str, shown: str) -> None:
    assert example(pattern) == shown


@pytest.mark.parametrize(
    "pattern",
    ["", "a*", "a+", "(a)", "a|b", ".", "^a$", "[", "[]", "[^a]", "[z-a]", "[a-Z]", "[a b]", "a{3,1}", "a{65}",
     "a{0}", "a{", "a??", "é", "a b", r"\w", "a/b", "a" * 201, "\x1b"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="is no pattern of student numbers"):
        matches(pattern, "a")


def test_no_pattern_takes_long() -> None:
    # A backtracking matcher would not come to an end on these.
    assert not matches("[a-z]{0,64}" * 18, "a" * 63 + "!")
    assert not matches("a?" * 60 + "a{60}", "a" * 59)
    assert not matches("[a-z]{64}", "a" * 10_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".a",
        "a.",
        "con",
        "Com1.x",
        "aux.",
        "NUL.txt",
        "a/b",
        "a b",
        "a" * 65,
        "ä",
        "a\n",
        "..",
        "-\x00",
    ],
)
def test_what_cannot_be_a_file_name_is_no_id(text: str) -> None:
    assert not is_id(text)
    assert not matches("[A-Za-z0-9._@-]{1,64}", text)
