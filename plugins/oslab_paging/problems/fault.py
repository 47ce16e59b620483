"""paging.fault-steps: which steps a page fault takes in this state, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from oslab import (
    Accept,
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    Ordering,
    OrNone,
    Problem,
    Run,
    mistake,
)
from oslab.exercise.ordering import letters_of, moved
from oslab.quantities import format_address, format_size
from oslab_paging.fault import (
    Backing,
    FaultConfig,
    LegalPages,
    Resident,
    Use,
    drawn_resident,
    run,
)

State: TypeAlias = Literal["free", "clean", "dirty"]

STEPS = (
    "send-va", "request-pte", "trap", "check-address", "take-free", "choose-victim",
    "unmap-victim", "write-back", "read-page", "zero-fill", "update-pte", "restart",
    "return-data", "signal",
)  # fmt: skip
"""The steps that are listed; what the run tells more finely (return-pte, request-data) is not."""
LETTERS = "abcdefghijklmn"


@dataclass(frozen=True)
class FaultStepsSpace:
    """What state the fault meets: a free frame, or none and a clean or dirty oldest page."""

    state: Choose[State]
    backing: Choose[Backing]
    resident: Choose[int]
    page_size: Choose[int]


class FaultSteps(Problem[FaultConfig, FaultStepsSpace]):
    """The order of the steps; the frame, the victim and the disk accesses."""

    version = 1
    params = FaultConfig
    space = FaultStepsSpace
    required = ("no-restart", "pte-first")
    answers = {
        "order": Ordering(options=tuple(LETTERS)),
        "frame": Int(),
        "victim": OrNone(Int()),
        "disk": Int(),
    }

    def draw(self, rng: Generator, space: FaultStepsSpace) -> FaultConfig:
        state, size = space.state.pick(rng), space.page_size.pick(rng)
        pages = rng.sample(range(16), space.resident.pick(rng) + 1)
        frames = rng.sample(range(32), len(pages) + 1)
        vpn = pages.pop()
        dirty = [bool(rng.below(2)) for _ in pages]
        if state != "free":
            dirty[0] = state == "dirty"
        resident = [Resident(*page) for page in zip(pages, frames, dirty, strict=False)]
        return FaultConfig(
            uses=(Use(vpn * size + rng.between(1, size - 1), bool(rng.below(2))),),
            page_size=size,
            legal=(LegalPages(0, 15),),
            resident=tuple(resident),
            free=tuple(frames[len(pages) :]) if state == "free" else (),
            backing=space.backing.pick(rng),
        )

    def present(self, p: FaultConfig) -> Mapping[str, Figure]:
        return {
            "va": format_address(p.uses[0].va),
            "page_size": format_size(p.page_size),
            "last_page": p.legal[0].last,
            "resident": drawn_resident(p.resident),
            "free": ", ".join(map(str, p.free)) or "-",
            "steps": Grid(("letter", "step"), tuple(zip(LETTERS, listing(p), strict=True))),
        }

    def rows(self, p: FaultConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter in LETTERS]

    def run(self, p: FaultConfig) -> Run:
        return run(p)

    def solve(self, p: FaultConfig, run: Run) -> Answers:
        names = _listed(run)
        chosen = [s.result for s in run.steps if s.action in ("take-free", "choose-victim")]
        orders = [names]
        if "write-back" in names:
            # The victim's page is written and its entry cleared in either order.
            orders.append(moved(names, "write-back", before="unmap-victim"))
        return {
            "order": Accept(*(_letters(p, order) for order in orders)),
            "frame": chosen[0]["frame"],
            "victim": chosen[0].get("victim"),
            "disk": _disk(run),
        }

    @mistake("no-restart")
    def no_restart(self, p: FaultConfig) -> Answers | None:
        """The kernel is thought to hand over the data; the instruction is not executed again."""
        names = [name for name in _listed(right(p)) if name != "restart"]
        return {"order": _letters(p, names)}

    @mistake("pte-first")
    def entry_before_page(self, p: FaultConfig) -> Answers | None:
        """The entry says "present" before the page is there."""
        names = _listed(right(p))
        filling = "read-page" if "read-page" in names else "zero-fill"
        return {"order": _letters(p, moved(names, "update-pte", before=filling))}

    @mistake("always-evict")
    def always_evict(self, p: FaultConfig) -> Answers | None:
        """A page is thrown out though a frame is free."""
        if not p.free or not p.resident:
            return None
        oldest = p.resident[0]
        gone = ["choose-victim", "unmap-victim"] + ["write-back"] * oldest.dirty
        names = _listed(right(p))
        place = names.index("take-free")
        names[place : place + 1] = gone
        return {
            "order": _letters(p, names),
            "frame": oldest.frame,
            "victim": oldest.vpn,
            "disk": _disk(right(p)) + oldest.dirty,
        }

    @mistake("always-write")
    def always_write(self, p: FaultConfig) -> Answers | None:
        """A clean victim is written back."""
        names = _listed(right(p))
        if "choose-victim" not in names or "write-back" in names:
            return None
        names.insert(names.index("unmap-victim") + 1, "write-back")
        return {"order": _letters(p, names), "disk": _disk(right(p)) + 1}

    @mistake("never-write")
    def never_write(self, p: FaultConfig) -> Answers | None:
        """A dirty victim is dropped like a clean one."""
        names = _listed(right(p))
        if "write-back" not in names:
            return None
        names.remove("write-back")
        return {"order": _letters(p, names), "disk": _disk(right(p)) - 1}

    @mistake("written-late")
    def written_late(self, p: FaultConfig) -> Answers | None:
        """The victim is saved only after its frame was overwritten."""
        names = _listed(right(p))
        if "write-back" not in names:
            return None
        return {"order": _letters(p, moved(names, "write-back", before="update-pte"))}

    @mistake("zero-fill-reads")
    def zero_fill_reads(self, p: FaultConfig) -> Answers | None:
        """A page used for the first time is read from disk though it is all zeros."""
        names = _listed(right(p))
        if "zero-fill" not in names:
            return None
        names[names.index("zero-fill")] = "read-page"
        return {"order": _letters(p, names), "disk": _disk(right(p)) + 1}


@lru_cache(maxsize=1)
def right(p: FaultConfig) -> Run:
    """The run of one variant, in which each mistake gets a step or two wrong."""
    return run(p)


def _listed(run: Run) -> list[str]:
    """The steps of a run that are listed, in order; what is done again stands once."""
    return list(dict.fromkeys(step.action for step in run.steps if step.action in STEPS))


def _disk(run: Run) -> int:
    metrics: Any = run.metrics
    return int(metrics["disk_reads"] + metrics["disk_writes"])


@lru_cache(maxsize=1)
def listing(p: FaultConfig) -> tuple[str, ...]:
    """The steps in the order in which this variant lists them."""
    frames = [page.frame for page in p.resident]
    label = f"paging.fault-steps {p.uses[0].va} {' '.join(map(str, (*frames, *p.free)))}"
    return tuple(Generator(label).shuffled(STEPS))


def _letters(p: FaultConfig, names: Sequence[str]) -> tuple[str, ...]:
    return letters_of(listing(p), names)
