"""tlb.trace: follow a TLB by hand, access by access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Set,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_paging.rights import Mode
from oslab_tlb.events import Item, Reference, Touch, Unit, parse_items, touches
from oslab_tlb.machine import Looked, Machine, TlbConfig, shapes
from oslab_tlb.problems.misread import Following, HitsUnnoticed, NoFill
from oslab_tlb.simulate import run
from oslab_tlb.tlb import TlbPolicy

STEPS = Table(
    "n",
    {"result": Choice("hit", "miss"), "victim": OrNone(Int())},
    given=("reference",),
    action="access",
)
CONTENTS = Table("set", {"held": Set(Int())})


@dataclass(frozen=True)
class TraceSpace:
    """entries, ways, policy: as in `TlbConfig`.

    length      how many accesses
    sets_used   how many of the sets the pages fall into
    per_set     so many different pages fall into each of these, more than there are ways
    unit        page, or address: then the page number has to be found first
    page_size   bytes
    """

    entries: Choose[int]
    ways: Choose[int]
    policy: Choose[TlbPolicy]
    length: Choose[int]
    sets_used: Choose[int]
    per_set: Choose[int]
    unit: Unit
    page_size: Choose[int]


def plain_config(**given: Any) -> TlbConfig:
    """A configuration of one level with every page open, and `given` in place of the usual."""
    usual: dict[str, Any] = {
        "policy": "lru", "entries2": None, "ways2": None, "policy2": None, "seed": 0,
        "page_size": 4096, "levels": 1, "unit": "page", "mode": "user", "asids": False,
        "pages": (), "demand": False, "fault_drops": False, "trace": "",
    }  # fmt: skip
    return TlbConfig(**{**usual, **given})


def draw_pages(rng: Generator, sets: int, used: int, per_set: int, length: int) -> list[int]:
    """Page numbers: `per_set` different ones for each set used, never the same twice running."""
    pages = [
        tag * sets + index
        for index in rng.sample(range(sets), min(used, sets))
        for tag in rng.sample(range(1, 10), per_set)
    ]
    drawn: list[int] = []
    for _ in range(length):
        drawn.append(rng.choice([page for page in pages if drawn[-1:] != [page]]))
    return drawn


def items_of(p: TlbConfig) -> Sequence[Item]:
    """The accesses and events of a question, in order."""
    return _items(p.references, p.page_size, p.unit, p.mode)


def touches_of(p: TlbConfig) -> Sequence[Touch]:
    """The accesses of a question, in order."""
    return _touches(p.references, p.page_size, p.unit, p.mode)


# A wrong answer has the same accesses followed many times: by each mistake, for each wrong row.
@lru_cache(maxsize=1)
def _items(references: tuple[str, ...], page_size: int, unit: Unit, mode: Mode) -> Sequence[Item]:
    return tuple(parse_items(references, page_size, unit, mode))


@lru_cache(maxsize=1)
def _touches(
    references: tuple[str, ...], page_size: int, unit: Unit, mode: Mode
) -> Sequence[Touch]:
    return tuple(
        touch
        for item in _items(references, page_size, unit, mode)
        if isinstance(item, Reference)
        for touch in touches(item, page_size)
    )


def without_rules(run: Run, *names: str) -> Run:
    """The run without rules that no answer depends on."""
    return replace(run, conventions={n: v for n, v in run.conventions.items() if n not in names})


class Trace(Problem[TlbConfig, TraceSpace]):
    """Hit or miss and the victim of each access, the hits, and what is held at the end."""

    version = 1
    params = TlbConfig
    space = TraceSpace
    answers = {"steps": STEPS, "hits": Int(), "contents": CONTENTS}
    required = ("no-fill",)

    def draw(self, rng: Generator, space: TraceSpace) -> TlbConfig:
        entries, ways = space.entries.pick(rng), space.ways.pick(rng)
        size = space.page_size.pick(rng)
        used, per_set = space.sets_used.pick(rng), space.per_set.pick(rng)
        pages = draw_pages(rng, entries // ways, used, per_set, space.length.pick(rng))
        if space.unit == "address":
            references = tuple(f"{page * size + rng.below(size // 4) * 4:#x}" for page in pages)
        else:
            references = tuple(map(str, pages))
        return plain_config(
            entries=entries,
            ways=ways,
            policy=space.policy.pick(rng),
            references=references,
            unit=space.unit,
            page_size=size,
        )

    def good(self, p: TlbConfig) -> bool:
        """Some hits, but not so many that "hit" everywhere pays; enough victims to choose."""
        machine = Machine(p)
        looked = [one for touch in touches_of(p) for one in machine.access(touch)]
        hits, evicted = sum(machine.hits), machine.evictions[0]
        filled = len(looked) - hits - evicted
        most = max(hits, filled)
        return hits >= 3 and evicted >= 4 and 8 * most <= 3 * len(looked)

    def present(self, p: TlbConfig) -> Mapping[str, Figure]:
        return {
            "entries": p.entries,
            "ways": p.ways,
            "sets": p.entries // p.ways,
            "page_size": format_size(p.page_size),
            "references": " ".join(p.references),
            "length": len(p.references),
        }

    def rows(self, p: TlbConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "contents":
            return [(index,) for index in range(p.entries // p.ways)]
        return list(enumerate(p.references, start=1))

    def run(self, p: TlbConfig) -> Run:
        return without_rules(run(p), "memory_accesses", "open_pages", "lru", "fifo")

    def solve(self, p: TlbConfig, run: Run) -> Answers:
        return _answers(p, rows_of(run, STEPS), run.metrics["hits"])

    def follow(
        self, p: TlbConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the victims a student chose; an impossible one is the key's."""
        if answer != "steps":
            return None
        machine = Following(p)
        accesses = touches_of(p)
        for touch, row, right in zip(accesses, before, _right(p), strict=False):
            machine.tlb.wanted = (row["victim"], right["victim"])
            machine.look_up(touch)
        machine.tlb.wanted = ()
        return _row(machine.look_up(accesses[len(before)]))

    def _with(self, machine: Machine) -> Answers:
        """The answers that another machine gives."""
        return _answers(machine.config, _rows(machine), sum(machine.hits))

    def _under(self, p: TlbConfig, *policies: str, **changes: Any) -> Answers | None:
        """The answers after `changes`, for a question about one of `policies`."""
        return self.answers_to(replace(p, **changes)) if p.policy in policies else None

    def answers_to(self, p: TlbConfig) -> Answers:
        return self._with(Machine(p))

    @mistake("fifo-for-lru")
    def fifo_for_lru(self, p: TlbConfig) -> Answers | None:
        return self._under(p, "lru", policy="fifo")

    @mistake("lru-for-fifo")
    def lru_for_fifo(self, p: TlbConfig) -> Answers | None:
        return self._under(p, "fifo", policy="lru")

    @mistake("lru-for-plru")
    def lru_for_plru(self, p: TlbConfig) -> Answers | None:
        return self._under(p, "plru", policy="lru")

    @mistake("fills-only")
    def fills_only(self, p: TlbConfig) -> Answers | None:
        """The bits of the tree are set by fills and not by hits."""
        if p.policy != "plru":
            return None
        return self._with(HitsUnnoticed(p))

    @mistake("fully-associative")
    def fully_associative(self, p: TlbConfig) -> Answers | None:
        """The sets are ignored: any entry may leave for any page."""
        if shapes(p)[0].sets == 1:
            return None
        return _but_contents(self._with(Machine(replace(p, ways=p.entries))))

    @mistake("direct-mapped")
    def direct_mapped(self, p: TlbConfig) -> Answers | None:
        """As many sets as there are entries."""
        if shapes(p)[0].sets == 1 or p.ways == 1:
            return None
        return _but_contents(self._with(Machine(replace(p, ways=1))))

    @mistake("no-fill")
    def no_fill(self, p: TlbConfig) -> Answers | None:
        """A miss puts nothing into the TLB."""
        return _but_contents(self._with(NoFill(p)))


@lru_cache(maxsize=1)
def _right(p: TlbConfig) -> Sequence[Mapping[str, Any]]:
    """The right rows, for `follow`: it is asked once for each wrong row of one variant."""
    return _rows(Machine(p))


def _rows(machine: Machine) -> Sequence[Mapping[str, Any]]:
    return tuple(_row(machine.look_up(touch)) for touch in touches_of(machine.config))


def _row(looked: Looked) -> Mapping[str, Any]:
    victim = looked.victims[0]
    return {
        "result": "hit" if looked.level else "miss",
        "victim": None if victim is None else victim.vpn,
    }


def _answers(p: TlbConfig, rows: Sequence[Mapping[str, Any]], hits: int) -> Answers:
    held: list[set[int]] = [set() for _ in range(p.entries // p.ways)]
    for touch, row in zip(touches_of(p), rows, strict=True):
        if row["result"] == "miss":
            pages = held[touch.vpn % len(held)]
            pages.discard(row["victim"])
            pages.add(touch.vpn)
    contents = [{"held": tuple(sorted(pages))} for pages in held]
    return {"steps": rows, "hits": hits, "contents": contents}


def _but_contents(answers: Answers) -> Answers:
    return {name: answers[name] for name in ("steps", "hits")}
