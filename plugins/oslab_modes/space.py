"""modes space: in which part of the address space an address lies, and who may use it.

Under the rules of `oslab_modes.regions`, with everything mapped that can be: what a load does in user
mode, and what it does in the kernel (with SMAP the kernel says first that it means the user's memory).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from oslab import Address, AnswerType, Choice, Hex, InputError, OrNone, Run, Step, Value
from oslab_modes.regions import (
    DIRECT,
    DOS,
    MODELS,
    Model,
    access,
    check_split,
    is_canonical,
    region_of,
)

MOST_ADDRESSES: Final = 10_000
AREAS: Final = ("user", "hole", "kernel")
LOADS: Final = ("ok", "#PF", "#GP")


@dataclass(frozen=True, slots=True)
class SpaceConfig:
    """Addresses under one memory map.

    model      linux32, linux64 or dos
    split      the first address of the kernel, for linux32
    addresses  each on its own; for dos, linear ones

    Raises InputError for an address that there is not.
    """

    model: Model
    split: int
    addresses: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise InputError(f"the model is one of {', '.join(MODELS)}, not {self.model}")
        check_split(self.split)
        if not 1 <= len(self.addresses) <= MOST_ADDRESSES:
            raise InputError(
                f"1 to {MOST_ADDRESSES} addresses are expected, not {len(self.addresses)}"
            )
        for address in self.addresses:
            region_of(address, self.model, self.split)


def run(config: SpaceConfig) -> Run:
    """One step for each address.

    address   given n, address, model; result area, region, first and last (of the region), mapped; and but
              for real mode user and kernel (what a load does: ok, #PF or #GP), physical (where the
              direct map leads to; none elsewhere), canonical (linux64 only)
    """
    steps = []
    for n, address in enumerate(config.addresses, start=1):
        region = region_of(address, config.model, config.split)
        result: dict[str, Value] = {
            "area": region.area,
            "region": region.name,
            "first": Hex(region.first),
            "last": Hex(region.last),
            "mapped": region.mapped,
        }
        if config.model == "linux64":
            result["canonical"] = is_canonical(address)
        if config.model != "dos":
            result["user"] = access(region, 3, False, False, False)[0]
            result["kernel"] = access(region, 0, False, False, False)[0]
            mapped = region.name == DIRECT
            result["physical"] = Hex(address - region.first) if mapped else None
        steps.append(
            Step(
                action="address",
                given={"n": n, "address": Hex(address), "model": config.model},
                result=result,
                group=n,
            )
        )
    found = [step.result for step in steps]
    metrics: dict[str, Value] = {"addresses": len(steps)}
    if config.model != "dos":
        metrics |= {f"{area}_addresses": sum(r["area"] == area for r in found) for area in AREAS}
    if len(found) == 1:
        names = ("area", "region", "canonical", "user", "kernel", "physical")
        metrics = {name: found[0][name] for name in names if name in found[0]}
    return Run(
        command="modes.space",
        config=config,
        conventions=_conventions(config),
        asks={"address": _asks(config.model)},
        steps=tuple(steps),
        metrics=metrics,
    )


def _asks(model: Model) -> dict[str, AnswerType]:
    if model == "dos":
        return {"region": Choice(*(region.name for region in DOS))}
    areas = AREAS if model == "linux64" else ("user", "kernel")
    return {
        "area": Choice(*areas),
        "user": Choice(*LOADS),
        "kernel": Choice(*LOADS),
        "physical": OrNone(Address()),
    }


def _conventions(config: SpaceConfig) -> dict[str, Value]:
    if config.model == "dos":
        return {"real": "no modes", "a20": "on"}
    if config.model == "linux32":
        return {"split": Hex(config.split), "all_mapped": "all", "smap": "off"}
    return {"canonical": 48, "kaslr": "off", "all_mapped": "all", "smap": "off"}
