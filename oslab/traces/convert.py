"""Write accesses in another format."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.quantities import shown
from oslab.traces.access import Access
from oslab.traces.formats import formats


def convert(accesses: Iterable[Access], out: str, to: str, force: bool = False) -> list[str]:
    """Write the accesses to a file, or for ``-`` to standard output; what the format could not say.

    A file appears only when all is written. Raises InputError.
    """
    known = formats()
    if to not in known:
        raise InputError(
            f"--to: there is no trace format {shown(to)}{did_you_mean(to, list(known))}; "
            f"there are {', '.join(known)}"
        )
    writer: Any = known[to].reader()
    if not hasattr(writer, "write"):
        raise InputError(f"--to {to}: this format can be read only")
    lost: Counter[str] = Counter()
    loses = getattr(writer, "LOSES", ())
    with _output(out, force) as file:
        writer.write(_counted(accesses, lost) if loses else accesses, file)
    notes = []
    if "modify" in loses and lost["modify"]:
        notes.append(f"{to} has no modify: {lost['modify']} became a load and a store each")
    if "words" in loses and lost["words"]:
        notes.append(
            f"{to} has no sizes: {lost['words']} accesses that are no aligned 4 bytes will be read as such"
        )
    return notes


def _counted(accesses: Iterable[Access], lost: Counter[str]) -> Iterator[Access]:
    for access in accesses:
        lost["modify"] += access.kind == "modify"
        lost["words"] += access.size != 4 or access.address % 4 != 0
        yield access


@contextmanager
def _output(out: str, force: bool) -> Iterator[BinaryIO]:
    """Where to write: compressed by the ending of the name, put into place at the end."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.expanduser(out))
    if path.exists() and not force:
        raise InputError(f"{shown(out, 200)} exists already; --force overwrites it")
    # Something like /dev/null must not be replaced by a file.
    ordinary = path.is_file() or not path.exists()
    part = path.with_name(path.name + ".part") if ordinary else path
    try:
        with _opened(part, path.suffix) as file:
            yield file
        if ordinary:
            os.replace(part, path)
    except OSError as error:
        raise InputError(f"cannot write {shown(out, 200)}: {error.strerror or error}") from None
    finally:
        if ordinary:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _opened(path: Path, suffix: str) -> BinaryIO:
    file: Any
    if suffix == ".gz":
        import gzip

        file = gzip.open(path, "wb")  # noqa: SIM115
    elif suffix == ".xz":
        import lzma

        file = lzma.open(path, "wb")  # noqa: SIM115
    elif suffix == ".bz2":
        import bz2

        file = bz2.open(path, "wb")  # noqa: SIM115
    else:
        file = open(path, "wb")  # noqa: SIM115
    return file  # type: ignore[no-any-return]
