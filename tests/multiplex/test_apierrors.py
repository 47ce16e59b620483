"""The exercises on errors: the kernel's, and those that people expect."""

import pytest

from oslab_multiplex.problems.apierrors import ApiErrors
from oslab_multiplex.problems.scripts import config_of
from oslab_multiplex.script import parse

SCRIPT = """
pipe a; file f; epoll e size=1; dup a.r d
ctl e add a.r in; ctl e add a.r in; ctl e add d in,et; ctl e mod a.w out; ctl e add f in
ctl e add e in; wait e max=0; close d; ctl e del d; ctl e mod a.r in,et; ctl e del a.r; ctl e del a.r
"""
RIGHT = "0 EEXIST 0 ENOENT EPERM EINVAL EINVAL 0 EBADF 0 0 ENOENT"


def said(answers):
    return " ".join(row["error"] for row in answers["calls"])


def test_each_call_has_its_error():
    problem, params = ApiErrors(), config_of(parse(SCRIPT))
    assert said(problem.solve(params, problem.run(params))) == RIGHT
    assert problem.rows(params, "calls")[0] == (5, "ctl e add a.r in")


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("dup-eexist", "0 EEXIST EEXIST ENOENT EPERM EINVAL EINVAL 0 EBADF 0 0 ENOENT"),
        ("ebadf-for-enoent", "0 EEXIST 0 EBADF EPERM EINVAL EINVAL 0 EBADF 0 0 EBADF"),
        (
            "blocking-et-einval",
            "0 EEXIST EINVAL ENOENT EPERM EINVAL EINVAL 0 EBADF EINVAL 0 ENOENT",
        ),
        ("size-is-max", "0 EEXIST ENOSPC ENOENT EPERM EINVAL EINVAL 0 EBADF 0 0 ENOENT"),
    ],
)
def test_misunderstandings(name, errors):
    params = config_of(parse(SCRIPT))
    assert said(ApiErrors.mistakes()[name](ApiErrors(), params)) == errors


def test_a_number_that_stands_for_another_file_is_a_new_key():
    script = "pipe a; epoll e; dup a.r d; ctl e add d in; close d; pipe b; ctl e add b.r in"
    problem, params = ApiErrors(), config_of(parse(script))
    assert said(problem.solve(params, problem.run(params))) == "0 0 0"


def test_mistakes_that_cannot_happen_are_none():
    params = config_of(parse("pipe a; epoll e; ctl e add a.r in"))
    mistakes = ApiErrors.mistakes()
    for name in ("dup-eexist", "blocking-et-einval", "size-is-max"):
        assert mistakes[name](ApiErrors(), params) is None
