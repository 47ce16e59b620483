"""The command space: where addresses lie, and who may use them."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from oslab import Hex, InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given
from oslab.quantities import parse_address, shown
from oslab_modes import space as mechanism
from oslab_modes.cli.options import ModelName, Split, model_of, split_of
from oslab_modes.regions import Model

_SEGMENTED = re.compile(r"([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})")

app = group("The address space: user, kernel, and what is neither.")


@simulator(app, "space")
def space_command(
    address: Annotated[
        list[str], typer.Argument(help="Addresses; for dos also SEGMENT:OFFSET in hex, B800:0.")
    ],
    model: ModelName = "linux64",
    split: Split = "",
) -> Run:
    """In which region an address lies, and whether user mode and the kernel may use it."""
    of = model_of(model)
    items = read_items(address, "address")
    return mechanism.run(
        mechanism.SpaceConfig(
            model=of,
            split=split_of(split, of),
            addresses=tuple(Hex(_address(item, of)) for item in items),
        )
    )


def _address(text: str, model: Model) -> int:
    segmented = _SEGMENTED.fullmatch(text)
    if not segmented:
        return given("an address", parse_address, text)
    if model != "dos":
        raise InputError(
            f"{shown(text)}: only --model dos has segments; 0xb8000 would be an address"
        )
    return int(segmented[1], 16) * 16 + int(segmented[2], 16)
