"""Which rules a question prints: those that one could settle otherwise, not those that it asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from oslab import Run

SHORT: Final = ("mode_switch", "context_switch")
"""Rules that a question only defines, without the counts that follow."""


def asked(run: Run, *kept: str) -> Run:
    """The run with these of its conventions."""
    conventions = {
        name: "defined" if name in SHORT else value
        for name, value in run.conventions.items()
        if name in kept
    }
    return replace(run, conventions=conventions)
