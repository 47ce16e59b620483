"""``oslab gradebook``: the group; each command's module is imported when it is used."""

import typer

from oslab import Command, Text, group

_COMMANDS = (
    ("show", "show", "One student's grade, and how it came about.", "一名学生的成绩及其来历。"),
    ("decide", "override", "Give points by hand.", "人工给分。"),
    ("decide", "comment", "Write something to a student.", "给学生写评语。"),
    (
        "review",
        "review",
        "Read essays, and give points by the rubric.",
        "阅读论述题，按评分标准给分。",
    ),
    ("mend", "repair", "Mend a sheet that cannot be read.", "修复无法读取的答卷。"),
    (
        "mend",
        "settle",
        "Count what cannot be read as not answered.",
        "无法读取的部分按未作答计。",
    ),
    ("mend", "sheet", "Grade a sheet as another student's variant.", "按另一名学生的变体批改。"),
    ("decide", "extend", "Give a student more time.", "给一名学生延期。"),
    ("decide", "excuse", "Excuse a student from an assignment.", "免除一名学生的一次作业。"),
    ("regrade", "amend", "Mend a question that was handed out.", "修正已布置的题目。"),
    (
        "regrade",
        "regrade",
        "What an amendment changes; put it into force.",
        "修正带来的变化；使其生效。",
    ),
    ("insight", "items", "How the questions did.", "各题的统计。"),
    ("insight", "swaps", "Answers that fit somebody else's variant.", "与他人变体相符的答案。"),
    ("insight", "similar", "Students with the same wrong answers.", "错误答案相同的学生。"),
    ("export", "export", "Write grades for an LMS or a report.", "为教学平台或报告导出成绩。"),
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
