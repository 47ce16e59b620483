"""Text that users name: a file, or standard input, of bounded size, in UTF-8 or UTF-16."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from oslab.errors import InputError
from oslab.quantities import shown


def read_text(name: str | None, expected: str, most: int, hint: str = "") -> str:
    """The text of a file, or for None of standard input, of at most `most` bytes (whole MiB).

    `expected` says what should be in it, as "a script is expected", and ends the messages; `hint` does
    where the file cannot be opened. Raises InputError naming the file, and the line that is no text.
    """
    title = "standard input" if name is None else shown(name, 200)
    try:
        if name is None:
            stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
            if stream is None:
                raise InputError(f"there is no standard input to read; {expected}")
            data = stream.read(most + 1)
        else:
            with open(os.path.expanduser(name), "rb") as file:
                data = file.read(most + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read {title}: {reason}; {hint or expected}") from None
    if len(data) > most:
        raise InputError(f"{title} is larger than {most // 2**20} MiB; {expected}")
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{title}, line {line}: this is not UTF-8 text; {expected}") from None
