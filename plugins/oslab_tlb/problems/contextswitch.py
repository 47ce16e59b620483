"""tlb.context-switch: the hits of a TLB that is flushed at each switch, and of one with ASIDs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Step,
    Table,
    mistake,
    rows_of,
)
from oslab_tlb.drawing import drawn_state
from oslab_tlb.events import Event, touches
from oslab_tlb.machine import Machine, TlbConfig
from oslab_tlb.pages import open_page
from oslab_tlb.problems.trace import items_of, plain_config
from oslab_tlb.simulate import conventions_of
from oslab_tlb.tlb import TlbPolicy

LOOKUPS = Table(
    "n",
    {"flush": Choice("hit", "miss"), "asids": Choice("hit", "miss")},
    given=("process", "vpn"),
    action="both",
)


@dataclass(frozen=True)
class ContextSwitchSpace:
    """entries (fully associative), policy: as in `TlbConfig`.

    slices      how often a process is let run
    accesses    of each slice
    private     pages of each process; all processes number them alike
    shared      global pages
    """

    entries: Choose[int]
    policy: Choose[TlbPolicy]
    slices: Choose[int]
    accesses: Choose[int]
    private: Choose[int]
    shared: Choose[int]


class ContextSwitch(Problem[TlbConfig, ContextSwitchSpace]):
    """Hit or miss of each access in both TLBs, and the hits of both."""

    version = 1
    params = TlbConfig
    space = ContextSwitchSpace
    answers = {"lookups": LOOKUPS, "hits_flush": Int(), "hits_asids": Int()}
    required = ("always-flushed", "globals-flushed", "never-flushed")

    def draw(self, rng: Generator, space: ContextSwitchSpace) -> TlbConfig:
        entries = space.entries.pick(rng)
        numbers = rng.sample(range(1, 10), space.private.pick(rng))
        shared = rng.sample(range(20, 30), space.shared.pick(rng))
        slices = space.slices.pick(rng)
        # One of the switches is to the process that runs already.
        idle = rng.between(1, slices - 1)
        references: list[str] = []
        process = 1
        for n in range(slices):
            if n:
                process = process if n == idle else 3 - process
                references.append(f"switch={process}")
            references += map(str, self._slice(rng, numbers, shared, space.accesses.pick(rng)))
        return plain_config(
            entries=entries,
            ways=entries,
            policy=space.policy.pick(rng),
            references=tuple(references),
            pages=tuple(replace(open_page(vpn), is_global=True) for vpn in sorted(shared)),
        )

    def _slice(
        self, rng: Generator, private: Sequence[int], shared: Sequence[int], accesses: int
    ) -> list[int]:
        """Two thirds of them to private pages, the rest to global ones; pages differ while they can,
        so that what is left over from earlier slices decides."""
        own = rng.sample(private, min(len(private), -(-accesses * 2 // 3)))
        rest = [rng.choice(shared) for _ in range(accesses - len(own))]
        return rng.shuffled([*own, *rest])

    def good(self, p: TlbConfig) -> bool:
        """No pair of outcomes so frequent that giving it everywhere pays."""
        rows = list(zip(*_both(p), strict=True))
        return all(20 * rows.count(row) <= 7 * len(rows) for row in set(rows))

    def present(self, p: TlbConfig) -> Mapping[str, Figure]:
        return {
            "entries": p.entries,
            "policy": p.policy.upper(),
            "shared": ", ".join(str(page.vpn) for page in p.pages),
            "references": _slices(p.references),
        }

    def rows(self, p: TlbConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        rows: list[tuple[str | int, ...]] = []
        process = 1
        for text in p.references:
            if text.startswith("switch="):
                process = int(text.removeprefix("switch="))
            else:
                rows.append((len(rows) + 1, process, int(text)))
        return rows

    def run(self, p: TlbConfig) -> Run:
        """Both TLBs side by side."""
        rules = conventions_of(p, ())
        kept = {n: rules[n] for n in rules if n in ("empty_first", "plru")}
        steps = self._steps(p)
        return Run(
            command="tlb.context-switch",
            config=p,
            conventions={**kept, "both_asids": True},
            asks={"both": {"flush": Choice("hit", "miss"), "asids": Choice("hit", "miss")}},
            steps=steps,
            metrics={
                f"hits_{name}": sum(step.result[name] == "hit" for step in steps)
                for name in ("flush", "asids")
            },
        )

    def solve(self, p: TlbConfig, run: Run) -> Answers:
        return {
            "lookups": rows_of(run, LOOKUPS),
            "hits_flush": run.metrics["hits_flush"],
            "hits_asids": run.metrics["hits_asids"],
        }

    def _steps(self, p: TlbConfig) -> tuple[Step, ...]:
        """One step for each access: what it is in the TLB that is flushed, and in the other."""
        flushed, tagged = Machine(replace(p, asids=False)), Machine(replace(p, asids=True))
        steps: list[Step] = []
        for item in items_of(p):
            if isinstance(item, Event):
                flushed.happen(item)
                tagged.happen(item)
                continue
            for touch in touches(item, p.page_size):
                found = [list(machine.access(touch))[-1].level for machine in (flushed, tagged)]
                steps.append(
                    Step(
                        action="both",
                        given={"n": len(steps) + 1, "process": tagged.process, "vpn": touch.vpn},
                        result=dict(zip(("flush", "asids"), map(_word, found), strict=True)),
                        state={
                            "with_flush": drawn_state(flushed.tlb, None, int, False)["tlb"],
                            "with_asids": drawn_state(tagged.tlb, None, int, True)["tlb"],
                        },
                    )
                )
        return tuple(steps)

    def _instead(self, p: TlbConfig, column: str, machine: Machine) -> Answers:
        """The answers with one column from another machine."""
        outcomes = _outcomes(machine)
        columns = {**dict(zip(LOOKUPS.columns, _both(p), strict=True)), column: outcomes}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return {"lookups": rows, f"hits_{column}": outcomes.count("hit")}

    @mistake("always-flushed")
    def always_flushed(self, p: TlbConfig) -> Answers | None:
        """A switch flushes the TLB with ASIDs too."""
        return self._instead(p, "asids", Machine(replace(p, asids=False)))

    @mistake("globals-flushed")
    def globals_flushed(self, p: TlbConfig) -> Answers | None:
        """A flush drops global entries too."""
        return self._instead(p, "flush", _GlobalsFlushed(replace(p, asids=False)))

    @mistake("never-flushed")
    def never_flushed(self, p: TlbConfig) -> Answers | None:
        """Without ASIDs the entries stay, and serve whoever asks."""
        return self._instead(p, "flush", _NeverFlushed(replace(p, asids=False)))

    @mistake("asid-ignored")
    def asid_ignored(self, p: TlbConfig) -> Answers | None:
        """With ASIDs a process hits the entries of another."""
        return self._instead(p, "asids", _NeverFlushed(replace(p, asids=False)))

    @mistake("same-process-flushed")
    def same_process_flushed(self, p: TlbConfig) -> Answers | None:
        """A switch to the process that runs already flushes."""
        return self._instead(p, "flush", _AlwaysFlushed(replace(p, asids=False)))


@lru_cache(maxsize=1)
def _both(p: TlbConfig) -> tuple[Sequence[str], Sequence[str]]:
    """Hit or miss of each access in the TLB that is flushed and in the other; each mistake needs them."""
    return _outcomes(Machine(replace(p, asids=False))), _outcomes(Machine(replace(p, asids=True)))


def _outcomes(machine: Machine) -> tuple[str, ...]:
    """Hit or miss of each access."""
    found = []
    for item in items_of(machine.config):
        if isinstance(item, Event):
            machine.happen(item)
            continue
        for touch in touches(item, machine.config.page_size):
            found.append(_word(list(machine.access(touch))[-1].level))
    return tuple(found)


class _GlobalsFlushed(Machine):
    def flush(self, process: int | None = None, globals_too: bool = False) -> int:
        return super().flush(process, globals_too=True)


class _NeverFlushed(Machine):
    def flush(self, process: int | None = None, globals_too: bool = False) -> int:
        return 0


class _AlwaysFlushed(Machine):
    def switch(self, process: int) -> int:
        self.process = process
        return self.flush()


def _word(level: int) -> str:
    return "hit" if level else "miss"


def _slices(references: Sequence[str]) -> str:
    """The accesses, with each switch in brackets."""
    return " ".join(
        f"[{text.removeprefix('switch=')}]" if text.startswith("switch=") else text
        for text in ("switch=1", *references)
    )
