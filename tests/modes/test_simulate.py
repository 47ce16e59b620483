"""modes run: hand-counted programs, conservation, and counting without steps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError, Lanes
from oslab_modes.machine import Processor
from oslab_modes.operations import length, op, parse_operations, unrolled
from oslab_modes.ports import NO_MAP
from oslab_modes.simulate import RunConfig, count, run

FREE = Fraction(0)


def config(script, model="linux64", cpl=3, iopl=0, times=(1, 50, 50, 100, 25, 1500)):
    ops = parse_operations(script) if isinstance(script, str) else tuple(script)
    processor = Processor(model, 0xC0000000, cpl, iopl, NO_MAP, False, False)
    return RunConfig(processor, ops, *map(Fraction, times))


def figures(script, **state):
    found = count(config(script, **state))
    return tuple(
        found[name]
        for name in ("mode_switches", "context_switches", "syscalls", "exceptions", "interrupts")
    )


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("syscall read", (2, 0, 1, 0, 0)),
        # Waiting changes the task twice, the mode no more than otherwise.
        ("syscall read blocks", (2, 2, 1, 0, 0)),
        ("syscall fork; syscall exit", (4, 1, 2, 0, 0)),
        ("vdso gettimeofday; call malloc; compute 1us", (0, 0, 0, 0, 0)),
        ("irq timer preempts; irq disk", (4, 2, 0, 0, 2)),
        ("enter read; irq disk; irq disk; return", (2, 0, 1, 0, 2)),
        ("syscall kill; signal SIGUSR1", (4, 0, 2, 0, 0)),
        ("pagefault; pagefault major; hlt", (6, 2, 0, 3, 0)),
        ("repeat 25; syscall read; syscall write; end; syscall read; syscall exit", (103, 1, 52, 0, 0)),
        ("repeat 3; repeat 2; syscall a; end; vdso b; end", (12, 0, 6, 0, 0)),
    ],
)  # fmt: skip
def test_a_program_counted_by_hand(script, expected):
    assert figures(script) == expected


def test_dos_services_cross_nothing():
    assert figures("int 0x21; syscall write; irq keyboard", model="dos", cpl=0) == (0, 0, 2, 0, 1)


def test_time_by_hand():
    # 2 crossings at 50 each, 200 of work, one switch back; a vDSO call of 25; an instruction.
    found = count(config("syscall read 200ns blocks; vdso f; nop"))
    assert (found["kernel_time_ns"], found["user_time_ns"]) == (50 + 200 + 50 + 1500, 26)
    # A handler's time is the program's, sigreturn's the kernel's.
    found = count(config("signal SIGALRM 70ns"))
    assert (found["kernel_time_ns"], found["user_time_ns"]) == (200, 70)
    # fork leaves twice, exit never; what traps takes no time of its own.
    assert count(config("syscall fork"))["kernel_time_ns"] == 250
    assert count(config("syscall exit"))["kernel_time_ns"] == 150
    assert count(config("hlt"))["user_time_ns"] == 0
    # In the kernel there is nothing to cross, and no user mode.
    found = count(config("hlt; irq a; call f", cpl=0))
    assert (found["kernel_time_ns"], found["user_time_ns"]) == (1 + 100 + 25, 0)


def scripts():
    user = st.sampled_from(
        [
            "hlt", "nop", "cli", "sti", "popf 0", "popf 1", "out 0x60", "int 0x80", "int 3", "ud2",
            "load 0x1000", "load 0x800000000000", "jump 0xffffffff81000000", "syscall read",
            "syscall read 7ns blocks", "syscall fork", "vdso f", "call f 3ns", "compute 9ns", "irq a",
            "pagefault", "pagefault major", "signal S", "enter x\nirq b\nhlt\nload 0x1000\nreturn",
        ]
    )  # fmt: skip
    body = st.lists(user, min_size=1, max_size=12)
    looped = st.tuples(st.integers(1, 4), body).map(
        lambda pair: f"repeat {pair[0]}\n" + "\n".join(pair[1]) + "\nend"
    )
    return st.lists(st.one_of(user, looped), min_size=1, max_size=6).map("\n".join)


@given(scripts(), st.integers(0, 3))
def test_counting_gives_the_figures_of_the_steps(script, iopl):
    whole = config(script, iopl=iopl)
    found = run(whole)
    assert found.metrics == count(whole)
    steps = [step for step in found.steps if step.action == "op"]
    assert len(steps) == length(whole.ops)
    assert sum(step.result["crossings"] for step in steps) == found.metrics["mode_switches"]
    assert steps[-1].result["switches"] == found.metrics["mode_switches"]
    times = found.metrics["kernel_time_ns"] + found.metrics["user_time_ns"]
    assert sum(step.cost_ns for step in steps) == pytest.approx(float(times))


@given(scripts())
def test_a_program_ends_in_the_mode_it_began_in(script):
    """Every way in has its way back, but for fork's second one."""
    found = count(config(script))
    forks = sum(o.name == "fork" for _, o in unrolled(parse_operations(script)))
    assert (found["mode_switches"] - forks) % 2 == 0


@given(scripts())
def test_repeating_multiplies_what_has_no_memory(script):
    once = parse_operations(script)
    if any(each.verb in ("cli", "sti", "popf") for each in once):
        return
    twice = count(config((op("repeat", number=3), *once, op("end"))))
    assert twice == {name: 3 * value for name, value in count(config(once)).items()}


def test_the_time_line_is_the_programs_time():
    found = run(config("call f 10ns; syscall read 20ns; compute 5ns"))
    lanes = found.steps[-1].state["timeline"]
    assert isinstance(lanes, Lanes)
    assert lanes.lanes == {
        "user": ((0, 10, "f"), (130, 135, "compute")),
        "kernel": ((10, 130, "read"),),
    }


def test_an_error_names_the_operation():
    with pytest.raises(InputError, match=r"operation 2 \(return\)"):
        run(config("nop; return"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: config([]),
        lambda: config("nop", times=(1, -1, 0, 0, 0, 0)),
        lambda: config("repeat 1000; repeat 1001; nop; end; end"),
    ],
)
def test_what_is_no_program(make):
    with pytest.raises(InputError):
        make()


def test_many_operations_are_counted():
    assert figures("repeat 20000; syscall a; end")[0] == 40_000
