"""GitHub: notices of an Actions run, a summary in Markdown.

A workflow runs in the student's own repository, so nothing secret can be in it: variant and key are made
from the class file, as the student's oslab does. What counts is `oslab grade` on the collected
repositories; this is feedback at each push. The notices have the titles and texts that the classroom's own
reporter gives them, so a gradebook fed by it reads the points.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path

from oslab.exercise.feedback import rounded
from oslab.exercise.fields import to_json
from oslab.exercise.frozen import freeze
from oslab.homework.classfile import SUFFIX, ClassFile, matches, read_class_file
from oslab.homework.ids import is_id
from oslab.homework.personal import personal_variants
from oslab.plugins import words_for
from oslab.quantities import printable
from oslab.text import language
from oslab_grader.autograder.bundle import RECORD, Settings, token
from oslab_grader.autograder.judge import Verdict, earned_in, judge
from oslab_grader.autograder.upload import Upload, upload_in
from oslab_grader.handout.record import HandedQuestion, Head, Share, head_line, share_line
from oslab_grader.marking.result import unread


def run(root: Path) -> None:
    """Grade the sheet in a checked-out repository, ``.github/oslab`` of which has the class file."""
    (file,) = sorted((root / ".github" / "oslab").glob(f"*{SUFFIX}"))
    content = read_class_file(file)
    verdict = graded(content, root)
    sys.stdout.write(notices(verdict))
    for name, text in (
        ("GITHUB_STEP_SUMMARY", summary(verdict)),
        ("GITHUB_OUTPUT", outputs(verdict)),
    ):
        target = os.environ.get(name)
        if target:
            with open(target, "a", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
    if verdict.message:
        sys.exit(1)


def graded(content: ClassFile, root: Path) -> Verdict:
    """The verdict on the sheet in a repository, with the key of the number in it."""
    upload = upload_in(root, content.assignment)
    student, team = _claims(upload, content)
    settings = Settings(
        content.assignment, content.title, "00", "id", content.feedback, "zh" if language() == "zh" else "en"
    )  # fmt: skip
    head = Head(
        content.assignment,
        content.key,
        content.team,
        tuple(
            HandedQuestion(
                q.name, q.exercise, q.problem, q.version, q.points, "class file", to_json(q.entry)
            )
            for q in content.questions
        ),
    )
    owner = team or student
    lines = [head_line(head)]
    if owner:
        frozen = {name: freeze(v) for name, v in personal_variants(content, owner)}
        number = token(settings.secret, student)
        settings.numbers[number] = (number,)
        lines.append(share_line(Share(number, frozen)))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, RECORD).write_bytes(b"".join(lines))
        return judge(Path(folder), upload, settings, ())


def _claims(upload: Upload | str, content: ClassFile) -> tuple[str, str]:
    """The number and the team that a sheet bears, where there can be such."""
    header = {} if isinstance(upload, str) else upload.sheet.header
    student, team = header.get("student", ""), header.get("team", "")
    if not matches(content.student_id, student) or (content.team and not is_id(team)):
        return "", ""
    return student, team if content.team else ""


def notices(verdict: Verdict) -> str:
    """Workflow commands. Nothing that a student wrote can end one or begin another."""
    earned, points = rounded(verdict.earned), rounded(verdict.head.points)
    report = json.dumps({"totalPoints": float(earned), "maxPoints": float(points)})
    lines = [command("error", "oslab", verdict.message)] if verdict.message else []
    for part in verdict.parts():
        for text in unread(part):
            lines.append(command("warning", part["name"], text))
    lines.append(command("notice", "Autograding complete", f"Points {earned}/{points}"))
    lines.append(command("notice", "Autograding report", report))
    return "\n".join(lines) + "\n"


def command(kind: str, title: str, text: str) -> str:
    """One workflow command, its title and text escaped."""
    return f"::{kind} title={_escaped(title, ':,')}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    plain = printable(" ".join(text.split())).replace("%", "%25")
    for character in more:
        plain = plain.replace(character, f"%{ord(character):02X}")
    return plain


def outputs(verdict: Verdict) -> str:
    """Outputs of the step: points and max."""
    return f"points={rounded(verdict.earned)}\nmax={rounded(verdict.head.points)}\n"


def summary(verdict: Verdict) -> str:
    """The page of the run: a table of questions, and what is said of each."""
    words = words_for("grader")
    lines = [f"## {markdown(verdict.settings.title)}", ""]
    if verdict.message:
        return "\n".join([*lines, markdown(verdict.message), ""])
    heads = [words["autograder", f"head-{head}"]() for head in ("question", "points", "feedback")]
    lines += [f"| {' | '.join(heads)} |", "|---|---|---|"]
    for part in verdict.parts():
        points = verdict.head.question(part["name"]).points
        score = f"{rounded(earned_in(part))} / {rounded(points)}"
        said = "<br>".join(markdown(line) for line in verdict.feedback.get(part["name"], ()))
        lines.append(f"| {part['name']} | {score} | {said} |")
    return "\n".join([*lines, ""])


def markdown(text: str) -> str:
    """A text of somebody's in a cell of a Markdown table, as it stands."""
    plain = printable(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~>@$])", r"\\\1", plain)
