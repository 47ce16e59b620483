"""What an autograder takes along of an assignment: parameters and keys, nobody's name.

Shares go by tokens, HMAC-SHA256 of what the platform says of a student (an e-mail address, a number) under
a key made from the assignment's. It keeps names out of it, no more: who has the bundle can try all numbers, and
has the keys to the questions anyway. Staff only.
"""

from __future__ import annotations

import hmac
import json
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from oslab.errors import InputError, one_line
from oslab.exercise.fields import read_record, to_json
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.record import Record, Share, head_line, share_line

RECORD, SETTINGS = "record.jsonl", "settings.json"


@dataclass(frozen=True)
class Settings:
    """What the platform's side must know besides the record.

    secret    hex digits, for tokens
    by        the column of the roster that the platform knows people by: "email" or "id"
    numbers   token of a student → tokens of the numbers that their sheet may bear: their own, or that of
              anybody in their team
    """

    assignment: str
    title: str
    secret: str
    by: Literal["email", "id"]
    feedback: Literal["full", "marks", "format"]
    language: Literal["en", "zh"]
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def token(secret: str, value: str) -> str:
    """What stands for an address or a number; letter case and width do not matter."""
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    return hmac.digest(bytes.fromhex(secret), plain.encode(), "sha256").hex()[:32]


def bundle(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    by: Literal["email", "id"],
    language: Literal["en", "zh"],
) -> dict[str, bytes]:
    """The record and settings of an autograder, by file name; the same ones give the same bytes. Raises
    InputError when nobody on the roster can be known by that column, or the assignment has not been
    handed out."""
    record = Record(course.handout(assignment.name) / RECORD)
    secret = hmac.digest(bytes.fromhex(record.head.key), b"autograder", "sha256").hex()
    people = listed(record, assignment, roster, by)
    if not people:
        raise InputError(
            f"nobody who has been handed {assignment.name} has an {by} in roster.csv, and the platform "
            f"knows people by it: oslab course roster"
        )
    lines, numbers = [head_line(record.head)], {}
    for person in people:
        share = record.share(person.owner(assignment.team))
        name = token(secret, known_by(person, by))
        sharing = roster.members(person.owner(assignment.team), assignment.team)
        numbers[name] = tuple(token(secret, member.id) for member in sharing)
        lines.append(share_line(Share(name, share.questions)))
    settings = Settings(
        record.head.assignment, assignment.title, secret, by, assignment.feedback, language, numbers
    )
    body = json.dumps(to_json(settings), indent=1, sort_keys=True).encode() + b"\n"
    return {RECORD: b"".join(lines), SETTINGS: body}


def listed(
    record: Record, assignment: Assignment, roster: Roster, by: Literal["email", "id"]
) -> list[Person]:
    """Who is on an autograder's list: who can be known there, and has been handed something."""
    return [p for p in roster.people if known_by(p, by) and p.owner(assignment.team) in record]


def known_by(person: Person, by: Literal["email", "id"]) -> str:
    """What the platform says of a person."""
    return person.email if by == "email" else person.id


def read_settings(folder: Path) -> Settings:
    """The settings in an unpacked bundle. Raises InputError."""
    try:
        return read_record(Settings, json.loads((folder / SETTINGS).read_bytes()), SETTINGS)
    except (OSError, ValueError) as error:
        raise InputError(f"{SETTINGS} cannot be read: {one_line(str(error))[:200]}") from None
