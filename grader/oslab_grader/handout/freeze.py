"""Handing out: everybody's variant is drawn once and written down, with its key.

The assignment's key is random and made at the first handout. Handing out again only adds whoever has come
since: the lines of the others stay as they are, to the byte, and one who left keeps theirs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise import catalogue
from oslab.exercise.catalogue import Entry, Exercise
from oslab.exercise.fields import read_record, to_json
from oslab.exercise.frozen import freeze, thaw
from oslab.exercise.variant import Variant, draw
from oslab.files import remove_abandoned
from oslab.plugins import PluginError, blamed, plugins
from oslab.randomness import course_code
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Roster
from oslab_grader.handout.record import (
    HandedQuestion,
    Head,
    Record,
    Share,
    head_line,
    read_head,
    share_line,
    write_record,
)
from oslab_grader.handout.resolve import bind_question, resolve
from oslab_grader.handout.spread import processors, spread

# From so many draws on (a second or more) it is worth starting processes.
MANY = 200
KEY_BYTES = 32

# Goes over things of which there are so many, and shows somebody how far it is.
Watched = Callable[[Iterable["_Drawn"], int], Iterable["_Drawn"]]
# A line of the record, or what is wrong.
_Drawn = tuple[bytes, str]


@dataclass(frozen=True)
class HandedOut:
    """What a handout did: owners `added` and those who had their share already."""

    record: Record
    added: int
    unchanged: int


def freeze_assignment(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    processes: int | None = None,
    watched: Watched = lambda drawn, count: drawn,
) -> HandedOut:
    """Write ``record.jsonl``, or add to it those who have come since. `processes` None: as many as there
    are processors, where that pays.

    Raises InputError, and writes nothing, when an exercise cannot be resolved or drawn: it names the
    question and whose variant it is.
    """
    file = record_file(course, assignment.name)
    owners = roster.owners(assignment.team)
    if not owners:
        raise InputError(
            "nobody is on the roster; oslab course roster FILE reads one from your LMS"
        )
    known = _state(file)
    before = Record(file) if known else None
    if before:
        head = before.head
        if not int(head.key, 16):
            raise InputError(
                f"{assignment.name}: the course has been closed, and with it went the key from which "
                "everybody's numbers were drawn; nothing can be handed out any more"
            )
        _check_versions(head)
    else:
        head = new_head(course, assignment)
    new = [owner for owner in owners if before is None or owner not in before]
    if before and not new:
        remove_abandoned(file)
        return HandedOut(before, 0, len(owners))
    kept = map(before.line, before.owners()) if before else iter(())
    lines = _drawn(head, new, processes, watched)

    def all_lines() -> Iterator[bytes]:
        yield from kept
        yield from lines
        # Looked at last, when nothing but putting the new file in its place is left to do.
        if _state(file) != known:
            raise InputError(f"{file} was written meanwhile by somebody else; run it again")

    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"cannot make the folder {file.parent}: {error.strerror}") from None
    write_record(file, head, all_lines())
    # Last: whoever else is handing out just now is told that this record was written meanwhile.
    remove_abandoned(file)
    return HandedOut(Record(file), len(new), len(owners) - len(new))


def _state(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file is put into another's place; None where there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    return found.st_ino, found.st_size, found.st_mtime_ns


def record_file(course: Course, assignment: str) -> Path:
    """Where what was handed out is written down."""
    return course.handout(assignment) / "record.jsonl"


def new_head(course: Course, assignment: Assignment) -> Head:
    """The head of a first handout, with a fresh key. Raises InputError listing every fault."""
    questions, faults = handed_questions(course, assignment)
    if faults:
        raise InputError("\n".join(faults))
    head = Head(
        f"{course.name}/{assignment.name}",
        secrets.token_hex(KEY_BYTES),
        assignment.team,
        questions,
    )
    try:
        again = read_head(head_line(head))
    except (TypeError, ValueError) as error:
        raise InputError(f"{assignment.name}: an exercise cannot be recorded: {error}") from None
    return again


def handed_questions(
    course: Course, assignment: Assignment
) -> tuple[tuple[HandedQuestion, ...], Sequence[str]]:
    """The questions as they would be handed out now, and a line for each fault."""
    questions: list[HandedQuestion] = []
    faults: list[str] = []
    first: dict[str, str] = {}
    for name, setting in zip(assignment.question_names(), assignment.questions, strict=True):
        earlier = first.setdefault(setting.exercise, name)
        if earlier != name:
            faults.append(
                f"{assignment.name} {name}: {setting.exercise} is {earlier} already, and would have the "
                "same numbers; each exercise once in an assignment"
            )
            continue
        try:
            questions.append(handed_question(name, resolve(course, setting)))
        except (InputError, PluginError) as error:
            faults += [f"{assignment.name} {name}: {line}" for line in str(error).splitlines()]
    return tuple(questions), faults


def handed_question(name: str, exercise: Exercise) -> HandedQuestion:
    """A question as the record has it."""
    entry = exercise.entry
    plugin = plugins().loaded[entry.problem.partition(".")[0]]
    return HandedQuestion(
        name,
        exercise.id,
        entry.problem,
        exercise.problem.version,
        entry.points,
        plugin.origin,
        to_json(entry),
    )


def thawed(record: Record, owner: str) -> Sequence[tuple[str, Variant]]:
    """Question name and variant of one owner, as handed out. Raises KeyError, and InputError where a
    problem type is gone."""
    questions = record.share(owner).questions
    return [(q.name, thaw(bind_question(q), questions[q.name])) for q in record.head.questions]


def _check_versions(head: Head) -> None:
    """Who is added must get what the class file gives them: draws of the version that was handed out."""
    faults = []
    for question in head.questions:
        have = bind_question(question).problem.version
        if have != question.version:
            faults.append(
                f"{question.name}: handed out with {question.problem} {question.version} "
                f"({question.made_by}); installed is {have}, which draws other numbers. To add students, "
                "run the oslab and the plugins it was handed out with"
            )
    if faults:
        raise InputError("\n".join(faults))


def _drawn(
    head: Head, owners: Sequence[str], processes: int | None, watched: Watched
) -> Iterator[bytes]:
    """The shares of these owners as lines, in order. Raises InputError for the first that cannot be."""
    freeze_one = partial(frozen_line, head_line(head))
    if processes is None:
        worth = len(owners) * len(head.questions) >= MANY
        processes = processors() if worth else 1
    drawn = spread(freeze_one, owners, processes)
    for line, fault in watched(drawn, len(owners)):
        if fault:
            raise InputError(fault)
        yield line


def frozen_line(head: bytes, owner: str) -> _Drawn:
    """The share of one owner as a line of the record; or what is wrong, naming question and owner.

    A pure function of the head of the record and the installed problem types, for any process.
    """
    questions = {}
    for name, exercise, key in _bound(head):
        try:
            variant = draw(exercise, course_code(key, owner, exercise.id))
            questions[name] = freeze(variant)
        except (InputError, PluginError) as error:
            return b"", f"{name}, the variant of {owner}: {error}"
        except Exception as error:  # a stranger's code
            return b"", f"{name} ({exercise.id}), the variant of {owner}: {blamed(error)}"
    try:
        return share_line(Share(owner, questions)), ""
    except (TypeError, ValueError) as error:
        return b"", f"the variant of {owner} cannot be recorded: {error}"


@lru_cache(maxsize=1)
def _bound(head: bytes) -> Sequence[tuple[str, Exercise, bytes]]:
    """The questions of a head, bound as strictly as a new exercise is: what a draw must tell apart
    decides which numbers it gives."""
    found = read_head(head)
    key = bytes.fromhex(found.key)
    return [
        (q.name, catalogue.bind(q.exercise, read_record(Entry, q.entry)), key)
        for q in found.questions
    ]
