"""Repairing an upload that cannot be read: a copy is mended, and read in its place. Both are kept."""

from __future__ import annotations

from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.decoding import LIMIT, decode
from oslab.exercise.practice import as_argument, editor
from oslab.exercise.reading import read_bytes
from oslab.exercise.sheet import NotASheet
from oslab.files import replace_file
from oslab.plugins import words_for
from oslab_grader.book.book import Book
from oslab_grader.book.grades import Handed
from oslab_grader.book.student import reason_of, unreadable
from oslab_grader.course.model import Course
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt, bytes_of, digest_of
from oslab_grader.marking.result import Task


def broken(book: Book, assignment: str, handed: Handed, student: str, repaired: bool) -> Attempt:
    """The upload to repair: the latest that cannot be read; `repaired`: the latest that was repaired.

    Raises InputError where there is none.
    """
    if repaired:
        mended = [
            a
            for a in handed.attempts
            if any(d.value for d in book.decisions.heads(
                ("repair", assignment, a.student, "", a.sheet)))
        ]  # fmt: skip
        if mended:
            return mended[-1]
        raise InputError(f"nothing of {student} in {assignment} was repaired")
    found = unreadable(book, assignment, handed, also_settled=True)
    if found:
        return found[-1]
    if not handed.attempts:
        raise InputError(f"{student} has handed in nothing for {assignment}")
    raise InputError(
        f"everything {student} handed in for {assignment} is readable; "
        f"to change points: oslab gradebook override {assignment} {student} QUESTION POINTS"
    )


def draft(course: Course, assignment: str, attempt: Attempt) -> Path:
    """The copy that is mended: made from the upload, or the one there is from the last try."""
    file = course.out / f"repair-{assignment}-{attempt.student}-{attempt.sheet[:8]}.toml"
    if not file.exists():
        data = bytes_of(course.attempts(assignment), attempt.sheet)
        course.out.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(file, _text(data).encode())
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _text(data: bytes) -> str:
    """An upload as text to be mended; what is no text at all is shown as far as it goes."""
    try:
        return decode(data)[0]
    except NotASheet:
        return data[:LIMIT].decode("utf-8", "replace").replace("\0", "")


def edit(file: Path) -> None:
    """Open the copy in the editor, and wait. Raises InputError where it does not start, or stops with an
    error: a crash, or `:cq` of vi, which says no."""
    import subprocess

    command = editor()
    try:
        code = subprocess.run([*command, as_argument(file)], check=False).returncode
    except (OSError, ValueError):
        missing = words_for("grader")["decide", "editor-missing"]
        raise InputError(missing(editor=" ".join(command), file=file)) from None
    if code:
        stopped = words_for("grader")["decide", "editor-stopped"]
        raise InputError(stopped(editor=" ".join(command), code=code, file=file))


def changes(course: Course, assignment: str, attempt: Attempt, copy: Path) -> tuple[str, str]:
    """The upload as it came, and as it was mended, as texts. Raises InputError when one is not there."""
    before = bytes_of(course.attempts(assignment), attempt.sheet)
    return _text(before), _text(_bytes(copy))


def _bytes(copy: Path) -> bytes:
    try:
        return read_bytes(copy)
    except NotASheet as error:
        raise InputError(str(error.note)) from None


def still_broken(record: Record, owner: str, copy: Path) -> str:
    """What of the mended copy cannot be read, or "". `owner`: whose variant it is."""
    from oslab_grader.marking.mark import mark_task

    data = _bytes(copy)
    task = Task(
        head=str(record.file),
        share=record.line(owner).decode(),
        sheet=str(copy),
        digest=digest_of(data),
        alternatives={},
        file=copy.name,
    )
    result = mark_task(task)
    faults = (f"{part['name']}: {part['fault']}" for part in result["questions"] if part["fault"])
    return reason_of(result) or next(faults, "")


def keep_repair(course: Course, assignment: str, copy: Path) -> str:
    """Keep the mended bytes among the uploads; returns what they are called."""
    data = _bytes(copy)
    name = digest_of(data)
    blob = course.attempts(assignment) / f"{name}.sheet"
    if not blob.exists():
        replace_file(blob, data[: LIMIT + 1])
    return name
