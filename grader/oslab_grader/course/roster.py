"""The roster: who takes the course. ``roster.csv``: ``id,name,email,section,canvas,team`` and what else
the instructor keeps there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


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


@dataclass(frozen=True)
class Roster:
    """All students, in the order of the file."""

    people: tuple[Person, ...]

    def __contains__(self, student: object) -> bool:
        raise NotImplementedError  # H2: case-insensitive lookups are find()'s, this is exact

    def __getitem__(self, student: str) -> Person:
        """Raises InputError naming the nearest id."""
        raise NotImplementedError  # H2

    def find(self, text: str) -> Person | None:
        """The person of this id, whatever the case and the width of its letters (NFKC, casefold)."""
        raise NotImplementedError  # H2

    def by_column(self, column: str, value: str) -> Person | None:
        """The person with this value in a column (canvas, email, name, github …), casefolded."""
        raise NotImplementedError  # H2

    def owners(self, team: bool) -> Sequence[str]:
        """Whose variants there are, each once, in the order of the file."""
        raise NotImplementedError  # H2

    def members(self, owner: str, team: bool) -> Sequence[Person]:
        """Who has the variant of this owner."""
        raise NotImplementedError  # H2


def read_roster(file: Path, student_id: str) -> Roster:
    """Read and check roster.csv. Raises InputError listing every fault with its line."""
    raise NotImplementedError  # H2


def write_roster(file: Path, roster: Roster) -> None:
    """Write roster.csv in one step; cells that a spreadsheet would run are guarded (csvfile)."""
    raise NotImplementedError  # H2
