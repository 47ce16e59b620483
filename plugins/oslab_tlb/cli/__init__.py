"""The commands ``oslab tlb …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_tlb.cli.{module}:app")


app = group(
    Text(
        "The TLB: lookups, address spaces, access times, reach.",
        "TLB：查找、地址空间、访问时间、覆盖范围。",
    ),
    [
        _command(
            "lookup", "lookup",
            "Look addresses up in a TLB whose entries are given.", "在给定内容的 TLB 中查找地址。",
        ),
        _command(
            "simulation", "run",
            "Simulate a TLB, or two levels of it.", "模拟一级或两级 TLB。",
        ),
        _command(
            "simulation", "compare",
            "Compare TLBs on the same accesses.", "在同一访问序列上比较各种 TLB。",
        ),
        _command(
            "shootdown", "shootdown",
            "One page table, several cores: who must forget what.", "一张页表、多个核：谁必须作废哪些项。",
        ),
        _command(
            "lookup", "flow",
            "Follow one access through hit or miss, by steps.", "一步一步跟踪一次访问的命中或缺失过程。",
        ),
        _command(
            "figures", "eat",
            "Effective access time with a TLB.", "有 TLB 时的有效访问时间。",
        ),
        _command(
            "figures", "reach",
            "How much memory a TLB covers.", "TLB 能覆盖多少内存。",
        ),
    ],
)  # fmt: skip
