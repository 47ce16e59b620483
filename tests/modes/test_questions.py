"""Problem types of modes: keys worked out by hand, modelled mistakes, follow-through."""

from fractions import Fraction

import pytest

from oslab_modes.cost import CostConfig
from oslab_modes.machine import Processor
from oslab_modes.operations import parse_operations
from oslab_modes.ports import NO_MAP, PortAccess, PortConfig, PortMap, map_of
from oslab_modes.problems.allowed import Allowed, config
from oslab_modes.problems.cost import Cost
from oslab_modes.problems.countswitches import CountSwitches
from oslab_modes.problems.ports import Ports
from oslab_modes.problems.readpath import ReadPath, listing
from oslab_modes.problems.space import Space
from oslab_modes.readpath import ReadConfig
from oslab_modes.space import SpaceConfig


def key(problem, params):
    return problem.solve(params, problem.run(params))


def gives(problem, name, params):
    return type(problem).mistakes()[name](problem, params)


def script(text, model="linux64", iopl=0, ports=NO_MAP, guarded=False):
    state = Processor(model, 0xC0000000, 3, iopl, ports, guarded, guarded)
    return config(state, parse_operations(text))


def told(answers):
    return [f"{row['outcome']} {row['switches']}" for row in answers["operations"]]


PLACE = "jump 0xc0001000; hlt; popf 0; load 0x1000; syscall read; jump 0x8048000; lgdt"


def test_outcomes_with_the_switches_so_far():
    answers = key(Allowed(), script(PLACE, "linux32"))
    assert told(answers) == ["#PF 2", "#GP 4", "ignored 4", "ok 4", "syscall 6", "ok 6", "#GP 8"]
    assert answers["exceptions"] == 3


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        # Who goes by the place lets the jump succeed, and halts.
        ("address-decides-mode", "jump 0xc0001000; hlt; jump 0x1000; hlt", ["ok 0", "ok 0", "ok 0", "#GP 2"]),
        ("popf-traps", "popf 0; nop", ["#GP 2", "ok 2"]),
        ("traps-are-free", "hlt; syscall read; ud2", ["#GP 0", "syscall 2", "#UD 2"]),
        ("kernel-traps-too", "enter a; hlt; cli; nop; return", ["syscall 1", "#GP 1", "#GP 1", "ok 1", "ok 2"]),
    ],
)  # fmt: skip
def test_wrong_outcomes_are_those_of_a_misunderstanding(name, text, rows):
    assert told(gives(Allowed(), name, script(text, "linux32"))) == rows


def test_misunderstandings_of_iopl_ports_holes_and_guards():
    open_port = map_of({0x60})
    within = script("cli; sti", iopl=3)
    assert told(key(Allowed(), within)) == ["ok 0", "ok 0"]
    assert told(gives(Allowed(), "cli-ignores-iopl", within)) == ["#GP 2", "#GP 4"]
    privileged = script("hlt; cli; lidt", iopl=3)
    assert told(key(Allowed(), privileged)) == ["#GP 2", "ok 2", "#GP 4"]
    assert told(gives(Allowed(), "iopl-is-privilege", privileged)) == ["ok 0", "ok 0", "ok 0"]
    port = script("out 0x60; out 0x61", ports=open_port)
    assert told(key(Allowed(), port)) == ["ok 0", "#GP 2"]
    assert told(gives(Allowed(), "ports-by-cpl", port)) == ["#GP 2", "#GP 4"]
    hole = script("load 0x800000000000; load 0xffffffff81000000")
    assert told(key(Allowed(), hole)) == ["#GP 2", "#PF 4"]
    assert told(gives(Allowed(), "hole-is-pf", hole)) == ["#PF 2", "#PF 4"]
    guarded = script("enter a; load 0x1000; jump 0x1000; return", guarded=True)
    assert told(key(Allowed(), guarded)) == ["syscall 1", "#PF 1", "#PF 1", "ok 2"]
    assert told(gives(Allowed(), "no-limits", guarded)) == ["syscall 1", "ok 1", "ok 1", "ok 2"]


def test_switches_follow_from_the_row_before():
    problem, params = Allowed(), script(PLACE, "linux32")
    rows = key(problem, params)["operations"]
    for n in range(len(rows)):
        assert problem.follow(params, "operations", rows[:n]) == rows[n]
    slipped = [{"outcome": "#PF", "switches": 1}]
    assert problem.follow(params, "operations", slipped) == {"outcome": "#GP", "switches": 3}


def ports_answers(answers):
    return [(r["byte"], r["bit"], r["allowed"]) for r in answers["accesses"]]


def test_ports_and_their_misunderstandings():
    # Byte 12 is 0b11110010: the ports 0x60, 0x62 and 0x63 are open.
    tss = PortMap(104, 104 + 8192, 12, (0xF2,))
    accesses = tuple(PortAccess(*a) for a in ((0x60, 1), (0x61, 1), (0x62, 2), (0x63, 2)))
    params = PortConfig(accesses, 3, 0, tss)
    right = [(12, 0, True), (12, 1, False), (12, 2, True), (12, 3, False)]
    assert ports_answers(key(Ports(), params)) == right

    def allowed(name):
        return [a for *_, a in ports_answers(gives(Ports(), name, params))]

    assert allowed("one-allows") == [False, True, False, False]
    assert allowed("first-bit-only") == [True, False, True, True]
    # From the left the byte reads 1 1 1 1 0 0 1 0.
    mirrored = ports_answers(gives(Ports(), "msb-first", params))
    assert mirrored == [(12, 7, False), (12, 6, False), (12, 5, False), (12, 4, False)]
    cut = PortConfig(
        (PortAccess(0x60, 1), PortAccess(0x68, 1)), 3, 0, PortMap(104, 117, 12, (0, 0))
    )
    assert [a for *_, a in ports_answers(key(Ports(), cut))] == [True, False]
    for name in ("one-byte-read", "limit-ignored"):
        assert [a for *_, a in ports_answers(gives(Ports(), name, cut))][:1] == [True]
    assert ports_answers(gives(Ports(), "one-byte-read", cut))[1][2]


def areas(answers, table="addresses"):
    return [tuple(row.values()) for row in answers[table]]


def test_addresses_and_their_misunderstandings():
    addresses = (0xC0001000, 0x900000000000, 0xFFFF888000001000, 0xFFFFC88000000000)
    params = SpaceConfig("linux64", 0xC0000000, addresses)
    user, hole = ("user", "ok", "ok"), ("hole", "#GP", "#GP")
    kernel, gap = ("kernel", "#PF", "ok"), ("kernel", "#PF", "#PF")
    assert areas(key(Space(), params)) == [user, hole, kernel, gap]
    assert areas(gives(Space(), "user-48-bit", params)) == [user, user, kernel, gap]
    assert areas(gives(Space(), "split-at-3g", params)) == [kernel] * 4
    absent = ("hole", "#PF", "#PF")
    assert areas(gives(Space(), "hole-is-pf", params)) == [user, absent, kernel, gap]
    assert areas(gives(Space(), "gaps-are-mapped", params)) == [user, hole, kernel, kernel]
    assert areas(gives(Space(), "kernel-is-gp", params))[2:] == [
        ("kernel", "#GP", "ok"), ("kernel", "#GP", "#PF"),
    ]  # fmt: skip


def test_another_split_moves_the_direct_map():
    params = SpaceConfig("linux32", 0x40000000, (0x1000, 0x40001000, 0xC0000000, 0xF8000000))
    assert areas(key(Space(), params), "physical") == [
        ("user", "ok", "ok", None),
        ("kernel", "#PF", "ok", 0x1000),
        ("kernel", "#PF", "ok", 0x80000000),
        ("kernel", "#PF", "ok", None),
    ]
    at_3g = areas(gives(Space(), "split-at-3g", params), "physical")
    assert at_3g[1:3] == [("user", "ok", "ok", None), ("kernel", "#PF", "ok", 0)]
    at_2g = areas(gives(Space(), "split-at-2g", params), "physical")
    assert at_2g[1:3] == [("user", "ok", "ok", None), ("kernel", "#PF", "ok", 0x40000000)]
    assert gives(Space(), "user-48-bit", params) is None


PROGRAM = """
repeat 3; syscall read blocks; vdso f; end
syscall kill; signal S; pagefault; enter ioctl; irq a; return
syscall fork; irq timer preempts; syscall exit
"""


def test_counts_and_their_misunderstandings():
    problem, params = CountSwitches(), script(PROGRAM)
    answers = key(problem, params)
    # 6 + 2 + 2 + 2 + 2 + 3 + 2 + 1 crossings.
    counted = [answers[n] for n in ("mode_switches", "context_switches", "syscalls")]
    # Three waits and the timer have two context switches each, exit has one.
    assert counted == [20, 9, 8]

    def wrong(name):
        return gives(problem, name, params)

    # Each entry once: 3 reads, kill, sigreturn, fault, ioctl, fork, timer, exit.
    assert wrong("calls-not-crossings") == {"mode_switches": 10}
    assert wrong("vdso-counted") == {"mode_switches": 26, "syscalls": 11}
    assert wrong("blocking-adds") == {"mode_switches": 26}
    assert wrong("switch-is-context") == {"context_switches": 20}
    assert wrong("waits-once") == {"context_switches": 5}
    # fork one less, exit one more: nothing to see here.
    assert wrong("every-call-returns") is None
    assert wrong("kernel-interrupts-cross") == {"mode_switches": 22}
    assert wrong("exceptions-forgotten") == {"mode_switches": 18}
    assert wrong("no-sigreturn") == {"mode_switches": 18, "syscalls": 7}


def test_time_in_the_kernel():
    answers = key(CountSwitches(), script("syscall read blocks; vdso f; pagefault"))
    assert answers["kernel_time_ns"] == 2 * (50 + 100 + 50) + 1500


def named(params, answers):
    steps = listing(params)
    return [steps["abcdefghijklmno".index(letter)] for letter in answers["order"]]


def read(cache, direct=False):
    return ReadConfig(cache, direct, 1024, 5120, 4096, "idle")


def test_the_steps_of_a_read_depend_on_the_state():
    problem = ReadPath()
    for cache, direct, steps, figures in [
        ("hit", False, 5, (5120, 0, 0)),
        ("miss", False, 12, (5120, 8192, 2)),
        ("reading", False, 10, (5120, 0, 2)),
        ("hit", True, 10, (0, 5120, 2)),
    ]:
        params = read(cache, direct)
        answers = key(problem, params)
        assert len(answers["order"]) == steps
        assert tuple(answers[n] for n in ("copied", "dma", "context_switches")) == figures
        assert named(params, answers)[-1] == "leave"


def test_misunderstandings_of_a_read():
    problem, miss, hit, direct = ReadPath(), read("miss"), read("hit"), read("hit", True)
    straight = gives(problem, "disk-to-user", miss)
    assert "dma-user" in named(miss, straight)
    assert not {"copy", "dma-cache", "allocate"} & set(named(miss, straight))
    early = named(miss, gives(problem, "copy-before-data", miss))
    assert early.index("copy") < early.index("sleep")
    assert gives(problem, "always-sleeps", hit)["context_switches"] == 2
    assert gives(problem, "always-sleeps", miss) is None
    assert gives(problem, "through-the-cache", direct)["copied"] == 5120
    assert gives(problem, "cache-serves", direct)["dma"] == 0
    assert gives(problem, "cache-serves", read("miss", True)) is None
    assert "irq-comes" not in named(miss, gives(problem, "no-interrupt", miss))
    assert gives(problem, "reads-again", read("reading"))["dma"] == 8192
    assert named(hit, gives(problem, "never-enters", hit)) == ["look-up", "copy"]
    assert gives(problem, "kernel-process", hit)["context_switches"] == 2


def test_costs_and_their_misunderstandings():
    times = [Fraction(t) for t in (50, 30, 100, 10)]
    params = CostConfig(10, 4, *times, Fraction(20))
    assert key(Cost(), params) == {
        "single_switches": 20, "single_time": 1900, "batches": 3, "batched_switches": 6,
        "batched_time": 3 * 80 + 1100, "vdso_switches": 0, "vdso_time": 300,
    }  # fmt: skip
    one_way = gives(Cost(), "one-way", params)
    assert (one_way["single_switches"], one_way["batched_time"]) == (10, 3 * 50 + 1100)
    floor = gives(Cost(), "floor", params)
    assert (floor["batches"], floor["batched_time"]) == (2, 2 * 80 + 1100)
    assert gives(Cost(), "work-batched", params) == {"batched_time": 3 * 180 + 100}
    entering = gives(Cost(), "vdso-enters", params)
    assert (entering["vdso_switches"], entering["vdso_time"]) == (20, 1100)
    assert gives(Cost(), "crossings-forgotten", params)["single_time"] == 1100
    assert gives(Cost(), "vdso-enters", CostConfig(10, 4, *times, None)) is None
    assert gives(Cost(), "floor", CostConfig(8, 4, *times, None)) is None
