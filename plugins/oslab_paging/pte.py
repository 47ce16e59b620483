"""Reading a raw page-table entry: the frame number, each flag, and whether an access is allowed.

Sources: Intel SDM volume 3A, chapter "Paging": the formats of entries that map a 4-KByte page, and
"Access Rights"; RISC-V Privileged Architecture, "Sv32" and "Sv39".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oslab import (
    Address,
    AnswerType,
    Choice,
    Choices,
    Grid,
    Hex,
    InputError,
    OrNone,
    Run,
    Step,
    Value,
)
from oslab_paging.entry import Entry, EntryFormat
from oslab_paging.entryformats import entry_format
from oslab_paging.rights import Access, Mode, Outcome

OUTCOMES: tuple[Outcome, ...] = (
    "hit", "not-present", "read-only", "kernel-only", "no-execute", "not-readable", "user-page",
    "reserved-bit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PteAccess:
    """A raw entry, and an access made through it."""

    raw: int
    access: Access
    mode: Mode


@dataclass(frozen=True, slots=True)
class PteConfig:
    """Raw entries to read.

    entries   in order, at least one
    format    a name or a description of the format, see `oslab_paging.entryformats`
    wp        kernel writes to a read-only page fault too (CR0.WP; x86 only)

    Raises InputError for an unknown format or a number too large for it.
    """

    entries: tuple[PteAccess, ...]
    format: str
    wp: bool

    def __post_init__(self) -> None:
        form = entry_format(self.format)
        if not self.entries:
            raise InputError("give at least one raw entry, such as 0x12345067")
        for entry in self.entries:
            form.decode(entry.raw)


def run(config: PteConfig) -> Run:
    """Decode each entry as one of the last level (it maps a page, not a table).

    Steps ``pte``: given ``raw access mode``, result ``ppn`` (None where the entry is not present:
    its other bits belong to software), ``flags`` (the manual's names of those set) and ``outcome``:
    ``hit`` or the fault. The state draws each field. Metrics: ``entries`` (``raw ppn flags
    outcome``).
    """
    form = entry_format(config.format)
    names = flag_names(form)
    steps, entries = [], []
    for group, (asked, result) in enumerate(zip(config.entries, readings(config), strict=True), 1):
        entries.append({"raw": Hex(asked.raw), **result})
        steps.append(
            Step(
                action="pte",
                actor="mmu",
                given={
                    "raw": Hex(asked.raw),
                    "access": asked.access,
                    "mode": asked.mode,
                },
                result=result,
                state={"fields": drawn_fields(form.decode(asked.raw))},
                group=group,
            )
        )
    asks: dict[str, AnswerType] = {
        "ppn": OrNone(Address()),
        "flags": Choices(*names),
        "outcome": Choice(*OUTCOMES),
    }
    return Run(
        command="paging.pte",
        config=config,
        conventions=_conventions(config, form),
        asks={"pte": asks},
        steps=tuple(steps),
        metrics={"entries": tuple(entries)},
    )


def readings(config: PteConfig) -> Iterator[dict[str, Value]]:
    """Of each entry ``ppn flags outcome``: the results of a run without its steps."""
    form = entry_format(config.format)
    for asked in config.entries:
        entry = form.decode(asked.raw)
        yield {
            "ppn": Hex(entry.pfn) if entry.valid else None,
            "flags": set_flags(entry),
            "outcome": entry.outcome(asked.access, asked.mode, config.wp),
        }


def flag_names(form: EntryFormat) -> tuple[str, ...]:
    """The manual's names of the flags of an entry that maps a page."""
    return tuple(form.label(flag) for flag in form.flags())


def set_flags(entry: Entry) -> tuple[str, ...]:
    """The manual's names of the flags set; none where the entry is not present."""
    if not entry.valid:
        return ()
    return tuple(entry.format.label(flag) for flag in entry.format.flags() if entry.flag(flag))


def drawn_fields(entry: Entry) -> Grid:
    """The entry field by field, the highest bit first: where each is, and what it holds."""
    form = entry.format
    fields = [(form.pfn_high, form.pfn_low, "PPN", entry.pfn)]
    fields += [
        (form.bits[f], form.bits[f], form.label(f), int(entry.flag(f))) for f in form.flags()
    ]
    fields.sort(reverse=True)
    places = (f"{high}..{low}" if high > low else str(high) for high, low, _, _ in fields)
    values = (Hex(value) if high > low else value for high, low, _, value in fields)
    names = (name for _, _, name, _ in fields)
    return Grid(("part", *names), (("bits", *places), ("value", *values)))


def _conventions(config: PteConfig, form: EntryFormat) -> dict[str, bool | str]:
    found: dict[str, bool | str] = {"entry-level": "last"}
    if any(not form.decode(e.raw).valid for e in config.entries):
        found["absent-entry"] = "ignored"
    if "nx" in form.bits:
        found["nxe"] = True
    if any(e.mode == "kernel" for e in config.entries) and not form.riscv:
        found["wp"] = config.wp
    elif any(e.mode == "kernel" for e in config.entries):
        found["sum"] = True
    return found
