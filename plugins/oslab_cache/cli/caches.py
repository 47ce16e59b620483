"""How caches and accesses are typed on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from oslab import Access, InputError
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_int, parse_size, shown
from oslab.traces.access import MOST_STEPS, at_most
from oslab_cache.cache import POLICIES, WRITES, CacheShape, Write, check
from oslab_cache.replacement import PolicyName

References = Annotated[
    str,
    typer.Option(
        "--refs",
        metavar="LIST",
        help="Addresses in order: 0x10 is a load, 0x10w a store, 0x10m both, 0x10w/8 of 8 bytes; "
        "a list, @FILE or - (stdin).",
        show_default=False,
    ),
]
Fetches = Annotated[
    bool,
    typer.Option(
        "--fetches/--no-fetches", help="Count instruction fetches as loads, or skip them."
    ),
]
Size = Annotated[str, typer.Option("--size", help="Bytes of data in the cache.")]
Line = Annotated[str, typer.Option("--line", help="Bytes of a line.")]
Ways = Annotated[str, typer.Option("--ways", help="Lines of a set; full: fully associative.")]
Policy = Annotated[
    str, typer.Option("--policy", help="Who leaves a full set: " + ", ".join(POLICIES) + ".")
]
WriteOption = Annotated[
    str, typer.Option("--write", metavar="back|through", help="What a store does to memory.")
]
Allocate = Annotated[
    str,
    typer.Option(
        "--allocate",
        metavar="yes|no",
        help="A store that misses brings its line in. [default: yes for back, no for through]",
        show_default=False,
    ),
]
Seed = Annotated[
    str,
    typer.Option("--seed", help="Seed of the numbers drawn (random).", show_default=False),
]


def check_one_source(refs: str, trace: str) -> None:
    """Raises InputError unless the accesses come from exactly one place."""
    if bool(refs) == bool(trace):
        raise InputError(
            "accesses are expected from one place: --refs with a list, or --trace with a file"
        )


def at_most_steps(accesses: Iterator[Access]) -> list[Access]:
    """The accesses of a trace of which steps are to be shown. Raises InputError when it is too long."""
    return at_most(
        accesses,
        MOST_STEPS,
        f"the trace has more than {MOST_STEPS} accesses, too many to show as steps; "
        "without --steps the figures are given",
    )


def read_shape(
    size: str, line: str, ways: str, policy: str, write: str, allocate: str, seed: str
) -> CacheShape:
    """The cache that the options of these names describe. Raises InputError."""
    bytes_, line_ = given("--size", parse_size, size), given("--line", parse_size, line)
    policy_: PolicyName = one_of(policy.lower(), POLICIES, "--policy")
    write_: Write = one_of(write.lower(), WRITES, "--write")
    usual = "yes" if write_ == "back" else "no"
    allocates = one_of(allocate.lower() or usual, ("yes", "no"), "--allocate") == "yes"
    shape = CacheShape(
        bytes_, line_, _ways(ways, bytes_, line_, "--ways"), policy_, write_, allocates,
        given("--seed", parse_int, seed or "0"),
    )  # fmt: skip
    check(shape)
    return shape


def read_spec(text: str, option: str, line: int = 0, seed: int = 0) -> CacheShape:
    """A cache from its few words: ``SIZE/LINE/WAYS``, then in any order a policy, back or through,
    allocate or no-allocate. LINE is left out where `line` says it. Raises InputError."""
    words = text.strip().lower().split("/")
    numbers = 2 if line else 3
    form = "SIZE/WAYS, such as 16K/4," if line else "SIZE/LINE/WAYS, such as 1K/64/2,"
    if len(words) < numbers or not all(words):
        raise InputError(f"{option} {shown(text)}: {form} is expected")
    size = given(option, parse_size, words[0])
    line = line or given(option, parse_size, words[1])
    policy: PolicyName = "lru"
    write: Write = "back"
    allocate: bool | None = None
    for word in words[numbers:]:
        if word in POLICIES:
            policy = one_of(word, POLICIES, option)
        elif word in WRITES:
            write = one_of(word, WRITES, option)
        elif word in ("allocate", "no-allocate"):
            allocate = word == "allocate"
        else:
            raise InputError(
                f"{option} {shown(text)}: {shown(word)} is no policy ({', '.join(POLICIES)}), nor "
                "back, through, allocate or no-allocate"
            )
    shape = CacheShape(
        size, line, _ways(words[numbers - 1], size, line, option), policy, write,
        write == "back" if allocate is None else allocate, seed,
    )  # fmt: skip
    check(shape, option)
    return shape


def _ways(text: str, size: int, line: int, option: str) -> int:
    if text.lower() == "full":
        return max(1, size // max(1, line))
    return natural(option, text, 1)
