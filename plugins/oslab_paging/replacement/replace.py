"""Page replacement: a reference string on a fixed number of frames, under any of fifteen policies.

`run` shows every reference as a step; `count` and `count_pages` give the same metrics without steps,
from the same policy code. Frames start empty and are filled from 0; every fault counts, also the first
ones; filling an empty frame evicts nothing. A page read in is clean; a write dirties it, also the one
that faulted; pages still dirty at the end are not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

from oslab import AnswerType, Bool, Choice, Drawing, InputError, Int, OrNone, Run, Step
from oslab.exercise.fields import did_you_mean
from oslab.quantities import QuantityError, parse_int, shown
from oslab_paging.replacement.aging import Aging
from oslab_paging.replacement.arc import Arc
from oslab_paging.replacement.clock import Clock
from oslab_paging.replacement.fifo import Fifo
from oslab_paging.replacement.frames import Frames, Policy, reference
from oslab_paging.replacement.lfu import Lfu, Mfu
from oslab_paging.replacement.lru import Lru, Mru
from oslab_paging.replacement.nru import Nru
from oslab_paging.replacement.opt import Opt, Unopt
from oslab_paging.replacement.random import Random
from oslab_paging.replacement.secondchance import SecondChance
from oslab_paging.replacement.twoq import TwoQ
from oslab_paging.replacement.wsclock import WsClock

PolicyName = Literal[
    "opt", "fifo", "lru", "clock", "second-chance", "nru", "lfu", "mfu", "mru",
    "random", "aging", "wsclock", "2q", "arc", "unopt",
]  # fmt: skip
Ties = Literal["earliest-loaded", "least-recently-used", "lowest-frame"]

POLICIES: tuple[str, ...] = get_args(PolicyName)
MOST_FRAMES = 2**20

# The conventions each policy obeys; the others cannot change its run. Those that are no field of
# ReplaceConfig are part of the mechanism and only told.
OBEYS: Mapping[str, tuple[str, ...]] = {
    "opt": ("ties",),
    "fifo": (),
    "lru": (),
    "clock": ("r_on_load", "hand_advances"),
    "second-chance": ("r_on_load",),
    "nru": ("nru_class", "r_on_load", "tick", "ties"),
    "lfu": ("counts_kept", "ties"),
    "mfu": ("counts_kept", "ties"),
    "mru": (),
    "random": ("seed",),
    "aging": ("r_on_load", "tick", "aging_bits", "ties"),
    "wsclock": ("wsclock_turn", "r_on_load", "hand_advances", "tau"),
    "2q": ("kin", "kout", "a1out_hit"),
    "arc": ("arc_p",),
    "unopt": ("ties",),
}


@dataclass(frozen=True)
class ReplaceConfig:
    """What is simulated, every convention spelt out; `defaults` fills in the usual ones.

    policy         one of POLICIES
    frames         page frames, at least 1
    references     page numbers in order; `7w` is a write, `7` and `7r` are reads
    ties           among equally good victims, which leaves (opt, unopt, lfu, mfu, nru, aging)
    r_on_load      the R bit of a page just read in (clock, second-chance, nru, aging, wsclock)
    hand_advances  after a load the hand steps past the loaded frame (clock, wsclock)
    tick           a timer tick follows each tick-th reference (nru, aging)
    aging_bits     width of an aging counter
    counts_kept    a page's use count survives its eviction (lfu, mfu)
    tau            a page unused for more than so many references is outside the working set (wsclock)
    kin, kout      size of A1in before it must yield, and of the memory A1out (2q)
    seed           of the numbers drawn (random)
    """

    policy: PolicyName
    frames: int
    references: tuple[str, ...]
    ties: Ties
    r_on_load: bool
    hand_advances: bool
    tick: int
    aging_bits: int
    counts_kept: bool
    tau: int
    kin: int
    kout: int
    seed: int


def defaults(
    policy: str, frames: int, references: Sequence[str], **changes: str | int | bool
) -> ReplaceConfig:
    """The documented conventions for a policy, with `changes` to any of them.

    Ties: earliest loaded, for LFU and MFU least recently used. A page just read in has R = 1, the hand
    steps past it; a tick comes as often as there are frames (at least every second reference); tau is
    as many references as frames; 2Q: kin a quarter, kout half the frames. Raises InputError.
    """
    values: dict[str, Any] = {
        "ties": "least-recently-used" if policy in ("lfu", "mfu") else "earliest-loaded",
        "r_on_load": True,
        "hand_advances": True,
        "tick": max(2, frames),
        "aging_bits": 8,
        "counts_kept": False,
        "tau": frames,
        "kin": max(1, frames // 4),
        "kout": max(1, frames // 2),
        "seed": 0,
    }
    for name in changes:
        if name not in values:
            near = did_you_mean(name, list(values))
            raise InputError(f"no convention {shown(name)}{near}; there are {', '.join(values)}")
    config = ReplaceConfig(policy, frames, tuple(references), **{**values, **changes})  # type: ignore[arg-type]
    check(config)
    return config


def check(config: ReplaceConfig) -> None:
    """Raises InputError for a configuration that cannot be simulated."""
    if config.policy not in POLICIES:
        near = did_you_mean(config.policy, POLICIES)
        raise InputError(f"no policy {shown(config.policy)}{near}; there are {', '.join(POLICIES)}")
    if config.ties not in get_args(Ties):
        raise InputError(f"ties {shown(config.ties)}: one of {', '.join(get_args(Ties))}")
    for name, least, most in (
        ("frames", 1, MOST_FRAMES),
        ("tick", 1, None),
        ("aging_bits", 1, 64),
        ("tau", 0, None),
        ("kin", 1, None),
        ("kout", 0, None),
    ):
        value = getattr(config, name)
        if value < least or (most is not None and value > most):
            upper = "" if most is None else f" and at most {most}"
            raise InputError(f"{name} is {value}: it must be at least {least}{upper}")


def parse_references(references: Sequence[str]) -> tuple[list[int], list[bool]]:
    """The pages, and whether each is written to.

    Raises InputError naming the reference that is none.
    """
    pages, writes = [], []
    for n, text in enumerate(references, start=1):
        digits = text.rstrip("rRwW") if text[-1:] in "rRwW" else text
        try:
            page = parse_int(digits)
        except QuantityError:
            page = -1
        if page < 0 or len(text) - len(digits) > 1:
            raise InputError(
                f"reference {n} is {shown(text)}; a page number, 7, 7r or 7w, would be right"
            )
        pages.append(page)
        writes.append(text[-1] in "wW")
    if not pages:
        raise InputError("there are no references; page numbers such as 7,0,1,2 are needed")
    return pages, writes


def policy_for(config: ReplaceConfig, frames: Frames, pages: Sequence[int]) -> Policy:
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


def conventions_of(
    configs: Iterable[ReplaceConfig], writes: bool
) -> Mapping[str, str | int | bool]:
    """The rules that can matter for these runs, by name. A rule that goes with the number of frames
    has the value `frames` where that number varies; LFU and MFU have a tie rule of their own."""
    rules: dict[str, str | int | bool] = {"frames_start": "empty"}
    if writes:
        rules["dirty_pages"] = "written when evicted"
    for config in configs:
        for name in OBEYS[config.policy]:
            value = getattr(config, name, True)
            key = "ties_counts" if name == "ties" and config.policy in ("lfu", "mfu") else name
            rules[key] = value if rules.get(key, value) == value else "frames"
    return rules


def run(config: ReplaceConfig) -> Run:
    """Simulate step by step: one step, action `reference`, for each reference.

    given   n (from 1), page, access (read or write); `tick` where a timer tick follows
    result  result (hit or fault), frame; on a fault victim (a page or None); where pages are written
            also writeback (was the victim dirty?) and for wsclock queued (pages being written)
    Raises InputError.
    """
    check(config)
    pages, writes = parse_references(config.references)
    frames = Frames(config.frames)
    policy = policy_for(config, frames, pages)
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
    return _count(config, pages, writes)


def count_pages(
    policy: str,
    frames: int,
    pages: Sequence[int],
    writes: Sequence[bool] | None = None,
    **conventions: str | int | bool,
) -> Mapping[str, int | Fraction]:
    """The metrics for page numbers from a program; `conventions` as in `defaults`.

    A million references take seconds under any policy. Raises InputError.
    """
    config = defaults(policy, frames, (), **conventions)
    if not pages:
        raise InputError("there are no references; page numbers such as 7,0,1,2 are needed")
    return _count(config, pages, [False] * len(pages) if writes is None else writes)


def _count(
    config: ReplaceConfig, pages: Sequence[int], writes: Sequence[bool]
) -> Mapping[str, int | Fraction]:
    frames = Frames(config.frames)
    policy = policy_for(config, frames, pages)
    faults = 0
    for page, write in zip(pages, writes, strict=True):
        faults += reference(frames, policy, page, write)
    return metrics(len(pages), faults, frames)


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
