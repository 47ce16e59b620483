"""cache.trace: follow a cache by hand, access by access."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from oslab import (
    Access,
    Address,
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Hex,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_cache.cache import CacheShape, Write
from oslab_cache.config import RunConfig, lookups
from oslab_cache.hierarchy import Hierarchy, Inclusion
from oslab_cache.problems.accesses import (
    AccessSpace,
    DrawnPerMiss,
    Following,
    PlruOnFills,
    PlruToward,
    RefreshingBelow,
    draw_references,
    parsed,
)
from oslab_cache.replacement import PolicyName, Random, Replacement
from oslab_cache.simulate import count, count_accesses, run
from oslab_cache.steps import leaving, places, reached

VICTIM = OrNone(Address())
_TABLES = {
    "steps": {"index": Int(), "result": Choice("hit", "miss"), "victim": VICTIM},
    "associative": {"result": Choice("hit", "miss"), "victim": VICTIM},
    "levels": {"found": Choice("L1", "L2", "memory"), "victim": VICTIM, "victim2": VICTIM},
}


@dataclass(frozen=True)
class LowerSpace:
    """A second level: so many lines in so many ways, LRU, write-back."""

    lines: Choose[int]
    ways: Choose[int]
    inclusion: Choose[Inclusion]


@dataclass(frozen=True)
class TraceSpace:
    """The first level: `lines` lines of `line` bytes in `ways` ways (0: fully associative); a second
    level where there is one; and the accesses."""

    lines: Choose[int]
    line: Choose[int]
    ways: Choose[int]
    policy: Choose[PolicyName]
    accesses: AccessSpace
    write: Write = "back"
    allocate: bool = True
    lower: LowerSpace | None = None


def draw_config(rng: Generator, space: TraceSpace) -> RunConfig:
    """A cache and accesses for it."""
    line, lines = space.line.pick(rng), space.lines.pick(rng)
    ways = space.ways.pick(rng) or lines
    lower: tuple[CacheShape, ...] = ()
    inclusion: Inclusion = "nine"
    if space.lower:
        below = space.lower.lines.pick(rng)
        lower = (
            CacheShape(below * line, line, space.lower.ways.pick(rng), "lru", "back", True, 0),
        )
        inclusion = space.lower.inclusion.pick(rng)
    return RunConfig(
        size=lines * line,
        line=line,
        ways=ways,
        policy=space.policy.pick(rng),
        write=space.write,
        allocate=space.allocate,
        seed=rng.below(10_000),
        lower=lower,
        inclusion=inclusion,
        fetches=False,
        times_ns=(),
        references=draw_references(
            rng, space.accesses, line, max(lines // ways, *(shape.sets for shape in lower), 1)
        ),
    )


class Trace(Problem[RunConfig, TraceSpace]):
    """Set, hit or miss, and the line that leaves, for each access; with two levels, where the line was
    found and what left each; and the number of misses."""

    version = 1
    params = RunConfig
    space = TraceSpace
    answers = {
        **{
            name: Table(label="n", given=("access", "address"), columns=columns, action="access")
            for name, columns in _TABLES.items()
        },
        "misses": Int(),
    }

    def draw(self, rng: Generator, space: TraceSpace) -> RunConfig:
        return draw_config(rng, space)

    def good(self, p: RunConfig) -> bool:
        """Some hits, but not so many that "hit" everywhere pays; replacement at work at every level."""
        found = count(p)
        hits, accesses = found["hits"], found["accesses"]
        return (
            3 <= hits <= accesses // 2
            and all(level["evictions"] >= 3 for level in found["levels"])
            and all(level["hits"] > 0 for level in found["levels"])
        )

    def present(self, p: RunConfig) -> Mapping[str, Figure]:
        first = p.first
        rng = Random(first.ways, p.seed)
        numbers = [str(rng.victim(0)) for _ in p.references]
        figures: dict[str, Figure] = {
            "size": format_size(p.size),
            "line": format_size(p.line),
            "lines": first.lines,
            "ways": p.ways,
            "sets": first.sets,
            "references": " ".join(p.references),
            "numbers": " ".join(numbers),
        }
        for shape in p.lower:
            figures |= {
                "lines2": shape.lines,
                "ways2": shape.ways,
                "sets2": shape.sets,
            }
        return figures

    def rows(self, p: RunConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, lookup.kind, f"{lookup.address:#x}")
            for n, lookup in enumerate(_lookups(p), start=1)
        ]

    def run(self, p: RunConfig) -> Run:
        """The run without the rules that are no concern: the numbers drawn are printed, and nobody asks
        why an access misses."""
        whole = run(p)
        idle = ("seed", "threec")
        rules = {name: rule for name, rule in whole.conventions.items() if name not in idle}
        return replace(whole, conventions=rules)

    def solve(self, p: RunConfig, run: Run) -> Answers:
        tables = {name: rows_of(run, self.answers[name]) for name in _TABLES}  # type: ignore[arg-type]
        return {**tables, "misses": run.metrics["misses"]}

    def follow(
        self, p: RunConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the victims a student chose; an impossible one is the key's."""
        hierarchy = Hierarchy(p.shape)
        policies = [Following(cache.sets.policy, cache.sets) for cache in hierarchy.caches]
        for cache, policy in zip(hierarchy.caches, policies, strict=True):
            cache.sets.policy = policy
        first, accesses = hierarchy.shape.levels[0], _lookups(p)
        for lookup, row, right in zip(accesses, before, _right(p), strict=False):
            for policy, column in zip(policies, ("victim", "victim2"), strict=False):
                policy.wanted = [
                    None if victim is None else first.line_of(victim)
                    for victim in (row.get(column), right.get(column))
                ]
            _row(hierarchy, lookup)
        for policy in policies:
            policy.wanted = ()
        found = _row(hierarchy, accesses[len(before)])
        return {name: found[name] for name in _TABLES[answer]}

    def _under(self, p: RunConfig, **changes: Any) -> Answers:
        """The answers after changes to the cache."""
        return self.answers_to(replace(p, **changes))

    def answers_to(self, p: RunConfig) -> Answers:
        return self._with(p, Hierarchy(p.shape))

    def _with(self, p: RunConfig, misread: Callable[[Hierarchy], None] | Hierarchy) -> Answers:
        """The answers of a hierarchy that is not as it should be."""
        if isinstance(misread, Hierarchy):
            hierarchy = misread
        else:
            hierarchy = Hierarchy(p.shape)
            misread(hierarchy)
        return _answers(_rows(p, hierarchy), hierarchy.counts[0].misses)

    @mistake("fifo-for-lru")
    def fifo_for_lru(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="fifo") if p.policy == "lru" and p.ways > 1 else None

    @mistake("lru-for-fifo")
    def lru_for_fifo(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="lru") if p.policy == "fifo" and p.ways > 1 else None

    @mistake("lru-for-plru")
    def lru_for_plru(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="lru") if p.policy == "plru" and p.ways > 2 else None

    @mistake("bits-toward")
    def bits_toward(self, p: RunConfig) -> Answers | None:
        """The bits are made to point at the way that was used."""
        if p.policy != "plru" or p.ways < 2:
            return None
        return self._with(p, lambda h: _set_policy(h, PlruToward(p.first.sets, p.ways)))

    @mistake("plru-hits-ignored")
    def plru_hits_ignored(self, p: RunConfig) -> Answers | None:
        """The bits change only when a line comes in."""
        if p.policy != "plru" or p.ways < 2:
            return None
        return self._with(p, lambda h: _set_policy(h, PlruOnFills(p.first.sets, p.ways)))

    @mistake("lru-for-lfu")
    def lru_for_lfu(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="lru") if p.policy == "lfu" and p.ways > 1 else None

    @mistake("fifo-for-lfu")
    def fifo_for_lfu(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="fifo") if p.policy == "lfu" and p.ways > 1 else None

    @mistake("fifo-for-random")
    def fifo_for_random(self, p: RunConfig) -> Answers | None:
        return self._under(p, policy="fifo") if p.policy == "random" and p.ways > 1 else None

    @mistake("number-per-miss")
    def number_per_miss(self, p: RunConfig) -> Answers | None:
        """A number is used up by each miss, also one that fills an empty way."""
        if p.policy != "random" or p.ways < 2:
            return None
        return self._with(p, lambda h: _set_policy(h, DrawnPerMiss(p.ways, p.seed)))

    @mistake("direct-mapped")
    def direct_mapped(self, p: RunConfig) -> Answers | None:
        """Each line has one place only."""
        lines = p.first.lines
        return self._under(p, ways=1) if p.ways > 1 and lines & lines - 1 == 0 else None

    @mistake("fully-associative")
    def fully_associative(self, p: RunConfig) -> Answers | None:
        """A line is put wherever there is room; the set is right, but nobody looks at it."""
        if p.first.sets == 1 or p.lower:
            return None
        free = self._under(p, ways=p.first.lines)
        steps = [
            {**row, "index": right["index"]}
            for row, right in zip(free["steps"], _right(p), strict=True)
        ]
        return {**free, "steps": steps}

    @mistake("byte-is-line")
    def byte_is_line(self, p: RunConfig) -> Answers | None:
        """Every address is taken for a line of its own: the offset is not cut off."""
        # Wider accesses would straddle lines of one byte, and make more rows.
        if p.line == 1 or any(access.size > 1 for access in _lookups(p)):
            return None
        lower = tuple(replace(s, size=s.lines, line=1) for s in p.lower)
        return self._under(p, size=p.first.lines, line=1, lower=lower)

    @mistake("store-allocates")
    def store_allocates(self, p: RunConfig) -> Answers | None:
        """A store that misses is thought to bring its line in."""
        return None if p.allocate else self._under(p, allocate=True)

    @mistake("copies-stay")
    def copies_stay(self, p: RunConfig) -> Answers | None:
        """What level 2 evicts stays in level 1, in spite of inclusion."""
        return self._under(p, inclusion="nine") if p.inclusion == "inclusive" else None

    @mistake("copied-up")
    def copied_up(self, p: RunConfig) -> Answers | None:
        """A hit in level 2 leaves a copy there, in spite of exclusion."""
        return self._under(p, inclusion="nine") if p.inclusion == "exclusive" else None

    @mistake("hits-refresh-below")
    def hits_refresh_below(self, p: RunConfig) -> Answers | None:
        """A hit in level 1 counts as a use in level 2."""
        if not p.lower or p.inclusion == "exclusive":
            return None
        return self._with(p, RefreshingBelow(p.shape))

    @mistake("no-cold")
    def no_cold(self, p: RunConfig) -> Answers | None:
        """Every row is right, but the first accesses are not counted."""
        figures = count_accesses(p, parsed(p.references))
        return _answers(_right(p), figures["misses"] - figures["cold"])


def _set_policy(hierarchy: Hierarchy, policy: Replacement) -> None:
    hierarchy.caches[0].sets.policy = policy


def _lookups(p: RunConfig) -> Sequence[Access]:
    return tuple(lookups(parsed(p.references), p.line, p.fetches))


@lru_cache(maxsize=1)
def _right(p: RunConfig) -> Sequence[Mapping[str, Any]]:
    return _rows(p, Hierarchy(p.shape))


def _rows(p: RunConfig, hierarchy: Hierarchy) -> Sequence[Mapping[str, Any]]:
    """What each access does, under the names of the tables."""
    return tuple(_row(hierarchy, lookup) for lookup in _lookups(p))


def _row(hierarchy: Hierarchy, lookup: Access) -> Mapping[str, Any]:
    outcomes = hierarchy.access(lookup.address, lookup.kind == "store", lookup.size)
    found = outcomes[0]
    row: dict[str, Any] = {
        "index": found.index,
        "result": "hit" if found.hit else "miss",
        "victim": None
        if found.victim is None
        else Hex(hierarchy.caches[0].shape.address_of(found.victim)),
        "found": None,
        "victim2": None,
    }
    if len(hierarchy.caches) > 1:
        left = leaving(hierarchy, 1)
        row["found"] = places(len(hierarchy.caches))[reached(outcomes)]
        row["victim2"] = left[0] if len(left) == 1 else None
    return row


def _answers(rows: Sequence[Mapping[str, Any]], misses: int) -> dict[str, Any]:
    tables = {
        name: tuple({column: row[column] for column in columns} for row in rows)
        for name, columns in _TABLES.items()
    }
    return {**tables, "misses": misses}
