"""Translation through a linear page table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.entryformats import entry_format
from oslab_paging.problems.translate import Translate
from oslab_paging.tablefile import parse_pte, read_raw, read_toml
from oslab_paging.translate import MemoryAccess, PageEntry, TranslateConfig, run

READ_2 = MemoryAccess(8196, "r", "user")


def config(accesses, *entries, wp=True, table_entries=16):
    table = tuple(parse_pte(entry) for entry in entries)
    return TranslateConfig(tuple(accesses), table, 16, 4096, table_entries, wp)


def outcomes(c):
    return [t["outcome"] for t in run(c).metrics["translations"]]


def test_page_2_in_frame_6_turns_8196_into_24580():
    (found,) = run(config([READ_2], "2=6")).metrics["translations"]
    assert found == {"va": 8196, "vpn": 2, "vpo": 4, "ppn": 6, "pa": 24580, "outcome": "hit"}


@given(st.integers(0, 2**16 - 1), st.permutations(range(16)))
def test_the_offset_never_changes_and_frames_stay_apart(va, frames):
    table = tuple(PageEntry(n, f, True, True, True, True, True) for n, f in enumerate(frames))
    c = TranslateConfig((MemoryAccess(va, "r", "user"),), table, 16, 4096, 16, True)
    (found,) = run(c).metrics["translations"]
    assert found["pa"] % 4096 == va % 4096
    assert found["pa"] // 4096 == frames[va // 4096]


def test_an_absent_page_faults_even_if_a_frame_number_is_left_in_it():
    (found,) = run(config([READ_2], "2=6:n")).metrics["translations"]
    assert (found["outcome"], found["ppn"], found["pa"]) == ("not-present", None, None)


def test_a_page_without_an_entry_is_not_present():
    assert outcomes(config([READ_2], "3=6")) == ["not-present"]


@pytest.mark.parametrize(
    ("flags", "access", "mode", "outcome"),
    [
        ("ru", "w", "user", "read-only"),
        ("rw", "r", "user", "kernel-only"),
        ("rw", "r", "kernel", "hit"),
        ("rwu", "x", "user", "no-execute"),
        ("rwu", "x", "kernel", "no-execute"),
        ("wu", "r", "user", "not-readable"),
        ("ru", "w", "kernel", "read-only"),
        ("rwxu", "x", "user", "hit"),
    ],
)
def test_a_protection_fault_names_the_bit(flags, access, mode, outcome):
    assert outcomes(config([MemoryAccess(8196, access, mode)], f"2=6:{flags}")) == [outcome]


def test_without_wp_the_kernel_writes_to_read_only_pages():
    c = config([MemoryAccess(8196, "w", "kernel")], "2=6:ru", wp=False)
    assert outcomes(c) == ["hit"]
    assert run(c).conventions["wp"] is False


def test_an_address_beyond_space_or_table_is_out_of_range():
    beyond = MemoryAccess(0x10000, "r", "user")
    assert outcomes(config([beyond, READ_2], "0=1", table_entries=2)) == ["out-of-range"] * 2


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["2=6", "2=7"], "two entries"),
        (["16=1"], "not in the table"),
        (["2=-:r"], "needs a page frame"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(entries, message):
    with pytest.raises(InputError, match=message):
        config([READ_2], *entries)


@pytest.mark.parametrize("text", ["2", "2=", "2=6:", "2=6:q", "a=6", "=6"])
def test_an_entry_that_cannot_be_read_is_refused(text):
    with pytest.raises(InputError):
        parse_pte(text)


def test_a_toml_table_reads_like_the_command_line():
    text = '[[pte]]\nvpn = 2\nppn = 6\nflags = "ru"\n[[pte]]\nvpn = 3\nflags = "n"\n'
    assert read_toml(text, "t.toml") == (
        parse_pte("2=6:ru"),
        PageEntry(3, None, False, *[False] * 4),
    )


def test_a_misspelt_key_of_a_toml_table_is_named():
    with pytest.raises(InputError, match=r"t.toml: pte\[0\].pnn"):
        read_toml("[[pte]]\nvpn = 2\npnn = 6\n", "t.toml")


def test_raw_entries_are_numbered_from_0_and_may_be_labelled():
    form = entry_format("valid=31 pfn=0..30")
    plain = read_raw("0x8000000c\n0x00000000  # absent\n", form, "t")
    labelled = read_raw("  [   0]  0x8000000c\n  [   1]  0x00000000\n", form, "t")
    assert plain == labelled
    assert [(e.vpn, e.ppn, e.valid) for e in plain] == [(0, 12, True), (1, None, False)]


def test_a_bad_raw_entry_is_named_by_its_line():
    with pytest.raises(InputError, match="t, line 2"):
        read_raw("0x80000001\nzzz\n", entry_format("valid=31 pfn=0..30"), "t")


def test_modelled_mistakes_of_a_small_table():
    c = config(
        [READ_2, MemoryAccess(0x3001, "r", "user"), MemoryAccess(0x4002, "w", "user")],
        "2=6", "3=7:n", "4=8:ru",
    )  # fmt: skip

    def column(name):
        return [row["pa"] for row in Translate.mistakes()[name](Translate(), c)["translations"]]

    assert column("ppn-is-vpn") == [8196, None, None]
    assert column("ppn-unscaled") == [10, None, None]
    assert column("rights-ignored") == [24580, None, 0x8002]
    assert column("absent-ppn-used") == [24580, None, None]


def test_4096_for_every_page_size_is_a_mistake_only_where_pages_are_smaller():
    mistake = Translate.mistakes()["always-4-kib"]
    assert mistake(Translate(), config([READ_2], "2=6")) is None
    small = TranslateConfig(
        (MemoryAccess(1025, "r", "user"),), (parse_pte("2=6"),), 12, 512, 8, True
    )
    assert mistake(Translate(), small)["translations"][0]["pa"] == 6 * 4096 + 1
