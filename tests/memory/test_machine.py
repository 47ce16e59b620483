"""Machine files: what may be left out, and what is said about what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from oslab import InputError
from oslab.exercise.fields import read_record, to_json
from oslab_memory.machine import Machine
from oslab_memory.machinechecks import check
from oslab_memory.machinefile import (
    parse_machine,
    preset,
    preset_text,
    presets,
    read_machine,
)

LEAST = """
[address]
va_bits = 10
pa_bits = 9
page_size = 32
[page_table]
root = 0
cached = false
[times]
memory = "100ns"
"""
SERVED = (
    LEAST
    + """disk = "1ms"
[frames]
first = 8
count = 2
[[region]]
first = 0
last = 0x3ff
"""
)


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_a_machine_of_its_name(name: str) -> None:
    assert preset(name).name == name


def test_what_may_be_left_out_has_the_documented_value() -> None:
    machine = parse_machine(SERVED + "[[tlb]]\nentries = 4\nways = 2\ntime = 1\n", "x/my.toml")
    assert machine.name == "my"
    assert machine.page_table.layout == "linear"
    assert machine.tables.widths == (5,)
    assert machine.tables.entry.size == 4
    assert machine.tlb[0].policy == "lru"
    assert machine.cache == ()
    assert machine.frames is not None
    assert machine.frames.policy == "lru"
    assert machine.swap.slots == 0
    assert machine.region[0].backing == "zero"
    assert machine.region[0].rights == "rwx"
    assert machine.times.fault == 0


@pytest.mark.parametrize(("write", "allocate"), [("back", True), ("through", False)])
def test_allocation_goes_with_the_way_stores_are_written(write: str, allocate: bool) -> None:
    text = LEAST + f'[[cache]]\nsize = 64\nline = 8\nways = 1\ntime = 1\nwrite = "{write}"\n'
    assert parse_machine(text, "m").cache[0].allocate is allocate


def test_times_and_sizes_are_written_in_any_unit() -> None:
    text = LEAST.replace('"100ns"', '"0.5us"').replace("page_size = 32", 'page_size = "0x20"')
    machine = parse_machine(text, "m")
    assert machine.times.memory == 500
    assert machine.address.page_size == 32
    assert parse_machine(LEAST.replace('"100ns"', "2.5"), "m").times.memory == Fraction(5, 2)


def test_a_printed_machine_is_read_back_the_same(oslab: Callable[..., Any], tmp_path: Path) -> None:
    printed = oslab("memory", "machine", "small")
    assert printed.code == 0
    file = tmp_path / "my.toml"
    file.write_text(printed.out, "utf-8")
    assert read_machine(str(file)) == preset("small")


def test_without_a_name_the_machines_are_listed(oslab: Callable[..., Any]) -> None:
    shown = oslab("memory", "machine").out
    for name in presets():
        assert name in shown


@pytest.mark.parametrize("name", presets())
def test_a_recorded_machine_is_read_back_the_same(name: str) -> None:
    assert read_record(Machine, to_json(preset(name))) == preset(name)


WRONG = [
    ("va_bits = 10", "va_bits = 70", "virtual addresses have 1 to 64 bits"),
    ("page_size = 32", "page_size = 33", "power of two"),
    ('memory = "100ns"', "memory = -1", "times.memory is negative"),
    ("pa_bits = 9", "pa_bits = 5", "6 to 52 would be right"),
    ("va_bits", "va_bit", 'did you mean "va_bits"?'),
    ("[times]", "[time]", 'did you mean "times"?'),
    ("memory = ", "memry = ", "times.memory is missing"),
    ("root = 0", "root = 5", "a multiple of 32"),
    ("root = 0", 'root = 0\nlayout = "2,2"', "address says 10 bits and 32 bytes"),
    ("root = 0", 'root = 0\nentry = "valid=3 pfn=0..2"', "frame numbers of 4"),
    ("root = 0", 'root = 0\nlayout = "two"', "is not a layout"),
    ("cached = false", 'cached = "no"', "true or false expected"),
    ("first = 8", "first = 15", "frames 0 to 0xf"),
    ("count = 2", 'count = 2\npolicy = "opt"', "accesses to come"),
    ("count = 2", 'count = 2\npolicy = "lur"', 'did you mean "lru"?'),
    ("count = 2", "count = 2\nrules = { tick = 3 }", "changes nothing under lru"),
    ("count = 2", "count = 2\nrules = { tock = 3 }", 'did you mean "tick"?'),
    ("disk = ", "dusk = ", "times.disk is missing"),
    ("last = 0x3ff", "last = 0x3f0", "is not whole pages of 32 bytes; 0x0 to 0x3ff would be"),
    ("last = 0x3ff", "last = 0x7ff", "no addresses of 10 bits"),
    ("last = 0x3ff", 'last = 0x3ff\nrights = "rq"', "letters of r w x"),
    ("last = 0x3ff", 'last = 0x3ff\nrights = "r"', "cannot forbid w"),
    ("last = 0x3ff", "last = 0x3ff\n[[region]]\nfirst = 0x20\nlast = 0x3f", "overlaps region[0]"),
    ("last = 0x3ff", "last = 0x1f\n[[page]]\nvpn = 3\nframe = 9", "in no [[region]]"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG)
def test_a_fault_is_named_with_what_would_be_right(right: str, wrong: str, message: str) -> None:
    assert right in SERVED
    with pytest.raises(InputError) as error:
        parse_machine(SERVED.replace(right, wrong, 1), "my.toml")
    assert message in str(error.value)
    assert "my.toml: " in str(error.value)


PARTS = [
    ("[[tlb]]\nentries = 6\nways = 2\ntime = 1", "power of two of sets"),
    ("[[tlb]]\nentries = 4\nways = 2\ntime = 1\ncontents = [{set = 2, tag = 0, ppn = 1}]", "no set 2"),
    ("[[tlb]]\nentries = 4\nways = 2\ntime = 1\ncontents = [{set = 0, tag = 99, ppn = 1}]", "0 to 0xf"),
    ("[[tlb]]\nentries = 4\nways = 2\ntime = 1\ncontents = [{set = 0, tag = 1}]", "needs ppn"),
    ("[[tlb]]\nentries = 2\nways = 1\ntime = 1\ncontents = [{set = 0, tag = 1, ppn = 1},"
     " {set = 0, tag = 2, ppn = 2}]", "which has 1 ways"),
    ("[[tlb]]\nentries = 2\nways = 2\ntime = 1\ncontents = [{set = 0, tag = 1, ppn = 1},"
     " {set = 0, tag = 1, ppn = 2}]", "valid twice"),
    ("[[tlb]]\nentries = 2\nways = 2\ntime = 1\ncontents = [{set = 0, tag = 1, ppn = 9}]",
     "could give that frame away"),
    ("[[tlb]]\nentries = 2\nways = 2\ntime = 1\n" * 3, "at most 2"),
    ("[[cache]]\nsize = 64\nline = 7\nways = 1\ntime = 1", "power of two"),
    ("[[cache]]\nsize = 128\nline = 64\nways = 1\ntime = 1", "not longer than a page"),
    ('[[cache]]\nsize = 64\nline = 8\nways = 1\ntime = 1\ncontents = [{set = 0, tag = 1, data = "1"}]',
     "8 bytes in hex"),
    ("[[page]]\nvpn = 40\nframe = 8", "pages go from 0 to 0x1f"),
    ("[[page]]\nvpn = 4\nframe = 80", "the last frame is 0xf"),
    ("[[page]]\nvpn = 4\nframe = 8\n[[page]]\nvpn = 5\nframe = 8", "holds page 0x4 already"),
    ("[[page]]\nvpn = 4\nframe = 8\n[[page]]\nvpn = 4\nframe = 9", "listed twice"),
    ("[[page]]\nvpn = 4\npresent = true", "needs a frame"),
    ("[[page]]\nvpn = 4\ndirty = true", "cannot be dirty"),
    ("[[page]]\nvpn = 4\nswapped = true", "1 pages are swapped"),
    ('[[page]]\nvpn = 4\nframe = 8\ndata = "01"', "it holds zeros"),
    ('[[page]]\nvpn = 4\nframe = 8\ndata = "0g"', "in hex"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "message"), PARTS)
def test_parts_that_do_not_fit_are_named(part: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_machine(SERVED + part, "my.toml")
    assert message in str(error.value)


def test_everything_wrong_is_said_at_once() -> None:
    text = SERVED.replace("va_bits = 10", 'va_bits = "many"').replace("first = 8", 'first = "x"')
    with pytest.raises(InputError) as error:
        parse_machine(text, "my.toml")
    assert str(error.value).count("my.toml: ") == 2


def test_a_pool_needs_regions() -> None:
    with pytest.raises(InputError, match=r"no \[\[region\]\]"):
        parse_machine(SERVED.partition("[[region]]")[0], "m")


def test_the_root_table_may_not_stand_in_the_pool() -> None:
    text = SERVED.replace("root = 0", "root = 0x100").replace("cached = false", "cached = true")
    with pytest.raises(InputError, match="root table stands in frame 0x8"):
        parse_machine(text, "m")


def test_a_file_that_is_no_machine_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="oslab memory machine small"):
        read_machine(str(tmp_path / "nothing.toml"))
    binary = tmp_path / "x.toml"
    binary.write_bytes(b"\xff\x00\x80")
    with pytest.raises(InputError, match="not UTF-8"):
        read_machine(str(binary))
    broken = tmp_path / "y.toml"
    broken.write_text("[address\n", "utf-8")
    with pytest.raises(InputError, match="not TOML"):
        read_machine(str(broken))


def test_an_unknown_preset_is_told_the_nearest(oslab: Callable[..., Any]) -> None:
    shown = oslab("memory", "access", "0", "--preset", "smal")
    assert shown.code == 2
    assert 'did you mean "small"' in shown.err


def test_a_machine_made_by_a_program_is_checked_too() -> None:
    small = preset("small")
    with pytest.raises(InputError, match="power of two"):
        check(replace(small, address=replace(small.address, page_size=31)))


def test_presets_explain_themselves() -> None:
    for name in presets():
        assert preset_text(name).startswith("# ")


def test_a_page_may_not_stand_where_the_root_table_is() -> None:
    text = SERVED.replace("cached = false", "cached = true")
    with pytest.raises(InputError, match="the root page table stands there"):
        parse_machine(text + "[[page]]\nvpn = 4\nframe = 0\n", "m")


HOSTILE = [
    "a = " + "[" * 100_000 + "]" * 100_000,
    "a" + ".a" * 50_000 + " = 1",
    "a = " + "9" * 10_000,
    "a = [" + "0," * 100_000 + "]",
]


@pytest.mark.parametrize("text", HOSTILE, ids=["deep", "dotted", "long number", "many values"])
def test_a_hostile_file_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(InputError, match=r"my\.toml: too much for such a file"):
        parse_machine(text, "my.toml")
