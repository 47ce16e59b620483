"""Scripts are read, written back, and refused with a sentence that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_multiplex import script
from oslab_multiplex.script import Op, parse, parse_op

EVERY = """
pipe a ; unix s   # two
eventfd v; eventfd w 7
listen l; file f
epoll e; epoll x size=0
ctl e add a.r in,et tag=left
ctl e mod a.r none
ctl e del a.r
wait e; wait e max=2 timeout=-1
write a 5; read a.r; read a.r 3
dup a.r b; close b; shutdown s.a write
connect l; connect l 3; accept l; accept l c
"""


def test_what_is_read_is_written_back():
    ops = parse(EVERY)
    assert [str(op) for op in ops][-4:] == ["connect l", "connect l 3", "accept l", "accept l c"]
    assert parse("\n".join(map(str, ops))) == ops
    assert len(ops) == 23


def test_events_are_written_in_one_order():
    assert str(parse_op("ctl e add a.r et,out,in")) == "ctl e add a.r in,out,et"


def test_constructors_make_what_is_read():
    made = [
        script.make("pipe", "a"), script.make("eventfd", "v"), script.ctl("e", "add", "a.r", "in,et", "t"),
        script.wait("e", 2), script.write("a", 5), script.read("a"), script.dup("a.r", "b"),
        script.close("b"), script.shutdown("s.a", "both"), script.connect("l"), script.accept("l"),
    ]  # fmt: skip
    assert parse("; ".join(map(str, made))) == tuple(made)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pipe a\n\nopen b", 'line 3: "open" is no operation'),
        ("Pipe a", "write it pipe"),
        ("pipe", "pipe NAME is expected"),
        ("pipe a.r", "cannot be a new name"),
        ("ctl e add a.r", "ctl EPOLL add"),
        ("ctl e del a.r in", "ctl EPOLL add"),
        ("ctl e put a.r in", '"put" is not one of add, mod, del'),
        ("ctl e add a.r in,lt", '"lt" is not one of in, pri, out'),
        ("ctl e add a.r in tag=a|b", "letters, digits"),
        ("wait e min=2", '"min=2" does not belong there'),
        ("wait e max=two", '"two" is not a whole number'),
        ("wait e max=1 max=2", "does not belong there"),
        ("write a -1", "a whole number from 0"),
        ("read a 0", "a whole number from 1"),
        ("shutdown s.a all", '"all" is not one of read, write, both'),
        ("connect l 0", "a whole number from 1"),
        ("write a 99999999999999999999999", "a whole number from 0"),
    ],
)
def test_a_bad_line_is_named_and_what_would_be_right(text, message):
    with pytest.raises(InputError) as error:
        parse(text)
    assert message in str(error.value)
    assert "line " in str(error.value)


def test_a_script_is_bounded():
    with pytest.raises(InputError, match="at most 20000 operations"):
        parse("close a\n" * 20_001)


@given(st.text(alphabet="abcdeilnprstuvwxz=.,;#\n 0123456789-", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        ops = parse(text)
    except InputError:
        return
    assert all(isinstance(op, Op) for op in ops)
    assert parse("\n".join(map(str, ops))) == ops
