"""Packing an autograder: scripts, wheels and the assignment in one zip, tried before it is given away."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from oslab.conformance.suite import written
from oslab.errors import InputError
from oslab.exercise.feedback import rounded
from oslab.exercise.practice import question as as_question
from oslab.exercise.writing import fill_sheet, write_sheet
from oslab.homework.classfile import SUFFIX, read_class_file
from oslab.plugins import plugins, words_for
from oslab_grader.autograder import github, gradescope
from oslab_grader.autograder.bundle import bundle, listed, read_settings
from oslab_grader.autograder.judge import judge
from oslab_grader.autograder.upload import upload_in
from oslab_grader.autograder.wheels import wheels, zipped
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.freeze import thawed
from oslab_grader.handout.record import Head, Record

Platform: TypeAlias = Literal["gradescope", "autolab", "github"]
Language: TypeAlias = Literal["en", "zh"]

SETUP = """\
#!/bin/sh
# A Python of its own under /opt/oslab. The image's python3 is left alone: the platform's harness uses it.
set -eu
python3 -m pip --version >/dev/null 2>&1 || { apt-get update && apt-get install -y python3-pip; }
python3 -m pip install --quiet --target /opt/oslab/uv uv
export UV_PYTHON_INSTALL_DIR=/opt/oslab/python PYTHONPATH=/opt/oslab/uv
python3 -m uv venv --quiet --python 3.12 /opt/oslab/venv
python3 -m uv pip install --quiet --python /opt/oslab/venv/bin/python \\
  --no-index --find-links /autograder/source/wheels $packages
"""
RUN = """\
#!/bin/sh
# results.json is written whatever happens, so the exit code says nothing.
OSLAB_LANG=$language /opt/oslab/venv/bin/python -m oslab_grader.autograder gradescope /autograder || exit 0
"""
MAKEFILE = """\
# autograde-Makefile: the upload is beside it as $name.toml. The image needs python3, 3.11 or later.
all:
\t@tar xf autograde.tar
\t@mkdir -p submission site && cp $name.toml submission/
\t@for wheel in wheels/*.whl; do python3 -m zipfile -e $$wheel site; done
\t@OSLAB_LANG=$language PYTHONPATH=site python3 -m oslab_grader.autograder autolab .
"""
WORKFLOW = """\
name: oslab
on: [push]
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install --quiet --no-index --find-links .github/oslab/wheels $packages
      - run: python -m oslab_grader.autograder github .
        env:
          OSLAB_LANG: $language
"""


@dataclass(frozen=True)
class Packed:
    """An autograder, and what it gave for a blank, a right and a broken sheet.

    contents  what is in it, as a line shows it
    names     the questions', as the platform must call its problems
    unlisted  ids of who is on the roster and cannot be known there
    """

    data: bytes
    contents: tuple[str, ...]
    points: Fraction
    names: tuple[str, ...]
    tried: tuple[str, str, str]
    unlisted: tuple[str, ...]


def pack(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    platform: Platform,
    language: Language,
    wheel_folder: Path | None = None,
) -> Packed:
    """An autograder as a zip file. Raises InputError when it cannot be made, or fails when tried."""
    record = Record(course.handout(assignment.name) / "record.jsonl")
    distributions = ["oslab", *_plugins_of(record.head)]
    found = {f"wheels/{n}": data for n, data in wheels(distributions, wheel_folder).items()}
    by: Literal["email", "id"] = "email" if platform == "gradescope" else "id"
    people = listed(record, assignment, roster, by)
    values = {"packages": " ".join(distributions), "language": language, "name": assignment.name}
    if platform == "github":
        kept = _class_file(course, assignment)
    else:
        made = bundle(course, assignment, roster, by, language)
        kept = {f"assignment/{name}": data for name, data in made.items()}
    if not people:
        raise InputError(f"{assignment.name} has been handed to nobody who is on the roster")
    tried = _tried(platform, kept, record, assignment, people[0])
    files, contents = _laid_out(platform, {**kept, **found}, values)
    known = {person.id for person in people}
    return Packed(
        zipped(files, executable=("setup.sh", "run_autograder")),
        contents,
        record.head.points,
        tuple(question.name for question in record.head.questions),
        tried,
        tuple(person.id for person in roster.people if person.id not in known),
    )


def _plugins_of(head: Head) -> list[str]:
    """The distributions, besides oslab, that the questions' problem types come from."""
    loaded = plugins().loaded
    names = {q.problem.partition(".")[0] for q in head.questions}
    found = {loaded[name].distribution for name in names if name in loaded}
    return sorted(found - {"oslab"})


def _class_file(course: Course, assignment: Assignment) -> dict[str, bytes]:
    file = course.handout(assignment.name) / f"{assignment.name}{SUFFIX}"
    try:
        return {f".github/oslab/{file.name}": file.read_bytes()}
    except FileNotFoundError:
        raise InputError(
            f"{assignment.name} has no class file, so its key would have to be in every student's "
            "repository; use gradescope or autolab, or grade with oslab grade"
        ) from None


def _laid_out(
    platform: Platform, files: dict[str, bytes], values: Mapping[str, str]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files where the platform looks for them, and what there is in one line."""

    def script(text: str) -> bytes:
        for name, value in values.items():
            text = text.replace(f"${name}", value)
        return text.encode()

    if platform == "gradescope":
        scripts = {"setup.sh": script(SETUP), "run_autograder": script(RUN)}
        return {**files, **scripts}, ("setup.sh", "run_autograder", "wheels/", "assignment/")
    if platform == "autolab":
        return (
            {"autograde-Makefile": script(MAKEFILE), "autograde.tar": _tar(files)},
            ("autograde-Makefile", "autograde.tar"),
        )
    moved = {
        name if name.startswith(".github/") else f".github/oslab/{name}": data
        for name, data in files.items()
    }
    moved[".github/workflows/oslab.yml"] = script(WORKFLOW)
    return moved, (".github/workflows/oslab.yml", ".github/oslab/")


def _tar(files: Mapping[str, bytes]) -> bytes:
    """A tar file, the same bytes each time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(files[name]), 0o644
            archive.addfile(info, io.BytesIO(files[name]))
    return out.getvalue()


def _tried(
    platform: Platform,
    kept: Mapping[str, bytes],
    record: Record,
    assignment: Assignment,
    person: Person,
) -> tuple[str, str, str]:
    """The scores of a blank, a right and a broken sheet. Raises InputError where they are not what they
    must be."""
    blank, right, waits = sheets(record, person, assignment.team)
    broken = right.encode("utf-16")[:-1]
    scores = [
        _score(platform, kept, person, f"{assignment.name}.toml", data)
        for data in (blank.encode(), right.encode(), broken)
    ]
    due = record.head.points - waits
    if scores != [Fraction(0), Fraction(rounded(due)), Fraction(0)]:
        given = ", ".join(map(rounded, scores))
        raise InputError(
            f"the {platform} autograder gives {given} for a blank, a right and a broken sheet, and not "
            f"0, {rounded(due)}, 0; nothing was written"
        )
    full = rounded(scores[1])
    if waits:
        full = words_for("grader")["autograder", "and-essay"](points=full)
    return rounded(scores[0]), full, rounded(scores[2])


def sheets(record: Record, person: Person, team: bool) -> tuple[str, str, Fraction]:
    """A blank and a right sheet of somebody, and the points in it that a person gives."""
    questions, answers, waits = [], {}, Fraction(0)
    for question, variant in thawed(record, person.owner(team)):
        questions.append(as_question(variant, question))
        for asked in variant.exercise.entry.answer:
            if asked.name in variant.key:
                value = written(variant, asked.name, variant.key[asked.name])
            else:
                waits, value = waits + asked.points, "An essay."
            answers[question, asked.name] = value
    header = {"assignment": record.head.assignment, "student": person.id}
    if team and person.team:
        header["team"] = person.team
    blank = write_sheet(questions, header, "en")
    return blank, fill_sheet(blank, answers), waits


def _score(
    platform: Platform, kept: Mapping[str, bytes], person: Person, name: str, data: bytes
) -> Fraction:
    """What the platform's own entry gives for an upload, in a folder laid out as there."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        source = root / "source" if platform == "gradescope" else root
        for path, content in kept.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(content)
        submission = root if platform == "github" else root / "submission"
        submission.mkdir(exist_ok=True)
        (submission / name).write_bytes(data)
        if platform == "gradescope":
            users = json.dumps({"users": [{"email": person.email}]})
            (root / "submission_metadata.json").write_text(users)
            gradescope.run(root)
            results = json.loads((root / "results" / "results.json").read_bytes())
            return Fraction(str(results["score"]))
        if platform == "autolab":
            settings = read_settings(root / "assignment")
            upload = upload_in(submission, settings.assignment)
            return Fraction(rounded(judge(root / "assignment", upload, settings, ()).earned))
        (file,) = (root / ".github" / "oslab").glob(f"*{SUFFIX}")
        return Fraction(rounded(github.graded(read_class_file(file), root).earned))
