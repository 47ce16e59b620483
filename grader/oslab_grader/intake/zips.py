"""Reading zip files that strangers made: names and bytes, nothing is ever written to disk.

The list of contents at the end of the file is read record by record; each record that is damaged,
encrypted, a link or named to escape costs itself only. Bytes are inflated up to a limit, whatever size a
record claims. Formats: PKWARE APPNOTE 6.3, sections 4.3 (records), 4.4.4 (flags), 4.5.3 (zip64).
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from oslab.homework.ids import is_device

# More is not a class's submissions but an attack or a disk.
MOST_ENTRIES = 100_000
MOST_DIRECTORY = 32 * 2**20
MOST_NAME = 1024
MOST_DEPTH = 32

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_RECORD = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_UNIX, _MACOS = 3, 19


class NotAZip(ValueError):
    """The bytes are no zip file that can be read; the message says why."""


class BadEntry(ValueError):
    """One entry cannot be read; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One file in a zip.

    parts   its path, outermost folder first; no part is empty, ``.`` or ``..``
    name    as the zip has it
    offset  where its local header stands; `packed` bytes of data follow that
    size    what it claims to unpack to
    crc     of its bytes, CRC-32
    fault   why it must not be read; "" when it may
    """

    parts: tuple[str, ...]
    name: str
    offset: int
    packed: int
    size: int
    method: int
    crc: int
    fault: str = ""


def entries(stream: BinaryIO) -> list[Entry]:
    """The files of a zip in the order of its list of contents; folders are left out.

    Raises NotAZip when there is no such list; where it breaks off, the last entry says so.
    """
    try:
        begin, size = _directory(stream)
        stream.seek(begin)
        listed = stream.read(size)
    except (OSError, OverflowError, struct.error) as error:
        raise NotAZip(f"it cannot be read: {error}") from None
    found: list[Entry] = []
    names: set[str] = set()
    for entry in _records(listed):
        if len(found) >= MOST_ENTRIES:
            raise NotAZip(f"it holds more than {MOST_ENTRIES} files")
        if entry.name in names and not entry.fault:
            entry = replace(entry, fault="the zip holds another file of this name")
        names.add(entry.name)
        found.append(entry)
    return _apart(found, begin)


def read(stream: BinaryIO, entry: Entry, most: int) -> bytes:
    """The first `most` bytes of an entry, or all. Raises BadEntry."""
    if entry.fault:
        raise BadEntry(entry.fault)
    try:
        stream.seek(entry.offset)
        head = _LOCAL.unpack(stream.read(_LOCAL.size))
        if head[0] != b"PK\x03\x04":
            raise BadEntry("there is no file where the zip's list says")
        stream.seek(head[9] + head[10], 1)
        if entry.method == _STORED:
            data, whole = stream.read(min(most, entry.packed)), entry.packed <= most
        else:
            data, whole = _inflated(stream, entry.packed, most)
    except (OSError, OverflowError, struct.error, zlib.error):
        raise BadEntry("its bytes are damaged") from None
    if (whole or entry.size <= most) and (len(data) != entry.size or zlib.crc32(data) != entry.crc):
        raise BadEntry("its bytes are damaged")
    return data


def _inflated(stream: BinaryIO, packed: int, most: int) -> tuple[bytes, bool]:
    """At most `most` bytes, and whether these are all."""
    inflate = zlib.decompressobj(-15)
    pieces: list[bytes] = []
    room = most
    while packed > 0 and room > 0 and not inflate.eof:
        piece = stream.read(min(packed, 2**16))
        if not piece:
            raise zlib.error("cut off")
        packed -= len(piece)
        while piece and room > 0 and not inflate.eof:
            out = inflate.decompress(piece, room)
            pieces.append(out)
            room -= len(out)
            piece = inflate.unconsumed_tail
    if room > 0 and not inflate.eof:
        raise zlib.error("cut off")
    # With no room left, one more byte tells whether that was the end.
    rest = room > 0 or inflate.eof or not inflate.decompress(inflate.unconsumed_tail, 1)
    return b"".join(pieces), rest


def _directory(stream: BinaryIO) -> tuple[int, int]:
    """Where the list of contents begins, and its size."""
    size = stream.seek(0, 2)
    tail_at = max(0, size - _END.size - 2**16)
    stream.seek(tail_at)
    tail = stream.read(_END.size + 2**16)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        stream.seek(0)
        if stream.read(2) == b"PK":
            raise NotAZip("its end is missing: was the download cut off?")
        raise NotAZip("it is no zip file")
    _, disk, first_disk, _, _, listed, _, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if end >= _LOCATOR.size:
        stream.seek(end - _LOCATOR.size)
        mark, _, _, _ = _LOCATOR.unpack(stream.read(_LOCATOR.size))
        if mark == b"PK\x06\x07":
            end -= _LOCATOR.size + _END64.size
            stream.seek(max(0, end))
            big = _END64.unpack(stream.read(_END64.size))
            if big[0] != b"PK\x06\x06":
                raise NotAZip("its end is damaged")
            disk, first_disk, listed = big[4], big[5], big[8]
    if disk != first_disk or disk not in (0, 0xFFFF):
        raise NotAZip("it is one part of several")
    if listed > MOST_DIRECTORY:
        raise NotAZip(f"its list of contents is larger than {MOST_DIRECTORY // 2**20} MiB")
    if listed > end:
        raise NotAZip("its list of contents is missing: was the download cut off?")
    return end - listed, listed


def _records(listed: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(listed):
        if len(listed) - at < _RECORD.size or listed[at : at + 4] != b"PK\x01\x02":
            yield Entry((), "", 0, 0, 0, 0, 0, "the zip's list of contents is damaged from here on")
            return
        record = _RECORD.unpack_from(listed, at)
        name_size, extra_size, comment_size = record[10:13]
        name_at = at + _RECORD.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        entry = _entry(record, listed[name_at:extra_at], listed[extra_at : extra_at + extra_size])
        if not entry.name.endswith("/"):
            yield entry


def _entry(record: Sequence[int], raw: bytes, extra: bytes) -> Entry:
    made_by, flags, method = record[1] >> 8, record[3], record[4]
    crc, packed, size = record[7], record[8], record[9]
    mode, offset = record[15] >> 16, record[16]
    name = _decoded(raw, flags)
    parts, fault = _parts(name)
    big = _zip64(extra, [size, packed, offset])
    if big is None:
        fault = fault or "its sizes are damaged"
    else:
        size, packed, offset = big
    if flags & _ENCRYPTED:
        fault = fault or "it is encrypted"
    elif method not in (_STORED, _DEFLATED):
        fault = fault or "it is packed in a way other than deflate"
    if made_by in (_UNIX, _MACOS) and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        fault = fault or "it is a link or a device, no file"
    return Entry(parts, name, offset, packed, size, method, crc, fault)


def _zip64(extra: bytes, small: list[int]) -> list[int] | None:
    """Size, packed size and offset, where the record has no room for them; None when they are damaged."""
    if 0xFFFFFFFF not in small:
        return small
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = [struct.unpack_from("<Q", field, i)[0] for i in range(0, len(field) - 7, 8)]
            try:
                return [wide.pop(0) if value == 0xFFFFFFFF else value for value in small]
            except IndexError:
                return None
        at += 4 + length
    return None


def _decoded(raw: bytes, flags: int) -> str:
    """The name; without the mark of UTF-8 it may be that all the same, or what Chinese Windows writes."""
    for encoding in ("utf-8", "gb18030") if not flags & _UTF8 else ("utf-8",):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    return raw.decode("utf-8", "replace") if flags & _UTF8 else raw.decode("cp437")


def _parts(name: str) -> tuple[tuple[str, ...], str]:
    """The path as its parts, and why such a name is refused."""
    if not name or len(name) > MOST_NAME:
        return (), "its name is missing or too long"
    if "\0" in name:
        return (), "its name holds a NUL"
    # Some packers for Windows write its separator.
    parts = tuple(name.replace("\\", "/").split("/"))
    if parts[-1] == "":
        parts = parts[:-1]
    if not parts or parts[0] == "" or parts[0][1:2] == ":":
        return (), "its name is an absolute path"
    if ".." in parts:
        return (), "its name leads out of the zip"
    parts = tuple(part for part in parts if part not in ("", "."))
    if not parts or len(parts) > MOST_DEPTH:
        return (), "its path is empty or too deep"
    if any(map(is_device, parts)):
        return parts, "its name is that of a Windows device"
    return parts, ""


def _apart(found: list[Entry], end: int) -> list[Entry]:
    """The entries, those refused that reach into another, by which small zips unpack to much, or beyond
    the `end` of all."""
    kept = list(found)
    sound = [i for i, entry in enumerate(found) if not entry.fault]
    sound.sort(key=lambda i: (found[i].offset, -i))
    before = end
    for i in reversed(sound):
        entry = found[i]
        reach = entry.offset + _LOCAL.size + entry.packed
        if reach > end:
            kept[i] = replace(entry, fault="its sizes are damaged")
            continue
        if reach > before:
            kept[i] = replace(entry, fault="it shares its bytes with another file of the zip")
        before = min(before, entry.offset)
    return kept
