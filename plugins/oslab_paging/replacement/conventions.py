"""What a replacement policy is told: its name, the frames, the references, and every disputed rule.

Textbooks differ in ties, in the R bit of a page just read in, in where the clock's hand stops, in when
the timer ticks. Each such rule is a field here, has a default, and is printed with every run in which it
can matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from oslab import InputError
from oslab.exercise.fields import did_you_mean
from oslab.quantities import QuantityError, parse_int, shown

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
    "clock": ("r_on_load", "hand_start", "hand_advances"),
    "second-chance": ("r_on_load",),
    "nru": ("nru_class", "r_on_load", "tick", "ties"),
    "lfu": ("counts_kept", "ties"),
    "mfu": ("counts_kept", "ties"),
    "mru": (),
    "random": ("seed",),
    "aging": ("r_on_load", "tick", "aging_bits", "ties"),
    "wsclock": ("wsclock_turn", "r_on_load", "hand_start", "hand_advances", "tau"),
    "2q": ("kin", "kout", "a1out_hit"),
    "arc": ("arc_p", "arc_hit", "arc_fault", "arc_leaves"),
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


def check_policy(name: str) -> None:
    """Raises InputError for a policy there is not."""
    if name not in POLICIES:
        near = did_you_mean(name, POLICIES)
        raise InputError(f"no policy {shown(name)}{near}; there are {', '.join(POLICIES)}")


def check(config: ReplaceConfig) -> None:
    """Raises InputError for a configuration that cannot be simulated."""
    check_policy(config.policy)
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
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} is {value}: it must be at least {least}{upper}")


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
