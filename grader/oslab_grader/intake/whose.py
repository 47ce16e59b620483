"""Whose an upload is: what the LMS wrote into its path, never what the sheet says.

A student chooses the names of files and folders inside an upload, and often their own display name. So only
the outermost part of a path counts, and where it can be read as two persons, it is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from oslab.errors import one_line
from oslab.homework.pattern import matches
from oslab_grader.book.records import Trouble
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.intake import canvas, gradescope, moodle
from oslab_grader.intake.troubles import unknown

# No id is longer.
_MOST_ID = 64


@dataclass(frozen=True)
class Claim:
    """What a path says: whose, and what else the LMS says of it.

    people   who handed it in together; nobody where that cannot be said
    trouble  why it cannot, or that one of several is unknown
    guess    it may as well be a class's folder: ``hw1_2026_03_02``
    """

    people: tuple[Person, ...] = ()
    source: str = "path"
    time: datetime | None = None
    late: bool | None = None
    order: int = 0
    trouble: Trouble | None = None
    guess: bool = False


@dataclass(frozen=True)
class Whose:
    """Reads paths for one course.

    worksheet    Moodle's, by participant number; None: there is none
    submissions  Gradescope's of this zip or folder, by the name of folder or file; None: it is not theirs
    """

    course: Course
    roster: Roster
    team: bool = False
    worksheet: Mapping[str, moodle.Row] | None = None
    submissions: Mapping[str, gradescope.Submission] | None = None

    def claim(self, part: str) -> Claim | None:
        """What the outermost part of a path says; None when it says nothing about anybody."""
        if self.submissions is not None:
            return self._gradescope(part)
        first = [self._moodle, self._canvas, self._id]
        if self.course.lms != "canvas":
            # A number from elsewhere may look like one of Canvas's.
            first = [self._moodle, self._id, self._canvas]
        for look in first:
            claim = look(part)
            if claim:
                return claim
        return None

    def _gradescope(self, part: str) -> Claim | None:
        assert self.submissions is not None
        found = self.submissions.get(part)
        if found is None:
            return None
        if found.fault:
            return _stranger(part, "gradescope-odd", fault=found.fault)
        people: dict[str, Person] = {}
        unlisted: list[str] = []
        for submitter in found.submitters:
            sid, email = submitter.get("sid", ""), submitter.get("email", "")
            by_sid = self.roster.find(sid) if sid else None
            by_email = self.roster.by_column("email", email) if email else None
            person = by_sid or by_email
            if by_sid and by_email and by_sid != by_email:
                return _stranger(sid, "two-persons", one=by_sid.id, other=by_email.id)
            if person:
                people[person.id] = person
            else:
                unlisted.append(sid or email or part)
        if not people:
            who = unlisted[0] if unlisted else part
            return _stranger(who, "gradescope-unknown", name=one_line(part))
        trouble = (
            unknown(unlisted[0], "gradescope-other", name=one_line(part)) if unlisted else None
        )
        return Claim(tuple(people.values()), "gradescope", found.time, trouble=trouble)

    def _moodle(self, part: str) -> Claim | None:
        named = moodle.participant(part)
        if named is None:
            return None
        name, number = named
        if self.worksheet is not None:
            row = self.worksheet.get(number)
            if row is None:
                return _stranger(number, "moodle-not-listed")
            if row.person is None:
                return _stranger(number, "moodle-unknown")
            claim = Claim((row.person,), "moodle", row.time)
            alike = moodle.name_key(name) == moodle.name_key(row.person.name)
            return claim if alike else self._contradicted(part, row.person) or claim
        key = moodle.name_key(name)
        if key not in self._names:
            return _stranger(number, "moodle-no-name")
        person = self._names[key]
        if person is None:
            return _stranger(number, "moodle-two-names")
        return Claim((person,), "moodle")

    def _canvas(self, part: str) -> Claim | None:
        readings = canvas.readings(part)
        if not readings or not (self.course.lms == "canvas" or self._has_canvas):
            return None
        known = [(r, p) for r in readings if (p := self.roster.by_column("canvas", r.user))]
        named = [(r, p) for r, p in known if canvas.fits(r.name, p.name)]
        persons = {p.id for _, p in named} or {p.id for _, p in known}
        if len(persons) > 1:
            one, other = sorted(persons)[:2]
            return _stranger(readings[0].user, "two-persons", one=one, other=other)
        if not named and (not known or known[0][0] != readings[0]):
            # Further numbers may be a file's name: who is called so is not their owner.
            user = readings[0].user
            return replace(_stranger(user, "canvas-unknown"), guess=True)
        reading, person = (named or known)[0]
        if not named and (doubt := self._contradicted(part, person)):
            return doubt
        # A display name that reads like the numbers of a file in time must not hide LATE.
        late = any(r.late for r, p in known if p == person)
        return Claim((person,), "canvas", late=late, order=reading.order)

    def _contradicted(self, part: str, person: Person) -> Claim | None:
        """Where a part begins with another's id, the numbers may be those of a file's own name."""
        other = self._id(part)
        if other is None or not other.people or other.people[0] == person:
            return None
        one = other.people[0].id
        return _stranger(one, "two-persons", one=one, other=person.id)

    def _id(self, part: str) -> Claim | None:
        ends = [m.start() for m in re.finditer(r"[^A-Za-z0-9]|$", part[: _MOST_ID + 1])]
        beginnings = [part[:end] for end in reversed(ends) if end]
        for text in beginnings:
            person = self.roster.find(text)
            if person:
                return Claim((person,))
            if self.team and (team := self.roster.members(text, True)):
                return Claim((team[0],))
        for text in beginnings if self._telling else ():
            if matches(self.course.student_id, text):
                return replace(_stranger(text, "not-on-roster"), guess=True)
        return None

    @cached_property
    def _telling(self) -> bool:
        """Whether ids look like ids: where any word may be one, a word is no sign of a student."""
        return not matches(self.course.student_id, "submissions")

    @cached_property
    def _has_canvas(self) -> bool:
        return any(person.canvas for person in self.roster.people)

    @cached_property
    def _names(self) -> Mapping[tuple[str, ...], Person | None]:
        return moodle.by_name(self.roster)


def _stranger(who: str, key: str, **values: object) -> Claim:
    return Claim(trouble=unknown(who, key, **values))
