"""Marking one upload: the recorded key decides, exactly, whatever the sheet and the plugin do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.exercise.frozen import key_to_json
from oslab.exercise.problem import Problem
from oslab.text import set_language
from oslab_grader.marking.mark import basis_of, feedback_of, mark_task
from oslab_grader.marking.result import MarkedPart, Result, unread

Handout = Callable[..., Any]
FIFO, LRU, AMAT = "paging/replace-fifo", "paging/replace-lru", "cache/amat"
HOSTILE = Path(__file__).parents[2] / "hostile"


def only(result: Result) -> MarkedPart:
    assert result["refused"] == ""
    (part,) = result["questions"]
    return part


def test_the_keys_answers_earn_all_points(handout: Handout) -> None:
    hw = handout(FIFO, AMAT, owners=2)
    for owner in ("s1", "s2"):
        result = hw.mark(hw.text(owner), owner=owner)
        assert result["owner"] == owner
        assert result["claims"] == {"assignment": "os101/hw1", "student": owner}
        assert result["notes"] == []
        assert [q["earned"] for q in result["questions"]] == [
            q["points"] for q in result["questions"]
        ]
        assert not any(q["fault"] or q["unreadable"] or q["mistakes"] for q in result["questions"])


def test_points_are_exact_thirds(handout: Handout) -> None:
    hw = handout(AMAT, points=Fraction(1, 3))
    names = list(hw.variant().asked())
    part = only(hw.mark(hw.text(q1={names[0]: None})))
    lost = Fraction(part["answers"][0]["points"])
    assert lost.denominator not in (1, 2, 4, 5, 8, 10)
    assert Fraction(part["earned"]) == Fraction(1, 3) - lost
    assert sum(Fraction(a["points"]) for a in part["answers"]) == Fraction(1, 3)


def test_a_mistake_is_named(handout: Handout) -> None:
    hw = handout(FIFO)
    part = only(hw.mark(hw.text(q1=hw.variant().mistakes()["lru-for-fifo"])))
    assert part["mistakes"] == ["lru-for-fifo"]
    assert part["exact"]
    assert 0 < Fraction(part["earned"]) < Fraction(part["points"])


def test_what_was_given_stands_in_the_result(handout: Handout) -> None:
    hw = handout(FIFO)
    part = only(hw.mark(hw.text(q1={"faults": "０ｘｂ"})))
    steps, faults = part["answers"]
    assert faults["given"] == "11"
    assert len(steps["given"]) == len(steps["rows"]) == len(hw.variant().key["steps"])
    assert steps["given"][0] == {"result": "fault", "victim": "-"}
    assert steps["rows"][0] == {"label": 1, "outcome": "right", "wrong": []}


def test_the_recorded_key_wins_over_a_changed_solver(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(FIFO)
    kind = type(hw.variant().exercise.problem)
    text = hw.text()
    solve: Any = kind.solve
    monkeypatch.setattr(kind, "solve", lambda self, p, run: {**solve(self, p, run), "faults": 99})
    monkeypatch.setattr(kind, "draw", None)
    part = only(hw.mark(text))
    assert part["earned"] == part["points"]


def test_the_sheets_own_code_decides_nothing(handout: Handout) -> None:
    hw = handout(FIFO, owners=2)
    stolen = hw.mark(hw.text("s2"), owner="s1")
    assert stolen["claims"]["student"] == "s2"
    assert stolen["notes"] == ["q1 names variant 0000-0001; marked as 7QK4-M2XD"]
    assert Fraction(only(stolen)["earned"]) < Fraction(only(stolen)["points"])
    forged = hw.mark(hw.text("s1").replace("7QK4-M2XD", "0000-0001"))
    assert only(forged)["earned"] == only(forged)["points"]


def test_a_damaged_reference_costs_nothing(handout: Handout) -> None:
    hw = handout(FIFO)
    result = hw.mark(hw.text().replace('q1 = "paging/replace-fifo 7QK4', 'q1 = "???'))
    assert only(result)["earned"] == only(result)["points"]
    assert only(result)["unreadable"] == []
    assert "was changed" in result["notes"][0]


def test_an_exam_sheet_has_no_codes(handout: Handout) -> None:
    hw = handout(FIFO)
    result = hw.mark(hw.text().replace(" 7QK4-M2XD", ""))
    assert only(result)["earned"] == only(result)["points"]
    assert result["notes"] == []


def test_questions_the_sheet_lacks_are_blank_and_others_are_noted(handout: Handout) -> None:
    hw = handout(FIFO, AMAT)
    short = hw.text().partition("[q2]")[0]
    short = "\n".join(line for line in short.split("\n") if not line.startswith("q2 = "))
    result = hw.mark(short + '\n[q7]\nx = "1"\n')
    blank = result["questions"][1]
    assert [a["outcome"] for a in blank["answers"]] == ["blank"] * len(blank["answers"])
    assert (blank["earned"], blank["unreadable"], blank["fault"]) == ("0", [], "")
    assert "q2 is not in the file" in result["notes"]
    assert "q7 was not asked; it is not read" in result["notes"]


def test_a_part_that_is_named_but_gone_is_unreadable(handout: Handout) -> None:
    hw = handout(FIFO, AMAT)
    torn = hw.text()
    result = hw.mark(torn[: torn.index("[q2]")])
    assert result["questions"][0]["unreadable"] == []
    assert "[q2] is missing" in result["questions"][1]["unreadable"][0]


def test_another_exercises_question_is_not_marked_wrong(handout: Handout) -> None:
    hw = handout(FIFO)
    part = only(hw.mark(hw.text().replace(FIFO, LRU)))
    assert part["unreadable"] == [f'q1 answers "{LRU}"; {FIFO} was asked']


def test_what_cannot_be_read_says_so_in_both_languages_whichever_is_in_force(
    handout: Handout,
) -> None:
    hw = handout(FIFO)
    text = hw.text(q1={"faults": "eleven"})
    set_language("zh")
    part = only(hw.mark(text))
    assert part["unreadable"] == ['faults: "eleven" is not a whole number; 11 or 0xb would be.']
    assert part["unreadable_zh"] == ['faults: "eleven" 不是整数，应写成 11 或 0xb 这样。']
    assert unread(part) == part["unreadable_zh"]
    set_language("en")
    assert hw.mark(text)["questions"] == [part]
    assert unread(part) == part["unreadable"]
    assert "unreadable_zh" not in only(hw.mark(hw.text()))
    assert part["answers"][1]["outcome"] == "unreadable"


@pytest.mark.parametrize(
    ("data", "refused", "said"),
    [
        (b"PK\x03\x04......word/document.xml", "not a sheet", "report.docx is a Word file"),
        (b"", "not a sheet", "empty"),
        (b"hello", "not a sheet", "no [sheet]"),
        ("[sheet]\nformat = 1\n".encode("utf-16")[:-1], "unreadable", "cut off in a character"),
        (b'[sheet]\nformat = 9\nq1 = ""\n[q1]\n', "unreadable", "format 9"),
        (b"[sheet]\nformat = 1\n", "unreadable", "no question"),
    ],
)
def test_other_files_are_refused_with_the_reason(
    handout: Handout, data: bytes, refused: str, said: str
) -> None:
    result = handout(FIFO).mark(data, file="report.docx")
    assert result["refused"] == refused
    assert said in result["reason"]
    assert result["reason_zh"]
    assert not result["reason_zh"].isascii()
    assert (result["owner"], result["questions"]) == ("s1", [])


@pytest.mark.parametrize("name", sorted(f.name for f in HOSTILE.glob("*.toml")))
def test_hostile_sheets_are_marked_or_refused(handout: Handout, name: str) -> None:
    hw = handout(FIFO)
    result = hw.mark((HOSTILE / name).read_bytes(), file=name)
    text = json.dumps(result, allow_nan=False)
    assert json.loads(text) == result
    shown = json.dumps(result, ensure_ascii=False)
    assert shown.isprintable()
    for part in result["questions"]:
        assert 0 <= Fraction(part["earned"]) <= Fraction(part["points"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.text(max_size=40), at=st.integers(0, 3000), gone=st.integers(0, 400))
def test_the_same_task_gives_the_same_bytes(
    handout: Handout, junk: str, at: int, gone: int
) -> None:
    hw = handout(FIFO, AMAT)
    text = hw.text()
    data = (text[:at] + junk + text[at + gone :]).encode("utf-8", "surrogatepass")
    task = hw.task(data)
    one, other = (json.dumps(mark_task(task), allow_nan=False) for _ in range(2))
    assert one == other
    for part in json.loads(one)["questions"]:
        assert 0 <= Fraction(part["earned"]) <= Fraction(part["points"])


def test_the_same_under_any_hash_seed(handout: Handout) -> None:
    hw = handout(FIFO, "cow/faults", "iomodels/phase-order", "modes/allowed")
    wrong = {
        name: next(iter(variant.mistakes().values())) for name, variant in hw.drawn["s1"].items()
    }
    task = hw.task(hw.text(**wrong), alternatives={"q1": ["accept:lru-for-fifo"]})
    code = (
        "import json, sys; from oslab_grader.marking.mark import mark_task;"
        "print(json.dumps(mark_task(json.load(sys.stdin))))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(task),
            env={**os.environ, "PYTHONHASHSEED": seed, "OSLAB_LANG": lang},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for seed, lang in (("1", "en"), ("77", "zh"))
    }
    assert len(found) == 1
    assert json.loads(found.pop()) == mark_task(task)


def test_a_damaged_upload_is_told_apart(handout: Handout) -> None:
    hw = handout(FIFO)
    task = hw.task(hw.text())
    Path(task["sheet"]).write_text("[sheet]\n")
    with pytest.raises(InputError, match="damaged; grade the files it came in again"):
        mark_task(task)
    Path(task["sheet"]).unlink()
    with pytest.raises(InputError, match="No such file"):
        mark_task(task)


class Broken(Exception):
    pass


def _breaks(*_: Any) -> Any:
    raise Broken("a plugin's mistake")


def test_mistakes_that_cannot_be_named_cost_nothing(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(FIFO)
    text = hw.text(q1=hw.variant().mistakes()["lru-for-fifo"])
    whole = hw.mark(text)
    kind = type(hw.variant().exercise.problem)
    for error in (_breaks, lambda *_: sys.exit(0)):
        monkeypatch.setattr(kind, "mistakes", classmethod(lambda cls, e=error: {"any": e}))
        result = hw.mark(text)
        assert only(result)["earned"] == only(whole)["earned"]
        assert (only(result)["mistakes"], only(result)["fault"]) == ([], "")
        assert "q1: no mistakes are named: " in result["notes"][0]


def test_an_answer_type_that_fails_is_a_fault_of_its_question_only(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(FIFO, AMAT)
    text = hw.text()
    monkeypatch.setattr(type(hw.variant().exercise.kind("faults")), "credit", _breaks)
    first, second = hw.mark(text)["questions"]
    assert "Broken: a plugin's mistake" in first["fault"]
    assert first["earned"] == "0"
    assert first["answers"] == []
    assert second["earned"] == second["points"]


def test_memory_that_is_all_used_is_not_one_questions_fault(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(FIFO)
    text = hw.text()

    def greedy(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(type(hw.variant().exercise.kind("faults")), "credit", greedy)
    with pytest.raises(MemoryError):
        hw.mark(text)


def _newer(monkeypatch: pytest.MonkeyPatch, kind: type[Problem[Any, Any]]) -> None:
    """The problem type as a later version that does not read the recorded parameters."""
    monkeypatch.setattr(kind, "version", kind.version + 1)


def test_another_version_names_no_mistakes_and_keeps_points(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(AMAT)
    name, answers = next(iter(hw.variant().mistakes().items()))
    text, right = hw.text(q1=answers), hw.text()
    before = only(hw.mark(text))
    assert before["mistakes"] == [name]
    _newer(monkeypatch, type(hw.variant().exercise.problem))
    result = hw.mark(text)
    assert only(result)["earned"] == before["earned"]
    assert (only(result)["mistakes"], only(result)["fault"]) == ([], "")
    assert "made with cache.amat/1, whose parameters cache.amat/2 does not read" in str(
        result["notes"]
    )
    assert hw.mark(right)["notes"] == []


def test_rows_that_may_follow_are_never_credited_less(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hw = handout(FIFO)
    text, right = hw.text(q1=hw.variant().mistakes()["lru-for-fifo"]), hw.text()
    kind = type(hw.variant().exercise.problem)
    with monkeypatch.context() as patch:
        patch.setattr(kind, "follow", _breaks)
        assert "a plugin's mistake" in only(hw.mark(text))["fault"]
        assert only(hw.mark(right))["earned"] == only(hw.mark(right))["points"]
    _newer(monkeypatch, kind)
    assert "whether wrong rows follow" in only(hw.mark(text))["fault"]
    assert only(hw.mark(right))["earned"] == only(hw.mark(right))["points"]


def test_a_plugin_that_is_gone_is_a_fault(
    handout: Handout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hw = handout(FIFO, AMAT)
    text = hw.text()
    head = (tmp_path / "record.jsonl").read_bytes().replace(b"paging.replace", b"gone.replace")
    (tmp_path / "record.jsonl").write_bytes(head)
    first, second = hw.mark(text)["questions"]
    assert "no plugin gone is installed" in first["fault"]
    assert second["earned"] == second["points"]


def test_a_mistake_can_be_accepted(handout: Handout) -> None:
    hw = handout(FIFO)
    text = hw.text(q1=hw.variant().mistakes()["lru-for-fifo"])
    part = only(hw.mark(text, alternatives={"q1": ["accept:lru-for-fifo", "accept:no-such"]}))
    assert "no-such" in part["fault"]
    part = only(hw.mark(text, alternatives={"q1": ["accept:lru-for-fifo"]}))
    assert part["alternatives"] == {"accept:lru-for-fifo": part["points"]}
    assert Fraction(part["earned"]) < Fraction(part["points"])


def keyed(hw: Any, **answers: Any) -> str:
    """A file of further keys beside the record; gives its name."""
    lines = [
        {"owner": owner, "questions": {"q1": {"key": key_to_json(answers)}}} for owner in hw.drawn
    ]
    digest = "ab12" * 16
    (hw.folder / f"key-{digest}.jsonl").write_text("".join(json.dumps(n) + "\n" for n in lines))
    return f"key:{digest}"


def test_a_further_key_is_read_beside_the_record(handout: Handout) -> None:
    hw = handout(FIFO, owners=2)
    name = keyed(hw, faults=99)
    part = only(hw.mark(hw.text(q1={"faults": "99"}), alternatives={"q1": [name]}))
    assert part["alternatives"] == {name: part["points"]}
    assert part["earned"] == str(Fraction(part["points"]) - Fraction(part["answers"][1]["points"]))
    part = only(hw.mark(hw.text(), alternatives={"q1": [name]}))
    assert Fraction(part["alternatives"][name]) < Fraction(part["earned"])


@pytest.mark.parametrize("name", ["key:ff", "key:../record", "key:", "nonsense"])
def test_a_key_that_is_not_there_is_a_fault(handout: Handout, name: str) -> None:
    hw = handout(FIFO)
    assert only(hw.mark(hw.text(), alternatives={"q1": [name]}))["fault"]


def test_a_result_depends_on_head_share_and_further_keys(handout: Handout) -> None:
    hw = handout(FIFO, owners=2)
    head, *shares = hw.file.read_bytes().splitlines(keepends=True)
    plain: Mapping[str, Any] = {}
    same = basis_of(head, shares[0], plain)
    assert same == basis_of(head, shares[0], dict(plain))
    others = {
        basis_of(head, shares[1], plain),
        basis_of(head.replace(b"os101", b"os102"), shares[0], plain),
        basis_of(head, shares[0], {"q1": ["accept:lru-for-fifo"]}),
    }
    assert len({same, *others}) == 4


def test_feedback_never_shows_the_key(handout: Handout) -> None:
    hw = handout(FIFO)
    variant = hw.variant()
    task = hw.task(hw.text(q1={**variant.mistakes()["lru-for-fifo"], "faults": None}))
    full = feedback_of(task, "en", "full")["q1"]
    assert "LRU" in " ".join(full)
    chinese = feedback_of(task, "zh", "full")["q1"]
    assert "部分正确" in chinese[0]
    marks = " ".join(feedback_of(task, "en", "marks")["q1"])
    assert "partial" in marks
    assert "LRU" not in marks
    form = " ".join(feedback_of(task, "en", "format")["q1"])
    assert not any(word in form for word in ("partial", "right", "wrong", "LRU"))


def test_feedback_says_what_cannot_be_read_in_every_mode(handout: Handout) -> None:
    hw = handout(FIFO)
    task = hw.task(hw.text(q1={"faults": "eleven"}))
    for mode in ("full", "marks", "format"):
        assert "eleven" in " ".join(feedback_of(task, "en", mode)["q1"])


def test_feedback_on_what_is_graded_does_not_say_that_it_costs_nothing(handout: Handout) -> None:
    hw = handout(FIFO)
    task = hw.task(hw.text(q1={"faults": "eleven"}))
    for mode in ("full", "marks"):
        assert "nothing" not in " ".join(feedback_of(task, "en", mode)["q1"])
        assert "不扣分" not in "".join(feedback_of(task, "zh", mode)["q1"])


def test_printed_cells_of_another_s_sheet_are_not_noted_one_by_one(handout: Handout) -> None:
    hw = handout(FIFO, owners=2)
    theirs = hw.text("s2")
    said = "your change is ignored"
    assert said not in " ".join(feedback_of(hw.task(theirs), "en", "full")["q1"])
    own = theirs.replace('"s2"', '"s1"')
    assert own != theirs
    assert said in " ".join(" ".join(feedback_of(hw.task(own), "en", "full")["q1"]).split())
