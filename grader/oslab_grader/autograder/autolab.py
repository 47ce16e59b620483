"""Autolab: feedback on standard output, then a line of formatted feedback, then the line of scores.

Autolab tells an autograder nothing about who uploaded the file, so the number in the sheet is believed.
Format: its guide for lab authors (docs/lab.md, docs/features/formatted-feedback.md): the last line is the
scores, the last but one the formatted feedback, and nothing may be printed between or after.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oslab.exercise.feedback import rounded
from oslab.plugins import words_for
from oslab.quantities import printable
from oslab_grader.autograder.bundle import read_settings
from oslab_grader.autograder.judge import Verdict, earned_in, judge
from oslab_grader.autograder.upload import upload_in


def run(root: Path) -> None:
    """Grade ``submission/`` beside ``assignment/``, and print."""
    settings = read_settings(root / "assignment")
    upload = upload_in(root / "submission", settings.assignment)
    verdict = judge(root / "assignment", upload, settings, ())
    sys.stdout.write(output(verdict))
    sys.stdout.flush()


def output(verdict: Verdict) -> str:
    """What is printed. Every problem is scored, or the site would keep an old score."""
    lines = [printable(verdict.message)] if verdict.message else []
    for name, said in verdict.feedback.items():
        lines += [f"{name}: {printable(line)}" for line in said]
    # No line of feedback may be taken for one of the two that follow.
    lines = [f"# {line}" if line.lstrip().startswith("{") else line for line in lines]
    scores = {question.name: 0.0 for question in verdict.head.questions}
    stages: dict[str, dict[str, object]] = {}
    for part in verdict.parts():
        points = verdict.head.question(part["name"]).points
        earned = earned_in(part)
        scores[part["name"]] = float(rounded(earned))
        if verdict.settings.feedback != "format":
            # Hints are shown for what did not pass only.
            said = " ".join(verdict.feedback.get(part["name"], ()))
            hint = printable(" ".join(said.split()))[:500]
            stages[part["name"]] = {"all": {"passed": earned == points, "hint": hint}}
    formatted = {"_presentation": "semantic", "stages": list(stages), **stages}
    if verdict.settings.feedback == "format":
        lines.append(words_for("grader")["autograder", "hidden"]())
    last = [json.dumps(formatted)] if stages else []
    return "\n".join([*lines, *last, json.dumps({"scores": scores}, allow_nan=False)]) + "\n"
