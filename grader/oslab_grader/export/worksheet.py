"""Moodle's offline grading worksheet, downloaded, filled in, to be uploaded again.

What Moodle does with it is read from moodle, mod/assign/feedback/offline: it finds columns by heads in the
language of the site, students by the number at the end of the first column; it passes silently over a
grade that is locked, out of range, or changed since the download (by the date in the file, which must stay
as it is), and an emptied comment is emptied there too. Which column is which is told by the heads in the
languages below, and in all others by what stands in the columns.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab.errors import InputError
from oslab.exporting import Exported, ExportedAssignment, ExportedGrade, ExportRequest
from oslab.quantities import printable, shown
from oslab_grader.csvfile import guarded
from oslab_grader.export import points, roundtrip
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.roundtrip import CsvText, Line

EXPECTED = "download it from Moodle again: the assignment, Submissions, Download grading worksheet"
# Maximum grade, Grade can be changed, Last modified (grade), Feedback comments; casefolded.
_MAXIMUM = {
    "maximum grade", "bestwertung", "note maximale", "calificación máxima", "nota máxima", "最高分",
    "最高成绩", "最大評点", "最大评分", "valutazione massima", "maximale beoordeling",
}  # fmt: skip
_CHANGEABLE = {
    "grade can be changed", "bewertung kann geändert werden", "la note peut être modifiée",
    "la calificación puede cambiarse", "a nota pode ser alterada.", "允许更改成绩", "評点変更可",
}  # fmt: skip
_MARKED = {
    "last modified (grade)", "zuletzt geändert (bewertung)", "dernière modification (note)",
    "última modificación (calificación)", "última modificação (nota)", "最后修改（教师）",
    "最终更新日時 (評定)", "最終更新日時 (評定)", "laatst gewijzigd (beoordeling)",
}  # fmt: skip
_COMMENTS = {"feedback comments", "feedback als kommentar", "comentarios de retroalimentación",
             "commentaires de feedback", "反馈评论", "反馈意见"}  # fmt: skip
_YES = {"yes", "ja", "oui", "sí", "si", "sim", "是", "はい", "да", "tak"}
_NO = {"no", "nein", "non", "não", "否", "いいえ", "нет", "nie", "nee", "nej"}
_NUMBERED = re.compile(r"\D*[0-9]+")
_YEAR = re.compile(r"(^|\D)(19|20|25)[0-9]{2}(\D|$)")


@dataclass(frozen=True)
class Worksheet:
    """A worksheet and which of its columns is which; `comments` is -1 where there are none."""

    csv: CsvText
    grade: int
    maximum: int
    changeable: int
    comments: int

    @classmethod
    def read(cls, data: bytes, name: str) -> Worksheet:
        """Raises InputError where it is none, or one column cannot be told."""
        csv = roundtrip.read(data, name, EXPECTED, ",")
        numbers = Counter(line.value(0) for line in csv.lines)
        if not csv.lines or not all(_NUMBERED.fullmatch(number) for number in numbers):
            raise InputError(
                f"{csv.name} is not a grading worksheet that Moodle wrote: its first column must be "
                f'"Participant 1234"; {EXPECTED}'
            )
        twice = [number for number, count in numbers.items() if count > 1]
        if twice:
            raise InputError(f"{csv.name}: {shown(twice[0])} is there twice; {EXPECTED}")
        maximum = _maximum(csv)
        changeable = _changeable(csv, maximum)
        return cls(csv, maximum - 1, maximum, changeable, _comments(csv, changeable))

    def may_change(self, line: Line) -> bool:
        return line.value(self.changeable).casefold() in _YES


def _maximum(csv: CsvText) -> int:
    """The column of the maximum grade; the one before it is the grade."""
    heads = [head.casefold() for head in csv.heads]
    named = [i for i, head in enumerate(heads) if head in _MAXIMUM and i > 1]
    # In an unknown language: the same number for everybody, right of numbers or nothing.
    alike = [
        i
        for i in range(2, len(heads))
        if len(values := {line.value(i) for line in csv.lines}) == 1
        and points.read(next(iter(values))) is not None
        and all(not line.value(i - 1) or points.read(line.value(i - 1)) is not None for line in csv.lines)
    ]  # fmt: skip
    found = named if len(named) == 1 else alike
    if len(found) != 1 or points.read(csv.lines[0].value(found[0])) is None:
        raise InputError(
            f"{csv.name}: which column is the maximum grade cannot be told; a worksheet of an assignment "
            f"that is graded with points is needed; {EXPECTED}"
        )
    return found[0]


def _changeable(csv: CsvText, maximum: int) -> int:
    """The column that says whether a grade may be changed: right of the maximum, perhaps behind the
    workflow's state."""
    for column in range(maximum + 1, min(maximum + 3, len(csv.heads))):
        said = {line.value(column).casefold() for line in csv.lines}
        if said <= _YES | _NO:
            return column
        if csv.heads[column].casefold() in _CHANGEABLE:
            other = sorted(said - _YES - _NO)[0]
            raise InputError(
                f"{csv.name}: whether {shown(other)} under {shown(csv.heads[column])} means yes cannot be "
                "told; download the worksheet with Moodle set to English"
            )
    raise InputError(
        f"{csv.name}: no column says which grades may be changed; download the worksheet with Moodle set "
        "to English"
    )


def _comments(csv: CsvText, changeable: int) -> int:
    """The column of comments: by its head, else the last one, if it holds no dates."""
    heads = [head.casefold() for head in csv.heads]
    for column in range(changeable + 1, len(heads)):
        if heads[column] in _COMMENTS:
            return column
    last = len(heads) - 1
    values = [line.value(last) for line in csv.lines]
    dates = heads[last] in _MARKED or all(v == "-" or _YEAR.search(v) for v in values)
    return -1 if last <= changeable + 1 or dates else last


def export(request: ExportRequest) -> Exported:
    """The worksheet with the grades of one assignment. Raises InputError where it is none, fits nobody,
    or has a maximum that some grade is above."""
    if len(request.assignments) != 1:
        names = " ".join(a.name for a in request.assignments)
        raise InputError(
            f"a worksheet is of one assignment; say which it is: --assignment, one of {names}"
        )
    assignment = request.assignments[0]
    sheet = Worksheet.read(request.given or b"", request.given_name)
    csv = sheet.csv
    maximum = points.read(csv.lines[0].value(sheet.maximum)) or Fraction(0)
    grades = {grade.student: grade for grade in request.book.grades(assignment.name)}
    lines_of = _match(sheet, grades)
    filled = _fill(sheet, grades, lines_of, maximum, assignment)
    said = list(filled.said)
    if maximum != assignment.points:
        there, ours = points.written(maximum), points.written(assignment.points)
        note = phrase("points-differ", there=there, name=assignment.name, ours=ours)
        said.append("  " + note)
    if not filled.changed:
        return Exported({}, tuple(said))
    changed = {line.number: line for line in filled.changed}
    data = csv.bytes_of(changed.get(line.number, line) for line in csv.lines)
    return Exported({f"moodle-{assignment.name}.csv": data}, tuple(said), phrase("worksheet-next"))


@dataclass
class _Filled:
    changed: list[Line]
    said: list[str]


def _fill(
    sheet: Worksheet,
    grades: Mapping[str, ExportedGrade],
    lines_of: Mapping[str, Line],
    maximum: Fraction,
    assignment: ExportedAssignment,
) -> _Filled:
    csv = sheet.csv
    columns = (sheet.maximum, sheet.grade)
    comma = bool(roundtrip.decimal_comma(line.value(i) for i in columns for line in csv.lines))
    left = Left()
    new = changed = same = absent = remarks = kept = 0
    lines = []
    for student, grade in grades.items():
        line = lines_of.get(student)
        if grade.status == "missing":
            absent += 1
            continue
        if grade.total is None:
            left[left_out_as(grade)] += 1
            continue
        if line is None:
            left[phrase("not-in-file")] += 1
            continue
        if not sheet.may_change(line):
            left[phrase("locked")] += 1
            continue
        if grade.total > maximum:
            raise InputError(
                f"{csv.where(line)}: {student} has {points.written(grade.total)} points in "
                f"{assignment.name}; Moodle's maximum grade is {points.written(maximum)}, and it passes "
                "over what is more. Set the maximum there, and download the worksheet again"
            )
        there = line.value(sheet.grade)
        filled = line
        if points.same(there, grade.total):
            same += 1
        else:
            new, changed = (new + 1, changed) if there in ("", "-") else (new, changed + 1)
            text = points.written(grade.total, comma)
            filled = filled.with_cell(sheet.grade, text, csv.delimiter)
        remark = comment_of(grade)
        if remark and sheet.comments >= 0:
            present = line.value(sheet.comments)
            if not present:
                remarks += 1
                filled = filled.with_cell(sheet.comments, remark, csv.delimiter)
            kept += present not in ("", remark)
        if filled is not line:
            lines.append(filled)
    said = [
        together(
            phrase("column", name=assignment.name, head=csv.heads[sheet.grade]),
            phrase("new", number=new),
            phrase("changed", number=changed),
            phrase("same", number=same) if same else "",
            phrase("remarks", number=remarks) if remarks else "",
            *left.said(),
            phrase("absent", number=absent) if absent else "",
        )
    ]
    if kept:
        said.append("  " + phrase("remarks-kept", number=kept))
    return _Filled(lines, said)


def comment_of(grade: ExportedGrade) -> str:
    """What people wrote to the student, as the HTML that Moodle's comments are."""
    texts = [*grade.comments]
    texts += [f"{q.name}: {text}" for q in grade.questions for text in q.comments]
    found = "<br>".join(
        html.escape(printable(text).replace("\t", " "), quote=False).replace("\n", "<br>")
        for text in texts
    )
    # A spreadsheet must not run it, and the student not see a guard: the first sign as HTML has it.
    return found if guarded(found) == found else f"&#{ord(found[0])};{found[1:]}"


def _match(sheet: Worksheet, grades: Mapping[str, ExportedGrade]) -> Mapping[str, Line]:
    """Student → line: by id or address in any of the columns before the grade, else by a name that only
    one has, there and here. Raises InputError where it fits nobody, or two lines are one student."""
    sure = {student.casefold(): student for student in grades}
    for student, grade in grades.items():
        if grade.person.get("email"):
            sure.setdefault(grade.person["email"].casefold(), student)
    names = _once((_name(g.person.get("name", "")), student) for student, g in grades.items())
    theirs = _once(
        (name, str(line.number))
        for line in sheet.csv.lines
        for name in {_name(value) for value in _about(sheet, line)}
    )
    found: dict[str, Line] = {}
    for line in sheet.csv.lines:
        values = _about(sheet, line)
        by_name = [names[n] for v in values if (n := _name(v)) in names and n in theirs]
        fits = [sure[v.casefold()] for v in values if v.casefold() in sure] or by_name
        if not fits:
            continue
        if len(set(fits)) > 1 or fits[0] in found:
            other = f", like line {found[fits[0]].number}" if fits[0] in found else ""
            both = " and ".join(dict.fromkeys(fits))
            raise InputError(f"{sheet.csv.where(line)} fits {both} of roster.csv{other}")
        found[fits[0]] = line
    if not found:
        raise InputError(
            f"{sheet.csv.name}: nobody in it is on the roster, by id, address or name; is it of another "
            "course, or marked anonymously? Reveal the identities in Moodle, and download it again"
        )
    return found


def _about(sheet: Worksheet, line: Line) -> Sequence[str]:
    return [v for i in range(1, sheet.grade) if (v := line.value(i))]


def _name(text: str) -> str:
    """A name, whatever the order of its parts: ``Chen, Ming`` is ``Ming Chen``."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(sorted(words))


def _once(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Name → whose, for names that only one has."""
    whose: dict[str, set[str]] = {}
    for name, student in pairs:
        if name:
            whose.setdefault(name, set()).add(student)
    return {name: next(iter(students)) for name, students in whose.items() if len(students) == 1}
