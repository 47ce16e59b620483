"""Memory images: the dumps people have, and lines that are none."""

import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.memoryimage import MemoryImage, Region, dump, parse_dump, read_image


def bytes_of(regions, base, count):
    return MemoryImage(regions).bytes_at(base, count)


def test_plain_lines_xxd_and_hexdump_read_the_same():
    plain = "0x1000: 27 30 00 00 41 42"
    xxd = "00001000: 2730 0000 4142            '0..AB"
    hexdump = "00001000  27 30 00 00 41 42              |'0..AB|\n00001006\n"
    expected = (Region(0x1000, bytes.fromhex("273000004142")),)
    assert parse_dump(plain, "f") == expected
    assert parse_dump(xxd, "f") == expected
    assert parse_dump(hexdump, "f") == expected


def test_a_part_is_what_is_known_of_a_stretch():
    image = MemoryImage([Region(0, b"abcd"), Region(8, b"ef"), Region(16, b"gh")])
    assert image.part(2, 7) == (Region(2, b"cd"), Region(8, b"e"))
    assert image.part(4, 4) == ()
    assert image.part(0, 32) == image.regions


def test_a_line_in_two_halves_is_read_whole():
    line = "1000: 00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f"
    assert bytes_of(parse_dump(line, "f"), 0x1000, 16) == bytes(range(16))


def test_bytes_after_two_blanks_are_not_taken_for_characters():
    assert bytes_of(parse_dump("0: 00 11  22", "f"), 0, 3) == b"\x00\x11\x22"


def test_a_long_line_that_is_no_dump_is_refused_at_once():
    with pytest.raises(InputError):
        parse_dump("0: " + "aa" * 100_000 + "x", "f")


def test_a_star_repeats_the_line_above():
    text = "0000 00 00 00 00\n*\n0010 01\n0011\n"
    assert bytes_of(parse_dump(text, "f"), 0, 17) == bytes(16) + b"\x01"


def test_page_lines_are_placed_by_page_number():
    regions = parse_dump("page 108: 83fe", "f", page_size=32)
    assert regions == (Region(108 * 32, b"\x83\xfe"),)


def test_bytes_no_line_gives_are_unknown():
    image = MemoryImage(parse_dump("0: 01 02\n10: 03", "f"))
    assert image.number_at(0, 2) == 0x0201
    assert image.number_at(0, 2, "big") == 0x0102
    assert image.number_at(1, 2) is None
    assert image.number_at(8, 1) is None
    assert image.number_at(0x10, 1) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0: 00\n1: 0g", "f, line 2: .*two hexadecimal digits"),
        ("0: 000", "f, line 1"),
        ("hello", "f, line 1"),
        ("*\n0: 00", "line 1: .* repeats"),
        ("0: 00\n*", "line 2: after"),
        ("0: 00 01\n1: 02", "line 2: the bytes at 0x1 were given before, on line 1"),
        ("", "no bytes"),
        ("0: 01\n*\nfffffffff: 00", "line 3: .* larger than 16 MiB"),
        ("10: 00\n*\n0: 00", "line 3: the address after"),
    ],
)
def test_a_bad_line_is_named(text, message):
    with pytest.raises(InputError, match=message):
        parse_dump(text, "f")


def test_a_binary_file_starts_at_address_0(tmp_path):
    (tmp_path / "m.bin").write_bytes(bytes([0, 1, 2, 255]))
    assert read_image(tmp_path / "m.bin") == (Region(0, bytes([0, 1, 2, 255])),)


def test_a_dump_redirected_by_powershell_is_read(tmp_path):
    (tmp_path / "m.txt").write_bytes("0x10: 0a 0b\r\n".encode("utf-16"))
    assert read_image(tmp_path / "m.txt") == (Region(0x10, b"\x0a\x0b"),)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        read_image(tmp_path / "nowhere")


def test_what_xxd_and_hexdump_print_is_read_back(tmp_path):
    data = bytes(range(256)) * 3 + bytes(100) + b"  ab  cd 12 34"
    (tmp_path / "raw").write_bytes(data)
    for command in (["xxd"], ["hexdump", "-C"], ["od", "-A", "x", "-t", "x1"]):
        if shutil.which(command[0]):
            out = subprocess.run(
                [*command, str(tmp_path / "raw")], capture_output=True, text=True, check=True
            ).stdout
            assert parse_dump(out, command[0]) == (Region(0, data),)


@given(st.lists(st.tuples(st.integers(0, 1 << 30), st.binary(min_size=1, max_size=40)), max_size=6))
def test_a_dump_reads_back_as_it_was(parts):
    regions, end = [], 0
    for gap, data in parts:
        regions.append(Region(end + gap, data))
        end += gap + len(data)
    if regions:
        image = MemoryImage(regions)
        assert parse_dump(dump(regions), "f") == image.regions


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with suppress(InputError):
        parse_dump(text, "f")
