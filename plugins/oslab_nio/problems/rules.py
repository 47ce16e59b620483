"""Which rules a statement prints."""

from __future__ import annotations

from dataclasses import replace

from oslab import Run


def with_rules(run: Run, rules: tuple[str, ...]) -> Run:
    """The run with those of its conventions that matter to a question and do not answer it."""
    kept = {name: value for name, value in run.conventions.items() if name in rules}
    return replace(run, conventions=kept)
