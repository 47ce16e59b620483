"""Faults against the number of frames, and Belady's anomaly.

Under LRU and OPT more frames never mean more faults, and one pass gives every size. Other policies are
run once for each size; where a larger memory faults more, the curve names the anomaly.
Source: Belady, Nelson, Shedler, An anomaly in space-time characteristics of certain programs running in
a paging machine, 1969.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from oslab import Choice, InputError, Int, Run, Step
from oslab_paging.replacement.compare import check_policies
from oslab_paging.replacement.conventions import (
    MOST_FRAMES,
    conventions_of,
    defaults,
    parse_references,
)
from oslab_paging.replacement.replace import count_pages
from oslab_paging.replacement.stackdistance import hits_up_to, lru_depths, opt_depths


@dataclass(frozen=True)
class CurveConfig:
    """Sizes from `least` to `most` frames, both included; `changes` as in `compare`."""

    policies: tuple[str, ...]
    least: int
    most: int
    references: tuple[str, ...]
    changes: Mapping[str, int | bool | str]


def run(config: CurveConfig) -> Run:
    """One step, action `size`, for each policy and number of frames.

    given   policy, frames
    result  faults; change (fewer, same or more than with one frame less), absent at the first size
    metrics: curve (policy → frames → faults), anomalies (policy, frames, faults and the same with one
    frame more). Raises InputError.
    """
    return run_pages(config, *parse_references(config.references))


def run_pages(config: CurveConfig, pages: Sequence[int], writes: Sequence[bool]) -> Run:
    """The same for page numbers from a program, and whether each is written to, in place of references."""
    check_policies(config.policies)
    if not 1 <= config.least <= config.most <= MOST_FRAMES:
        raise InputError(
            f"frames {config.least}..{config.most}: from the smaller to the larger, from 1 to {MOST_FRAMES}"
        )
    curve: dict[str, dict[str, int]] = {}
    anomalies: list[dict[str, str | int]] = []
    steps = []
    for policy in config.policies:
        faults = faults_by_size(policy, pages, config.least, config.most, writes, **config.changes)
        sizes = range(config.least, config.most + 1)
        curve[policy] = {str(size): f for size, f in zip(sizes, faults, strict=True)}
        for i, size in enumerate(sizes):
            result: dict[str, Any] = {"faults": faults[i]}
            if i:
                result["change"] = change(faults[i - 1], faults[i])
            steps.append(
                Step(action="size", given={"policy": policy, "frames": size}, result=result)
            )
        for size, (few, more) in zip(sizes, pairwise(faults), strict=False):
            if more > few:
                anomalies.append(
                    {"policy": policy, "frames": size, "faults": few,
                     "more_frames": size + 1, "more_faults": more}
                )  # fmt: skip
    configs = [
        defaults(policy, size, (), **config.changes)
        for policy in config.policies
        for size in sorted({config.least, config.most})
    ]
    return Run(
        command="paging.curve",
        config=config,
        conventions=conventions_of(configs, False),
        asks={"size": {"faults": Int(), "change": Choice("fewer", "same", "more")}},
        steps=tuple(steps),
        metrics={"curve": curve, "anomalies": tuple(anomalies)},
    )


def change(few: int, more: int) -> str:
    """What one more frame does to the faults: `fewer`, `same` or `more`."""
    return "more" if more > few else "fewer" if more < few else "same"


def faults_by_size(
    policy: str,
    pages: Sequence[int],
    least: int,
    most: int,
    writes: Sequence[bool] | None = None,
    **changes: int | bool | str,
) -> list[int]:
    """The faults with `least` … `most` frames. LRU and OPT take one pass. Raises InputError."""
    if policy in ("lru", "opt"):
        distances = lru_depths(pages) if policy == "lru" else opt_depths(pages, most)
        return [len(pages) - hits for hits in hits_up_to(distances, most)[least - 1 :]]
    sizes = range(least, most + 1)
    return [int(count_pages(policy, size, pages, writes, **changes)["faults"]) for size in sizes]
