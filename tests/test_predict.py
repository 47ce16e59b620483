"""Predict mode, driven from standard input as from a keyboard."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from oslab import Run, Text, Words
from oslab.exercise.catalogue import exercise
from oslab.exercise.suspects import suspects
from oslab.exercise.variant import draw
from oslab.plugins import problem, words_for
from oslab.predict import predict_run
from oslab.text import set_language
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.replace import run

STRING = "7 0 1 2 0 3 0 4 2 3 0 3 2 1"
LONG = "1 2 3 4 1 2 5 1 2 3 4 5 2 1 3 5 4 1 2 3"
FEW = "7 0 1 7"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def fifo(references: str = STRING) -> Run:
    return run(defaults("fifo", 3, references.split()))


def key(found: Run) -> list[str]:
    """The right answers, in the order they are asked."""
    return ["-" if s.result[n] is None else str(s.result[n])
            for s in found.steps for n in ("result", "victim") if n in s.result]  # fmt: skip


def played(
    found: Run,
    answers: Sequence[str],
    capsys: pytest.CaptureFixture[str],
    as_json: bool = False,
    interrupt: bool = False,
) -> tuple[bool, str, str]:
    class Keyboard(io.StringIO):
        def readline(self, size: int = -1, /) -> str:
            line = super().readline()
            if not line and interrupt:
                raise KeyboardInterrupt
            return line

    stdin = Keyboard("".join(f"{a}\n" for a in answers))
    right = predict_run(found, words_for("paging"), as_json, stdin)
    out, err = capsys.readouterr()
    return right, out, err


def test_a_mistake_that_takes_a_parameter_for_another_is_followed_and_no_other() -> None:
    fifo = suspects(run(defaults("fifo", 3, LONG.split())), problem("paging.replace"))
    assert {name: p.policy for name, p in fifo.beliefs.items()} == {
        "lru-for-fifo": "lru",
        "clock-for-fifo": "clock",
    }
    assert set(fifo.uncorrected) > set(fifo.beliefs)
    sent = draw(exercise("zerocopy/sendfile-drain"), "0000-0000")
    other_machines = suspects(sent.run, sent.exercise.problem)
    assert other_machines.uncorrected
    assert other_machines.beliefs == {}


def test_a_value_is_shown_also_where_it_equals_the_number_of_the_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = played(fifo("1 2 9"), ["f", "-", "f", "-", "f", "-"], capsys)
    heads = [line for line in out.splitlines() if " of 3" in line]
    assert heads == ["1 of 3   page 1", "2 of 3   page 2", "3 of 3   page 9"]


def test_all_right(capsys: pytest.CaptureFixture[str]) -> None:
    found = fifo()
    right, out, _ = played(found, key(found), capsys)
    assert right
    assert f"{len(key(found))} of {len(key(found))} right" in out.splitlines()[-1]


def test_answers_may_be_short_full_width_or_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    right, _, _ = played(fifo(FEW), ["f", "-", "缺页", "none", "ＦＡＵＬＴ", "－", "hit"], capsys)
    assert right


def test_a_wrong_answer_is_corrected_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    right, out, _ = played(fifo(FEW), ["h", *key(fifo(FEW))[1:]], capsys)
    assert not right
    assert "  wrong: it is fault\n" in out
    assert "Page 7 is absent: a page fault. It goes into the empty frame 0." in out
    assert "6 of 7 right" in out


def test_the_result_is_never_shown_before_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    found = fifo()
    answers = key(found)
    # Whatever comes later, the text up to each question is the same.
    other = run(defaults("lru", 3, STRING.split()))
    place = next(i for i, s in enumerate(found.steps) if s.result != other.steps[i].result)
    asked = sum(
        len([n for n in ("result", "victim") if n in s.result]) for s in found.steps[:place]
    )
    _, out, _ = played(found, answers[:asked], capsys)
    _, mirror, _ = played(
        replace(found, steps=(*found.steps[:place], *other.steps[place:])), answers[:asked], capsys
    )
    question = out.index(f"{place + 1} of 14")
    assert out[:question] == mirror[:question]
    assert out[question:].partition("\n\n")[0] == mirror[question:].partition("\n\n")[0]


def test_the_state_before_a_step_stands_above_its_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = played(fifo(), key(fifo())[:6], capsys)
    before, _, after = out.partition("4 of 14   page 2\n")
    assert "| 7 | 0 | 1 |" in before
    assert after.startswith("  Page 2: hit or fault?")


def test_what_cannot_be_read_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    right, out, _ = played(fifo(FEW), ["x", "f", "seven", "-", *key(fifo(FEW))[2:]], capsys)
    assert right
    assert out.count("Again; it costs nothing.") == 2
    assert '"seven" is not a whole number' in out


def test_blank_skips_and_a_question_mark_shows(capsys: pytest.CaptureFixture[str]) -> None:
    right, out, _ = played(fifo(FEW), ["", "?", "？", *key(fifo(FEW))[3:]], capsys)
    assert not right
    assert "  skipped: fault\n" in out
    assert "  the answer: -\n" in out
    assert out.splitlines()[-1] == "4 of 4 right   1 skipped   2 shown"


@pytest.mark.parametrize(
    ("answers", "interrupt"), [(["f", "q"], False), (["f"], False), (["f"], True)]
)
def test_stopping_early_ends_with_the_score(
    answers: list[str], interrupt: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    right, out, _ = played(fifo(FEW), answers, capsys, interrupt=interrupt)
    assert not right
    assert out.splitlines()[-1] == "1 of 1 right   6 not asked yet"


def looking(policy: str, believed: str, references: str) -> tuple[Run, list[str]]:
    """The answers of someone who looks at the true frames and goes by another policy."""
    found = run(defaults(policy, 3, references.split()))
    replacing = problem("paging.replace")
    other = replace(found.config, policy=believed)
    truth = replacing.solve(found.config, found)["steps"]
    answers = []
    for i, step in enumerate(found.steps):
        row: Any = replacing.follow(other, "steps", truth[:i])
        for name in ("result", "victim"):
            if name in step.result:
                answers.append("-" if row[name] is None else str(row[name]))
    return found, answers


@pytest.mark.parametrize(
    ("policy", "believed", "said"),
    [
        ("fifo", "lru", "Your victims follow LRU."),
        ("lru", "fifo", "Your victims follow FIFO."),
        ("opt", "lru", "Your victims are chosen by past use, as in LRU."),
    ],
)
def test_a_misunderstanding_is_named_once_on_the_way_and_in_the_summary(
    policy: str, believed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, answers = looking(policy, believed, LONG)
    right, out, _ = played(found, answers, capsys)
    assert not right
    flat = " ".join(out.split())
    assert flat.count(f"fit a misunderstanding: {said}") == 2
    assert flat.index(said) < flat.index("20 of 20")
    assert said in " ".join(out.partition(" right")[2].split())


def test_prepared_answers_are_recognised_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Answers written down without looking at the true frames: the whole run under LRU."""
    found = fifo(LONG)
    other = run(defaults("lru", 3, LONG.split()))
    answers = []
    for step, wrong in zip(found.steps, other.steps, strict=True):
        for name in ("result", "victim"):
            if name in step.result:
                value = wrong.result.get(name)
                answers.append("-" if value is None else str(value))
    _, out, _ = played(found, answers, capsys, as_json=True)
    assert json.loads(out)["mistakes"] == ["lru-for-fifo"]


def test_slips_alone_name_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = fifo(LONG)
    answers = key(found)
    answers[4] = "h"
    answers[9] = "5"
    _, out, _ = played(found, answers, capsys, as_json=True)
    assert json.loads(out)["mistakes"] == []


def test_json_is_one_document_and_the_questions_go_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    right, out, err = played(fifo(FEW), ["f", "3", "", "q"], capsys, as_json=True)
    assert not right
    document = json.loads(out)
    assert document["schema"] == "oslab.predict/1"
    assert document["score"] == {"questions": 7, "right": 1, "wrong": 1, "skipped": 1, "shown": 0}
    assert document["predictions"][1] == {
        "step": 1, "action": "reference", "name": "victim", "outcome": "wrong", "answer": 3, "key": None,
    }  # fmt: skip
    assert "hit or fault?" in err


def test_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    set_language("zh")
    _, out, _ = played(fifo(FEW), ["命中", "-", "q"], capsys)
    assert "访问页 7：命中还是缺页？" in out
    assert "错误：应为 缺页" in out
    assert "2 问中答对 1 问   尚未问到 5 问" in out


def test_a_run_that_asks_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    right, out, _ = played(Run(command="paging.replace", config=None), [], capsys)
    assert right
    assert "Nothing in this run can be predicted." in out


def test_nothing_typed_acts_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = played(fifo(FEW), ["\x1b[31m\u202e[bold]", "q"], capsys)
    assert not set(out) & set("\x1b\u202e")


def test_a_problem_type_says_which_simulator_it_asks_about(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mistakes of tlb.trace are named in the runs of tlb.run."""
    from oslab.cli import main

    # After a hit on page 1, FIFO throws out page 1, LRU page 2: told six times.
    pages = ["1", "2", "3", "4", "1", "5", "2", "6", "3", "7", "4", "8", "5", "9"]
    fifo: list[int] = []
    answers = []
    for page in map(int, pages):
        hit = page in fifo
        victim = None if hit or len(fifo) < 4 else fifo.pop(0)
        if not hit:
            fifo.append(page)
        answers += ["hit" if hit else "miss", "-" if victim is None else str(victim)]
    command = ["tlb", "run", "--pages", "--entries", "4", "--ways", "4", "--refs", " ".join(pages)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
    with pytest.raises(SystemExit) as end:
        main([*command, "--predict"])
    out = capsys.readouterr().out
    assert end.value.code == 1
    assert "FIFO" in out.rpartition("right")[2]


@pytest.mark.parametrize(("given", "asked"), [({"page": 7}, "Page 7?"), ({"va": 9}, "Address 9?")])
def test_the_last_question_whose_conditions_hold_is_asked(given: Any, asked: str) -> None:
    asks = {
        "look.result": "Well?",
        "look.result va": "Address $va?",
        "look.result page": "Page $page?",
    }
    words = Words({"asks": {key: Text(text, text) for key, text in asks.items()}})
    question = words.question("look.result", given)
    assert question is not None
    assert question(given) == asked
