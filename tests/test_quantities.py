"""Numbers, addresses, sizes and times read the same everywhere."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import quantities as q


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("11", 11), ("0xb", 11), ("0b1011", 11), ("0o13", 11), ("0XB", 11), ("1_000", 1000), ("-3", -3),
        ("+3", 3), ("007", 7), ("１２", 12), ("0x_ff", 255), (" 9 ", 9), ("−4", -4), ("0", 0),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_in_any_base(text: str, value: int) -> None:
    assert q.parse_int(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eleven",
        "1.5",
        "0xg",
        "1__0",
        "_1",
        "1_",
        "0x",
        "--1",
        "1 2",
        "nan",
        "٣x",
        "9" * 5000,
        hex(2**128),
    ],
)
def test_what_is_no_whole_number_says_what_would_be(text: str) -> None:
    with pytest.raises(q.QuantityError):
        q.parse_int(text)


def test_the_message_names_the_text_and_an_example() -> None:
    with pytest.raises(q.QuantityError, match='"eleven" is not a whole number; 11 or 0xb would be'):
        q.parse_int("eleven")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4096", 4096), ("4K", 4096), ("4KiB", 4096), ("4 KB", 4096), ("4k", 4096), ("1MiB", 2**20),
        ("0x1000", 4096), ("0x1b", 27), ("1.5K", 1536), ("2G", 2**31), ("0", 0), ("12B", 12),
        ("12 bytes", 12), ("0x1K", 1024), ("３Ｋ", 3072), ("1_024", 1024),
        ("12 字节", 12), ("12K字节", 12288), ("\u200b4\u200bK\ufeff", 4096),
    ],
)  # fmt: skip
def test_a_size_is_read_with_k_as_1024(text: str, value: int) -> None:
    assert q.parse_size(text) == value


@pytest.mark.parametrize("text", ["", "K", "-4K", "4.1", "0.3K", "4X", "4KK", "big", "1e400"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(q.QuantityError, match="size"):
        q.parse_size(text)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("10ns", 10), ("2us", 2000), ("2µs", 2000), ("1.5ms", 1_500_000), ("3 s", 3 * 10**9), ("7", 7),
        ("0.1ns", Fraction(1, 10)), ("1/3us", Fraction(1000, 3)), ("5ps", Fraction(1, 200)),
        ("2 微秒", 2000), ("1.5毫秒", 1_500_000), ("10纳秒", 10), ("３秒", 3 * 10**9),
    ],
)  # fmt: skip
def test_a_time_is_kept_exact_in_nanoseconds(text: str, ns: object) -> None:
    assert q.parse_time(text) == ns


@pytest.mark.parametrize("text", ["", "ms", "10 minutes", "1h", "nan", "inf ns", "秒", "3 分秒"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(q.QuantityError, match="time"):
        q.parse_time(text)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("25 %", Fraction(1, 4)),
        ("0.25", Fraction(1, 4)),
        ("1/4", Fraction(1, 4)),
        ("２５％", Fraction(1, 4)),
    ],
)
def test_a_percentage_and_a_fraction_are_the_same(text: str, share: Fraction) -> None:
    assert q.parse_percent(text) == share


@given(st.integers(min_value=0, max_value=2**60))
def test_sizes_printed_read_back(value: int) -> None:
    assert q.parse_size(q.format_size(value)) == value


@given(st.integers(min_value=0, max_value=2**64), st.integers(min_value=0, max_value=80))
def test_addresses_printed_read_back(value: int, bits: int) -> None:
    assert q.parse_address(q.format_address(value, bits)) == value


@given(st.text())
def test_any_text_is_a_quantity_or_a_quantity_error(text: str) -> None:
    for parse in (
        q.parse_int,
        q.parse_address,
        q.parse_size,
        q.parse_time,
        q.parse_percent,
        q.parse_decimal,
    ):
        message = ""
        try:
            parse(text)
        except q.QuantityError as error:
            message = str(error)
        assert "\x1b" not in message


def test_control_and_bidi_characters_are_escaped() -> None:
    assert q.printable("a\x1b[2J\u202eb\u200b") == "a\\u001b[2J\\u202eb\\u200b"


def test_bits_are_grouped_from_the_right() -> None:
    assert q.format_bits(0x2004, 16) == "0010 0000 0000 0100"
    assert q.format_bits(5, 6) == "00 0101"


@pytest.mark.parametrize(
    ("ns", "text"),
    [(10, "10 ns"), (2500, "2.5 us"), (8_000_000, "8 ms"), (Fraction(1, 3), "0.3333 ns")],
)
def test_times_are_printed_in_the_unit_that_fits(ns: Fraction, text: str) -> None:
    assert q.format_time(ns) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(25799, 10), 0, "2580"), (Fraction(5, 2), 2, "2.5"), (100, 0, "100"),
        (Fraction(1, 3), 4, "0.3333"), (Fraction(1, 30000), 4, "3.333e-05"),
    ],
)  # fmt: skip
def test_decimals_lose_needless_zeros_and_no_others(
    value: Fraction, places: int, text: str
) -> None:
    assert q.format_decimal(value, places) == text
