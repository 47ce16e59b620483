"""The files below the paths of the command line: in folders and in zips, one at a time.

A path is a file, a folder or a zip. What lies in it is known by its parts, outermost first, without the
folders that hold everything. Links are not followed, nothing is unpacked to disk, and what cannot be read
costs itself only.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab.exercise.reading import read_bytes
from oslab_grader.intake import zips

MOST_FILES = 100_000
# Of one student's zip; of a file that is none, only as much as a sheet may have is ever read.
MOST_NESTED = 16 * 2**20
MOST_NESTED_FILES = 1000
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin"})


@dataclass(frozen=True)
class Found:
    """A file, not read yet.

    parts  its path inside the source, outermost folder first
    read   the first so many bytes of it; raises zips.BadEntry
    fault  why it must not be read
    """

    parts: tuple[str, ...]
    read: Callable[[int], bytes]
    fault: str = ""

    @property
    def name(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True)
class Source:
    """One path of the command line. `parts` of its files do not repeat its own `name`."""

    name: str
    files: Sequence[Found]
    is_file: bool = False


def sources(paths: Sequence[Path]) -> list[Source]:
    """What there is to take in, in the order of the names, each path once.

    Raises InputError naming every path that is not there or cannot be opened.
    """
    found: dict[Path, Source] = {}
    faults: list[str] = []
    for path in paths:
        try:
            real = path.expanduser().resolve()
            if real not in found:
                found[real] = _source(path, real)
        except InputError as error:
            faults.append(str(error))
        except (OSError, RuntimeError, ValueError) as error:
            faults.append(f"{one_line(str(path))}: {getattr(error, 'strerror', None) or error}")
    if faults:
        raise InputError("\n".join(dict.fromkeys(faults)))
    return [found[real] for real in sorted(found)]


def _source(path: Path, real: Path) -> Source:
    if real.is_dir():
        files = _in_folder(real)
        return Source(real.name, files)
    if not os.path.lexists(real):
        raise InputError(f"there is no file or folder {one_line(str(path))}")
    if is_zip(read_bytes(real, 4)):
        try:
            with real.open("rb") as stream:
                entries = zips.entries(stream)
        except zips.NotAZip as error:
            raise InputError(f"{one_line(str(path))}: {error}") from None
        if not any("[Content_Types].xml" in entry.parts for entry in entries):
            return Source(real.name, _in_zip(real, entries))
    return Source(real.name, [Found((real.name,), _reader(real))], is_file=True)


def nested(data: bytes) -> Sequence[Found] | None:
    """The files of a student's zip, given its bytes; None when it is no zip, or an office document."""
    if not is_zip(data) or len(data) > MOST_NESTED:
        return None
    try:
        entries = zips.entries(io.BytesIO(data))
    except zips.NotAZip:
        return None
    names = {entry.name for entry in entries}
    if len(entries) > MOST_NESTED_FILES or names & {"[Content_Types].xml", "mimetype"}:
        return None

    def reader(entry: zips.Entry) -> Callable[[int], bytes]:
        return lambda most: zips.read(io.BytesIO(data), entry, most)

    return _sorted(
        Found(e.parts or ("?",), reader(e), e.fault) for e in entries if not is_junk(e.parts)
    )


def is_zip(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_junk(parts: Sequence[str]) -> bool:
    """Whether it is what systems leave behind, or hidden: nobody handed that in."""
    return any(
        part.startswith((".", "~$")) or part.casefold() in _JUNK for part in parts if part != "."
    )


def _in_zip(path: Path, entries: Sequence[zips.Entry]) -> Sequence[Found]:
    def reader(entry: zips.Entry) -> Callable[[int], bytes]:
        def read(most: int) -> bytes:
            try:
                with path.open("rb") as stream:
                    return zips.read(stream, entry, most)
            except OSError as error:
                raise zips.BadEntry(str(error.strerror)) from None

        return read

    return _sorted(
        Found(entry.parts or (one_line(entry.name)[:80] or "?",), reader(entry), entry.fault)
        for entry in entries
        if not is_junk(entry.parts)
    )


def _in_folder(folder: Path) -> Sequence[Found]:
    found: list[Found] = []
    for file, fault in _walk(folder, 0):
        if file == folder:
            raise InputError(f"{one_line(str(folder))}: {fault}")
        parts = file.relative_to(folder).parts
        if not is_junk(parts):
            found.append(Found(parts, _reader(file), fault))
        if len(found) > MOST_FILES:
            raise InputError(
                f"{one_line(str(folder))} holds more than {MOST_FILES} files; name the folder of "
                "submissions"
            )
    return _sorted(found)


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, str]]:
    try:
        with os.scandir(folder) as listing:
            inside = list(listing)
    except OSError as error:
        yield folder, error.strerror or "it cannot be opened"
        return
    for entry in inside:
        if is_junk((entry.name,)):
            continue
        path = folder / entry.name
        if entry.is_symlink():
            yield path, "it is a link; links are not followed"
        elif entry.is_dir(follow_symlinks=False):
            if depth >= zips.MOST_DEPTH:
                yield path, "its path is too deep"
            else:
                yield from _walk(path, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield path, ""
        else:
            yield path, "it is no file"


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            return read_bytes(path, most)
        except InputError as error:
            raise zips.BadEntry(one_line(str(error))) from None
        except OSError as error:
            raise zips.BadEntry(error.strerror or "it cannot be read") from None

    return read


def _sorted(found: Iterator[Found] | Sequence[Found]) -> Sequence[Found]:
    return sorted(found, key=lambda file: (file.parts, file.fault))


def below_common(files: Sequence[Found]) -> tuple[str, Sequence[Found]] | None:
    """The one folder that holds all files, and the files below it; None where there is none such."""
    sound = [file for file in files if not file.fault]
    tops = {file.parts[0] for file in sound}
    if len(tops) != 1 or any(len(file.parts) < 2 for file in sound):
        return None
    (top,) = tops
    return top, [
        replace(file, parts=file.parts[1:])
        if len(file.parts) > 1 and file.parts[0] == top
        else file
        for file in files
    ]
