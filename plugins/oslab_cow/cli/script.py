"""Scripts and listings from files and standard input."""

from __future__ import annotations

from oslab.textfile import read_text

MOST_BYTES = 4 * 2**20


def text_of(name: str, what: str) -> str:
    """The text of a file, or of standard input for ``-``; `what` is expected in it, as "a script".

    Raises InputError naming the file.
    """
    return read_text(None if name == "-" else name, f"{what} is expected", MOST_BYTES)
