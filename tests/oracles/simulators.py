"""The one place that knows how the simulators under test are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from naive_policies import Outcome, Rules

from oslab_paging.replacement.replace import count, count_pages, defaults, run


def replace_outcomes(
    policy: str, frames: int, references: Sequence[str], **changes: Any
) -> list[Outcome]:
    """`paging.replace`, in the form of the naive policies."""
    config = defaults(policy, frames, references, **changes)
    result = run(config)
    outcomes = []
    for step in result.steps:
        seen = step.result
        writes = bool(seen.get("writeback")) + len(seen.get("queued", ()))
        outcomes.append(Outcome(seen["result"] == "hit", seen.get("victim"), writes, seen["frame"]))
    assert result.metrics == count(config)
    faults = sum(not o.hit for o in outcomes)
    assert result.metrics["accesses"] == len(references)
    assert result.metrics["faults"] == faults
    assert result.metrics["hits"] == len(references) - faults
    assert result.metrics["evictions"] == sum(o.victim is not None for o in outcomes)
    assert result.metrics["writebacks"] == sum(o.writes for o in outcomes)
    return outcomes


def replace_faults(policy: str, frames: int, pages: Sequence[int], **changes: Any) -> int:
    """Faults by the counting function beside the simulator."""
    return int(count_pages(policy, frames, pages, **changes)["faults"])


def rules_as_changes(rules: Rules) -> dict[str, Any]:
    """The naive `Rules` as the keyword arguments of `defaults`."""
    return rules._asdict()
