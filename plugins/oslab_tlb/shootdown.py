"""TLB shootdowns: when a page-table entry changes, other cores must forget what they hold of it.

A core can drop entries of its own TLB only. So the core that unmaps a page, or takes a right away,
sends the others an inter-processor interrupt (IPI) and they drop it; the question is whom to send it to,
since nobody can see into a TLB. Adding a right or mapping a page needs no IPI.

Sources: Linux, arch/x86/mm/tlb.c: `flush_tlb_mm_range` and `should_flush_tlb` (an IPI goes to the cores of
mm_cpumask that are not lazy and have the address space loaded; lazy ones only where page tables are
freed, which is not modelled), `switch_mm_irqs_off` (tlb_gen: a core that comes back catches up); Black et
al., Translation Lookaside Buffer Consistency: A Software Approach, ASPLOS 1989.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_args

from oslab import Choice, Hex, InputError, Int, Run, Set, Step
from oslab.exercise.fields import did_you_mean
from oslab.quantities import parse_address, parse_int, shown, tidy
from oslab_tlb.cores import CHANGES, VERBS, Cores, ShootdownConfig, TouchOutcome, Verb


class CoreEvent(NamedTuple):
    """One event: `number` is a page, for switch a process, for idle 0."""

    core: int
    verb: Verb
    number: int


def run(config: ShootdownConfig, drawing: bool = True) -> Run:
    """Follow the events; without `drawing` steps have no state.

    Steps `touch`: given ``n core process page access``, result ``outcome`` and ``frame`` (None where none
    is reached). Steps `unmap`, `protect`, `permit`: given ``n core process page``, result ``changed
    holders ipis needless`` (cores). Steps `switch`, `idle`: given ``n core process``, result ``dropped``
    (entries), ``same`` (it ran already), ``flushed`` (the whole TLB), ``behind`` (the table has changed
    in the meantime). Metrics: ``changes ipis needless stale stale_without page_faults
    protection_faults spurious_faults``.
    Raises InputError.
    """
    steps = tuple(steps_of(Cores(config), parse_events(config), drawing))
    outcomes = [step.result.get("outcome") for step in steps]
    sent = [step for step in steps if step.action in CHANGES]
    unwarned = Cores(replace(config, rule="none"))
    without = steps_of(unwarned, parse_events(config), drawing=False)
    return Run(
        command="tlb.shootdown",
        config=config,
        conventions={
            "rule": config.rule, "shootdown_asids": config.asids, "behind": config.rule != "none",
            "idle": True, "start_mapped": True, "permit": True, "refused": True, "stale": True,
        },
        asks={
            "touch": {"outcome": Choice(*get_args(TouchOutcome))},
            **{verb: {"ipis": Set(Int())} for verb in CHANGES},
            "switch": {"dropped": Int()},
        },
        steps=steps,
        metrics={
            "changes": sum(step.result["changed"] for step in sent),
            "ipis": sum(len(step.result["ipis"]) for step in sent),
            "needless": sum(len(step.result["needless"]) for step in sent),
            "stale": outcomes.count("stale"),
            "stale_without": sum(step.result.get("outcome") == "stale" for step in without),
            "page_faults": outcomes.count("page-fault"),
            "protection_faults": outcomes.count("protection-fault"),
            "spurious_faults": outcomes.count("spurious-fault"),
        },
    )  # fmt: skip


def steps_of(cores: Cores, events: Iterable[CoreEvent], drawing: bool = True) -> Iterator[Step]:
    """The steps of `run`, on these cores. Raises InputError."""
    for n, event in enumerate(events, 1):
        core = cores.cores[event.core]
        if core.idle and event.verb not in ("switch", "idle"):
            raise InputError(
                f"event {n}: core {event.core} is idle; {event.core}:switch {core.process} makes it "
                "run again"
            )
        yield _step(n, event, cores, drawing)


def _step(n: int, event: CoreEvent, cores: Cores, drawing: bool) -> Step:
    config = cores.config
    core, (number, verb, value) = cores.cores[event.core], event
    given: dict[str, Any] = {"n": n, "core": number, "process": core.process}
    result: dict[str, Any]
    if verb in ("switch", "idle"):
        action: str = verb
        if verb == "switch":
            running, loaded = None if core.idle else core.process, core.process
            given["process"] = value
            dropped, behind = cores.switch(number, value)
            same = running == value
            flushed = not (same or config.asids or value == loaded)
            result = {"dropped": dropped, "behind": behind, "same": same, "flushed": flushed}
        else:
            core.idle = True
            result = {}
    else:
        given["page"] = Hex(value * config.page_size)
        if verb in ("read", "write"):
            action = "touch"
            given["access"] = verb
            outcome, frame = cores.touch(number, value, verb == "write")
            result = {"outcome": outcome, "frame": frame}
        else:
            action = verb
            result = dict(cores.change(number, value, verb)._asdict())
    return Step(
        action=action,
        given=given,
        result=result,
        state={"cores": cores.drawn()} if drawing else {},
        group=n,
    )


def parse_events(config: ShootdownConfig) -> Iterator[CoreEvent]:
    """The events. Raises InputError naming the one that is none."""
    if not config.events:
        raise InputError("there are no events; 0:read 0x1000 would be one")
    for n, text in enumerate(config.events, 1):
        try:
            yield _event(text, config)
        except InputError as error:
            raise InputError(f"event {n}: {error}") from None


def _event(text: str, config: ShootdownConfig) -> CoreEvent:
    core, colon, rest = tidy(text).partition(":")
    words = rest.split()
    if not colon or not words:
        raise InputError(f"{shown(text)}: a core and what it does are expected: 0:read 0x1000")
    try:
        number = parse_int(core)
    except InputError:
        number = -1
    if not 0 <= number < config.cores:
        raise InputError(f"{shown(text)}: cores go from 0 to {config.cores - 1}")
    verb = next((verb for verb in VERBS if verb == words[0]), None)
    if verb is None:
        near = did_you_mean(words[0], VERBS)
        raise InputError(f"no event {shown(words[0])}{near}; there are {', '.join(VERBS)}")
    example = {"switch": "switch 2", "idle": "idle"}.get(verb, f"{verb} 0x1000")
    if len(words) != (1 if verb == "idle" else 2):
        raise InputError(f"{shown(text)}: {core}:{example} would be right")
    if verb == "idle":
        return CoreEvent(number, verb, 0)
    value = parse_address(words[1])
    if verb == "switch":
        if value < 1:
            raise InputError(f"{shown(text)}: processes are counted from 1")
        return CoreEvent(number, verb, value)
    return CoreEvent(number, verb, value // config.page_size)


def joined(words: Sequence[str]) -> tuple[str, ...]:
    """Events out of the words of a list: each begins at a word with a colon."""
    events: list[str] = []
    for word in words:
        for part in word.split(";"):
            if ":" in part or not events:
                events.append(part)
            elif part:
                events[-1] += f" {part}"
    return tuple(events)
