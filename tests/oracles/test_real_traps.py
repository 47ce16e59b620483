"""The rules of privilege against the processor itself: real instructions in a child process.

A child puts a few bytes of machine code into executable memory, calls them, and reports the signal with
its si_code: Linux says SI_KERNEL for a general protection fault and SEGV_MAPERR or SEGV_ACCERR, with the
address, for a page fault. Everything runs at CPL 3 without any ioperm(2), so IOPL is 0 and there is no
I/O bitmap.
"""

from __future__ import annotations

import json
import platform
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oslab_modes.machine import Machine, Processor
from oslab_modes.operations import parse_operation
from oslab_modes.ports import NO_MAP, PortAccess, PortConfig
from oslab_modes.ports import run as run_ports
from oslab_modes.regions import regions
from oslab_modes.space import SpaceConfig
from oslab_modes.space import run as run_space

SI_KERNEL, SEGV_MAPERR, SEGV_ACCERR = 0x80, 1, 2
INTERRUPT_FLAG = 0x200
RET = "c3"

LAB = r"""
import ctypes, json, mmap, os, sys

class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ubyte * 128),
                ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]

HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

def tried(code, out):
    def caught(number, info, context):
        si_code = ctypes.c_int.from_address(info + 8).value
        address = ctypes.c_uint64.from_address(info + 16).value
        os.write(out, json.dumps(["signal", number, si_code, address]).encode())
        os._exit(0)
    handler = HANDLER(caught)
    action = Action(ctypes.cast(handler, ctypes.c_void_p), flags=4)
    libc = ctypes.CDLL(None, use_errno=True)
    for number in (4, 5, 7, 8, 11):
        if libc.sigaction(number, ctypes.byref(action), None):
            raise OSError(ctypes.get_errno(), "sigaction")
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    memory[4000:4001] = bytes([0xC3])
    memory[:len(code) // 2] = bytes.fromhex(code.replace("ADDRESSADDRESSAD",
                                            (start + 4000).to_bytes(8, "little").hex()))
    value = ctypes.CFUNCTYPE(ctypes.c_uint64)(start)()
    os.write(out, json.dumps(["value", value, os.getpid()]).encode())
    os._exit(0)

found = []
for code in json.load(sys.stdin):
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        try:
            tried(code, there)
        except BaseException as error:
            os.write(there, json.dumps(["failed", repr(error)]).encode())
        os._exit(1)
    os.close(there)
    said = b""
    while part := os.read(here, 4096):
        said += part
    os.close(here)
    status = os.waitpid(child, 0)[1]
    found.append(json.loads(said) if said else ["failed", f"status {status}"])
json.dump(found, sys.stdout)
"""


def _why_not() -> str:
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return "an x86-64 Linux is needed"
    if sys.maxsize < 2**32:
        return "a 64-bit Python is needed"
    if "gvisor" in Path("/proc/version").read_text().lower():
        return "this kernel is imitated"
    return ""


pytestmark = pytest.mark.skipif(bool(_why_not()), reason=_why_not())


def on_the_processor(codes: list[str]) -> list[list[Any]]:
    """What became of each piece of code, every one in a child of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LAB],
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"the laboratory does not run here: {done.stderr.strip()[-200:]}")
    found: list[list[Any]] = json.loads(done.stdout)
    refused = [each[1] for each in found if each[0] == "failed"]
    if refused:
        pytest.skip(f"no executable memory, or no handler, to be had here: {refused[0]}")
    return found


def simulated(text: str) -> str:
    processor = Processor("linux64", 0xC0000000, 3, 0, NO_MAP, smap=False, smep=False)
    return Machine(processor).do(parse_operation(text)).outcome


def loading(address: int) -> str:
    """mov rax, address; mov rax, [rax]; ret."""
    return "48b8" + address.to_bytes(8, "little").hex() + "488b00" + RET


def storing(address: int) -> str:
    return "48b8" + address.to_bytes(8, "little").hex() + "c60000" + RET


def jumping(address: int) -> str:
    return "48b8" + address.to_bytes(8, "little").hex() + "ffe0"


KERNEL, HOLE = 0xFFFFFFFF81000000, 0xDEAD00000000BEE0
# What the simulator calls it, and its machine code.
INSTRUCTIONS = {
    "nop": "90" + RET,
    "add": "4801c0" + RET,
    "cpuid": "5331c031c90fa25b" + RET,
    "pushf": "9c58" + RET,
    "rdtsc": "0f31" + RET,
    "ud2": "0f0b" + RET,
    "div 0": "31c931d2f7f1" + RET,
    "div 1": "b90100000031d2f7f1" + RET,
    "hlt": "f4" + RET,
    "lgdt": "0f011500000000" + RET,
    "lidt": "0f011d00000000" + RET,
    "lmsw": "0f01f0" + RET,
    "clts": "0f06" + RET,
    "invlpg": "0f0138" + RET,
    "rdmsr": "31c90f32" + RET,
    "wrmsr": "31c90f30" + RET,
    "mov cr0": "0f20c0" + RET,
    "mov cr2": "0f20d0" + RET,
    "mov cr3": "0f22d8" + RET,
    "mov cr4": "0f20e0" + RET,
    "cli": "fa" + RET,
    "sti": "fb" + RET,
    "in 0x60": "e460" + RET,
    "in 0x60 2": "66e560" + RET,
    "in 0x60 4": "e560" + RET,
    "out 0x80": "e680" + RET,
    "out 0x80 2": "66e780" + RET,
    "out 0x80 4": "e780" + RET,
    "int 0x20": "cd20" + RET,
    "int 0x21": "cd21" + RET,
    "int 0": "cd00" + RET,
    "int 13": "cd0d" + RET,
    "int 14": "cd0e" + RET,
    "int 0xff": "cdff" + RET,
    "int 3": "cd03" + RET,
    "int 4": "cd04" + RET,
    f"load {KERNEL:#x}": loading(KERNEL),
    f"store {KERNEL:#x}": storing(KERNEL),
    f"jump {KERNEL:#x}": jumping(KERNEL),
    f"load {HOLE:#x}": loading(HOLE),
    f"store {HOLE:#x}": storing(HOLE),
    f"jump {HOLE:#x}": jumping(HOLE),
    # A user address that is mapped: the last part of the code itself.
    "load 0x400000": "48b8ADDRESSADDRESSAD488b00" + RET,
    "store 0x400000": "48b8ADDRESSADDRESSADc60000" + RET,
    "jump 0x400000": "48b8ADDRESSADDRESSADffe0",
}  # fmt: skip


def vector(found: list[Any]) -> str:
    """The exception that a signal stands for; ok if there was none."""
    if found[0] == "value":
        return "ok"
    number, code = found[1], found[2]
    if number == signal.SIGSEGV:
        return {SI_KERNEL: "#GP", SEGV_MAPERR: "#PF", SEGV_ACCERR: "#PF"}.get(code, f"code {code}")
    names = {signal.SIGILL: "#UD", signal.SIGFPE: "#DE", signal.SIGTRAP: "#BP"}
    return names.get(number, f"signal {number}")


def test_each_instruction_does_what_the_simulator_says():
    found = on_the_processor(list(INSTRUCTIONS.values()))
    # Linux tells #OF like #GP, by SIGSEGV with SI_KERNEL.
    said = {text: simulated(text).replace("#OF", "#GP") for text in INSTRUCTIONS}
    assert dict(zip(INSTRUCTIONS, map(vector, found), strict=True)) == said
    faults = {t: f[3] for t, f in zip(INSTRUCTIONS, found, strict=True) if vector(f) == "#PF"}
    assert faults == dict.fromkeys(faults, KERNEL)


def test_popf_leaves_the_interrupt_flag_alone_without_a_trap():
    """pushfq; clear IF on the stack; popfq; pushfq; pop rax."""
    [found] = on_the_processor(["9c48812424fffdffff9d9c58" + RET])
    assert simulated("popf 0") == "ignored"
    assert found[0] == "value"
    assert found[1] & INTERRUPT_FLAG


def test_system_calls_reach_the_kernel_by_both_ways():
    """getpid by SYSCALL, and by INT 0x80 with the number that 32-bit programs use."""
    new, old = on_the_processor(["b8270000000f05" + RET, "b814000000cd80" + RET])
    assert simulated("syscall getpid") == simulated("int 0x80") == "syscall"
    assert new[:1] == ["value"]
    assert new[1] == new[2]
    if old[0] == "signal":
        pytest.skip("this kernel was built or started without 32-bit system calls")
    assert old[1] == old[2]


def test_without_ioperm_every_port_is_refused():
    ports = [0x60, 0x61, 0x64, 0x70, 0x80, 0xCF8, 0x3F8, 0xFFFF]
    codes = ["66ba" + p.to_bytes(2, "little").hex() + "ec" + RET for p in ports]
    config = PortConfig(tuple(PortAccess(p, 1) for p in ports), 3, 0, NO_MAP)
    said = ["ok" if step.result["allowed"] else "#GP" for step in run_ports(config).steps]
    assert [vector(found) for found in on_the_processor(codes)] == said == ["#GP"] * len(ports)


def test_every_part_of_the_address_space_answers_as_the_map_says():
    """A load in each region, at its ends and in between; at user addresses only the kind of fault is told,
    for what is mapped there is the process's own business."""
    rng = random.Random(1)
    five_levels = " la57" in Path("/proc/cpuinfo").read_text()
    addresses = []
    for region in regions("linux64", 0xC0000000):
        if region.name == "fixmap-vsyscall":
            continue  # one page of it may be read by everyone, if the kernel was started so
        inside = [rng.randint(region.first, region.last) & ~7 for _ in range(12)]
        addresses += [region.first, region.last - 7, *inside]
    if five_levels:
        # With five levels of page tables more addresses are canonical.
        addresses = [a for a in addresses if (a >> 56 in (0x00, 0xFF) and not 0 < a >> 47 < 0x1FFFF)
                     or 0 < a >> 56 < 0xFF]  # fmt: skip
    run = run_space(SpaceConfig("linux64", 0xC0000000, tuple(addresses)))
    found = on_the_processor([loading(address) for address in addresses])
    for step, said in zip(run.steps, found, strict=True):
        real = vector(said)
        if step.result["area"] == "user" and step.result["mapped"]:
            assert real in ("ok", "#PF"), step
        else:
            assert real == step.result["user"], (hex(step.given["address"]), said)
