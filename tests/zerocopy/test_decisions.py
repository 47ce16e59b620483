"""zerocopy break-even and choose."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_zerocopy.breakeven import BreakEvenConfig, Cost, break_even, read_write, rival, run
from oslab_zerocopy.choose import ABILITIES, ChooseConfig
from oslab_zerocopy.choose import run as choose
from oslab_zerocopy.paths import PATHS


def costs(path="mmap-write", **said):
    values = {
        "pages": 16, "page_size": 4096, "call_ns": 300, "copy_ns": 400, "map_ns": 2000,
        "fault_ns": 250, "reference_ns": 50,
    }  # fmt: skip
    values |= said
    whole = ("pages", "page_size")
    return BreakEvenConfig(
        path=path, **{n: v if n in whole else Fraction(v) for n, v in values.items()}
    )


def test_a_mapping_worked_out_by_hand():
    # 600 + 16 x 800 = 13400; 2300 + 16 x 650 = 12700; 1700 dearer / 150 = 11.3: from 12 pages on.
    assert run(costs()).metrics == {
        "read_write_ns": 13_400,
        "path_ns": 12_700,
        "faster": "mmap-write",
        "break_even_pages": 12,
        "break_even_bytes": 49_152,
    }


def test_at_a_tie_it_does_not_pay_yet():
    # 1700 / 170 = 10 exactly.
    p = costs(fault_ns=230, pages=10)
    assert run(p).metrics["faster"] == "same"
    assert run(p).metrics["break_even_pages"] == 11


def test_sendfile_always_pays_and_a_dear_fault_never():
    assert run(costs("sendfile-sg")).metrics["break_even_pages"] == 1
    assert run(costs("sendfile")).metrics["break_even_pages"] == 1
    assert run(costs(fault_ns=400)).metrics["break_even_pages"] is None
    assert run(costs(fault_ns=500)).metrics["break_even_pages"] is None
    assert run(costs(fault_ns=400, map_ns=0)).metrics["break_even_pages"] == 1


amounts = st.integers(0, 60)


@given(amounts, amounts, amounts, amounts)
def test_from_the_break_even_on_it_is_faster_and_not_before(a, b, c, d):
    usual, other = Cost(Fraction(a), Fraction(b)), Cost(Fraction(c), Fraction(d))
    least = break_even(usual, other)
    wins = [other.at(p) < usual.at(p) for p in range(1, 200)]
    from_here = [i + 1 for i in range(199) if all(wins[i:])]
    # With these costs a path that wins at all wins before 199 pages.
    assert least == (from_here[0] if from_here else None)


def test_all_costs_are_told_apart():
    p = costs()
    assert rival(p) == Cost(Fraction(2300), Fraction(650))
    assert read_write(p) == Cost(Fraction(600), Fraction(800))
    assert rival(replace(p, path="sendfile")) == Cost(Fraction(300), Fraction(400))
    assert rival(replace(p, path="sendfile-sg")) == Cost(Fraction(300), Fraction(50))


def test_negative_costs_are_refused():
    with pytest.raises(InputError, match="less than nothing"):
        costs(copy_ns=-1)
    with pytest.raises(InputError, match="pages are possible"):
        costs(pages=0)


def needs(**said):
    values = {
        "source": "file", "target": "socket", "view": "pass", "pipes": True, "size": 65536,
        "chunk": 4096, "pipe_size": 65536, "batch": 4, "candidates": tuple(PATHS),
    }  # fmt: skip
    return ChooseConfig(**(values | said))


def reasons(p):
    return {s.given["path"]: s.result["reason"] for s in choose(p).steps}


def applying(**said):
    return set(choose(needs(**said)).metrics["applies"])


def test_passing_a_file_on_to_a_socket():
    assert applying() == {
        "read-write", "mmap-write", "sendfile", "sendfile-sg", "splice", "msg-zerocopy",
        "msg-zerocopy-mmap", "io-uring", "io-uring-splice", "direct",
    }  # fmt: skip


def test_looking_and_changing():
    seen = {"read-write", "mmap-write", "msg-zerocopy", "msg-zerocopy-mmap", "io-uring", "direct"}
    assert applying(view="look") == seen
    assert applying(view="modify") == seen - {"mmap-write", "msg-zerocopy-mmap"}


def test_a_socket_cannot_be_mapped():
    assert applying(source="socket") == {
        "read-write", "splice", "msg-zerocopy", "io-uring", "io-uring-splice",
    }  # fmt: skip
    assert applying(source="socket", pipes=False) == {"read-write", "msg-zerocopy", "io-uring"}


def test_other_ends():
    assert applying(target="file") == {
        "read-write", "mmap-write", "splice", "io-uring-splice", "copy-file-range", "sendfile-file",
        "direct",
    }  # fmt: skip
    assert applying(source="user") == {"vmsplice"}
    assert applying(source="pipe", target="pipe") == {"read-write", "tee"}


def test_the_first_reason_is_named():
    found = reasons(needs(source="socket", view="modify", pipes=False))
    assert found["sendfile"] == "source"
    assert found["copy-file-range"] == "source"
    assert found["splice"] == "modify"
    assert reasons(needs(pipes=False))["splice"] == "pipe"
    assert reasons(needs(target="file"))["sendfile"] == "target"


def test_switches_are_counted_with_mmap_and_pipe():
    found = {s.given["path"]: s.result["mode_switches"] for s in choose(needs()).steps}
    # 16 chunks; io_uring in batches of four.
    assert found["read-write"] == 64
    assert found["mmap-write"] == 34
    assert found["sendfile"] == 32
    assert found["splice"] == 66
    assert found["io-uring"] == 8
    assert found["io-uring-splice"] == 10
    assert found["vmsplice"] is None
    assert choose(needs()).metrics["fewest"] == ("io-uring",)
    assert choose(needs()).metrics["fewest_switches"] == 8


def test_nothing_may_apply():
    found = choose(needs(candidates=("tee",))).metrics
    assert (found["applies"], found["fewest_switches"]) == ((), None)


def test_every_path_has_its_abilities():
    assert set(ABILITIES) == set(PATHS)
    for name, path in PATHS.items():
        assert path.source in ABILITIES[name].sources
        assert path.target in ABILITIES[name].targets
