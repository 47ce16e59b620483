"""What the page table says of a page: ``2=6:rug``.

As in paging, with one letter more: g for a global page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from oslab import InputError
from oslab.quantities import shown
from oslab_paging.rights import Rights
from oslab_paging.tablefile import parse_pte

FLAGS = "rwxung"
FLAGS_SAID = "r w x u, n for not present, g for global"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, in every process.

    vpn, ppn    its number, and the frame it lies in, or will once it is mapped
    present     False: the first access of each process faults, and maps it
    read, write, execute, user   what it permits
    is_global   its TLB entry answers in every process
    """

    vpn: int
    ppn: int
    present: bool
    read: bool
    write: bool
    execute: bool
    user: bool
    is_global: bool

    def rights(self) -> Rights:
        """What the page permits."""
        return Rights(self.read, self.write, self.execute, self.user)


# A walk asks for it at each miss.
@lru_cache(maxsize=1024)
def open_page(vpn: int, present: bool = True) -> Page:
    """A page of which nothing is said: open to every access, in the frame of its own number."""
    return Page(vpn, vpn, present, True, True, True, True, False)


def parse_page(text: str) -> Page:
    """``VPN=PPN[:flags]``; without any of r w x u the page is open to every access.

    Raises InputError.
    """
    place, colon, flags = text.partition(":")
    if "=" not in place or (colon and not flags):
        raise InputError(f"--pte {shown(text)} is not VPN=PPN or VPN=PPN:flags; 2=6:rug would be")
    for letter in flags:
        if letter not in FLAGS:
            raise InputError(
                f"--pte {shown(text)}: {shown(letter)} is no flag; flags are {FLAGS_SAID}"
            )
    if not set(flags) & set("rwxu"):
        flags += "rwxu"
    if place.strip().endswith("-"):
        flags += "n"
    entry = parse_pte(f"{place}:{flags.replace('g', '')}")
    return Page(
        entry.vpn,
        entry.vpn if entry.ppn is None else entry.ppn,
        entry.valid,
        entry.read,
        entry.write,
        entry.execute,
        entry.user,
        "g" in flags,
    )


def check_pages(pages: Iterable[Page]) -> None:
    """Raises InputError for a page that is described twice."""
    seen: set[int] = set()
    for page in pages:
        if page.vpn in seen:
            raise InputError(f"page {page.vpn} is described twice; once is enough")
        seen.add(page.vpn)
