"""``oslab gradebook items``, ``swaps`` and ``similar``: what a class's answers say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import typer

from oslab.plugins import words_for
from oslab.text import Words
from oslab_grader.book.book import Book, open_book
from oslab_grader.cli.asked import AsJson, AssignmentName, put, put_json
from oslab_grader.course.home import course_here
from oslab_grader.handout.record import Record
from oslab_grader.insight.cells import Answered, answered, keys
from oslab_grader.insight.items import Item, document, items_of
from oslab_grader.insight.masking import FEW, masked
from oslab_grader.insight.similar import similar_of
from oslab_grader.insight.swaps import Swap, swaps_of
from oslab_grader.table import aligned

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

# Of a question's mistakes so many are named.
_MOST = 3
_LEAST = 0.0001
# A question that the better students get wrong more often is most likely faulty.
_SUSPECT = -0.1


@app.command()
def items(assignment: AssignmentName, as_json: AsJson = False) -> None:
    """Statistics of each question: difficulty, discrimination, reliability, commonest mistakes.

    Counts below five are masked: they point at persons.
    """
    book = _book(assignment)
    found = items_of(book.results(assignment))
    if as_json:
        put_json(document(assignment, found))
        return
    words = words_for("grader")
    if not found.items:
        put(words["items", "nothing"](assignment=assignment))
        return
    if found.n < FEW:
        put(words["items", "too-few"](few=FEW))
        return
    heads = (
        "q",
        "exercise",
        "n",
        "blank",
        "unreadable",
        "mean",
        "discrimination",
        "r_pb",
        "mistakes",
    )
    rows = [[words["items", f"head-{head}"]() for head in heads]]
    rows += [_item_cells(item) for item in found.items]
    for line in aligned(rows, right=range(2, 8)):
        put(line)
    put()
    put(words["items", "reliability"](alpha=_figure(found.reliability), n=masked(found.n)))
    for item in found.items:
        if item.r_pb is not None and item.r_pb < _SUSPECT:
            put(
                words["items", "negative"](
                    question=item.name, value=_figure(item.r_pb), assignment=assignment
                )
            )


def _item_cells(item: Item) -> list[str]:
    mistakes = ", ".join(f"{name} {masked(count)}" for name, count in item.mistakes[:_MOST])
    return [
        item.name,
        item.exercise,
        masked(item.n),
        _percent(item.blank),
        _percent(item.unreadable),
        _percent(item.mean),
        _figure(item.discrimination),
        _figure(item.r_pb),
        mistakes,
    ]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{round(value * 100)} %"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


@app.command()
def swaps(assignment: AssignmentName, as_json: AsJson = False) -> None:
    """Whose answers fit somebody else's variant: exchanged files, a mistyped number, or copying.

    Evidence with its base rate, for a person to judge. It never changes a grade.
    """
    book = _book(assignment)
    record = Record(book.course.handout(assignment) / "record.jsonl")
    found = swaps_of(_answers(book, assignment), keys(record, record.owners()))
    if as_json:
        body = {"pairs": found.pairs, "usual": found.usual, "swaps": list(map(asdict, found.swaps))}
        put_json({"schema": "oslab.swaps/1", "assignment": assignment, **body})
        return
    words = words_for("grader")
    told: set[tuple[str, str]] = set()
    for swap in found.swaps:
        if not (swap.mutual and (swap.other, swap.student) in told):
            _put_swap(assignment, swap, words)
        told.add((swap.student, swap.other))
    if not found.swaps:
        put(words["swaps", "none"]())
    put(words["swaps", "usual"](pairs=f"{found.pairs:,}", usual=found.usual))
    if found.swaps:
        put(words["swaps", "evidence"]())


def _put_swap(assignment: str, swap: Swap, words: Words) -> None:
    where = words["swaps", "where"](question=swap.question) if swap.question else ""
    values = {
        "student": swap.student,
        "other": swap.other,
        "matches": swap.matches,
        "rows": swap.rows,
    }
    put(words["swaps", "fits"](values, own=swap.own, where=where))
    if swap.claims:
        put("      " + words["swaps", "claims"](other=swap.other))
    if swap.mutual:
        put("      " + words["swaps", "mutual"]())
    put("      " + words["swaps", "by-chance"](expected=_expected(swap.chance)))
    if swap.claims or swap.mutual:
        put("      " + words["swaps", "grade-as"](values, assignment=assignment))


def _expected(pairs: float) -> str:
    """A number of pairs as people read it; how small a small one is says nothing."""
    return f"<{_LEAST}" if pairs < _LEAST else f"{pairs:.1g}" if pairs < 1 else f"{pairs:.0f}"


@app.command()
def similar(assignment: AssignmentName, as_json: AsJson = False) -> None:
    """Who is wrong in the same rows in the same way, more often than by chance.

    Evidence with its base rate, for a person to judge. It never changes a grade.
    """
    book = _book(assignment)
    found = similar_of(_one_of_each_team(_answers(book, assignment)))
    if as_json:
        body = {"pairs": found.pairs, "usual": found.usual, "found": list(map(asdict, found.found))}
        put_json({"schema": "oslab.similar/1", "assignment": assignment, **body})
        return
    words = words_for("grader")
    for pair in found.found:
        put(
            words["similar", "same"](one=pair.one, other=pair.other, same=pair.same, both=pair.both)
        )
        put("      " + words["swaps", "by-chance"](expected=_expected(pair.chance)))
    if not found.found:
        put(words["similar", "none"]())
    put(words["similar", "usual"](pairs=f"{found.pairs:,}", usual=found.usual))
    if found.found:
        put(words["swaps", "evidence"]())


def _book(assignment: str) -> Book:
    course = course_here()
    course.assignment(assignment)
    return open_book(course)


def _answers(book: Book, assignment: str) -> list[Answered]:
    return [answered(grade, result) for grade, result in book.results(assignment)]


def _one_of_each_team(students: Sequence[Answered]) -> list[Answered]:
    """One upload each: the members of a team have the same."""
    return list({student.owner: student for student in reversed(students)}.values())[::-1]
