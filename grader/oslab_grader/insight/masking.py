"""Small counts are not shown as they are: they point at persons."""

from __future__ import annotations

FEW = 5


def masked(count: int) -> str:
    """A count as it is shown: ``<5`` where it is small, and not nothing."""
    return f"<{FEW}" if 0 < count < FEW else str(count)
