"""NumPy's ``.npy`` files of whole numbers, read without NumPy.

A list of addresses (loads of one byte), or a table of two or three columns: address, kind (as in ``din``:
0 load, 1 store, 2 instruction fetch) and, if it has a third, bytes.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from oslab.errors import InputError
from oslab.quantities import shown
from oslab.traces.access import LARGEST, Access, Kind

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_ROWS = 2**14
_DTYPE = re.compile(r"([<>=|])([iu])([1248])")
LOSES = ("modify",)
_ROW = struct.Struct("<QQQ")
_KINDS: tuple[Kind, ...] = ("load", "store", "fetch")
_WANTED = "a trace is an array of whole numbers: of addresses, or with columns address, kind, bytes"


class _Header(NamedTuple):
    """What the header says.

    code     of `array.array`, for one number
    swapped  the bytes of a number are in the other order than this machine's
    columns  1 for a list
    """

    code: str
    swapped: bool
    rows: int
    columns: int


def recognises(head: bytes) -> bool:
    """Whether it begins as such a file does."""
    return head.startswith(_MAGIC)


def read(stream: BinaryIO, name: str) -> Iterator[Access]:
    """The accesses. Raises InputError naming the row that is none."""
    code, swapped, rows, columns = _header(stream, name)
    width = array(code).itemsize * columns
    for done in range(0, rows, _ROWS):
        expected = min(_ROWS, rows - done)
        data = stream.read(expected * width)
        if len(data) < expected * width:
            raise InputError(
                f"{name} is cut off: {rows} rows are announced, {done + len(data) // width} are there"
            )
        numbers = array(code, data)
        if swapped:
            numbers.byteswap()
        if columns == 1 and min(numbers) >= 0:
            for address in numbers:
                yield Access("load", address)
            continue
        for row, start in enumerate(range(0, len(numbers), columns), done):
            yield _access(*numbers[start : start + columns], where=f"{name}, row {row}")
    if stream.read(1):
        raise InputError(f"{name} goes on behind its array; one array is expected")


def _access(address: int, kind: int = 0, size: int = 1, *, where: str) -> Access:
    if address < 0:
        raise InputError(f"{where}: an address is not negative: {address}")
    if not 0 <= kind < len(_KINDS):
        raise InputError(f"{where}: kind {kind} is none of 0 load, 1 store, 2 instruction fetch")
    if not 1 <= size <= LARGEST:
        raise InputError(f"{where}: an access has 1 to {LARGEST} bytes, not {size}")
    return Access(_KINDS[kind], address, size)


def _header(stream: BinaryIO, name: str) -> _Header:
    import ast  # here and below: a trace of another format needs none of it

    prefix = stream.read(8)
    if not prefix.startswith(_MAGIC):
        raise InputError(f"{name} is no .npy file; such a file begins with \\x93NUMPY")
    version = prefix[6:7]
    if version not in (b"\1", b"\2", b"\3"):
        raise InputError(
            f"{name}: version {prefix[6:7].hex()} of .npy files is not known; 1, 2 or 3 would be"
        )
    digits = 2 if version == b"\1" else 4
    length = int.from_bytes(stream.read(digits), "little")
    if length > _LONGEST_HEADER:
        raise InputError(f"{name}: its header is {length} bytes long; {_WANTED}")
    text = stream.read(length)
    try:
        header = ast.literal_eval(text.decode("utf-8" if version == b"\3" else "latin-1").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        header = None
    if not isinstance(header, dict) or not {"descr", "shape", "fortran_order"} <= set(header):
        raise InputError(f"{name}: its header is damaged: {shown(text.decode('latin-1'))}")
    return _understood(header["descr"], header["shape"], bool(header["fortran_order"]), name)


def _understood(descr: Any, shape: Any, by_columns: bool, name: str) -> _Header:
    """What the header means. Raises InputError for an array that is no trace."""
    dtype = _DTYPE.fullmatch(descr) if isinstance(descr, str) else None
    if not dtype:
        raise InputError(f"{name}: its numbers are of type {shown(str(descr))}; {_WANTED}")
    order, sign, size = dtype.groups()
    if not (isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)):
        raise InputError(f"{name}: its header is damaged: shape {shown(str(shape))}")
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] not in (1, 2, 3)):
        raise InputError(f"{name}: its shape is {shape}; {_WANTED}")
    columns = shape[1] if len(shape) == 2 else 1
    if by_columns and columns > 1:
        raise InputError(
            f"{name}: its columns are stored one after the other; save numpy.ascontiguousarray(…)"
        )
    code = {"1": "b", "2": "h", "4": "i", "8": "q"}[size]
    foreign = {"<": sys.byteorder != "little", ">": sys.byteorder != "big"}.get(order, False)
    return _Header(code.upper() if sign == "u" else code, foreign, shape[0], columns)


def write(accesses: Iterable[Access], out: BinaryIO) -> None:
    """Write a table of address, kind and bytes; a modify becomes a load and a store."""
    from shutil import copyfileobj
    from tempfile import SpooledTemporaryFile

    rows = 0
    with SpooledTemporaryFile(max_size=2**24) as table:
        # How many there are stands before the first.
        for kind, address, size in accesses:
            for label in (0, 1) if kind == "modify" else (_KINDS.index(kind),):
                table.write(_ROW.pack(address, label, size))
                rows += 1
        header = f"{{'descr': '<u8', 'fortran_order': False, 'shape': ({rows}, 3), }}"
        # Ten bytes stand before it; the numbers begin at a multiple of 64, as NumPy has it.
        header += " " * (-(10 + len(header) + 1) % 64) + "\n"
        out.write(_MAGIC + b"\1\0" + len(header).to_bytes(2, "little") + header.encode())
        table.seek(0)
        copyfileobj(table, out)
