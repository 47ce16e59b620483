"""Page replacement: a reference string on a fixed number of frames, under any of fifteen policies.

`run` shows every reference as a step; `count`, `count_pages` and `count_uses` give the same metrics
without steps, from the same policy code. Frames start empty and are filled from 0; every fault counts, also the first
ones; filling an empty frame evicts nothing. A page read in is clean; a write dirties it, also the one
that faulted; pages still dirty at the end are not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from typing import Any

from oslab import AnswerType, Bool, Choice, Drawing, InputError, Int, OrNone, Run, Step
from oslab_paging.replacement.aging import Aging
from oslab_paging.replacement.arc import Arc
from oslab_paging.replacement.clock import Clock
from oslab_paging.replacement.conventions import (
    OBEYS,
    ReplaceConfig,
    check,
    conventions_of,
    defaults,
    parse_references,
)
from oslab_paging.replacement.fifo import Fifo
from oslab_paging.replacement.frames import Frames, Reasoned, Told, reference
from oslab_paging.replacement.lfu import Lfu, Mfu
from oslab_paging.replacement.lru import Lru, Mru
from oslab_paging.replacement.nru import Nru
from oslab_paging.replacement.opt import Opt, Unopt
from oslab_paging.replacement.pagetrace import kept
from oslab_paging.replacement.random import Random
from oslab_paging.replacement.secondchance import SecondChance
from oslab_paging.replacement.twoq import TwoQ
from oslab_paging.replacement.wsclock import WsClock


def policy_for(config: ReplaceConfig, frames: Frames, pages: Sequence[int]) -> Reasoned:
    """The policy of a configuration on these frames; only OPT and UNOPT look at all `pages`."""
    match config.policy:
        case "opt":
            return Opt(frames, pages, config.ties)
        case "fifo":
            return Fifo(frames)
        case "lru":
            return Lru(frames)
        case "clock":
            return Clock(frames, config.r_on_load, config.hand_advances)
        case "second-chance":
            return SecondChance(frames, config.r_on_load)
        case "nru":
            return Nru(frames, config.r_on_load, config.tick, config.ties)
        case "lfu":
            return Lfu(frames, config.counts_kept, config.ties)
        case "mfu":
            return Mfu(frames, config.counts_kept, config.ties)
        case "mru":
            return Mru(frames)
        case "random":
            return Random(frames, config.seed)
        case "aging":
            return Aging(frames, config.r_on_load, config.tick, config.aging_bits, config.ties)
        case "wsclock":
            return WsClock(frames, config.r_on_load, config.hand_advances, config.tau)
        case "2q":
            return TwoQ(frames, config.kin, config.kout)
        case "arc":
            return Arc(frames)
        case "unopt":
            return Unopt(frames, pages, config.ties)


def run(config: ReplaceConfig) -> Run:
    """Simulate step by step: one step, action `reference`, for each reference.

    given   n (from 1), page, access (read or write); `tick` where a timer tick follows
    result  result (hit or fault), frame; on a fault victim (a page or None); where pages are written
            also writeback (was the victim dirty?) and for wsclock queued (pages being written);
            with a victim also what decided, by policy: loaded_at, used_at, latest_at (mru), next_at,
            soonest_at (unopt), least_used, most_used, class, counter, passed (pages spared for R = 1),
            drawn, left (the list it left), found (wsclock: old, first-clean or at-hand)
    Raises InputError.
    """
    check(config)
    pages, writes = parse_references(config.references)
    frames = Frames(config.frames)
    policy = Told(policy_for(config, frames, pages))
    writing = any(writes)
    ticking = "tick" in OBEYS[config.policy]
    steps = []
    state: Mapping[str, Drawing] = {}
    faults = 0
    for n, (page, write) in enumerate(zip(pages, writes, strict=True), start=1):
        full = len(frames.pages) == frames.count
        before, written = list(frames.pages), frames.writebacks
        fault = reference(frames, policy, page, write)
        faults += fault
        frame = frames.frame_of[page]
        given: dict[str, Any] = {"n": n, "page": page, "access": "write" if write else "read"}
        result: dict[str, Any] = {"result": "fault" if fault else "hit"}
        if ticking and n % config.tick == 0:
            given["tick"] = True
        if fault:
            result["victim"] = before[frame] if full else None
        result["frame"] = frame
        if fault and writing:
            queued = tuple(frames.queued) if full else ()
            result["writeback"] = frames.writebacks - written > len(queued)
            if config.policy == "wsclock":
                result["queued"] = queued
        if fault and full:
            result |= policy.because
        drawn = policy.state()
        state = {name: state[name] if state.get(name) == d else d for name, d in drawn.items()}
        steps.append(Step(action="reference", given=given, result=result, state=state, group=n))
    asks: dict[str, AnswerType] = {"result": Choice("hit", "fault"), "victim": OrNone(Int())}
    if writing:
        asks["writeback"] = Bool()
    return Run(
        command="paging.replace",
        config=config,
        conventions=conventions_of([config], writing),
        asks={"reference": asks},
        steps=tuple(steps),
        metrics=metrics(len(pages), faults, frames),
    )


def count(config: ReplaceConfig) -> Mapping[str, int | Fraction]:
    """The metrics of `run` without its steps. Raises InputError."""
    check(config)
    pages, writes = parse_references(config.references)
    return _count(config, pages, zip(pages, writes, strict=True))


def count_uses(
    config: ReplaceConfig, uses: Iterable[tuple[int, bool]]
) -> Mapping[str, int | Fraction]:
    """The metrics for pages, and whether each is written to, that come one after the other.

    Memory stays bounded; only OPT and UNOPT, which look ahead, keep nine bytes a reference and eight for
    the next one. Raises InputError.
    """
    check(config)
    if config.policy in ("opt", "unopt"):
        pages, writes = kept(uses)
        return _count(config, pages, zip(pages, writes, strict=True))
    return _count(config, (), uses)


def count_pages(
    policy: str,
    frames: int,
    pages: Sequence[int],
    writes: Iterable[bool] | None = None,
    **conventions: str | int | bool,
) -> Mapping[str, int | Fraction]:
    """The metrics for page numbers from a program; `conventions` as in `defaults`.

    A million references take seconds under any policy. Raises InputError.
    """
    config = defaults(policy, frames, (), **conventions)
    if not pages:
        raise InputError("there are no references; page numbers such as 7,0,1,2 are needed")
    writes = repeat(False, len(pages)) if writes is None else writes
    return _count(config, pages, zip(pages, writes, strict=True))


def _count(
    config: ReplaceConfig, pages: Sequence[int], uses: Iterable[tuple[int, bool]]
) -> Mapping[str, int | Fraction]:
    """The uses one by one; `pages` are all of them, for a policy that looks ahead."""
    frames = Frames(config.frames)
    policy = policy_for(config, frames, pages)
    faults = 0
    for page, write in uses:
        faults += reference(frames, policy, page, write)
    return metrics(frames.now, faults, frames)


def metrics(accesses: int, faults: int, frames: Frames) -> Mapping[str, int | Fraction]:
    """accesses = hits + faults; evictions leave out the filling of empty frames."""
    return {
        "accesses": accesses,
        "hits": accesses - faults,
        "faults": faults,
        "evictions": faults - len(frames.pages),
        "writebacks": frames.writebacks,
        "hit_ratio": Fraction(accesses - faults, accesses),
    }
