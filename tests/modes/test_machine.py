"""The rules of privilege, against a table written from the processor manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_modes.machine import Machine, Processor
from oslab_modes.operations import parse_operation, parse_operations
from oslab_modes.ports import NO_MAP, map_of


def processor(model="linux64", cpl=3, iopl=0, ports=NO_MAP, smap=False, smep=False):
    return Processor(model, 0xC0000000, cpl, iopl, ports, smap, smep)


def outcomes(script, **state):
    machine = Machine(processor(**state))
    return [machine.do(op).outcome for op in parse_operations(script)]


# SDM volume 2, "Protected Mode Exceptions" of each instruction: who may, at each CPL with each IOPL.
ONLY_0 = ("hlt", "lgdt", "lidt", "lmsw", "clts", "invlpg", "rdmsr", "wrmsr", "mov cr0", "mov cr3")
UP_TO_IOPL = ("cli", "sti")
ANYONE = ("nop", "add", "cpuid", "pushf", "rdtsc", "div 1")
MANUAL = {
    **{(verb, cpl, iopl): cpl == 0 for verb in ONLY_0 for cpl in range(4) for iopl in range(4)},
    **{(verb, c, i): c <= i for verb in UP_TO_IOPL for c in range(4) for i in range(4)},
    **{(verb, cpl, iopl): True for verb in ANYONE for cpl in range(4) for iopl in range(4)},
    **{("in 0x60", c, i): c <= i for c in range(4) for i in range(4)},
    # SDM volume 3, 6.12.1.1: CPL must not be above the gate's DPL.
    **{("int 0x20", cpl, iopl): cpl == 0 for cpl in range(4) for iopl in range(4)},
    **{("int 8", cpl, iopl): cpl == 0 for cpl in range(4) for iopl in range(4)},
}


@pytest.mark.parametrize("verb", dict.fromkeys(verb for verb, _, _ in MANUAL))
def test_an_instruction_runs_at_the_levels_the_manual_names(verb):
    for (name, cpl, iopl), runs in MANUAL.items():
        if name == verb:
            assert outcomes(verb, cpl=cpl, iopl=iopl) == ["ok" if runs else "#GP"], (cpl, iopl)


@pytest.mark.parametrize("cpl", range(4))
@pytest.mark.parametrize("iopl", range(4))
def test_popf_never_traps_and_sets_if_only_within_iopl(cpl, iopl):
    machine = Machine(processor(cpl=cpl, iopl=iopl))
    first = machine.do(parse_operation("popf 0"))
    assert (first.outcome, machine.flag) == (("ok", 0) if cpl <= iopl else ("ignored", 1))
    assert first.exceptions == first.crossings == 0
    # To pop what IF is already is nothing to refuse.
    assert machine.do(parse_operation(f"popf {machine.flag}")).outcome == "ok"


@pytest.mark.parametrize(
    ("op", "cpl", "outcome"),
    [
        ("int 3", 3, "#BP"), ("int 4", 3, "#OF"), ("int 0x80", 3, "syscall"), ("int 0x80", 0, "ok"),
        ("ud2", 3, "#UD"), ("ud2", 0, "#UD"), ("div 0", 3, "#DE"), ("div 0", 0, "#DE"),
    ],
)  # fmt: skip
def test_exceptions_and_open_gates(op, cpl, outcome):
    assert outcomes(op, cpl=cpl) == [outcome]


# Address, model: what an access does at CPL 3, and at CPL 0 to 2.
ADDRESSES = [
    (0x1000, "linux32", "ok", "ok"),
    (0xBFFFFFFF, "linux32", "ok", "ok"),
    (0xC0000000, "linux32", "#PF", "ok"),
    (0xFFFFFFFF, "linux32", "#PF", "ok"),
    (0xC0000000, "linux64", "ok", "ok"),
    (0x7FFFFFFFEFFF, "linux64", "ok", "ok"),
    (0x7FFFFFFFF000, "linux64", "#PF", "#PF"),
    (0x800000000000, "linux64", "#GP", "#GP"),
    (0xFFFF7FFFFFFFFFFF, "linux64", "#GP", "#GP"),
    (0xFFFF800000000000, "linux64", "#PF", "#PF"),
    (0xFFFF888000000000, "linux64", "#PF", "ok"),
    (0xFFFFC88000000000, "linux64", "#PF", "#PF"),
    (0xFFFFFFFF81000000, "linux64", "#PF", "ok"),
]


@pytest.mark.parametrize(("address", "model", "user", "kernel"), ADDRESSES)
@pytest.mark.parametrize("verb", ["load", "store", "jump"])
def test_an_address_decides_with_the_mode(address, model, user, kernel, verb):
    op = f"{verb} {address:#x}"
    assert outcomes(op, model=model) == [user]
    for cpl in (0, 1, 2):
        assert outcomes(op, model=model, cpl=cpl) == [kernel]


def test_smap_and_smep_bind_the_kernel_and_not_the_user():
    script = "load 0x1000; store 0x1000; jump 0x1000; load 0xffffffff81000000"
    assert outcomes(script, cpl=0, smap=True) == ["#PF", "#PF", "ok", "ok"]
    assert outcomes(script, cpl=0, smep=True) == ["ok", "ok", "#PF", "ok"]
    assert outcomes(script, cpl=3, smap=True, smep=True) == ["ok", "ok", "ok", "#PF"]


def test_the_mode_is_no_place():
    script = "jump 0xffffffff81000000; hlt; enter ioctl; jump 0x400000; hlt; return; hlt"
    assert outcomes(script) == ["#PF", "#GP", "syscall", "ok", "ok", "ok", "#GP"]


def test_what_traps_has_no_effect():
    machine = Machine(processor())
    machine.do(parse_operation("cli"))
    assert (machine.level, machine.flag) == (3, 1)


def test_an_interrupt_waits_until_if_is_1():
    machine = Machine(processor(iopl=3))
    done = [machine.do(op) for op in parse_operations("cli; irq a; irq b; sti; irq c")]
    assert [d.outcome for d in done] == ["ok", "pending", "pending", "ok", "interrupt"]
    assert [d.crossings for d in done] == [0, 0, 0, 4, 2]
    assert sum(d.interrupts for d in done) == 3


@pytest.mark.parametrize(
    ("op", "user", "kernel"),
    [
        ("syscall read", 2, None), ("syscall read blocks", 2, None), ("syscall exit", 1, None),
        ("syscall _exit", 1, None), ("syscall fork", 3, None), ("syscall clone", 3, None),
        ("enter read", 1, None), ("irq timer", 2, 0), ("irq timer preempts", 2, 0), ("hlt", 2, 0),
        ("ud2", 2, 0), ("int 3", 2, 0), ("int 0x80", 2, 0), ("pagefault", 2, 0), ("pagefault major", 2, 0),
        ("signal SIGALRM", 2, None), ("vdso clock_gettime", 0, None), ("call malloc", 0, 0),
        ("compute 5ns", 0, 0), ("nop", 0, 0), ("load 0x1000", 0, 0), ("popf 0", 0, 0),
    ],
)  # fmt: skip
def test_crossings_of_one_operation_in_user_mode_and_in_the_kernel(op, user, kernel):
    assert Machine(processor()).do(parse_operation(op)).crossings == user
    in_kernel = Machine(processor(cpl=0))
    if kernel is None:
        with pytest.raises(InputError, match="kernel mode"):
            in_kernel.do(parse_operation(op))
    else:
        assert in_kernel.do(parse_operation(op)).crossings == kernel


def test_in_real_mode_nothing_is_forbidden_and_nothing_crossed():
    script = (
        "hlt; lgdt; mov cr0; cli; out 0x60; load 0xb8000; jump 0xffff0; int 0x21; int 0x80; popf 0"
    )
    machine = Machine(processor("dos", cpl=0))
    done = [machine.do(op) for op in parse_operations(script)]
    assert [d.outcome for d in done] == ["ok"] * 7 + ["syscall", "ok", "ok"]
    assert all(d.crossings == 0 for d in done)


@pytest.mark.parametrize(
    ("script", "model", "said"),
    [
        ("return", "linux64", "no enter"),
        ("syscall exit; nop", "linux64", "has exited"),
        ("enter read; enter write", "linux64", "return comes first"),
        ("load 0x100000000", "linux32", "linux32"),
        ("vdso f", "dos", "DOS has no vdso"),
        ("syscall read blocks", "dos", "DOS has no blocks"),
    ],
)
def test_what_cannot_come_is_said(script, model, said):
    with pytest.raises(InputError, match=said):
        outcomes(script, model=model, cpl=0 if model == "dos" else 3)


@pytest.mark.parametrize("state", [{"cpl": 4}, {"iopl": -1}, {"model": "dos", "cpl": 3}])
def test_states_that_no_processor_has(state):
    with pytest.raises(InputError):
        processor(**state)


@given(st.sets(st.integers(0, 0xFFFF), max_size=6), st.integers(0, 0xFFFF))
def test_out_follows_the_ports_that_are_open(opened, port):
    script = f"out {port}"
    assert outcomes(script, ports=map_of(opened)) == ["ok" if port in opened else "#GP"]
