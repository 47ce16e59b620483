"""Keys of an interest set: an open file and a descriptor number.

The same number may stand for another file later, and one file may be watched under two numbers (after
dup): so neither alone is enough. Keys are compared by file first, then by number.
Source: Linux fs/eventpoll.c, ep_cmp_ffd.
"""

from __future__ import annotations

from typing import TypeAlias

from oslab import InputError

Key: TypeAlias = tuple[int, int]
"""(file, fd); the file is a number that stands for the address of the open file."""


def written(key: Key | int) -> str:
    """As in a script: ``7`` if file and number are the same, else ``5:7``."""
    file, fd = (key, key) if isinstance(key, int) else key
    return str(fd) if file == fd else f"{file}:{fd}"


def present(key: Key | int) -> InputError:
    return InputError(f"{written(key)} is there already (EEXIST)")


def absent(key: Key | int) -> InputError:
    return InputError(f"{written(key)} is not there (ENOENT)")
