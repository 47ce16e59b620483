"""One upload on a platform: whose it is, its marks, what is said of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from oslab.errors import harmless
from oslab.plugins import words_for
from oslab_grader.autograder.bundle import RECORD, Settings, token
from oslab_grader.autograder.upload import Upload
from oslab_grader.handout.record import Head, Record
from oslab_grader.intake.attempts import digest_of
from oslab_grader.marking.local import feedback_all, mark_all
from oslab_grader.marking.result import MarkedPart, Result, Task

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


def judge(
    bundle: Path, upload: Upload | str, settings: Settings, known_as: Sequence[str]
) -> Verdict:
    """Mark an upload, or say why it has none (a text instead of it).

    `known_as` is what the platform says of who uploaded it, one or (a group) several; none: the platform
    says nothing, and the number in the sheet is believed.
    """
    record = Record(bundle / RECORD)
    words = words_for("grader")

    def refused(key: str, **values: object) -> Verdict:
        return Verdict(record.head, settings, words["autograder", key](values))

    if isinstance(upload, str):
        return Verdict(record.head, settings, upload)
    number = upload.sheet.header.get("student", "")
    names = known_as or ([number] if number else [])
    owners = [t for t in (token(settings.secret, name) for name in names) if t in record]
    if not owners:
        return refused("unknown" if known_as else "no-number")
    if number:
        # In a group everybody may have a variant of their own: the sheet's is meant.
        bearer = token(settings.secret, number)
        owners = [owner for owner in owners if bearer in settings.numbers.get(owner, ())]
    if not owners:
        return refused("other-sheet")
    task = Task(
        head=str(record.file),
        share=record.line(owners[0]).decode(),
        sheet=str(upload.file),
        digest=digest_of(upload.data),
        alternatives={},
        file=upload.file.name,
    )
    (result,) = mark_all([task], workers=1, seconds=SECONDS)
    if result["refused"]:
        # The file was read here, so it is not to blame. Staff see this stream, students do not.
        print(harmless(f"oslab: {result['reason']}"), file=sys.stderr)
        return refused("stopped")
    said = feedback_all([task], settings.language, settings.feedback, workers=1, seconds=SECONDS)
    return Verdict(record.head, settings, "", result, next(said))
