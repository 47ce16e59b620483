"""Gradescope: ``results/results.json`` from ``submission/`` and ``submission_metadata.json``.

Format: the platform's autograder specification (autograder_samples, docs/specs.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oslab.exercise.feedback import rounded
from oslab.files import replace_file
from oslab.plugins import words_for
from oslab.quantities import printable
from oslab_grader.autograder.bundle import read_settings
from oslab_grader.autograder.judge import Verdict, earned_in, judge
from oslab_grader.autograder.upload import upload_in
from oslab_grader.handout.resolve import bind_question

MOST_METADATA = 2**24
# An exam shows no marks before the instructor publishes them.
_VISIBLE = {"full": "visible", "marks": "visible", "format": "after_published"}


def run(root: Path) -> None:
    """Grade the submission below the platform's folder. Whatever happens, there is a results.json."""
    results = root / "results"
    results.mkdir(exist_ok=True)
    stopped = words_for("grader")["autograder", "stopped"]()
    _write(results, _document(stopped, 0, []))
    settings = read_settings(root / "source" / "assignment")
    upload = upload_in(root / "submission", settings.assignment)
    verdict = judge(root / "source" / "assignment", upload, settings, _addresses(root))
    _write(results, results_of(verdict))


def _addresses(root: Path) -> list[str]:
    """The addresses of who handed in. They come from the platform, never from the sheet."""
    with (root / "submission_metadata.json").open("rb") as stream:
        users = json.loads(stream.read(MOST_METADATA))["users"]
    return [str(user["email"]) for user in users if user.get("email")]


def results_of(verdict: Verdict) -> dict[str, Any]:
    """The document that the platform reads."""
    if verdict.message:
        return _document(verdict.message, 0, [])
    words = words_for("grader")
    tests = []
    visibility = _VISIBLE[verdict.settings.feedback]
    for number, part in enumerate(verdict.parts(), start=1):
        question = verdict.head.question(part["name"])
        earned = earned_in(part)
        title = str(bind_question(question).entry.title)
        lines = list(verdict.feedback.get(part["name"], ()))
        if part["unreadable"]:
            lines.append(words["autograder", "mend"]())
        tests.append(
            {
                "name": printable(f"{part['name']} {title}"),
                "name_format": "text",
                "number": str(number),
                "score": float(rounded(earned)),
                "max_score": float(rounded(question.points)),
                "status": "passed" if earned == question.points else "failed",
                "output": "\n".join(map(printable, lines)),
                "output_format": "text",
                "visibility": visibility,
            }
        )
    shown = verdict.settings.feedback != "format"
    text = (
        ""
        if shown
        else "\n".join(
            f"{name}: {line}" for name, lines in verdict.feedback.items() for line in lines
        )
    )
    return _document(text, float(rounded(verdict.earned)), tests)


def _document(text: str, score: float, tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "score": score,
        "output": printable(text),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _write(folder: Path, document: dict[str, Any]) -> None:
    data = json.dumps(document, allow_nan=False, indent=1).encode() + b"\n"
    replace_file(folder / "results.json", data, private=False)
