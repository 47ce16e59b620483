"""Exercises on zero copy: keys worked out by hand, modelled mistakes, follow-through."""

from dataclasses import replace
from fractions import Fraction

import pytest

from oslab_zerocopy.accesses import parse_operations as accesses_of
from oslab_zerocopy.breakeven import BreakEvenConfig
from oslab_zerocopy.choose import ChooseConfig
from oslab_zerocopy.mapping import Area, MmapConfig
from oslab_zerocopy.paths import MOST, PATHS
from oslab_zerocopy.problems.breakeven import BreakEven
from oslab_zerocopy.problems.choose import ChoosePath
from oslab_zerocopy.problems.copied import CopiedBytes
from oslab_zerocopy.problems.count import Count
from oslab_zerocopy.problems.mmapflags import MmapFlags
from oslab_zerocopy.problems.order import LISTED, Order, listing, names_of
from oslab_zerocopy.problems.sendfile import Sendfile
from oslab_zerocopy.sendfile import SendfileConfig, parse_operations
from oslab_zerocopy.transfer import TransferConfig


def transfer(path, **said):
    values = {
        "size": 10_000, "chunk": 4096, "cached": False, "nic_sg": True, "loopback": False,
        "reflink": False, "pipe_size": 65536, "batch": 1, "sqpoll": False, "notify_every": 1,
        "count": "total", "call_ns": Fraction(0), "cpu_byte_ns": Fraction(0), "dma_byte_ns": Fraction(0),
    }  # fmt: skip
    return TransferConfig(path=path, **(values | said))


def key(problem, params):
    return problem.solve(params, problem.run(params))


def gives(problem, name, params):
    return type(problem).mistakes()[name](problem, params)


def test_counting_splices():
    # Three chunks: a pipe, six splices; the data enter and leave by DMA only.
    assert key(Count(), transfer("splice")) == {
        "syscalls": 7,
        "mode_switches": 14,
        "context_switches": 0,
        "cpu_copies": 0,
        "dma_copies": 6,
    }


@pytest.mark.parametrize(
    ("name", "path", "said", "answers"),
    [
        ("splice-two-switches", "splice", {}, {"syscalls": 4, "mode_switches": 8}),
        ("splice-two-switches", "sendfile", {}, None),
        ("gather-ignored", "sendfile", {}, {"cpu_copies": 3, "dma_copies": 6}),
        ("gather-ignored", "sendfile", {"nic_sg": False}, None),
        ("gather-ignored", "splice", {"loopback": True}, None),
        (
            "per-file", "read-write", {},
            {"syscalls": 2, "mode_switches": 4, "cpu_copies": 2, "dma_copies": 2},
        ),
        ("calls-for-switches", "read-write", {}, {"mode_switches": 6}),
        ("switches-are-context", "read-write", {}, {"context_switches": 12}),
        ("set-up-each-chunk", "mmap-write", {}, {"syscalls": 6, "mode_switches": 12}),
        ("set-up-each-chunk", "splice", {"count": "amortised"}, None),
        ("mmap-two-copies", "mmap-write", {}, {"cpu_copies": 6}),
        ("disk-when-warm", "sendfile", {"cached": True}, {"cpu_copies": 0, "dma_copies": 6}),
        ("pipe-size-ignored", "splice", {}, None),
        (
            "pipe-size-ignored", "splice", {"pipe_size": 1024},
            {"syscalls": 7, "mode_switches": 14, "cpu_copies": 0, "dma_copies": 6},
        ),
        ("loopback-is-zero-copy", "msg-zerocopy", {"loopback": True}, {"cpu_copies": 3}),
        ("notice-forgotten", "msg-zerocopy", {}, {"syscalls": 6, "mode_switches": 12}),
        ("batch-ignored", "io-uring", {"batch": 2}, {"syscalls": 3, "mode_switches": 6}),
    ],
)  # fmt: skip
def test_wrong_counts_are_those_of_a_misunderstanding(name, path, said, answers):
    assert gives(Count(), name, transfer(path, **said)) == answers


@pytest.mark.parametrize(
    ("path", "said", "cpu", "dma"),
    [
        ("read-write", {}, 20_000, 20_000),
        ("mmap-write", {"cached": True}, 10_000, 10_000),
        ("sendfile", {}, 0, 20_000),
        ("sendfile-file", {}, 10_000, 20_000),
        ("msg-zerocopy", {"loopback": True, "cached": True}, 20_000, 0),
    ],
)
def test_bytes_by_who_moves_them(path, said, cpu, dma):
    assert key(CopiedBytes(), transfer(path, **said)) == {"cpu_bytes": cpu, "dma_bytes": dma}


def test_wrong_bytes():
    problem = CopiedBytes()
    assert gives(problem, "mmap-two-copies", transfer("mmap-write")) == {"cpu_bytes": 20_000}
    assert gives(problem, "dma-as-cpu", transfer("sendfile")) == {"cpu_bytes": 20_000}
    assert gives(problem, "one-chunk", transfer("read-write")) == {
        "cpu_bytes": 8192,
        "dma_bytes": 8192,
    }
    assert gives(problem, "zero-means-none", transfer("sendfile")) == {"dma_bytes": 0}


def test_statements_on_data_leave_out_how_calls_are_counted():
    rules = CopiedBytes().run(transfer("splice")).conventions
    assert "count" not in rules
    assert "pipe_size" in rules


def one(path, **said):
    return transfer(path, chunk=16384, **said)


@pytest.mark.parametrize(
    ("path", "said", "steps"),
    [
        (
            "read-write", {},
            "call-read disk-to-cache cache-to-user call-write user-to-socket nic-from-socket",
        ),
        ("mmap-write", {"cached": True}, "call-mmap call-write cache-to-socket nic-from-socket"),
        ("sendfile", {}, "call-sendfile disk-to-cache refer-socket nic-from-cache"),
        (
            "sendfile", {"nic_sg": False},
            "call-sendfile disk-to-cache cache-to-socket nic-from-socket",
        ),
        (
            "splice", {"cached": True},
            "call-pipe call-splice-in refer-pipe call-splice-out refer-on nic-from-cache",
        ),
        ("direct", {}, "call-read disk-to-user call-write user-to-socket nic-from-socket"),
    ],
)  # fmt: skip
def test_the_steps_of_a_chunk(path, said, steps):
    assert names_of(one(path, **said)) == steps.split()


@pytest.mark.parametrize(
    ("name", "path", "said", "steps"),
    [
        (
            "via-user-buffer", "splice", {"cached": True},
            "call-pipe call-splice-in cache-to-user call-splice-out user-to-socket nic-from-socket",
        ),
        ("disk-to-socket", "sendfile", {}, "call-sendfile disk-to-socket nic-from-socket"),
        (
            "cpu-when-gathering", "sendfile", {},
            "call-sendfile disk-to-cache cache-to-socket nic-from-socket",
        ),
        (
            "disk-when-warm", "mmap-write", {"cached": True},
            "call-mmap call-write disk-to-cache cache-to-socket nic-from-socket",
        ),
        (
            "page-cache-skipped", "read-write", {},
            "call-read disk-to-user call-write user-to-socket nic-from-socket",
        ),
    ],
)  # fmt: skip
def test_wrong_orders(name, path, said, steps):
    p = one(path, **said)
    letters = gives(Order(), name, p)["order"]
    assert [listing(p)["abcdefghijklmnop".index(letter)] for letter in letters] == steps.split()


def test_every_step_that_happens_is_listed():
    for path in LISTED:
        for cached in (False, True):
            for nic_sg in (False, True):
                p = one(path, cached=cached, nic_sg=nic_sg)
                assert set(names_of(p)) <= set(LISTED[path])
                assert Order().good(p)
    assert not Order().good(transfer("splice"))


def sends(ops, **said):
    values = {"file_size": 20_000, "position": 100, "offset": None, "room": 9000, "limit": MOST}
    uses = "null" if said.get("offset") is None else "offset"
    return SendfileConfig(**(values | said), ops=parse_operations(ops, uses))


def calls(answers):
    return [tuple(row.values()) for row in answers["calls"]]


def test_what_sends_return():
    p = sends("send 5000; send 5000; send 5000; drain 2000; send 5000")
    assert calls(key(Sendfile(), p)) == [
        (5000, 5100, None),
        (4000, 9100, None),
        (-1, 9100, None),
        (2000, 11_100, None),
    ]
    assert calls(gives(Sendfile(), "again-is-zero", p))[2] == (0, 9100, None)
    assert calls(gives(Sendfile(), "null-is-zero", p))[:2] == [
        (5000, 5000, None),
        (4000, 4000, None),
    ]
    assert calls(gives(Sendfile(), "all-or-nothing", p))[1] == (-1, 5100, None)
    assert calls(gives(Sendfile(), "drain-forgotten", p))[3] == (-1, 9100, None)
    assert gives(Sendfile(), "position-moves", p) is None


def test_offsets_of_sends():
    p = sends("send 5000; send 1000 null", offset=7)
    assert calls(key(Sendfile(), p)) == [(5000, 100, 5007), (1000, 1100, 5007)]
    assert calls(gives(Sendfile(), "position-moves", p)) == [
        (5000, 5007, 5007),
        (1000, 6007, 5007),
    ]
    assert calls(gives(Sendfile(), "offset-stays", p)) == [(5000, 100, 7), (1000, 1100, 7)]


def test_sends_follow_from_the_sends_before():
    problem = Sendfile()
    p = sends("send 5000; send 5000; drain 3000; send 5000")
    rows = key(problem, p)["calls"]
    for n in range(len(rows)):
        assert problem.follow(p, "calls", rows[:n]) == rows[n]
    # Who takes 3000 bytes to have gone finds room for all of the next 5000.
    slipped = [{"returned": 3000, "position": 3100, "offset": None}]
    assert problem.follow(p, "calls", slipped) == {
        "returned": 5000,
        "position": 8100,
        "offset": None,
    }


def mapped(ops, **said):
    values = {
        "file_size": 5000, "fill": 65, "open_mode": "rw", "page_size": 4096, "offset": 0,
        "length": 12_000, "prot": "read-write", "flags": "private", "address": 0,
        "placement": "hint", "chosen": 0x7F0000000000, "occupied": (),
    }  # fmt: skip
    return MmapConfig(**(values | said), ops=accesses_of(ops))


def found(answers):
    return [tuple(row.values()) for row in answers["accesses"]]


OPS = "write 10 7; read 10; pread 10; read 5000; read 8192; read 12288; pread 5000"


def test_what_accesses_find():
    problem, p = MmapFlags(), mapped(OPS)
    assert key(problem, p)["result"] == "ok"
    right = [("ok", 7), ("ok", 65), ("ok", 0), ("SIGBUS", None), ("SIGSEGV", None), ("end", None)]
    assert found(key(problem, p)) == right
    assert found(gives(problem, "private-hits-file", p))[1] == ("ok", 7)
    assert found(gives(problem, "eof-segv", p))[3] == ("SIGSEGV", None)
    assert found(gives(problem, "rest-is-sigbus", p))[2] == ("SIGBUS", None)
    shared = mapped(OPS, flags="shared")
    assert found(key(problem, shared))[1] == ("ok", 7)
    assert found(gives(problem, "shared-is-private", shared))[1] == ("ok", 65)


def test_a_mapping_outlives_its_descriptor():
    problem = MmapFlags()
    p = mapped("write 10 7; close; write 11 8; read 10; read 11; pread 11", flags="shared")
    assert found(key(problem, p)) == [("ok", 7), ("ok", 8), ("ok", 8)]
    wrong = gives(problem, "closed-is-unmapped", p)
    assert found(wrong) == [("SIGSEGV", None), ("SIGSEGV", None), ("ok", 65)]


def test_what_a_refused_mapping_leaves():
    problem = MmapFlags()
    old = (Area(0x10000000, 0x4000, 9),)
    said = {"address": 0x10000000, "occupied": old, "flags": "shared"}
    fixed = mapped("read 0; read 13000", placement="fixed", **said)
    assert found(key(problem, fixed)) == [("ok", 65), ("ok", 9)]
    wrong = gives(problem, "fixed-fails", fixed)
    assert (wrong["result"], wrong["address"]) == ("EEXIST", None)
    assert found(wrong) == [("ok", 9), ("ok", 9)]
    refused = replace(fixed, open_mode="r")
    assert key(problem, refused)["result"] == "EACCES"
    assert found(key(problem, refused)) == [("ok", 9), ("ok", 9)]
    assert gives(problem, "never-fails", refused)["result"] == "ok"
    assert found(gives(problem, "old-memory-gone", refused)) == [("SIGSEGV", None)] * 2


def test_break_even():
    ns = [Fraction(n) for n in (300, 400, 2000, 250, 50)]
    problem, p = BreakEven(), BreakEvenConfig("mmap-write", 16, 4096, *ns)
    assert key(problem, p) == {
        "read_write_ns": 13_400,
        "path_ns": 12_700,
        "break_even_pages": 12,
    }
    # 300 cheaper at once.
    assert gives(problem, "set-up-free", p)["break_even_pages"] == 1
    assert gives(problem, "faults-free", p)["break_even_pages"] == 5
    assert gives(problem, "mmap-two-copies", p)["break_even_pages"] is None
    assert gives(problem, "one-size-more", p) == {"break_even_pages": 11}
    sends = replace(p, path="sendfile-sg")
    assert gives(problem, "gather-ignored", sends)["path_ns"] == 300 + 16 * 400


def choices(**said):
    values = {
        "source": "file", "target": "socket", "view": "look", "pipes": False, "size": 16384,
        "chunk": 4096, "pipe_size": 65536, "batch": 2,
        "candidates": ("read-write", "splice", "sendfile-sg", "mmap-write"),
    }  # fmt: skip
    return ChooseConfig(**(values | said))


def numbers(answers):
    return [row["mode_switches"] for row in answers["paths"]]


def test_choosing():
    problem = ChoosePath()
    p = choices()
    assert numbers(key(problem, p)) == [16, None, None, 10]
    assert key(problem, p)["fewest_switches"] == 10
    # splice still lacks its pipe.
    assert numbers(gives(problem, "edits-data", p)) == [16, None, 8, 10]
    blind = choices(view="pass")
    assert numbers(gives(problem, "splice-no-pipe", blind)) == [16, 8, 8, 10]
    assert gives(problem, "splice-no-pipe", blind)["fewest_switches"] == 8
    socket = choices(view="pass", source="socket")
    assert numbers(gives(problem, "socket-source", socket)) == [16, None, 8, 10]
    assert numbers(gives(problem, "edits-mapping", choices(view="modify"))) == [16, None, None, 10]
    assert numbers(gives(problem, "set-up-free", p)) == [16, None, None, 8]


def test_paths_have_what_the_questions_need():
    assert set(LISTED) <= set(PATHS)
