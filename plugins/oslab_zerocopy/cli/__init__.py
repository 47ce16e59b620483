"""The commands ``oslab zerocopy …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_zerocopy.cli.{module}:app")


app = group(
    Text(
        "Zero copy: the paths from file to socket, and who copies.",
        "零拷贝：从文件到套接字的各条路径，由谁拷贝数据。",
    ),
    [
        _command(
            "run", "run",
            "One path, step by step: system calls, copies, buffers.", "一条路径，逐步展示系统调用、拷贝和缓冲区。",
        ),
        _command(
            "compare", "compare",
            "All paths for one transfer.", "同一次传输走各条路径的对比。",
        ),
        _command(
            "mmap", "mmap",
            "What mmap and accesses to the mapping do.", "mmap 以及访问映射时发生什么。",
        ),
        _command(
            "sendfile", "sendfile",
            "Offsets, limits and short counts of sendfile.", "sendfile 的偏移、限制和部分传送。",
        ),
        _command(
            "breakeven", "break-even",
            "The size from which mapping or sendfile pays.", "数据从多大起，映射或 sendfile 才划算。",
        ),
        _command(
            "choose", "choose",
            "Which paths can carry a given transfer.", "给定的传输可以用哪些路径。",
        ),
    ],
)  # fmt: skip
