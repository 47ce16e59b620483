"""Zips that no honest packer makes, each with one sound sheet of s1042 where there is room for it.

Written record by record, so that every field can lie. The first value says whose sheets survive: None
where the file as a whole is refused.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SHEET = b"""\
# FIFO by hand
[sheet]        # leave this part as it is
format = 1
assignment = "os101-2026/hw1"
student = "s1042"
q1 = "paging/replace-fifo 7QK4-M2XD paging.replace/1"
[q1]
faults = "9"
"""
LIMIT = 256 * 1024
LINK, PIPE, DEVICE, FOLDER = 0o120777, 0o010644, 0o020644, 0o040755


@dataclass(frozen=True)
class File:
    """One file of a zip; what is None is said truthfully."""

    name: bytes
    data: bytes = SHEET
    flags: int = 0
    method: int = 8
    mode: int = 0
    crc: int | None = None
    size: int | None = None
    packed: int | None = None
    offset: int | None = None
    extra: bytes = b""
    local_name: bytes | None = None


def packed(
    files: Sequence[File],
    before: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    listed: int | None = None,
    cut_list: int = 0,
) -> bytes:
    body, listing = bytearray(before), bytearray()
    for file in files:
        data = file.data
        if file.method == 8:
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            data = squeeze.compress(data) + squeeze.flush()
        crc = zlib.crc32(file.data) if file.crc is None else file.crc
        size = len(file.data) if file.size is None else file.size
        long = len(data) if file.packed is None else file.packed
        offset = len(body) if file.offset is None else file.offset
        name = file.name if file.local_name is None else file.local_name
        both = struct.pack("<4H3L", file.flags, file.method, 0, 0x21, crc, long, size)
        body += b"PK\3\4" + struct.pack("<H", 20) + both + struct.pack("<2H", len(name), 0) + name
        body += data
        listing += b"PK\1\2" + struct.pack("<2H", 3 << 8 | 20, 20) + both
        listing += struct.pack(
            "<5H2L", len(file.name), len(file.extra), 0, 0, 0, file.mode << 16, offset
        )
        listing += file.name + file.extra
    start, number = len(body), len(files) if count is None else count
    if cut_list:
        listing = listing[:-cut_list]
    size = len(listing) if listed is None else listed
    end = struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, number, number, size, start, len(comment))
    return bytes(body + listing + end + comment)


def zip_of(files: dict[str, bytes]) -> bytes:
    """An honest zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


GOOD = File(b"s1042.toml")


def beside(*files: File) -> Callable[[], bytes]:
    """The sound sheet between two bad entries, or before one."""
    return lambda: packed([*files[:1], GOOD, *files[1:]])


def _big64() -> bytes:
    """The sound sheet in a zip64: sizes, offset and the list itself are in the wide fields."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = squeeze.compress(SHEET) + squeeze.flush()
    wide = struct.pack("<2H3Q", 1, 24, len(SHEET), len(data), 0)
    file = File(b"s1042.toml", size=0xFFFFFFFF, packed=0xFFFFFFFF, offset=0xFFFFFFFF, extra=wide)
    plain = packed([file])
    body, end = plain[:-22], plain[-22:]
    size, start = struct.unpack("<2L", end[12:20])
    big = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body), 1)
    full = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return body + big + locator + full


def _bomb_of_bombs() -> bytes:
    inner = zip_of({f"{i}.toml": b"\0" * 2**20 for i in range(50)})
    for _ in range(3):
        inner = zip_of({f"{i}.zip": inner for i in range(16)})
    return zip_of({"s1042/hw1.toml": SHEET, "s1024.zip": inner})


def _streamed() -> bytes:
    """As a program writes that cannot seek: sizes after the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s1042.toml", SHEET)
    return bytes(pipe.written)


def _changed_inside() -> bytes:
    stored = packed([File(b"s1024.toml", b"\xff" * 99, method=0), GOOD])
    return stored.replace(b"\xff" * 99, b"\xfe" * 99)


OWN, NOBODY = {"s1042"}, set[str]()
ZIPS: dict[str, tuple[set[str] | None, Callable[[], bytes]]] = {
    "sound": (OWN, beside()),
    "slip": (OWN, beside(File(b"../../s1024.toml"), File(b"s1024/../../s1024.toml"))),
    "slip in a folder": (OWN, beside(File(b"s1042/../../../etc/cron.d/x"))),
    "absolute": (OWN, beside(File(b"/etc/s1024.toml"), File(b"//server/share/s1024.toml"))),
    "drive letter": (OWN, beside(File(b"C:/s1024.toml"), File(b"C:s1024.toml"))),
    "backslashes that slip": (OWN, beside(File(b"..\\..\\s1024.toml"), File(b"\\s1024.toml"))),
    "backslashes for slashes": (OWN, lambda: packed([File(b"s1042\\hw1.toml")])),
    "links": (OWN, beside(File(b"s1024.toml", b"/etc/passwd", mode=LINK), File(b"s1024/", b"..", mode=LINK))),
    "pipes and devices": (OWN, beside(File(b"s1024.toml", mode=PIPE), File(b"s1024_2.toml", mode=DEVICE))),
    "Windows devices": (OWN, beside(File(b"CON"), File(b"s1024/aux.toml"), File(b"s1024/LPT1.tar.gz"))),
    "one name twice": (OWN, lambda: packed([GOOD, File(b"s1042.toml", b"[sheet]\nformat = 1\n")])),
    "encrypted": (OWN, beside(File(b"s1024.toml", flags=1))),
    "unknown packing": (OWN, beside(File(b"s1024.toml", method=99), File(b"s1024_2.toml", method=12))),
    "wrong checksum": (OWN, beside(File(b"s1024.toml", crc=1))),
    "garbage for data": (OWN, _changed_inside),
    "claims to be small": (OWN, beside(File(b"s1024.toml", b"a" * 2**20, size=10))),
    "claims to be large": (OWN, beside(File(b"s1024.toml", size=2**31))),
    "claims more bytes than there are": (OWN, beside(File(b"s1024.toml", packed=2**31))),
    "stands beyond the end": (OWN, beside(File(b"s1024.toml", offset=2**31))),
    "all in one place": (OWN, lambda: packed([GOOD, *(File(f"s1024_{i}.toml".encode(), offset=0) for i in range(99))])),
    "other name inside": (OWN, lambda: packed([File(b"s1042.toml", local_name=b"s1024.toml")])),
    "bomb": ({"s1042", "s1024"}, beside(File(b"s1024.toml", b"\0" * 2**26))),
    "bomb of bombs": ({"s1042", "s1024"}, _bomb_of_bombs),
    "long name": (OWN, beside(File(b"s1024" + b"x" * 60_000 + b".toml"))),
    "empty name": (OWN, beside(File(b""), File(b"."), File(b"./"))),
    "deep": (OWN, beside(File(b"s1024/" + b"a/" * 20_000 + b"x.toml"))),
    "NUL in a name": (OWN, beside(File(b"s1024.toml\0.exe"))),
    "not UTF-8 for UTF-8": (OWN, beside(File(b"\xff\xfe.toml", flags=0x800), File(b"s1024\xff", flags=0x801))),
    "GBK": (OWN, lambda: packed([File("s1042张三.toml".encode("gbk"))])),
    "code page 437": (OWN, lambda: packed([File(b"s1042_\x81.toml")])),
    "escapes in a name": (OWN, beside(File(b"\x1b]0;x\x07\x1b[2J"), File("\u202egpj.s1024".encode(), flags=0x800))),
    "odd extra fields": (OWN, beside(File(b"s1024", size=0xFFFFFFFF, extra=b"\1\0\xff\xff"), File(b"x", extra=b"\1"))),
    "zip64": (OWN, _big64),
    "sizes after the data": (OWN, _streamed),
    "something in front": (NOBODY, lambda: b"#!/bin/sh\nexit\n" + packed([GOOD])),
    "the end in the comment": (NOBODY, lambda: packed([GOOD], comment=struct.pack("<4s4H2LH", b"PK\5\6", *[0] * 7))),
    "list cut off": (OWN, lambda: packed([GOOD, File(b"s1024.toml")], cut_list=20)),
    "claims to hold none": (OWN, lambda: packed([GOOD], count=0)),
    "claims to hold many": (OWN, lambda: packed([GOOD], count=65_000)),
    "empty": (NOBODY, lambda: packed([])),
    "several disks": (None, lambda: packed([GOOD], disk=3)),
    "endless list": (None, lambda: packed([GOOD], listed=2**31)),
    "list larger than the file": (None, lambda: packed([GOOD], listed=2**20)),
    "cut off": (None, lambda: packed([GOOD] * 3)[:-30]),
    "only its head": (None, lambda: packed([GOOD])[:40]),
}  # fmt: skip

METADATA = b"""\
---
submission_7001:
  :submitters:
  - :name: Ming Chen
    :sid: s1042
    :email: ming.chen@uni.example
  :created_at: 2026-03-02 21:58:10.409126000 Z
  :score: 0.0
  :results:
    tests:
    - name: |-
        a
      output: "x\\n  :submitters:\\n  - :sid: s1017"
  :history:
  - :id: 6990
    :created_at: 2026-03-01 08:00:00.000000000 Z
submission_7002:
  :submitters:
  - :name: 'Ana'
    :sid: ''
    :email: ANA@uni.example
  :created_at: 2026-03-02 23:10:00.000000000 Z
"""
# A class as each LMS packs it.
CLASSES: dict[str, dict[str, bytes]] = {
    "canvas": {
        "chenming_88123_5551_hw1-1.toml": SHEET,
        "oliveiraana_LATE_88124_5552_hw1.toml": SHEET,
        "de_vries2ndsam_7_5553_report.docx": b"PK\3\4 no zip",
        "lina_88125_5554_hw1.zip": zip_of({"hw1/hw1.toml": SHEET, "hw1/screen.png": b"\x89PNG"}),
    },
    "moodle": {
        "Ming Chen_701_assignsubmission_file_/hw1.toml": SHEET,
        "Ana Oliveira_702_assignsubmission_file_/sub/hw1.toml": SHEET,
        "Ana Oliveira_702_assignsubmission_onlinetext_/onlinetext.html": b"<html>",
    },
    "gradescope": {
        "assignment_9100_export/submission_metadata.yml": METADATA,
        "assignment_9100_export/submission_7001/hw1.toml": SHEET,
        "assignment_9100_export/submission_7002/hw1.toml": SHEET,
        "__MACOSX/assignment_9100_export/._x": b"\0",
    },
    "plain": {"s1042.toml": SHEET, "s1024/hw1.toml": SHEET, "S1017_late.toml": SHEET},
}
