"""The generator is specified; these numbers never change."""

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.randomness import Generator, code_from_bits, course_code, new_code, read_code

GOLDEN_BELOW = [8, 5, 7, 1, 8, 6, 2, 7, 9, 3, 7, 0]
GOLDEN_SHUFFLE = [0, 1, 6, 5, 3, 7, 2, 4]
GOLDEN_SAMPLE = ["a", "b", "g"]
GOLDEN_COURSE_CODE = "JQN8-CC5K"


def test_the_stream_is_sha256_in_counter_mode() -> None:
    blocks = b"".join(sha256(b"label\0" + i.to_bytes(8, "big")).digest() for i in range(3))
    rng = Generator("label")
    drawn = b"".join(rng.bits(24).to_bytes(3, "big") for _ in range(32))
    assert drawn == blocks


def test_golden_numbers() -> None:
    rng = Generator("oslab golden")
    assert [rng.below(10) for _ in range(12)] == GOLDEN_BELOW
    assert Generator("oslab golden").shuffled(range(8)) == GOLDEN_SHUFFLE
    assert Generator("oslab golden").sample("abcdefgh", 3) == GOLDEN_SAMPLE


def test_below_rejects_and_so_is_even() -> None:
    rng = Generator("even")
    counts = Counter(rng.below(5) for _ in range(5000))
    assert set(counts) == set(range(5))
    assert all(850 < n < 1150 for n in counts.values())


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to choose"):
        Generator("x").below(0)
    with pytest.raises(ValueError, match="only 2 items"):
        Generator("x").sample([1, 2], 3)


@given(st.text(), st.lists(st.integers(), max_size=30))
def test_a_shuffle_keeps_what_there_is(label: str, items: list[int]) -> None:
    assert sorted(Generator(label).shuffled(items)) == sorted(items)


@given(st.integers(min_value=0, max_value=2**40 - 1))
def test_codes_read_back_however_they_are_typed(value: int) -> None:
    code = code_from_bits(value)
    typed = code.lower().replace("-", "").replace("0", "o").replace("1", "l")
    assert read_code(typed) == read_code(f" {code} ") == code


@pytest.mark.parametrize("text", ["", "7QK4-M2X", "7QK4-M2XDD", "UUUU-UUUU", "7QK4 M2X!"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="8 letters and digits"):
        read_code(text)


def test_a_course_code_is_the_same_however_an_id_is_typed() -> None:
    assert course_code(b"key", "S1042", "paging/replace-fifo") == GOLDEN_COURSE_CODE


def test_a_course_code_depends_on_key_student_and_exercise() -> None:
    assert course_code(b"key", "s1042", "paging/replace-fifo") == GOLDEN_COURSE_CODE
    others = {
        course_code(b"kez", "s1042", "paging/replace-fifo"),
        course_code(b"key", "s1043", "paging/replace-fifo"),
        course_code(b"key", "s1042", "paging/replace-lru"),
    }
    assert len(others | {GOLDEN_COURSE_CODE}) == 4


def test_practice_codes_differ() -> None:
    assert len({new_code() for _ in range(50)}) == 50
