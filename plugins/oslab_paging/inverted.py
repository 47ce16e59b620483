"""The inverted page table: one entry for each page *frame*, found by a hash of process and page.

The hash of (pid, VPN) picks an anchor, which names the first frame of a chain; each entry holds the
pid and VPN of the page in its frame, and the next frame of the chain. Its size follows physical
memory, however large the address spaces are. A new entry goes to the head of its chain.

Source: Tanenbaum and Bos, Modern Operating Systems, 3.3.4; Silberschatz et al., 9.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from oslab import Address, Choice, Grid, Hex, InputError, Int, OrNone, Run, Step
from oslab_paging.split import check_page_size, join, split

Hash: TypeAlias = Literal["sum", "xor", "vpn"]
"""Which anchor a page has: (pid + VPN) mod anchors, (pid XOR VPN) mod anchors, VPN mod anchors."""
Insertion: TypeAlias = Literal["head", "tail"]

MAX_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class FramePage:
    """Page `vpn` of process `pid` is in page frame `frame`."""

    frame: int
    pid: int
    vpn: int


@dataclass(frozen=True, slots=True)
class Lookup:
    """Process `pid` uses virtual address `va`."""

    pid: int
    va: int


@dataclass(frozen=True, slots=True)
class InvertedConfig:
    """The table and the addresses to look up.

    lookups     in order, at least one
    pages       what the frames hold, in the order the entries were inserted
    frames      page frames of the machine, so entries of the table
    anchors     entries of the anchor (hash) table
    page_size   bytes, a power of two
    hash        how the anchor is computed
    insertion   a new entry goes to the head or the tail of its chain

    Raises InputError for a table that cannot be.
    """

    lookups: tuple[Lookup, ...]
    pages: tuple[FramePage, ...]
    frames: int
    anchors: int
    page_size: int
    hash: Hash
    insertion: Insertion

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES or not 1 <= self.anchors <= MAX_FRAMES:
            raise InputError(f"frames and anchors are 1 to {MAX_FRAMES}")
        if not self.lookups:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        check_page_size(self.page_size)
        frames: set[int] = set()
        pages: set[tuple[int, int]] = set()
        for p in self.pages:
            if not 0 <= p.frame < self.frames:
                raise InputError(
                    f"page {p.pid}:{p.vpn} is in frame {p.frame}; "
                    f"frames go from 0 to {self.frames - 1}"
                )
            if p.frame in frames:
                raise InputError(f"frame {p.frame} holds two pages; it can hold one")
            if (p.pid, p.vpn) in pages:
                raise InputError(
                    f"page {p.vpn} of process {p.pid} is in two frames; an inverted table has one"
                )
            frames.add(p.frame)
            pages.add((p.pid, p.vpn))


def anchor_of(config: InvertedConfig, pid: int, vpn: int) -> int:
    """The anchor that a page hashes to."""
    mixed = {"sum": pid + vpn, "xor": pid ^ vpn, "vpn": vpn}[config.hash]
    return mixed % config.anchors


def chains(config: InvertedConfig) -> list[list[FramePage]]:
    """The chain of each anchor, from its head."""
    found: list[list[FramePage]] = [[] for _ in range(config.anchors)]
    for page in config.pages:
        chain = found[anchor_of(config, page.pid, page.vpn)]
        chain.insert(0 if config.insertion == "head" else len(chain), page)
    return found


def search(chain: Sequence[FramePage], pid: int, vpn: int) -> tuple[int, int | None]:
    """Entries compared, and the frame, None when the chain does not hold the page."""
    for probes, page in enumerate(chain, 1):
        if (page.pid, page.vpn) == (pid, vpn):
            return probes, page.frame
    return len(chain), None


def run(config: InvertedConfig) -> Run:
    """Look up each address; a page that is not found is a page fault and is not loaded.

    Steps ``lookup``: given ``pid va vpn offset``, result ``anchor chain probes outcome frame pa``,
    ``chain`` being the frames in the order they are compared. Outcomes ``hit fault``.
    Metrics: ``lookups`` (``pid va vpn anchor probes frame pa outcome``).
    """
    by_anchor = chains(config)
    state = {"anchors": drawn_anchors(by_anchor), "frames": drawn_frames(config, by_anchor)}
    steps, lookups = [], []
    for group, item in enumerate(config.lookups, 1):
        vpn, offset = split(item.va, config.page_size)
        anchor = anchor_of(config, item.pid, vpn)
        probes, frame = search(by_anchor[anchor], item.pid, vpn)
        pa = None if frame is None else Hex(join(frame, offset, config.page_size))
        outcome = "fault" if frame is None else "hit"
        lookups.append(
            {"pid": item.pid, "va": Hex(item.va), "vpn": vpn, "anchor": anchor, "probes": probes,
             "frame": frame, "pa": pa, "outcome": outcome}
        )  # fmt: skip
        steps.append(
            Step(
                action="lookup",
                actor="mmu",
                given={
                    "pid": item.pid,
                    "va": Hex(item.va),
                    "vpn": vpn,
                    "offset": offset,
                },
                result={
                    "anchor": anchor,
                    "chain": tuple(page.frame for page in by_anchor[anchor]),
                    "probes": probes,
                    "outcome": outcome,
                    "frame": frame,
                    "pa": pa,
                },
                state=state,
                group=group,
            )
        )
    return Run(
        command="paging.inverted",
        config=config,
        conventions={
            "hash": config.hash,
            "chain-insertion": config.insertion,
            "probes": "compared",
        },
        asks={
            "lookup": {
                "anchor": Int(),
                "probes": Int(),
                "outcome": Choice("hit", "fault"),
                "frame": OrNone(Int()),
                "pa": OrNone(Address()),
            }
        },
        steps=tuple(steps),
        metrics={"lookups": tuple(lookups)},
    )


def drawn_anchors(by_anchor: Sequence[Sequence[FramePage]]) -> Grid:
    """The anchor table: the first frame of each chain."""
    rows = tuple((i, chain[0].frame if chain else None) for i, chain in enumerate(by_anchor))
    return Grid(("anchor", "first"), rows)


def drawn_frames(config: InvertedConfig, by_anchor: Sequence[Sequence[FramePage]]) -> Grid:
    """The inverted table: pid, VPN and the next frame of the chain, for each frame."""
    held = {page.frame: page for page in config.pages}
    following: dict[int, int] = {}
    for chain in by_anchor:
        for page, after in pairwise(chain):
            following[page.frame] = after.frame
    rows: list[tuple[int | None, ...]] = []
    for frame in range(config.frames):
        owner = (held[frame].pid, held[frame].vpn) if frame in held else (None, None)
        rows.append((frame, *owner, following.get(frame)))
    return Grid(("frame", "pid", "vpn", "next"), tuple(rows))
