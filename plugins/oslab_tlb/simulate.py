"""A TLB, or two levels of it, under a list or a stream of accesses.

`run` shows every lookup as a step; `count` gives the same metrics without steps, for traces of any
length. What is not said of a page is as `open_page` has it. A miss walks the page table; a walk that
succeeds fills the TLB; an access that meets a page fault is made again and looks up a second time, so
hits + misses = accesses + page faults.

Sources: CS:APP, 9.6.2; Intel SDM volume 3A, "Caching Translation Information".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from oslab import Address, AnswerType, Choice, Drawing, Hex, Int, OrNone, Run, Step
from oslab_paging.rights import Outcome
from oslab_tlb.drawing import drawn_state, name_of
from oslab_tlb.events import Event, Item, Reference, Touch, touches
from oslab_tlb.machine import Looked, Machine, TlbConfig, shapes

FAULTS: tuple[Outcome, ...] = (
    "not-present", "read-only", "kernel-only", "no-execute", "not-readable",
)  # fmt: skip
USES = {"r": "read", "w": "write", "x": "fetch"}
# Page numbers from here on are read in hexadecimal where addresses were typed.
HEX_FROM = 4096


def count(config: TlbConfig, items: Iterable[Item] | None = None) -> Mapping[str, int | Fraction]:
    """The metrics of `run` without its steps; `items` in place of those of the configuration.

    Memory is bounded by the TLB, and by the pages touched where some are not present at first.
    Raises InputError.
    """
    machine = Machine(config)
    feed([machine], config.items() if items is None else items)
    return machine.metrics()


def feed(machines: Iterable[Machine], items: Iterable[Item]) -> None:
    """Let several machines see the same accesses in one pass. Raises InputError."""
    machines = list(machines)
    page_size = machines[0].config.page_size
    for item in items:
        if isinstance(item, Event):
            for machine in machines:
                machine.happen(item)
            continue
        for touch in touches(item, page_size):
            for machine in machines:
                # As `access` does it, for millions.
                machine.accesses += 1
                if machine.look_up(touch).outcome == "not-present":
                    machine.look_up(touch)


def run(
    config: TlbConfig, items: Iterable[Item] | None = None, machine: Machine | None = None
) -> Run:
    """Simulate step by step; `items` in place of those of the configuration.

    Steps `access`, one a lookup: given ``n`` (the number of the access), ``va`` where addresses were
    typed, ``access`` (read, write, fetch), ``mode`` and ``process`` where they vary, ``retry`` for
    the lookup after a page fault; result ``vpn``, ``set`` where there are several, ``result`` (hit or
    miss; with two levels l1, l2 or walk), ``fault`` (None, or what went wrong) where pages are
    described, ``ppn`` there too, ``victim`` (a page or None), ``victim_of`` (its process) with ASIDs.
    Steps `switch`, `flush`, `flushall`, `invlpg`: result ``dropped``, how many entries.
    `machine` replaces the simulated one: one that makes a mistake. Raises InputError.
    """
    machine = machine or Machine(config)
    told = _Telling(config, list(config.items() if items is None else items))
    steps: list[Step] = []
    n = 0
    for item in told.items:
        if isinstance(item, Event):
            running = machine.process
            dropped = machine.happen(item)
            steps.append(told.event(item, dropped, running, machine))
            continue
        for touch in touches(item, config.page_size):
            n += 1
            for retry, looked in enumerate(machine.access(touch)):
                steps.append(told.lookup(n, touch, bool(retry), looked, machine))
    return Run(
        command="tlb.run",
        config=config,
        conventions=conventions_of(config, told.items),
        asks=told.asks(),
        steps=tuple(steps),
        metrics=machine.metrics(),
    )


class _Telling:
    """Steps of one run: which names they have depends on what can happen in it."""

    def __init__(self, config: TlbConfig, items: list[Item]) -> None:
        self.config = config
        self.items = items
        references = [item for item in items if isinstance(item, Reference)]
        self.events = len(references) < len(items)
        self.switching = any(isinstance(i, Event) and i.kind == "switch" for i in items)
        self.modes = len({r.mode for r in references}) > 1
        self.faults = bool(config.pages) or config.demand
        self.first, self.second = shapes(config)
        top = max((r.access.address for r in references), default=0) // config.page_size
        self.number = Hex if config.unit == "address" and top >= HEX_FROM else int

    def lookup(self, n: int, touch: Touch, retry: bool, looked: Looked, machine: Machine) -> Step:
        config = self.config
        given: dict[str, Any] = {"n": n}
        result: dict[str, Any] = {}
        if self.switching:
            given["process"] = machine.process
        if config.unit == "page":
            given["vpn"] = touch.vpn
        else:
            given["va"] = Hex(touch.address)
            result["vpn"] = self.number(touch.vpn)
        given["access"] = USES[touch.use]
        if self.modes:
            given["mode"] = touch.mode
        if retry:
            given["retry"] = True
        if self.first.sets > 1:
            result["set"] = self.first.index_of(touch.vpn)
        result["result"] = self._found(looked)
        if self.faults:
            result["fault"] = None if looked.outcome == "hit" else looked.outcome
        victim, _ = looked.victims
        result["victim"] = victim and self.number(victim.vpn)
        if config.asids and self.switching and victim:
            result["victim_of"] = name_of(victim)
        if self.second:
            victim2 = looked.victims[1]
            result["victim2"] = victim2 and self.number(victim2.vpn)
        if config.pages:
            done = looked.entry if looked.outcome == "hit" else None
            result["ppn"] = done and done.pfn
        return Step(
            action="access",
            actor="mmu",
            given=given,
            result=result,
            state=self._state(machine, touch.vpn),
            group=n,
        )

    def event(self, event: Event, dropped: int, running: int, machine: Machine) -> Step:
        given: dict[str, Any] = {}
        if event.kind == "invlpg":
            given["vpn"] = self.number(event.number or 0)
        elif event.number is not None:
            given["process"] = event.number
        result: dict[str, Any] = {"dropped": dropped}
        if event.kind == "switch":
            result["change"] = (
                "none" if running == event.number else "kept" if self.config.asids else "flushed"
            )
        state = self._state(machine, None)
        return Step(action=event.kind, actor="kernel", given=given, result=result, state=state)

    def asks(self) -> Mapping[str, Mapping[str, AnswerType]]:
        number = Address() if self.number is Hex else Int()
        access: dict[str, AnswerType] = {}
        if self.config.unit == "address":
            access["vpn"] = number
        if self.first.sets > 1:
            access["set"] = Int()
        access["result"] = Choice("l1", "l2", "walk") if self.second else Choice("hit", "miss")
        if self.faults:
            access["fault"] = OrNone(Choice(*FAULTS))
        access["victim"] = OrNone(number)
        dropped = {"dropped": Int()}
        return {"access": access} | dict.fromkeys(
            ("switch", "flush", "flushall", "invlpg"), dropped
        )

    def _found(self, looked: Looked) -> str:
        if self.second:
            return ("walk", "l1", "l2")[looked.level]
        return "hit" if looked.level else "miss"

    def _state(self, machine: Machine, vpn: int | None) -> Mapping[str, Drawing]:
        return drawn_state(machine.tlb, vpn, self.number, self.config.asids and self.switching)


def conventions_of(config: TlbConfig, items: Iterable[Item] = ()) -> Mapping[str, Any]:
    """The rules that can matter for these accesses, by name."""
    events = {item.kind for item in items if isinstance(item, Event)}
    policies = {config.policy, config.policy2} - {None}
    rules: dict[str, Any] = {}
    first, second = shapes(config)
    if first.sets > 1 or (second and second.sets > 1):
        rules["index"] = True
    rules["empty_first"] = True
    rules |= {policy: True for policy in ("lru", "fifo", "plru") if policy in policies}
    if "random" in policies:
        rules["seed"] = config.seed
    if second:
        rules["two_levels"] = True
    if config.pages or config.demand:
        rules["demand"] = config.demand
        if config.demand or any(not page.present for page in config.pages):
            rules["retry"] = True
    else:
        rules["open_pages"] = True
    if config.pages:
        rules["protection"] = True
        rules["fault_drops"] = config.fault_drops
        rules["mode"] = config.mode
    if "switch" in events:
        rules["asids"] = config.asids
    if events & {"flush", "flushall"} or ("switch" in events and not config.asids):
        rules["flush"] = True
    rules["memory_accesses"] = config.levels
    return rules
