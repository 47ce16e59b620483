"""``oslab gradebook show``: one student's grade, and where each point comes from. The instructor's screen:
it shows keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from oslab.errors import InputError, one_line
from oslab.exercise.feedback import rounded
from oslab.exercise.variant import Variant
from oslab.plugins import words_for
from oslab.text import wrap
from oslab_grader.book.beside import Beside, beside, variant_of
from oslab_grader.book.book import Book, open_book
from oslab_grader.book.decisions import Decision
from oslab_grader.book.grades import Grade, Handed, QuestionGrade, marked_as
from oslab_grader.book.origins import (
    absent_as,
    key_in_force,
    marked_part,
    origins,
    show_document,
)
from oslab_grader.book.sentences import grade_text, lateness_text, trouble_text
from oslab_grader.book.student import handed_of, record_of
from oslab_grader.cli.asked import (
    About,
    AsJson,
    AssignmentName,
    Names,
    about,
    assignment_of,
    put,
    put_json,
    put_wrapped,
    question_of,
    word,
)
from oslab_grader.course.home import course_here
from oslab_grader.handout.record import HandedQuestion, Record
from oslab_grader.marking.result import unread
from oslab_grader.table import aligned

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

_COLUMNS = 79


@app.command()
def show(
    assignment: AssignmentName,
    student: Annotated[
        str, typer.Argument(metavar="[STUDENT]", help="Else everybody, a line each.")
    ] = "",
    question: Annotated[str, typer.Argument(metavar="[QUESTION]", help="q1: with the key.")] = "",
    names: Names = False,
    as_json: AsJson = False,
) -> None:
    """One student's grade: uploads, decisions, and where each point comes from.

    With a question: its statement, and the answer beside the key. It is not for the student's eyes.
    """
    if not student:
        _put_class(assignment, names, as_json)
        return
    found = about(assignment, student)
    name = found.assignment.name
    book = open_book(found.course)
    grade = book.grade(name, found.person.id)
    record = record_of(book, name)
    handed = handed_of(book, record, name, found.person)
    asked = question_of(record.head, question).name if question else ""
    if as_json:
        put_json(show_document(book, record, grade, handed, asked))
        return
    who = found.person.id + (f" {one_line(found.person.name)}" if names else "")
    put_wrapped(f"{who}   {name} {one_line(found.assignment.title)}   {grade_text(grade)}")
    if asked:
        _put_question(book, record, grade, asked)
    else:
        _put_uploads(book, found, grade, handed)
        _put_questions(book, grade)
    _put_decisions(book, found, handed, asked)
    _put_problems(grade)
    if not asked:
        _put_list("comments", [one_line(comment) for comment in grade.comments])


def _put_class(assignment: str, names: bool, as_json: bool) -> None:
    """Everybody's grade, a line each."""
    if as_json:
        raise InputError(f"of everybody, JSON comes from: oslab grade {assignment} --json")
    course = course_here()
    assignment_of(course, assignment)
    book = open_book(course)
    for grade in book.grades(assignment):
        person = book.roster[grade.student]
        who = [person.id, one_line(person.name)] if names else [person.id]
        put("  ".join([*who, grade_text(grade)]))


def _put_list(key: str, lines: Sequence[str]) -> None:
    if lines:
        put(word("show", key))
        for line in lines:
            put(f"  {line}")


def _put_problems(grade: Grade) -> None:
    """What stands in the way, each with the command that settles it below."""
    lines = []
    for t in grade.troubles:
        kind = words_for("grader").label("trouble-kinds", t.kind)
        rows = wrap(f"{one_line(t.who)}  {kind}  {trouble_text(t)}", 94)
        lines += [rows[0], *(f"  {row}" for row in rows[1:])]
        if t.command:
            lines.append(f"  {one_line(t.command)}")
    _put_list("problems", lines)


def _put_uploads(book: Book, found: About, grade: Grade, handed: Handed) -> None:
    due = grade.late.due
    if due:
        put(word("show", "due", due=f"{due:%Y-%m-%d %H:%M} ({book.course.timezone.key})"))
    rows = []
    for a in handed.attempts:
        time = a.time.astimezone(book.course.timezone) if a.time else None
        in_time = a.late is False and not time
        sheet = marked_as(a, handed.owner, grade.assignment, book.decisions)[1]
        notes = [
            word("show", "counts") if (a.sheet, a.student) == (grade.sheet, grade.handed_in_by) else "",
            word("show", "upload-late" if a.late else "upload-in-time") if a.late or in_time else "",
            word("show", "repaired") if sheet != a.sheet else "",
            word("show", "of", student=a.student) if a.student != found.person.id else "",
        ]  # fmt: skip
        when = f"{time:%Y-%m-%d %H:%M:%S}" if time else word("show", "at-unknown")
        rows.append([when, a.sheet[:8], one_line(a.own_name), "  ".join(filter(None, notes))])
    _put_list("uploads", aligned(rows))
    if grade.sheet and grade.owner != handed.owner:
        put("  " + word("show", "as-owner", owner=grade.owner))


def _put_questions(book: Book, grade: Grade) -> None:
    if not grade.questions:
        return
    words = words_for("grader")
    rows = [
        [word("show", f"head-{head}") for head in ("q", "exercise", "points", "outcome", "from")]
    ]
    for q in grade.questions:
        void = q.outcome == "void"
        outcome = word("show", "void") if void else words.label("outcomes", q.outcome)
        rows.append([q.name, q.exercise, _score(q), outcome, _origins(book, grade, q)])
    for line in aligned(rows):
        put(line)
    late = lateness_text(grade)
    if late:
        put(word("show", "lateness") + "   " + late)


def _score(q: QuestionGrade) -> str:
    if q.outcome == "void":
        return "-"
    earned = "?" if q.earned is None else rounded(q.earned)
    return word("show", "score", earned=earned, points=rounded(q.points))


def _put_decisions(book: Book, found: About, handed: Handed, question: str) -> None:
    """All decisions about the student, what was replaced too, in the order they were made; and what was
    amended."""
    name, own = found.assignment.name, {found.person.id, *(a.student for a in handed.attempts)}
    heads = {d.id for student in (*own, "") for d in book.decisions.of(name, student)}
    rows = []
    for d in book.decisions.all:
        concerns = d.student == found.person.id or (d.student in own and d.attempt)
        amended = d.kind == "amend" and d.value and d.id in heads
        if d.assignment == name and (concerns or amended) and question in ("", d.question):
            value = d.value[:8] if d.kind == "repair" else d.value
            value = value if len(value) < 60 else value[:57] + "…"
            state = "" if d.id in heads else word("show", "replaced")
            about = f"{d.question} {d.attempt[:8]}".strip()
            cells = [_when(book, d), d.by, d.kind, about, value or "-", d.why, state]
            rows.append([one_line(cell) for cell in cells])
    _put_list("decisions", aligned(rows))


def _when(book: Book, decision: Decision) -> str:
    from datetime import datetime

    try:
        time = datetime.fromisoformat(decision.at).astimezone(book.course.timezone)
    except ValueError:
        return decision.at
    return f"{time:%Y-%m-%d %H:%M}"


def _put_question(book: Book, record: Record, grade: Grade, question: str) -> None:
    """One question: what was asked, the answer beside the key, where the points come from."""
    if grade.owner not in record:
        return
    marked = marked_part(book, grade, question)
    put()
    try:
        variant = variant_of(record, grade.owner, question)
    except InputError as error:
        put_wrapped(word("show", "statement-gone", text=one_line(str(error))))
    else:
        for line in _statement(variant, record.head.question(question)):
            put(line)
        put()
        given = marked["answers"] if marked else ()
        for answer in beside(variant, given, absent_as(grade, question)):
            _put_answer(answer)
        rubric = [line for asked in variant.exercise.entry.answer for line in asked.rubric]
        for i, criterion in enumerate(rubric):
            put(f"  {chr(97 + i)} {criterion.text} {rounded(criterion.points)}")
        digest = key_in_force(book, grade.assignment, question)
        if digest:
            _put_new_key(record, variant, question, digest, grade.owner)
    if marked and marked["mistakes"]:
        put(word("show", "mistakes", names=", ".join(marked["mistakes"])))
    for text in unread(marked) if marked else ():
        put_wrapped(word("show", "unread", text=one_line(text)))
    if marked and marked["fault"]:
        put_wrapped(one_line(marked["fault"]))
    for q in grade.questions:
        if q.name == question:
            put(f"{word('show', 'points-from')}   {_score(q)}   {_origins(book, grade, q)}")
            _put_list("comments", [one_line(comment) for comment in q.comments])


def _origins(book: Book, grade: Grade, q: QuestionGrade) -> str:
    return " · ".join(origins(book, grade, q))


def _statement(variant: Variant, asked: HandedQuestion) -> Sequence[str]:
    """What was asked, in lines; or why that cannot be shown any more."""
    from oslab.exercise.problem import Code
    from oslab.exercise.statement import statement

    if variant.params is None:
        made = f"{asked.problem}/{asked.version}"
        text = word("show", "params-gone", made=made, installed=variant.exercise.version)
        return wrap(text, _COLUMNS)
    try:
        parts = statement(variant)
    except Exception as error:  # a stranger's code
        return wrap(word("show", "statement-gone", text=one_line(str(error))), _COLUMNS)
    lines: list[str] = []
    for part in parts:
        lines += part.text.split("\n") if isinstance(part, Code) else wrap(part, _COLUMNS)
    return lines


def _put_new_key(record: Record, variant: Variant, question: str, digest: str, owner: str) -> None:
    """The key that an amendment put into force."""
    from oslab.exercise.frozen import thaw
    from oslab_grader.book.newkeys import kept_key

    key = kept_key(record, digest, owner, question)
    frozen = {**record.share(owner).questions[question], "key": key}
    put(word("show", "new-key"))
    for answer in beside(thaw(variant.exercise, frozen), ()):
        if answer.heads[1]:
            rows = [[*answer.heads[0], *answer.heads[1]]]
            rows += [[*cells.printed, *cells.key] for cells in answer.rows]
            for line in aligned(rows):
                put(f"  {line}")
        elif answer.key:
            put(f"  {answer.name}   {answer.key}")


def _put_answer(answer: Beside) -> None:
    words = words_for("grader")
    earned = "?" if answer.outcome in ("waits", "unreadable") else rounded(answer.earned)
    score = word("show", "score", earned=earned, points=rounded(answer.points))
    put(f"{answer.name}   {words.label('outcomes', answer.outcome)}   {score}")
    if not answer.heads[1]:
        unread = answer.outcome == "unreadable" and not answer.given
        text = answer.given or word("show", "no-answer")
        for line in [] if unread else text.split("\n"):
            for row in wrap(line, _COLUMNS - 2):
                put(f"> {row}")
        if answer.key:
            put(f"  {word('show', 'key')}   {answer.key}")
        return
    printed, columns = answer.heads
    keys = [word("show", "key-column", column=column) for column in columns]
    rows = [[*printed, *columns, *keys, ""]]
    for cells in answer.rows:
        blanks = [""] * (len(printed) - len(cells.printed))
        given = [one_line(cell) for cell in cells.given]
        outcome = words.label("outcomes", cells.outcome)
        rows.append([*cells.printed, *blanks, *given, *cells.key, outcome])
    for line in aligned(rows):
        put(f"  {line}")
