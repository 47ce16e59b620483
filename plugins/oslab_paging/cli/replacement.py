"""Commands of page replacement: replace, compare, curve, stack-distance, workingset.

Each imports its simulator when it is used: the others' would double the time to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeAlias

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items, read_range
from oslab.cli.options import given
from oslab.cli.traces import Trace, TraceFormat, read_trace
from oslab.quantities import parse_int, parse_size, shown
from oslab_paging.replacement.conventions import (
    OBEYS,
    POLICIES,
    check_policy,
    conventions_of,
    defaults,
)
from oslab_paging.replacement.pagetrace import PageTrace, kept, on_trace, references_of, uses_of

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
PageSize = Annotated[
    str, typer.Option("--page-size", help="Bytes of a page of the trace, 4K if not given.")
]
Fetches = Annotated[
    bool | None,
    typer.Option(
        "--fetches/--no-fetches",
        help="Instruction fetches of the trace count; they do if not told.",
    ),
]


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


def page_trace(
    trace: Trace = "",
    trace_format: TraceFormat = "",
    page_size: PageSize = "",
    fetches: Fetches = None,
) -> PageTrace | None:
    """The trace that was named on the command line, if one was."""
    if trace:
        size = given("--page-size", parse_size, page_size or "4K")
        if size < 1:
            raise InputError("--page-size is 0: a page holds at least 1 byte")
        return PageTrace(trace, trace_format, size, fetches is not False)
    for option, value in (
        ("--trace-format", trace_format or None),
        ("--page-size", page_size or None),
        ("--fetches/--no-fetches", fetches),
    ):
        if value is not None:
            raise InputError(f"{option} goes with --trace; page numbers are taken as they are")
    return None


def taking(options: Callable[..., Any], name: str) -> Callable[[Callable[..., Run]], Any]:
    """Let a command take every option of a function; it gets what that makes of them as `name`."""
    added = signature(options, eval_str=True).parameters

    def decorate(command: Callable[..., Run]) -> Callable[..., Run]:
        own = signature(command, eval_str=True)

        @wraps(command)
        def whole(**values: Any) -> Run:
            settled = {option: values.pop(option) for option in added}
            return command(**values, **{name: options(**settled)})

        kept_own = [p for p in own.parameters.values() if p.name != name]
        new = [p.replace(kind=Parameter.KEYWORD_ONLY) for p in added.values()]
        whole.__signature__ = own.replace(parameters=[*kept_own, *new])  # type: ignore[attr-defined]
        return whole

    return decorate


settable = taking(rules, "changes")
traceable = taking(page_trace, "trace")


@simulator(app, "replace")
@settable
@traceable
def replace(
    refs: References = "",
    policy: Annotated[str, typer.Option(help="One of: " + ", ".join(POLICIES) + ".")] = "lru",
    frames: Frames = "3",
    steps: bool | None = None,
    *,
    changes: Changes,
    trace: PageTrace | None,
) -> Run:
    """Replace pages under one policy, reference by reference; of a trace, the figures."""
    from oslab_paging.replacement.replace import count_uses, run

    references = _references(refs, trace, steps)
    [name] = _policies(policy, changes)
    config = defaults(name, _number(frames, "frames"), references, **changes)
    if not trace:
        return run(config)
    if references:
        return on_trace(run(config), trace)
    metrics = count_uses(config, _uses(trace))
    rules = conventions_of([config], writes=True)
    return on_trace(
        Run(command="paging.replace", config=config, conventions=rules, metrics=metrics), trace
    )


@simulator(app, "compare")
@settable
@traceable
def compare(
    refs: References = "",
    policies: Policies = "opt,fifo,lru,clock",
    frames: Frames = "3",
    *,
    changes: Changes,
    trace: PageTrace | None,
) -> Run:
    """Compare policies on the same references; OPT is the bound."""
    from oslab_paging.replacement.compare import CompareConfig, run, run_pages

    references = _references(refs, trace)
    config = CompareConfig(
        _policies(policies, changes), _number(frames, "frames"), references, changes
    )
    return on_trace(run_pages(config, *kept(_uses(trace))), trace) if trace else run(config)


@simulator(app, "curve")
@settable
@traceable
def curve(
    refs: References = "",
    policies: Policies = "fifo,lru,opt",
    frames: Annotated[str, typer.Option("--frames", help="Numbers of frames: 1..8.")] = "1..8",
    *,
    changes: Changes,
    trace: PageTrace | None,
) -> Run:
    """Count faults for each number of frames, and name Belady anomalies."""
    from oslab_paging.replacement.curve import CurveConfig, run, run_pages

    references = _references(refs, trace)
    sizes = read_range(frames, "frames")
    config = CurveConfig(_policies(policies, changes), sizes[0], sizes[-1], references, changes)
    return on_trace(run_pages(config, *kept(_uses(trace))), trace) if trace else run(config)


@simulator(app, "stack-distance")
@traceable
def stack_distance(
    refs: References = "",
    frames: Frames = "8",
    steps: bool | None = None,
    *,
    trace: PageTrace | None,
) -> Run:
    """Find each reference's depth in the LRU stack: the hits for all sizes in one pass."""
    from oslab_paging.replacement.stackdistance import StackDistanceConfig, count_pages, run

    references = _references(refs, trace, steps)
    config = StackDistanceConfig(references, _number(frames, "frames"))
    if not trace:
        return run(config)
    if references:
        return on_trace(run(config), trace)
    metrics = count_pages((page for page, _ in _uses(trace)), config.frames)
    return on_trace(
        Run(
            command="paging.stack-distance",
            config=config,
            conventions={"depth_from": 1},
            metrics=metrics,
        ),
        trace,
    )


@simulator(app, "workingset")
@traceable
def working_set(
    refs: Annotated[
        list[str] | None,
        typer.Option("--refs", help="Page numbers in order; once for each process."),
    ] = None,
    tau: Annotated[str, typer.Option(help="Width of the window, in references.")] = "5",
    memory: Annotated[
        str, typer.Option(help="Frames in memory, to tell whether the processes thrash.")
    ] = "",
    steps: bool | None = None,
    *,
    trace: PageTrace | None,
) -> Run:
    """Follow the working set of one process or several."""
    from oslab_paging.replacement.workingset import WorkingSetConfig, count_pages, run

    strings = tuple(_references(text, trace, steps) for text in refs or [""])
    config = WorkingSetConfig(
        strings, _number(tau, "tau"), _number(memory, "memory") if memory else None
    )
    if not trace:
        return run(config)
    if strings[0]:
        return on_trace(run(config), trace)
    metrics = count_pages((page for page, _ in _uses(trace)), config.tau, config.memory)
    return on_trace(
        Run(
            command="paging.workingset",
            config=config,
            conventions={"window": config.tau},
            metrics=metrics,
        ),
        trace,
    )


def _references(refs: str, trace: PageTrace | None, steps: bool | None = None) -> tuple[str, ...]:
    """The references typed, or for steps those of the trace; none where a trace is only counted.

    Raises InputError unless there is the one or the other.
    """
    if bool(refs) == bool(trace):
        raise InputError(
            "--refs and --trace both say what is referred to; give one of them" if refs
            else "what is referred to? --refs 7,0,1,2 lists pages, --trace FILE names a memory trace"
        )  # fmt: skip
    if trace:
        return references_of(_uses(trace)) if steps else ()
    return tuple(read_items(refs, "reference"))


def _uses(trace: PageTrace) -> Iterator[tuple[int, bool]]:
    return uses_of(read_trace(trace.trace, trace.trace_format), trace)


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
