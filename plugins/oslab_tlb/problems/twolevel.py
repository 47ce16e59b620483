"""tlb.two-level: where each page is found, and what the first level gives up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    Table,
    mistake,
    rows_of,
)
from oslab_tlb.machine import Looked, Machine, TlbConfig
from oslab_tlb.problems.misread import FollowingTlb
from oslab_tlb.problems.trace import draw_pages, plain_config, touches_of, without_rules
from oslab_tlb.simulate import run
from oslab_tlb.tlb import Tlb, TlbEntry, TlbPolicy, TlbShape
from oslab_tlb.twolevel import TwoLevelTlb

LOOKUPS = Table(
    "n",
    {"result": Choice("l1", "l2", "walk"), "victim": OrNone(Int())},
    given=("vpn",),
    action="access",
)


@dataclass(frozen=True)
class TwoLevelSpace:
    """first, second   entries of the levels, both fully associative; both obey `policy`
    levels          of the page table
    pages           different ones, more than the second level holds
    length          how many accesses
    """

    first: Choose[int]
    second: Choose[int]
    policy: Choose[TlbPolicy]
    levels: Choose[int]
    pages: Choose[int]
    length: Choose[int]


class TwoLevel(Problem[TlbConfig, TwoLevelSpace]):
    """Where each access finds its page, the victim of the first level, and the memory accesses."""

    version = 1
    params = TlbConfig
    space = TwoLevelSpace
    answers = {"lookups": LOOKUPS, "memory_accesses": Int()}
    required = ("no-promotion", "victims-go-down")

    def draw(self, rng: Generator, space: TwoLevelSpace) -> TlbConfig:
        first, second = space.first.pick(rng), space.second.pick(rng)
        policy = space.policy.pick(rng)
        pages = draw_pages(rng, 1, 1, space.pages.pick(rng), space.length.pick(rng))
        return plain_config(
            entries=first,
            ways=first,
            policy=policy,
            entries2=second,
            ways2=second,
            policy2=policy,
            levels=space.levels.pick(rng),
            references=tuple(map(str, pages)),
        )

    def good(self, p: TlbConfig) -> bool:
        """Each place is found often enough, none too often."""
        machine = Machine(p)
        levels = [looked.level for touch in touches_of(p) for looked in machine.access(touch)]
        return all(levels.count(level) >= 3 for level in (0, 1, 2)) and levels.count(1) * 3 <= len(
            levels
        )

    def present(self, p: TlbConfig) -> Mapping[str, Figure]:
        return {
            "first": p.entries,
            "second": p.entries2 or 0,
            "policy": p.policy.upper(),
            "levels": p.levels,
            "references": " ".join(p.references),
        }

    def rows(self, p: TlbConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, int(page)) for n, page in enumerate(p.references, 1)]

    def run(self, p: TlbConfig) -> Run:
        return without_rules(run(p), "open_pages", "lru")

    def solve(self, p: TlbConfig, run: Run) -> Answers:
        return {
            "lookups": rows_of(run, LOOKUPS),
            "memory_accesses": run.metrics["memory_accesses"],
        }

    def follow(
        self, p: TlbConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the first-level victims a student chose; an impossible one is
        the key's."""
        machine = _Following(p)
        accesses = touches_of(p)
        for touch, row, right in zip(accesses, before, _right(p), strict=False):
            machine.first.wanted = (row["victim"], right["victim"])
            machine.look_up(touch)
        machine.first.wanted = ()
        return _row(machine.look_up(accesses[len(before)]))

    def _with(self, p: TlbConfig, tlb: type[TwoLevelTlb]) -> Answers:
        machine = _Mistaken(p, tlb)
        rows = _rows(machine)
        return {"lookups": rows, "memory_accesses": machine.metrics()["memory_accesses"]}

    @mistake("no-promotion")
    def no_promotion(self, p: TlbConfig) -> Answers | None:
        """An entry found in the second level stays there only."""
        return self._with(p, _NoPromotion)

    @mistake("victims-go-down")
    def victims_go_down(self, p: TlbConfig) -> Answers | None:
        """A walk fills the first level only, and the second holds what the first gave up."""
        return self._with(p, _VictimsGoDown)

    @mistake("inclusive")
    def inclusive(self, p: TlbConfig) -> Answers | None:
        """What the second level gives up leaves the first too."""
        return self._with(p, _Inclusive)

    @mistake("first-hit-counts-below")
    def first_hit_counts_below(self, p: TlbConfig) -> Answers | None:
        """A hit in the first level is a use in the second."""
        return self._with(p, _FirstHitCountsBelow)


@lru_cache(maxsize=1)
def _right(p: TlbConfig) -> Sequence[Mapping[str, Any]]:
    """The right rows, for `follow`: it is asked once for each wrong row of one variant."""
    return _rows(Machine(p))


def _rows(machine: Machine) -> Sequence[Mapping[str, Any]]:
    accesses = touches_of(machine.config)
    return tuple(_row(looked) for touch in accesses for looked in machine.access(touch))


def _row(looked: Looked) -> Mapping[str, Any]:
    victim = looked.victims[0]
    return {
        "result": ("walk", "l1", "l2")[looked.level],
        "victim": None if victim is None else victim.vpn,
    }


class _NoPromotion(TwoLevelTlb):
    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        self.victims = (None, None)
        entry = self.first.find(vpn, asid)
        self.level = 1 if entry else 0
        if entry is None:
            entry = self.second.find(vpn, asid)
            self.level = 2 if entry else 0
        return entry


class _VictimsGoDown(TwoLevelTlb):
    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        held = self.first.peek(vpn, asid)
        entry = super().find(vpn, asid)
        if entry and not held:
            self.second.invalidate(vpn)
            self._down()
        return entry

    def fill(self, entry: TlbEntry) -> TlbEntry | None:
        self.victims = self.first.fill(entry), None
        self._down()
        return self.victims[0]

    def _down(self) -> None:
        victim = self.victims[0]
        if victim:
            self.victims = victim, self.second.fill(victim)


class _Inclusive(TwoLevelTlb):
    def fill(self, entry: TlbEntry) -> TlbEntry | None:
        second = self.second.fill(entry)
        if second:
            self.first.invalidate(second.vpn)
        self.victims = self.first.fill(entry), second
        return self.victims[0]


class _FirstHitCountsBelow(TwoLevelTlb):
    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        entry = super().find(vpn, asid)
        if self.level == 1:
            self.second.find(vpn, asid)
        return entry


class _Mistaken(Machine):
    def __init__(self, config: TlbConfig, kind: type[TwoLevelTlb]) -> None:
        self._kind = kind
        super().__init__(config)

    def built(self, first: TlbShape, second: TlbShape | None) -> Tlb | TwoLevelTlb:
        assert second is not None
        return self._kind(first, second)


class _Following(Machine):
    """A first level that gives way to a student's victims."""

    first: FollowingTlb

    def built(self, first: TlbShape, second: TlbShape | None) -> Tlb | TwoLevelTlb:
        assert second is not None
        both = TwoLevelTlb(first, second)
        self.first = FollowingTlb(first)
        both.first = self.first
        return both
