"""`modes run` against a naive model that was written from docs/modes.md alone: outcomes, crossings, switches, times."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_modes import KERNEL_64, Chip, Costs, Refused, followed

from oslab import InputError
from oslab_modes.machine import Processor
from oslab_modes.operations import parse_operations
from oslab_modes.ports import PortAccess, PortConfig, PortMap
from oslab_modes.ports import run as run_ports
from oslab_modes.simulate import RunConfig, count, run
from oslab_modes.space import SpaceConfig
from oslab_modes.space import run as run_space

NAMES = ("read", "exit", "_exit", "exit_group", "fork", "vfork", "clone", "forks")
SPLITS = (0xC0000000, 0xB0000000, 0x80000000, 0x78000000, 0x40000000)
# Both sides of every limit, in 32 bits and in 64.
ADDRESSES = sorted(
    {edge + d for edge in (*SPLITS, 0xF8000000) for d in (-1, 0)}
    | {0, 0x7FFFFFFFEFFF, 0x7FFFFFFFF000, 0x7FFFFFFFFFFF, 0x800000000000}
    | {0xFFFF7FFFFFFFFFFF, 0xFFFF800000000000, 0xFFFF8FFFFFFFFFFF, 2**64 - 1}
    | {edge + d for first, last in KERNEL_64 for edge, d in ((first, -1), (first, 0), (last, 0))}
)
PLAIN = (
    "nop", "add", "cpuid", "pushf", "rdtsc", "ud2", "hlt", "lgdt", "lidt", "lmsw", "clts", "invlpg", "rdmsr",
    "wrmsr", "mov cr0", "mov cr2", "mov cr3", "mov cr4", "div 0", "div 1", "div 7",
)  # fmt: skip
PORTS = (0, 7, 8, 0x60, 0x61, 0x67, 0x68, 0xFFFC, 0xFFFF)


TIME = st.sampled_from([" 0", " 30ns", " 2us", " 0x11"])


def perhaps(*words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *(f" {word}" for word in words)])


def joined(*parts: Any) -> st.SearchStrategy[str]:
    whole = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*whole).map("".join)


def operations(model: str) -> st.SearchStrategy[str]:
    addresses = [
        a for a in ADDRESSES if {"linux32": a < 2**32, "dos": a < 0x10FFF0}.get(model, True)
    ]
    address = st.sampled_from(addresses).map(hex)
    port = st.tuples(st.sampled_from(PORTS), st.sampled_from([1, 2, 4])).filter(
        lambda p: p[0] + p[1] <= 0x10000
    )
    return st.one_of(
        st.sampled_from(PLAIN),
        st.sampled_from(["cli", "sti", "popf 0", "popf 1", "cli", "sti"]),
        st.sampled_from(["int 3", "int 4", "int 0x80", "int 0x21", "int 0", "int 13", "int 0xff"]),
        joined(st.sampled_from(["load ", "store ", "jump "]), address),
        st.tuples(st.sampled_from(["in", "out"]), port).map(lambda x: f"{x[0]} {x[1][0]:#x} {x[1][1]}"),
        joined("syscall ", st.sampled_from(("read", "write")), st.just("") | TIME, perhaps("blocks")),
        joined("syscall ", st.sampled_from(NAMES), st.just("") | TIME, perhaps("blocks")),
        joined("enter ", st.sampled_from(("read", "ioctl")), st.just("") | TIME),
        st.just("return"),
        joined("vdso now", st.just("") | TIME),
        joined("call malloc", st.just("") | TIME),
        joined("compute", TIME),
        joined("irq ", st.sampled_from(["timer", "disk"]), st.just("") | TIME, perhaps("preempts")),
        st.sampled_from(["irq disk", "irq net 7"]),
        joined("pagefault", st.just("") | TIME, perhaps("major")),
        joined("signal SIGUSR1", st.just("") | TIME),
    )  # fmt: skip


def scripts(model: str) -> st.SearchStrategy[str]:
    def repeated(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
        block = st.tuples(st.integers(1, 3), inner).map(
            lambda x: [f"repeat {x[0]}", *(x[1] or ["nop"]), "end"]
        )
        return st.lists(st.one_of(block, inner), max_size=4).map(
            lambda parts: [op for part in parts for op in part]
        )

    plain = st.lists(operations(model), max_size=5)
    separated = st.sampled_from(["; ", "\n", "  # said; so\n"])
    text = st.one_of(plain, plain, st.recursive(plain, repeated, max_leaves=4)).filter(bool)
    return st.tuples(text, separated).map(lambda x: x[1].join(x[0]))


@st.composite
def machines(draw: st.DrawFn) -> Chip:
    model = draw(st.sampled_from(["linux64", "linux64", "linux32", "dos"]))
    base = draw(st.sampled_from([104, 0, 136]))
    bytes_ = draw(
        st.dictionaries(
            st.sampled_from([0, 1, 12, 13, 8191]), st.sampled_from([0, 0x7E, 0x01, 0xFE, 0x80])
        )
    )
    ends = {base + at + d for at in (0, 12, 8191) for d in (0, 1)}
    return Chip(
        model,
        cpl=0 if model == "dos" else draw(st.sampled_from([3, 3, 3, 2, 1, 0])),
        iopl=0 if model == "dos" else draw(st.sampled_from([0, 0, 3, 1, 2])),
        split=draw(st.sampled_from(SPLITS)),
        smap=model != "dos" and draw(st.booleans()),
        smep=model != "dos" and draw(st.booleans()),
        map_base=base,
        tss_limit=draw(st.sampled_from([103, base + 8192, base + 8192, *sorted(ends)])),
        bitmap=bytes_,
    )


def port_map(chip: Chip) -> PortMap:
    first, last = min(chip.bitmap, default=0), max(chip.bitmap, default=-1)
    data = tuple(chip.bitmap.get(at, 0xFF) for at in range(first, last + 1))
    return PortMap(base=chip.map_base, limit=chip.tss_limit, first=first, data=data)


def config(script: str, chip: Chip, costs: Costs) -> RunConfig:
    processor = Processor(
        chip.model, chip.split, chip.cpl, chip.iopl, port_map(chip), chip.smap, chip.smep
    )  # type: ignore[arg-type]
    times = (costs.instruction, costs.enter, costs.leave, costs.work, costs.call, costs.switch)
    return RunConfig(processor, parse_operations(script), *map(Fraction, times))


PRIMES = Costs(instruction=2, enter=101, leave=307, work=1009, call=10007, switch=100003)


def agree(script: str, chip: Chip, costs: Costs = PRIMES) -> None:
    asked = config(script, chip, costs)
    try:
        diary = followed(script, chip, costs)
    except Refused:
        with pytest.raises(InputError):
            run(asked)
        with pytest.raises(InputError):
            count(asked)
        return
    found = run(asked)
    outcomes = [step.result["outcome"] for step in found.steps if "outcome" in step.result]
    assert outcomes == diary.outcomes
    choices = found.asks["op"]["outcome"]
    assert [choices.read(outcome) for outcome in outcomes] == outcomes
    figures = diary.figures()
    assert {name: found.metrics[name] for name in figures} == figures
    assert {name: count(asked)[name] for name in figures} == figures


@settings(max_examples=150, deadline=None)
@given(st.data(), machines())
def test_every_outcome_and_every_figure_is_that_of_the_naive_model(
    data: st.DataObject, chip: Chip
) -> None:
    agree(data.draw(scripts(chip.model), "script"), chip)


@settings(max_examples=60, deadline=None)
@given(st.data(), machines())
def test_one_operation_at_any_level(data: st.DataObject, chip: Chip) -> None:
    agree(data.draw(operations(chip.model), "operation"), chip)


@pytest.mark.parametrize(
    "script",
    [
        "syscall exit blocks",
        "syscall _exit 7 blocks",
        "syscall fork blocks",
        "enter read; irq a 9 preempts; return",
    ],
)
def test_calls_that_do_not_come_back_as_others_do(script: str) -> None:
    agree(script, Chip("linux64", 3, 0))


def test_what_is_ignored_and_every_exception_can_be_answered() -> None:
    agree(
        "popf 0; ud2; div 0; int 3; int 4; hlt; pagefault; int 0x80; signal s; irq a",
        Chip("linux64", 3, 0),
    )


@pytest.mark.parametrize(
    ("bitmap", "allowed"),
    [
        ({11: 0xFF, 12: 0x7F, 13: 0xFE}, True),
        ({11: 0, 12: 0x7F, 13: 0xFF}, False),
        ({12: 0x7F, 13: 1}, False),
    ],
)
def test_two_ports_in_two_bytes(bitmap: dict[int, int], allowed: bool) -> None:
    """Ports 0x67 and 0x68: bit 7 of byte 12, bit 0 of byte 13."""
    chip = Chip("linux64", 3, 0, tss_limit=104 + 8192, bitmap=bitmap)
    assert chip.port_is_free(3, 0x67, 2) == allowed
    agree("in 0x67 2", chip)


@settings(max_examples=60, deadline=None)
@given(
    st.data(),
    st.sampled_from([Chip("linux64", 3, 3), Chip("linux32", 0, 0), Chip("dos", 0, 0)]),
)
def test_interrupts_that_wait_are_taken_by_what_sets_the_flag(
    data: st.DataObject, chip: Chip
) -> None:
    between = st.sampled_from(
        ["irq disk", "irq net 5us", "nop", "popf 0", "cli", "popf 1", "sti", "ud2"]
    )
    agree("; ".join(["cli", *data.draw(st.lists(between, max_size=9)), "irq last"]), chip)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_what_happens_in_the_kernel_crosses_nothing_more(data: st.DataObject, cpl: int) -> None:
    inside = st.sampled_from(
        ["irq a", "irq a 5 preempts", "pagefault major", "ud2", "hlt", "call f", "int 0x80", "compute 9",
         "cli", "sti", "popf 1", "div 0", "load 0x1000", "return; enter write", "in 0x60", "mov cr3"]
    )  # fmt: skip
    middle = data.draw(st.lists(inside, max_size=8))
    agree(
        "; ".join(["enter read 7", *middle, "return", "hlt", "syscall read"]),
        Chip("linux64", cpl, 0),
    )


@settings(max_examples=60, deadline=None)
@given(
    machines(), st.lists(st.tuples(st.sampled_from(PORTS), st.sampled_from([1, 2, 4])), min_size=2)
)
def test_each_port_and_how_many_are_allowed(chip: Chip, asked: list[tuple[int, int]]) -> None:
    accesses = tuple(PortAccess(port, width) for port, width in asked)
    found = run_ports(PortConfig(accesses, chip.cpl, chip.iopl, port_map(chip)))
    allowed = [chip.port_is_free(chip.cpl, port, width) for port, width in asked]
    assert [step.result["allowed"] for step in found.steps] == allowed
    assert dict(found.metrics) == {"accesses": len(asked), "allowed_accesses": sum(allowed)}
    for step, (port, width) in zip(found.steps, asked, strict=True):
        assert step.result["byte"] == port // 8
        assert step.result["bit"] == port % 8
        assert step.result["offset"] == chip.map_base + port // 8
        assert step.result["second"] == chip.map_base + port // 8 + 1
        assert step.given["last"] == port + width - 1


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["linux32", "linux64"]),
    st.sampled_from(SPLITS),
    st.lists(st.sampled_from(ADDRESSES), min_size=2),
)
def test_each_address_and_whose_they_are(model: str, split: int, addresses: list[int]) -> None:
    chip = Chip(model, 3, 0, split)
    if model == "linux32":
        addresses = [address % 2**32 for address in addresses]
    found = run_space(SpaceConfig(model, split, tuple(addresses)))  # type: ignore[arg-type]
    for step, address in zip(found.steps, addresses, strict=True):
        assert step.result["user"] == chip.touched(3, "load", address)
        assert step.result["kernel"] == chip.touched(0, "load", address)
        direct = range(0xFFFF888000000000, 0xFFFFC88000000000)
        if model == "linux32":
            direct = range(split, 0xF8000000)
        expected = address - direct.start if address in direct else None
        assert step.result["physical"] == expected
    user = sum(a < (split if model == "linux32" else 2**47) for a in addresses)
    kernel = sum(a >= (split if model == "linux32" else 2**64 - 2**47) for a in addresses)
    assert dict(found.metrics) == {
        "addresses": len(addresses),
        "user_addresses": user,
        "hole_addresses": len(addresses) - user - kernel,
        "kernel_addresses": kernel,
    }
