"""Grading, courses and gradebooks, as a plugin like any other."""

from collections.abc import Iterable

from oslab import Command, Text, hookimpl


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "grade",
        Text(
            "Grade sheets: of an assignment, or for practice.",
            "批改答卷：作业的或练习的。",
        ),
        "oslab_grader.cli.grade:app",
    )
    yield Command(
        "course",
        Text("Set up a course and hand out homework.", "建立课程，布置作业。"),
        "oslab_grader.cli.course:app",
    )
    yield Command(
        "gradebook",
        Text("Look at grades, decide, export.", "查看成绩、作出决定、导出。"),
        "oslab_grader.cli.gradebook:app",
    )
