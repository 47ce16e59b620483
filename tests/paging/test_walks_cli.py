"""The commands walk, inverted, fault, fault-kind and eat."""

import json

import pytest

from oslab.cli import main


def typed(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["paging", *arguments])
    return stop.value.code, *capsys.readouterr()


def answer(capsys, *arguments):
    code, out, err = typed(capsys, *arguments, "--json", "--no-steps")
    assert code == 0, err
    return json.loads(out)["metrics"]


def test_walk_through_mapped_ranges(capsys):
    found = answer(capsys, "walk", "0x401234,0x403000", "--map", "0x400000+12K=0x50:rwu")
    assert [w["outcome"] for w in found["walks"]] == ["hit", "not-present"]
    assert found["walks"][0]["pa"] == 0x51234
    assert found["memory_accesses"] == 5 + 4


def test_walk_with_any_split_and_a_dump_of_one_byte_entries(capsys, tmp_path):
    dump = tmp_path / "dump"
    dump.write_text("page 0: 81 00\npage 1: 00 82\npage 2: 00 5a\n")
    arguments = ["--layout", "1,1,1", "--entry", "valid=7 pfn=0..6", "--memory", str(dump)]
    found = answer(capsys, "walk", "0b011", *arguments, "--root", "frame=0")
    assert found["walks"][0]["value"] == 0x5A


def test_an_access_says_its_kind_and_its_mode(capsys):
    addresses = ["0x1000:w", "0x1000:w:kernel"]
    found = answer(capsys, "walk", *addresses, "--layout", "x86-32", "--map", "0x1000+4K:r")
    assert [w["outcome"] for w in found["walks"]] == ["kernel-only", "read-only"]


def test_inverted_places_pages_in_the_lowest_free_frames(capsys):
    pages = ["--map", "1:5,2:5=0,1:9", "--anchors", "4", "--hash", "vpn"]
    found = answer(capsys, "inverted", "0x5004", "2:0x5004", "0x9000", *pages)
    assert [item["frame"] for item in found["lookups"]] == [1, 0, 2]
    assert [item["probes"] for item in found["lookups"]] == [3, 2, 1]


def test_fault_with_a_dirty_victim(capsys):
    found = answer(capsys, "fault", "0x2004", "--resident", "1=0:d")
    assert (found["page_faults"], found["disk_writes"], found["steps"]) == (1, 1, 12)


def test_fault_beyond_the_legal_pages(capsys):
    assert answer(capsys, "fault", "0x9000:w", "--legal", "0..7")["signals"] == 1


def test_fault_kinds(capsys):
    found = answer(capsys, "fault-kind", "anonymous:swapped:r", "unmapped:no-page:w")
    assert (found["major"], found["signals"], found["disk_reads"]) == (1, 1, 1)


def test_eat(capsys):
    times = ["--memory-time", "200ns", "--disk-time", "8ms", "--fault-rate", "0.1%"]
    assert answer(capsys, "eat", *times)["eat_ns"] == pytest.approx(8199.8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["walk", "0", "--memory", "x", "--map", "0+4K"], "--memory FILE and --root, or"),
        (["walk", "0"], "--memory FILE and --root, or"),
        (["walk", "0", "--memory", "x"], "--memory needs --root"),
        (["walk", "0", "--map", "0+4K", "--root", "frame"], "is no root table"),
        (["walk", "0", "--map", "0+4K", "--root", "0x1001"], "begin at a page"),
        (["walk", "0:z", "--map", "0+4K"], 'access "z" is not one of r, w, x'),
        (["inverted", "0", "--map", "5"], "PID:VPN=FRAME is expected"),
        (["inverted", "0", "--map", "1:1,1:2", "--frames", "1"], "do not fit"),
        (["fault", "0", "--resident", "1"], "VPN=FRAME or VPN=FRAME:d"),
        (["fault", "0:x"], 'access "x" is not one of r, w'),
        (["fault-kind", "anonymous"], "MAPPING:PAGE:ACCESS[:RIGHTS]"),
        (["fault-kind", "anonymous:cached:r"], "a page of a mapping anonymous is"),
        (["eat", "--fault-rate", "120%"], "share from 0 to 1"),
    ],
)
def test_bad_input_is_one_line_that_says_what_would_be_right(capsys, arguments, message):
    code, out, err = typed(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
