"""No zip leaves attempts/, ends the batch, or hands in for somebody else."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

HOSTILE = Path(__file__).parents[2] / "hostile"
CORPUS: dict[str, Any] = runpy.run_path(str(HOSTILE / "zips.py"))
SURVIVAL: dict[str, Any] = runpy.run_path(str(HOSTILE / "intake_survival.py"))
ZIPS: dict[str, tuple[set[str] | None, Callable[[], bytes]]] = CORPUS["ZIPS"]


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_zip_costs_only_its_bad_entries(name: str, tmp_path: Path) -> None:
    expected, make = ZIPS[name]
    found = SURVIVAL["survive"](make(), tmp_path)
    assert (found and found.students) == expected


@pytest.mark.parametrize("name", [n for n, (who, _) in ZIPS.items() if who == {"s1042"}])
def test_what_a_hostile_zip_hands_in_for_another_is_listed(name: str, tmp_path: Path) -> None:
    _, make = ZIPS[name]
    found = SURVIVAL["survive"](make(), tmp_path)
    kept = SURVIVAL["kept"](SURVIVAL["course_in"](tmp_path / "course"))
    assert kept == {"s1042": [CORPUS["SHEET"]]}
    assert found.troubles or name in HONEST


HONEST = {
    "sound", "backslashes for slashes", "other name inside", "GBK", "code page 437", "zip64",
    "sizes after the data", "claims to hold none", "claims to hold many",
}  # fmt: skip


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_zip_of_one_student_is_theirs_alone(name: str, tmp_path: Path) -> None:
    data = CORPUS["zip_of"]({"s1017/hw1.zip": ZIPS[name][1](), "s1203.toml": CORPUS["SHEET"]})
    found = SURVIVAL["survive"](data, tmp_path)
    assert found.students == {"s1017", "s1203"}


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_zip_is_refused_or_read_in_part(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = CORPUS["zip_of"](CORPUS["CLASSES"][data.draw(st.sampled_from(list(CORPUS["CLASSES"])))])
    at = data.draw(st.integers(0, len(whole)))
    piece = data.draw(st.binary(max_size=6))
    damaged = whole[:at] + piece + whole[at + data.draw(st.integers(0, 40)) :]
    lms = data.draw(st.sampled_from(["none", "canvas"]))
    SURVIVAL["survive"](damaged, tmp_path_factory.mktemp("fuzz"), lms=lms)
