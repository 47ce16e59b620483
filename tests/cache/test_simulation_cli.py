"""The commands run, csim, curve and compare as they are typed."""

import json

import pytest

from oslab.cli import main


def called(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["cache", *arguments])
    out = capsys.readouterr()
    return stop.value.code, out.out, out.err


def told(capsys, *arguments):
    code, out, err = called(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture
def trace(tmp_path):
    file = tmp_path / "t.trace"
    file.write_text("I 400,4\n L 0,4\n S 40,4\n M 80,8\n L 0,4\n")
    return str(file)


def test_the_options_say_how_the_cache_is_built(capsys):
    found = told(
        capsys, "run", "--refs", "0 0x10w/4", "--size", "1KiB", "--line", "0x10", "--ways", "full",
        "--policy", "FIFO", "--write", "through",
    )["config"]  # fmt: skip
    assert (found["size"], found["line"], found["ways"], found["policy"]) == (1024, 16, 64, "fifo")
    assert (found["write"], found["allocate"]) == ("through", False)


def test_levels_below_are_said_in_a_few_words(capsys):
    document = told(
        capsys, "run", "--refs", "0 64 0", "--size", "64", "--line", "64", "--ways", "1",
        "--level2", "512/4/fifo/through", "--level3", "4K/full", "--inclusion", "inclusive",
        "--times", "1ns,10ns,20ns,100ns",
    )  # fmt: skip
    below = document["config"]["lower"]
    assert [(s["size"], s["ways"], s["policy"], s["write"], s["allocate"]) for s in below] == [
        (512, 4, "fifo", "through", False), (4096, 64, "lru", "back", True),
    ]  # fmt: skip
    assert [each["level"] for each in document["metrics"]["levels"]] == ["L1", "L2", "L3"]
    assert document["metrics"]["amat_ns"] == pytest.approx(1 + 10 + (20 + 100) * 2 / 3)


def test_a_trace_is_counted_and_its_steps_shown_when_asked_for(capsys, trace):
    counted = told(capsys, "run", "--trace", trace)
    assert counted["steps"] == []
    assert counted["metrics"]["accesses"] == 5
    assert counted["conventions"]["fetches"] is False
    with_steps = told(capsys, "run", "--trace", trace, "--steps")
    assert with_steps["metrics"] == counted["metrics"]
    assert len(with_steps["steps"]) == 5
    assert told(capsys, "run", "--trace", trace, "--fetches")["metrics"]["accesses"] == 6


@pytest.mark.parametrize(
    "command", [("run",), ("curve",), ("csim", "-s", "1", "-E", "1", "-b", "4")]
)
def test_too_long_a_trace_is_not_shown_as_steps(capsys, tmp_path, command):
    file = tmp_path / "long.trace"
    file.write_text(" L 0,1\n" * 10_001)
    code, _, err = called(capsys, *command, "--trace", str(file), "--steps")
    assert code == 2
    assert "10000" in err
    assert "--steps" in err
    assert err.count("\n") == 1
    assert called(capsys, *command, "--trace", str(file))[0] == 0


def test_the_curve_reports_powers_of_two_or_every_size(capsys, trace):
    points = told(capsys, "curve", "--trace", trace, "--line", "16")["metrics"]["curve"]
    assert [point["ways"] for point in points] == [1, 2, 4]
    every = told(capsys, "curve", "--trace", trace, "--line", "16", "--every")["metrics"]["curve"]
    assert [point["ways"] for point in every] == [1, 2, 3]
    few = told(capsys, "curve", "--refs", "0 64 0", "--line", "16", "--max", "16")["metrics"]
    assert [point["misses"] for point in few["curve"]] == [3]
    two_sets = told(capsys, "curve", "--refs", "0 16 0 16", "--line", "16", "--sets", "2")[
        "metrics"
    ]
    assert [point["size"] for point in two_sets["curve"]] == [32]


def test_compare_has_a_record_for_each_cache(capsys, trace):
    caches = ("--cache", "64/16/1", "--cache", "64/16/full/fifo/through/allocate")
    found = told(capsys, "compare", *caches, "--trace", trace)["metrics"]["configurations"]
    assert [each["cache"] for each in found] == ["64/16/1/lru", "64/16/4/fifo/through/allocate"]
    assert found[1]["bytes_to_memory"] == 12
    typed = told(capsys, "compare", *caches, "--refs", "0 0x40w/4 0x80m/8 0")
    assert typed["metrics"]["configurations"][0]["misses"] == found[0]["misses"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("run", "--refs"),
        ("run --refs 0 --trace x", "one place"),
        ("run --refs 0 --ways 3", "sets"),
        ("run --refs 0 --ways zero", "--ways"),
        ("run --refs 0 --line 60", "power of two"),
        ("run --refs 0 --size 1X", "--size"),
        ("run --refs 0 --policy mru", "lru, fifo"),
        ("run --refs 0 --write around", "back, through"),
        ("run --refs 0 --allocate maybe", "yes, no"),
        ("run --refs 0 --seed 3", "random"),
        ("run --refs 0 --inclusion exclusive", "--level2"),
        ("run --refs 0 --level3 4K/4", "--level2"),
        ("run --refs 0 --level2 4K", "SIZE/WAYS"),
        ("run --refs 0 --level2 4K/4/mru", "mru"),
        ("run --refs 0 --level2 4K/3", "--level2"),
        ("run --refs 0 --level2 4K/4 --inclusion both", "nine"),
        ("run --refs 0 --times 1ns", "2 are expected"),
        ("run --refs 0 --times 1ns,soon", "--times"),
        ("run --refs zz", "access 1"),
        ("run --trace /nowhere/t", "/nowhere/t"),
        ("csim -s x -E 1 -b 4 -t t", "-s"),
        ("csim -s 70 -E 1 -b 4 -t t", "-s"),
        ("csim -s 4 -E 0 -b 4 -t t", "-E"),
        ("curve --refs 0 --sets 3", "power of two"),
        ("curve --refs 0 --max 32", "--max"),
        ("curve --refs 0 --line 0", "power of two"),
        ("compare --refs 0 --cache 1K/64", "SIZE/LINE/WAYS"),
        ("compare --refs 0 --cache 1K//2", "SIZE/LINE/WAYS"),
        ("compare --refs 0 --cache 1K/64/full/plru/through/no", '"no"'),
    ],
)
def test_bad_input_is_one_line_that_names_what_is_wrong(capsys, arguments, named):
    code, out, err = called(capsys, *arguments.split())
    assert code == 2
    assert named in err
    assert err.count("\n") == 1
    assert out == ""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "arguments",
    [
        "run --refs 0,0x40w,0x400m/8,0xfe/4 --policy lfu",
        "run --refs 0,0x40w,0x400,0x800w --size 64 --ways 1 --level2 128/2 --inclusion exclusive",
        "run --refs 0,0x40w,0x400,0x800w --size 64 --ways 1 --level2 128/2/through --level3 256/4",
        "curve --refs 0,0x40,0",
        "compare --refs 0,0x40w --cache 1K/64/2 --steps",
    ],
)
def test_screens_have_words_for_everything(capsys, language, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["--lang", language, "cache", *arguments.split()])
    shown = capsys.readouterr().out
    assert stop.value.code == 0
    for bare in (
        "miss_ratio",
        "dirty_lines",
        "victims_in",
        "empty_ways",
        "leaves_first",
        "used_at",
    ):
        assert bare not in shown


def test_predict_asks_set_result_victim_and_cause(capsys, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("0\nmiss\n-\ncold\n0\nhit\n"))
    code, out, _ = called(capsys, "run", "--refs", "0 4", "--predict")
    assert code == 0
    assert "6 of 6 right" in out
