"""modes.ports: which accesses to ports the I/O permission bitmap allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from oslab import (
    Answers,
    Bool,
    Choose,
    Figure,
    Generator,
    Grid,
    Hex,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_modes.ports import (
    MAP_BYTES,
    PortAccess,
    PortConfig,
    PortMap,
    run,
    verdict,
)
from oslab_modes.problems.rules import asked

ACCESSES = Table(
    "n",
    {"byte": Int(), "bit": Int(), "allowed": Bool()},
    given=("port", "width"),
    action="port",
)
KINDS = ("allowed", "beyond", "first", "later")
"""Allowed; refused by the limit only, by the bit of the first port, by that of a later one."""


@dataclass(frozen=True)
class PortsSpace:
    """The bitmap and what is asked of it.

    first_byte  the first byte of the bitmap that is shown
    shown       how many bytes are
    accesses    how many
    widths      in bytes
    cpl, iopl   levels
    base        where the bitmap begins in the TSS
    cut         how many of the bytes shown lie beyond the TSS limit; 0: none, the map is whole
    """

    first_byte: Choose[int]
    shown: Choose[int]
    accesses: Choose[int]
    widths: tuple[int, ...]
    cpl: Choose[int]
    iopl: Choose[int]
    base: Choose[int]
    cut: Choose[int]


class Ports(Problem[PortConfig, PortsSpace]):
    """For each access: byte and bit of the map, and whether it is allowed."""

    version = 1
    params = PortConfig
    space = PortsSpace
    answers = {"accesses": ACCESSES}
    required = ("one-allows", "msb-first")

    def draw(self, rng: Generator, space: PortsSpace) -> PortConfig:
        first, shown, base = space.first_byte.pick(rng), space.shown.pick(rng), space.base.pick(rng)
        # Runs of equal bits, so that there is something for wide accesses to find.
        bits: list[int] = []
        while len(bits) < shown * 8:
            bits += [len(bits) % 2 if not bits else 1 - bits[-1]] * rng.between(1, 4)
        data = tuple(
            sum(bit << i for i, bit in enumerate(bits[n * 8 : n * 8 + 8])) for n in range(shown)
        )
        cut = space.cut.pick(rng)
        limit = base + (first + shown - cut - 1 if cut else MAP_BYTES)
        tss = PortMap(base, limit, first, data)
        cpl, iopl = space.cpl.pick(rng), space.iopl.pick(rng)
        every = [
            PortAccess(port, width)
            for port in range(first * 8, (first + shown) * 8)
            for width in space.widths
        ]
        by_kind = {kind: [a for a in every if _kind(a, cpl, iopl, tss) == kind] for kind in KINDS}
        wanted = space.accesses.pick(rng)
        chosen: list[PortAccess] = []
        kinds = [kind for kind in KINDS if by_kind[kind]]
        for n in range(wanted):
            left = [a for a in by_kind[kinds[n % len(kinds)]] if a not in chosen]
            chosen.append(rng.choice(left or [a for a in every if a not in chosen]))
        return PortConfig(tuple(rng.shuffled(chosen)), cpl, iopl, tss)

    def good(self, p: PortConfig) -> bool:
        """Some are allowed, some are not."""
        allowed = [_allowed(p, access) for access in p.accesses]
        return 2 <= sum(allowed) <= len(allowed) - 2

    def present(self, p: PortConfig) -> Mapping[str, Figure]:
        bytes_shown = tuple((p.tss.first + i, f"0x{byte:02x}") for i, byte in enumerate(p.tss.data))
        return {
            "bitmap": Grid(("byte", "value"), bytes_shown),
            "cpl": p.cpl,
            "iopl": p.iopl,
            "base": p.tss.base,
            "limit": p.tss.limit,
        }

    def rows(self, p: PortConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(Hex(a.port)), a.width) for n, a in enumerate(p.accesses, start=1)]

    def run(self, p: PortConfig) -> Run:
        return asked(run(p), "unshown")

    def solve(self, p: PortConfig, run: Run) -> Answers:
        return {"accesses": rows_of(run, ACCESSES)}

    def _judged(
        self,
        p: PortConfig,
        allowed: Callable[[PortAccess], bool],
        bit: Callable[[int], int] = lambda port: port % 8,
    ) -> Answers:
        return {
            "accesses": tuple(
                {"byte": a.port // 8, "bit": bit(a.port), "allowed": allowed(a)} for a in p.accesses
            )
        }

    @mistake("one-allows")
    def one_allows(self, p: PortConfig) -> Answers | None:
        """A 1 in the bitmap is a permission."""
        flipped = tuple(byte ^ 0xFF for byte in p.tss.data)
        changed = replace(p, tss=replace(p.tss, data=flipped))
        return self._judged(p, lambda a: _allowed(changed, a))

    @mistake("msb-first")
    def msb_first(self, p: PortConfig) -> Answers | None:
        """The lowest port of a byte has its highest bit."""
        mirrored = tuple(int(f"{byte:08b}"[::-1], 2) for byte in p.tss.data)
        changed = replace(p, tss=replace(p.tss, data=mirrored))
        return self._judged(p, lambda a: _allowed(changed, a), lambda port: 7 - port % 8)

    @mistake("first-bit-only")
    def first_bit_only(self, p: PortConfig) -> Answers | None:
        """Only the bit of the lowest port is looked at."""
        return self._judged(p, lambda a: _allowed(p, replace(a, width=1)))

    @mistake("one-byte-read")
    def one_byte_read(self, p: PortConfig) -> Answers | None:
        """The second byte may lie beyond the limit."""
        changed = replace(p, tss=replace(p.tss, limit=p.tss.limit + 1))
        return self._judged(p, lambda a: _allowed(changed, a))

    @mistake("limit-ignored")
    def limit_ignored(self, p: PortConfig) -> Answers | None:
        """The map is read beyond the limit."""
        changed = replace(p, tss=replace(p.tss, limit=0xFFFFF))
        return self._judged(p, lambda a: _allowed(changed, a))


def _allowed(p: PortConfig, access: PortAccess) -> bool:
    return verdict(access.port, access.width, p.cpl, p.iopl, p.tss).allowed


def _kind(access: PortAccess, cpl: int, iopl: int, tss: PortMap) -> str:
    """Which of KINDS it is; what both the limit and a bit refuse is like a bit's."""
    found = verdict(access.port, access.width, cpl, iopl, tss)
    if found.allowed:
        return "allowed"
    whole = verdict(access.port, access.width, cpl, iopl, replace(tss, limit=0xFFFFF))
    if whole.allowed:
        return "beyond"
    return "first" if whole.bits[0] else "later"
