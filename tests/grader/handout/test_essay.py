"""Essays: no key, no mistakes; topics are drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from oslab.exercise.checking import check
from oslab.exercise.frozen import freeze, thaw
from oslab.exercise.reading import read_sheet
from oslab.exercise.rowmarks import Outcome
from oslab.exercise.statement import statement
from oslab.exercise.variant import draw
from oslab.text import set_language
from oslab_grader.course.model import QuestionSetting
from oslab_grader.handout.freeze import thawed
from oslab_grader.handout.resolve import resolve

Make = Callable[..., Any]

TOPICS = """[space]
topics = [
  { en = "fork", zh = "进程创建" },
  { en = "exec", zh = "程序装载" },
  { en = "mmap", zh = "内存映射" } ]
"""


def test_an_essay_has_no_key_and_waits_for_a_person(course: Make, answered: Make) -> None:
    room = course(1)
    essay = dict(thawed(room.record, "s1000"))["q3"]
    assert essay.asked() == {}
    assert essay.mistakes() == {}
    question = read_sheet(answered(room, "s1000").encode()).questions[2]
    (part,) = check(essay, question.values).parts
    assert part.outcome is Outcome.WAITS
    assert part.given == "Because most pages are never written."


def test_topics_are_drawn_and_told_in_the_readers_language(course: Make) -> None:
    room = course(1, hand_out=False)
    file = room.folder / "exercises" / "why-cow.toml"
    text = file.read_text("utf-8").replace("[space]\n", TOPICS)
    text = text.replace("written?", "written? Take $topic.").replace(
        "复制？", "复制？以 $topic 为例。"
    )
    file.write_text(text, "utf-8")
    found = resolve(room.course, QuestionSetting("os101/why-cow"))
    drawn = [draw(found, f"AAAA-AAA{letter}") for letter in "ABCDEFGHJK"]
    assert {str(v.params.topic) for v in drawn} == {"fork", "exec", "mmap"}
    again = thaw(found, json.loads(json.dumps(freeze(drawn[0]))))
    assert again.params == drawn[0].params
    assert f"Take {drawn[0].params.topic.en}." in str(statement(again))
    set_language("zh")
    assert f"以 {drawn[0].params.topic.zh} 为例" in str(statement(again))


def test_a_statement_that_names_a_topic_where_there_is_none_is_said_at_preview(
    course: Make, oslab: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(1, hand_out=False)
    monkeypatch.chdir(room.folder)
    file = room.folder / "exercises" / "why-cow.toml"
    text = (
        file.read_text("utf-8")
        .replace("written?", "written? $topic")
        .replace("复制？", "复制？$topic")
    )
    file.write_text(text, "utf-8")
    shown = oslab("course", "preview", "hw1", "--variants", "3")
    assert shown.code == 1
    assert "nothing fills $topic" in shown.out


def test_the_plugin_check_asks_for_no_catalogue_of_essays(oslab: Make) -> None:
    checked = oslab("plugin", "check", "grader")
    assert (checked.code, "FAIL" in checked.out) == (0, False)
