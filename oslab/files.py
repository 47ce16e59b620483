"""Files replaced in one step: whoever looks, and whenever the power fails, there is the old file or the
new one, whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from oslab.errors import InputError


def replace_file(target: Path, data: bytes, private: bool = True) -> None:
    """Write beside the file, then put it in its place. `private`: for nobody else to read.

    Raises InputError when that cannot be done (a full disk, a folder that is not to be written); the old
    file is then as it was.
    """
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise InputError(f"cannot write {target}: {error.strerror or error}") from None
