"""The error code that x86 pushes with a page fault (#PF): five bits that say what went wrong.

bit 0 P      0: an entry was not present; 1: the page was there, the access was not allowed
bit 1 W/R    1: the access was a write
bit 2 U/S    1: the access was made in user mode
bit 3 RSVD   1: a reserved bit was set in an entry (only together with P)
bit 4 I/D    1: the access was an instruction fetch (only where NX or SMEP is in use)

Source: Intel SDM volume 3A, "Page-Fault Exceptions", figure "Page-Fault Error Code". Bits 5 and up
(protection keys, shadow stacks, SGX) are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import Address, AnswerType, Choice, Grid, Hex, InputError, OrNone, Run, Step
from oslab_paging.rights import Access, Mode, Rights, check

P, W, U, RSVD, I = 1, 2, 4, 8, 16  # noqa: E741

Cause: TypeAlias = Literal["not-present", "protection", "reserved-bit"]
CAUSES: tuple[Cause, ...] = ("not-present", "protection", "reserved-bit")


@dataclass(frozen=True, slots=True)
class Situation:
    """An access to a page, and what the page's entry says.

    present   P; where it is 0 the other bits do not count
    write, user, nx   R/W, U/S and NX of the entry; `reserved`: a reserved bit is set
    access, mode      r(ead), w(rite) or (e)x(ecute), in user or kernel mode
    """

    present: bool
    write: bool
    user: bool
    nx: bool
    reserved: bool
    access: Access
    mode: Mode


@dataclass(frozen=True, slots=True)
class ErrorCodeConfig:
    """What to encode and what to decode.

    situations   accesses whose error code is wanted
    codes        error codes to be read
    nx           NX is in use (IA32_EFER.NXE): fetches set I/D, the NX bit forbids them
    wp           kernel writes to a read-only page fault too (CR0.WP)

    Raises InputError for a code that no page fault has, or when there is nothing to do.
    """

    situations: tuple[Situation, ...]
    codes: tuple[int, ...]
    nx: bool
    wp: bool

    def __post_init__(self) -> None:
        if not self.situations and not self.codes:
            raise InputError(
                "give error codes to decode, such as 0x7, or situations, such as ru:w:user"
            )
        for code in self.codes:
            decode(code)


def encode(s: Situation, nx: bool, wp: bool) -> int | None:
    """The error code of the fault, or None when the access is allowed."""
    code = W * (s.access == "w") | U * (s.mode == "user") | I * (s.access == "x" and nx)
    if not s.present:
        return code
    if s.reserved:
        return code | RSVD | P
    rights = Rights(True, s.write, not (s.nx and nx), s.user)
    return None if check(rights, s.access, s.mode, wp) == "hit" else code | P


def decode(code: int) -> tuple[Cause, Access, Mode]:
    """Cause, access and mode of a fault with this code. Raises InputError if none can have it."""
    if not 0 <= code < 32:
        raise InputError(
            f"error code {code:#x}: only bits 0 to 4 are read here, that is 0x0 to 0x1f"
        )
    if code & W and code & I:
        raise InputError(f"error code {code:#x}: an access is a write or a fetch, never both")
    if code & RSVD and not code & P:
        raise InputError(f"error code {code:#x}: RSVD is set only together with P")
    cause: Cause = "not-present"
    if code & P:
        cause = "reserved-bit" if code & RSVD else "protection"
    access: Access = "w" if code & W else "x" if code & I else "r"
    return cause, access, "user" if code & U else "kernel"


def run(config: ErrorCodeConfig) -> Run:
    """Encode each situation, decode each code.

    Steps ``encode``: given ``entry access mode``, result ``code`` (None: no fault). Steps
    ``decode``: given ``code``, result ``cause access mode``. The state draws the bits of the code.
    Metrics: ``encoded`` (a code or None each) and ``decoded`` (``code cause access mode``).
    """
    steps: list[Step] = []
    encoded: list[Hex | None] = []
    decoded = []
    for s in config.situations:
        bits = encode(s, config.nx, config.wp)
        code = None if bits is None else Hex(bits)
        encoded.append(code)
        steps.append(
            Step(
                action="encode",
                actor="mmu",
                given={
                    "n": len(steps) + 1,
                    "entry": entry_text(s),
                    "access": s.access,
                    "mode": s.mode,
                    "present": s.present,
                    "reserved": s.reserved,
                },
                result={
                    "code": code,
                    "fault": code is not None,
                },
                state={} if code is None else {"bits": drawn_code(code)},
                group=len(steps) + 1,
            )
        )
    for asked in config.codes:
        cause, access, mode = decode(asked)
        decoded.append({"code": Hex(asked), "cause": cause, "access": access, "mode": mode})
        steps.append(
            Step(
                action="decode",
                actor="kernel",
                given={"code": Hex(asked)},
                result={"cause": cause, "access": access, "mode": mode},
                state={"bits": drawn_code(asked)},
                group=len(steps) + 1,
            )
        )
    asks: dict[str, dict[str, AnswerType]] = {
        "encode": {"code": OrNone(Address())},
        "decode": {
            "cause": Choice(*CAUSES),
            "access": Choice("r", "w", "x"),
            "mode": Choice("user", "kernel"),
        },
    }
    return Run(
        command="paging.error-code",
        config=config,
        conventions=_conventions(config),
        asks={action: asks[action] for action in asks if any(s.action == action for s in steps)},
        steps=tuple(steps),
        metrics={"encoded": tuple(encoded), "decoded": tuple(decoded)},
    )


def entry_text(s: Situation) -> str:
    """The bits of the entry on one line: ``P=1 R/W=0 U/S=1 NX=0``."""
    if not s.present:
        return "P=0"
    bits = f"P=1 R/W={s.write:d} U/S={s.user:d} NX={s.nx:d}"
    return bits + " RSVD=1" if s.reserved else bits


def drawn_code(code: int) -> Grid:
    """The five bits, the highest first."""
    return Grid(
        ("I/D", "RSVD", "U/S", "W/R", "P"), (tuple(code >> i & 1 for i in (4, 3, 2, 1, 0)),)
    )


def _conventions(config: ErrorCodeConfig) -> dict[str, bool]:
    found = {}
    if config.codes or any(s.access == "x" or s.nx for s in config.situations):
        found["nx"] = config.nx
    if any(s.mode == "kernel" for s in config.situations):
        found["wp"] = config.wp
    return found
