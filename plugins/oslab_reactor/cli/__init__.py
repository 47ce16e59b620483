"""The commands ``oslab reactor …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_reactor.cli.{module}:app")


app = group(
    Text(
        "Network servers: reactors, pools, threads, proactors.",
        "网络服务器：反应堆（Reactor）、线程池、每连接一线程、前摄器（Proactor）。",
    ),
    [
        _command(
            "load", "run",
            "A server under load: throughput, latency, queues.", "负载下的服务器：吞吐量、延迟、队列。",
        ),
        _command(
            "compare", "compare",
            "All models under one load, up to saturation.", "各种模型在同样负载下的对比，直到饱和。",
        ),
        _command(
            "script", "script",
            "A few requests, with numbers small enough to schedule by hand.", "少数几个请求的调度，数字小到可以手算。",
        ),
        _command(
            "capacity", "capacity",
            "The rate at which a server saturates, and why.", "服务器在什么速率下饱和，瓶颈在哪里。",
        ),
        _command(
            "presets", "presets",
            "How known servers are built.", "知名服务器的结构。",
        ),
    ],
)  # fmt: skip
