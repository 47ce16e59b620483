"""A script on the command line: a file, standard input, or what an option says."""

from __future__ import annotations

from oslab.errors import InputError
from oslab.textfile import read_text

MOST_BYTES = 4 * 2**20


def read_script(file: str, typed: str, expected: str, option: str) -> str:
    """The text of a file (``-``: standard input), or what was typed with the option: one of the two.

    `expected` is what it is, as "a script is expected"; `option` shows one, as "--ops 'fork P C'".
    Raises InputError where there is neither or both, or naming the file that cannot be read.
    """
    if bool(file) == bool(typed):
        both = "; both were given" if file else ""
        raise InputError(f"{expected}, either as a file or as {option}{both}")
    return typed or read_text(None if file == "-" else file, expected, MOST_BYTES)
