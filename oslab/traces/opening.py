"""Open a trace: a file or standard input, decompressed, its first bytes looked at."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, BinaryIO, NamedTuple, cast

from oslab.errors import InputError
from oslab.quantities import shown

HEAD = 2**14
"""The bytes at the start of a trace by which its format is told."""

_COMPRESSED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "xz", b"BZh": "bzip2"}
_NOT_READ = {
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; decompress it first, with zstd -d",
    b"PK\x03\x04": "is a zip archive, as NumPy's .npz is; unpack it first",
    b"\x1f\x9d": "is compressed with compress; decompress it first, with gzip -d",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first",
}


class Opened(NamedTuple):
    """An open trace.

    name         what it is called in messages
    compression  gzip, xz or bzip2; empty for none
    head         its first bytes, decompressed
    stream       all its bytes from the first, decompressed; reading raises InputError where it fails
    """

    name: str
    compression: str
    head: bytes
    stream: BinaryIO


def opened(path: str) -> Opened:
    """The trace in a file, or for ``-`` on standard input.

    Raises InputError when it cannot be read or is empty.
    """
    name = "standard input" if path == "-" else shown(path, 200)[1:-1]
    file = _standard_input() if path == "-" else _file(path)
    stream = _Stream(file, name, (OSError,), "cannot be read")
    try:
        start = stream.look(6)
        for magic, reason in _NOT_READ.items():
            if start.startswith(magic):
                raise InputError(f"{name} {reason}")
        compression = next((c for magic, c in _COMPRESSED.items() if start.startswith(magic)), "")
        if compression:
            stream = _decompressed(stream, name, compression)
        head = stream.look(HEAD)
        if not head:
            raise InputError(f"{name} is empty; a memory trace is expected")
    except BaseException:
        stream.close()
        raise
    return Opened(name, compression, head, cast(BinaryIO, io.BufferedReader(stream)))


class _Stream(io.RawIOBase):
    """A stream whose first bytes can be looked at, and whose errors are messages.

    errors   what reading `file` raises when it fails; `complaint` is what is then said
    under    what `file` reads from, to be closed with it
    """

    def __init__(
        self,
        file: Any,
        name: str,
        errors: tuple[type[Exception], ...],
        complaint: str,
        under: io.IOBase | None = None,
    ) -> None:
        self._file = file
        self._name = name
        self._errors = errors
        self._complaint = complaint
        self._under = under
        self._ahead = b""

    def look(self, count: int) -> bytes:
        """The first bytes, which are read again afterwards: fewer only where there are no more."""
        while len(self._ahead) < count:
            # A pipe may hand over a few bytes at a time.
            more = self._read(count - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:count]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._ahead[: len(buffer)] or self._read(len(buffer))
        self._ahead = self._ahead[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _read(self, count: int) -> bytes:
        try:
            return self._file.read(count)  # type: ignore[no-any-return]
        except self._errors as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise InputError(f"{self._name} {self._complaint}: {reason}") from None

    def close(self) -> None:
        if not self.closed and self._file is not getattr(sys.stdin, "buffer", None):
            self._file.close()
            if self._under:
                self._under.close()
        super().close()


def _file(path: str) -> BinaryIO:
    try:
        return open(os.path.expanduser(path), "rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"cannot read {shown(path, 200)}: {reason}") from None


def _standard_input() -> BinaryIO:
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise InputError("there is no standard input to read a trace from")
    return buffer  # type: ignore[no-any-return]


def _decompressed(stream: _Stream, name: str, compression: str) -> _Stream:
    """What a compressed stream holds. The module for it is imported when it is needed."""
    source = io.BufferedReader(stream)
    file: Any
    errors: tuple[type[Exception], ...] = (OSError, EOFError)
    if compression == "gzip":
        import gzip
        import zlib

        file, errors = gzip.GzipFile(fileobj=source), (*errors, zlib.error)
    elif compression == "xz":
        import lzma

        file, errors = lzma.LZMAFile(source), (*errors, lzma.LZMAError)  # noqa: SIM115
    else:
        import bz2

        file = bz2.BZ2File(source)
    complaint = f"is damaged or cut off: its {compression} data cannot be read"
    return _Stream(file, name, errors, complaint, source)
