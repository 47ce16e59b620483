"""The x86 page-fault error code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.errorcode import ErrorCodeConfig, Situation, decode, encode, run
from oslab_paging.problems.errorcode import ErrorCode

SITUATIONS = st.builds(
    Situation,
    *(st.booleans() for _ in range(5)),
    st.sampled_from(["r", "w", "x"]),
    st.sampled_from(["user", "kernel"]),
)


def situation(flags, access, mode):
    return Situation(
        "p" in flags, "w" in flags, "u" in flags, "n" in flags, "!" in flags, access, mode
    )


@pytest.mark.parametrize(
    ("flags", "access", "mode", "code"),
    [
        ("", "r", "kernel", 0x0),
        ("", "w", "user", 0x6),
        ("pu", "w", "user", 0x7),
        ("pw", "r", "user", 0x5),
        ("pu", "w", "kernel", 0x3),
        ("pwun", "x", "user", 0x15),
        ("", "x", "user", 0x14),
        ("pwu!", "r", "user", 0xD),
        ("!", "r", "user", 0x4),
        ("pwu", "w", "user", None),
        ("p", "r", "kernel", None),
    ],
)
def test_the_code_of_a_situation(flags, access, mode, code):
    assert encode(situation(flags, access, mode), nx=True, wp=True) == code


@given(SITUATIONS)
def test_decoding_an_encoded_situation_gives_access_and_mode_back(s):
    code = encode(s, nx=True, wp=True)
    if code is not None:
        cause, access, mode = decode(code)
        assert (access, mode) == (s.access, s.mode)
        assert (cause == "not-present") == (not s.present)


@given(SITUATIONS)
def test_without_nx_a_fetch_looks_like_a_read(s):
    code = encode(s, nx=False, wp=True)
    assert code is None or not code & 16


@pytest.mark.parametrize("code", [0x8, 0x12, 0x20, -1])
def test_a_code_that_no_fault_has_is_refused(code):
    with pytest.raises(InputError, match="error code"):
        ErrorCodeConfig((), (code,), True, True)


def test_nothing_to_do_is_refused():
    with pytest.raises(InputError, match="give error codes"):
        ErrorCodeConfig((), (), True, True)


def test_a_run_holds_both_directions():
    found = run(ErrorCodeConfig((situation("pu", "w", "user"),), (0x6,), True, True))
    assert found.metrics["encoded"] == (7,)
    assert found.metrics["decoded"] == (
        {"code": 6, "cause": "not-present", "access": "w", "mode": "user"},
    )
    assert set(found.asks) == {"encode", "decode"}


def test_modelled_mistakes_flip_a_bit_both_ways():
    p = ErrorCodeConfig((situation("pu", "w", "user"),), (0x15,), True, True)

    def answers(name):
        found = ErrorCode.mistakes()[name](ErrorCode(), p)
        return found["encode"][0]["code"], tuple(found["decode"][0].values())

    assert answers("p-inverted") == (6, ("not-present", "x", "user"))
    assert answers("us-inverted") == (3, ("protection", "x", "kernel"))
    assert answers("fetch-as-read") == (7, ("protection", "r", "user"))
