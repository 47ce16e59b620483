"""``oslab gradebook``: the group; each command's module is imported when it is used."""

import typer

from oslab import Command, Text, group

_COMMANDS = (
    ("show", "show", "One student's grade, and where it comes from.", "一名学生的成绩及其由来。"),
    ("decide", "override", "Give points by hand.", "人工给分。"),
    ("decide", "comment", "Write something to a student.", "给学生写评语。"),
    (
        "review",
        "review",
        "Read essays, and give points by the rubric.",
        "阅读论述题，按评分标准给分。",
    ),
    ("mend", "repair", "Repair a sheet that cannot be read.", "修复无法读取的答卷。"),
    (
        "mend",
        "settle",
        "Count what cannot be read as not answered.",
        "无法读取的部分按未作答计。",
    ),
    ("mend", "sheet", "Grade a sheet as another student's variant.", "按另一名学生的变体批改。"),
    ("decide", "extend", "Give a student more time.", "给一名学生延期。"),
    ("decide", "excuse", "Excuse a student from an assignment.", "准许一名学生免交一次作业。"),
    ("regrade", "amend", "Correct a question that was handed out.", "修正已布置的题目。"),
    (
        "regrade",
        "regrade",
        "Show what amendments change; apply them.",
        "查看修正引起的变化；使修正生效。",
    ),
    ("insight", "items", "Statistics of each question.", "各题统计。"),
    ("insight", "swaps", "Answers that fit somebody else's variant.", "与他人变体相符的答案。"),
    ("insight", "similar", "Students with the same wrong answers.", "错误答案相同的学生。"),
    (
        "export",
        "export",
        "Write grades for an LMS or a report.",
        "导出成绩到教学平台，或生成报告。",
    ),
)

app = group(
    Text("Look at grades, decide, export.", "查看成绩、作出决定、导出。"),
    [
        Command(name, Text(en, zh), f"oslab_grader.cli.{home}:app")
        for home, name, en, zh in _COMMANDS
    ],
)


@app.callback(invoke_without_command=True, no_args_is_help=False)
def gradebook(ctx: typer.Context) -> None:
    """Look at grades, decide, export. Without a command: how the assignments stand."""
    if not ctx.invoked_subcommand:
        from oslab_grader.cli.overview import put_overview

        put_overview()
