"""What stands in the way of a grade: an upload that cannot be read, or that is not what it says it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from oslab_grader.book.records import Trouble
from oslab_grader.handout.record import Head
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.result import MarkedPart, Result

_ID = re.compile(r"[A-Za-z0-9._@-]{1,64}")


def unreadable(
    assignment: str,
    attempt: Attempt,
    result: Result | None,
    unread: Sequence[tuple[str, MarkedPart | None]],
) -> Trouble:
    """Why an upload gives no grade."""
    student = attempt.student
    repair = f"oslab gradebook repair {assignment} {student}"
    if result is None:
        text = f"it has no marks yet ({assignment})"
        named = (("assignment", assignment),)
        return Trouble(student, "not graded", text, f"oslab grade {assignment}", named)
    if result["refused"]:
        again = f"oslab grade {assignment}"
        commands = {"not a sheet": "", "stopped": _stopped(again, result["reason"])}
        command = commands.get(result["refused"], repair)
        zh = result.get("reason_zh", "")
        values = (("zh", zh),) if zh else ()
        return Trouble(student, result["refused"], result["reason"], command, values)
    faults = [part["fault"] for _, part in unread if part and part["fault"]]
    if faults:
        return Trouble(student, "not marked", faults[0], f"oslab gradebook show {assignment} {student}")  # fmt: skip
    parts = [(name, part) for name, part in unread if part]
    english = [f"{name}: {text}" for name, part in parts for text in part["unreadable"]]
    chinese = [
        f"{name}: {text}"
        for name, part in parts
        for text in part.get("unreadable_zh", part["unreadable"])
    ]
    more = len(english) - 1
    text = english[0] + (f" (and {more} more)" if more else "")
    zh = chinese[0] + (f"（另有 {more} 处）" if more else "")
    return Trouble(student, "unreadable", text, repair, (("zh", zh),))


def _stopped(again: str, reason: str) -> str:
    """What may help where a checker was stopped; of a crash only its author can."""
    if reason.startswith("did not finish"):
        return f"{again} --time-limit 120"
    return f"{again} --memory-limit 4GiB" if reason.startswith("needed more than") else ""


def claims(
    assignment: str, head: Head, attempt: Attempt, owner: str, result: Result
) -> tuple[Trouble, ...]:
    """What the file says of itself, where that is not what it was graded as."""
    student, said = attempt.student, result["claims"]
    found = []

    def note(kind: str, text: str, named: str, of: str, command: str = "") -> None:
        values = (("said", named), ("of", of))
        found.append(Trouble(student, kind, text.format(said=named, of=of), command, values))

    name, handed_out = said.get("assignment", ""), head.assignment
    if name and name.casefold() != handed_out.casefold():
        note("other assignment", "says {said}; graded as {of}", name, handed_out)
    claim = said.get("team" if head.team else "student", "")
    if claim and claim.casefold() != owner.casefold():
        usable = _ID.fullmatch(claim)
        command = f"oslab gradebook sheet {assignment} {student} --of {claim}"
        text = "says {said}; graded with {of}'s own variant"
        note("other sheet", text, claim, owner, command if usable else "")
    return tuple(found)
