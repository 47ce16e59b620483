"""A script on the command line: from a file, from standard input, or as --ops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from oslab import InputError
from oslab.cli.options import natural
from oslab.cli.scripts import read_script
from oslab.quantities import shown
from oslab_nio.script import parse_script

T = TypeVar("T")

LATEST = 25


def operations(script: str, ops: str, parse: Callable[[str], T], example: str) -> tuple[T, ...]:
    """The operations of a file (- for standard input) or of --ops, at least one. Raises InputError."""
    text = read_script(script, ops, "a script is expected", f"--ops '{example}'")
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
