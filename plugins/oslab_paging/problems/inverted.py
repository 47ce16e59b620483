"""paging.inverted: look pages up in an inverted page table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Address,
    Answers,
    Choose,
    Figure,
    Generator,
    Int,
    List,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address, format_size
from oslab_paging.inverted import (
    FramePage,
    Hash,
    Insertion,
    InvertedConfig,
    Lookup,
    anchor_of,
    chains,
    drawn_anchors,
    drawn_frames,
    run,
)
from oslab_paging.split import join, split


@dataclass(frozen=True)
class InvertedSpace:
    """How large the tables are, how many processes share them, how many addresses are looked up."""

    frames: Choose[int]
    anchors: Choose[int]
    processes: Choose[int]
    lookups: Choose[int]
    page_size: Choose[int]
    hash: Choose[Hash]
    insertion: Choose[Insertion]


class Inverted(Problem[InvertedConfig, InvertedSpace]):
    """Anchor, probes, frame and physical address of each lookup."""

    version = 1
    params = InvertedConfig
    space = InvertedSpace
    required = ("pid-ignored", "anchor-counted")
    answers = {
        "lookups": Table(
            label="n",
            given=("pid", "va"),
            columns={
                "anchor": Int(),
                "frame": OrNone(Int()),
                "pa": OrNone(Address()),
            },
            action="lookup",
        ),
        "probes": List(Int()),
    }

    def draw(self, rng: Generator, space: InvertedSpace) -> InvertedConfig:
        frames, processes = space.frames.pick(rng), space.processes.pick(rng)
        size = space.page_size.pick(rng)
        # Few page numbers, so that processes use the same ones.
        everything = [(pid, vpn) for pid in range(1, processes + 1) for vpn in range(frames)]
        owners = rng.sample(everything, frames)
        places = rng.shuffled(range(frames))
        pages = [FramePage(f, pid, vpn) for f, (pid, vpn) in zip(places, owners, strict=True)]
        count = space.lookups.pick(rng)
        missing = rng.sample([page for page in everything if page not in owners], count // 4)
        wanted = rng.sample(owners, count - len(missing)) + missing
        return InvertedConfig(
            lookups=tuple(
                Lookup(pid, vpn * size + rng.below(size)) for pid, vpn in rng.shuffled(wanted)
            ),
            pages=tuple(pages),
            frames=frames,
            anchors=space.anchors.pick(rng),
            page_size=size,
            hash=space.hash.pick(rng),
            insertion=space.insertion.pick(rng),
        )

    def good(self, p: InvertedConfig) -> bool:
        """Some chains are long, and lookups take 1, 2 and more probes."""
        lookups: Any = run(p).metrics["lookups"]
        return max(map(len, chains(p))) >= 3 and len({found["probes"] for found in lookups}) >= 3

    def present(self, p: InvertedConfig) -> Mapping[str, Figure]:
        by_anchor = chains(p)
        formulas = {"sum": "(pid + VPN)", "xor": "(pid XOR VPN)", "vpn": "VPN"}
        return {
            "frames": p.frames,
            "anchors": p.anchors,
            "page_size": format_size(p.page_size),
            "hash": f"{formulas[p.hash]} mod {p.anchors}",
            "anchor_table": drawn_anchors(by_anchor),
            "inverted_table": drawn_frames(p, by_anchor),
            "count": len(p.lookups),
        }

    def rows(self, p: InvertedConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, a.pid, format_address(a.va)) for n, a in enumerate(p.lookups, 1)]

    def run(self, p: InvertedConfig) -> Run:
        return run(p)

    def solve(self, p: InvertedConfig, run: Run) -> Answers:
        rows = rows_of(run, self.answers["lookups"])  # type: ignore[arg-type]
        lookups: Any = run.metrics["lookups"]
        return {"lookups": rows, "probes": tuple(found["probes"] for found in lookups)}

    def _answers(self, rows: Sequence[Mapping[str, Any]]) -> Answers:
        """The answers of rows that say the probes too."""
        columns = ("anchor", "frame", "pa")
        return {
            "lookups": tuple({c: row[c] for c in columns} for row in rows),
            "probes": tuple(row["probes"] for row in rows),
        }

    @mistake("indexed-by-vpn")
    def indexed_by_vpn(self, p: InvertedConfig) -> Answers | None:
        """The VPN is taken as the index of the entry, as in a linear table."""
        held = {page.frame: page for page in p.pages}
        rows = []
        for item in p.lookups:
            vpn, offset = split(item.va, p.page_size)
            found = held.get(vpn)
            hit = found is not None and (found.pid, found.vpn) == (item.pid, vpn)
            rows.append(
                {"anchor": vpn, "probes": 1, "frame": vpn if hit else None,
                 "pa": join(vpn, offset, p.page_size) if hit else None}
            )  # fmt: skip
        return self._answers(rows)

    @mistake("pid-ignored")
    def pid_ignored(self, p: InvertedConfig) -> Answers | None:
        """The first entry of the chain with this VPN is taken, whosever it is."""
        by_anchor, rows = chains(p), []
        for item in p.lookups:
            vpn, offset = split(item.va, p.page_size)
            anchor = anchor_of(replace(p, hash="vpn"), item.pid, vpn)
            probes, frame = len(by_anchor[anchor]), None
            for place, page in enumerate(by_anchor[anchor], 1):
                if page.vpn == vpn:
                    probes, frame = place, page.frame
                    break
            pa = None if frame is None else join(frame, offset, p.page_size)
            rows.append({"anchor": anchor, "probes": probes, "frame": frame, "pa": pa})
        return self._answers(rows)

    @mistake("anchor-counted")
    def anchor_counted(self, p: InvertedConfig) -> Answers | None:
        return {"probes": tuple(n + 1 for n in self.solve(p, run(p))["probes"])}

    @mistake("vpn-kept")
    def vpn_kept(self, p: InvertedConfig) -> Answers | None:
        """The virtual address is answered where the physical one is asked."""
        key: Any = self.solve(p, run(p))["lookups"]
        rows = [
            {**row, "pa": None if row["pa"] is None else item.va}
            for row, item in zip(key, p.lookups, strict=True)
        ]
        return {"lookups": tuple(rows)}
