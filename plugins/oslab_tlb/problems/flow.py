"""tlb.flow: which steps an access takes in this state of the TLB, in which order, at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    Ordering,
    OrNone,
    Problem,
    Run,
    mistake,
)
from oslab.exercise.ordering import letters_of
from oslab.quantities import format_address, format_size
from oslab_paging.fault import Use
from oslab_tlb.flow import FlowConfig, drawn_pages, drawn_tlb, filled, run
from oslab_tlb.pages import Page

State: TypeAlias = Literal["hit", "miss", "miss-full", "protection", "page-fault"]

WALK = ("flow-pte-1", "flow-pte-2", "flow-pte-3", "flow-pte-4")
STEPS = (
    "flow-send", "flow-ask", "flow-entry", *WALK, "flow-evict", "flow-fill", "flow-data",
    "flow-trap", "flow-page-in", "flow-restart", "flow-protect", "flow-signal",
)  # fmt: skip
"""The steps that are listed; request and answer of one memory access are one of them."""
LETTERS = "abcdefghijklmno"
PAGES = 32


@dataclass(frozen=True)
class FlowSpace:
    """state: what the access meets; levels: of the page table, 1 to 4; entries: of the TLB."""

    state: Choose[State]
    levels: Choose[int]
    entries: Choose[int]
    page_size: Choose[int]


class Flow(Problem[FlowConfig, FlowSpace]):
    """The order of the steps, the memory accesses, and whose entry leaves the TLB."""

    version = 1
    params = FlowConfig
    space = FlowSpace
    answers = {
        "order": Ordering(options=tuple(LETTERS)),
        "accesses": Int(),
        "victim": OrNone(Int()),
    }
    required = ("data-before-pte", "table-first")

    def draw(self, rng: Generator, space: FlowSpace) -> FlowConfig:
        state, entries = space.state.pick(rng), space.entries.pick(rng)
        levels, size = space.levels.pick(rng), space.page_size.pick(rng)
        vpns = rng.sample(range(PAGES), entries + 3)
        frames = rng.sample(range(2 * PAGES), len(vpns))
        vpn, others = vpns[0], vpns[1 : entries + 1]
        write = bool(rng.below(2)) or state == "protection"
        if state == "miss" or (state == "page-fault" and rng.below(2)):
            others = others[: rng.between(1, entries - 1)]
        cached = others
        if state in ("hit", "protection"):
            cached = rng.shuffled([vpn, *others[: rng.between(1, entries - 1)]])
        pages = []
        for number, frame in zip(vpns, frames, strict=True):
            present = number in cached or bool(rng.below(2))
            writable = bool(rng.below(2))
            if number == vpn:
                present, writable = state != "page-fault", write and state != "protection"
            pages.append(Page(number, frame, present, True, writable, True, True, False))
        return FlowConfig(
            uses=(Use(vpn * size + rng.between(1, size - 1), write),),
            page_size=size,
            levels=levels,
            entries=entries,
            cached=tuple(cached),
            pages=tuple(sorted(pages, key=lambda page: page.vpn)),
        )

    def present(self, p: FlowConfig) -> Mapping[str, Figure]:
        return {
            "use": Grid(
                ("va", "access"),
                ((format_address(p.uses[0].va), "write" if p.uses[0].write else "read"),),
            ),
            "page_size": format_size(p.page_size),
            "levels": p.levels,
            "entries": p.entries,
            "tlb": drawn_tlb(filled(p)),
            "table": drawn_pages(p.pages),
            "steps": Grid(("letter", "step"), tuple(zip(LETTERS, listing(p), strict=True))),
        }

    def rows(self, p: FlowConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter in LETTERS]

    def run(self, p: FlowConfig) -> Run:
        return run(p)

    def solve(self, p: FlowConfig, run: Run) -> Answers:
        return _answers(p, tuple(dict.fromkeys(_told(run))), **_counted(run))

    def _right(self, p: FlowConfig) -> tuple[list[str], dict[str, Any]]:
        """The right steps by name, and the other answers."""
        found = _undrawn(p)
        return list(dict.fromkeys(_told(found))), _counted(found)

    @mistake("pte-read-on-hit")
    def walk_after_hit(self, p: FlowConfig) -> Answers | None:
        """The page table is read although the TLB has the entry."""
        names, counted = self._right(p)
        if "flow-entry" not in names:
            return None
        after = names.index("flow-entry") + 1
        names[after:after] = WALK[: p.levels]
        return _answers(p, names, **_more(counted, p.levels))

    @mistake("no-fill")
    def never_filled(self, p: FlowConfig) -> Answers | None:
        """What the walk found is not put into the TLB."""
        names, counted = self._right(p)
        if "flow-fill" not in names:
            return None
        return _answers(p, _without(names, "flow-fill", "flow-evict"), **counted | {"victim": None})

    @mistake("data-before-pte")
    def data_first(self, p: FlowConfig) -> Answers | None:
        """The data is accessed before it is known where it is."""
        names, counted = self._right(p)
        if "flow-data" not in names:
            return None
        rest = _without(names, "flow-data")
        return _answers(p, [*rest[:2], "flow-data", *rest[2:]], **counted)

    @mistake("table-first")
    def table_first(self, p: FlowConfig) -> Answers | None:
        """The page table is read before the TLB is asked."""
        names, counted = self._right(p)
        walk = WALK[: p.levels]
        extra = 0 if walk[0] in names else p.levels
        rest = _without(names, *walk)
        return _answers(p, [rest[0], *walk, *rest[1:]], **_more(counted, extra))

    @mistake("one-level")
    def one_level(self, p: FlowConfig) -> Answers | None:
        """A walk is thought to read one entry, whatever the levels."""
        names, counted = self._right(p)
        if p.levels == 1 or WALK[0] not in names:
            return None
        walks = 1 + ("flow-restart" in names)
        names = _without(names, *WALK[1:])
        return _answers(p, names, **_more(counted, -walks * (p.levels - 1)))

    @mistake("miss-is-fault")
    def miss_is_fault(self, p: FlowConfig) -> Answers | None:
        """A page that is not in the TLB is thought not to be in memory."""
        names, counted = self._right(p)
        if "flow-fill" not in names or "flow-trap" in names:
            return None
        after = names.index(WALK[p.levels - 1]) + 1
        names[after:after] = ["flow-trap", "flow-page-in", "flow-restart"]
        return _answers(p, names, **_more(counted, p.levels))

    @mistake("always-evict")
    def always_evict(self, p: FlowConfig) -> Answers | None:
        """An entry is thrown out though there is room."""
        names, counted = self._right(p)
        if "flow-fill" not in names or "flow-evict" in names or not p.cached:
            return None
        names.insert(names.index("flow-fill"), "flow-evict")
        return _answers(p, names, **counted | {"victim": p.cached[0]})

    @mistake("no-restart")
    def no_restart(self, p: FlowConfig) -> Answers | None:
        """The kernel is thought to hand over the data; nothing is executed again."""
        names, counted = self._right(p)
        if "flow-restart" not in names:
            return None
        return _answers(p, _without(names, "flow-restart"), **_more(counted, -p.levels))

    @mistake("retry-hits")
    def retry_hits(self, p: FlowConfig) -> Answers | None:
        """The TLB is thought to be filled before the second try, which then needs no walk."""
        names, counted = self._right(p)
        if "flow-restart" not in names:
            return None
        filling = [name for name in names if name in ("flow-evict", "flow-fill")]
        rest = _without(names, *filling)
        place = rest.index("flow-restart")
        return _answers(p, [*rest[:place], *filling, *rest[place:]], **_more(counted, -p.levels))

    @mistake("rights-ignored")
    def rights_ignored(self, p: FlowConfig) -> Answers | None:
        """The entry's rights are not looked at."""
        names, counted = self._right(p)
        if "flow-protect" not in names:
            return None
        names = [*_without(names, "flow-protect", "flow-signal"), "flow-data"]
        return _answers(p, names, **_more(counted, 1))


@lru_cache(maxsize=1)
def listing(p: FlowConfig) -> Sequence[str]:
    """The steps in the order in which this variant lists them."""
    label = f"tlb.flow {p.uses[0].va} {' '.join(str(page.ppn) for page in p.pages)}"
    return tuple(Generator(label).shuffled(STEPS))


@lru_cache(maxsize=1)
def _undrawn(p: FlowConfig) -> Run:
    """The run, which each mistake departs from."""
    return run(p, drawing=False)


def _told(run: Run) -> Iterator[str]:
    """The listed steps of a run, in order."""
    for step in run.steps:
        match step.action:
            case "flow-return-pte":
                yield WALK[step.given["nth"] - 1]
            case "flow-fill":
                if step.result["victim"] is not None:
                    yield "flow-evict"
                yield "flow-fill"
            case "flow-request-data":
                yield "flow-data"
            case name if name in STEPS:
                yield name


def _counted(run: Run) -> dict[str, Any]:
    victims = [step.result["victim"] for step in run.steps if step.action == "flow-fill"]
    return {
        "accesses": run.metrics["memory_accesses"],
        "victim": victims[0] if victims else None,
    }


def _answers(p: FlowConfig, names: Sequence[str], **counted: Any) -> Answers:
    return {"order": letters_of(listing(p), names), **counted}


def _more(counted: Mapping[str, Any], accesses: int) -> dict[str, Any]:
    return {**counted, "accesses": counted["accesses"] + accesses}


def _without(names: Sequence[str], *gone: str) -> list[str]:
    return [name for name in names if name not in gone]
