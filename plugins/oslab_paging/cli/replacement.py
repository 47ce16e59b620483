"""Commands of page replacement: replace, compare, curve, stack-distance, workingset.

Each imports its simulator when it is used: the others' would double the time to start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from typing import Annotated, Any, TypeAlias

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items, read_range
from oslab.quantities import parse_int, shown
from oslab_paging.replacement.conventions import OBEYS, POLICIES, check_policy, defaults

app = group("Page replacement.")

References = Annotated[
    str,
    typer.Option(
        "--refs", help="Page numbers in order, 7w for a write: a list, @FILE or - (stdin)."
    ),
]
Frames = Annotated[str, typer.Option("--frames", help="How many page frames there are.")]
Policies = Annotated[str, typer.Option("--policies", help="Policies, separated by commas.")]
Ties = Annotated[
    str,
    typer.Option(
        "--ties",
        help="Among equal victims: earliest-loaded, least-recently-used or lowest-frame.",
    ),
]
ROnLoad = Annotated[
    bool | None,
    typer.Option("--r-on-load/--no-r-on-load", help="A page just read in has R = 1."),
]
HandAdvances = Annotated[
    bool | None,
    typer.Option(
        "--hand-advances/--hand-stays", help="After a load the hand steps past the loaded frame."
    ),
]
Tick = Annotated[str, typer.Option("--tick", help="References from tick to tick (nru, aging).")]
AgingBits = Annotated[str, typer.Option("--aging-bits", help="Width of an aging counter.")]
CountsKept = Annotated[
    bool | None,
    typer.Option(
        "--counts-kept/--counts-forgotten",
        help="A use count outlives its page's eviction (lfu, mfu).",
    ),
]
Tau = Annotated[
    str, typer.Option("--tau", help="Width of the working set, in references (wsclock).")
]
Kin = Annotated[str, typer.Option("--kin", help="Pages A1in may hold (2q).")]
Kout = Annotated[str, typer.Option("--kout", help="Page numbers A1out remembers (2q).")]
Seed = Annotated[str, typer.Option("--seed", help="Seed of the numbers drawn (random).")]


Changes: TypeAlias = "Mapping[str, int | bool | str]"


def rules(
    ties: Ties = "",
    r_on_load: ROnLoad = None,
    hand_advances: HandAdvances = None,
    tick: Tick = "",
    aging_bits: AgingBits = "",
    counts_kept: CountsKept = None,
    tau: Tau = "",
    kin: Kin = "",
    kout: Kout = "",
    seed: Seed = "",
) -> Changes:
    """The disputed rules that were settled on the command line; the others keep their defaults."""
    numbers = {
        "tick": tick, "aging_bits": aging_bits, "tau": tau, "kin": kin, "kout": kout, "seed": seed,
    }  # fmt: skip
    changes: dict[str, Any] = {name: _number(text, name) for name, text in numbers.items() if text}
    if ties:
        changes["ties"] = ties
    flags = {"r_on_load": r_on_load, "hand_advances": hand_advances, "counts_kept": counts_kept}
    return changes | {name: flag for name, flag in flags.items() if flag is not None}


def settable(command: Callable[..., Run]) -> Callable[..., Run]:
    """Let a command take every option of `rules`; it gets what they settle as `changes`."""
    own = signature(command, eval_str=True)
    options = signature(rules, eval_str=True).parameters

    @wraps(command)
    def whole(**values: Any) -> Run:
        settled = {name: values.pop(name) for name in options}
        return command(**values, changes=rules(**settled))

    kept = [p for p in own.parameters.values() if p.name != "changes"]
    whole.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*kept, *options.values()]
    )
    return whole


@simulator(app, "replace")
@settable
def replace(
    refs: References,
    policy: Annotated[str, typer.Option(help="One of: " + ", ".join(POLICIES) + ".")] = "lru",
    frames: Frames = "3",
    *,
    changes: Changes,
) -> Run:
    """Replace pages under one policy, reference by reference."""
    references = read_items(refs, "reference")
    [name] = _policies(policy, changes)
    from oslab_paging.replacement.replace import run

    return run(defaults(name, _number(frames, "frames"), references, **changes))


@simulator(app, "compare")
@settable
def compare(
    refs: References,
    policies: Policies = "opt,fifo,lru,clock",
    frames: Frames = "3",
    *,
    changes: Changes,
) -> Run:
    """Compare policies on the same references; OPT is the bound."""
    from oslab_paging.replacement.compare import CompareConfig, run

    return run(
        CompareConfig(
            _policies(policies, changes),
            _number(frames, "frames"),
            tuple(read_items(refs, "reference")),
            changes,
        )
    )


@simulator(app, "curve")
@settable
def curve(
    refs: References,
    policies: Policies = "fifo,lru,opt",
    frames: Annotated[str, typer.Option("--frames", help="Numbers of frames: 1..8.")] = "1..8",
    *,
    changes: Changes,
) -> Run:
    """Count faults for each number of frames, and name Belady anomalies."""
    sizes = read_range(frames, "frames")
    from oslab_paging.replacement.curve import CurveConfig, run

    return run(
        CurveConfig(
            _policies(policies, changes),
            sizes[0],
            sizes[-1],
            tuple(read_items(refs, "reference")),
            changes,
        )
    )


@simulator(app, "stack-distance")
def stack_distance(refs: References, frames: Frames = "8") -> Run:
    """Find each reference's depth in the LRU stack: the hits for all sizes in one pass."""
    references = tuple(read_items(refs, "reference"))
    from oslab_paging.replacement.stackdistance import StackDistanceConfig, run

    return run(StackDistanceConfig(references, _number(frames, "frames")))


@simulator(app, "workingset")
def working_set(
    refs: Annotated[
        list[str],
        typer.Option("--refs", help="Page numbers in order; once for each process."),
    ],
    tau: Annotated[str, typer.Option(help="Width of the window, in references.")] = "5",
    memory: Annotated[
        str, typer.Option(help="Frames in memory, to tell whether the processes thrash.")
    ] = "",
) -> Run:
    """Follow the working set of one process or several."""
    from oslab_paging.replacement.workingset import WorkingSetConfig, run

    return run(
        WorkingSetConfig(
            tuple(tuple(read_items(text, "reference")) for text in refs),
            _number(tau, "tau"),
            _number(memory, "memory") if memory else None,
        )
    )


def _policies(text: str, changes: Changes) -> tuple[str, ...]:
    """The policies named, in small letters. Raises InputError for a rule that none of them obeys."""
    policies = tuple(name.lower() for name in read_items(text, "policy"))
    for name in policies:
        check_policy(name)
    for rule in changes:
        if not any(rule in OBEYS[name] for name in policies):
            obeying = ", ".join(name for name in POLICIES if rule in OBEYS[name])
            raise InputError(
                f"{_OPTIONS.get(rule, '--' + rule.replace('_', '-'))} changes nothing under "
                f"{', '.join(policies)}; it is obeyed by {obeying}"
            )
    return policies


_OPTIONS = {
    "r_on_load": "--r-on-load/--no-r-on-load",
    "hand_advances": "--hand-advances/--hand-stays",
    "counts_kept": "--counts-kept/--counts-forgotten",
}


def _number(text: str, name: str) -> int:
    try:
        return parse_int(text)
    except InputError:
        raise InputError(
            f"--{name.replace('_', '-')}: {shown(text)} is not a whole number"
        ) from None
