"""Strided loops: what fits is paid for once, what does not is lost in every pass."""

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab.cli import main
from oslab_memory.loop import LoopConfig, count, machine_of, run
from oslab_memory.machinefile import preset
from oslab_memory.problems.loop import Loop
from oslab_paging.replacement.replace import count_pages

USUAL = {
    "page_size": 1024, "frames": 16, "frame_policy": "lru", "tlb_entries": 8, "tlb_ways": 8,
    "tlb_policy": "lru", "cache_size": 4096, "line": 64, "ways": 2, "cache_policy": "lru",
}  # fmt: skip


def config(array=8192, stride=64, elem=4, passes=2, write=False, base=0, **sizes):
    return LoopConfig(base, array, stride, elem, passes, write, machine_of(**{**USUAL, **sizes}))


def rows(found):
    return [(r["page_faults"], r["tlb_misses"], r["cache_misses"]) for r in count(found)["passes"]]


def test_what_fits_is_paid_for_in_the_first_pass():
    # 4 pages, 64 lines: exactly what the cache holds. A fault is two TLB misses.
    assert rows(config(array=4096, passes=3)) == [(4, 8, 64), (0, 0, 0), (0, 0, 0)]


def test_a_loop_one_page_larger_than_the_tlb_misses_every_page():
    assert rows(config(array=8 * 1024))[1][1] == 0
    assert rows(config(array=9 * 1024))[1][1] == 9


def test_a_loop_one_page_larger_than_memory_faults_on_every_page():
    assert rows(config(array=16 * 1024))[1][0] == 0
    assert rows(config(array=17 * 1024))[1] == (17, 34, 17 * 16)


def test_pages_that_come_in_anew_are_not_in_the_cache():
    """Large as the cache may be: the lines of a page are dropped when its frame is filled."""
    assert rows(config(array=17 * 1024, cache_size=2**20))[1][2] == 17 * 16


def test_neighbours_share_a_line():
    assert count(config(stride=4))["cache_misses"] == count(config(stride=64))["cache_misses"]
    assert count(config(stride=4))["accesses"] == 2 * 2048


def test_long_strides_crowd_into_few_sets():
    # 32 sets: every fourth is used, by 32 lines in 8 sets of 2 ways.
    assert rows(config(array=8192, stride=256))[1][2] == 32
    # As many lines fit easily where they are neighbours.
    assert rows(config(array=2048, stride=64))[1][2] == 0


def test_a_stride_of_several_pages_skips_pages():
    assert count(config(array=8192, stride=2048))["pages"] == 4


def test_the_last_element_must_lie_in_the_array():
    assert config(array=100, stride=48, elem=4).touches == 3
    assert config(array=99, stride=48, elem=4).touches == 2


def test_steps_say_what_a_pass_comes_to_and_what_was_kept():
    touch, first, second = run(config(array=9 * 1024)).steps
    assert touch.result == {"touches": 144, "pages": 9, "lines": 144}
    assert (first.result["page_faults"], first.result["retries"]) == (9, 9)
    kept = [second.result[name] for name in ("pages_kept", "tlb_kept", "lines_kept")]
    assert kept == ["all", "none", "none"]


sizes = st.fixed_dictionaries(
    {
        "page_size": st.sampled_from([256, 1024]),
        "frames": st.integers(1, 12),
        "frame_policy": st.sampled_from(["lru", "fifo", "clock"]),
        "tlb_entries": st.sampled_from([1, 2, 4, 8]),
        "tlb_ways": st.just(1),
        "tlb_policy": st.sampled_from(["lru", "fifo"]),
        "cache_size": st.sampled_from([512, 2048]),
        "line": st.sampled_from([16, 64]),
        "ways": st.sampled_from([1, 2, 4]),
        "cache_policy": st.sampled_from(["lru", "fifo", "plru"]),
    }
)
loops = st.builds(
    lambda sizes, array, stride, elem, passes, base: config(
        max(array, elem), max(stride, elem), elem, passes, base=base, **sizes
    ),
    sizes, st.integers(1, 6000), st.sampled_from([1, 4, 48, 64, 100, 256, 1000, 2048]),
    st.sampled_from([1, 2, 4]), st.integers(1, 4), st.sampled_from([0, 64, 4096]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(loops.filter(lambda loop: loop.touches < 400))
def test_laws_of_loops(loop):
    metrics = count(loop)
    assert metrics == run(loop).metrics
    for name in ("page_faults", "tlb_misses", "cache_misses"):
        assert metrics[name] == sum(row[name] for row in metrics["passes"])
    assert (
        metrics["tlb_hits"] + metrics["tlb_misses"] == metrics["accesses"] + metrics["page_faults"]
    )
    first = metrics["passes"][0]
    assert (first["page_faults"], first["cache_misses"]) >= (metrics["pages"], metrics["lines"])
    machine = loop.machine
    # An element that crosses a page is two accesses.
    pages = [
        page
        for _ in range(loop.passes)
        for n in range(loop.touches)
        for at in [loop.base + n * loop.stride]
        for page in sorted(
            {at // machine.address.page_size, (at + loop.elem - 1) // machine.address.page_size}
        )
    ]
    expected = count_pages(machine.frames.policy, machine.frames.count, pages)
    assert (metrics["page_faults"], metrics["evictions"]) == (
        expected["faults"],
        expected["evictions"],
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"stride": 2}, "stride is at least"),
        ({"elem": 0}, "1 byte or more"),
        ({"array": 3}, "at least one element"),
        ({"base": -8}, "from 0 on"),
        ({"passes": 0}, "1 to 1000"),
        ({"array": 2**30, "stride": 4}, "1000000"),
        ({"array": 2**40, "stride": 2**30}, "beyond"),
        ({"page_size": 1000}, "power of two"),
        ({"ways": 3}, "sets"),
        ({"frames": 0}, "frames"),
    ],
)
def test_loops_that_cannot_be_are_refused(changes, named):
    with pytest.raises(InputError) as refused:
        config(**changes)
    assert named in str(refused.value)


def test_machines_that_do_not_let_the_loop_run_are_refused():
    with pytest.raises(InputError, match="no page frames"):
        LoopConfig(0, 64, 8, 4, 2, False, preset("csapp-9.20"))
    with pytest.raises(InputError, match="regions"):
        # The program's pages may not be written.
        count(LoopConfig(0, 64, 8, 4, 2, True, preset("small")))


# The command.


def answer(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["memory", "loop", *arguments, "--json"])
    out, err = capsys.readouterr()
    assert stop.value.code == 0, err
    return json.loads(out)


def test_the_command_takes_sizes(capsys):
    arguments = (
        "--array 17K --stride 64 --passes 2 --page-size 1K --frames 16 --tlb 8 --cache 4K --ways 2 "
        "--frame-policy fifo --tlb-policy fifo --cache-policy fifo --write --base 0x400"
    )
    found = answer(capsys, *arguments.split())
    assert found["metrics"]["page_faults"] == 34
    assert found["config"]["machine"]["frames"]["policy"] == "fifo"
    assert found["config"]["base"] == 1024


def test_the_command_takes_machines(capsys, tmp_path):
    found = answer(capsys, "--array", "32K", "--preset", "x86-64")
    assert found["metrics"]["passes"][1] == {
        "pass": 2, "page_faults": 0, "tlb_misses": 0, "cache_misses": 0,
    }  # fmt: skip
    file = tmp_path / "my.toml"
    with pytest.raises(SystemExit):
        main(["memory", "machine", "small"])
    file.write_text(capsys.readouterr().out)
    found = answer(
        capsys, "--array", "96", "--stride", "8", "--base", "0x100", "--machine", str(file)
    )
    assert found["metrics"]["page_faults"] == 3


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("--array x", "--array"),
        ("--array 4K --passes 0", "--passes"),
        ("--array 4K --preset small --tlb 4", "--tlb belongs"),
        ("--array 4K --preset small --machine x", "not both"),
        ("--array 4K --frame-policy opt", "--frame-policy"),
        ("--array 4K --preset smal", "small"),
    ],
)
def test_bad_options_are_named(capsys, arguments, named):
    with pytest.raises(SystemExit) as stop:
        main(["memory", "loop", *arguments.split()])
    assert stop.value.code == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_has_words(capsys, language):
    with pytest.raises(SystemExit):
        main(
            [
                "--lang",
                language,
                "memory",
                "loop",
                "--array",
                "100K",
                "--tlb",
                "8",
                "--frames",
                "20",
            ]
        )
    out = capsys.readouterr().out
    assert "loop-" not in out
    assert "$" not in out


# The exercise.

DRAWN = config(array=9 * 1024, elem=4, stride=32)


def key(params):
    return Loop().solve(params, Loop().run(params))


def passes(*numbers):
    names = ("page_faults", "tlb_misses", "cache_misses")
    return [dict(zip(names, row, strict=True)) for row in numbers]


def test_the_key_is_read_off_the_run():
    answers = key(DRAWN)
    assert answers["touches"] == 288
    assert list(answers["passes"]) == passes((9, 18, 144), (0, 9, 144))


def test_how_loops_are_misread():
    def under(name, params=DRAWN):
        return Loop().mistakes()[name](Loop(), params)

    assert under("second-pass-free")["passes"] == passes((9, 18, 144), (0, 0, 0))
    assert under("keeps-what-fits")["passes"] == passes((9, 18, 144), (0, 1, 80))
    assert under("retry-free")["passes"] == passes((9, 9, 144), (0, 9, 144))
    assert under("per-element")["passes"] == passes((9, 297, 288), (0, 288, 288))
    assert under("stride-ignored")["touches"] == 9 * 1024 // 4
    crowded = config(array=8192, stride=256)
    assert under("sets-ignored", crowded)["passes"] == passes((8, 16, 32), (0, 0, 0))
    skipping = under("stride-ignored", crowded)
    assert skipping["passes"] == passes((8, 16, 128), (0, 0, 128))


def test_miss_ratio_of_a_long_array_is_one_in_each_line():
    found = count(config(array=64 * 1024, stride=4, passes=1, frames=64))
    assert Fraction(found["cache_misses"], found["accesses"]) == Fraction(1, 16)
