"""A script on the command line: from a file, from standard input, or as --ops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from oslab import InputError
from oslab.cli.options import natural
from oslab.quantities import shown
from oslab.textfile import read_text
from oslab_nio.script import parse_script

T = TypeVar("T")

MOST_BYTES = 4 * 2**20
MOST_UNASKED = 1000
MOST_STEPS = 10_000
LATEST = 25


def operations(script: str, ops: str, parse: Callable[[str], T], example: str) -> tuple[T, ...]:
    """The operations of a file (- for standard input) or of --ops, at least one. Raises InputError."""
    if bool(script) == bool(ops):
        raise InputError(
            f"a script is expected, either as a file or as --ops '{example}'"
            + ("; both were given" if script else "")
        )
    text = ops
    if script:
        text = read_text(None if script == "-" else script, "a script is expected", MOST_BYTES)
    with naming(script):
        found = parse_script(text, parse)
    if not found:
        raise InputError(f"the script is empty; --ops '{example}' would be one")
    return found


@contextmanager
def naming(script: str) -> Iterator[None]:
    """An InputError within names the file of the script."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{script}: {error}" if script else str(error)) from None


def version(text: str) -> int:
    """The version of Java. Raises InputError."""
    found = natural("--jdk", text, 8)
    if found > LATEST:
        raise InputError(f"--jdk {shown(text)}: the versions known are 8 to {LATEST}")
    return found


def with_steps(many: int, steps: bool | None) -> bool:
    """Whether to show so many steps. Raises InputError when more are asked for than can be shown."""
    if steps and many > MOST_STEPS:
        raise InputError(
            f"there would be {many} steps, and at most {MOST_STEPS} can be shown: leave --steps out"
        )
    return steps is not False and (bool(steps) or many <= MOST_UNASKED)
