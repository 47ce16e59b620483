"""Sheets of real exercises, answered as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from oslab.conformance.suite import through_sheet, written
from oslab.exercise.catalogue import exercise
from oslab.exercise.checking import Marked
from oslab.exercise.practice import question
from oslab.exercise.variant import Variant, draw
from oslab.exercise.writing import fill_sheet, write_sheet

CODE = "7QK4-M2XD"


@pytest.fixture
def fifo() -> Variant:
    """FIFO by hand, one fixed variant."""
    return draw(exercise("paging/replace-fifo"), CODE)


@pytest.fixture
def mark() -> Callable[[Variant, Mapping[str, Any]], Marked]:
    """Answers written into a real sheet, read as TOML and checked."""
    return through_sheet


@pytest.fixture
def answered() -> Callable[..., str]:
    """The text of a sheet with the key's answers, `changes` put in their place."""

    def make(variant: Variant, **changes: Any) -> str:
        answers = {**variant.asked(), **changes}
        text = write_sheet([question(variant)], {}, "en")
        cells = {("q1", name): written(variant, name, value) for name, value in answers.items()}
        return fill_sheet(text, cells)

    return make
