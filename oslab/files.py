"""Files replaced in one step: whoever looks, and whenever the power fails, there is the old file or the
new one, whole."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from oslab.errors import InputError


def remove_abandoned(target: Path) -> None:
    """Remove what a `replace_file` of this file has left behind that was killed; one that is still at
    work, in another process, then fails and says so."""
    for file in target.parent.glob(f".{glob.escape(target.name)}-????????"):
        with suppress(OSError):
            file.unlink()


def replace_file(
    target: Path, data: bytes | Iterable[bytes], private: bool = True, durable: bool = True
) -> None:
    """Write beside the file, then put it in its place. `private`: for nobody else to read.

    `data` may come in pieces, made while they are written; what is raised in making them leaves the old
    file as it was.

    `durable`: it is on the disk before this returns; without, it may be empty after the power failed.

    Raises InputError when that cannot be done (a full disk, a folder that is not to be written); the old
    file is then as it was.
    """
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        with os.fdopen(handle, "wb") as stream:
            stream.writelines([data] if isinstance(data, bytes) else data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException as error:
        if name:
            Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"cannot write {target}: {error.strerror or error}") from None
        raise
