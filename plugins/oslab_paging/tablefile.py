"""Linear page tables as a person writes them: ``2=6:ru``, a TOML file, or raw entries one a line.

A page's flags are letters: r(ead), w(rite), (e)x(ecute), u(ser), n(ot present). Without flags a
page is present and open to every access; ``2=6:n`` is absent but still holds the number 6, ``2=-``
holds none.

The TOML file, flags optional, ``ppn`` too where the page is not present::

    [[pte]]
    vpn = 2
    ppn = 6
    flags = "ru"

Raw entries stand one a line, the line's number counted from 0 being the VPN; ``[2] 0x80000006``
names it. ``#`` begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oslab import InputError
from oslab.exercise.fields import RecordError, read_record
from oslab.quantities import parse_address, parse_int, shown
from oslab.tomlfile import parse_toml
from oslab_paging.entry import EntryFormat
from oslab_paging.translate import PageEntry

FLAGS = "rwxun"
_RAW = re.compile(r"(?:\[\s*([^\]]+?)\s*\])?\s*(\S+)")


@dataclass(frozen=True)
class _Row:
    vpn: int
    ppn: int | None = None
    flags: str = "rwxu"


@dataclass(frozen=True)
class _File:
    pte: tuple[_Row, ...]


def parse_pte(text: str) -> PageEntry:
    """``VPN=PPN[:flags]``. Raises InputError."""
    vpn, equals, rest = text.partition("=")
    ppn, colon, flags = rest.partition(":")
    if not equals or not ppn or (colon and not flags):
        raise InputError(f"--pte {shown(text)} is not VPN=PPN or VPN=PPN:flags; 2=6:ru would be")
    absent = ppn.strip() == "-"
    try:
        page, frame = parse_address(vpn), None if absent else parse_address(ppn)
    except InputError:
        raise InputError(
            f"--pte {shown(text)}: page and frame are numbers, 0 or more, as in 2=6:ru; 2=- has no "
            "frame"
        ) from None
    return page_entry(page, frame, flags if colon else ("n" if absent else "rwxu"))


def page_entry(vpn: int, ppn: int | None, flags: str) -> PageEntry:
    """An entry from its flag letters. Raises InputError for a letter that is none."""
    for letter in flags:
        if letter not in FLAGS:
            raise InputError(
                f"page {vpn}: {shown(letter)} is no flag; flags are r w x u, and n for not present"
            )
    return PageEntry(
        vpn, ppn, "n" not in flags, "r" in flags, "w" in flags, "x" in flags, "u" in flags
    )


def read_toml(text: str, name: str) -> tuple[PageEntry, ...]:
    """The entries of a TOML page table; `name` stands in messages. Raises InputError."""
    try:
        found = read_record(_File, parse_toml(text, name, "raw entries need --entry"))
    except RecordError as error:
        raise InputError("\n".join(f"{name}: {fault}" for fault in error.faults)) from None
    return tuple(page_entry(row.vpn, row.ppn, row.flags) for row in found.pte)


def read_raw(text: str, form: EntryFormat, name: str) -> tuple[PageEntry, ...]:
    """The entries of a table of raw numbers, one a line. Raises InputError naming the line."""
    entries: list[PageEntry] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        found = _RAW.fullmatch(content)
        try:
            if not found:
                raise InputError(f"{shown(content)} is not one raw entry; 0x8000000c would be")
            vpn = parse_int(found[1]) if found[1] else len(entries)
            entry = form.decode(parse_address(found[2]))
        except InputError as error:
            raise InputError(f"{name}, line {number}: {error}") from None
        rights = entry.rights()
        ppn = entry.pfn if entry.valid or entry.raw else None
        entries.append(
            PageEntry(vpn, ppn, entry.valid, rights.read, rights.write, rights.execute, rights.user)
        )
    if not entries:
        raise InputError(f"{name} holds no entries")
    return tuple(entries)
