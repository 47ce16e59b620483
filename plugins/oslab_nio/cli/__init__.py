"""The commands ``oslab nio …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_nio.cli.{module}:app")


app = group(
    Text(
        "Java NIO: mapped files, transferTo, buffers.",
        "Java NIO：文件映射、transferTo、缓冲区。",
    ),
    [
        _command(
            "map", "map",
            "FileChannel.map: alignment, modes, force, load.", "FileChannel.map：对齐、模式、force 与 load。",
        ),
        _command(
            "transfer", "transfer",
            "transferTo and transferFrom: what they try, in order.", "transferTo 与 transferFrom：依次尝试什么。",
        ),
        _command(
            "buffers", "buffers",
            "Position, limit, capacity through a script.", "逐个操作跟踪 position、limit 与 capacity。",
        ),
        _command(
            "memory", "memory",
            "Direct memory: limit, accounting, release.", "直接内存：上限、记账与释放。",
        ),
    ],
)  # fmt: skip
