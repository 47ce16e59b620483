"""What is in a trace: accesses by kind, the memory they touch, the first of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from oslab.errors import InputError
from oslab.run import Hex, Run
from oslab.traces.access import Access


@dataclass(frozen=True, slots=True)
class InfoConfig:
    """line and page_size: bytes, at least 1; head: how many accesses to show. Raises InputError."""

    trace: str
    format: str
    compression: str
    line: int
    page_size: int
    head: int

    def __post_init__(self) -> None:
        for name, least in (("line", 1), ("page_size", 1), ("head", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}: {least} or more is expected")


def run(config: InfoConfig, accesses: Iterable[Access]) -> Run:
    """Count in one pass; there are no steps.

    metrics: accesses fetches loads stores modifies, bytes (of all accesses), lines and pages (touched;
    data_lines and data_pages without fetches), lowest and highest address, head (the first accesses).
    Memory grows with the lines and pages touched, not with the trace.
    """
    kinds: Counter[str] = Counter()
    size_of_all = 0
    fetched: tuple[set[int], set[int]] = (set(), set())
    data: tuple[set[int], set[int]] = (set(), set())
    lowest, highest = 2**64, 0
    head: list[dict[str, object]] = []
    line, page_size = config.line, config.page_size
    for kind, address, size in accesses:
        kinds[kind] += 1
        size_of_all += size
        last = address + size - 1
        lines, pages = fetched if kind == "fetch" else data
        lines.add(address // line)
        pages.add(address // page_size)
        if last // line != address // line:
            lines.update(range(address // line, last // line + 1))
        if last // page_size != address // page_size:
            pages.update(range(address // page_size, last // page_size + 1))
        if address < lowest:
            lowest = address
        if last > highest:
            highest = last
        if len(head) < config.head:
            head.append({"kind": kind, "address": Hex(address), "bytes": size})
    return Run(
        command="trace.info",
        config=config,
        conventions={"crossing": True, "modify": True},
        metrics={
            "accesses": kinds.total(),
            "fetches": kinds["fetch"],
            "loads": kinds["load"],
            "stores": kinds["store"],
            "modifies": kinds["modify"],
            "bytes": size_of_all,
            "lines": len(fetched[0] | data[0]),
            "data_lines": len(data[0]),
            "pages": len(fetched[1] | data[1]),
            "data_pages": len(data[1]),
            "lowest": Hex(lowest),
            "highest": Hex(highest),
            **({"head": tuple(head)} if head else {}),
        },
    )
