"""Which column of a file is what: exports of Canvas and Moodle (in English, German or Chinese), or any
CSV file, in any order of columns.

Canvas writes its heads in English whatever the language of the course; Moodle in that of who exports.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab.errors import InputError, one_line
from oslab.homework.classfile import matches
from oslab.quantities import shown
from oslab_grader.csvfile import CsvFile

# Heads without case, blanks and signs; those that say it best stand first.
_HEADS: Mapping[str, Sequence[str]] = {
    "id": (
        "id", "studentid", "studentnumber", "studentno", "studentnr", "sid", "sisloginid", "sisuserid",
        "idnumber", "matriculationnumber", "registrationnumber", "netid", "username", "userid", "login",
        "loginid", "universityid", "matrikelnummer", "matrikelnr", "idnummer", "anmeldename", "学号",
        "学生学号", "学籍号", "id号", "编号", "用户名", "考号",
    ),
    "name": (
        "name", "fullname", "studentname", "student", "displayname", "vollstaendigername",
        "vollständigername", "vollername", "姓名", "学生姓名", "全名", "学生", "名字",
    ),
    "first": ("firstname", "givenname", "first", "forename", "vorname", "名"),
    "last": ("lastname", "surname", "familyname", "last", "nachname", "姓", "姓氏"),
    "email": (
        "email", "emailaddress", "mail", "mailaddress", "emailadresse", "mailadresse", "电子邮件",
        "电子邮件地址", "电邮地址", "邮箱", "邮箱地址", "邮件地址", "email地址",
    ),
    "section": (
        "section", "sections", "group", "groups", "class", "tutorial", "gruppe", "gruppen", "übungsgruppe",
        "班级", "班", "小班", "教学班", "小组",
    ),
    "canvas": ("canvas", "canvasid", "canvasuserid"),
    "team": ("team", "teams", "teamname", "团队", "组队"),
    "github": ("github", "githubusername", "githubid", "githublogin"),
}  # fmt: skip
# A group counts as section; where a file has a column of sections too, it is a team.
FIELDS = ("id", "name", "email", "canvas", "section", "team", "github")
# A Moodle worksheet numbers people anew in every assignment: "Participant 1234", "Teilnehmer/in 1234".
_PARTICIPANT = re.compile(r"\S+\s*[0-9]+")
# How Canvas and Moodle fill a row that is no student.
POINTS_ROW = "points possible"
TEST_STUDENT = ("student, test", "test student")


@dataclass(frozen=True)
class Columns:
    """What stands where: field → heads (a name may be put together from two). `kind` is the file's."""

    kind: str
    heads: Mapping[str, tuple[str, ...]]

    def cell(self, field: str, row: Mapping[str, str]) -> str:
        """What a row has for a field."""
        return " ".join(filter(None, (row.get(h, "").strip() for h in self.heads.get(field, ()))))


def plain(head: str) -> str:
    """A head as it is looked up."""
    text = unicodedata.normalize("NFKC", head).casefold()
    return "".join(c for c in text if c.isalnum())


def find_columns(file: CsvFile, student_id: str, told: Mapping[str, Sequence[str]]) -> Columns:
    """Which column is what. `told`: field → heads that the user named.

    Raises InputError where no column, or more than one, could be the id, and for a head that is not there.
    """
    heads = [head for head in file.heads if head]
    twice = sorted({head for head in heads if heads.count(head) > 1})
    chosen = {field: _named(file, field, names) for field, names in told.items() if names}
    for name in chosen.values():
        for head in name:
            if head in twice:
                raise InputError(f"{file.name}: two columns are called {shown(head)}; rename one")
    kind = _kind(heads)
    found = _canvas(heads) if kind == "canvas" else _by_heads(heads)
    found = {field: names for field, names in found.items() if not set(names) & set(twice)}
    if "id" not in chosen:
        chosen["id"] = (_id_column(file, kind, heads, student_id),)
    taken = {head for names in chosen.values() for head in names}
    for field in FIELDS:
        if field not in chosen and field in found and not taken & set(found[field]):
            chosen[field] = found[field]
    order = [*FIELDS, *(field for field in chosen if field not in FIELDS)]
    return Columns(kind, {field: chosen[field] for field in order if field in chosen})


def _named(file: CsvFile, field: str, names: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in names:
        same = [head for head in file.heads if head == name] or [
            head for head in file.heads if plain(head) == plain(name)
        ]
        if len(same) != 1:
            raise InputError(
                f"{file.name} has no column {shown(name)} for --{field}; {_listed(file)}"
            )
        found += same
    return tuple(found)


def _kind(heads: Sequence[str]) -> str:
    plains = list(map(plain, heads))
    canvas = "section" in plains and "id" in plains and "sisloginid" in plains
    if canvas and (plains[:1] == ["student"] or plains[:2] == ["lastname", "firstname"]):
        return "canvas"
    first = plains[:1]
    if first in (["identifier"], ["标识符"]) or (first == ["id"] and "bewertung" in plains):
        return "moodle worksheet"
    return "csv"


def _canvas(heads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns of a Canvas gradebook up to Section; what follows are assignments, whatever they are called."""
    own = {
        plain(head): head
        for head in reversed(heads[: list(map(plain, heads)).index("section") + 1])
    }
    name = (own["student"],) if "student" in own else (own["firstname"], own["lastname"])
    return {"name": name, "canvas": (own["id"],), "section": (own["section"],)}


def _by_heads(heads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each field the head that says it best."""
    by_plain = {plain(head): head for head in reversed(heads)}
    found: dict[str, tuple[str, ...]] = {
        field: (by_plain[known],)
        for field, words in _HEADS.items()
        if field != "id" and (known := next((w for w in words if w in by_plain), None))
    }
    first, last = found.pop("first", ()), found.pop("last", ())
    if first and last:
        chinese = not (first[0] + last[0]).isascii() and plain(first[0]) in ("名",)
        found["name"] = (*last, *first) if chinese else (*first, *last)
    elif "name" not in found and (first or last):
        found["name"] = first or last
    return found


def _id_column(file: CsvFile, kind: str, heads: Sequence[str], student_id: str) -> str:
    """The column of student ids: known by its head and, of several, by what stands in it."""
    if kind == "canvas":
        words: Sequence[str] = ("sisloginid", "sisuserid")
    else:
        words = _HEADS["id"]
    candidates = [head for word in words for head in heads if plain(head) == word]
    if kind == "moodle worksheet":
        candidates = [h for h in candidates if not _numbered_anew(_cells(file, h))]
    # By most cells: a number that is missing or stands twice is a fault to be told, in this column.
    fitting = [head for head in candidates if _mostly(_cells(file, head), student_id)]
    if kind == "canvas" and candidates:
        return (fitting or candidates)[0]
    if len(fitting) == 1 or (len(candidates) == 1 and not fitting):
        return (fitting or candidates)[0]
    if not candidates:
        # Whatever it is called: the one column in which everybody has an id of this pattern.
        by_content = [head for head in heads if _telling(_cells(file, head), student_id)]
        if len(by_content) == 1:
            return by_content[0]
        if kind == "moodle worksheet":
            raise InputError(
                f"{file.name} is a worksheet of Moodle without a column of student ids: {heads[0]} counts "
                "people anew in every assignment. Take the gradebook (Grades, Export, Plain text file), or "
                f"name a column: --id COLUMN. {_listed(file)}"
            )
        raise InputError(
            f"{file.name} has no column that is surely the student id; name it: --id COLUMN. {_listed(file)}"
        )
    several = " and ".join(map(shown, fitting or candidates))
    raise InputError(
        f"{file.name}: {several} may each be the student id; name it: --id COLUMN. {_listed(file)}"
    )


def _cells(file: CsvFile, head: str) -> list[str]:
    """What stands in a column for students: not for the points row, not for the test student."""
    at = file.heads.index(head)
    return [row[at].strip() for _, row in file.rows if at < len(row) and not is_no_student(row)]


def is_no_student(row: Sequence[str]) -> bool:
    """Whether this is a row of a Canvas export above the students (points, "Manual Posting"), or its
    test student."""
    first = row[0].strip().casefold() if row else ""
    blank = not any(cell.strip() for cell in row[:4])
    return blank or POINTS_ROW in first or is_test_student(row)


def is_test_student(row: Sequence[str]) -> bool:
    """Whether this is the student that Canvas makes for teachers to look with."""
    names = (row[0].strip().casefold(), ", ".join(cell.strip().casefold() for cell in row[:2]))
    return any(name in TEST_STUDENT for name in names)


def _mostly(cells: Sequence[str], student_id: str) -> bool:
    """Whether most cells fit the pattern of ids."""
    return 2 * sum(matches(student_id, cell) for cell in cells) > len(cells)


def _telling(cells: Sequence[str], student_id: str) -> bool:
    """Whether all cells fit, all different, and the pattern is not one that anything fits."""
    if not cells or matches(student_id, "not-an-id.of@anybody"):
        return False
    different = len(set(map(str.casefold, cells))) == len(cells)
    return different and all(matches(student_id, cell) for cell in cells)


def _numbered_anew(cells: Sequence[str]) -> bool:
    return bool(cells) and all(" " in cell and _PARTICIPANT.fullmatch(cell) for cell in cells)


def _listed(file: CsvFile) -> str:
    """The columns there are, as a message names them."""
    heads = [one_line(head) for head in file.heads if head]
    more = f" and {len(heads) - 30} more" if len(heads) > 30 else ""
    return f"There are: {', '.join(heads[:30])}{more}"
