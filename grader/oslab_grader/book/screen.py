"""What `oslab grade` says of an assignment: who handed in, the problem list with the command that settles
each, who was late, which essays wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from oslab.errors import one_line
from oslab.text import Words, pad, width, wrap
from oslab_grader.book.book import Book
from oslab_grader.book.otherkeys import OtherKeys
from oslab_grader.book.records import Trouble
from oslab_grader.book.sentences import trouble_text

# A terminal is not for reading thousands of rows; --csv and --json have all.
MOST_ROWS = 100
# More than so many with the same problem to the letter are one row.
FEW = 5
_COLUMNS = 100
# Beside long names and kinds a sentence has at least so many.
_NARROWEST = 40


def lines(
    book: Book, assignment: str, taken: Sequence[Trouble], beside: int, names: bool, words: Words
) -> Iterator[str]:
    """The assignment on a terminal. `taken`: what could not be taken in just now; `beside`: how many
    files beside sheets were left out."""
    counts = _counts(book, assignment)
    yield words["class-grade", "head"](counts, assignment=assignment)
    yield from _problems(chain(book.problems(assignment), taken), book if names else None, words)
    if beside:
        yield words["class-grade", "beside"](count=beside)
    yield from _late(book, assignment, words)
    waiting = book.count(assignment, "status = 'waits'")
    if waiting:
        essays = words["class-grade", "essays"]
        yield essays(count=waiting) + f"   oslab gradebook review {assignment}"


def note(found: OtherKeys, assignment: str, words: Words) -> str:
    """That the plugins as installed compute other keys than those that were handed out."""
    return words["class-grade", "other-keys"](
        installed=found.installed,
        made=found.made_by,
        question=found.question,
        differ=found.differ,
        tried=found.tried,
        command=f"oslab gradebook regrade {assignment} --diff --key new",
    )


def _counts(book: Book, assignment: str) -> dict[str, object]:
    marked = book.count(assignment, "marked")
    new = book.new.get(assignment, 0)
    return {
        "roster": len(book.roster.people),
        "handed": book.count(assignment, "uploads > 0"),
        "graded": new,
        "unchanged": marked - new,
    }


def _late(book: Book, assignment: str, words: Words) -> Iterator[str]:
    in_lms = book.count(assignment, "late_in_lms")
    if in_lms:
        yield words["class-grade", "late-lms"](count=in_lms, lms=_lms(book))
    late = book.count(assignment, "late_days > 0") if book.course.late.by == "oslab" else 0
    if late:
        reduced = book.count(assignment, "late_days > 0 AND penalty > 0")
        yield words["class-grade", "late-oslab"](count=late, reduced=reduced)


def _lms(book: Book) -> str:
    return {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope"}.get(
        book.course.lms, "LMS"
    )


def _problems(troubles: Iterable[Trouble], book: Book | None, words: Words) -> Iterator[str]:
    """Who, what, a sentence, and the command that settles it: on one line where that is short enough."""
    rows, kinds = _grouped(troubles)
    if not rows:
        return
    yield words["class-grade", "problems"]()
    shown = [
        (_who(trouble, more, book), _kind(trouble.kind, words), trouble)
        for trouble, more in rows[:MOST_ROWS]
    ]
    whos = max(width(who) for who, _, _ in shown)
    labels = max(width(kind) for _, kind, _ in shown)
    for who, kind, trouble in shown:
        head = f"  {pad(who, whos)}  {pad(kind, labels)}  "
        text, command = trouble_text(trouble), one_line(trouble.command)
        if width(f"{head}{text}   {command}".rstrip()) <= _COLUMNS:
            yield f"{head}{text}   {command}".rstrip()
            continue
        below = " " * width(head)
        parts = wrap(text, max(_NARROWEST, _COLUMNS - width(head)))
        yield head + parts[0]
        yield from (below + part for part in (*parts[1:], command) if part)
    if len(rows) > MOST_ROWS:
        said = ", ".join(f"{_kind(kind, words)} {count}" for kind, count in sorted(kinds.items()))
        yield "  " + words["class-grade", "more"](all=kinds.total(), kinds=said)


def _grouped(troubles: Iterable[Trouble]) -> tuple[list[tuple[Trouble, int]], Counter[str]]:
    """Rows, each with how many more have the same problem to the letter (a plugin that is missing), and
    how many there are of each kind; a few stand alone, for each has a command."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], list[Trouble]] = {}
    for trouble in troubles:
        key = trouble.kind, trouble.text
        counts[key] += 1
        if counts[key] <= FEW:
            first.setdefault(key, []).append(trouble)
    rows: list[tuple[Trouble, int]] = []
    kinds: Counter[str] = Counter()
    for key, some in first.items():
        kinds[key[0]] += counts[key]
        many = counts[key] > FEW
        rows += [(some[0], counts[key] - 1)] if many else [(one, 0) for one in some]
    return rows, kinds


def _who(trouble: Trouble, more: int, book: Book | None) -> str:
    who = one_line(trouble.who)
    if book and trouble.who in book.roster:
        who += f" {one_line(book.roster[trouble.who].name)}"
    return f"{who} +{more}" if more else who


def _kind(kind: str, words: Words) -> str:
    return words.label("trouble-kinds", kind)
