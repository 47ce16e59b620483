"""Attempts: what was handed in, kept as it came.

``attempts/ASSIGNMENT/`` holds two kinds of files, neither ever changed: ``SHA256.sheet``, the bytes of an
upload named by their hash; and ``STUDENT.DIGEST.json``, who handed which of them in, when, under which
name. The content of each follows from its name, so the folders of two assistants merge by copying.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from oslab.errors import InputError, one_line

# One byte more than the largest sheet is kept of a file that is too large, to say so again.
from oslab.exercise.decoding import LIMIT
from oslab.files import replace_file

Source = str  # "canvas", "moodle", "gradescope", "path", "repair"


@dataclass(frozen=True)
class Attempt:
    """One upload of one student.

    sheet     SHA-256 of its bytes, in hex
    time      when the LMS received it, aware; None where nobody says
    late      what the LMS says of it; None where it says nothing
    order     a number of the LMS that grows with time (Canvas's file id); 0: there is none
    file      the name it came under
    """

    student: str
    sheet: str
    time: datetime | None = None
    late: bool | None = None
    order: int = 0
    file: str = ""
    source: Source = "path"


def keep(folder: Path, data: bytes, attempt: Attempt, durable: bool = True) -> bool:
    """Keep an upload (`folder` is the assignment's). True when it was not there already.

    `durable`: it is on the disk before this returns. Of thousands, wait once: `flush` after the last.
    """
    data = data[: LIMIT + 1]
    assert attempt.sheet == digest_of(data)
    for private in (folder.parent, folder):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    body = _body(attempt)
    note = f"{attempt.student}.{sha256(body).hexdigest()[:16]}.json"
    _put(folder / f"{attempt.sheet}.sheet", data, durable)
    return _put(folder / note, body, durable)


def flush() -> None:
    """See to it that what was kept is on the disk."""
    if hasattr(os, "sync"):
        os.sync()


def _put(file: Path, data: bytes, durable: bool) -> bool:
    """Write a file whose name says what is in it, unless that is there. One that a power cut left empty
    or torn is written anew."""
    try:
        if file.read_bytes() == data:
            return False
    except OSError:
        pass
    replace_file(file, data, durable=durable)
    return True


def digest_of(data: bytes) -> str:
    """The name of an upload's bytes."""
    return sha256(data[: LIMIT + 1]).hexdigest()


def bytes_of(folder: Path, sheet: str) -> bytes:
    """The bytes of an upload. Raises InputError when they are gone or damaged (a torn disk)."""
    try:
        data = (folder / f"{sheet}.sheet").read_bytes()
    except OSError as error:
        raise InputError(
            f"{folder.name}/{sheet[:12]}…: {error.strerror}; grade the files it came in again"
        ) from None
    if digest_of(data) != sheet:
        raise InputError(
            f"{folder.name}/{sheet[:12]}… is damaged; grade the files it came in again"
        )
    return data


def attempts_of(folder: Path) -> Mapping[str, Sequence[Attempt]]:
    """Every student's attempts, the earliest first; what is known of one upload is put together.

    Raises InputError naming a file that cannot be read.
    """
    found: dict[str, dict[str, Attempt]] = defaultdict(dict)
    if folder.is_dir():
        for file in sorted(folder.glob("*.json")):
            attempt = _read(file)
            known = found[attempt.student].get(attempt.sheet)
            found[attempt.student][attempt.sheet] = together(known, attempt) if known else attempt
    return {student: sorted(known.values(), key=_place) for student, known in sorted(found.items())}


def together(one: Attempt, other: Attempt) -> Attempt:
    """What two notes say of one upload: the earliest time that is known, the smallest number."""
    times = [a.time for a in (one, other) if a.time]
    said = [a.late for a in (one, other) if a.late is not None]
    orders = [a.order for a in (one, other) if a.order]
    return replace(
        min(one, other, key=lambda a: (a.file, a.source)),
        time=min(times, default=None),
        late=all(said) if said else None,
        order=min(orders, default=0),
    )


def _place(attempt: Attempt) -> tuple[float, int, str]:
    return (attempt.time.timestamp() if attempt.time else 0.0, attempt.order, attempt.sheet)


def _body(attempt: Attempt) -> bytes:
    body = {
        "student": attempt.student,
        "sheet": attempt.sheet,
        "time": attempt.time.isoformat() if attempt.time else None,
        "late": attempt.late,
        "order": attempt.order,
        "file": attempt.file,
        "source": attempt.source,
    }
    return json.dumps(body, sort_keys=True, indent=1).encode() + b"\n"


def _read(file: Path) -> Attempt:
    try:
        body = json.loads(file.read_bytes())
        time = body["time"]
        return Attempt(
            body["student"],
            body["sheet"],
            datetime.fromisoformat(time) if time else None,
            body["late"],
            body["order"],
            body["file"],
            body["source"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{file.parent.name}/{file.name} cannot be read: {one_line(str(error))}; delete it, and grade "
            "the files it came in again"
        ) from None
