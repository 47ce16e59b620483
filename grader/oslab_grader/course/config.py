"""``course.toml``, read and checked: everything wrong with it at once, each fault with its line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo

from oslab.allowed import requirement
from oslab.errors import InputError, one_line
from oslab.exercise.catalogue import MOST_POINTS
from oslab.homework.classfile import matches
from oslab.homework.ids import is_device
from oslab.quantities import parse_decimal, parse_percent, shown
from oslab.textfile import read_text
from oslab.tomlfile import MOST_BYTES, NotToml, parse_toml
from oslab_grader.course.durations import duration
from oslab_grader.course.model import Assignment, Course, Feedback, LatePolicy, Lms, QuestionSetting
from oslab_grader.course.names import ASSIGNMENT, COURSE
from oslab_grader.course.places import Path as Place
from oslab_grader.course.places import line_of, lines_of
from oslab_grader.course.tables import REQUIRED, Table
from oslab_grader.course.tables import found as found_text
from oslab_grader.course.zones import near_zones, zone_named

FORMAT = 1
ANY_ID = "[A-Za-z0-9._@-]{1,64}"
MOST_QUESTIONS = 99
_KEYS = (
    "format",
    "course",
    "title",
    "timezone",
    "lms",
    "student_id",
    "plugins",
    "late",
    "assignment",
)
# What is expected of the keys whose values are no plain texts.
_WANTED = {
    **dict.fromkeys(("format", "cutoff_days", "grace_days"), "a whole number without quotes"),
    "plugins": 'a list such as ["oslab-buddy>=1.4,<2"]',
    "per_day": '0.10 or "10 %"',
    "due": "a date and time without quotes, 2026-03-02T23:59:00,",
    "team": "true or false",
    "questions": 'a list of { exercise = "paging/replace-fifo", points = 8 }',
    "points": 'a number such as 8, 0.5 or "1/3"',
}
_LATE = ("by", "per_day", "slack", "cutoff_days", "grace_days")
_ASSIGNMENT = ("name", "title", "due", "feedback", "counts", "team", "questions")


def course_from(file: Path) -> Course:
    """Read course.toml. Raises InputError listing every fault with its line."""
    text = _text(file)
    values = _parsed(text, file.name)
    top = Table(values, (), lines_of(text), [])
    if top.natural("format", REQUIRED) > FORMAT:
        raise InputError(f"{file.name} has format {values['format']}: it needs a newer oslab")
    top.keys(_KEYS)
    course = _course(top, file.parent)
    if top.faults or course is None:
        faults = sorted(top.faults, key=lambda fault: fault[0])
        raise InputError("\n".join(f"{file.name} line {line}: {text}" for line, text in faults))
    return course


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return parse_toml(text, name, wanted=_WANTED)
    except NotToml as error:
        reason = error.reason[:1].lower() + one_line(error.reason[1:])
        said = error.slip or f"{reason}; texts stand in quotes, and each {{ … }} on one line"
        raise InputError(f"{name} line {error.line}: {said}") from None


def question_lines(file: Path) -> Mapping[tuple[int, int], int]:
    """The line of each exercise: number of the assignment, number of the question → line."""
    return _Lines(lines_of(_text(file)))


def _text(file: Path) -> str:
    expected = "the settings of a course are expected, saved as UTF-8"
    return read_text(str(file), expected, MOST_BYTES)


def notes_of(course: Course) -> list[str]:
    """What is allowed and may surprise: a due time that the clock shows twice."""
    found = []
    for a in course.assignments:
        if a.due.replace(fold=1).utcoffset() != a.due.replace(fold=0).utcoffset():
            found.append(f"{a.name}: clocks in {course.timezone.key} are put back that night, and "
                         f"{a.due:%H:%M} comes twice; the first is meant")  # fmt: skip
    return found


class _Lines(dict[tuple[int, int], int]):
    def __init__(self, lines: Mapping[Place, int]) -> None:
        self._lines = lines

    def __missing__(self, place: tuple[int, int]) -> int:
        return line_of(self._lines, ("assignment", place[0], "questions", place[1], "exercise"))


def _course(top: Table, folder: Path) -> Course | None:
    name = top.text("course", expected='a short name such as "os101-2026"')
    if name and not COURSE.fullmatch(name):
        top.fault(f"course is {shown(name)}; small letters, digits and hyphens are expected, a letter "
                  'first: "os101-2026"', "course")  # fmt: skip
    zone = _zone(top)
    lms = top.one_of("lms", get_args(Lms), "none")
    late = _late(top, lms)
    assignments = _assignments(top, zone)
    title = top.text("title")
    student_id = _student_id(top)
    plugins = _plugins(top)
    if top.faults or zone is None:
        return None
    return Course(folder, name, title, zone, cast(Lms, lms), student_id, assignments, late, plugins)


def _student_id(top: Table) -> str:
    pattern = top.text("student_id", ANY_ID, 'a pattern such as "s[0-9]{4}"')
    try:
        matches(pattern, "")
    except InputError as error:
        top.fault(f"student_id: {one_line(str(error))}", "student_id")
        return ANY_ID
    return pattern


def _zone(top: Table) -> ZoneInfo | None:
    name = top.text("timezone", expected='a name such as "Europe/Zurich"')
    if not name:
        return None
    zone = zone_named(name)
    if zone is None:
        near = near_zones(name)
        meant = f" (did you mean {' or '.join(map(shown, near))}?)" if near else ""
        top.fault(
            f'no time zone {shown(name)}{meant}; names are such as "Europe/Zurich"', "timezone"
        )
    return zone


def _plugins(top: Table) -> tuple[str, ...]:
    found = top.get("plugins", list, [], 'a list such as ["oslab-buddy>=1.4,<2"]')
    for i, text in enumerate(found):
        try:
            if not isinstance(text, str):
                raise InputError(
                    f"{found_text(text)} is none; a text is expected, oslab-buddy>=1.4,<2"
                )
            requirement(text)
        except InputError as error:
            top.fault(f"plugins: {error}", "plugins", i)
    return tuple(text for text in found if isinstance(text, str))


def _late(top: Table, lms: str) -> LatePolicy:
    values = top.get("late", dict, {}, "a table [late]")
    table = Table(values, ("late",), top.lines, top.faults)
    table.keys(_LATE)
    by = table.one_of("by", ("lms", "oslab"), "lms")
    numbers = [key for key in _LATE[1:] if key in values]
    if by == "lms" and numbers:
        table.fault(f'by = "lms" leaves lateness to the LMS, and {", ".join(numbers)} would reduce a '
                    'second time; never both: delete them, or write by = "oslab"', numbers[0])  # fmt: skip
    if "by" in values and by == "lms" and top.values.get("lms", lms) == "none":
        table.fault('by is "lms", but lms is "none": nobody would reduce; write by = "oslab"', "by")
    share = table.number("per_day", Fraction(0), parse_percent, '0.10 or "10 %"')
    if not 0 <= share <= 1:
        table.fault(
            "per_day is a share of the points earned, from 0 to 1: 0.10 is a tenth", "per_day"
        )
    slack = timedelta()
    if text := table.text("slack", "", 'a time such as "10min"'):
        try:
            slack = duration(text)
        except InputError as error:
            table.fault(f"slack: {error}", "slack")
    return LatePolicy(
        by=cast(Literal["lms", "oslab"], by),
        per_day=share,
        slack=slack,
        cutoff_days=table.natural("cutoff_days", None, 1000),
        grace_days=table.natural("grace_days", 0, 1000),
    )


def _assignments(top: Table, zone: ZoneInfo | None) -> tuple[Assignment, ...]:
    tables = top.get("assignment", list, [], "a heading in two brackets, [[assignment]],")
    found: list[tuple[int, Assignment]] = []
    for i, values in enumerate(tables):
        if not isinstance(values, dict):
            top.fault(
                f"assignment is {found_text(values)}; a table [[assignment]] is expected",
                "assignment",
                i,
            )
            continue
        table = Table(values, ("assignment", i), top.lines, top.faults)
        made = _assignment(table, zone)
        for j, other in found:
            line = line_of(top.lines, ("assignment", j))
            if made.name and made.name == other.name:
                table.fault(f"there is an assignment {made.name} already, line {line}", "name")
            elif made.title and made.title.casefold() == other.title.casefold():
                table.fault(f"{other.name}, line {line}, has this title too; the LMS could not tell them "
                            "apart", "title")  # fmt: skip
        found.append((i, made))
    return tuple(made for _, made in found)


def _assignment(table: Table, zone: ZoneInfo | None) -> Assignment:
    table.keys(_ASSIGNMENT)
    name = table.text("name", expected='a short name such as "hw1"')
    if name and not ASSIGNMENT.fullmatch(name):
        table.fault(f"name is {shown(name)}; at most 40 small letters, digits and hyphens are expected: "
                    '"hw1"', "name")  # fmt: skip
    elif name and is_device(name):
        table.fault(
            f"name: {name} is the name of a device on Windows, and would be a folder", "name"
        )
    return Assignment(
        name=name,
        title=table.text("title", expected="what the LMS calls it"),
        due=_due(table, zone),
        questions=_questions(table),
        feedback=cast(Feedback, table.one_of("feedback", get_args(Feedback), "full")),
        counts=cast(Literal["best", "last"], table.one_of("counts", ("best", "last"), "best")),
        team=bool(table.get("team", bool, False, "true or false")),
    )


def _due(table: Table, zone: ZoneInfo | None) -> datetime:
    """When it is due, in the course's time zone; without an offset the course's clocks are meant."""
    stand_in = datetime(2000, 1, 1, tzinfo=UTC)
    wanted = _WANTED["due"].rstrip(",")
    given = table.values.get("due")
    if isinstance(given, str | int):
        from oslab.tomlslips import date_meant  # not needed for what is right

        meant = date_meant(str(given))
        wanted = f"{meant}, without quotes," if meant else wanted
    value = table.get("due", date, REQUIRED, wanted)
    if not isinstance(value, datetime):
        if isinstance(value, date):
            table.fault(
                f"due is the day {value}; the time too is expected: {value}T23:59:00", "due"
            )
        return stand_in
    if not 1990 <= value.year <= 2200:
        table.fault(f"due is in the year {value.year}", "due")
        return stand_in
    if zone is None:
        return stand_in
    if value.tzinfo is not None:
        return value.astimezone(zone)
    due = value.replace(tzinfo=zone, fold=0)
    back = due.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != value:
        table.fault(f"due {value.isoformat()}: clocks in {zone.key} are put forward that night, and there "
                    f"is no {value:%H:%M}; {back:%H:%M} comes next", "due")  # fmt: skip
    return due


def _questions(table: Table) -> tuple[QuestionSetting, ...]:
    example = '{ exercise = "paging/replace-fifo", points = 8 }'
    values = table.get("questions", list, REQUIRED, f"a list of {example}")
    if not isinstance(values, list):
        return ()
    if not values or len(values) > MOST_QUESTIONS:
        table.fault(f"questions has {len(values)}; 1 to {MOST_QUESTIONS} are expected, each {example}",
                    "questions")  # fmt: skip
    found: list[QuestionSetting] = []
    for i, value in enumerate(values):
        if not isinstance(value, dict):
            table.fault(f"q{i + 1} is {found_text(value)}; {example} is expected", "questions", i)
            continue
        inside = Table(value, (*table.path, "questions", i), table.lines, table.faults)
        inside.keys(("exercise", "points"))
        exercise = inside.text("exercise", expected='the name of one, "paging/replace-fifo"')
        points = inside.number("points", None, parse_decimal, 'a number such as 8, 0.5 or "1/3"')
        if points is not None and not 0 < points <= MOST_POINTS:
            inside.fault(f"points is {found_text(value['points'])}; more than 0 and at most {MOST_POINTS} is "
                         "expected", "points")  # fmt: skip
        earlier = [f"q{j}" for j, q in enumerate(found, 1) if q.exercise == exercise]
        if exercise and earlier:
            inside.fault(f"{one_line(exercise)} is {earlier[0]} already: a student would get the same "
                         "numbers twice", "exercise")  # fmt: skip
        found.append(QuestionSetting(exercise, points))
    return tuple(found)
