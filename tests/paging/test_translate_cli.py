"""The commands split, translate, pte, error-code, size and page-size."""

import json

import pytest

from oslab.cli import main


def answer(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["paging", *arguments, "--json", "--no-steps"])
    out, err = capsys.readouterr()
    assert stop.value.code == 0, err
    return json.loads(out)["metrics"]


def test_split(capsys):
    found = answer(capsys, "split", "8196", "--va-bits", "16", "--page-size", "4K")
    assert [found[k] for k in ("vpn", "vpo", "vpn_bits", "vpo_bits")] == [2, 4, 4, 12]


def test_translate_with_entries_on_the_command_line(capsys):
    found = answer(capsys, "translate", "8196", "0x3000:w", "--pte", "2=6", "--pte", "3=1:ru")
    assert [t["outcome"] for t in found["translations"]] == ["hit", "read-only"]
    assert found["translations"][0]["pa"] == 24580


def test_translate_with_a_file_of_raw_entries(capsys, tmp_path):
    file = tmp_path / "table"
    file.write_text("0x8000000c\n0x00000000\n0x80000003\n")
    entry = ("--table", str(file), "--entry", "valid=31 pfn=0..30", "--va-bits", "14")
    found = answer(capsys, "translate", "0x1004,0x2001,0x3000", *entry)
    outcomes = [t["outcome"] for t in found["translations"]]
    assert outcomes == ["not-present", "hit", "out-of-range"]


def test_translate_with_a_toml_table(capsys, tmp_path):
    file = tmp_path / "table.toml"
    file.write_text('[[pte]]\nvpn = 2\nppn = 6\nflags = "ru"\n')
    found = answer(capsys, "translate", "8196:w", "8196:w:kernel", "--table", str(file), "--no-wp")
    assert [t["outcome"] for t in found["translations"]] == ["read-only", "hit"]


def test_pte(capsys):
    (found,) = answer(capsys, "pte", "0x12345067", "--access", "w")["entries"]
    assert found["ppn"] == 0x12345
    assert found["flags"] == ["P", "R/W", "U/S", "A", "D"]


def test_error_code_both_ways(capsys):
    found = answer(capsys, "error-code", "0x7", "--situation", "ru:w:user")
    assert found["encoded"] == [7]
    assert found["decoded"][0]["cause"] == "protection"


def test_size(capsys):
    found = answer(capsys, "size", "--map", "0..0xffffffff", "--memory", "4GiB")
    assert found["linear_bytes"] == 4 << 20
    assert found["multilevel_bytes"] == (4 << 20) + (4 << 10)
    assert found["inverted_bytes"] == 16 << 20
    assert found["tables_per_level"] == [1, 1024]


def test_page_size(capsys):
    assert answer(capsys, "page-size")["best_page_size"] == 4096


@pytest.mark.parametrize(
    "arguments",
    [
        ["split", "zzz"],
        ["translate", "8196:q"],
        ["translate", "8196:w:user:x"],
        ["translate", "8196", "--table", "no-such-file"],
        ["translate", "8196", "--entry", "x86-32"],
        ["pte", "1", "--format", "vax"],
        ["error-code"],
        ["size", "--layout", "10,10,12", "--page-size", "8K"],
        ["size", "--frames", "1", "--memory", "4K"],
        ["page-size", "--sizes", "1000"],
    ],
)
def test_bad_input_is_one_line_and_exit_2(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["paging", *arguments])
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
