"""``oslab course``: the group; each command's module is imported when it is used."""

from oslab import Command, Text, group

_COMMANDS = (
    ("folder", "new", "Begin a course in a new folder.", "在新文件夹中建立课程。"),
    ("folder", "check", "Look for faults in the course's files.", "检查课程文件中的错误。"),
    (
        "folder",
        "roster",
        "Read the roster from a file of the LMS.",
        "从教学平台导出的文件读取名单。",
    ),
    ("handout", "preview", "Try an assignment on many variants.", "用许多变体试算一次作业。"),
    (
        "handout",
        "handout",
        "Freeze an assignment and write the class file.",
        "布置一次作业，生成班级文件。",
    ),
    ("autograder", "autograder", "Pack an autograder for a platform.", "为平台打包自动评分程序。"),
    ("folder", "forget", "Remove a student's data.", "删除一名学生的数据。"),
    ("folder", "close", "End a course: remove names, keep points.", "结课：去掉姓名，保留得分。"),
)

app = group(
    Text("Set up a course and hand out homework.", "建立课程，布置作业。"),
    [
        Command(name, Text(en, zh), f"oslab_grader.cli.{home}:app")
        for home, name, en, zh in _COMMANDS
    ],
)
