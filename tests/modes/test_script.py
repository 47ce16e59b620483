"""How scripts are written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_modes.operations import (
    USAGE,
    length,
    listing,
    op,
    parse_operation,
    parse_operations,
    unrolled,
)


def test_a_script_with_all_that_there_is_to_write():
    text = """
    # comment
    load 0x1000; mov cr3   # another
    in 0x1f0 2
    syscall read 1.5us blocks
    repeat 2
      irq timer preempts
    end
    pagefault major; pagefault 3us
    """
    assert parse_operations(text) == (
        op("load", number=0x1000),
        op("mov", "cr3"),
        op("in", number=0x1F0, width=2),
        op("syscall", "read", time_ns=Fraction(1500), flag="blocks"),
        op("repeat", number=2),
        op("irq", "timer", flag="preempts"),
        op("end"),
        op("pagefault", flag="major"),
        op("pagefault", time_ns=Fraction(3000)),
    )


NAMES = st.sampled_from(["read", "clock_gettime", "SIGUSR1"])
TIMES = st.sampled_from([None, Fraction(100), Fraction(2500)])
OPS = st.one_of(
    st.sampled_from(["hlt", "nop", "cli", "return"]).map(op),
    st.builds(lambda n, v: op(v, number=n), st.integers(0, 2**64 - 1), st.sampled_from(["load", "jump"])),
    st.builds(lambda n, w: op("out", number=n, width=w), st.integers(0, 0xFFFF), st.sampled_from([1, 2, 4])),
    st.builds(lambda n: op("int", number=n), st.integers(0, 255)),
    st.builds(lambda n: op("popf", number=n), st.integers(0, 1)),
    st.builds(
        lambda n, t, f: op("syscall", n, time_ns=t, flag=f), NAMES, TIMES, st.sampled_from(["", "blocks"])
    ),
    st.builds(lambda n, t: op("signal", n, time_ns=t), NAMES, TIMES),
    st.builds(lambda t: op("pagefault", time_ns=t), TIMES),
)  # fmt: skip


@given(st.lists(OPS, min_size=1, max_size=8))
def test_what_is_printed_can_be_read_again(ops):
    assert parse_operations("; ".join(map(str, ops))) == tuple(ops)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("halt", "no operation"),
        ("HLT", "write it hlt"),
        ("hlt 5", "hlt is expected"),
        ("mov eax", "cr0, cr2, cr3, cr4"),
        ("load", "load ADDRESS is expected"),
        ("load x", "an address"),
        ("load 0x10000000000000000", "an address"),
        ("out 0x10000", "a port"),
        ("out 0x60 3", "1, 2 or 4 bytes"),
        ("int 256", "a vector"),
        ("popf 2", "IF"),
        ("syscall", "syscall NAME"),
        ("syscall 5", "no name"),
        ("syscall read 5 sleeps", "not a time|is expected"),
        ("syscall read -5ns", "no time"),
        ("repeat 0; nop; end", "how often"),
        ("repeat 2; nop", "no end"),
        ("end", "no repeat"),
        ("; ".join(["repeat 1"] * 9), "8 deep"),
    ],
)
def test_mistakes_are_named(text, said):
    with pytest.raises(InputError, match=said):
        parse_operations(text)


def test_the_line_is_named_in_a_script_of_lines_else_the_operation():
    with pytest.raises(InputError, match="line 3"):
        parse_operations("nop\n\nfoo\n")
    with pytest.raises(InputError, match="operation 2"):
        parse_operations("nop; foo")


def test_repeats_are_carried_out_in_order():
    ops = parse_operations("repeat 2; nop; repeat 3; hlt; end; end; cli")
    numbers = [n for n, _ in unrolled(ops)]
    assert numbers == [2, 4, 4, 4, 2, 4, 4, 4, 7]
    assert length(ops) == len(numbers)


def test_a_repeat_of_nothing_takes_no_time_however_often_it_stands_there():
    ops = parse_operations("repeat 200000; " * 6 + "end; " * 6 + "hlt")
    assert [each.verb for _, each in unrolled(ops)] == ["hlt"]
    assert length(ops) == 1


def test_a_listing_indents_what_is_repeated():
    ops = parse_operations("repeat 2; nop; end; cli")
    assert listing(ops).splitlines() == ["1  repeat 2", "2    nop", "3  end", "4  cli"]


def test_every_verb_says_how_it_is_written():
    assert all(usage.startswith(verb) for verb, usage in USAGE.items())
    assert parse_operation("nop") == op("nop")
