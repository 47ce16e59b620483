"""A class to try the grader on: a gradebook as Canvas exports it, and a zip of submissions as Canvas packs it.

Everybody does something: most are right, some are late, make a known mistake, slip, leave things open, hand
in a Word file, a file cut off, one in another encoding, or somebody else's. What each student does follows
from the number, so that the same class comes out each time.

    python examples/simulated_class.py gradebook 300 > Grades-OS101.csv
    python examples/simulated_class.py submissions handout/hw1/hw1.oslab.toml 300 submissions.zip
"""

from __future__ import annotations

import csv
import io
import random
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslab.conformance.suite import written
from oslab.exercise.variant import Variant
from oslab.exercise.writing import fill_sheet
from oslab.homework.classfile import ClassFile, read_class_file
from oslab.homework.personal import personal_variants, sheet_text

FAMILY = (
    "Chen",
    "Müller",
    "O'Neil",
    "García",
    "de Vries",
    "王",
    "Lee, Jr",
    "Ōno",
    "=SUM(A1)",
    "Kaya",
)
GIVEN = ("Ming", "Ana", "Ben", "Sofía", "Jan", "小明", "Kim", "Yuki", "@eve", "Deniz")
ESSAYS = (
    "Frames are shared until a write faults; then the kernel copies the page.",
    "Both map the same frame read-only; the first write gets a new frame.",
    "Because copying everything at once would be slow.",
)

# The behaviours that are not simply right, each as often as written here in 60 students.
ODD = (
    *["mistaken"] * 8,
    *["slip"] * 6,
    *["half"] * 4,
    *["late"] * 3,
    *["nothing"] * 3,
    "blank",
    "broken",
    "cut-off",
    "word-file",
    "renamed",
    "utf-8-mark",
    "windows",
    "full-width",
    "curly",
    "mistyped",
    "swapped",
    "swapped",
    "anonymous",
)


# Who does what is spread over the class: the behaviour at place p of 60 is that of student 13 p.
_SPREAD, _BACK = 37, 13


@dataclass(frozen=True)
class Student:
    """One of the class. `canvas` is the number by which Canvas knows them."""

    id: str
    name: str
    canvas: str
    section: str
    does: str


def class_of(size: int) -> Sequence[Student]:
    """The class: student numbers from s1000 on."""
    return [
        Student(
            f"s{1000 + i}",
            f"{FAMILY[i % 10]}, {GIVEN[i // 10 % 10]} {i}",
            str(88000 + 7 * i),
            "AB"[i % 2],
            _does(i),
        )
        for i in range(size)
    ]


def _does(i: int) -> str:
    place = i * _SPREAD % 60
    return ODD[place] if place < len(ODD) else "right"


def gradebook(students: Sequence[Student], titles: Sequence[tuple[str, str]]) -> str:
    """The gradebook as Canvas exports it, with a column for each (title, points) and no grades yet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"{title} ({48213 + i})" for i, (title, _) in enumerate(titles)]
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns, "Final Score"]
    writer.writerow(head)
    points = [p for _, p in titles]
    writer.writerow(["    Points Possible", "", "", "", "", *points, "(read only)"])
    for s in students:
        blank = [""] * len(columns)
        writer.writerow([s.name, s.canvas, f"9{s.canvas}", s.id, s.section, *blank, ""])
    writer.writerow(["Student, Test", "99999", "", "f00ba4", "A", *[""] * len(columns), ""])
    return out.getvalue()


def submissions(content: ClassFile, students: Sequence[Student], seed: int = 1) -> bytes:
    """The zip that Canvas gives out for the assignment: each student's newest upload."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, student in enumerate(students):
            data = upload(content, students, i, random.Random(seed * 1_000_003 + i))
            if data is None:
                continue
            plain = "".join(c for c in student.name.lower() if c.isalnum()) or "student"
            late = "_LATE" if student.does == "late" else ""
            name = {"word-file": "report.docx", "renamed": "hw1.toml.txt"}.get(
                student.does, "hw1.toml"
            )
            entry = zipfile.ZipInfo(f"{plain}{late}_{student.canvas}_{700000 + i}_{name}")
            archive.writestr(entry, data)
        archive.writestr("visitorperson_12345_799999_hw1.toml", b"[sheet]\nformat = 1\n")
    return out.getvalue()


def upload(
    content: ClassFile, students: Sequence[Student], i: int, rng: random.Random
) -> bytes | None:
    """What a student hands in; None: nothing."""
    student = students[i]
    text = sheet(content, _made_for(students, i), student.does, rng)
    match student.does:
        case "nothing":
            return None
        case "broken":
            return text.replace("\n'''\n", "\n", 1).encode()
        case "cut-off":
            return b"\xff\xfe" + text.encode("utf-16-le")[:-1]
        case "word-file":
            return b"PK\x03\x04" + bytes(26) + b"word/document.xml" + bytes(200)
        case "utf-8-mark":
            return b"\xef\xbb\xbf" + text.encode()
        case "windows":
            return text.replace("\n", "\r\n").encode("utf-16")
        case "curly":
            return text.replace('= ""', "= “”").encode()
        case "full-width":
            return _full_width(text).encode()
        case "anonymous":
            lines = [line for line in text.split("\n") if not line.startswith("student = ")]
            return "\n".join(lines).encode()
    return text.encode()


def _full_width(text: str) -> str:
    """The tables as a Chinese keyboard writes them: bars and digits of full width."""
    wide = str.maketrans("|0123456789", "｜０１２３４５６７８９")
    lines = text.split("\n")
    return "\n".join(
        line.translate(wide) if line.lstrip()[:1].isdigit() else line for line in lines
    )


def _made_for(students: Sequence[Student], i: int) -> str:
    """Whose sheet a student answers: the own, but for exchanged files and mistyped numbers."""
    if students[i].does == "mistyped":
        return students[(i + 30) % len(students)].id
    if students[i].does == "swapped":
        for j in (i - _BACK, i + _BACK):
            if 0 <= j < len(students) and students[j].does == "swapped":
                return students[j].id
    return students[i].id


def sheet(content: ClassFile, number: str, does: str, rng: random.Random) -> str:
    """The sheet of a student number, answered."""
    variants = personal_variants(content, number)
    given: dict[tuple[str, str], Any] = {}
    if does != "blank":
        for at, (name, variant) in enumerate(variants):
            if does == "half" and at % 2:
                continue
            for answer, value in answers(variant, does, rng).items():
                given[name, answer] = value
    return fill_sheet(sheet_text(content, variants, number), given)


def answers(variant: Variant, does: str, rng: random.Random) -> Mapping[str, Any]:
    """The answers to one question, as a student writes them."""
    found = dict(variant.asked())
    mistakes = variant.mistakes()
    if does == "mistaken" and mistakes and rng.random() < 0.7:
        found.update(mistakes[rng.choice(sorted(mistakes))])
    texts = {name: written(variant, name, value) for name, value in found.items()}
    for asked in variant.exercise.entry.answer:
        if asked.name not in found:
            texts[asked.name] = rng.choice(ESSAYS)
        elif does == "slip" and isinstance(texts[asked.name], list):
            rows = texts[asked.name]
            row = rng.randrange(len(rows))
            rows[row] = rows[rng.randrange(len(rows))]
    return texts


def main(arguments: Sequence[str]) -> None:
    """Write what is asked for."""
    commands: Mapping[str, Callable[..., None]] = {
        "gradebook": _gradebook,
        "submissions": _submissions,
    }
    commands[arguments[0]](*arguments[1:])


def _gradebook(size: str) -> None:
    sys.stdout.write(gradebook(class_of(int(size)), [("Homework 1", "20")]))


def _submissions(class_file: str, size: str, target: str) -> None:
    content = read_class_file(Path(class_file))
    Path(target).write_bytes(submissions(content, class_of(int(size))))


if __name__ == "__main__":
    main(sys.argv[1:])
