"""Scripts and listings from files and standard input."""

from __future__ import annotations

import os
import sys

from oslab import InputError
from oslab.quantities import shown

MOST_BYTES = 4 * 2**20


def read_text(name: str, what: str) -> str:
    """The text of a file, or of standard input for ``-``; `what` is expected in it, as "a script".

    Raises InputError naming the file.
    """
    title = "standard input" if name == "-" else shown(name, 200)
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open(os.path.expanduser(name), "rb") as file:
                data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read {title}: {reason}; {what} is expected") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{title} is larger than {MOST_BYTES // 2**20} MiB; {what} is expected")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{title}, line {line}: this is not UTF-8 text; {what} is expected"
        ) from None
