"""The exercises on EPOLLONESHOT: what waits return, and to whom they seem to return more."""

from oslab_multiplex.problems.oneshot import OneShot
from oslab_multiplex.problems.scripts import config_of
from oslab_multiplex.script import parse

SCRIPT = """
pipe a; pipe b; epoll e; ctl e add a.r in,oneshot; ctl e add b.r in
write a 4; write b 1; wait e
write a 2; wait e
ctl e mod a.r in,oneshot; wait e
ctl e mod a.r in,oneshot; read a 6; wait e
ctl e add a.r in,oneshot; write a 1; wait e
wait e
"""


def said(answers):
    return [" ".join(row["events"]).replace(":IN", "") for row in answers["waits"]]


def gives(name):
    return said(OneShot.mistakes()[name](OneShot(), config_of(parse(SCRIPT))))


def test_one_report_then_silence_until_mod():
    problem, params = OneShot(), config_of(parse(SCRIPT))
    found = said(problem.solve(params, problem.run(params)))
    # The last MOD found the pipe ready, so it is on the list; when asked again it was empty, and still armed.
    assert found == ["a.r b.r", "b.r", "b.r a.r", "b.r", "b.r a.r", "b.r"]


def test_misunderstandings():
    assert gives("keeps-firing") == ["a.r b.r", "a.r b.r", "a.r b.r", "b.r", "b.r a.r", "b.r a.r"]
    assert gives("deleted") == ["a.r b.r", "b.r", "b.r", "b.r", "b.r a.r", "b.r"]
    assert gives("mod-needs-new-data") == ["a.r b.r", "b.r", "b.r", "b.r", "b.r a.r", "b.r"]
