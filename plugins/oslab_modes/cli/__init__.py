"""The commands ``oslab modes …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_modes.cli.{module}:app")


app = group(
    Text(
        "Kernel and user mode: who may do what, and what a crossing costs.",
        "内核态与用户态：谁可以做什么，切换一次代价多大。",
    ),
    [
        _command(
            "run", "run",
            "A script of instructions and system calls.", "一段由指令和系统调用组成的脚本。",
        ),
        _command(
            "space", "space",
            "Where addresses lie, and who may use them.", "地址位于哪个区域，谁可以使用。",
        ),
        _command(
            "port", "port",
            "Whether a port may be used: IOPL and the I/O bitmap.", "能否访问某个端口：IOPL 与 I/O 位图。",
        ),
        _command(
            "cost", "cost",
            "What crossings cost, and what batches save.", "切换的代价，以及成批调用能省多少。",
        ),
        _command(
            "read", "read",
            "What read(2) does, step by step.", "逐步展示 read(2) 做了什么。",
        ),
    ],
)  # fmt: skip
