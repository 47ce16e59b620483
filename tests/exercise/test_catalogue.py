"""Catalogue files: everything wrong is named with its place and what would be right."""

from __future__ import annotations

import pytest

from oslab.errors import InputError
from oslab.exercise.catalogue import bind, exercise, read_entry, source, sources

GOOD = """
problem = "paging.replace"
difficulty = 2
title = { en = "FIFO by hand", zh = "手工模拟 FIFO" }
objective = { en = "o", zh = "o" }
statement = { en = "$frames frames", zh = "$frames 个页框" }
[space]
policy = "fifo"
frames = [3, 4]
references = { length = "10..14", pages = "5..7" }
[[answer]]
name = "steps"
points = 6
"""


def fault(text: str) -> str:
    with pytest.raises(InputError) as error:
        bind("my/exercise", read_entry(text.encode(), "my/exercise"))
    return str(error.value)


def test_a_good_file_binds_to_its_problem_type() -> None:
    found = bind("my/exercise", read_entry(GOOD.encode(), "my/exercise"))
    assert found.entry.points == 6
    assert found.version == "paging.replace/1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"paging.replace"', '"paging.replase"', 'no problem type "paging.replase" (did you mean'),
        ("difficulty = 2", "difficulty = 6", "difficulty is 6; one of 1, 2, 3, 4, 5 expected"),
        ('zh = "手工模拟 FIFO"', 'zh = ""', 'title must be { en = "…", zh = "…" }'),
        ("difficulty", "dificulty", 'no such key (did you mean "difficulty"?)'),
        ("frames = [3, 4]", 'frames = ["three"]', 'space.frames[0] is "three"'),
        ('policy = "fifo"', 'polcy = "fifo"', "space.polcy: no such key"),
        ('name = "steps"', 'name = "stes"', 'has no answer "stes" (did you mean "steps"?)'),
        ("points = 6", "points = 0", "points must be more than 0"),
        ("points = 6", 'points = 6\ncredit = "cells"', 'answer[0].credit is "cells"'),
        ('zh = "$frames 个页框"', 'zh = "$frame 个"', "different $placeholders"),
        ("$frames frames", "5 $ frames", "stray $"),
        ("[space]", 'required = ["lru-for-fifa"]\n[space]', 'models no mistake "lru-for-fifa"'),
        ('problem = "paging', "problem = paging", "my/exercise.toml:"),
    ],
)
def test_a_fault_is_named_with_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in fault(GOOD.replace(old, new))


def test_all_faults_are_said_at_once() -> None:
    text = GOOD.replace("frames = [3, 4]", 'frames = "x"').replace('"steps"', '"stes"')
    assert len(fault(text).splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("paging/replace-fif", 'did you mean "paging/replace-fifo"'),
        ("replace-fifo", 'did you mean "paging/replace-fifo"'),
        ("nosuch/thing", "no plugin nosuch is installed"),
        ("paging/../../etc/passwd", "no exercise"),
        ("paging/", "no exercise"),
    ],
)
def test_an_exercise_there_is_not_names_the_nearest(name: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        source(name)
    assert said in str(error.value)


@pytest.mark.parametrize("name", list(sources()))
def test_every_catalogue_file_binds(name: str) -> None:
    assert exercise(name).id == name
