"""Progress is one file, replaced atomically; damaged or unwritable, practice goes on."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from oslab.exercise import progress as p
from oslab.exercise.progress import Attempted


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data" / "oslab"
    monkeypatch.setenv("OSLAB_DATA", str(folder))
    return folder


def test_what_is_saved_is_loaded(data: Path) -> None:
    tried = Attempted(checks=3, hints=1, solved=True, best=Fraction(9, 10))
    p.save(p.load().with_("paging/split", "AAAA-AAAA", tried))
    loaded = p.load()
    assert loaded.of("paging/split", "AAAA-AAAA") == tried
    assert loaded.solved("paging/split")
    assert loaded.best("paging/split") == Fraction(9, 10)
    assert [f.name for f in data.iterdir()] == ["progress.json"]


def test_nothing_is_remembered_at_first() -> None:
    assert not p.load().tried("paging/split")


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        '{"exercises": 3}',
        "[" * 100_000,
        '{"format": "x"}',
        "\x00",
        '{"exercises": {"a/b": {"X": {"best": "abc"}}}}',
        '{"exercises": {"a/b": {"X": {"hints": -1}}}}',
        '{"exercises": {"a/b": {"X": {"best": "1e999"}}}}',
        '{"exercises": {"a/b": {"X": {"best": "1/0"}}}}',
    ],
)
def test_a_damaged_file_is_put_aside_not_thrown_away(data: Path, damage: str) -> None:
    data.mkdir(parents=True)
    (data / "progress.json").write_text(damage)
    assert p.load() == p.Progress()
    assert (data / "progress.damaged.json").read_text() == damage
    (data / "progress.json").write_text(damage)
    p.load()
    assert (data / "progress.damaged-2.json").exists()


def test_a_folder_that_cannot_be_made_loses_nothing_but_memory(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.parent.mkdir(parents=True)
    data.write_text("a file where the folder should be")
    p.save(p.Progress().with_("a/b", "AAAA-AAAA", Attempted()))
    assert p.load() == p.Progress()
    assert data.read_text() == "a file where the folder should be"


def test_forgetting_one_exercise_keeps_the_others() -> None:
    both = p.Progress().with_("a/b", "X", Attempted()).with_("a/c", "X", Attempted())
    assert both.without("a/b").exercises.keys() == {"a/c"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_just_now_is_left_alone(data: Path) -> None:
    p.save(p.Progress().with_("a/b", "X", Attempted(solved=True)))
    (data / "progress.json").chmod(0)
    p.save(p.load().with_("a/c", "X", Attempted()))
    (data / "progress.json").chmod(0o600)
    assert p.load().solved("a/b")


def test_what_comes_next_is_in_the_topic_tried_last() -> None:
    both = p.Progress().with_("a/b", "X", Attempted()).with_("a/c", "X", Attempted())
    assert list(both.with_("a/b", "Y", Attempted()).exercises) == ["a/c", "a/b"]
