"""multiplex.out-storm: EPOLLOUT left on."""

import pytest

from oslab_multiplex.problems.outstorm import FULL, OutStorm, _script

P = _script([0, 2048, 2048, 8192, 4096, 0, 4096], 3 * 4096)


def told(answers):
    return [(row["out"], row["sent"], row["held"] - FULL) for row in answers["waits"]], answers[
        "useless"
    ]


def test_the_key():
    key = OutStorm().solve(P, OutStorm().run(P))
    assert told(key) == (
        [
            (False, 0, 0), (False, 0, -2048), (True, 4096, 0), (True, 8192, 0), (True, 0, -4096), (True, 0, -4096),
            (True, 0, -8192),
        ],
        3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "useless", "third"),
    [
        ("reported-when-needed", 0, (True, 4096, 0)),
        ("all-fits", 4, (True, 12288, 8192)),
        ("any-byte-is-room", 3, (True, 2048, 0)),
    ],
)
def test_wrong_rows_are_those_of_a_misunderstanding(name, useless, third):
    rows, found = told(OutStorm.mistakes()[name](OutStorm(), P))
    assert (rows[2], found) == (third, useless)


def test_silent_waits_cost_nothing():
    assert OutStorm.mistakes()["silent-counted"](OutStorm(), P) == {"useless": 5}
