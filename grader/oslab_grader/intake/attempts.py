"""Attempts: what was handed in, kept as it came.

``attempts/ASSIGNMENT/`` holds two kinds of files, neither ever changed: ``SHA256.sheet``, the bytes of an
upload named by their hash; and ``STUDENT.DIGEST.json``, who handed which of them in, when, under which
name. The content of each follows from its name, so the folders of two assistants merge by copying.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from oslab.errors import InputError, one_line

# One byte more than the largest sheet is kept of a file that is too large, to say so again.
from oslab.exercise.decoding import LIMIT
from oslab.exercise.reading import read_bytes
from oslab.files import replace_file
from oslab_grader.intake import canvas, moodle

Source = str  # "canvas", "moodle", "gradescope", "path", "repair"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HALF = re.compile(r"\..*\.(?:sheet|json)-[a-z0-9_]{8}")
_MOST_NOTE = 2**16


@dataclass(frozen=True)
class Attempt:
    """One upload of one student.

    sheet     SHA-256 of its bytes, in hex
    time      when the LMS received it, aware; None where nobody says
    late      what the LMS says of it; None where it says nothing
    order     a number of the LMS that grows with time (Canvas's file id); 0: there is none
    file      the name it came under
    told      0: the time is the LMS's; else a person's (``--times``), who corrected it so many times
    """

    student: str
    sheet: str
    time: datetime | None = None
    late: bool | None = None
    order: int = 0
    file: str = ""
    source: Source = "path"
    told: int = 0

    @property
    def own_name(self) -> str:
        """The path the student gave the file, without what the LMS puts before it: their name."""
        return own_name(self.file, self.source, self.order)


def own_name(file: str, source: Source, order: int) -> str:
    """The same of a name that is not kept yet."""
    if source == "canvas":
        return canvas.own_name(file, order)
    return moodle.own_name(file) if source == "moodle" else file


def earliest(attempt: Attempt) -> tuple[float, int, str, str]:
    """The place of an upload among those of a student or a team."""
    time = attempt.time.timestamp() if attempt.time else 0.0
    return time, attempt.order, attempt.sheet, attempt.student


class Kept(NamedTuple):
    """What of an upload was not there already: its bytes; that this student handed them in so."""

    sheet: bool
    note: bool


def keep(folder: Path, data: bytes, attempt: Attempt, durable: bool = True) -> Kept:
    """Keep an upload; `folder` is the assignment's.

    `durable`: it is on the disk before this returns. Of thousands, wait once: `flush` after the last.
    """
    data = data[: LIMIT + 1]
    assert attempt.sheet == digest_of(data)
    if not folder.is_dir():
        try:
            for private in (folder.parent, folder):
                private.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise InputError(f"cannot make {folder}: {error.strerror}") from None
    body = _body(attempt)
    return Kept(
        _put(folder / f"{attempt.sheet}.sheet", data, durable),
        _put(folder / _note(attempt.student, body), body, durable),
    )


def remove_abandoned(folder: Path, older: float = 0.0) -> None:
    """Remove what a run that was killed has left half written: whoever may be at work still has none that is
    `older` than so many seconds."""
    for file in folder.glob(".*-????????"):
        with suppress(OSError):
            if _HALF.fullmatch(file.name) and time.time() - file.stat().st_mtime >= older:
                file.unlink()


def flush() -> None:
    """See to it that what was kept is on the disk."""
    if hasattr(os, "sync"):
        os.sync()


def _put(file: Path, data: bytes, durable: bool) -> bool:
    """Write a file whose name says what is in it, unless that is there. One that a power cut left empty
    or torn is written anew."""
    try:
        if file.exists() and read_bytes(file) == data:
            return False
    except InputError:
        pass
    replace_file(file, data, durable=durable)
    return True


def _note(student: str, body: bytes) -> str:
    return f"{student}.{sha256(body).hexdigest()[:16]}.json"


def digest_of(data: bytes) -> str:
    """The name of an upload's bytes."""
    return sha256(data[: LIMIT + 1]).hexdigest()


def bytes_of(folder: Path, sheet: str) -> bytes:
    """The bytes of an upload. Raises InputError when they are gone or damaged (a torn disk)."""
    try:
        data = read_bytes(folder / f"{sheet}.sheet")
    except InputError as error:
        raise InputError(f"{folder.name}: {error} Grade the files it came in again.") from None
    if digest_of(data) != sheet:
        raise InputError(
            f"{folder.name}/{sheet[:12]}… is damaged; grade the files it came in again"
        )
    return data


def notes_in(folder: Path) -> Sequence[Path]:
    """The files that say who handed in what."""
    return sorted(p for p in folder.glob("*.json") if not p.name.startswith("."))


def attempts_of(folder: Path) -> Mapping[str, Sequence[Attempt]]:
    """Every student's attempts, the earliest first; what is known of one upload is put together.

    Raises InputError naming a file that cannot be read.
    """
    found: dict[str, dict[str, Attempt]] = defaultdict(dict)
    for file in notes_in(folder):
        attempt = _read(file)
        known = found[attempt.student].get(attempt.sheet)
        found[attempt.student][attempt.sheet] = together(known, attempt) if known else attempt
    return {who: sorted(known.values(), key=earliest) for who, known in sorted(found.items())}


def together(one: Attempt, other: Attempt) -> Attempt:
    """What two notes say of one upload, whichever is read first: the name with the smallest number; the
    time that was corrected most often, of several the earliest."""
    told = max(one.told, other.told)
    times = [a.time for a in (one, other) if a.time and a.told == told]
    said = [a.late for a in (one, other) if a.late is not None]
    return replace(
        min(one, other, key=lambda a: (not a.order, a.order, a.file, a.source)),
        time=min(times, default=None),
        late=all(said) if said else None,
        told=told,
    )


def _body(attempt: Attempt) -> bytes:
    body: dict[str, object] = {
        "student": attempt.student,
        "sheet": attempt.sheet,
        "time": attempt.time.isoformat() if attempt.time else None,
        "late": attempt.late,
        "order": attempt.order,
        "file": attempt.file,
        "source": attempt.source,
    }
    if attempt.told:
        body["told"] = attempt.told
    return json.dumps(body, sort_keys=True, indent=1).encode() + b"\n"


def _read(file: Path) -> Attempt:
    try:
        data = read_bytes(file, _MOST_NOTE)
        attempt = _attempt(json.loads(data))
        if file.name != _note(attempt.student, data):
            raise ValueError("what is in it does not fit its name")
    except (InputError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file.parent.name}/{one_line(file.name)} cannot be read: {one_line(str(error))}; delete it, "
            "and grade the files it came in again"
        ) from None
    return attempt


def _attempt(body: Any) -> Attempt:
    """The attempt in a note. Raises ValueError, LookupError or TypeError for what `_body` did not write."""
    time, late, order, told = body["time"], body["late"], body["order"], body.get("told", 0)
    found = Attempt(
        body["student"],
        body["sheet"],
        datetime.fromisoformat(time) if time else None,
        late,
        order,
        body["file"],
        body["source"],
        told,
    )
    numbers = type(order) is int and type(told) is int and 0 <= order < 10**18
    texts = isinstance(found.file, str) and isinstance(found.source, str)
    known = late in (None, True, False) and (found.time is None or found.time.tzinfo is not None)
    if not (numbers and texts and known and _DIGEST.fullmatch(found.sheet)):
        raise ValueError("it is none that oslab wrote")
    return found
