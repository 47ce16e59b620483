"""Grading, courses and gradebooks, as a plugin like any other."""

from collections.abc import Iterable

from oslab import Command, Exporter, ProblemType, Text, hookimpl


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "grade",
        Text(
            "Grade sheets: of an assignment, or for practice.",
            "批改答卷：课程作业或练习。",
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


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    yield ProblemType("grader.essay", "oslab_grader.essay:Essay")


@hookimpl
def oslab_exporters() -> Iterable[Exporter]:
    canvas = Text("the gradebook exported from Canvas", "从 Canvas 导出的成绩册")
    moodle = Text(
        "an assignment's grading worksheet, if one is given", "作业的评分工作表，也可不给出"
    )
    for name, en, zh, given in (
        (
            "csv",
            "A table: a row for each student and assignment.",
            "表格：每名学生每次作业一行。",
            "",
        ),
        (
            "canvas",
            "Grades for Canvas, in its own file.",
            "可导入 Canvas 的成绩。",
            canvas,
        ),
        ("moodle", "Grades for Moodle.", "可导入 Moodle 的成绩。", moodle),
        ("junit", "JUnit XML: a suite for each student.", "JUnit XML：每名学生一个测试套件。", ""),
        ("feedback", "A page for each student, in a zip.", "每名学生一页反馈，打包为 zip。", ""),
        ("report", "Results of the class: one HTML page.", "全班成绩概况：一个 HTML 页面。", ""),
    ):
        module = "table" if name == "csv" else name
        target = f"oslab_grader.export.{module}:export"
        yield Exporter(name, Text(en, zh), target, given, name in ("csv", "junit", "report"))
