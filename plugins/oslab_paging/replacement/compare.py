"""Several policies side by side on the same references, with OPT as the bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import InputError, Int, Run, Step
from oslab_paging.replacement.conventions import conventions_of, defaults, parse_references
from oslab_paging.replacement.replace import count_pages


@dataclass(frozen=True)
class CompareConfig:
    """`changes` are the conventions set otherwise than `replace.defaults` has them, by name."""

    policies: tuple[str, ...]
    frames: int
    references: tuple[str, ...]
    changes: Mapping[str, int | bool | str]


def run(config: CompareConfig) -> Run:
    """One step, action `compare`, for each policy.

    given   policy
    result  faults, above_opt (faults more than OPT's), writebacks where pages are written
    metrics: policies (name → the metrics of `replace`). Raises InputError.
    """
    return run_pages(config, *parse_references(config.references))


def run_pages(config: CompareConfig, pages: Sequence[int], writes: Sequence[bool]) -> Run:
    """The same for page numbers from a program, and whether each is written to, in place of references."""
    check_policies(config.policies)
    configs = {
        name: defaults(name, config.frames, (), **config.changes) for name in config.policies
    }
    policies = {
        name: count_pages(name, config.frames, pages, writes, **config.changes) for name in configs
    }
    least = (policies.get("opt") or count_pages("opt", config.frames, pages))["faults"]
    steps = []
    for name, figures in policies.items():
        result: dict[str, Any] = {
            "faults": figures["faults"],
            "above_opt": figures["faults"] - least,
        }
        if any(writes):
            result["writebacks"] = figures["writebacks"]
        steps.append(Step(action="compare", given={"policy": name}, result=result))
    return Run(
        command="paging.compare",
        config=config,
        conventions=conventions_of(configs.values(), any(writes)),
        asks={"compare": {"faults": Int()}},
        steps=tuple(steps),
        metrics={"policies": policies},
    )


def check_policies(policies: Sequence[str]) -> None:
    """Raises InputError for an empty list of policies, or one named twice."""
    if not policies:
        raise InputError("no policies are named; fifo,lru,opt would be right")
    for name in policies:
        if policies.count(name) > 1:
            raise InputError(f"the policy {name} is named twice")
