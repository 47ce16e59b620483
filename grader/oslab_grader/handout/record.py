"""What was handed out: ``handout/ASSIGNMENT/record.jsonl``.

The first line is the head: the assignment's key and its questions, each with the resolved exercise. Every
further line is one share: what one owner (a student or a team) was given, with the key. Grading needs
nothing else: no draw, no solver, no course.toml. Staff only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

from oslab.errors import InputError
from oslab.files import replace_file

FORMAT = 1
# As `share_line` begins a line.
_OWNER = re.compile(rb'\{"owner":("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class HandedQuestion:
    """One question as handed out.

    points    of the whole question; the answers' points in `entry` are scaled so that they add up to it
    problem   problem type, `version` its version then
    made_by   the distribution that drew and solved it: ``oslab 0.1.0``
    entry     the resolved catalogue entry as `to_json(Entry)`, points scaled; rubrics included
    """

    name: str
    exercise: str
    problem: str
    version: int
    points: Fraction
    made_by: str
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """The first line of a record. `assignment` is ``COURSE/NAME``; `key` are hex digits."""

    assignment: str
    key: str
    team: bool
    questions: tuple[HandedQuestion, ...]
    format: int = FORMAT

    @property
    def points(self) -> Fraction:
        return sum((q.points for q in self.questions), Fraction(0))

    def question(self, name: str) -> HandedQuestion:
        """Raises InputError naming those there are."""
        for question in self.questions:
            if question.name == name:
                return question
        names = ", ".join(q.name for q in self.questions)
        raise InputError(f"{self.assignment} has no question {name}; it has {names}")


@dataclass(frozen=True)
class Share:
    """What one owner was given: question name → a frozen variant (`oslab.exercise.frozen`)."""

    owner: str
    questions: Mapping[str, Mapping[str, Any]]


class Record:
    """A record on disk: its head in memory, the shares where they stand, so that ten thousand of them
    take no memory.

    Raises InputError when it is not there or cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._places: dict[str, tuple[int, int]] = {}
        try:
            with file.open("rb") as stream:
                self.head = read_head(stream.readline())
                at = stream.tell()
                for line in stream:
                    self._places[_owner(line)] = (at, len(line))
                    at += len(line)
        except FileNotFoundError:
            name = file.parent.name
            raise InputError(
                f"{name} has not been handed out: oslab course handout {name}"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{file} cannot be read: {reason}") from None

    def __contains__(self, owner: object) -> bool:
        return owner in self._places

    def owners(self) -> Iterable[str]:
        """Whose shares there are, in the order of the file."""
        return self._places.keys()

    def some(self, most: int) -> Sequence[str]:
        """At most so many of the owners, evenly spread."""
        owners = list(self._places)
        return owners[:: max(1, -(-len(owners) // most))]

    def line(self, owner: str) -> bytes:
        """The share of an owner as it stands. Raises KeyError."""
        at, size = self._places[owner]
        with self.file.open("rb") as stream:
            stream.seek(at)
            return stream.read(size)

    def share(self, owner: str) -> Share:
        """The share of an owner. Raises KeyError."""
        found = json.loads(self.line(owner))
        return Share(found["owner"], found["questions"])

    def shares(self) -> Iterator[Share]:
        """All shares, one at a time."""
        return map(self.share, self._places)


def read_head(line: bytes) -> Head:
    """The head of a record. Raises InputError for a newer format, ValueError for anything else."""
    from oslab.exercise.fields import read_record

    found = json.loads(line)
    if isinstance(found, dict) and found.get("format", 0) > FORMAT:
        raise InputError(f"a record of format {found['format']} needs a newer oslab")
    return read_record(Head, found)


def head_line(head: Head) -> bytes:
    from oslab.exercise.fields import to_json

    return _line(to_json(head))


def share_line(share: Share) -> bytes:
    return _line({"owner": share.owner, "questions": share.questions})


def write_record(file: Path, head: Head, lines: Iterable[bytes]) -> None:
    """Write a whole record in one step; `lines` are shares as `share_line` gives them, made while they
    are written: what is raised in making them leaves the old record as it was."""
    replace_file(file, chain([head_line(head)], lines))


def _owner(line: bytes) -> str:
    """Whose share a line is, without parsing the rest. Raises ValueError."""
    found = _OWNER.match(line)
    if not found:
        raise ValueError("a line is no share; was the file edited by hand?")
    return str(json.loads(found[1]))


def _line(value: Any) -> bytes:
    return (
        json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()
        + b"\n"
    )
