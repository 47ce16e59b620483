"""The classic csim: published figures, and the corners of its contract."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Access, InputError
from oslab.cli import main
from oslab_cache.csim import CsimConfig, count, run

YI = """ L 10,1
 M 20,1
 L 22,1
 S 18,1
 L 110,1
 L 210,1
 M 12,1
"""

accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["load", "store", "modify", "fetch"]),
        st.integers(0, 300),
        st.sampled_from([1, 4, 8]),
    ),
    max_size=60,
)
shapes = st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 4))


def config(s=4, e=1, b=4):
    return CsimConfig(s, e, b, "t")


def figures(text, s, e, b):
    letters = {"L": "load", "S": "store", "M": "modify", "I": "fetch"}
    found = []
    for line in text.splitlines():
        letter, rest = line.split()
        address, size = rest.split(",")
        found.append(Access(letters[letter], int(address, 16), int(size)))
    return count(config(s, e, b), found)


def test_the_published_figures_of_the_small_trace():
    assert figures(YI, 4, 1, 4) == {
        "hits": 4,
        "misses": 5,
        "evictions": 3,
        "dirty_bytes_in_cache": 32,
        "dirty_bytes_evicted": 16,
    }


def test_each_line_is_told_as_the_verbose_flag_tells_it(tmp_path, capsys):
    trace = tmp_path / "yi.trace"
    trace.write_text(YI)
    with pytest.raises(SystemExit):
        main(["cache", "csim", "-v", "-s", "4", "-E", "1", "-b", "4", "-t", str(trace), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert [f"{s['given']['line']} {s['result']['outcome']}" for s in document["steps"]] == [
        "L 10,1 miss",
        "M 20,1 miss hit",
        "L 22,1 hit",
        "S 18,1 hit",
        "L 110,1 miss eviction",
        "L 210,1 miss eviction",
        "M 12,1 miss eviction hit",
    ]


def test_without_v_there_are_figures_only(tmp_path, capsys):
    trace = tmp_path / "yi.trace"
    trace.write_text(YI)
    with pytest.raises(SystemExit) as stop:
        main(["cache", "csim", "-s", "4", "-E", "1", "-b", "4", "-t", str(trace), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert stop.value.code == 0
    assert document["steps"] == []
    assert document["metrics"]["hits"] == 4


def test_one_set_and_lines_of_one_byte_are_legal():
    assert figures(" L 0,1\n L 1,1\n S 0,1\n L 2,1\n", 0, 2, 0) == {
        "hits": 1, "misses": 3, "evictions": 1, "dirty_bytes_in_cache": 1, "dirty_bytes_evicted": 0,
    }  # fmt: skip


def test_the_size_of_an_access_is_ignored():
    assert figures(" L f,8\n", 0, 1, 4)["misses"] == 1


def test_addresses_have_64_bits():
    top = "ffffffffffffffff"
    assert figures(f" L {top},1\n S {top},1\n", 60 - 44, 1, 4)["hits"] == 1
    assert figures(f" L {top},1\n L {top[1:]},1\n", 0, 2, 63)["misses"] == 2


@pytest.mark.parametrize(
    ("flags", "named"), [((-1, 1, 4), "-s"), ((64, 1, 4), "-s"), ((0, 0, 4), "-E"),
                         ((0, 1, 64), "-b"), ((20, 2, 4), "at most")],
)  # fmt: skip
def test_flags_that_cannot_be_are_refused(flags, named):
    with pytest.raises(InputError, match=named):
        count(config(*flags), [])


@given(shapes, accesses)
def test_a_run_and_its_count_agree(flags, made):
    assert run(config(*flags), made).metrics == count(config(*flags), made)


@given(shapes, accesses)
def test_figures_add_up(flags, made):
    found = count(config(*flags), made)
    loads_and_stores = sum((a.kind != "store") + a.writes for a in made if a.kind != "fetch")
    assert found["hits"] + found["misses"] == loads_and_stores
    s, e, b = flags
    held = found["misses"] - found["evictions"]
    assert 0 <= held <= e << s
    assert found["dirty_bytes_in_cache"] <= held << b
    assert found["dirty_bytes_evicted"] <= found["evictions"] << b


@given(shapes, accesses)
def test_more_lines_in_a_set_never_miss_more(flags, made):
    s, e, b = flags
    assert count(config(s, e + 1, b), made)["misses"] <= count(config(s, e, b), made)["misses"]


@given(shapes, accesses)
def test_fetches_count_for_nothing(flags, made):
    data = [access for access in made if access.kind != "fetch"]
    assert count(config(*flags), made) == count(config(*flags), data)
