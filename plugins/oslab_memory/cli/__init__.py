"""The commands ``oslab memory …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_memory.cli.{module}:app")


app = group(
    Text(
        "The whole memory system: TLB, page walk, faults, caches.",
        "完整的存储系统：TLB、查页表、缺页、高速缓存。",
    ),
    [
        _command(
            "access", "access",
            "Follow accesses through a whole machine, by steps.", "一步一步跟踪整台机器中的访问。",
        ),
        _command(
            "access", "run",
            "Run a trace through a whole machine.", "让访问轨迹经过整台机器。",
        ),
        _command(
            "machine", "machine",
            "Print a machine file, to copy and change.", "打印机器文件，供复制和修改。",
        ),
        _command(
            "loop", "loop",
            "Page faults, TLB and cache misses of a strided loop.", "跨步循环的缺页、TLB 缺失和高速缓存缺失。",
        ),
        _command(
            "hierarchy", "hierarchy",
            "Speed, size and price of the levels of memory.", "存储层次各级的速度、容量和价格。",
        ),
        _command(
            "backing", "backing",
            "The virtual-memory manager with a backing store.", "带后备存储的虚拟内存管理器。",
        ),
    ],
)  # fmt: skip
