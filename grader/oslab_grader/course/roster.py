"""The roster: who takes the course. ``roster.csv``: ``id,name,email,section,canvas,team`` and what else
the instructor keeps there."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab.files import replace_file
from oslab.homework.classfile import example, matches
from oslab.homework.ids import id_fault
from oslab.quantities import printable, shown, tidy
from oslab_grader.csvfile import csv_text, read_csv

COLUMNS = ("id", "name", "email", "section", "canvas", "team")
# Who is who in an LMS: the same in two rows is a mistake.
UNIQUE = ("email", "canvas")
_MOST_FAULTS = 20
# Letters of some scripts are joined or kept apart by these; they move nothing.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Person:
    """One student. `more` holds further columns (github, moodle, …) by their heads.

    Names and addresses never stand in a report, a log or a text for somebody else; ids do.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    canvas: str = ""
    team: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    def owner(self, team: bool) -> str:
        """Whose variant this person has: their own, or the team's."""
        return self.team if team and self.team else self.id

    def column(self, name: str) -> str:
        """What stands in a column; empty where there is none of that name."""
        return str(getattr(self, name)) if name in COLUMNS else self.more.get(name, "")


@dataclass(frozen=True)
class Roster:
    """All students, in the order of the file."""

    people: tuple[Person, ...]

    @cached_property
    def _by_id(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def _by_folded_id(self) -> dict[str, Person]:
        return {folded(person.id): person for person in self.people}

    @cached_property
    def _by_column(self) -> dict[str, dict[str, Person | None]]:
        return {}

    @cached_property
    def _by_owner(self) -> tuple[dict[str, list[Person]], dict[str, list[Person]]]:
        found: tuple[dict[str, list[Person]], ...] = ({}, {})
        for person in self.people:
            for team in (False, True):
                found[team].setdefault(person.owner(team), []).append(person)
        return found[0], found[1]

    def __contains__(self, student: object) -> bool:
        """Whether this is an id, to the letter; `find` is kinder."""
        return student in self._by_id

    def __getitem__(self, student: str) -> Person:
        """Raises InputError naming the nearest id."""
        if student in self._by_id:
            return self._by_id[student]
        near = difflib.get_close_matches(folded(student), self._by_folded_id, n=1, cutoff=0.75)
        meant = f" (did you mean {self._by_folded_id[near[0]].id}?)" if near else ""
        raise InputError(f"{one_line(student)} is not on the roster{meant}")

    def find(self, text: str) -> Person | None:
        """The person of this id, whatever the case and the width of its letters (NFKC, casefold)."""
        return self._by_id.get(text) or self._by_folded_id.get(folded(text))

    def by_column(self, column: str, value: str) -> Person | None:
        """The person with this value in a column (canvas, email, name, github …), casefolded; None
        where nobody has it, or more than one."""
        if column not in self._by_column:
            index: dict[str, Person | None] = {}
            for person in self.people:
                if cell := folded(person.column(column)):
                    index[cell] = None if cell in index else person
            self._by_column[column] = index
        return self._by_column[column].get(folded(value))

    def owners(self, team: bool) -> Sequence[str]:
        """Whose variants there are, each once, in the order of the file."""
        return tuple(self._by_owner[team])

    def members(self, owner: str, team: bool) -> Sequence[Person]:
        """Who has the variant of this owner."""
        return tuple(self._by_owner[team].get(owner, ()))


def folded(text: str) -> str:
    """A text as it is compared: whatever the case and the width of its letters."""
    return tidy(text).casefold()


def clean(text: str) -> str:
    """A cell as it is kept: composed (NFC), on one line, with what would turn or hide text escaped."""
    text = " ".join(unicodedata.normalize("NFC", text.replace("\ufeff", "")).split())
    return "".join(c if c in _JOINERS else printable(c) for c in text)


def read_roster(file: Path, student_id: str) -> Roster:
    """Read and check roster.csv. Raises InputError listing every fault with its line."""
    found = read_csv(
        file, "the roster is CSV with the heads id,name,email,section,canvas,team", True
    )
    heads = [head.casefold() if head.casefold() in COLUMNS else head for head in found.heads]
    faults = [
        f"line 1: two columns are called {shown(head)}"
        for head in sorted({h for h in heads if h and heads.count(h) > 1})
    ]
    if "id" not in heads:
        faults.append(f"line 1: no column id; there are {', '.join(map(one_line, heads))}")
    if faults:
        raise InputError("\n".join(f"{file.name} {fault}" for fault in faults))
    people = [(line, _person(heads, row)) for line, row in found.rows]
    faults = faults_of(people, student_id)
    if faults:
        told = shortened([f"{file.name} {fault}" for fault in faults])
        raise InputError("\n".join(told))
    return Roster(tuple(person for _, person in people))


def _person(heads: Sequence[str], row: Sequence[str]) -> Person:
    cells = {head: clean(cell) for head, cell in zip(heads, row, strict=False) if head}
    known = {name: cells.pop(name, "") for name in COLUMNS}
    return Person(**known, more={h: cells.get(h, "") for h in heads if h and h not in COLUMNS})


def faults_of(people: Sequence[tuple[int, Person]], student_id: str) -> list[str]:
    """What is wrong with a roster; each person comes with a line. Two rows that are one person, ids
    that cannot be names of files or do not fit the pattern."""
    faults: list[tuple[int, str]] = []
    for line, person in people:
        fault = id_fault(person.id)
        if fault:
            faults.append((line, f"line {line}: the id {shown(person.id)} {fault}"))
        if person.team and (fault := id_fault(person.team)):
            faults.append((line, f"line {line}: the team {shown(person.team)} {fault}"))
    faults += _misfits(people, student_id)
    faults += _twice(people)
    faults += _teams(people)
    return [text for _, text in sorted(faults, key=lambda fault: fault[0])]


def _misfits(people: Sequence[tuple[int, Person]], student_id: str) -> Iterable[tuple[int, str]]:
    """Ids that do not fit the pattern. Where most do not, it is the pattern that is wrong."""
    misfits = [
        (line, p.id) for line, p in people if not id_fault(p.id) and not matches(student_id, p.id)
    ]
    pattern = f"student_id = {shown(student_id, 80)}"
    if len(misfits) > max(3, len(people) // 2):
        line, first = misfits[0]
        yield (
            line,
            f"line {line}: {first} and {len(misfits) - 1} more of {len(people)} do not fit {pattern}",
        )
        return
    for line, student in misfits:
        yield line, f"line {line}: {student} does not fit {pattern}; {example(student_id)} would"


def _twice(people: Sequence[tuple[int, Person]]) -> Iterable[tuple[int, str]]:
    """Ids that are one after case folding; addresses and LMS numbers that several have."""
    for column in ("id", *UNIQUE):
        seen: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for line, person in people:
            if cell := person.column(column):
                seen[cell.casefold()].append((line, cell))
        for rows in seen.values():
            if len(rows) > 1:
                lines = ", ".join(str(line) for line, _ in rows)
                cells = list(dict.fromkeys(cell for _, cell in rows))
                what = "" if column == "id" else f"{column} "
                if len(cells) == 1:
                    text = f"{what}{one_line(cells[0])} stands in {len(rows)} rows"
                else:
                    text = f"{what}{' and '.join(map(one_line, cells))} differ only in case"
                yield rows[0][0], f"lines {lines}: {text}"


def _teams(people: Sequence[tuple[int, Person]]) -> Iterable[tuple[int, str]]:
    """A team is an owner of variants beside students, so its name is nobody's id, in one spelling."""
    ids = {person.id.casefold(): (line, person.id) for line, person in people}
    spelt: dict[str, str] = {}
    for line, person in people:
        team = person.team.casefold()
        if team and team in ids:
            yield (
                line,
                f"line {line}: the team {person.team} has the id of a student, line {ids[team][0]}",
            )
        elif team and spelt.setdefault(team, person.team) != person.team:
            yield (
                line,
                f"line {line}: the teams {spelt[team]} and {person.team} differ only in case",
            )


def shortened(faults: Sequence[str]) -> list[str]:
    """So many faults as a person reads, and how many more there are."""
    more = len(faults) - _MOST_FAULTS
    return [*faults[:_MOST_FAULTS], f"and {more} more"] if more > 0 else list(faults)


def write_roster(file: Path, roster: Roster) -> None:
    """Write roster.csv in one step; cells that a spreadsheet would run are guarded (csvfile)."""
    replace_file(file, roster_text(roster).encode())


def roster_text(roster: Roster) -> str:
    """The roster as CSV."""
    more = list(dict.fromkeys(head for person in roster.people for head in person.more))
    rows = ([person.column(head) for head in (*COLUMNS, *more)] for person in roster.people)
    return csv_text((*COLUMNS, *more), rows)
