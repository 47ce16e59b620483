"""The commands ``oslab cache …``, each imported only when it is used."""

from oslab import Command, Text, group


def _command(module: str, name: str, en: str, zh: str) -> Command:
    return Command(name, Text(en, zh), f"oslab_cache.cli.{module}:app")


app = group(
    Text(
        "Caches: splitting addresses, hits and misses, hierarchies, loops.",
        "高速缓存：地址划分、命中与缺失、多级结构、循环访问。",
    ),
    [
        _command(
            "split", "split",
            "Cut addresses into tag, set index and offset.", "把地址划分为标记、组索引和块内偏移。",
        ),
        _command(
            "split", "conflicts",
            "Which addresses compete for the same set.", "哪些地址争用同一组。",
        ),
        _command(
            "simulation", "run",
            "Simulate one cache, or two or three levels.", "模拟一级、两级或三级高速缓存。",
        ),
        _command(
            "simulation", "csim",
            "The classic csim: -s, -E, -b, -t.", "经典的 csim：-s、-E、-b、-t。",
        ),
        _command(
            "simulation", "curve",
            "Miss ratio for every size in one pass.", "一遍求出各种容量下的缺失率。",
        ),
        _command(
            "simulation", "compare",
            "Compare caches on the same accesses.", "在同一访问序列上比较各种高速缓存。",
        ),
        _command(
            "loops", "loop",
            "Run a loop over a matrix through a cache.", "让矩阵循环经过高速缓存。",
        ),
        _command(
            "loops", "tile",
            "The largest tile of a matrix that fits.", "放得进高速缓存的最大分块。",
        ),
        _command(
            "figures", "amat",
            "Average memory access time, level by level.", "逐级计算平均存储器访问时间。",
        ),
        _command(
            "figures", "vipt",
            "Virtual index, physical tag: safe or aliased?", "虚拟索引、物理标记：是否会出现别名？",
        ),
    ],
)  # fmt: skip
