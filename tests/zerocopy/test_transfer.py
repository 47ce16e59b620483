"""zerocopy run and compare: steps against counts, moves followed from buffer to buffer."""

from dataclasses import fields, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_zerocopy import compare
from oslab_zerocopy.journey import run, steps_of
from oslab_zerocopy.paths import MOST, PATHS, Setting, chunk_calls
from oslab_zerocopy.transfer import COUNTS, Terms, TransferConfig, count

DEFAULTS = {
    "size": 10240,
    "chunk": 4096,
    "cached": False,
    "nic_sg": True,
    "loopback": False,
    "reflink": False,
    "pipe_size": 65536,
    "batch": 1,
    "sqpoll": False,
    "notify_every": 1,
    "count": "total",
    "call_ns": Fraction(300),
    "cpu_byte_ns": Fraction(1, 10),
    "dma_byte_ns": Fraction(1, 5),
}


def config(path, **said):
    return TransferConfig(path=path, **{**DEFAULTS, **said})


@st.composite
def configs(draw):
    path = draw(st.sampled_from(list(PATHS)))
    loopback = draw(st.booleans())
    return config(
        path,
        size=draw(st.integers(1, 40_000)),
        chunk=draw(st.sampled_from([512, 1024, 4096, 65536])),
        cached=draw(st.booleans()),
        nic_sg=loopback or path == "sendfile-sg" or draw(st.booleans()),
        loopback=loopback,
        reflink=draw(st.booleans()),
        pipe_size=draw(st.sampled_from([1000, 4096, 65536])),
        batch=draw(st.integers(1, 5)),
        sqpoll=draw(st.booleans()),
        notify_every=draw(st.integers(1, 5)),
        count=draw(st.sampled_from(COUNTS)),
    )


@given(configs())
def test_counting_is_what_the_steps_come_to(p):
    found = run(p)
    assert found.metrics == count(p)
    assert len(found.steps) == steps_of(p)
    moves = [step for step in found.steps if step.action == "move"]
    for how, copied, moved in (
        ("cpu", "cpu_copies", "cpu_bytes"),
        ("dma", "dma_copies", "dma_bytes"),
    ):
        of = [step.given["bytes"] for step in moves if step.result["by"] == how]
        assert (len(of), sum(of)) == (found.metrics[copied], found.metrics[moved])
    back = [s for s in found.steps if s.action in ("once", "return")]
    assert 2 * len(back) == found.metrics["counts"]["total"]["mode_switches"]
    if back:
        assert back[-1].result["mode_switches"] == found.metrics["mode_switches"]


@given(configs())
def test_every_byte_leaves_once_from_where_it_came(p):
    """Each move of a chunk begins in a buffer that the chunk has reached; it leaves once, at the end."""
    reached, left = {}, []
    begin = {"user": {"user-buffer"}, "pipe": {"pipe"}, "file": {"disk"}}[p.of.source]
    if p.cached or (p.path == "copy-file-range" and p.reflink):
        begin = begin | {"page-cache"}
    for step in run(p).steps:
        if step.action == "move":
            there = reached.setdefault(step.given["chunk"], set(begin))
            assert step.given["source"] in there
            there.add(step.given["target"])
            if step.given["target"] in ("nic", "target-disk"):
                left.append(step.given["chunk"])
    assert set(reached) == set(range(1, p.chunks + 1))
    goes = p.of.target == "socket" and not p.loopback
    goes |= p.of.target == "file" and not (p.path == "copy-file-range" and p.reflink)
    assert sorted(left) == (list(range(1, p.chunks + 1)) if goes else [])


@given(configs())
def test_time_is_the_sum_of_its_parts(p):
    found = run(p)
    steps = sum(Fraction(step.cost_ns).limit_denominator(10**6) for step in found.steps)
    assert abs(steps - found.metrics["time_ns"]) < Fraction(1, 1000)


@given(configs())
def test_counts_are_in_order(p):
    counts = count(p)["counts"]
    switches = [counts[name]["mode_switches"] for name in ("amortised", "textbook", "total")]
    assert switches == sorted(switches)
    assert count(p)["mode_switches"] == counts[p.count]["mode_switches"]


@pytest.mark.parametrize("name", PATHS)
def test_gathering_never_costs_a_copy(name):
    for cached in (False, True):
        with_sg, without = (
            [
                move.how
                for call in chunk_calls(name, Setting(cached, gathers, False, False))
                for move in call.moves
            ]
            for gathers in (True, False)
        )
        assert with_sg.count("cpu") <= without.count("cpu")
        assert with_sg.count("dma") == without.count("dma")


def test_the_network_card_takes_data_from_where_they_are():
    def source_of(path, **said):
        [*_, last] = [s for s in run(config(path, size=100, **said)).steps if s.action == "move"]
        assert last.given["target"] == "nic"
        return last.given["source"]

    assert source_of("read-write") == "socket-buffer"
    assert source_of("sendfile") == "page-cache"
    assert source_of("sendfile", nic_sg=False) == "socket-buffer"
    assert source_of("splice", cached=True) == "page-cache"
    assert source_of("vmsplice") == "user-buffer"
    assert source_of("msg-zerocopy-mmap", cached=True) == "page-cache"


def test_one_chunk_of_read_and_write_step_by_step():
    steps = run(config("read-write", size=100, chunk=512)).steps
    assert [
        (s.action, s.actor, s.given.get("target"), s.result.get("by")) for s in steps
    ] == [
        ("enter", "application", None, None),
        ("move", "disk", "page-cache", "dma"),
        ("move", "kernel", "user-buffer", "cpu"),
        ("return", "kernel", None, None),
        ("enter", "application", None, None),
        ("move", "kernel", "socket-buffer", "cpu"),
        ("return", "kernel", None, None),
        ("move", "nic", "nic", "dma"),
    ]  # fmt: skip
    drawn = [s.state["buffers"].rows[0] for s in steps]
    assert drawn[0] == ("file", "", "", "", "")
    assert drawn[5] == ("file", "1", "1", "1", "")
    assert drawn[-1] == ("file", "1", "1", "", "1")


def test_the_size_of_one_call_is_bounded():
    assert config("read-write", size=MOST + 1, chunk=2**40).chunks == 2


@pytest.mark.parametrize(
    ("path", "said", "text"),
    [
        ("read-write", {"size": 0}, "a transfer has 1 to"),
        ("read-write", {"chunk": 0}, "a chunk has 1 to"),
        ("splice", {"pipe_size": 0}, "a pipe has 1 to"),
        ("io-uring", {"batch": 0}, "a batch is for one chunk at least"),
        ("sendfile-sg", {"nic_sg": False}, "the path is sendfile with --nic-sg no"),
        ("sendfile", {"nic_sg": False, "loopback": True}, "always gathers"),
        ("direct", {"chunk": 1000}, "no multiple of 512"),
        ("read-write", {"call_ns": Fraction(-1)}, "less than nothing"),
    ],
)
def test_what_cannot_be_is_refused(path, said, text):
    with pytest.raises(InputError, match=text):
        config(path, **said)


def terms(**said):
    return Terms(**{**DEFAULTS, **said})


def test_comparing_has_each_path_as_run_has_it():
    found = compare.run(terms(count="textbook"))
    assert list(found.metrics["paths"]) == list(PATHS)
    for name, figures in found.metrics["paths"].items():
        alone = count(config(name, count="textbook", nic_sg=name != "sendfile"))
        assert figures == {key: alone[key] for key in figures}
    assert found.metrics["fewest_cpu_bytes"] == (
        "sendfile-sg",
        "splice",
        "msg-zerocopy-mmap",
        "io-uring-splice",
    )
    assert found.metrics["fastest"] == ("sendfile-sg",)


def test_the_bars_of_a_comparison_are_the_times():
    found = compare.run(terms(size=10_000_000))
    bars = found.steps[-1].state["time"].lanes
    for name, figures in found.metrics["paths"].items():
        assert bars[name][0][0] == 0
        assert bars[name][-1][1] == float(figures["time_ns"])
    assert [label for *_, label in bars["sendfile-sg"]] == ["calls", "DMA"]


def test_comparing_leaves_out_what_cannot_be():
    assert "sendfile-sg" not in compare.run(terms(nic_sg=False)).metrics["paths"]
    assert "direct" not in compare.run(terms(chunk=1000)).metrics["paths"]
    over_loopback = compare.run(terms(loopback=True)).metrics["paths"]
    assert over_loopback["sendfile"] == over_loopback["sendfile-sg"]


def test_terms_are_the_fields_of_a_transfer():
    names = [f.name for f in fields(TransferConfig)]
    assert names == [*(f.name for f in fields(Terms)), "path"]
    assert replace(config("tee"), path="splice").of is PATHS["splice"]


def test_calls_of_a_chunk_are_decided():
    for name in PATHS:
        for call in chunk_calls(name, Setting(False, True, False, False)):
            assert {move.how for move in call.moves} <= {"cpu", "dma", "reference"}
