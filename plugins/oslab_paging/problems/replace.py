"""paging.replace: follow a policy by hand, reference by reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
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
from oslab_paging.problems.misread import DrawnPerFault, FixedArc, Following, row_of
from oslab_paging.problems.referencestring import ReferenceSpace, draw_references
from oslab_paging.replacement.conventions import (
    PolicyName,
    ReplaceConfig,
    defaults,
    parse_references,
)
from oslab_paging.replacement.frames import Frames, Policy, reference
from oslab_paging.replacement.random import generator
from oslab_paging.replacement.replace import count, policy_for, run

# Their lists cannot go on from a victim that the policy did not choose.
NO_FOLLOWING = ("2q", "arc")


@dataclass(frozen=True)
class ReplaceSpace:
    """Which policies, on how many frames, with which strings; `conventions` as changes to the usual."""

    policy: Choose[PolicyName]
    frames: Choose[int]
    references: ReferenceSpace
    conventions: Mapping[str, int | bool | str] = field(default_factory=dict)


def draw_config(rng: Generator, space: ReplaceSpace) -> ReplaceConfig:
    """A policy on some frames, and a string for it."""
    return defaults(
        space.policy.pick(rng),
        space.frames.pick(rng),
        draw_references(rng, space.references),
        **{"seed": rng.below(10_000), **space.conventions},
    )


class Replace(Problem[ReplaceConfig, ReplaceSpace]):
    """Hit or fault and the victim for each reference, and the number of faults."""

    version = 1
    params = ReplaceConfig
    space = ReplaceSpace
    answers = {
        "steps": Table(
            label="n",
            given=("page",),
            columns={"result": Choice("hit", "fault"), "victim": OrNone(Int())},
            action="reference",
        ),
        "faults": Int(),
    }

    def draw(self, rng: Generator, space: ReplaceSpace) -> ReplaceConfig:
        return draw_config(rng, space)

    def good(self, p: ReplaceConfig) -> bool:
        """Some hits, but not so many that "hit" everywhere pays; frames soon full, then replacement."""
        result = count(p)
        hits, length = int(result["hits"]), len(p.references)
        return hits >= 3 and 10 * hits <= 4 * length and int(result["evictions"]) >= 4

    def present(self, p: ReplaceConfig) -> Mapping[str, Figure]:
        rng = generator(p.seed)
        numbers = [str(rng.below(p.frames)) for _ in p.references[p.frames :]]
        return {
            "frames": p.frames,
            "references": " ".join(p.references),
            "length": len(p.references),
            "numbers": " ".join(numbers),
            "tick": p.tick,
            "tau": p.tau,
            "kin": p.kin,
            "kout": p.kout,
        }

    def rows(self, p: ReplaceConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, page) for n, page in enumerate(p.references, start=1)]

    def run(self, p: ReplaceConfig) -> Run:
        """The run; the numbers drawn are printed, so the rule that draws them is no concern."""
        whole = run(p)
        rules = {name: v for name, v in whole.conventions.items() if name != "seed"}
        return replace(whole, conventions=rules)

    def solve(self, p: ReplaceConfig, run: Run) -> Answers:
        return {
            "steps": rows_of(run, self.answers["steps"]),  # type: ignore[arg-type]
            "faults": run.metrics["faults"],
        }

    def follow(
        self, p: ReplaceConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the victims a student chose; an impossible one is the key's."""
        if p.policy in NO_FOLLOWING:
            return None
        pages, writes = parsed(p.references)
        frames = Frames(p.frames)
        policy = Following(policy_for(p, frames, pages), frames)
        for row, page, write, victim in zip(before, pages, writes, right(p), strict=False):
            policy.wanted = (row["victim"], victim)
            reference(frames, policy, page, write)
        n = len(before)
        policy.wanted = ()
        return row_of(frames, policy, pages[n], writes[n])

    def _under(self, p: ReplaceConfig, *policies: str, **changes: Any) -> Answers | None:
        """The answers after `changes` to the rules, for a question about one of `policies`."""
        if p.policy not in policies:
            return None
        return self.answers_to(replace(p, **changes))

    def answers_to(self, p: ReplaceConfig) -> Answers:
        return played(p, partial(policy_for, p))

    @mistake("lru-for-fifo")
    def lru_for_fifo(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "fifo", policy="lru")

    @mistake("clock-for-fifo")
    def clock_for_fifo(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "fifo", policy="clock")

    @mistake("fifo-for-lru")
    def fifo_for_lru(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "lru", policy="fifo")

    @mistake("mru-for-lru")
    def mru_for_lru(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "lru", policy="mru")

    @mistake("past-for-future")
    def past_for_future(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "opt", policy="lru")

    @mistake("soonest-leaves")
    def soonest_leaves(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "opt", policy="unopt")

    @mistake("r0-on-load")
    def r0_on_load(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "clock", "second-chance", "wsclock", r_on_load=False)

    @mistake("hand-stays")
    def hand_stays(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "clock", "wsclock", hand_advances=False)

    @mistake("r-ignored")
    def r_ignored(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "clock", "second-chance", policy="fifo")

    @mistake("counts-kept")
    def counts_kept(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "lfu", "mfu", counts_kept=True)

    @mistake("plain-lru")
    def plain_lru(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "lfu", "nru", "aging", "2q", "arc", policy="lru")

    @mistake("least-for-most")
    def least_for_most(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "mfu", policy="lfu")

    @mistake("ticks-ignored")
    def ticks_ignored(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "nru", "aging", tick=len(p.references) + 1)

    @mistake("dirty-ignored")
    def dirty_ignored(self, p: ReplaceConfig) -> Answers | None:
        read_only = tuple(page.rstrip("w") for page in p.references)
        return self._under(p, "nru", "wsclock", references=read_only)

    @mistake("clock-for-wsclock")
    def clock_for_wsclock(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "wsclock", policy="clock")

    @mistake("ghosts-ignored")
    def ghosts_ignored(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "2q", kout=0)

    @mistake("p-stays")
    def p_stays(self, p: ReplaceConfig) -> Answers | None:
        return played(p, lambda frames, _: FixedArc(frames)) if p.policy == "arc" else None

    @mistake("no-cold")
    def no_cold(self, p: ReplaceConfig) -> Answers | None:
        """Every row is right, but the faults that fill the empty frames are not counted."""
        key = played(p, partial(policy_for, p))
        return {**key, "faults": key["faults"] - p.frames}

    @mistake("fifo-for-random")
    def fifo_for_random(self, p: ReplaceConfig) -> Answers | None:
        return self._under(p, "random", policy="fifo")

    @mistake("number-per-fault")
    def number_per_fault(self, p: ReplaceConfig) -> Answers | None:
        if p.policy != "random":
            return None
        return played(p, lambda frames, _: DrawnPerFault(frames, p.seed))


def played(p: ReplaceConfig, policy_on: Callable[[Frames, Sequence[int]], Policy]) -> Answers:
    """The answers under a policy, which is made for the frames and all the pages; `run` tells more."""
    pages, writes = parsed(p.references)
    frames = Frames(p.frames)
    policy = policy_on(frames, pages)
    rows = [row_of(frames, policy, page, write) for page, write in zip(pages, writes, strict=True)]
    return {"steps": tuple(rows), "faults": sum(row["result"] == "fault" for row in rows)}


@lru_cache(maxsize=1)
def parsed(references: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Pages and writes; all the mistakes of one variant, and `follow`, read the same references."""
    pages, writes = parse_references(references)
    return tuple(pages), tuple(writes)


@lru_cache(maxsize=1)
def right(p: ReplaceConfig) -> tuple[int | None, ...]:
    """The right victims, for `follow`: it is asked once for each wrong row of one variant."""
    return tuple(row["victim"] for row in played(p, partial(policy_for, p))["steps"])
