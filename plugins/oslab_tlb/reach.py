"""TLB reach: how much memory the entries cover, and how a loop over an array fares with it.

Reach = entries × page size. A loop that touches one element every `stride` bytes needs one entry for
each page it comes to. If they all fit, only the first pass misses, once a page. If they do not, a fully
associative TLB with LRU misses every page in every pass: the page needed next is always the one that
was thrown out last. With sets, a stride of many pages may crowd into a few of them and miss although
the reach would do. The misses here are those of the simulated `Tlb`, not of a formula.

Sources: CS:APP, 9.6.2; Hennessy and Patterson, Computer Architecture, B.4 ("TLB reach").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oslab import InputError, Int, Run, Size, Step, Value
from oslab.quantities import format_size
from oslab_paging.split import check_page_size
from oslab_tlb.tlb import Tlb, TlbEntry, TlbPolicy, TlbShape

MOST_LOOKUPS = 2**15
MOST_PASSES = 1000


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over an array that begins at a page border.

    array    bytes of the array, at least 1
    stride   bytes from one element that is touched to the next
    passes   how often it goes through the array

    Raises InputError for anything less.
    """

    array: int
    stride: int
    passes: int

    def __post_init__(self) -> None:
        if self.array < 1 or self.stride < 1:
            raise InputError("an array has 1 byte or more, and so has a stride")
        if not 1 <= self.passes <= MOST_PASSES:
            raise InputError(f"the loop makes 1 to {MOST_PASSES} passes, not {self.passes}")

    @property
    def elements(self) -> int:
        """Accesses in one pass."""
        return -(-self.array // self.stride)

    def pages(self, page_size: int) -> Sequence[int]:
        """The pages that one pass touches, in order, numbered from the array's first."""
        if self.stride <= page_size:
            return range((self.elements - 1) * self.stride // page_size + 1)
        return [offset // page_size for offset in range(0, self.array, self.stride)]


@dataclass(frozen=True, slots=True)
class ReachConfig:
    """A TLB, and the loop that is run, if any.

    entries, ways, policy, seed   the TLB, as in `TlbShape`
    page_size   bytes, a power of two
    loop        what touches memory, or None

    Raises InputError for what makes no sense, and for more pages than are worth simulating.
    """

    entries: int
    ways: int
    policy: TlbPolicy
    seed: int
    page_size: int
    loop: Loop | None

    def __post_init__(self) -> None:
        self.shape()
        check_page_size(self.page_size)
        if self.loop is None:
            return
        pages = min(self.loop.elements, -(-self.loop.array // self.page_size))
        if self.loop.passes * pages > MOST_LOOKUPS:
            most = format_size(MOST_LOOKUPS // self.loop.passes * self.page_size)
            raise InputError(
                f"an array of {format_size(self.loop.array)} is too long to be simulated page by "
                f"page; up to {most} would do"
            )

    def shape(self) -> TlbShape:
        """The TLB's shape. Raises InputError."""
        return TlbShape(self.entries, self.ways, self.policy, self.seed)


def run(config: ReachConfig) -> Run:
    """Compute the reach, and let the loop run.

    Steps ``reach`` (given ``entries page_size``, result ``reach_bytes``); for a loop also
    ``loop-pages`` (result ``pages``, those that one pass touches; ``elements``, its accesses) and one
    ``loop-pass`` for each pass (given ``pass_number``, result ``misses``, ``first`` and ``fits``).
    Metrics: ``reach_bytes``; for a loop also ``pages``, ``elements`` (a pass), ``misses_per_pass``
    (one number a pass) and ``misses``.
    """
    reach = config.entries * config.page_size
    given = {"entries": config.entries, "page_size": config.page_size}
    steps = [
        Step(
            action="reach",
            actor="tlb",
            given={**given, "page_text": format_size(config.page_size)},
            result={"reach_bytes": reach, "reach_text": format_size(reach)},
        )
    ]
    metrics: dict[str, Value] = {"reach_bytes": reach}
    rules: dict[str, Value] = {}
    if config.loop:
        pages = config.loop.pages(config.page_size)
        misses = misses_of(config, config.loop)
        shape = config.shape()
        used = len({shape.index_of(page) for page in pages})
        steps.append(_touched(config.page_size, config.loop, len(pages)))
        steps += [
            Step(
                action="loop-pass",
                actor="tlb",
                given={
                    "pass_number": number,
                    "pages": len(pages),
                    "entries": config.entries,
                    "sets_used": used if used < shape.sets else None,
                },
                result={
                    "misses": missed,
                    "first": number == 1,
                    "how": "all" if missed == len(pages) else "some" if missed else "none",
                },
            )
            for number, missed in enumerate(misses, 1)
        ]
        metrics |= {
            "pages": len(pages),
            "elements": config.loop.elements,
            "misses_per_pass": tuple(misses),
            "misses": sum(misses),
        }
        rules = {"loop-array": "aligned", "reach-policy": config.policy}
        if shape.sets > 1:
            rules["index"] = "vpn-mod-sets"
    return Run(
        command="tlb.reach",
        config=config,
        conventions=rules,
        asks={
            "reach": {"reach_bytes": Size()},
            "loop-pages": {"pages": Int()},
            "loop-pass": {"misses": Int()},
        },
        steps=tuple(steps),
        metrics=metrics,
    )


def misses_of(config: ReachConfig, loop: Loop) -> list[int]:
    """How many lookups miss in each pass. Elements in the page just used always hit, and are no more
    than one use of it, so a page is looked up once a pass."""
    tlb = Tlb(config.shape())
    pages = loop.pages(config.page_size)
    entries = [TlbEntry(page, page, 0, True, True, True, False) for page in pages]
    misses: list[int] = []
    for number in range(loop.passes):
        if number > 1 and config.policy == "lru":
            # What LRU holds after a pass depends on that pass alone, so all but the first are alike.
            misses.append(misses[-1])
            continue
        missed = 0
        for entry in entries:
            if tlb.find(entry.vpn, 0) is None:
                missed += 1
                tlb.fill(entry)
        misses.append(missed)
    return misses


def _touched(page_size: int, loop: Loop, pages: int) -> Step:
    return Step(
        action="loop-pages",
        actor="cpu",
        given={
            "array": loop.array,
            "array_text": format_size(loop.array),
            "stride": loop.stride,
            "stride_text": format_size(loop.stride),
            "page_text": format_size(page_size),
            "skips": loop.stride > page_size,
        },
        result={"pages": pages, "elements": loop.elements},
    )
