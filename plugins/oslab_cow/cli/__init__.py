"""The commands ``oslab cow …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_cow.cli.{module}:app")


app = group(
    Text(
        "Copy-on-write: fork, reference counts, who sees what.",
        "写时复制：fork、引用计数、谁看到什么。",
    ),
    [
        _command(
            "run", "run",
            "Follow forks, reads and writes, page by page.", "逐页跟踪 fork、读和写。",
        ),
        _command(
            "fork", "fork",
            "The cost of fork with and without copying.", "有无写时复制时 fork 的代价。",
        ),
        _command(
            "tree", "tree",
            "The processes of a C listing and what they share.", "一段 C 程序的进程树及其共享的页。",
        ),
    ],
)  # fmt: skip
