"""Drawing scripts in which something happens, and what problem types on scripts have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Choose, Code, Figure, Generator, Run, Step
from oslab_cow.machine import Kind, Machine, Region, Touch
from oslab_cow.operations import Operation, Verb, exit_of, fork, listing, read, write
from oslab_cow.simulate import CowConfig, Start, carried_out, drawn_ptes, machine_for, run

# Parents and children by name: P forks C, then come D, E and F.
FAMILIES = (("P", "C", "D", "E", "F"), ("A", "B", "C", "D", "E"))
LIKELY = Fraction(2, 3)
PAGE_SIZE = 4096


@dataclass(frozen=True)
class ScriptSpace:
    """How much happens.

    processes  in all, the first one included
    pages      of each process
    before     accesses before the first fork
    accesses   those after it
    exits      processes that exit
    nested     whether a child may fork
    start      whether private pages are present at the start, or untouched
    writes     of the accesses after the first fork; where nothing is said, any number of them
    """

    processes: Choose[int]
    pages: Choose[int]
    before: Choose[int]
    accesses: Choose[int]
    exits: Choose[int]
    nested: bool
    start: Choose[Start]
    writes: Choose[int] | None = None


def draw_script(rng: Generator, space: ScriptSpace) -> CowConfig:
    """A script in which accesses are mostly those that fault."""
    start: Start = space.start.pick(rng)
    names = rng.choice(FAMILIES)
    config = CowConfig(
        first=names[0],
        regions=(Region("private", space.pages.pick(rng)),),
        start=start,
        contents=(),
        page_size=PAGE_SIZE,
        ops=(),
    )
    return with_script(rng, config, names[: space.processes.pick(rng)], space)


def with_script(
    rng: Generator, config: CowConfig, names: Sequence[str], space: ScriptSpace
) -> CowConfig:
    """The configuration with forks, accesses and exits of these processes drawn into it."""
    machine = machine_for(config)
    ops: list[Operation] = []
    exits = min(space.exits.pick(rng), len(names) - 1)
    kinds = ["fork"] * (len(names) - 2) + ["exit"] * exits
    kinds = ["fork", *rng.shuffled(kinds)] if len(names) > 1 else []
    total = max(space.accesses.pick(rng), len(kinds))
    gaps = _parts(rng, total, len(kinds)) if kinds else []
    verbs: list[Verb | None] = [None] * total
    if space.writes:
        writes = space.writes.pick(rng)
        verbs[:writes] = ["write"] * writes
        verbs[writes:] = ["read"] * (total - writes)
        verbs = rng.shuffled(verbs)
    born = 1
    for _ in range(space.before.pick(rng)):
        ops.append(_do(machine, _access(rng, machine, ops)))
    for kind, gap in zip(kinds, gaps, strict=True):
        alive = [process.name for process in machine.alive]
        if kind == "fork":
            parent = rng.choice(alive) if space.nested else alive[0]
            ops.append(_do(machine, fork(parent, names[born])))
            born += 1
        elif len(alive) > 1:
            ops.append(_do(machine, exit_of(rng.choice(alive))))
        for _ in range(gap):
            ops.append(_do(machine, _access(rng, machine, ops, verbs.pop())))
    return replace(config, ops=tuple(ops))


def _parts(rng: Generator, total: int, count: int) -> list[int]:
    """`total` as the sum of so many numbers, none of them 0."""
    parts = [1] * count
    for _ in range(total - count):
        parts[rng.below(count)] += 1
    return parts


def _access(
    rng: Generator, machine: Machine, ops: Sequence[Operation], verb: Verb | None = None
) -> Operation:
    """A read or write, likely one that faults, and not the one that came before."""
    made = {"read": (read,), "write": (write,), None: (read, write)}[verb]
    every = [
        make(process.name, page)
        for process in machine.alive
        for page in range(len(machine.kinds))
        for make in made
    ]
    every = [op for op in every if not ops or op != ops[-1]]
    telling = [op for op in every if _faults(machine, op)]
    return rng.choice(telling if telling and rng.chance(LIKELY) else every)


def _faults(machine: Machine, op: Operation) -> bool:
    pte = machine.pte(op.process, op.first)
    return not pte.present if op.verb == "read" else not pte.writable


def _do(machine: Machine, op: Operation) -> Operation:
    """The operation, carried out."""
    if op.verb == "fork":
        machine.fork(op.process, op.child)
    elif op.verb == "exit":
        machine.exit(op.process)
    elif op.verb == "read":
        machine.read(op.process, op.first)
    else:
        machine.write(op.process, op.first)
    return op


def presented(p: CowConfig) -> Mapping[str, Figure]:
    """What a statement may show of a script."""
    machine = machine_for(p)
    return {
        "first": p.first,
        "pages": len(machine.kinds),
        "last_page": len(machine.kinds) - 1,
        "script": Code(listing(p.ops)),
        "ptes": drawn_ptes(machine),
    }


def explained(p: CowConfig, *rules: str) -> Run:
    """The run, with those of its conventions that matter to the question."""
    whole = run(p)
    kept = {name: value for name, value in whole.conventions.items() if name in rules}
    return replace(whole, conventions=kept)


def accesses(run: Run) -> tuple[Step, ...]:
    """The steps that are reads and writes."""
    return tuple(step for step in run.steps if step.action in ("read", "write"))


def touches(p: CowConfig, kind: type[Machine] = Machine) -> tuple[Touch, ...]:
    """What the reads and writes do. Draws and mistakes ask this often; making a run's drawings takes
    longer."""
    outcomes = (outcome for _, _, outcome in carried_out(machine_for(p, kind), p.ops))
    return tuple(touch for found in outcomes if isinstance(found, tuple) for touch in found)


def finished(p: CowConfig, kind: type[Machine] = Machine) -> Machine:
    """The machine after the script."""
    machine = machine_for(p, kind)
    for _ in carried_out(machine, p.ops):
        pass
    return machine


def copies(p: CowConfig) -> bool:
    """Whether a page is copied at all."""
    return any(touch.event == "copy" for touch in touches(p))


def living(p: CowConfig) -> Iterator[str]:
    """The processes that are alive at the end, in order of their birth."""
    names = [p.first, *(op.child for op in p.ops if op.verb == "fork")]
    gone = {op.process for op in p.ops if op.verb == "exit"}
    return (name for name in names if name not in gone)


def entries(p: CowConfig) -> list[tuple[str, str, int]]:
    """Label, process and page of each page-table entry at the end."""
    pages = sum(region.pages for region in p.regions)
    return [(f"{name}:{page}", name, page) for name in living(p) for page in range(pages)]


def remapped(p: CowConfig, kinds: Mapping[Kind, Kind]) -> CowConfig:
    """The same with some kinds of mapping taken for others."""
    return replace(p, regions=tuple(replace(r, kind=kinds.get(r.kind, r.kind)) for r in p.regions))
