"""tlb.shootdown: who holds an entry, and who must be told that it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Set,
    Step,
    Table,
    mistake,
)
from oslab_tlb.cores import CHANGES, Change, Cores, Rule, ShootdownConfig, Verb
from oslab_tlb.shootdown import CoreEvent, parse_events, run, steps_of

PAGE_SIZE = 4096
CHANGED = Table("n", {"holders": Set(Int()), "ipis": Set(Int())}, given=("event",), action="")
THIRD, FIFTH = Fraction(1, 3), Fraction(1, 5)


@dataclass(frozen=True)
class ShootdownSpace:
    """cores, rule, asids: as in `ShootdownConfig`.

    pages     how many are used
    changes   how often a page table is changed
    between   other events before each change
    """

    cores: Choose[int]
    rule: Choose[Rule]
    asids: bool
    pages: Choose[int]
    changes: Choose[int]
    between: Choose[int]


class Shootdown(Problem[ShootdownConfig, ShootdownSpace]):
    """For each change of the page table the TLBs that hold the page and the cores that get an IPI;
    the IPIs, those that were needless, and what would go wrong without."""

    version = 1
    params = ShootdownConfig
    space = ShootdownSpace
    answers = {"changes": CHANGED, "ipis": Int(), "needless": Int(), "stale_without": Int()}
    required = ("holders-only", "everyone")

    def draw(self, rng: Generator, space: ShootdownSpace) -> ShootdownConfig:
        config = ShootdownConfig(
            space.cores.pick(rng), (), space.rule.pick(rng), space.asids, 64, PAGE_SIZE
        )
        cores = Cores(config)
        pages = rng.sample(range(1, 10), space.pages.pick(rng))
        events = [self._touch(rng, cores, number, pages) for number in range(config.cores)]
        for _ in range(space.changes.pick(rng)):
            for _ in range(space.between.pick(rng)):
                events.append(self._other(rng, cores, pages))
            events.append(self._change(rng, cores, pages))
        # What was changed last is read by everyone who can, or nothing could go wrong.
        last = events[-1].rpartition(" ")[2]
        for number, core in enumerate(cores.cores):
            if core.process == 1 and not core.idle and not events[-1].startswith(f"{number}:"):
                events.append(f"{number}:read {last}")
        return replace(config, events=tuple(events))

    def _other(self, rng: Generator, cores: Cores, pages: Sequence[int]) -> str:
        """An access, or a core that begins to do something else; two cores run process 1 always."""
        busy = [i for i, c in enumerate(cores.cores) if c.process == 1 and not c.idle]
        away = [i for i in range(len(cores.cores)) if i not in busy]
        if away and rng.chance(FIFTH):
            number = rng.choice(away)
            cores.switch(number, 1)
            return f"{number}:switch 1"
        number = rng.choice(busy)
        if len(busy) > 2 and rng.chance(THIRD):
            if rng.chance(THIRD):
                cores.cores[number].idle = True
                return f"{number}:idle"
            cores.switch(number, 2)
            return f"{number}:switch 2"
        return self._touch(rng, cores, number, pages)

    def _touch(self, rng: Generator, cores: Cores, number: int, pages: Sequence[int]) -> str:
        page, write = rng.choice(pages), rng.chance(THIRD)
        cores.touch(number, page, write)
        return f"{number}:{'write' if write else 'read'} {page * PAGE_SIZE:#x}"

    def _change(self, rng: Generator, cores: Cores, pages: Sequence[int]) -> str:
        """A change of process 1's table that changes something, unless there is none."""
        busy = [i for i, c in enumerate(cores.cores) if c.process == 1 and not c.idle]
        verbs: list[tuple[Verb, int]] = []
        for page in pages:
            mapped = cores.mapped(1, page)
            if mapped:
                verbs += [("protect" if mapped.write else "permit", page), ("unmap", page)]
        verb, page = rng.choice(verbs) if verbs else ("unmap", pages[0])
        number = rng.choice(busy)
        cores.change(number, page, verb)
        return f"{number}:{verb} {page * PAGE_SIZE:#x}"

    def good(self, p: ShootdownConfig) -> bool:
        """Something would go wrong without IPIs; a right is given or taken away; no row so frequent
        that giving it everywhere pays."""
        found = run(p, drawing=False)
        rows = [(row["holders"], row["ipis"]) for row in _changes(found.steps)]
        return (
            found.metrics["stale_without"] >= 2
            and found.metrics["needless"] >= 1
            and len({step.action for step in found.steps if step.action in CHANGES}) > 1
            and all(10 * rows.count(row) <= 4 * len(rows) for row in set(rows))
        )

    def present(self, p: ShootdownConfig) -> Mapping[str, Figure]:
        lines = (f"{n:>2}   {event.replace(':', ': ')}" for n, event in enumerate(p.events, 1))
        return {"cores": p.cores, "last": p.cores - 1, "events": Code("\n".join(lines))}

    def rows(self, p: ShootdownConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, event)
            for n, event in enumerate(p.events, 1)
            if event.partition(":")[2].split()[0] in CHANGES
        ]

    def run(self, p: ShootdownConfig) -> Run:
        return run(p)

    def solve(self, p: ShootdownConfig, run: Run) -> Answers:
        return {
            "changes": _changes(run.steps),
            **{name: run.metrics[name] for name in ("ipis", "needless", "stale_without")},
        }

    def _with(self, p: ShootdownConfig, cores: Cores) -> Answers:
        """The IPIs that other cores send; what is stale without any is no matter of theirs."""
        steps = tuple(steps_of(cores, _events(p), drawing=False))
        sent = [step.result for step in steps if step.action in CHANGES]
        return {
            "changes": _changes(steps),
            **{name: sum(len(result[name]) for result in sent) for name in ("ipis", "needless")},
        }

    @mistake("holders-only")
    def holders_only(self, p: ShootdownConfig) -> Answers | None:
        """Only cores whose TLB holds the page are told, as if one could see into a TLB."""
        return self._with(p, _HoldersOnly(p))

    @mistake("everyone")
    def everyone(self, p: ShootdownConfig) -> Answers | None:
        """All other cores are told."""
        if p.rule == "all":
            return None
        return self._with(p, Cores(replace(p, rule="all")))

    @mistake("running-only")
    def running_only(self, p: ShootdownConfig) -> Answers | None:
        """Cores that have run it and do something else now are not told."""
        return self._with(p, Cores(replace(p, rule="running"))) if p.rule == "used" else None

    @mistake("permit-tells")
    def permit_tells(self, p: ShootdownConfig) -> Answers | None:
        """IPIs are sent also where a right is given."""
        return self._with(p, _PermitTells(p))

    @mistake("self-too")
    def self_too(self, p: ShootdownConfig) -> Answers | None:
        """The core that changes the table sends an IPI to itself as well."""
        changes = [
            {**row, "ipis": tuple(sorted({*row["ipis"], self._core(event)}))}
            if row["ipis"]
            else row
            for row, (_, event) in zip(
                _changes(steps_of(Cores(p), _events(p), drawing=False)),
                self.rows(p, "changes"),
                strict=True,
            )
        ]
        return {"changes": changes, "ipis": sum(len(row["ipis"]) for row in changes)}

    def _core(self, event: str | int) -> int:
        return int(str(event).partition(":")[0])


@lru_cache(maxsize=1)
def _events(p: ShootdownConfig) -> Sequence[CoreEvent]:
    """The events, which each mistake follows anew."""
    return tuple(parse_events(p))


def _changes(steps: Iterable[Step]) -> list[Mapping[str, Any]]:
    """The rows of the table."""
    return [
        {"holders": step.result["holders"], "ipis": step.result["ipis"]}
        for step in steps
        if step.action in CHANGES
    ]


class _HoldersOnly(Cores):
    def change(self, number: int, vpn: int, verb: Verb) -> Change:
        self._held = self.holders(self.cores[number].process, vpn)
        return super().change(number, vpn, verb)

    def targets(self, number: int, process: int) -> set[int]:
        return set(self._held) - {number}


class _PermitTells(Cores):
    def change(self, number: int, vpn: int, verb: Verb) -> Change:
        found = super().change(number, vpn, verb)
        if verb != "permit" or not found.changed:
            return found
        process = self.cores[number].process
        targets = tuple(sorted(self.targets(number, process)))
        self.generation[process] = self.generation.get(process, 0) + 1
        for target in (number, *targets):
            self.shoot(target, process, vpn)
        return Change(
            True, found.holders, targets, tuple(t for t in targets if t not in found.holders)
        )
