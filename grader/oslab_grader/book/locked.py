"""A file that one process at a time adds to; the lock goes with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Windows keeps others from reading what is locked: a place where nothing stands.
_NOWHERE = 2**30


@contextmanager
def locked(file: Path, mode: int = 0o600) -> Iterator[int]:
    """A descriptor of the file, made where there is none, to read and to add to; others wait meanwhile.

    Raises OSError.
    """
    handle = _opened(file, mode)
    try:
        yield handle
    finally:
        os.close(handle)  # the lock ends with it


def _opened(file: Path, mode: int) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    while True:
        handle = os.open(file, flags, mode)
        try:
            _lock(handle)
            # Whoever had it before may have put another file in its place.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), os.stat(file)):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        os.lseek(handle, _NOWHERE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX)
