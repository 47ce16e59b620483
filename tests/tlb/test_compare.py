"""tlb compare: the same figures as one run after the other."""

import json

import pytest

TLBS = ("4/4/lru", "4/2/fifo", "4/1", "8", "2/2/plru+8/4/lru")
REFS = "1 2 3 4 5 1 2 6 7 8 9 1 2 3 4 5 switch=2 1 2 3 switch=1 1 2 3"


def metrics(result):
    assert result.code == 0, result.err
    return json.loads(result.out)["metrics"]


def test_each_row_is_a_run_of_its_own(oslab):
    tlbs = [word for tlb in TLBS for word in ("--tlb", tlb)]
    found = metrics(oslab("tlb", "compare", "--pages", "--refs", REFS, *tlbs, "--json"))
    options = {
        "4/4/lru": ("--entries", "4"),
        "4/2/fifo": ("--entries", "4", "--ways", "2", "--policy", "fifo"),
        "4/1": ("--entries", "4", "--ways", "1"),
        "8": ("--entries", "8"),
        "2/2/plru+8/4/lru": ("--entries", "2", "--policy", "plru", "--entries2", "8", "--ways2",
                             "4", "--policy2", "lru"),
    }  # fmt: skip
    for name, given in options.items():
        alone = metrics(oslab("tlb", "run", "--pages", "--refs", REFS, *given, "--json"))
        shared = {n: found[n] for n in found if n != "configurations"}
        assert {**shared, **found["configurations"][name]} == alone


def test_a_trace_is_read_once_for_all(oslab, tmp_path):
    trace = tmp_path / "trace"
    trace.write_text("".join(f" L {page << 12:x},4\n" for page in (1, 2, 3, 1)))
    found = metrics(
        oslab("tlb", "compare", "--trace", str(trace), "--tlb", "2", "--tlb", "4", "--json")
    )
    assert [each["hits"] for each in found["configurations"].values()] == [0, 1]


@pytest.mark.parametrize(
    ("tlb", "said"),
    [
        ("4/4/mru", "no policy"),
        ("many", "is not a TLB"),
        ("4/4/lru/1", "is not a TLB"),
        ("12/4", "power of two"),
        ("1+2+3", "one level or two"),
    ],
)
def test_what_is_no_tlb_is_named(oslab, tlb, said):
    found = oslab("tlb", "compare", "--refs", "1", "--tlb", tlb)
    assert found.code == 2
    assert said in found.err


def test_a_tlb_is_named_once(oslab):
    assert "twice" in oslab("tlb", "compare", "--refs", "1", "--tlb", "4", "--tlb", "4").err
