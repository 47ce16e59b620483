"""What an access needs, and what becomes of it when a right is missing.

Sources: Intel SDM volume 3A, "Access Rights"; RISC-V Privileged Architecture, "Virtual Address
Translation Process".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Access: TypeAlias = Literal["r", "w", "x"]
Mode: TypeAlias = Literal["user", "kernel"]
Outcome: TypeAlias = Literal[
    "hit", "not-present", "reserved-bit", "kernel-only", "user-page", "not-readable", "read-only",
    "no-execute", "out-of-range",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rights:
    """What an entry permits; `a & b` is what two levels together permit."""

    read: bool
    write: bool
    execute: bool
    user: bool

    def __and__(self, other: Rights) -> Rights:
        return Rights(
            self.read and other.read,
            self.write and other.write,
            self.execute and other.execute,
            self.user and other.user,
        )


def check(
    rights: Rights, access: Access, mode: Mode, wp: bool = True, riscv: bool = False
) -> Outcome:
    """A hit, or the first right that is missing: user, then read, write or execute.

    `wp` is CR0.WP of x86: a read-only page is read-only for the kernel too. User pages are open to
    the kernel: x86 without SMEP and SMAP, RISC-V with sstatus.SUM=1; but RISC-V never executes a
    user page in kernel mode, and knows no WP.
    """
    if mode == "user" and not rights.user:
        return "kernel-only"
    if riscv and mode == "kernel" and rights.user and access == "x":
        return "user-page"
    if access == "r" and not rights.read:
        return "not-readable"
    if access == "w" and not rights.write and (mode == "user" or wp or riscv):
        return "read-only"
    if access == "x" and not rights.execute:
        return "no-execute"
    return "hit"
