"""Gradescope's export: ``submission_metadata.yml`` beside one folder a submission.

Read without a YAML library: it is what Ruby's emitter writes, of which a few lines matter, known by how
far they are indented. Texts of students stand deeper, or in quotes. Written any other way, a submission
is reported, not guessed at.

    submission_7001:
      :submitters:
      - :name: Ming Chen
        :sid: s1042
        :email: ming.chen@uni.example
      :created_at: 2026-03-02 21:58:10.409126000 Z
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

FILE = "submission_metadata.yml"
FOLDER = re.compile(r"submission_[0-9]+")
MOST_SUBMISSIONS = 100_000
_LONGEST_LINE = 4096
_MOST_SUBMITTERS = 100

_TOP = re.compile(r"(?P<key>'[^']+'|\"[^\"\\]+\"|[^\s'\"#&*!|>%@`{\[-][^:]*):(?: *)")
_PART = re.compile(r"  :(?P<key>\w+):(?P<value>.*)")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


@dataclass
class Submission:
    """One submission: who handed it in together, and when; `fault` where that cannot be read."""

    submitters: list[dict[str, str]] = field(default_factory=list)
    time: datetime | None = None
    fault: str = ""


def read_metadata(stream: BinaryIO) -> dict[str, Submission]:
    """Every submission by the name of its folder or file. Raises ValueError when it is no such file."""
    found: dict[str, Submission] = {}
    now: Submission | None = None
    part, dash = "", -1
    for line in _lines(stream):
        if not line.strip() or line.startswith(("#", "---", "...")):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if indent == 0 and not line.startswith("- "):
            top = _TOP.fullmatch(line)
            if top is None or len(found) >= MOST_SUBMISSIONS:
                raise ValueError(f"{FILE} is not as Gradescope writes it")
            key = top["key"].strip("'\"")
            now = Submission(fault="it is listed twice" if key in found else "")
            found[key] = now
            part, dash = "", -1
        elif now is None:
            raise ValueError(f"{FILE} is not as Gradescope writes it")
        elif indent == 2 and (match := _PART.fullmatch(line)):
            part, dash = match["key"], -1
            if part == "created_at":
                now.time = _time(now, match["value"])
            elif part == "submitters" and match["value"].strip():
                now.fault = (
                    now.fault or "its submitters are written in a way that oslab cannot read"
                )
        elif part == "submitters":
            dash = _submitter(now, line, indent, dash)
    return found


def _submitter(now: Submission, line: str, indent: int, dash: int) -> int:
    """Take in one line of the list of submitters; gives back how far its dashes are indented."""
    text = line[indent:]
    if text.startswith("- ") and dash in (-1, indent):
        dash = indent
        now.submitters.append({})
        text, indent = text[2:], indent + 2
    if indent != dash + 2 or dash < 0:
        return dash  # deeper: the rest of a longer text
    match = re.fullmatch(r":(\w+):(.*)", text)
    if match is None or len(now.submitters) > _MOST_SUBMITTERS:
        now.fault = now.fault or "its submitters are written in a way that oslab cannot read"
    elif match[1] in ("sid", "email"):
        value = _scalar(match[2].strip())
        if value is None or match[1] in now.submitters[-1]:
            now.fault = now.fault or "its submitters are written in a way that oslab cannot read"
        else:
            now.submitters[-1][match[1]] = value
    return dash


def _scalar(text: str) -> str | None:
    """A text on one line, plain or in quotes; None where it is anything else."""
    text = re.sub(r"^&\w+ +", "", text)  # a name for repetition; repetitions themselves are refused
    if text in ("", "~", "null"):
        return ""
    if text[0] == "'":
        inside = text[1:-1].replace("''", "")
        return text[1:-1].replace("''", "'") if text[-1:] == "'" != inside[-1:] else None
    if text[0] == '"':
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, str) else None
    return None if text[0] in "&*!|>%@`{[?" or " #" in text or ": " in text else text


def _time(now: Submission, text: str) -> datetime | None:
    value = _scalar(text.strip())
    match = _TIME.fullmatch(value or "")
    if match is None:
        if value:
            now.fault = now.fault or "its time is written in a way that oslab cannot read"
        return None
    fraction = (match[3] or "0").ljust(6, "0")[:6]
    zone = "+00:00" if match[4] in (None, "Z") else match[4]  # without one, YAML means UTC
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}.{fraction}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        now.fault = now.fault or "its time is written in a way that oslab cannot read"
        return None


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Line by line; of a line longer than any that matters, only the beginning."""
    fresh = True
    for piece in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        if fresh:
            text = piece.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
            if piece.endswith(b"\n") or len(piece) < _LONGEST_LINE:
                yield text
            elif text.startswith(" " * 2) and not text.startswith(" " * 3):
                yield text[:_LONGEST_LINE]
        fresh = piece.endswith(b"\n")
