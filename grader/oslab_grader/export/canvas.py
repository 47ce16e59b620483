"""Canvas: the instructor's own gradebook file with one column filled in, to be imported again.

What Canvas does with such a file is read from its importer (canvas-lms, lib/gradebook_importer.rb): it
finds a column by the number in its head, makes a new assignment of a head that it does not know, takes an
empty cell for "remove this grade", and guesses the separator from the first three lines. So each
assignment is a file of its own, with the columns that say who somebody is, the one column, and the
students whose cell changes; nothing in it is empty, and nothing in it is anybody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.exporting import Exported, ExportedAssignment, ExportedGrade, ExportRequest
from oslab.quantities import shown
from oslab_grader.export import points, roundtrip
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.roundtrip import CsvText, Line

EXPECTED = "export the gradebook from Canvas again: Grades, Export, Export Entire Gradebook"
_NUMBERED = re.compile(r"(.*)\s\((\d+)\)")
_READ_ONLY = re.compile(r"read\s+only")
# Rows about assignments, not students: the importer passes over them.
_POSTING = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)


def export(request: ExportRequest) -> Exported:
    """One file for each assignment. Raises InputError where the given one is not Canvas's, or a column is
    missing, there twice, or not to be written."""
    if request.given is None:
        raise InputError(
            "canvas needs the gradebook exported from Canvas: oslab gradebook export canvas FILE"
        )
    gradebook = Grades.read(request.given, request.given_name)
    files, said = {}, []
    for assignment in request.assignments:
        filled = _fill(gradebook, assignment, request)
        said += filled.said
        if filled.lines:
            kept = [*gradebook.about, *filled.lines]
            columns = (*range(gradebook.student_columns), filled.column)
            data = gradebook.csv.bytes_of(kept, columns)
            if roundtrip.sniffed(data.decode("utf-8-sig")) != gradebook.csv.delimiter:
                raise InputError(
                    f"{gradebook.csv.name}: Canvas would not find what separates the cells; {EXPECTED}"
                )
            files[f"canvas-{assignment.name}.csv"] = data
    return Exported(files, tuple(said), phrase("canvas-next") if files else "")


@dataclass(frozen=True)
class Grades:
    """A gradebook as Canvas exports it.

    student_columns  how many columns say who a student is, from the left
    about            the rows above the students: manual posting, points possible
    by_id, by_login  students by Canvas's number, and by what they log in with or the SIS calls them
    """

    csv: CsvText
    student_columns: int
    about: tuple[Line, ...]
    by_id: Mapping[str, Line]
    by_login: Mapping[str, Line]
    id_column: int

    @classmethod
    def read(cls, data: bytes, name: str) -> Grades:
        csv = roundtrip.read(data, name, EXPECTED)
        columns, id_column = _student_columns(csv)
        about: list[Line] = []
        by_id: dict[str, Line] = {}
        by_login: dict[str, Line] = {}
        logins = [i for i in range(id_column + 1, columns) if csv.heads[i].startswith("SIS ")]
        for line in csv.lines:
            if "Points Possible" in line.value(0) or _about_posting(line):
                about.append(line)
                continue
            number = line.value(id_column)
            if not number:
                continue
            if number in by_id:
                raise InputError(
                    f"{csv.name} lines {by_id[number].number}, {line.number}: student {shown(number)} is "
                    f"there twice; {EXPECTED}"
                )
            by_id[number] = line
            for column in logins:
                if line.value(column):
                    by_login.setdefault(line.value(column).casefold(), line)
        if not by_id:
            raise InputError(f"{csv.name} has no students; {EXPECTED}")
        return cls(csv, columns, tuple(about), by_id, by_login, id_column)

    def line_of(self, grade: ExportedGrade) -> Line | None:
        """The student's line: by Canvas's number, else by login. Raises InputError where the two say
        different students."""
        number = grade.person.get("canvas", "")
        login = self.by_login.get(grade.student.casefold())
        line = self.by_id.get(number) if number else None
        if line and login and line is not login:
            raise InputError(
                f"{self.csv.where(line)}: Canvas's number {shown(number)} is {shown(grade.student)} in "
                f"roster.csv, but line {login.number} has that login; read the roster again: "
                "oslab course roster FILE"
            )
        return line or login

    def column_of(self, assignment: ExportedAssignment) -> int:
        """The column of an assignment, by its title, or by the number in ``Title (12345)``.

        Raises InputError where there is none, naming those that are near, or more than one."""
        heads = dict(enumerate(self.csv.heads[self.student_columns :], self.student_columns))
        parts = {i: _NUMBERED.fullmatch(head) for i, head in heads.items()}
        title = assignment.title.strip()
        found = [i for i, head in heads.items() if head == title]
        found = found or [i for i, part in parts.items() if part and part[1].strip() == title]
        wanted = _NUMBERED.fullmatch(title)
        if not found and wanted:
            found = [i for i, part in parts.items() if part and part[2] == wanted[2]]
        if len(found) == 1:
            return found[0]
        named = f"{assignment.name} ({shown(title)} in course.toml)"
        if found:
            both = ", ".join(shown(heads[i]) for i in found)
            raise InputError(
                f"{self.csv.name}: {named} fits several columns: {both}; write the one that is meant "
                "as its title in course.toml, number and all"
            )
        numbered = [part[1] for part in parts.values() if part]
        near = did_you_mean(title, numbered)
        there = ", ".join(map(shown, numbered[:8])) or "none"
        raise InputError(
            f"{self.csv.name}: no column is called {shown(title)} ({assignment.name} in course.toml)"
            f"{near}; Canvas would make a new assignment of it. Columns: {there}"
            f"{' …' if len(numbered) > 8 else ''}. To export others only: --assignment NAME"
        )


@dataclass
class _Filled:
    column: int
    lines: list[Line] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def _fill(gradebook: Grades, assignment: ExportedAssignment, request: ExportRequest) -> _Filled:
    """One assignment's column: the lines that change, and what is to be said."""
    csv = gradebook.csv
    filled = _Filled(gradebook.column_of(assignment))
    head = csv.heads[filled.column]
    notes = list(_about_column(gradebook, filled.column, assignment))
    comma = csv.delimiter == ";" and roundtrip.decimal_comma(
        line.value(filled.column) for line in csv.lines
    )
    left = Left()
    new = changed = same = excused = absent = reduced = 0
    for grade in request.book.grades(assignment.name):
        line = gradebook.line_of(grade)
        there = line.value(filled.column) if line else ""
        if grade.status == "missing":
            absent += 1
        elif grade.total is None and grade.status != "excused":
            left[left_out_as(grade)] += 1
        elif line is None:
            left[phrase("not-in-file")] += 1
        elif there.upper() == "N/A":
            left[phrase("canvas-not-assigned")] += 1
        elif grade.total is None:
            if there.upper() == "EX":
                same += 1
                continue
            excused += 1
            filled.lines.append(line.with_cell(filled.column, "EX", csv.delimiter))
        elif there.upper() == "EX":
            left[phrase("canvas-excused")] += 1
        elif points.same(there, grade.total):
            same += 1
        else:
            new, changed = (new + 1, changed) if there in ("", "-") else (new, changed + 1)
            value = points.read(there)
            reduced += grade.late and value is not None and value < grade.total
            text = points.written(grade.total, bool(comma))
            filled.lines.append(line.with_cell(filled.column, text, csv.delimiter))
    if reduced:
        notes.append(phrase("canvas-reduced", number=reduced))
    filled.said = [
        together(
            phrase("column", name=assignment.name, head=head),
            phrase("new", number=new),
            phrase("changed", number=changed),
            phrase("excused", number=excused) if excused else "",
            phrase("same", number=same) if same else "",
            *left.said(),
            phrase("absent", number=absent) if absent else "",
        ),
        *("  " + note for note in notes),
    ]
    return filled


def _about_column(gradebook: Grades, column: int, assignment: ExportedAssignment) -> Iterator[str]:
    """What is odd about the column. Raises InputError where Canvas does not let it be written."""
    head = gradebook.csv.heads[column]
    if not _NUMBERED.fullmatch(head):
        yield phrase("canvas-unnumbered", head=head)
    for line in gradebook.about:
        cell = line.value(column)
        if "Points Possible" not in line.value(0):
            continue
        if _READ_ONLY.search(cell):
            raise InputError(
                f"{gradebook.csv.where(line)}: Canvas says that column {shown(head)} is read only"
            )
        possible = points.read(cell)
        if possible is not None and possible != assignment.points:
            ours = points.written(assignment.points)
            yield phrase("points-differ", there=cell, name=assignment.name, ours=ours)


def _about_posting(line: Line) -> bool:
    return all(_POSTING.fullmatch(cell.value) for cell in line.cells)


def _student_columns(csv: CsvText) -> tuple[int, int]:
    """How many columns say who a student is, and which has Canvas's number; by the importer's rules.

    Raises InputError where it would say "Invalid header row"."""
    heads = (*csv.heads, "", "", "", "")
    names = 2 if heads[0] == "LastName" and heads[1] == "FirstName" else 1
    after = names + 1
    count = after + 1
    if re.search(r"SIS\s+Login\s+ID", heads[after]):
        count += 1
    elif re.search(r"SIS\s+User\s+ID", heads[after]) and re.search(
        r"SIS\s+Login\s+ID", heads[after + 1]
    ):
        count += 2
        count += "Integration ID" in heads[after + 2]
        count += "Root Account" in (*heads, "", "")[count - 1]
    good = "Student" in heads[0] or names == 2
    if (
        not good
        or len(csv.heads) < 4
        or "ID" not in heads[names]
        or "Section" not in heads[count - 1]
    ):
        raise InputError(
            f"{csv.name} is not a gradebook that Canvas wrote: its first line must be Student, ID, …, "
            f"Section and the assignments; {EXPECTED}"
        )
    return count, names
