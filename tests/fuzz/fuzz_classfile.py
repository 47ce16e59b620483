"""Read mutated class files for as long as is asked: ``python tests/fuzz/fuzz_classfile.py --seconds 60``.

Starts from a written class file and the committed nasty ones, changes bytes, lines and words at random and
checks what must hold for any bytes. Stops at the first that breaks it, after writing it to a file.
"""

from __future__ import annotations

import random
import runpy
import sys
import tempfile
from pathlib import Path

from oslab.errors import InputError, harmless
from oslab.exercise.sheet import NotASheet
from oslab.homework.classfile import class_file_text, example, matches, read_class_file
from oslab.homework.due import due_text
from oslab.homework.ids import is_id
from oslab.homework.needs import missing
from oslab.quantities import printable

TESTS = Path(__file__).parent.parent
NASTY = TESTS / "homework" / "nasty"
SLOW = 2.0
WORDS = [
    "[[questions]]\n", "[questions.entry]\n", "[questions.entry.space]\n", "name = ", "{ en = \"a\", zh = \"b\" }",
    "s[0-9]{4}", "[a-z]{0,64}", "{64}", "\\\\d", "(a+)+", "../", "Europe/Zurich", "2026-03-29T02:30:00", "8/3",
    "q1", "q999", "os101/x", "1..100000", "\\u202e", "\\u001b[2J", "[sheet]\n", "x @ https://e.example/x",
]  # fmt: skip


def survive(data: bytes, file: Path) -> None:
    """Read any bytes as a class file: a message that is short and says which file, or a class file that
    is safe to show, to ask by and to write again."""
    file.write_bytes(data)
    try:
        found = read_class_file(file)
    except InputError as error:
        check_message(error)
        return
    for text in (found.heading, due_text(found), example(found.student_id)):
        assert printable(text) == text
        assert "\n" not in text
    assert is_id(found.name)
    assert not matches(found.student_id, "a" * 65)
    missing(found)
    file.write_text(class_file_text(found), "utf-8")
    assert read_class_file(file) == found


def check_message(error: InputError) -> None:
    text = harmless(str(error))
    assert isinstance(error, NotASheet) or "class.oslab.toml" in text
    assert all(len(line) < 600 for line in text.split("\n"))
    assert text.count("\n") <= 21


def main() -> int:
    from loop import fuzz

    sheets = runpy.run_path(str(Path(__file__).parent / "fuzz_sheet.py"))
    mutated = sheets["mutated"]
    sheets["WORDS"] += WORDS
    starts = [path.read_bytes() for path in sorted(NASTY.glob("*.toml"))]
    good = (NASTY / "good.toml").read_bytes()

    def make(rng: random.Random) -> bytes:
        found: bytes = mutated(rng, good if rng.random() < 0.8 else rng.choice(starts))
        return found

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "class.oslab.toml"
        return fuzz(__doc__, "class-file", ".toml", make, lambda data, _: survive(data, file), SLOW)


if __name__ == "__main__":
    sys.exit(main())
