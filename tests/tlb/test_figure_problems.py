"""tlb lookup, flow, eat and reach on the command line; their words; their exercises."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from oslab import Generator
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab.text import language, set_language
from oslab.wordfiles import words_of
from oslab_paging.fault import Use
from oslab_tlb import eat, flow, lookup, reach
from oslab_tlb.pages import open_page
from oslab_tlb.problems.flow import LETTERS, Flow, listing
from oslab_tlb.problems.lookup import Lookup

CODES = [f"0000-000{n}" for n in range(1, 9)]


def metrics(oslab, *arguments):
    found = oslab("tlb", *arguments, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)["metrics"]


def test_eat(oslab):
    found = metrics(oslab, "eat", "--hit-ratio", "98%", "--tlb-time", "20ns", "--memory-time",
                    "100ns", "--levels", "1")  # fmt: skip
    assert found["eat_ns"] == 122
    assert found["slowdown"] == pytest.approx(1.22)


def test_reach_alone_and_with_a_loop(oslab):
    assert metrics(oslab, "reach", "--entries", "1536", "--page-size", "2MiB") == {
        "reach_bytes": 3 << 30
    }
    loop = ("--array", "260KiB", "--stride", "64", "--passes", "3")
    assert metrics(oslab, "reach", "--entries", "64", *loop)["misses_per_pass"] == [65] * 3


def test_lookup_with_entries_typed(oslab):
    found = metrics(oslab, "lookup", "0x34b 0x84b", "--va-bits", "14", "--page-size", "64",
                    "--entry", "1:0x3=0x2d", "--entry", "1:0x8=5:n", "--entry", "1:9=-:n")  # fmt: skip
    assert [row["result"] for row in found["lookups"]] == ["hit", "miss"]
    assert found["lookups"][0]["pa"] == 0x2D << 6 | 0xB


def test_lookup_with_a_snapshot_file(oslab, tmp_path):
    file = tmp_path / "tlb.toml"
    file.write_text(
        "va_bits = 14\npage_size = 64\nentries = 16\nways = 4\n"
        "[[entry]]\nset = 1\ntag = 0x3\nppn = 0x2d\n"
        "[[entry]]\nset = 1\nway = 0\ntag = 0x4\nvalid = false\n"
    )
    found = metrics(oslab, "lookup", "0x34b", "--snapshot", str(file))
    assert found["lookups"][0]["ppn"] == 0x2D


@pytest.mark.parametrize(
    ("state", "figures"),
    [
        ("hit", (1, 0, 0, 0, 1)),
        ("miss", (0, 1, 0, 0, 3)),
        ("miss-full", (0, 1, 1, 0, 3)),
        ("protection", (1, 0, 0, 0, 0)),
        ("page-fault", (0, 2, 0, 1, 5)),
    ],
)
def test_flow_in_each_state(oslab, state, figures):
    found = metrics(oslab, "flow", "0x2004", "--state", state, "--levels", "2")
    names = ("hits", "misses", "evictions", "page_faults", "memory_accesses")
    assert tuple(found[name] for name in names) == figures


def test_flow_in_a_state_that_is_spelt_out(oslab):
    found = metrics(oslab, "flow", "0x2004 0x3000w", "--cached", "3", "--pte", "2=5:n",
                    "--pte", "3=7:ru")  # fmt: skip
    assert found["page_faults"] == found["protection_faults"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["eat", "--hit-ratio", "150%"], "0 to 1"),
        (["eat", "--levels", "x"], "--levels"),
        (["reach", "--stride", "64"], "--array"),
        (["reach", "--ways", "3"], "3"),
        (["reach", "--policy", "best"], "--policy"),
        (["lookup", "zzz"], "zzz"),
        (["lookup", "1", "--entry", "3"], "3:0xd=0x2d"),
        (["lookup", "1", "--entry", "1:2=3:x"], "3:0xd=0x2d"),
        (["lookup", "1", "--snapshot", "no-such-file"], "no-such-file"),
        (["lookup", "1", "--snapshot", "x", "--entry", "0:1=1"], "one of them"),
        (["flow", "1", "--state", "nothing"], "page-fault"),
        (["flow", "1", "--state", "hit", "--cached", "1"], "one of them"),
        (["flow", "0x2004x"], "0x2004w"),
    ],
)
def test_bad_input_is_one_sentence(oslab, arguments, said):
    found = oslab("tlb", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err
    assert len(found.err.strip().splitlines()) == 1


def test_a_snapshot_file_with_faults_names_them(oslab, tmp_path):
    file = tmp_path / "tlb.toml"
    file.write_text("va_bits = 14\npage_size = 64\nentires = 16\nways = 4\n")
    found = oslab("tlb", "lookup", "1", "--snapshot", str(file))
    assert found.code == 2
    assert "entires" in found.err
    assert "entries" in found.err


def flows():
    uses = (Use(0x2004, False), Use(0x2008, True), Use(0x3000, False), Use(0x4000, True))
    absent, locked = open_page(3, present=False), replace(open_page(4), write=False)
    for levels, cached in ((1, (4,)), (2, (2, 4)), (3, ())):
        yield flow.run(flow.FlowConfig(uses, 4096, levels, 2, cached, (absent, locked)))
    none = replace(open_page(2), read=False)
    yield flow.run(flow.FlowConfig(uses[:1], 4096, 1, 2, (2,), (none,)))


def lookups():
    held = (lookup.SnapshotEntry(0, 0, 1, 5, True), lookup.SnapshotEntry(0, 1, 2, 5, False))
    yield lookup.run(lookup.LookupConfig((256, 512, 320, 0), 10, 64, 8, 2, held))


def reaches():
    yield reach.run(reach.ReachConfig(4, 4, "fifo", 0, 64, None))
    for ways, policy, loop in (
        (4, "lru", reach.Loop(256, 8, 2)), (2, "lru", reach.Loop(640, 128, 3)),
        (4, "plru", reach.Loop(320, 64, 3)), (4, "random", reach.Loop(640, 8, 3)),
        (4, "fifo", reach.Loop(640, 8, 3)),
    ):  # fmt: skip
        yield reach.run(reach.ReachConfig(4, ways, policy, 1, 64, loop))


def eats():
    for rate in (0, Fraction(1, 1000)):
        yield eat.run(eat.EatConfig(Fraction(1, 2), Fraction(1), Fraction(9), 2, Fraction(rate),
                                    Fraction(8)))  # fmt: skip


@pytest.mark.parametrize("name", ["en", "zh"])
@pytest.mark.parametrize("run", [*flows(), *lookups(), *reaches(), *eats()])
def test_every_step_question_convention_and_metric_has_its_words(run, name):
    words, before = words_of("oslab_tlb"), language()
    set_language(name)
    try:
        for step in run.steps:
            assert words.tell(step.action, {**step.given, **step.result}), step
            for asked in run.asks.get(step.action, {}):
                if asked in step.result:
                    assert words["asks", f"{step.action}.{asked}"](step.given)
        for rule, value in run.conventions.items():
            told = words.get("conventions", f"{rule}={str(value).lower()}")
            assert told or words.get("conventions", rule), rule
        assert [m for m in run.metrics if not words.get("metrics", m)] == []
    finally:
        set_language(before)


def test_a_prediction_is_asked_and_marked(oslab, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO("101\n501\n109\n1.09\n"))
    found = oslab("tlb", "eat", "--predict")
    assert found.code == 0, found.out + found.err


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["tlb/flow", "tlb/flow-protection", "tlb/flow-fault"])
def test_the_listing_has_every_step_once_in_an_order_that_tells_nothing(name, code):
    variant = draw(exercise(name), code)
    assert len(set(listing(variant.params))) == len(LETTERS)
    # The pages decide the listing; what is met does not.
    [use] = variant.params.uses
    other = replace(variant.params, uses=(replace(use, write=not use.write),), levels=3)
    assert listing(other) == listing(variant.params)


def test_the_steps_of_a_hit_in_words():
    problem, pages = Flow(), tuple(replace(open_page(v), ppn=v + 4) for v in range(3))
    p = flow.FlowConfig((Use(0x1004, False),), 4096, 2, 4, (1,), pages)
    named = dict(zip(LETTERS, listing(p), strict=True))
    key = problem.solve(p, problem.run(p))
    told = ["flow-send", "flow-ask", "flow-entry", "flow-data"]
    assert [named[letter] for letter in key["order"]] == told
    assert (key["accesses"], key["victim"]) == (1, None)
    mistaken = problem.walk_after_hit(p)
    assert [named[x] for x in mistaken["order"]][3:5] == ["flow-pte-1", "flow-pte-2"]
    assert mistaken["accesses"] == 3


@pytest.mark.parametrize("code", CODES)
def test_draws_of_lookups_have_what_the_space_says(code):
    found = exercise("tlb/lookup-invalid")
    p = Lookup().draw(Generator(code), found.space)
    whys = [step.result["why"] for step in lookup.run(p).steps]
    assert whys.count(None) == 2
    assert 3 <= whys.count("invalid") <= 4
    assert 1 <= whys.count("elsewhere") <= 2
