"""How scripts are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cow.operations import exit_of, fork, listing, parse_operations, read, write

NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True)
PAGE = st.integers(0, 2**20)


@st.composite
def accesses(draw):
    first = draw(PAGE)
    last = first + draw(st.integers(0, 9))
    if draw(st.booleans()):
        return read(draw(NAME), first, last)
    return write(draw(NAME), first, last, draw(st.none() | st.integers(-(2**64), 2**64)))


OPERATIONS = st.builds(fork, NAME, NAME) | st.builds(exit_of, NAME) | accesses()


def test_a_script_has_an_operation_a_line_or_between_semicolons_and_comments():
    text = """
    # the parent
    write P 0 0x10   # sixteen
    fork P C; read C 0..3

    ; exit P ;
    write C 1
    """
    assert parse_operations(text) == (
        write("P", 0, value=16), fork("P", "C"), read("C", 0, 3), exit_of("P"), write("C", 1),
    )  # fmt: skip


def test_a_semicolon_in_a_comment_belongs_to_the_comment():
    assert parse_operations("exit P # no; more\r\nexit C") == (exit_of("P"), exit_of("C"))


@given(st.lists(OPERATIONS, max_size=8), st.sampled_from(["; ", "\n", " # so\n", "\r\n\r\n"]))
def test_an_operation_reads_back_as_it_is_written(operations, between):
    assert parse_operations(between.join(map(str, operations))) == tuple(operations)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("fork P", "fork PARENT CHILD is expected"),
        ("fork P C D", "fork PARENT CHILD is expected"),
        ("read P", "read PROCESS PAGE is expected"),
        ("write P 0 1 2", r"write PROCESS PAGE \[VALUE\] is expected"),
        ("exit", "exit PROCESS is expected"),
        ("Fork P C", "no operation.*write it fork"),
        ("wait P", "there are fork, read, write and exit"),
        ("exit 7", "cannot name a process"),
        ("fork P C-1", "cannot name a process"),
        ("read P x", "not a page"),
        ("read P -1", "numbered from 0"),
        ("read P 3..1", "1..3"),
        ("read P 3..", "not a page"),
        ("write P 0 one", "not a value"),
    ],
)
def test_a_bad_operation_is_named_by_its_number(bad, said):
    with pytest.raises(InputError, match=f"^operation 2: .*{said}"):
        parse_operations(f"exit P\n\n# nothing\n{bad}")


def test_a_listing_numbers_the_operations():
    ten = [exit_of("P")] * 10
    lines = listing(ten).split("\n")
    assert lines[0] == " 1  exit P"
    assert lines[9] == "10  exit P"
