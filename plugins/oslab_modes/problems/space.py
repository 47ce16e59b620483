"""modes.space: whose an address is, and what a load of it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from oslab import (
    Address,
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Grid,
    Hex,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_modes.problems.rules import asked
from oslab_modes.regions import USER_END, Model, regions
from oslab_modes.space import AREAS, LOADS, SpaceConfig, run

ADDRESSES = Table(
    "n",
    {"area": Choice(*AREAS), "user": Choice(*LOADS), "kernel": Choice(*LOADS)},
    given=("address",),
    action="address",
)
PHYSICAL = Table(
    "n", {**ADDRESSES.columns, "physical": OrNone(Address())}, given=("address",), action="address"
)
THREE_GIB = 0xC0000000
TWO_GIB = 0x80000000
VMALLOC = 0xF8000000

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class SpaceSpace:
    """Which addresses are asked about.

    model    whose map
    split    of linux32
    each     how many of each sort: the user's, non-canonical ones (linux64), the kernel's (linux32: more)
    gaps     of the kernel's, how many lie where nothing is mapped (linux64)
    """

    model: Choose[Model]
    split: Choose[int]
    each: Choose[int]
    gaps: Choose[int]


class Space(Problem[SpaceConfig, SpaceSpace]):
    """For each address: its part, and what a load does in user mode and in the kernel; `physical` asks for
    the physical address besides that the direct map leads to."""

    version = 1
    params = SpaceConfig
    space = SpaceSpace
    answers = {"addresses": ADDRESSES, "physical": PHYSICAL, "kernel_addresses": Int()}
    required = ("user-48-bit", "split-at-3g", "hole-is-pf")

    def draw(self, rng: Generator, space: SpaceSpace) -> SpaceConfig:
        model, each = space.model.pick(rng), space.each.pick(rng)
        split = space.split.pick(rng) if model == "linux32" else THREE_GIB
        gaps = space.gaps.pick(rng)
        found = _drawn32(rng, split, each) if model == "linux32" else _drawn64(rng, each, gaps)
        return SpaceConfig(model, split, tuple(Hex(a) for a in rng.shuffled(found)))

    def good(self, p: SpaceConfig) -> bool:
        return len(set(p.addresses)) == len(p.addresses)

    def present(self, p: SpaceConfig) -> Mapping[str, Figure]:
        listed = tuple(
            (str(Hex(r.first)), str(Hex(r.last)), r.name) for r in regions(p.model, p.split)
        )
        return {
            "map": Grid(("first", "last", "region"), listed),
            "split": str(Hex(p.split)),
            "user_gib": str(p.split // 2**30) if p.split % 2**30 == 0 else f"{p.split / 2**30:g}",
        }

    def rows(self, p: SpaceConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(Hex(address))) for n, address in enumerate(p.addresses, start=1)]

    def run(self, p: SpaceConfig) -> Run:
        return asked(run(p), "all_mapped", "smap", "kaslr")

    def solve(self, p: SpaceConfig, run: Run) -> Answers:
        return _answers(rows_of(run, PHYSICAL))

    def _if(self, p: SpaceConfig, row: Callable[[int, Row], Row]) -> Answers:
        """What someone answers who says `row(address, right row)` of each address."""
        return _answers([row(a, each) for a, each in zip(p.addresses, right(p), strict=True)])

    @mistake("user-48-bit")
    def user_48_bit(self, p: SpaceConfig) -> Answers | None:
        """The user has all 48 bits."""
        if p.model != "linux64":
            return None
        return self._if(p, lambda a, right: _user() if USER_END < a < 2**48 else right)

    @mistake("split-at-3g")
    def split_at_3g(self, p: SpaceConfig) -> Answers | None:
        """All above 3 GiB is the kernel's."""
        if p.model == "linux32":
            return self._if(p, lambda a, right: _split(a, THREE_GIB))
        return self._if(p, lambda a, right: right if a < THREE_GIB else _kernel(None))

    @mistake("split-at-2g")
    def split_at_2g(self, p: SpaceConfig) -> Answers | None:
        """The halves are equal."""
        if p.model != "linux32":
            return None
        return self._if(p, lambda a, right: _split(a, TWO_GIB))

    @mistake("hole-is-pf")
    def hole_is_pf(self, p: SpaceConfig) -> Answers | None:
        """What lies between is not mapped."""
        if p.model != "linux64":
            return None
        absent = {"area": "hole", "user": "#PF", "kernel": "#PF", "physical": None}
        return self._if(p, lambda a, right: absent if right["area"] == "hole" else right)

    @mistake("kernel-is-gp")
    def kernel_is_gp(self, p: SpaceConfig) -> Answers | None:
        """A kernel address in user mode is a general protection fault."""
        return self._if(
            p, lambda a, right: {**right, "user": "#GP"} if right["area"] == "kernel" else right
        )

    @mistake("gaps-are-mapped")
    def gaps_are_mapped(self, p: SpaceConfig) -> Answers | None:
        """The kernel may load from all of its half."""
        return self._if(
            p, lambda a, right: {**right, "kernel": "ok"} if right["area"] == "kernel" else right
        )


@lru_cache(maxsize=1)
def right(p: SpaceConfig) -> tuple[Row, ...]:
    """The right rows: each mistake asks for them."""
    return tuple(rows_of(run(p), PHYSICAL))


def _answers(rows: Sequence[Row]) -> Answers:
    return {
        "addresses": [{c: row[c] for c in ADDRESSES.columns} for row in rows],
        "physical": rows,
        "kernel_addresses": sum(row["area"] == "kernel" for row in rows),
    }


def _user() -> Row:
    return {"area": "user", "user": "ok", "kernel": "ok", "physical": None}


def _kernel(physical: int | None) -> Row:
    return {"area": "kernel", "user": "#PF", "kernel": "ok", "physical": physical}


def _split(address: int, split: int) -> Row:
    """An address of 32-bit Linux, split here."""
    if address < split:
        return _user()
    return _kernel(address - split if address < VMALLOC else None)


def _drawn32(rng: Generator, split: int, each: int) -> list[int]:
    """So many of the user's, twice as many of the direct map, half of them below 3 GiB, and one above it."""
    user = [rng.between(0x8048000, split - 1) for _ in range(each)]
    low = [rng.between(split, THREE_GIB - 1) for _ in range(each)]
    high = [rng.between(THREE_GIB, VMALLOC - 1) for _ in range(each)]
    return [_rounded(a, 12) for a in (*user, *low, *high, rng.between(VMALLOC, 2**32 - 1))]


def _drawn64(rng: Generator, each: int, gaps: int) -> list[int]:
    """Of the user's most lie above 3 GiB, of the others most below 2^48; the kernel's in its regions."""
    found = []
    areas = [r for r in regions("linux64", THREE_GIB) if r.area == "kernel"]
    mapped = [r for r in areas if r.mapped]
    holes = [r for r in areas if not r.mapped]
    for n in range(each):
        user = rng.between(THREE_GIB, USER_END - 2**20) if n else rng.between(2**20, THREE_GIB - 1)
        between = (
            rng.between(USER_END + 1, 2**48 - 1) if n else rng.between(2**48, 2**64 - 2**47 - 1)
        )
        region = rng.choice(holes if n < gaps else mapped)
        kernel = rng.between(region.first, region.last)
        found += [_rounded(user, 12), _rounded(between, 12), _rounded(kernel, 12)]
    return found


def _rounded(address: int, bits: int) -> int:
    """The address at the start of its page."""
    return address >> bits << bits
