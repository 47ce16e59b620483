"""The commands of modes, from typing to screen."""

import json

import pytest


@pytest.mark.parametrize(
    "ops", ["load 0x1000; hlt; syscall read 100; out 0x60; jump 0xC0001000; irq timer"]
)
def test_run_tells_outcomes_and_figures(oslab, ops):
    result = oslab("modes", "run", "--ops", ops, "--model", "linux32", "--json")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    outcomes = [s["result"]["outcome"] for s in told["steps"] if s["action"] == "op"]
    assert outcomes == ["ok", "#GP", "syscall", "#GP", "#PF", "interrupt"]
    assert told["metrics"]["mode_switches"] == 10
    assert told["metrics"]["exceptions"] == 3


def test_run_reads_a_file(oslab, tmp_path):
    script = tmp_path / "copy.txt"
    script.write_text("syscall open\nrepeat 3\n  syscall read\nend\n")
    assert "mode switches              8" in oslab("modes", "run", str(script)).out
    script.write_text("syscall open\nhalt\n")
    result = oslab("modes", "run", str(script))
    assert (result.code, result.out) == (2, "")
    assert "copy.txt: line 2" in result.err


def test_long_scripts_show_figures_only(oslab):
    ops = "repeat 2000; syscall read; end"
    assert "System call" not in oslab("modes", "run", "--ops", ops).out
    assert "System call" in oslab("modes", "run", "--ops", ops, "--steps").out
    result = oslab("modes", "run", "--ops", "repeat 20000; nop; end", "--steps")
    assert result.code == 2
    assert "at most 10000" in result.err


def test_ports_are_opened_by_list_and_by_bitmap(oslab):
    for option in (["--ports", "0x60..0x62"], ["--bitmap", "12:f8"]):
        result = oslab("modes", "port", "0x60", "0x62:2", *option, "--json")
        assert [s["result"]["allowed"] for s in json.loads(result.out)["steps"]] == [True, False]
    assert json.loads(oslab("modes", "port", "0x60", "--json").out)["metrics"]["allowed"] is False
    assert "CPL 3 <= IOPL 3" in oslab("modes", "port", "0x60", "--iopl", "3").out


def test_segments_are_addresses_of_dos_alone(oslab):
    result = oslab("modes", "space", "B800:0010", "--model", "dos", "--json")
    assert json.loads(result.out)["metrics"]["region"] == "video"
    result = oslab("modes", "space", "B800:0010")
    assert result.code == 2
    assert "only --model dos has segments" in result.err


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--ops", "cli; irq a; sti", "--iopl", "3"],
        ["run", "--ops", "hlt; int 0x21; load 0xb8000", "--model", "dos"],
        ["space", "0x1000", "--model", "linux32", "--split", "0x80000000"],
        ["space", "0xffffc88000000000"],
        ["port", "0x60:4", "--ports", "0x60"],
        ["cost", "--vdso", "25ns"],
        ["read"],
        ["read", "--direct", "--meanwhile", "task"],
        ["read", "--cache", "reading"],
    ],
)
def test_screens_have_no_hole(oslab, language, arguments):
    result = oslab("--lang", language, "modes", *arguments)
    assert result.code == 0, result.err
    assert "$" not in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "a script is expected"),
        (["run", "--ops", "nop", "--cpl", "4"], "0 to 3"),
        (["run", "--ops", "nop", "--cpl", "3", "--model", "dos"], "no privilege levels"),
        (["run", "--ops", "nop", "--smap", "--model", "dos"], "real mode has no"),
        (["run", "--ops", "nop", "--model", "vax"], "not one of"),
        (["run", "--ops", "nop", "--split", "0x80000000"], "only linux32"),
        (["run", "--ops", "return"], "operation 1 (return)"),
        (["run", "--ops", "repeat 1000; repeat 1000; nop; end; end"], "at most 200000"),
        (["run", "--ops", "nop", "--ports", "0x60", "--bitmap", "ff"], "one of them"),
        (["run", "--ops", "nop", "--ports", "0x10000"], "0 to 0xffff"),
        (["port", "0x10000"], "0xffff"),
        (["port", "0x60:3"], "1, 2 or 4"),
        (["port", "0x60", "--bitmap", "xyz"], "two hex digits"),
        (["port", "0x60", "--bitmap", "9000:ff"], "8191"),
        (["port", "0x60", "--tss-limit", "99999999"], "TSS limit"),
        (["space", "0x10000000000000000"], "end at 0xffffffffffffffff"),
        (["space", "0x100000000", "--model", "linux32"], "linux32"),
        (["cost", "--calls", "0"], "--calls"),
        (["cost", "--enter=-5ns"], "less than no time"),
        (["read", "--direct", "--length", "100"], "512"),
        (["read", "--cache", "cold"], "not one of"),
        (["read", "--page-size", "1000"], "power of two"),
    ],
)
def test_bad_input_is_one_sentence(oslab, arguments, said):
    result = oslab("modes", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
