"""Decisions: files that merge by being put side by side, and survive power cuts and full disks."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.book import decisions as module
from oslab_grader.book.decisions import (
    Decision,
    Decisions,
    decide,
    grader_name,
    read_decisions,
    together,
)

POINTS = ("points", "hw1", "s1042", "q1", "")


def points(value: str, question: str = "q1", why: str = "") -> dict[str, str]:
    return {"kind": "points", "assignment": "hw1", "student": "s1042", "question": question,
            "value": value, "why": why}  # fmt: skip


def comment(value: str) -> dict[str, str]:
    return {"kind": "comment", "assignment": "hw1", "student": "s1042", "value": value}


def test_a_decision_replaces_those_it_has_seen(tmp_path: Path) -> None:
    decide(tmp_path, "ana", [points("3")])
    decide(tmp_path, "ben", [points("4")])
    (head,) = read_decisions(tmp_path).heads(POINTS)
    assert (head.by, head.value) == ("ben", "4")


def test_two_that_are_blind_to_each_other_both_stay_until_somebody_decides_again(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    decide(here, "ana", [points("3")])
    decide(there, "ben", [points("4")])
    (here / "ben.csv").write_bytes((there / "ben.csv").read_bytes())
    assert [d.value for d in read_decisions(here).heads(POINTS)] == ["3", "4"]
    decide(here, "ana", [points("3.5")])
    assert [d.value for d in read_decisions(here).heads(POINTS)] == ["3.5"]


def test_files_merge_in_any_order(tmp_path: Path) -> None:
    graders = ("ana", "ben", "eve")
    for i, by in enumerate(graders):
        decide(tmp_path / by, by, [points(str(i)), points("1", "q2"), comment(f"from {by}")])
    seen = []
    for number, order in enumerate(permutations(graders)):
        merged = tmp_path / str(number)
        merged.mkdir()
        for by in order:
            (merged / f"{by}.csv").write_bytes((tmp_path / by / f"{by}.csv").read_bytes())
        seen.append(read_decisions(merged))
    assert all(found == seen[0] for found in seen)


found = st.lists(
    st.builds(
        Decision,
        st.sampled_from("abcdefgh"),
        st.just("2026-03-01T00:00:00Z"),
        st.just("ana"),
        st.just("points"),
        st.just("hw1"),
        st.sampled_from(("s1", "s2")),
        st.sampled_from(("q1", "q2")),
        st.just("1"),
    ),
    max_size=8,
    unique_by=lambda d: d.id,
)


@settings(max_examples=40)
@given(found, found, found)
def test_putting_together_is_commutative_associative_and_idempotent(
    a: list[Decision], b: list[Decision], c: list[Decision]
) -> None:
    same: dict[str, Decision] = {}
    a, b, c = ([same.setdefault(d.id, d) for d in some] for some in (a, b, c))
    assert together([*a, *b]) == together([*b, *a])
    left = together([*together([*a, *b]).all, *c])
    right = together([*a, *together([*b, *c]).all])
    assert left == right == together([*left.all, *right.all])


text = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=30)


@settings(max_examples=40)
@given(text, text)
def test_what_is_written_is_read_again(value: str, why: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        made = decide(Path(folder), "ana", [comment(value) | {"why": why}])
        assert read_decisions(Path(folder)).all == tuple(made)
        assert (Path(folder) / "ana.csv").read_bytes().count(b"\n") == 2


def test_cells_are_no_formulas_to_a_spreadsheet(tmp_path: Path) -> None:
    decide(tmp_path, "ana", [comment('=HYPERLINK("http://evil","x")')])
    line = (tmp_path / "ana.csv").read_text("utf-8").splitlines()[1]
    assert "\"'=HYPERLINK" in line


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_left_out_and_the_next_decision_takes_its_place(
    tmp_path: Path, cut: int
) -> None:
    decide(tmp_path, "ana", [points("3")])
    whole = (tmp_path / "ana.csv").read_bytes()
    decide(tmp_path, "ana", [points("4", why="学" * 20)])
    file = tmp_path / "ana.csv"
    file.write_bytes(file.read_bytes()[:-cut])
    assert [d.value for d in read_decisions(tmp_path).all] == ["3"]
    decide(tmp_path, "ana", [points("5")])
    assert [d.value for d in read_decisions(tmp_path).all] == ["3", "5"]
    assert file.read_bytes().startswith(whole)


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(tmp_path, "ana", [points("3")])
    before = (tmp_path / "ana.csv").read_bytes()
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) > 20:
            return write(handle, data[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "write", full)
    with pytest.raises(InputError, match="No space left on device; nothing was decided"):
        decide(tmp_path, "ana", [points("4"), points("5", "q2")])
    assert (tmp_path / "ana.csv").read_bytes() == before


def test_a_clock_put_back_makes_no_old_decision_the_newer_one(tmp_path: Path) -> None:
    late = Decision("x", "2999-01-01T00:00:00.000Z", "ben", "points", "hw1", "s1042", "q9", "1")
    (tmp_path / "ben.csv").write_text(module._HEADER + module._line(late), "utf-8")
    (made,) = decide(tmp_path, "ana", [points("3")])
    assert read_decisions(tmp_path).all == (late, made)


def test_what_a_spreadsheet_saved_is_read_and_written_again_as_it_should_be(
    tmp_path: Path,
) -> None:
    decide(tmp_path, "ana", [points("3"), comment("a, b")])
    before = read_decisions(tmp_path)
    file = tmp_path / "ana.csv"
    lines = file.read_text("utf-8").replace('"a, b"', "a# b").replace(",", ";").replace("#", ",")
    file.write_bytes(b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode())
    assert read_decisions(tmp_path) == before
    decide(tmp_path, "ana", [points("4")])
    assert len(read_decisions(tmp_path).all) == 3
    assert file.read_text("utf-8").startswith("id,at,by,kind")


def test_a_line_that_is_no_decision_is_named(tmp_path: Path) -> None:
    decide(tmp_path, "ana", [points("3")])
    with (tmp_path / "ana.csv").open("a") as stream:
        stream.write("x,2026,ana,pionts,hw1,s1,q1,3,,,\ny,2026,ana,points,hw1,s1,q1,many,,,\n")
    with pytest.raises(InputError) as error:
        read_decisions(tmp_path)
    assert 'decisions/ana.csv line 3: kind "pionts" is none (did you mean "points"?)' in str(error.value)  # fmt: skip
    assert 'decisions/ana.csv line 4: "many" is no value for points' in str(error.value)


def test_an_edited_copy_is_noticed(tmp_path: Path) -> None:
    decide(tmp_path, "ana", [points("3")])
    copy = (tmp_path / "ana.csv").read_text("utf-8").replace(",3,", ",8,")
    (tmp_path / "copy.csv").write_text(copy, "utf-8")
    with pytest.raises(InputError, match=r"have the id .* and differ"):
        read_decisions(tmp_path)


def test_comments_of_two_are_both_kept_and_an_empty_one_takes_all_back(tmp_path: Path) -> None:
    subject = ("comment", "hw1", "s1042", "", "")
    decide(tmp_path, "ana", [comment("first")])
    decide(tmp_path, "ben", [comment("second")])
    decide(tmp_path, "ana", [comment("better")])
    assert [d.value for d in read_decisions(tmp_path).heads(subject)] == ["second", "better"]
    decide(tmp_path, "ana", [comment("")])
    assert [d.value for d in read_decisions(tmp_path).heads(subject)] == [""]


def test_several_at_once_are_all_or_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no value for points"):
        decide(tmp_path, "ana", [points("3"), points("eleven", "q2")])
    assert read_decisions(tmp_path) == Decisions(())


def test_who_decides_comes_from_the_environment_or_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSLAB_GRADER", "Ana")
    assert grader_name() == "ana"
    for name in ("../eve", "a b", "nul", "", "x" * 33):
        monkeypatch.setenv("OSLAB_GRADER", name or " ")
        with pytest.raises(InputError):
            grader_name()
    monkeypatch.delenv("OSLAB_GRADER")
    data = tmp_path / "oslab-data"
    data.mkdir()
    (data / "grader.txt").write_text("ben", "utf-8")
    assert grader_name() == "ben"


ADDING = """
import sys
from pathlib import Path
from oslab_grader.book.decisions import decide
for i in range(8):
    wanted = {"kind": "comment", "assignment": "hw1", "student": f"s{sys.argv[2]}{i}", "value": "x" * 500}
    decide(Path(sys.argv[1]), "ana", [wanted])
"""


def test_processes_of_one_grader_wait_for_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADDING, str(tmp_path)]
    running = [subprocess.Popen([*command, str(i)]) for i in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    found = read_decisions(tmp_path).all
    assert {d.student for d in found} == {f"s{p}{i}" for p in range(4) for i in range(8)}
    text = (tmp_path / "ana.csv").read_text("utf-8")
    assert text.count("id,at,by") == 1
    assert text.count("\n") == 33


def test_two_files_put_one_below_the_other_are_one(tmp_path: Path) -> None:
    decide(tmp_path, "ana", [points("3")])
    text = (tmp_path / "ana.csv").read_text("utf-8")
    (tmp_path / "ana.csv").write_text(text + text, "utf-8")
    assert len(read_decisions(tmp_path).all) == 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ('x,2026,"ana,points\n', "line 3: a quote is opened and not closed"),
        ("<<<<<<< HEAD\n", "line 3: git left a conflict here; keep the lines of both sides"),
        (">>>>>>> theirs\n", "line 3: git left a conflict"),
    ],
)
def test_a_line_that_would_swallow_others_is_named(tmp_path: Path, damage: str, said: str) -> None:
    decide(tmp_path, "ana", [points("3")])
    text = (tmp_path / "ana.csv").read_text("utf-8")
    (tmp_path / "ana.csv").write_text(text + damage + text.split("\n")[1] + "\n", "utf-8")
    with pytest.raises(InputError, match=r"decisions/ana\.csv " + said):
        read_decisions(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_among_the_decisions_is_named_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ben.csv")
    with pytest.raises(InputError, match=r"decisions/ben\.csv: ben\.csv"):
        read_decisions(tmp_path)
