"""oslab multiplex limits: by number, by count, and the first connection that fails."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_multiplex.cost import MECHANISMS
from oslab_multiplex.limits import LimitsConfig, first_failure, run, verdict

USUAL = {
    "fds": (),
    "rlimit": 65536,
    "lowered": 65536,
    "entries": None,
    "watches": 0,
    "max_user_watches": 100_000,
    "fd_setsize": 1024,
    "depth": None,
    "size": None,
    "taken": None,
    "each": 1,
}


def config(**changes):
    return LimitsConfig(**{**USUAL, **changes})


def said(p, fd):
    return tuple(verdict(p, fd, mechanism) for mechanism in MECHANISMS)


def test_select_is_bounded_by_the_number_and_no_setting_changes_that():
    for rlimit in (2048, 65536):
        p = config(fds=(3,), rlimit=rlimit)
        assert said(p, 1023) == ("works", "works", "works")
        assert said(p, 1024) == ("beyond-fd-set", "works", "works")
        assert said(p, rlimit) == ("EMFILE", "EMFILE", "EMFILE")


def test_poll_checks_its_array_against_the_limit_of_the_moment():
    assert said(config(fds=(3,), lowered=64, entries=64), 900) == ("works", "works", "works")
    assert said(config(fds=(3,), lowered=64, entries=100), 900) == ("works", "EINVAL", "works")
    assert said(config(fds=(3,), lowered=0), 3)[1] == "EINVAL"


def test_epoll_is_bounded_by_registrations_of_the_user():
    assert said(config(fds=(3,), watches=10, max_user_watches=10), 3)[2] == "ENOSPC"
    assert said(config(fds=(3,), watches=9, max_user_watches=10), 3)[2] == "works"


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ({"depth": 5}, "works"),
        ({"depth": 6}, "ELOOP"),
        ({"size": 1}, "works"),
        ({"size": 0}, "EINVAL"),
        ({"size": -1}, "EINVAL"),
        ({"entries": 65536}, "works"),
        ({"entries": 65537}, "EINVAL"),
    ],
)
def test_other_limits(setting, verdict):
    [step] = run(config(**setting)).steps
    assert step.result["verdict"] == verdict


def test_a_server_of_two_descriptors_a_connection():
    p = config(taken=6, each=2, rlimit=4096, lowered=4096, max_user_watches=1500, watches=20)
    found = {m: first_failure(p, m) for m in MECHANISMS}
    # Sockets are 6, 8, 10 …; 1022 is that of connection 509.
    assert (found["select"].connection, found["select"].fd, found["select"].nfds) == (
        510,
        1024,
        1023,
    )
    # 6 + 2i > 4096
    assert (found["poll"].connection, found["poll"].fd, found["poll"].why) == (2046, None, "EMFILE")
    # 20 + 1 + i > 1500
    assert (found["epoll"].connection, found["epoll"].why) == (1480, "ENOSPC")


@given(
    st.integers(1, 40), st.integers(1, 5), st.integers(1, 200), st.integers(0, 200),
    st.integers(1, 120), st.integers(0, 80), st.integers(0, 20),
)  # fmt: skip
def test_the_first_failure_is_that_of_a_server_followed_step_by_step(
    taken, each, rlimit, lowered, setsize, most, watches
):
    p = config(
        taken=taken, each=each, rlimit=rlimit, lowered=lowered,
        fd_setsize=setsize, max_user_watches=most, watches=watches,
    )  # fmt: skip
    for mechanism in MECHANISMS:
        free, connections, nfds = taken, 0, taken
        if mechanism == "epoll":
            free += 1
            nfds = free
        while True:
            connections += 1
            numbers = range(free, free + each)
            if numbers[-1] >= rlimit:
                why = "EMFILE"
            elif mechanism == "select" and numbers[0] >= setsize:
                why = "beyond-fd-set"
            elif mechanism == "poll" and 1 + connections > lowered:
                why = "EINVAL"
            elif mechanism == "epoll" and watches + 1 + connections > most:
                why = "ENOSPC"
            else:
                free += each
                nfds = numbers[0] + 1
                continue
            break
        found = first_failure(p, mechanism)
        assert (found.connection, found.why) == (connections, why)
        assert found.fd == (free if free < rlimit else None)
        if mechanism == "select":
            assert found.nfds == nfds


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "the number of a descriptor is expected"),
        ({"fds": (-1,)}, "-1 is no descriptor"),
        ({"fds": tuple(range(2000))}, "2000 descriptors are too many"),
        ({"taken": 0}, "--taken 0"),
        ({"depth": 0}, "--depth 0"),
        ({"size": 1 << 40}, "--size"),
    ],
)
def test_bad_settings_are_refused(changes, text):
    with pytest.raises(InputError, match=text):
        config(**changes)


def test_the_command(oslab):
    result = oslab(
        "multiplex", "limits", "1023", "1024", "--rlimit", "2048", "--taken", "5", "--json"
    )
    metrics = json.loads(result.out)["metrics"]
    assert [row["select"] for row in metrics["verdicts"]] == ["works", "beyond-fd-set"]
    assert metrics["served"] == {"select": 1019, "poll": 2043, "epoll": 2042}
    assert "is not a whole number" in oslab("multiplex", "limits", "x").err
