"""What kind of fault an access is: none, minor, major, or a signal; and what is read from disk.

A minor fault is served without the disk: zeros for memory touched first, a page that some cache still
holds, a copy of a shared page. A major fault waits for one page to be read, from a file or from swap.
An access that the mapping does not cover or not allow is SIGSEGV; one beyond the end of the mapped
file is SIGBUS.

Sources: mmap(2), getrusage(2), sigaction(2); the Linux kernel's mm/memory.c (handle_mm_fault) and
mm/filemap.c (filemap_fault).
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from oslab import Choice, InputError, Int, Run, Step

Mapping: TypeAlias = Literal["unmapped", "anonymous", "file-private", "file-shared"]
Page: TypeAlias = Literal[
    "mapped", "cow", "zero-page", "untouched", "swapped", "swap-cache", "cached", "not-cached",
    "beyond-eof", "no-page",
]  # fmt: skip
Access: TypeAlias = Literal["r", "w"]
Rights: TypeAlias = Literal["-", "r", "rw"]
Kind: TypeAlias = Literal["no-fault", "minor", "major", "SIGSEGV", "SIGBUS"]
Source: TypeAlias = Literal["nowhere", "zeros", "cache", "copy", "disk"]

KINDS: tuple[Kind, ...] = get_args(Kind)
SOURCES: tuple[Source, ...] = get_args(Source)

STATES: Table[Mapping, tuple[Page, ...]] = {
    "unmapped": ("no-page",),
    "anonymous": ("mapped", "cow", "zero-page", "untouched", "swapped", "swap-cache"),
    "file-private": (
        "mapped",
        "cow",
        "swapped",
        "swap-cache",
        "cached",
        "not-cached",
        "beyond-eof",
    ),
    "file-shared": ("mapped", "cached", "not-cached", "beyond-eof"),
}
"""The states a page can be in, for each kind of mapping."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One access to one page.

    mapping   what the address lies in; "unmapped": nothing is mapped there
    page      where the page is: "mapped" (present), "cow" (present, read-only, shared with another
              owner), "zero-page" (so far only read: the common page of zeros), "untouched",
              "swapped", "swap-cache" (swapped out, a copy still in memory), "cached" and
              "not-cached" (in the page cache, not in this page table), "beyond-eof"
    access    r(ead) or w(rite)
    rights    what the mapping allows, "-" for nothing (PROT_NONE); of no account if unmapped

    Raises InputError for a state the mapping cannot have.
    """

    mapping: Mapping
    page: Page
    access: Access
    rights: Rights

    def __post_init__(self) -> None:
        if self.page not in STATES[self.mapping]:
            states = ", ".join(STATES[self.mapping])
            raise InputError(f"a page of a mapping {self.mapping} is {states}; not {self.page}")

    def __str__(self) -> str:
        return f"{self.mapping}:{self.page}:{self.access}:{self.rights}"


@dataclass(frozen=True, slots=True)
class FaultKindConfig:
    """Situations, at least one, each by itself. Raises InputError when there is none."""

    situations: tuple[Situation, ...]

    def __post_init__(self) -> None:
        if not self.situations:
            raise InputError('give at least one situation, such as "anonymous:untouched:w"')


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the access is, how many pages are read from disk, and where the content comes from."""

    kind: Kind
    disk_reads: int
    source: Source


def classify(s: Situation) -> Verdict:
    """What becomes of one access. A frame is free, and each fault brings in one page."""
    write = s.access == "w"
    if s.mapping == "unmapped" or s.access not in s.rights:
        return Verdict("SIGSEGV", 0, "nowhere")
    match s.page:
        case "beyond-eof":
            return Verdict("SIGBUS", 0, "nowhere")
        case "untouched":
            return Verdict("minor", 0, "zeros")
        case "zero-page" if write:
            return Verdict("minor", 0, "zeros")
        case "cow" if write:
            return Verdict("minor", 0, "copy")
        case "cached" if write and s.mapping == "file-private":
            return Verdict("minor", 0, "copy")
        case "cached" | "swap-cache":
            return Verdict("minor", 0, "cache")
        case "swapped" | "not-cached":
            return Verdict("major", 1, "disk")
        case _:
            return Verdict("no-fault", 0, "nowhere")


def run(config: FaultKindConfig) -> Run:
    """Judge each situation.

    Steps ``judge``: given ``mapping page access rights``, result ``kind disk_reads source``. Metrics:
    ``faults`` (``situation kind disk_reads source``) and the counts ``minor major signals
    disk_reads``.
    """
    verdicts = [classify(s) for s in config.situations]
    steps = tuple(
        Step(
            action="judge",
            actor="kernel" if v.kind != "no-fault" else "mmu",
            given={"mapping": s.mapping, "page": s.page, "access": s.access, "rights": s.rights},
            result={"kind": v.kind, "disk_reads": v.disk_reads, "source": v.source},
            group=group,
        )
        for group, (s, v) in enumerate(zip(config.situations, verdicts, strict=True), 1)
    )
    return Run(
        command="paging.fault-kind",
        config=config,
        conventions={"free-frame": True, "fault-around": 1},
        asks={"judge": {"kind": Choice(*KINDS), "disk_reads": Int(), "source": Choice(*SOURCES)}},
        steps=steps,
        metrics={
            "faults": tuple(
                {
                    "situation": str(s),
                    "kind": v.kind,
                    "disk_reads": v.disk_reads,
                    "source": v.source,
                }
                for s, v in zip(config.situations, verdicts, strict=True)
            ),
            "minor": sum(v.kind == "minor" for v in verdicts),
            "major": sum(v.kind == "major" for v in verdicts),
            "signals": sum(v.kind.startswith("SIG") for v in verdicts),
            "disk_reads": sum(v.disk_reads for v in verdicts),
        },
    )
