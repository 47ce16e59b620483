"""The page-fault error code of x86, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import get_args

from oslab import (
    Address,
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address
from oslab_paging.errorcode import (
    CAUSES,
    RSVD,
    ErrorCodeConfig,
    I,
    P,
    Situation,
    U,
    W,
    decode,
    encode,
    entry_text,
    run,
)
from oslab_paging.problems.translate import one_reason
from oslab_paging.rights import Access, Mode, Rights

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class ErrorCodeSpace:
    """situations, codes: how many to encode and to decode (0: none); allowed: how many of the
    situations are no fault; reserved: reserved bits occur."""

    situations: Choose[int]
    codes: Choose[int]
    allowed: Choose[int]
    reserved: bool


ENCODE = Table("n", {"code": OrNone(Address())}, given=("entry", "access", "mode"), action="encode")
DECODE = Table(
    "code",
    {
        "cause": Choice(*CAUSES),
        "access": Choice(*get_args(Access)),
        "mode": Choice(*get_args(Mode)),
    },
    action="decode",
)


class ErrorCode(Problem[ErrorCodeConfig, ErrorCodeSpace]):
    """Which error code a situation gives; which situation an error code tells of."""

    version = 1
    params = ErrorCodeConfig
    space = ErrorCodeSpace
    answers = {"encode": ENCODE, "decode": DECODE}
    required = ("p-inverted", "us-inverted")

    def draw(self, rng: Generator, space: ErrorCodeSpace) -> ErrorCodeConfig:
        codes = [U * u + a + c for u, a, c in product((0, 1), (0, W, I), (0, P))]
        # Nothing on a present page refuses a kernel's read (there is no SMAP).
        codes.remove(P)
        if space.reserved:
            codes += [U * u + a + P + RSVD for u, a in product((0, 1), (0, W, I))]
        count, allowed = space.situations.pick(rng), space.allowed.pick(rng)
        wanted: list[int | None] = [*rng.sample(codes, max(0, count - allowed))]
        wanted += [None] * min(count, allowed)
        situations = [self._situation(rng, code) for code in rng.shuffled(wanted)]
        to_read = rng.sample(codes, space.codes.pick(rng))
        return ErrorCodeConfig(tuple(situations), tuple(to_read), nx=True, wp=True)

    def _situation(self, rng: Generator, code: int | None) -> Situation:
        """A random situation that gives this code for one reason only."""
        while True:
            s = Situation(
                present=rng.chance(HALF),
                write=rng.chance(HALF),
                user=rng.chance(HALF),
                nx=rng.chance(HALF),
                reserved=code is not None and bool(code & RSVD),
                access=rng.choice(get_args(Access)),
                mode=rng.choice(get_args(Mode)),
            )
            rights = Rights(True, s.write, not s.nx, s.user)
            if encode(s, nx=True, wp=True) == code and one_reason(rights, s.access, s.mode):
                return s

    def present(self, p: ErrorCodeConfig) -> Mapping[str, Figure]:
        return {
            "situations": len(p.situations),
            "codes": " ".join(format_address(code) for code in p.codes),
        }

    def rows(self, p: ErrorCodeConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "decode":
            return [(format_address(code),) for code in p.codes]
        return [(n, entry_text(s), s.access, s.mode) for n, s in enumerate(p.situations, 1)]

    def run(self, p: ErrorCodeConfig) -> Run:
        return run(p)

    def solve(self, p: ErrorCodeConfig, run: Run) -> Answers:
        return {"encode": rows_of(run, ENCODE), "decode": rows_of(run, DECODE)}

    @mistake("p-inverted")
    def p_inverted(self, p: ErrorCodeConfig) -> Answers | None:
        """P = 1 is taken for "not present"."""
        return self.flipped(p, lambda code: code if code & RSVD else code ^ P)

    @mistake("us-inverted")
    def us_inverted(self, p: ErrorCodeConfig) -> Answers | None:
        """U/S = 1 is taken for the kernel."""
        return self.flipped(p, lambda code: code ^ U)

    @mistake("fetch-as-read")
    def fetch_as_read(self, p: ErrorCodeConfig) -> Answers | None:
        """I/D is left out: a fetch looks like a read."""
        return self.flipped(p, lambda code: code & ~I)

    def flipped(self, p: ErrorCodeConfig, change: Callable[[int], int]) -> Answers:
        """The answers of one who changes every code so, when writing and when reading it."""
        encoded = (encode(s, p.nx, p.wp) for s in p.situations)
        decoded = (decode(change(code)) for code in p.codes)
        return {
            "encode": [{"code": None if code is None else change(code)} for code in encoded],
            "decode": [{"cause": c, "access": a, "mode": m} for c, a, m in decoded],
        }
