"""Traces written by the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"


@pytest.fixture
def trace(tmp_path: Path) -> Callable[..., str]:
    """Write a trace; where it is."""

    def write(content: bytes | str, name: str = "t") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def npy(
    values: bytes, shape: str, descr: str = "<u8", order: str = "False", version: int = 1
) -> bytes:
    """A .npy file as NumPy's description of the format has it."""
    header = f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    digits = 2 if version == 1 else 4
    header += b" " * (-(8 + digits + len(header) + 1) % 64) + b"\n"
    length = len(header).to_bytes(digits, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + values
