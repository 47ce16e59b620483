"""The commands ``oslab iomodels …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_iomodels.cli.{module}:app")


app = group(
    Text(
        "I/O models: blocking, non-blocking, multiplexed, asynchronous.",
        "I/O 模型：阻塞、非阻塞、多路复用、异步。",
    ),
    [
        _command(
            "run", "run",
            "One model on a time line: who waits, copies, computes.", "一种模型的时间线：谁在等待、复制、计算。",
        ),
        _command(
            "compare", "compare",
            "The same load through all models.", "同样的负载，用各种模型处理。",
        ),
        _command(
            "classify", "classify",
            "Which model it is, told from its two phases.", "从两个阶段判断是哪种模型。",
        ),
        _command(
            "kinds", "async",
            "Kinds of asynchronous I/O, and where they block.", "各种异步 I/O，以及它们在哪里阻塞。",
        ),
    ],
)  # fmt: skip
