"""mmap: errors, places, and what accesses find. (The kernel is asked in tests/oracles.)"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_zerocopy.accesses import parse_operations
from oslab_zerocopy.mapping import Area, MmapConfig
from oslab_zerocopy.mmapcall import run

DEFAULTS = {
    "file_size": 5000,
    "fill": 65,
    "open_mode": "rw",
    "page_size": 4096,
    "offset": 0,
    "length": 12288,
    "prot": "read-write",
    "flags": "shared",
    "address": 0,
    "placement": "hint",
    "chosen": 0x7F0000000000,
    "occupied": (),
}


def config(ops="", **said):
    return MmapConfig(**{**DEFAULTS, **said}, ops=parse_operations(ops))


def rows(p):
    found = []
    for step in run(p).steps[1:]:
        result = step.result
        found.append(result["outcome"] if result.get("value") is None else result["value"])
    return found


def metrics(p, *names):
    found = run(p).metrics
    return tuple(found[name] for name in names)


OLD = (Area(0x10000000, 0x3000, 9),)


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({}, "ok"),
        ({"offset": 1}, "EINVAL"),
        ({"offset": 4096}, "ok"),
        ({"length": 0}, "EINVAL"),
        ({"open_mode": "r"}, "EACCES"),
        ({"open_mode": "r", "flags": "private"}, "ok"),
        ({"open_mode": "r", "prot": "read"}, "ok"),
        ({"open_mode": "w"}, "EACCES"),
        ({"open_mode": "w", "prot": "none", "flags": "private"}, "EACCES"),
        ({"address": 0x10000001}, "ok"),
        ({"address": 0x10000001, "placement": "fixed"}, "EINVAL"),
        ({"address": 0x10000000, "placement": "fixed", "occupied": OLD}, "ok"),
        ({"address": 0x10000000, "placement": "fixed-noreplace", "occupied": OLD}, "EEXIST"),
        ({"address": 0x10003000, "placement": "fixed-noreplace", "occupied": OLD}, "ok"),
        # Of several reasons the one that the kernel finds first.
        ({"offset": 1, "open_mode": "w"}, "EINVAL"),
        (
            {
                "address": 0x10000000,
                "placement": "fixed-noreplace",
                "occupied": OLD,
                "open_mode": "w",
            },
            "EEXIST",
        ),
    ],
)
def test_whether_it_succeeds(said, result):
    assert metrics(config(**said), "result") == (result,)


def test_where_it_lies():
    assert metrics(config(), "address") == (0x7F0000000000,)
    assert metrics(config(address=0x20000FFF), "address") == (0x20000000,)
    taken = config(address=0x10002000, occupied=OLD)
    assert metrics(taken, "address") == (0x7F0000000000,)
    replaced = config(address=0x10002000, occupied=OLD, placement="fixed")
    assert metrics(replaced, "address") == (0x10002000,)


def test_the_rest_of_the_last_page_is_zero_and_beyond_it_is_sigbus():
    p = config("read 4999; read 5000; read 8191; read 8192; read 12287; read 12288")
    assert rows(p) == [65, 0, 0, "SIGBUS", "SIGBUS", "SIGSEGV"]
    assert metrics(p, "zero_bytes", "sigbus_from", "pages") == (3192, 8192, 3)


def test_the_last_page_is_mapped_whole():
    assert rows(config("read 4000; read 4096", length=1)) == [65, "SIGSEGV"]


def test_places_count_from_the_offset():
    assert rows(config("read 903; read 904; read 4096", offset=4096)) == [65, 0, "SIGBUS"]


def test_shared_stores_reach_the_file_but_not_after_its_end():
    p = config("write 10 7; pread 10; write 5000 8; read 5000; pread 5000")
    assert rows(p) == ["ok", 7, "ok", 8, "end"]
    assert metrics(p, "file_stores", "file_size") == (1, 5000)


def test_private_stores_stay_private():
    p = config(
        "write 10 7; read 10; pread 10; pwrite 10 3; pwrite 11 4; read 10; read 11", flags="private"
    )
    run_rows = [s.result for s in run(p).steps[1:]]
    assert [r.get("value") for r in run_rows] == [None, 7, 65, None, None, 7, 65]
    # A page that was not copied shows the file as it is.
    assert [
        s.result.get("value")
        for s in run(config("pwrite 10 3; read 10", flags="private")).steps[2:]
    ] == [3]


def test_protection():
    assert rows(config("read 0; write 0 1", prot="read")) == [65, "SIGSEGV"]
    assert rows(config("read 0; write 0 1", prot="write")) == [65, "ok"]
    assert rows(config("read 0; write 0 1", prot="none")) == ["SIGSEGV", "SIGSEGV"]
    # Against the protection, before anything is looked for in the file.
    assert rows(config("write 9000 1", prot="read")) == ["SIGSEGV"]


def test_truncation_takes_pages_away():
    steps = run(
        config("write 4096 7; truncate 100; read 4096; read 99; read 100; truncate 8192; read 4096")
    ).steps
    assert [s.result.get("outcome", "-") for s in steps[1:]] == [
        "ok",
        "-",
        "SIGBUS",
        "ok",
        "ok",
        "-",
        "ok",
    ]
    assert [s.result.get("value") for s in steps[4:]] == [65, 0, None, 0]


def test_private_copies_go_with_the_pages_of_the_file():
    steps = run(
        config("write 4096 7; truncate 100; truncate 8192; read 4096", flags="private")
    ).steps
    assert steps[-1].result["value"] == 0


def test_only_places_in_the_mapping_have_a_byte_of_the_file():
    steps = run(config("read 4; read 30000; write 9000 1", offset=4096)).steps
    assert [s.result.get("file_offset") for s in steps[1:]] == [4100, None, 13096]


def test_a_read_says_whether_the_byte_is_in_the_file_in_a_copy_or_after_the_end():
    p = config("read 0; read 5000; write 1 7; read 1; read 0", flags="private", file_size=5000)
    steps = [s for s in run(p).steps[1:] if s.action == "read"]
    assert [s.result["holder"] for s in steps] == ["file", "rest", "copy", "copy"]


def test_closing_does_not_unmap():
    steps = run(config("close; read 0; write 0 3; pread 0")).steps
    assert [s.result.get("value") for s in steps[2:]] == [65, None, 3]


def test_fixed_replaces_and_leaves_the_rest():
    said = {"address": 0x10000000, "length": 4096, "occupied": OLD}
    assert rows(
        config("read 0; read 4096; write 4096 1; read 4096", placement="fixed", **said)
    ) == [65, 9, "ok", 1]
    assert rows(config("read 0; read 4096", placement="hint", **said)) == [65, "SIGSEGV"]
    # What fails changes nothing.
    assert rows(config("read 0; read 4096", placement="fixed-noreplace", **said)) == [9, 9]


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 6), st.data())
def test_each_byte_of_a_mapping_is_file_zero_or_sigbus(size, length, first, data):
    page = 16
    place = data.draw(st.integers(0, 250))
    p = config(f"read {place}", file_size=size, length=length, offset=first * page, page_size=page)
    where = first * page + place
    if place >= -(-length // page) * page:
        expected = "SIGSEGV"
    elif where < size:
        expected = 65
    else:
        expected = 0 if where // page == (size - 1) // page and size else "SIGBUS"
    assert rows(p) == [expected]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"page_size": 1000}, "a power of two"),
        ({"fill": 0}, "are 1 to 255"),
        ({"address": 5}, "the address lies between"),
        ({"placement": "fixed"}, "needs an address"),
        ({"chosen": 0x7F0000000001}, "the kernel's choice is a multiple"),
        ({"occupied": (Area(0x10000000, 5, 1),)}, "whole pages"),
        ({"occupied": (*OLD, Area(0x10002000, 0x1000, 1))}, "overlaps"),
        ({"occupied": (Area(0x7F0000001000, 0x1000, 1),)}, "the kernel cannot choose"),
        ({"file_size": 2**60}, "2\\^46"),
    ],
)
def test_what_cannot_be_is_refused(said, text):
    with pytest.raises(InputError, match=text):
        config(**said)


@pytest.mark.parametrize(
    ("ops", "text"),
    [
        ("look 5", "is no operation"),
        ("read", "should be read PLACE"),
        ("write 5", "should be write PLACE VALUE"),
        ("read 0; write 5 256", "operation 2: a byte is 0 to 255"),
        ("close 1", "should be close"),
    ],
)
def test_bad_operations_are_named(ops, text):
    with pytest.raises(InputError, match=text):
        parse_operations(ops)
