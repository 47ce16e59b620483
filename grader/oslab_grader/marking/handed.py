"""What a task refers to: the head of its record with the exercises bound, the upload, further keys.

Records are read once in each process: thousands of tasks share one head.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from oslab.errors import InputError
from oslab.exercise.catalogue import Exercise
from oslab.exercise.reading import read_bytes
from oslab.plugins import PluginError
from oslab_grader.handout.record import HandedQuestion, Head, read_head
from oslab_grader.intake.attempts import digest_of
from oslab_grader.marking.result import Sent, Task

_DIGEST = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True)
class Handed:
    """The head of a record, its exercises bound; a text says why one cannot be."""

    head: Head
    exercises: Mapping[str, Exercise | str]


def handed_of(task: Task) -> Handed:
    """What was handed out. Raises InputError when the record cannot be read."""
    if "sent" in task:
        return _handed(task["sent"]["head"].encode())
    return _handed(_first_line(*_state(Path(task["head"]))))


def upload_of(task: Task) -> bytes:
    """The bytes of the upload. Raises InputError when they are gone or damaged."""
    if "sent" in task:
        data = bytes.fromhex(task["sent"]["sheet"])
    else:
        try:
            data = read_bytes(Path(task["sheet"]))
        except InputError as error:  # also for what is no file: what was kept here is one
            raise InputError(str(error)) from None
    if digest_of(data) != task["digest"]:
        raise InputError(f"{task['digest'][:12]}… is damaged; grade the files it came in again")
    return data


def further_key(task: Task, digest: str, owner: str) -> Mapping[str, Any]:
    """Question name → ``{"key": …}`` out of ``key-DIGEST.jsonl`` beside the record.

    Raises InputError when there is none for this owner.
    """
    try:
        questions: Mapping[str, Any] = json.loads(_key_line(task, digest, owner))["questions"]
    except (OSError, ValueError, LookupError):
        raise InputError(f"there is no key {digest[:16]} for {owner}") from None
    return questions


def sent(task: Task) -> Task:
    """The task with the content of its files, for a machine that does not have them.

    Raises InputError when the upload or the record cannot be read; a further key that cannot is left out.
    """
    data = upload_of(task)
    owner = json.loads(task["share"])["owner"]
    keys = {}
    for name in sorted({name for names in task["alternatives"].values() for name in names}):
        kind, _, digest = name.partition(":")
        if kind == "key":
            with suppress(OSError, ValueError, LookupError):
                keys[digest] = _key_line(task, digest, owner).decode()
    head = _first_line(*_state(Path(task["head"]))).decode()
    return {**task, "head": "", "sheet": "", "sent": Sent(head=head, sheet=data.hex(), keys=keys)}


def _key_line(task: Task, digest: str, owner: str) -> bytes:
    if not _DIGEST.fullmatch(digest):
        raise LookupError("it is not named by a digest")
    if "sent" in task:
        return task["sent"]["keys"][digest].encode()
    file = Path(task["head"]).with_name(f"key-{digest}.jsonl")
    at, size = _places(*_state(file))[owner]
    with file.open("rb") as stream:
        stream.seek(at)
        return stream.read(size)


def _state(file: Path) -> tuple[str, int, int]:
    """A file, as long as nobody writes it."""
    try:
        found = file.stat()
    except OSError as error:
        raise InputError(f"{file.name} cannot be read: {error.strerror}") from None
    return str(file), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _first_line(file: str, _time: int, _size: int) -> bytes:
    with open(file, "rb") as stream:
        return stream.readline()


@lru_cache(maxsize=8)
def _places(file: str, _time: int, _size: int) -> Mapping[str, tuple[int, int]]:
    """Where the line of each owner stands."""
    places = {}
    with open(file, "rb") as stream:
        at = 0
        for line in stream:
            places[json.loads(line)["owner"]] = (at, len(line))
            at += len(line)
    return places


@lru_cache(maxsize=8)
def _handed(line: bytes) -> Handed:
    try:
        head = read_head(line)
    except ValueError as error:
        raise InputError(f"the head of the record cannot be read: {error}") from None
    return Handed(head, {question.name: _bound(question) for question in head.questions})


def _bound(question: HandedQuestion) -> Exercise | str:
    from oslab_grader.handout.resolve import bind_question

    try:
        return bind_question(question)
    except (InputError, PluginError) as error:
        return str(error)
