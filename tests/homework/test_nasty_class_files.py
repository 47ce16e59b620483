"""The committed nasty class files, and some mutations of a good one; tests/fuzz/fuzz_classfile.py goes on."""

from __future__ import annotations

import random
import runpy
from pathlib import Path

import pytest

from oslab.errors import InputError
from oslab.homework.classfile import read_class_file

FUZZ = Path(__file__).parent.parent / "fuzz"
NASTY = sorted((Path(__file__).parent / "nasty").glob("*.toml"))
READABLE = {"good", "escapes", "pattern", "summer-time", "utf-16"}
survive = runpy.run_path(str(FUZZ / "fuzz_classfile.py"))["survive"]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda path: path.stem)
def test_a_nasty_class_file_is_read_or_refused(nasty: Path, tmp_path: Path) -> None:
    survive(nasty.read_bytes(), tmp_path / "class.oslab.toml")
    if nasty.stem in READABLE:
        assert read_class_file(nasty).name == "hw1"
    else:
        with pytest.raises(InputError):
            read_class_file(nasty)


def test_mutated_class_files_are_read_or_refused(tmp_path: Path) -> None:
    mutated = runpy.run_path(str(FUZZ / "fuzz_sheet.py"))["mutated"]
    rng = random.Random(5)
    good = (Path(__file__).parent / "nasty" / "good.toml").read_bytes()
    for _ in range(150):
        survive(mutated(rng, good), tmp_path / "class.oslab.toml")
