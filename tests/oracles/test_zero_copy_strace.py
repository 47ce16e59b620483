"""Transfers, sendfile and mmap against the kernel itself.

System calls are counted by strace where that is there; what sendfile and mmap return, and what becomes of
accesses, is asked of the kernel directly. Whether the CPU copied shows when the file is overwritten after the
send and before the receive: data that were only referred to arrive changed.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from oslab_zerocopy import accesses, mapping, mmapcall, sendfile
from oslab_zerocopy.mapping import Area, MmapConfig
from oslab_zerocopy.paths import MOST
from oslab_zerocopy.sendfile import SendfileConfig
from oslab_zerocopy.transfer import TransferConfig, count

LAB = Path(__file__).with_name("zerocopy_lab.py")
# Addresses that a 64-bit kernel does not use of its own accord.
WORLD = 0x20_0000_0000
PAGE = mmap.PAGESIZE

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux is needed"),
    pytest.mark.skipif(not hasattr(os, "splice"), reason="os.splice (Python 3.10) is needed"),
]


def lab(*arguments, stdin=None):
    """What the laboratory printed."""
    done = subprocess.run(
        [sys.executable, str(LAB), *arguments],
        input=None if stdin is None else json.dumps(stdin),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def transfer(path, size, chunk):
    return TransferConfig(
        path=path,
        size=size,
        chunk=chunk,
        cached=True,
        nic_sg=True,
        loopback=True,
        reflink=False,
        pipe_size=65536,
        batch=1,
        sqpoll=False,
        notify_every=1,
        count="total",
        call_ns=Fraction(0),
        cpu_byte_ns=Fraction(0),
        dma_byte_ns=Fraction(0),
    )


@pytest.mark.parametrize(("size", "chunk"), [(16384, 4096), (10000, 4096), (5, 4096)])
@pytest.mark.parametrize("path", ["read-write", "mmap-write", "sendfile", "splice"])
def test_strace_counts_the_calls_that_are_simulated(path, size, chunk, tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("strace is not there")
    log = tmp_path / "trace"
    command = [sys.executable, str(LAB), "transfer", path, str(size), str(chunk)]
    done = subprocess.run(
        ["strace", "-o", str(log), *command], capture_output=True, text=True, timeout=120
    )
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("tracing is not allowed here")
    assert done.returncode == 0, done.stderr
    calls = [line.split("(")[0] for line in log.read_text().splitlines() if _counts(line)]
    first, last = (i for i, name in enumerate(calls) if name == "getppid")
    made = Counter(calls[first + 1 : last])
    assert made.total() == count(transfer(path, size, chunk))["syscalls"], made


def _counts(line):
    """Calls for memory of the interpreter's own are not part of a transfer."""
    names = ("read(", "write(", "sendfile", "splice(", "pipe", "mmap(", "getppid(")
    return line.startswith(names) and "MAP_ANONYMOUS" not in line


def test_overwritten_data_arrive_where_nobody_copied():
    try:
        found = lab("alias")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the loopback device cannot be used: {error.stderr.splitlines()[-1]}")
    for path, letter in found.items():
        copies = count(transfer(path, 4096, 4096))["cpu_copies"]
        assert letter == ("A" if copies else "B"), path


def test_sendfile_and_splice_refuse_what_the_paths_cannot_do():
    found = lab("errors")
    assert found == {
        "file to socket": 0,
        "socket to socket": errno.EINVAL,
        "pipe to socket": errno.EINVAL,
        "file to append": errno.EINVAL,
        "splice without a pipe": errno.EINVAL,
    }


def sendfile_script(seed):
    rng = random.Random(seed)
    ops = []
    for _ in range(rng.randint(3, 12)):
        verb = rng.choice(["send", "send", "send", "seek", "offset"])
        number = rng.choice([0, 1, 700, 4096, 9000, rng.randint(0, 30000)])
        ops.append((verb, number, rng.choice(["null", "offset"]) if verb == "send" else ""))
    return {
        "file_size": rng.choice([0, 1, 5000, 20000]),
        "position": rng.choice([0, 0, 3000, 30000]),
        "offset": rng.choice([0, 4096, 25000]),
        "drained": True,
        "ops": ops,
    }


def simulated_sends(script, room):
    config = SendfileConfig(
        file_size=script["file_size"],
        position=script["position"],
        offset=script["offset"],
        room=room,
        limit=MOST,
        ops=tuple(sendfile.Operation(*op) for op in script["ops"]),
    )
    return [
        [step.result[name] for name in ("returned", "position", "offset")]
        for step in sendfile.run(config).steps
        if step.action == "send"
    ]


def test_offsets_and_positions_are_those_of_the_kernel():
    scripts = [sendfile_script(seed) for seed in range(150)]
    for script, rows in zip(scripts, lab("sendfile", stdin=scripts), strict=True):
        seen = [[returned, position, offset] for returned, _, position, offset in rows]
        assert seen == simulated_sends(script, None), script


@pytest.mark.parametrize("uses", ["null", "offset"])
def test_a_full_socket_takes_a_part_and_then_nothing(uses):
    large = 2**30
    ops = [("send", large, uses)] * 3 + [("seek", large, ""), ("send", 1, "null")]
    script = {"file_size": large, "position": 10, "offset": 20, "drained": False, "ops": ops}
    [rows] = lab("sendfile", stdin=[script])
    taken = sum(max(0, row[0]) for row in rows)
    assert 0 < taken < large
    refused = [row for row in rows if row[0] < 0]
    assert refused
    assert {row[1] for row in refused} == {errno.EAGAIN}
    # At the end of the file nothing is refused, however full the socket is.
    assert rows[-1][0] == 0
    if rows[1][0] < 0:
        # The kernel counts whole buffers; with the room that it had, the same calls do the same.
        seen = [[returned, position, offset] for returned, _, position, offset in rows]
        assert seen == simulated_sends(script, taken)


def mmap_case(seed):
    """A mapping and accesses, in a stretch of addresses that is otherwise empty."""
    rng = random.Random(seed)
    occupied = []
    if rng.random() < 0.5:
        start = WORLD + rng.randint(0, 4) * PAGE
        occupied.append(Area(start, rng.randint(1, 4) * PAGE, rng.randint(1, 255)))
    address = WORLD + rng.randint(0, 6) * PAGE if rng.random() < 0.8 else 0
    placement = rng.choice(mapping.Placement.__args__) if address else "hint"
    if address and rng.random() < 0.15:
        address += rng.randint(1, PAGE - 1)
    sizes = [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, rng.randint(0, 4 * PAGE)]
    offsets = [0, 0, 0, PAGE, 2 * PAGE, 5 * PAGE, 1, PAGE // 2]
    config = MmapConfig(
        file_size=rng.choice(sizes),
        fill=rng.randint(1, 255),
        open_mode=rng.choice(["r", "w", "rw", "rw", "rw"]),
        page_size=PAGE,
        offset=rng.choice(offsets),
        length=rng.choice([0, 1, PAGE, PAGE + 1, *[rng.randint(1, 4 * PAGE) for _ in range(6)]]),
        prot=rng.choice(["none", "read", "write", "read-write", "read-write", "read-write"]),
        flags=rng.choice(mapping.Sharing.__args__),
        address=address,
        placement=placement,
        chosen=0x7F00_0000_0000,
        occupied=tuple(occupied),
        ops=(),
    )
    ops = []
    places = [0, 1, PAGE - 1, PAGE, 2 * PAGE - 1, 2 * PAGE, config.file_size, config.length]
    elsewhere = mmapcall.run(config).metrics["address"] == config.chosen
    for _ in range(12):
        verb = rng.choice(
            ["read", "read", "read", "write", "write", "pread", "pwrite", "truncate", "close"]
        )
        place = rng.choice(places) + rng.choice([0, 0, 1])
        if verb in ("read", "write") and elsewhere and place >= config.span:
            continue  # what lies beside it is not ours
        if verb == "close" and any(op.verb == "close" for op in ops):
            continue
        if verb == "truncate":
            place = rng.choice(sizes)
        value = rng.randint(0, 255) if verb in ("write", "pwrite") else 0
        ops.append(accesses.Operation(verb, 0 if verb == "close" else place, value))
    return MmapConfig(**{**{f: getattr(config, f) for f in config.__slots__}, "ops": tuple(ops)})


def stale(config):
    """Whether bytes that were stored after the end of the file come into it later: what they are then
    depends on the file system."""
    rest = False
    for step in mmapcall.run(config).steps:
        rest |= step.result.get("changes") == "rest"
        if rest and step.action in ("truncate", "pwrite"):
            return True
    return False


ERRORS = {0: "ok", errno.EINVAL: "EINVAL", errno.EACCES: "EACCES", errno.EEXIST: "EEXIST"}


def test_mappings_do_what_the_kernel_does():
    if sys.maxsize < 2**32:
        pytest.skip("a 64-bit address space is needed")
    configs = [config for seed in range(240) if not stale(config := mmap_case(seed))]
    cases = [
        {
            **{name: getattr(config, name) for name in config.__slots__},
            "occupied": [[a.start, a.length, a.value] for a in config.occupied],
            "ops": [[op.verb, op.place, op.value] for op in config.ops],
        }
        for config in configs
    ]
    outcomes = Counter()
    for config, seen in zip(configs, lab("mmap", stdin=cases), strict=True):
        run = mmapcall.run(config)
        assert ERRORS[seen["error"]] == run.metrics["result"], config
        outcomes[run.metrics["result"]] += 1
        address = run.metrics["address"]
        if address == config.chosen:
            assert seen["where"] != config.address, config
        else:
            assert seen["where"] == address, config
        rows = [told(step) for step in run.steps[1:]]
        assert seen["rows"] == rows, config
        outcomes.update(row[0] for row in rows)
    # Every kind of thing happened often enough to be told.
    assert min(outcomes[name] for name in (*ERRORS.values(), "SIGSEGV", "SIGBUS", "end")) >= 5


def told(step):
    """What a step did, as the laboratory writes it."""
    outcome = step.result.get("outcome", "ok")
    value = step.result.get("value")
    return [outcome] if value is None else [outcome, value]
