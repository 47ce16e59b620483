"""What marking one upload gives: a task in, a result out, both plain JSON, so that any process can do it.

`mark_task` in `oslab_grader.marking.mark` is the pure function between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from oslab.text import language

SCHEMA = "oslab.result/1"


class Sent(TypedDict):
    """What stands in a task's files, for a machine that does not have them.

    head   the record's first line
    sheet  the upload's bytes, in hex
    keys   DIGEST → the owner's line of that file of further keys
    """

    head: str
    sheet: str
    keys: Mapping[str, str]


class Task(TypedDict):
    """One upload to be marked.

    head          path of the record whose head says what was asked (read once in each process)
    share         the owner's line of the record, as it stands
    sheet         path of the upload's bytes
    digest        their SHA-256
    alternatives  question → further keys to score it by: ``accept:MISTAKE`` or ``key:DIGEST`` (amendments)
    file          the name it came under, for messages ("report.docx is a Word file")
    sent          the content of the files, where it is marked on another machine
    """

    head: str
    share: str
    sheet: str
    digest: str
    alternatives: Mapping[str, Sequence[str]]
    file: str
    sent: NotRequired[Sent]


class MarkedAnswer(TypedDict):
    """One answer. `earned`, `points`: exact, as "47/10", in points of the question.

    rows     of a table: label, outcome, wrong columns
    given    what was read, as a student would write it; of a table a text for each cell, row by row
    """

    name: str
    outcome: str
    earned: str
    points: str
    given: NotRequired[Any]
    rows: NotRequired[list[dict[str, Any]]]


class MarkedPart(TypedDict):
    """One question. Fractions as texts.

    earned        of the points that need no person; "0" where `fault` is not empty
    waits         points that a person gives (essays)
    fault         why it could not be marked at all, or ""
    unreadable    what in it could not be read, a text each (English); with one of these there is no grade yet
    unreadable_zh the same in Chinese, where there is any
    mistakes      recognised, `exact` or only alike
    alternatives  what it earns by each further key that the task names
    """

    name: str
    earned: str
    points: str
    waits: str
    fault: str
    unreadable: list[str]
    unreadable_zh: NotRequired[list[str]]
    mistakes: list[str]
    exact: bool
    answers: list[MarkedAnswer]
    alternatives: dict[str, str]


def unread(part: MarkedPart) -> list[str]:
    """What in a question could not be read, in the language in force."""
    return (
        part.get("unreadable_zh", part["unreadable"]) if language() == "zh" else part["unreadable"]
    )


class Result(TypedDict):
    """One upload, marked.

    claims   what the file says of itself: student, assignment
    refused  why the file as a whole has no marks: "" | "unreadable" | "not a sheet" | "stopped"
             (the checker crashed, hung or took too much memory); `reason` says it in a sentence, and of
             a file that cannot be read `reason_zh` in Chinese
    notes    what was mended while reading, a text each
    """

    schema: str
    owner: str
    digest: str
    claims: dict[str, str]
    refused: Literal["", "unreadable", "not a sheet", "stopped"]
    reason: str
    reason_zh: NotRequired[str]
    notes: list[str]
    questions: list[MarkedPart]
