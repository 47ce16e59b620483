"""Moodle: folders ``Ming Chen_12345_assignsubmission_file_``, and the worksheet that says who 12345 is.

As of moodle/moodle, mod/assign (locallib.php, classes/downloader.php, gradingtable.php): the full name with
blanks for underscores, a number of this assignment alone, the kind of submission. The grading worksheet is
in the site's language; its first columns are ``Identifier`` (``Participant 12345``), the full name, what
the site shows of users (ID number, e-mail), the status; then the time of the submission.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab_grader.course.roster import Person, Roster
from oslab_grader.csvfile import CsvFile, read_csv
from oslab_grader.intake.times import moodle_moment

_FOLDER = re.compile(r"([^_]*)_([0-9]{1,18})_assignsubmission_[a-z]+(?:_.*)?", re.DOTALL)
# "Participant 12345"; most languages write no blank: "Teilnehmer/in12345". A student number is no such word.
_PARTICIPANT = re.compile(r"(?:.{1,40}\s|[^\x00-\x7f]{1,40}|\D{6,40})([0-9]{1,18})")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
# Heads in the languages whose months `times` knows, and in Chinese, Japanese and Russian.
_NAMES = ["full name", "vollständiger name", "nom complet", "nombre completo", "nome completo", "nome",
          "volledige naam", "fullständigt namn", "全名", "姓名", "氏名", "полное имя"]  # fmt: skip
_TIMES = ["last modified(submission)", "zuletzt geändert(abgabe)", "dernière modification(travail remis)",
          "última modificación(entrega)", "ultima modifica(consegna)", "última modificação(envio)",
          "laatst gewijzigd(ingezonden)", "senast ändrad(inlämning)", "上次修改(作业)", "最后修改(作业)",
          "最終更新日時(提出)", "последнее изменение(ответ)"]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A participant of the worksheet. `person` None: nobody on the roster."""

    person: Person | None
    time: datetime | None


def participant(name: str) -> tuple[str, str] | None:
    """Full name and participant number of a folder or file; None when Moodle did not name it."""
    match = _FOLDER.fullmatch(name)
    return (match[1], match[2]) if match else None


def own_name(name: str) -> str:
    """The path the student gave the file, without their name."""
    return re.sub(r"^[^_]*_[0-9]+_assignsubmission_[a-z]+_?/?", "", name) or name


def by_name(roster: Roster) -> Mapping[tuple[str, ...], Person | None]:
    """Who is called so, whatever the order of the names; None where several are."""
    found: dict[tuple[str, ...], Person | None] = {}
    for person in roster.people:
        key = name_key(person.name)
        found[key] = None if key in found else person
    found.pop((), None)
    return found


def name_key(name: str) -> tuple[str, ...]:
    """A name's words in an order that does not depend on who writes it."""
    return tuple(sorted(re.findall(r"[^\W_]+", name.casefold())))


def read_worksheet(file: Path, roster: Roster, zone: tzinfo) -> Mapping[str, Row]:
    """Every participant by number.

    Raises InputError listing every fault with its line.
    """
    expected = "Moodle's grading worksheet is expected, as downloaded"
    table = read_csv(file, expected)
    columns = _columns(table, roster)
    if columns.number is None:
        heads = one_line(", ".join(table.heads))
        raise InputError(
            f'{file}: no column is "Identifier" with "Participant 123"; found {heads}; {expected}'
        )
    names = by_name(roster)
    found: dict[str, Row] = {}
    # Whose the worksheet's rows are, surely and by a name, which students may choose.
    surely: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    faults: list[str] = []
    for line, row in table.rows:
        match = _PARTICIPANT.fullmatch(_cell(row, columns.number))
        if match is None:
            faults.append(f'line {line}: "Participant 123" is expected in the first column')
            continue
        said = _cell(row, columns.time)
        time = None
        if said not in ("", "-"):
            try:
                time = moodle_moment(said, zone)
            except ValueError as error:
                faults.append(f"line {line}: {error}; give the times with --times")
        if match[1] in found:
            faults.append(f"line {line}: participant {match[1]} for the second time")
        person = _person(row, columns, roster)
        by_its_name = None if person else names.get(name_key(_cell(row, columns.name)))
        found[match[1]] = Row(person or by_its_name, time)
        if person:
            surely.setdefault(person.id, []).append(match[1])
        elif by_its_name:
            named.setdefault(by_its_name.id, []).append(match[1])
    if faults:
        raise InputError("\n".join(f"{file} {fault}" for fault in faults))
    for student, numbers in named.items():
        if len(numbers) > 1 or student in surely:
            found |= {number: replace(found[number], person=None) for number in numbers}
    if not any(row.person for row in found.values()):
        raise InputError(
            f"{file} names nobody on the roster; is it this course's? With anonymous submissions, reveal "
            "the identities in Moodle, then download it again"
        )
    return found


@dataclass(frozen=True)
class _Columns:
    number: int | None
    name: int | None
    id: int | None
    email: int | None
    time: int | None


def _columns(table: CsvFile, roster: Roster) -> _Columns:
    """Which column is which: known by its head, or in languages not listed here by what stands in it.

    Only the columns before the times are looked at: students write into later ones.
    """
    heads = [_plain(head) for head in table.heads]

    def mostly(column: int, test: Callable[[str], object]) -> bool:
        cells = [cell for _, row in table.rows if (cell := _cell(row, column))]
        return sum(bool(test(cell)) for cell in cells) * 2 > len(cells)

    time = next((i for i, head in enumerate(heads) if head in _TIMES), None)
    own = range(min(len(heads), 8 if time is None else time))
    number = next((i for i in own[:2] if mostly(i, _PARTICIPANT.fullmatch)), None)
    others = [i for i in own if i != number]
    name = next((i for i in others if heads[i] in _NAMES), None)
    ids = next((i for i in others if mostly(i, roster.find)), None)
    email = next((i for i in others if mostly(i, _EMAIL.fullmatch)), None)
    if name is None and number == 0 and 1 in others and 1 not in (ids, email):
        name = 1
    return _Columns(number, name, ids, email, time)


def _plain(head: str) -> str:
    """A head with the blanks and brackets of all translations alike."""
    return unicodedata.normalize("NFKC", head).casefold().replace(" (", "(").strip()


def _person(row: Sequence[str], columns: _Columns, roster: Roster) -> Person | None:
    """Whose a row is by student number, or else e-mail."""
    number, email = _cell(row, columns.id), _cell(row, columns.email)
    person = roster.find(number) if number else None
    return person or (roster.by_column("email", email) if email else None)


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""
