"""Walks: every mapped address leads to its frame, every other one faults, and the manuals' rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.layout import NAMES, layout
from oslab_paging.mapping import MappedRange, build, parse_map
from oslab_paging.memoryimage import Region, parse_dump
from oslab_paging.translate import MemoryAccess
from oslab_paging.walk import WalkConfig, run, touched

TINY = "bytes=1 valid=7 pfn=0..6"


def config(vas, shape, root, memory, access="r", mode="user", **rules):
    return WalkConfig(
        accesses=tuple(MemoryAccess(va, access, mode) for va in vas),
        layout=shape.name,
        entry=shape.entry.name,
        root=root,
        memory=tuple(memory),
        **{"byte_order": "little", "wp": True, "ad": "fault", **rules},
    )


def walked(vas, shape, root, memory, **rules):
    return run(config(vas, shape, root, memory, **rules)).metrics["walks"]


def mapped(name, *texts):
    shape = layout(name)
    return shape, build(shape, [parse_map(text, shape) for text in texts], 1)


def outcome(name, entries, va, **rules):
    """The outcome with these entries at the indices of `va`, tables in frames 1, 2 …"""
    shape = layout(name)
    size = shape.entry.size
    memory = [
        Region(
            (i + 1) * 4096 + shape.index(va, shape.levels - i) * size, raw.to_bytes(size, "little")
        )
        for i, raw in enumerate(entries)
    ]
    return walked([va], shape, 4096, memory, **rules)[0]["outcome"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*NAMES, "5,5,5", "3,4,5,6", "12,12"]),
    st.sampled_from(["little", "big"]),
    st.data(),
)
def test_every_mapped_address_leads_to_its_frame_and_no_other_does(name, order, data):
    shape = layout(name)
    pages = 1 << shape.va_bits - shape.offset_bits
    numbers = data.draw(
        st.lists(st.integers(0, pages - 1), min_size=1, max_size=5, unique=True), "pages"
    )
    starts = [shape.extended(n * shape.page_size) for n in numbers]
    ranges = [MappedRange(va, va + shape.page_size - 1, None, "rwxu", 1) for va in starts]
    built = build(shape, ranges, 1, order)
    assert [page.va for page in built.pages] == starts
    assert len({page.frame for page in built.pages}) == len(starts)
    offset = data.draw(st.integers(0, shape.page_size - 1), "offset")
    found = walked(
        [va + offset for va in starts], shape, built.root, built.regions, access="w",
        byte_order=order,
    )  # fmt: skip
    for page, walk in zip(built.pages, found, strict=True):
        assert walk["outcome"] == "hit"
        assert walk["pa"] == page.frame * shape.page_size + offset
        assert walk["levels"] == shape.levels
    other = data.draw(st.integers(0, pages - 1).filter(lambda n: n not in numbers), "other")
    [missed] = walked([shape.extended(other * shape.page_size)], shape, built.root, built.regions,
                      byte_order=order)  # fmt: skip
    assert missed["outcome"] == "not-present"
    assert missed["pa"] is None


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["x86-32", "x86-64", "la57", "sv32", "sv39"]), st.data())
def test_a_huge_page_ends_the_walk_early_and_keeps_a_longer_offset(name, data):
    shape = layout(name)
    level = data.draw(st.sampled_from(shape.huge_levels), "level")
    span = shape.span(level)
    start = shape.extended(data.draw(st.integers(0, (1 << shape.va_bits) // span - 1)) * span)
    built = build(shape, [MappedRange(start, start, None, "rwu", level)], 1)
    offset = data.draw(st.integers(0, span - 1), "offset")
    [found] = walked([start + offset], shape, built.root, built.regions)
    assert found["outcome"] == "hit"
    assert found["levels"] == shape.levels - level + 1
    assert found["pa"] == built.pages[0].frame * shape.page_size + offset


def test_memory_accesses_are_entries_and_one_for_the_data():
    shape, built = mapped("x86-64", "0x400000+4K")
    result = run(config([0x400004, 0x500000], shape, built.root, built.regions))
    assert result.metrics["memory_accesses"] == 4 + 1 + 4


def test_a_tiny_dump_is_walked_to_the_byte():
    dump = parse_dump("page 2: 00 83 00\npage 3: 00 00 84\npage 4: 07 2a", "f", page_size=32)
    shape = layout("5,5,5", TINY)
    [found] = walked([0b00001_00010_00001], shape, 64, dump)
    assert found == {
        "va": 0b00001_00010_00001, "indices": (1, 2), "entries": (0x83, 0x84), "pa": 0x81,
        "value": 0x2A, "outcome": "hit", "levels": 2,
    }  # fmt: skip


def test_x86_rights_are_needed_at_every_level():
    table, page = 0x2027, 0x9067
    va = 0x0040_1004
    assert outcome("x86-32", [table, page], va, access="w") == "hit"
    assert outcome("x86-32", [table & ~2, page], va, access="w") == "read-only"
    assert outcome("x86-32", [table, page & ~2], va, access="w") == "read-only"
    assert outcome("x86-32", [table & ~4, page], va) == "kernel-only"
    assert outcome("x86-32", [table & ~4, page], va, mode="kernel") == "hit"


def test_x86_kernel_writes_to_read_only_pages_only_without_wp():
    entries = [0x2027, 0x9065]
    assert outcome("x86-32", entries, 0, access="w", mode="kernel") == "read-only"
    assert outcome("x86-32", entries, 0, access="w", mode="kernel", wp=False) == "hit"


def test_x86_nx_at_any_level_forbids_execution():
    entries = [0x2027, 0x3027, 0x4027, 0x9067]
    for level in range(4):
        changed = [raw | (1 << 63 if i == level else 0) for i, raw in enumerate(entries)]
        assert outcome("x86-64", changed, 0x1234, access="x") == "no-execute"
        assert outcome("x86-64", changed, 0x1234, access="w") == "hit"


def test_x86_ps_is_reserved_where_no_such_page_exists():
    assert outcome("x86-64", [0x2027 | 1 << 7], 0) == "reserved-bit"
    assert outcome("la57", [0x2027, 0x3027 | 1 << 7], 0) == "reserved-bit"


def test_x86_huge_page_ignores_pat_and_refuses_low_frame_bits():
    assert outcome("x86-64", [0x2027, 0x3027, 0x20_0067 | 1 << 7 | 1 << 12], 0) == "hit"
    assert outcome("x86-64", [0x2027, 0x3027, 0x20_0067 | 1 << 7 | 1 << 13], 0) == "reserved-bit"


def test_x86_clear_accessed_and_dirty_bits_are_no_fault():
    assert outcome("x86-32", [0x2007, 0x9007], 0, access="w") == "hit"


SV_TABLE = 2 << 10 | 1


def sv_leaf(flags, pfn=0x200):
    bits = dict(zip("vrwxugad", range(8), strict=True))
    return pfn << 10 | sum(1 << bits[flag] for flag in flags)


def test_sv_w_without_r_faults():
    assert outcome("sv32", [SV_TABLE, sv_leaf("vwuad")], 0) == "reserved-bit"


def test_sv_misaligned_superpage_faults():
    assert outcome("sv39", [SV_TABLE, sv_leaf("vrwuad", 0x200)], 0) == "hit"
    assert outcome("sv39", [SV_TABLE, sv_leaf("vrwuad", 0x201)], 0) == "misaligned"


def test_sv_a_and_d_must_be_set_unless_hardware_sets_them():
    assert outcome("sv32", [SV_TABLE, sv_leaf("vrwu")], 0) == "accessed-clear"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vrwua")], 0) == "hit"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vrwua")], 0, access="w") == "dirty-clear"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vrwu")], 0, access="w", ad="set") == "hit"


def test_sv_rights_are_the_leafs_alone():
    assert outcome("sv32", [SV_TABLE, sv_leaf("vrad")], 0) == "kernel-only"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vruad")], 0, access="w") == "read-only"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vruad")], 0, access="x") == "no-execute"
    assert outcome("sv32", [SV_TABLE, sv_leaf("vxuad")], 0) == "not-readable"
    assert (
        outcome("sv32", [SV_TABLE, sv_leaf("vrxuad")], 0, access="x", mode="kernel") == "user-page"
    )


def test_sv_pointer_in_the_last_level_faults():
    assert outcome("sv32", [SV_TABLE, 3 << 10 | 1], 0) == "not-leaf"


def test_addresses_that_are_none_read_no_table():
    shape, built = mapped("x86-64", "0x400000+4K")
    found = walked([1 << 47, 1 << 64], shape, built.root, built.regions)
    assert [(w["outcome"], w["levels"]) for w in found] == [
        ("non-canonical", 0),
        ("out-of-range", 0),
    ]
    shape, built = mapped("x86-32", "0x400000+4K")
    assert walked([1 << 32], shape, built.root, built.regions)[0]["outcome"] == "out-of-range"


def test_a_walk_that_leaves_the_known_memory_says_so():
    shape = layout("x86-32")
    memory = [Region(4096, (0x9027).to_bytes(4, "little"))]
    [found] = walked([0], shape, 4096, memory)
    assert (found["outcome"], found["levels"]) == ("unknown-memory", 1)


def test_a_root_in_the_middle_of_a_page_is_refused():
    with pytest.raises(InputError, match="begins at a page"):
        config([0], layout("x86-32"), 0x1003, [])


def test_map_arguments():
    shape = layout("x86-64")
    assert parse_map("0x1000+8K=0x50:rw", shape) == MappedRange(0x1000, 0x2FFF, 0x50, "rw", 1)
    assert parse_map("0x200000+2M:r,2M", shape) == MappedRange(0x200000, 0x3FFFFF, None, "r", 2)
    assert parse_map("0x40000000+1G:1G", shape).level == 3


@pytest.mark.parametrize("text", ["0x1000", "0x1000+8K=x", "0x1000+8K:q", "0x1000+8K:r,3M"])
def test_bad_map_arguments_are_refused(text):
    with pytest.raises(InputError):
        parse_map(text, layout("x86-64"))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["0x1000+8K", "0x2000+4K"], "mapped twice"),
        (["0x200000+2M:r,2M", "0x201000+4K"], "mapped twice"),
        (["0x200000+2M=1:r,2M"], "aligned"),
        (["0+1G"], "at most 65536"),
        (["0x7ffffffff000..0xffff800000000fff"], "hole"),
        (["0x800000000000+4K"], "no address"),
    ],
)
def test_mappings_that_cannot_be_are_refused(texts, message):
    with pytest.raises(InputError, match=message):
        mapped("x86-64", *texts)


def test_tables_that_would_fill_the_machine_are_refused():
    shape = layout("24,12")
    with pytest.raises(InputError, match="of tables"):
        build(shape, [parse_map("0+4K", shape)], 1)


@given(
    st.sampled_from(["x86-64", "sv39", "5,5,5"]), st.lists(st.integers(0, 2**15 - 1), min_size=1)
)
def test_the_lines_a_walk_touches_are_all_it_needs(name, addresses):
    shape, built = mapped(name, "0x0..0x7f", "0x1000..0x1fff")
    whole = config(addresses, shape, built.root, built.regions)
    less = touched(whole)
    assert run(less).metrics == run(whole).metrics
    reads = len(addresses) * (shape.levels + 1)
    assert sum(len(region.data) for region in less.memory) <= 16 * reads
