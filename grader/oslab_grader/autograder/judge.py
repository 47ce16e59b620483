"""One upload on a platform: which of its files is the sheet, whose it is, its marks, what is said of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.reading import looks_like_sheet, read_bytes, read_sheet
from oslab.plugins import words_for
from oslab_grader.autograder.bundle import RECORD, Settings, token
from oslab_grader.handout.record import Head, Record
from oslab_grader.intake.attempts import digest_of
from oslab_grader.marking.local import mark_all
from oslab_grader.marking.mark import feedback_of
from oslab_grader.marking.result import MarkedPart, Result, Task

MOST_FILES = 1000
SECONDS = 60


@dataclass(frozen=True)
class Verdict:
    """What an autograder says of an upload.

    message   why there are no marks, for the student; empty where there are
    feedback  question → lines; never the key
    """

    head: Head
    settings: Settings
    message: str = ""
    result: Result | None = None
    feedback: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def earned(self) -> Fraction:
        """Points that need no person."""
        return sum((earned_in(part) for part in self.parts()), Fraction(0))

    def parts(self) -> Sequence[MarkedPart]:
        """The marks of each question; none where the upload has no marks."""
        return self.result["questions"] if self.result else ()


def earned_in(part: MarkedPart) -> Fraction:
    """What a question earns for now: nothing while something in it cannot be read."""
    return Fraction(0) if part["unreadable"] or part["fault"] else Fraction(part["earned"])


def judge(bundle: Path, submission: Path, settings: Settings, known_as: Sequence[str]) -> Verdict:
    """Mark the sheet in a folder of uploaded files.

    `known_as` is what the platform says of who uploaded it, one or (a team) several; none: the platform
    says nothing, and the number in the sheet is believed.
    """
    record = Record(bundle / RECORD)
    words = words_for("grader")

    def refused(key: str, **values: object) -> Verdict:
        return Verdict(record.head, settings, words["autograder", key](values))

    sheets = dict(_sheets(submission))
    ours = {f: a for f, a in sheets.items() if a in ("", record.head.assignment)}
    if not sheets:
        return refused("no-sheet")
    if not ours:
        return refused("other-assignment", given=next(iter(sheets.values())))
    if len(ours) > 1:
        return refused("several", files=", ".join(sorted(f.name for f in ours)))
    (file,) = ours
    data = read_bytes(file)
    number = read_sheet(data, file.name).header.get("student", "")
    names = known_as or ([number] if number else [])
    owner = next((t for t in (token(settings.secret, n) for n in names) if t in record), "")
    if not owner:
        return refused("unknown" if known_as else "no-number")
    numbers = {settings.numbers.get(token(settings.secret, name), "") for name in names}
    if number and token(settings.secret, number) not in numbers:
        return refused("other-sheet")
    task = Task(
        head=str(record.file),
        share=record.line(owner).decode(),
        sheet=str(file),
        digest=digest_of(data),
        alternatives={},
        file=file.name,
    )
    (result,) = mark_all([task], workers=1, seconds=SECONDS)
    if result["refused"]:
        return refused("unreadable", reason=result["reason"])
    feedback = feedback_of(task, settings.language, settings.feedback)
    return Verdict(record.head, settings, "", result, feedback)


def _sheets(folder: Path) -> Iterator[tuple[Path, str]]:
    """The sheets below a folder with the assignment each says it is of; links are not followed."""
    seen = 0
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")))
        for name in sorted(names):
            seen += 1
            if seen > MOST_FILES:
                return
            file = Path(path, name)
            with suppress(InputError, OSError):
                data = read_bytes(file)
                if looks_like_sheet(data):
                    yield file, read_sheet(data, name).header.get("assignment", "")
