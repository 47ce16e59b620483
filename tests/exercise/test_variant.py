"""Variants: reproducible, well posed, recorded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from oslab import Choose
from oslab.errors import InputError
from oslab.exercise.catalogue import exercise, sources
from oslab.exercise.variant import IllPosed, Variant, differ, draw, replay
from oslab.plugins import PluginError


def test_a_code_names_the_same_variant_every_time(fifo: Variant) -> None:
    again = draw(exercise("paging/replace-fifo"), fifo.code)
    assert again.params == fifo.params
    assert again.key == fifo.key


def test_other_codes_draw_other_numbers(fifo: Variant) -> None:
    others = {draw(fifo.exercise, f"0000-000{c}").params for c in "123456789"}
    assert len(others) == 9


def test_a_record_gives_the_question_again_without_drawing(fifo: Variant) -> None:
    record = json.loads(json.dumps(fifo.record()))
    assert replay(fifo.exercise, record).key == fifo.key


def test_a_record_of_another_problem_type_is_refused(fifo: Variant) -> None:
    with pytest.raises(InputError, match=r"recorded with paging\.split"):
        replay(fifo.exercise, {**fifo.record(), "problem": "paging.split"})


def test_a_space_too_narrow_is_ill_posed_and_says_why(fifo: Variant) -> None:
    references = replace(fifo.exercise.space.references,
                         pages=Choose((2,)))  # fmt: skip
    narrow = replace(fifo.exercise, space=replace(fifo.exercise.space, references=references))
    with pytest.raises(IllPosed, match=r"paging/replace-fifo: no well-posed draw .*too narrow"):
        draw(narrow, fifo.code)


def test_a_mistake_with_other_rows_than_its_table_is_named(fifo: Variant) -> None:
    class Short(type(fifo.exercise.problem)):  # type: ignore[misc]
        def answers_to(self, p: Any) -> Any:
            answers = super().answers_to(p)
            return {**answers, "steps": answers["steps"][:-1]}

    said = r"paging\.replace: the mistake lru-for-fifo gives (\d+) rows for the table steps, which has (\d+)"
    with pytest.raises(PluginError, match=said) as refusal:
        draw(replace(fifo.exercise, problem=Short()), fifo.code)
    found = re.search(said, str(refusal.value))
    assert found
    assert int(found[1]) == int(found[2]) - 1


@pytest.mark.parametrize("name", list(sources()))
def test_required_mistakes_are_told_apart_in_every_draw(name: str) -> None:
    variant = draw(exercise(name), "7QK4-M2XD")
    mistakes = variant.mistakes()
    assert len(variant.exercise.required) >= 2
    for required in variant.exercise.required:
        assert differ(variant.exercise, variant.key, {**variant.key, **mistakes[required]})
