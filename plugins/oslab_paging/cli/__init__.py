"""The commands ``oslab paging …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_paging.cli.{module}:app")


app = group(
    Text(
        "Translation, page tables, page faults, replacement.",
        "地址转换、页表、缺页、页面置换。",
    ),
    [
        _command(
            "split", "split",
            "Split addresses into page number and offset.", "把虚拟地址拆成页号和页内偏移。",
        ),
        _command(
            "translation", "translate",
            "Translate addresses through a linear page table.", "用线性页表转换虚拟地址。",
        ),
        _command(
            "translation", "pte",
            "Decode raw page-table entries.", "解读页表项的原始值。",
        ),
        _command(
            "translation", "error-code",
            "The error code of an x86 page fault, both ways.", "x86 缺页错误码的编码与解读。",
        ),
        _command(
            "walks", "walk",
            "Walk multi-level page tables, entry by entry.", "逐项查多级页表。",
        ),
        _command(
            "walks", "inverted",
            "Look addresses up in an inverted page table.", "在反置页表中查找地址。",
        ),
        _command(
            "sizes", "size",
            "Bytes of linear, multi-level, inverted tables.", "线性、多级和反置页表的大小。",
        ),
        _command(
            "sizes", "page-size",
            "Weigh the page table against unused bytes.", "在页表开销与页内浪费之间权衡页大小。",
        ),
        _command(
            "faults", "fault",
            "Follow an access, with its page fault, by steps.", "一步一步跟踪一次访问及其缺页。",
        ),
        _command(
            "faults", "fault-kind",
            "Minor, major, SIGSEGV or SIGBUS?", "次缺页、主缺页、SIGSEGV 还是 SIGBUS？",
        ),
        _command(
            "faults", "eat",
            "Effective access time with page faults.", "有缺页时的有效访问时间。",
        ),
        _command(
            "replacement", "replace",
            "Replace pages under one policy.", "按一种算法模拟页面置换。",
        ),
        _command(
            "replacement", "compare",
            "Compare policies on the same references.", "在同一访问序列上比较各算法。",
        ),
        _command(
            "replacement", "curve",
            "Faults for each number of frames; anomalies.", "各页框数下的缺页次数与 Belady 异常。",
        ),
        _command(
            "replacement", "stack-distance",
            "Depths in the LRU stack: hits for all sizes.", "LRU 栈距离：所有大小的命中次数。",
        ),
        _command(
            "replacement", "workingset",
            "Follow the working sets of processes.", "跟踪进程的工作集。",
        ),
    ],
)  # fmt: skip
