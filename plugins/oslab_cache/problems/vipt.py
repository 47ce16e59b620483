"""cache.vipt: which caches may be indexed with the virtual address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab import (
    Answers,
    Bool,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_cache.vipt import ViptCache, ViptConfig, run, safe_ways


@dataclass(frozen=True)
class ViptSpace:
    """What the caches are drawn from; `safe` of the `caches` are to be safe."""

    size: Choose[int]
    line: Choose[int]
    ways: Choose[int]
    page_size: Choose[int]
    caches: Choose[int]
    safe: Choose[int]


CACHES = Table(
    "n",
    {"alias_bits": Int(), "safe": Bool(), "safe_ways": Int()},
    given=("size", "line", "ways", "page_size"),
    action="vipt",
)


class Vipt(Problem[ViptConfig, ViptSpace]):
    """Alias bits, safe or not, and the ways that would make it safe, cache by cache."""

    version = 1
    params = ViptConfig
    space = ViptSpace
    answers = {"caches": CACHES}
    required = ("whole-size", "index-only")

    def draw(self, rng: Generator, space: ViptSpace) -> ViptConfig:
        count, safe = space.caches.pick(rng), space.safe.pick(rng)
        chosen: list[ViptCache] = []
        for _ in range(200):
            size, ways = space.size.pick(rng), space.ways.pick(rng)
            line, page = space.line.pick(rng), space.page_size.pick(rng)
            if size % (line * ways) or (size // ways) & (size // ways - 1):
                continue
            cache = ViptCache(size, line, ways, page)
            is_safe = safe_ways(cache) <= ways
            room = safe if is_safe else count - safe
            alike = sum((safe_ways(other) <= other.ways) == is_safe for other in chosen)
            if alike < room and cache not in chosen:
                chosen.append(cache)
            if len(chosen) == count:
                break
        return ViptConfig(tuple(rng.shuffled(chosen)))

    def good(self, p: ViptConfig) -> bool:
        """Caches enough, different in what they need."""
        found = run(p).metrics["caches"]
        unsafe = [each["alias_bits"] for each in found if not each["safe"]]
        return len(p.caches) > 3 and len(set(unsafe)) > 1

    def present(self, p: ViptConfig) -> Mapping[str, Figure]:
        return {"count": len(p.caches)}

    def rows(self, p: ViptConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, format_size(c.size), format_size(c.line), c.ways, format_size(c.page_size))
            for n, c in enumerate(p.caches, 1)
        ]

    def run(self, p: ViptConfig) -> Run:
        return run(p)

    def solve(self, p: ViptConfig, run: Run) -> Answers:
        return {"caches": rows_of(run, CACHES)}

    @mistake("whole-size")
    def whole_size(self, p: ViptConfig) -> Answers | None:
        """The whole cache, not one way of it, is compared with the page; ways do not help then."""
        return self.judged([(c.size, c.page_size, safe_ways(c)) for c in p.caches])

    @mistake("index-only")
    def index_only(self, p: ViptConfig) -> Answers | None:
        """The bits of the index alone are compared with those of the page offset."""
        return self.judged(
            [
                (c.size // c.ways // c.line, c.page_size, c.size // c.line // c.page_size)
                for c in p.caches
            ]
        )

    @mistake("page-in-lines")
    def page_in_lines(self, p: ViptConfig) -> Answers | None:
        """The page is measured in lines, the way in bytes."""
        pages = [c.page_size // c.line for c in p.caches]
        return self.judged(
            [
                (c.size // c.ways, page, c.size // page)
                for c, page in zip(p.caches, pages, strict=True)
            ]
        )

    @mistake("safe-inverted")
    def safe_inverted(self, p: ViptConfig) -> Answers | None:
        """The numbers are right, what they mean is the wrong way round."""
        rows = self.solve(p, run(p))["caches"]
        return {"caches": [{**row, "safe": not row["safe"]} for row in rows]}

    def judged(self, compared: Sequence[tuple[int, int, int]]) -> Answers:
        """The answers of one who compares these bytes, or lines, with each other and thinks that so
        many ways would do."""
        rows = []
        for held, page, ways in compared:
            bits = max(0, held.bit_length() - page.bit_length())
            rows.append({"alias_bits": bits, "safe": not bits, "safe_ways": max(1, ways)})
        return {"caches": rows}
