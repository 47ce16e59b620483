"""The commands ``oslab multiplex …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_multiplex.cli.{module}:app")


app = group(
    Text(
        "How select, poll and epoll work inside.",
        "select、poll 和 epoll 的内部机制。",
    ),
    [
        _command(
            "run", "run",
            "A script of pipes, sockets and waits.", "一段由管道、套接字和等待组成的脚本。",
        ),
        _command(
            "tree", "tree",
            "The tree of the interest set: insertions and deletions.", "兴趣集合的树：插入与删除。",
        ),
        _command(
            "structure", "structure",
            "The same operations in six data structures.", "同样的操作在六种数据结构中的代价。",
        ),
        _command(
            "cost", "cost",
            "Work and bytes for n descriptors, k of them ready.", "n 个描述符、其中 k 个就绪时的工作量和复制字节数。",
        ),
        _command(
            "limits", "limits",
            "The limits of each mechanism: numbers, entries, nesting.", "各机制的上限：描述符编号、项数、嵌套层数。",
        ),
    ],
)  # fmt: skip
