"""The table of zero copy, row by row: figures from the project's checked facts (part C), typed by hand.

A row is one chunk of a file that is not in the page cache, sent to a TCP socket through a network card that
gathers unless the row says otherwise. A warm cache takes one DMA less, the loopback device another.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab_zerocopy.journey import run
from oslab_zerocopy.transfer import TransferConfig, count

# path, what the row says of it: calls of a chunk, mode switches, CPU copies, DMA copies
ROWS = {
    "read + write": ("read-write", {}, 2, 4, 2, 2),
    "mmap + write": ("mmap-write", {}, 1, 2, 1, 2),
    "sendfile, no SG": ("sendfile", {"nic_sg": False}, 1, 2, 1, 2),
    "sendfile + SG": ("sendfile-sg", {}, 1, 2, 0, 2),
    "sendfile, said to gather": ("sendfile", {}, 1, 2, 0, 2),
    "splice x2": ("splice", {}, 2, 4, 0, 2),
    "vmsplice + splice": ("vmsplice", {}, 2, 4, 0, 1),
    "read + send(MSG_ZEROCOPY)": ("msg-zerocopy", {}, 2 + 1, 6, 1, 2),
    "mmap + send(MSG_ZEROCOPY)": ("msg-zerocopy-mmap", {}, 1 + 1, 4, 0, 2),
    "io_uring READ+SEND": ("io-uring", {}, 1, 2, 2, 2),
    "io_uring READ+SEND, SQPOLL": ("io-uring", {"sqpoll": True}, 0, 0, 2, 2),
    "io_uring SPLICE x2": ("io-uring-splice", {}, 1, 2, 0, 2),
    "copy_file_range": ("copy-file-range", {}, 1, 2, 1, 2),
    "sendfile (file->file)": ("sendfile-file", {}, 1, 2, 1, 2),
    "tee": ("tee", {}, 1, 2, 0, 0),
    "O_DIRECT read + write": ("direct", {}, 2, 4, 1, 2),
}
CHUNK = 4096


def transfer(path, chunks=1, **said):
    values = {
        "size": chunks * CHUNK,
        "chunk": CHUNK,
        "cached": False,
        "nic_sg": True,
        "loopback": False,
        "reflink": False,
        "pipe_size": 65536,
        "batch": 1,
        "sqpoll": False,
        "notify_every": 1,
        "count": "amortised",
        "call_ns": Fraction(0),
        "cpu_byte_ns": Fraction(0),
        "dma_byte_ns": Fraction(0),
    }
    return TransferConfig(path=path, **{**values, **said})


def figures(config, *names):
    found = count(config)
    assert run(config).metrics == found
    return tuple(found[name] for name in names)


@pytest.mark.parametrize("chunks", [1, 2, 7])
@pytest.mark.parametrize("row", ROWS)
def test_each_row(row, chunks):
    path, said, calls, switches, cpu, dma = ROWS[row]
    config = transfer(path, chunks, **said)
    assert figures(config, "syscalls", "mode_switches", "cpu_copies", "dma_copies") == (
        chunks * calls,
        chunks * switches,
        chunks * cpu,
        chunks * dma,
    )
    assert figures(config, "cpu_bytes", "dma_bytes") == (
        cpu * chunks * CHUNK,
        dma * chunks * CHUNK,
    )


def test_the_textbook_counts_the_mmap():
    assert figures(transfer("mmap-write", count="textbook"), "syscalls", "mode_switches") == (2, 4)
    # Once, however many chunks.
    assert figures(transfer("mmap-write", 4, count="textbook"), "syscalls", "mode_switches") == (
        5,
        10,
    )


def test_strace_shows_a_pipe_once():
    # Measured for four chunks: 8 splice and a pipe2; an mmap and 4 write; 4 sendfile.
    assert figures(transfer("splice", 4, count="total"), "syscalls") == (9,)
    assert figures(transfer("splice", 4, count="textbook"), "syscalls") == (8,)
    assert figures(transfer("mmap-write", 4, count="total"), "syscalls") == (5,)
    assert figures(transfer("sendfile", 4, count="total"), "syscalls") == (4,)
    assert figures(transfer("read-write", 4, count="total"), "syscalls") == (8,)


@pytest.mark.parametrize(
    ("path", "cold", "warm", "loopback_warm"),
    [
        ("read-write", 2, 1, 0),
        ("mmap-write", 2, 1, 0),
        ("sendfile-sg", 2, 1, 0),
        ("splice", 2, 1, 0),
        ("vmsplice", 1, 1, 0),
        ("msg-zerocopy", 2, 1, 0),
        ("io-uring", 2, 1, 0),
        ("copy-file-range", 2, 1, 1),
        ("sendfile-file", 2, 1, 1),
        ("tee", 0, 0, 0),
        # Past the page cache, so its contents do not matter.
        ("direct", 2, 2, 1),
    ],
)
def test_a_warm_cache_and_the_loopback_take_a_dma_less_each(path, cold, warm, loopback_warm):
    assert figures(transfer(path), "dma_copies") == (cold,)
    assert figures(transfer(path, cached=True), "dma_copies") == (warm,)
    assert figures(transfer(path, cached=True, loopback=True), "dma_copies") == (loopback_warm,)


@pytest.mark.parametrize(
    ("path", "network", "loopback", "no_gathering"),
    [
        ("read-write", 2, 2, 2),
        ("mmap-write", 1, 1, 1),
        ("sendfile", 0, 0, 1),
        ("splice", 0, 0, 1),
        ("vmsplice", 0, 0, 1),
        ("msg-zerocopy", 1, 2, 2),
        ("msg-zerocopy-mmap", 0, 1, 1),
        ("io-uring-splice", 0, 0, 1),
        ("sendfile-file", 1, 1, 1),
    ],
)
def test_who_copies_depends_on_the_device(path, network, loopback, no_gathering):
    assert figures(transfer(path), "cpu_copies") == (network,)
    assert figures(transfer(path, loopback=True), "cpu_copies") == (loopback,)
    assert figures(transfer(path, nic_sg=False), "cpu_copies") == (no_gathering,)


def test_a_reflink_copies_nothing():
    assert figures(transfer("copy-file-range", reflink=True), "cpu_copies") == (0,)


def test_notifications_and_submissions_come_in_batches():
    # "4-6": with one recvmsg for all chunks the switches of a chunk come near 4.
    assert figures(transfer("msg-zerocopy", 10, notify_every=10), "mode_switches") == (42,)
    assert figures(transfer("io-uring", 64, batch=64), "syscalls") == (1,)
    assert figures(transfer("io-uring", 65, batch=64), "syscalls") == (2,)


def test_a_pair_of_splices_moves_no_more_than_a_pipe_holds():
    # 1 MiB asked for at once: 16 pairs through 64 KiB, one through 1 MiB (F_SETPIPE_SZ).
    narrow = transfer("splice", 256, chunk=2**20)
    assert figures(narrow, "syscalls") == (32,)
    wide = transfer("splice", 256, chunk=2**20, pipe_size=2**20)
    assert figures(wide, "syscalls") == (2,)


def test_one_call_moves_less_than_two_gib():
    config = transfer("sendfile-sg", size=5 * 2**30, chunk=5 * 2**30)
    assert figures(config, "syscalls") == (3,)  # 2147479552 at most
