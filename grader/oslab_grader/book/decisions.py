"""Decisions: what people decided, one line each, ``decisions/GRADER.csv``, only ever added to.

A decision names those it has seen and takes the place of (`replaces`). Two about the same thing that are
blind to each other and differ are a conflict, and there is no grade until somebody decides again. So the
files of two assistants merge by being put side by side.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.reading import read_bytes
from oslab_grader.book.decision import COLUMNS as COLUMNS
from oslab_grader.book.decision import KINDS as KINDS
from oslab_grader.book.decision import Decision as Decision
from oslab_grader.book.decision import Decisions as Decisions
from oslab_grader.book.decision import Kind as Kind
from oslab_grader.book.decision import Subject as Subject
from oslab_grader.book.decision import decision_of, fault_of
from oslab_grader.book.decision import together as together
from oslab_grader.book.grader import grader_name as grader_name
from oslab_grader.book.locked import locked
from oslab_grader.csvfile import MOST_BYTES, csv_text, parse_csv

_HEADER = csv_text(COLUMNS, [])
_EXPECTED = f"decisions are expected: {','.join(COLUMNS)}"


def read_decisions(folder: Path) -> Decisions:
    """All files of the folder. A last line without its end (power cut) is left out; anything else that
    is no decision is an InputError naming file and line."""
    found: list[Decision] = []
    faults: list[str] = []
    for file in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        if not file.name.startswith("."):
            found += _read(file, faults)
    if faults:
        raise InputError("\n".join(faults))
    return together(found)


def _read(file: Path, faults: list[str]) -> Sequence[Decision]:
    """The decisions in a file; what is wrong with it is added to `faults`."""
    try:
        data = read_bytes(file, MOST_BYTES)
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        # Cut between two lines first: a torn line can end inside a character.
        text = data.decode("utf-16") if wide else _whole_lines(data).decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(f"decisions/{file.name} is not UTF-8 text; {_EXPECTED}")
        return ()
    except InputError as error:  # a folder, a pipe, nobody's to read
        faults.append(f"decisions/{file.name}: {error}")
        return ()
    if not text.strip():
        return ()
    broken = _broken(text)
    if broken:
        faults.append(f"decisions/{file.name} {broken}")
        return ()
    try:
        table = parse_csv(text, f"decisions/{file.name}", _EXPECTED, guarded=True)
    except InputError as error:
        faults.append(str(error))
        return ()
    missing = [name for name in COLUMNS if name not in table.heads]
    if missing:
        faults.append(f"decisions/{file.name} has no column {', '.join(missing)}; {_EXPECTED}")
        return ()
    found = []
    for line, cells in table.dicts():
        if cells["id"] == "id":  # two files put one below the other
            continue
        fault = fault_of(cells)
        if fault:
            faults.append(f"decisions/{file.name} line {line}: {fault}")
        else:
            found.append(decision_of({name: _unescaped(cell) for name, cell in cells.items()}))
    return found


def _broken(text: str) -> str:
    """What no CSV reader would find: each decision is one line, and git marks what it could not merge."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(("<<<<<<< ", "=======", ">>>>>>> ")):
            return (
                f"line {number}: git left a conflict here; keep the lines of both sides, and delete the "
                "marks"
            )
        if line.count('"') % 2:
            return f"line {number}: a quote is opened and not closed; each decision is one line"
    return ""


def _whole_lines(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def decide(folder: Path, grader: str, made: Sequence[Mapping[str, str]]) -> Sequence[Decision]:
    """Add lines to the grader's own file, all or none, in one write; a full disk leaves it as it was.

    `made` gives kind, assignment, student, question, value, attempt, why; id, time, `by` and what they
    replace are found here (`replaces`, ids by blanks, where it is given: what an amendment takes back).
    Returns them. Raises InputError when they cannot be written.
    """
    known = read_decisions(folder)
    latest = known.all[-1].at if known.all else ""
    found: list[Decision] = []
    for wanted in made:
        latest = _now(latest)
        cells = {name: wanted.get(name, "") for name in COLUMNS}
        cells |= {"id": "new", "at": latest, "by": grader}
        fault = fault_of(cells)
        if fault:
            raise InputError(fault)
        decision = decision_of(cells)
        decision = replace(decision, replaces=_seen(known, decision, wanted))
        decision = replace(decision, id=_id(decision))
        found.append(decision)
        known = Decisions((*known.all, decision))
    if found:
        _add(folder, grader, found)
    return found


def _now(latest: str) -> str:
    """The time, but later than all that was decided before: a clock that is put back must not make an old
    decision the newer one."""
    now = datetime.now(UTC)
    with suppress(ValueError, TypeError, OverflowError):
        now = max(now, datetime.fromisoformat(latest) + timedelta(milliseconds=1))
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seen(known: Decisions, made: Decision, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """What a new decision takes the place of: all there are of its subject. A comment is one voice of
    several: it replaces its writer's own; an empty one takes back everybody's."""
    if "replaces" in wanted:
        return tuple(wanted["replaces"].split())
    heads = known.heads(made.subject)
    if made.kind == "comment" and made.value:
        heads = [head for head in heads if head.by == made.by]
    return tuple(head.id for head in heads)


def _id(decision: Decision) -> str:
    """What a decision is called: a hash of all it says, so that copies of it are one."""
    return sha256(_line(replace(decision, id="")).encode()).hexdigest()[:12]


def _cells(decision: Decision) -> dict[str, str]:
    return {**vars(decision), "replaces": " ".join(decision.replaces)}


def _line(decision: Decision) -> str:
    cells = _cells(decision)
    return csv_text(COLUMNS, [[_escaped(cells[name]) for name in COLUMNS]])[len(_HEADER) :]


# One decision is one line of the file, so that a torn one is known and any merge of lines is right.
def _escaped(cell: str) -> str:
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return cell.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "")


def _unescaped(cell: str) -> str:
    return re.sub(r"\\([\\n])", lambda found: "\n" if found[1] == "n" else "\\", cell)


def _add(folder: Path, grader: str, made: Sequence[Decision]) -> None:
    """Append to a grader's file. What a spreadsheet made of it is first written again as it should be."""
    lines = "".join(map(_line, made)).encode()
    file = folder / f"{grader}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(file) as handle:
            data = _content(handle)
            if _whole_lines(data) and not data.startswith(_HEADER.encode()):
                _rewrite(file, lines)
                return
            whole = len(_whole_lines(data))
            _append(handle, whole, (b"" if whole else _HEADER.encode()) + lines, len(data))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {file}: {reason}; nothing was decided") from None


def _content(handle: int) -> bytes:
    with os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(0)
        return stream.read()


def _append(handle: int, whole: int, data: bytes, size: int) -> None:
    """Put the data after the whole lines there are, or leave the file as it was. Raises OSError."""
    if whole < size:
        os.ftruncate(handle, whole)  # the end of a line that a power cut left
    try:
        written = 0
        while written < len(data):
            written += os.write(handle, data[written:])
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, whole)
        raise


def _rewrite(file: Path, lines: bytes) -> None:
    from oslab.files import replace_file

    faults: list[str] = []
    kept = "".join(map(_line, _read(file, faults)))
    if faults:
        raise InputError("\n".join(faults))
    replace_file(file, (_HEADER + kept).encode() + lines)
