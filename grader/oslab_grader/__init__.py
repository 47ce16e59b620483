"""Grading: ``oslab grade``, as a plugin like any other."""

from collections.abc import Iterable

from oslab import Command, Text, hookimpl


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "grade",
        Text("Grade practice sheets: files and folders.", "批改练习答卷：文件和文件夹。"),
        "oslab_grader.cli:app",
    )
