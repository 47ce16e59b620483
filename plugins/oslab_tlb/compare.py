"""Several TLBs on the same accesses, in one pass: sizes, ways, policies and levels side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oslab import InputError, Int, Run, Step
from oslab.quantities import QuantityError, parse_int, shown
from oslab_paging.rights import Mode
from oslab_tlb.events import Item, Unit
from oslab_tlb.machine import Machine, TlbConfig
from oslab_tlb.pages import Page
from oslab_tlb.simulate import conventions_of, feed
from oslab_tlb.tlb import POLICIES, TlbPolicy

EXAMPLE = "64/4/lru, 64/full/fifo, or 16/4/lru+64/8/lru for two levels"

SHOWN = ("hits", "misses", "hit_ratio", "memory_accesses")
# The same for every TLB.
SHARED = ("accesses", "page_faults", "protection_faults", "switches")


@dataclass(frozen=True, slots=True)
class CompareConfig:
    """TLBs as ``entries/ways/policy``, two levels joined by ``+``; the rest as in `TlbConfig`."""

    tlbs: tuple[str, ...]
    seed: int
    page_size: int
    levels: int
    references: tuple[str, ...]
    unit: Unit
    mode: Mode
    asids: bool
    pages: tuple[Page, ...]
    demand: bool
    fault_drops: bool
    trace: str

    def configs(self) -> Mapping[str, TlbConfig]:
        """The configuration of each TLB by its name. Raises InputError."""
        if not self.tlbs:
            raise InputError(f"no TLBs are named; {EXAMPLE} would be")
        found: dict[str, TlbConfig] = {}
        for text in self.tlbs:
            if text in found:
                raise InputError(f"the TLB {shown(text)} is named twice")
            found[text] = self._config(text)
        return found

    def _config(self, text: str) -> TlbConfig:
        levels = [_parts(level, text) for level in text.split("+")]
        if len(levels) > 2:
            raise InputError(f"--tlb {shown(text)}: a TLB has one level or two: {EXAMPLE}")
        entries, ways, policy = levels[0]
        second = levels[1] if len(levels) > 1 else None
        try:
            return TlbConfig(
                entries=entries,
                ways=ways,
                policy=policy,
                entries2=second and second[0],
                ways2=second and second[1],
                policy2=second and second[2],
                seed=self.seed,
                page_size=self.page_size,
                levels=self.levels,
                references=self.references,
                unit=self.unit,
                mode=self.mode,
                asids=self.asids,
                pages=self.pages,
                demand=self.demand,
                fault_drops=self.fault_drops,
                trace=self.trace,
            )
        except InputError as error:
            raise InputError(f"--tlb {shown(text)}: {error}") from None


def run(config: CompareConfig, items: Iterable[Item] | None = None) -> Run:
    """One step, action `compare`, for each TLB; `items` in place of those of the configuration.

    given   tlb
    result  hits, misses, hit_ratio, memory_accesses
    metrics: SHARED, which do not depend on the TLB; configurations (TLB → the other metrics of
    `simulate.count`). Raises InputError.
    """
    configs = config.configs()
    machines = {name: Machine(each) for name, each in configs.items()}
    typed = list(next(iter(configs.values())).items()) if items is None else []
    feed(machines.values(), typed if items is None else items)
    figures = {name: machine.metrics() for name, machine in machines.items()}
    common = next(iter(figures.values()))
    rules: dict[str, Any] = {}
    for each in configs.values():
        rules |= conventions_of(each, typed)
    return Run(
        command="tlb.compare",
        config=config,
        conventions=rules,
        asks={"compare": {"misses": Int()}},
        steps=tuple(
            Step(
                action="compare",
                given={"tlb": name},
                result={n: each[n] for n in SHOWN},
            )
            for name, each in figures.items()
        ),
        metrics={
            **{name: common[name] for name in SHARED},
            "configurations": {
                name: {n: value for n, value in each.items() if n not in SHARED}
                for name, each in figures.items()
            },
        },
    )


def _parts(level: str, text: str) -> tuple[int, int, TlbPolicy]:
    """Entries, ways and policy of one level. Raises InputError."""
    entries, *rest = level.split("/")
    ways, policy = [*rest, *("full", "lru")[len(rest) :]][:2]
    try:
        if len(rest) > 2 or not all((ways, policy)):
            raise QuantityError("")
        size = parse_int(entries)
        number = size if ways == "full" else parse_int(ways)
    except QuantityError:
        raise InputError(f"--tlb {shown(text)} is not a TLB; {EXAMPLE} would be") from None
    for name in POLICIES:
        if name == policy:
            return size, number, name
    raise InputError(
        f"--tlb {shown(text)}: no policy {shown(policy)}; there are {', '.join(POLICIES)}"
    )
