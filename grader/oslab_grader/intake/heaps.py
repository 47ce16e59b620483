"""The files of each path of the command line, with whose they are.

A path may be a class's folder or zip, as an LMS packs it, or all of one student's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from io import BytesIO

from oslab.errors import InputError, one_line
from oslab_grader.book.records import Trouble
from oslab_grader.intake import canvas, gradescope, moodle, walk
from oslab_grader.intake.troubles import unknown
from oslab_grader.intake.whose import Claim, Whose

_MOST_METADATA = 64 * 2**20


@dataclass(frozen=True)
class Heap:
    """The files of one path of the command line, each with whose it is; None: nobody's."""

    files: Sequence[walk.Found]
    claims: Sequence[Claim | None]
    troubles: Sequence[Trouble]


def heaps_of(sources: Sequence[walk.Source], whose: Whose) -> list[Heap]:
    """One heap for each source. Raises InputError naming every one whose LMS names nobody."""
    heaps, faults = [], []
    for source in sources:
        try:
            heaps.append(_heap(source, whose))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    return heaps


def _heap(source: walk.Source, whose: Whose) -> Heap:
    """Whose the files of a path are. Raises InputError where the LMS names nobody."""
    if source.is_file:
        return _claimed(source.files, {source.name: whose.claim(source.name)})
    name, files = source.name, source.files
    suspect: Claim | None = None
    while True:
        claim = whose.claim(name)
        if claim and not claim.guess:
            if name == source.name:
                _check_class(source, files, whose)
            # All of it is one student's: nothing inside may say otherwise.
            return _claimed([_inside(name, file) for file in files], {name: claim})
        suspect = suspect or claim
        below = walk.below_common(files)
        if below is None:
            break
        name, files = below
    tops = sorted({file.parts[0] for file in files})
    if gradescope.FILE in tops:
        whose = replace(whose, submissions=_metadata(source, files))
        files = [file for file in files if file.parts != (gradescope.FILE,)]
    elif all(map(gradescope.FOLDER.fullmatch, tops)) and tops:
        raise InputError(
            f"{one_line(source.name)} has no {gradescope.FILE}, by which it is known whose "
            f"{one_line(tops[0])} is; give the export of Gradescope as it came"
        )
    claims = _without_doubles({top: whose.claim(top) for top in tops})
    persons = {person.id for claim in claims.values() if claim for person in claim.people}
    if suspect and len(persons) < 2 and whose.submissions is None:
        # A stranger's own folder must not hand in for somebody else; a class's may be called anything.
        return _claimed([_inside(source.name, file) for file in files], {source.name: suspect})
    _check_canvas(source, whose, tops, persons)
    return _claimed(files, claims)


def _check_class(source: walk.Source, files: Sequence[walk.Found], whose: Whose) -> None:
    """Raises InputError for a whole class's uploads in what is called like one student, or like a team."""
    claims = (whose.claim(top) for top in {file.parts[0] for file in files})
    persons = {p.id for c in claims if c and not c.guess and len(c.people) == 1 for p in c.people}
    if len(persons) > 1:
        raise InputError(
            f"{one_line(source.name)} is called like a student or a team, and holds uploads of "
            f"{len(persons)}; rename it, or give what is in it"
        )


def _without_doubles(claims: Mapping[str, Claim | None]) -> Mapping[str, Claim | None]:
    """The claims, those on Moodle that two participants make by one name, which students may choose, being
    nobody's."""
    numbers: dict[str, set[str]] = defaultdict(set)
    named: dict[str, tuple[str, str]] = {}
    for top, claim in claims.items():
        if claim and claim.people and claim.source == "moodle":
            found = moodle.participant(top)
            assert found
            named[top] = claim.people[0].id, found[1]
            numbers[claim.people[0].id].add(found[1])

    def checked(top: str, claim: Claim | None) -> Claim | None:
        person, number = named.get(top, ("", ""))
        if len(numbers[person]) < 2:
            return claim
        both = ", ".join(sorted(numbers[person], key=int)[:5])
        return Claim(trouble=unknown(number, "moodle-one-name", numbers=both, one=person))

    return {top: checked(top, claim) for top, claim in claims.items()}


def _inside(folder: str, file: walk.Found) -> walk.Found:
    return replace(file, parts=(folder, *file.parts))


def _check_canvas(
    source: walk.Source, whose: Whose, tops: Sequence[str], persons: Set[str]
) -> None:
    """Raises InputError for a zip of Canvas that names nobody, or a roster without its numbers."""
    anonymous = [top for top in tops if canvas.is_anonymous(top)]
    if anonymous and not persons:
        raise InputError(
            f"{one_line(source.name)} is anonymous: {one_line(anonymous[0])} names nobody. Turn off "
            "anonymous grading in Canvas, then download the submissions again"
        )
    numbered = whose.course.lms == "canvas" and any(map(canvas.readings, tops))
    if numbered and not any(person.canvas for person in whose.roster.people):
        raise InputError(
            "roster.csv has no column canvas, by which Canvas's files are known; read the roster from "
            "the CSV that Canvas exports: oslab course roster FILE"
        )


def _claimed(files: Sequence[walk.Found], claims: Mapping[str, Claim | None]) -> Heap:
    troubles = []
    for top in sorted({file.parts[0] for file in files}):
        claim = claims.get(top)
        if claim and claim.trouble:
            troubles.append(claim.trouble)
        elif claim is None:
            fault = next((file.fault for file in files if file.parts == (top,) and file.fault), "")
            packed = top.casefold().endswith(".zip")
            key = "bad-entry" if fault else "zip-in-zip" if packed else "nobody"
            troubles.append(unknown(top, key, reason=fault))
    known = [c if (c := claims.get(f.parts[0])) and c.people else None for f in files]
    return Heap(files, known, troubles)


def _metadata(
    source: walk.Source, files: Sequence[walk.Found]
) -> Mapping[str, gradescope.Submission]:
    """Gradescope's list. Raises InputError when it cannot be read."""
    (file,) = [file for file in files if file.parts == (gradescope.FILE,)][:1]
    try:
        data = file.read(_MOST_METADATA)
        if len(data) == _MOST_METADATA:
            raise ValueError(f"{gradescope.FILE} is larger than {_MOST_METADATA // 2**20} MiB")
        return gradescope.read_metadata(BytesIO(data))
    except ValueError as error:
        raise InputError(
            f"{one_line(source.name)}: {error}; export the submissions again"
        ) from None
