"""The options that say how a server is built, for all commands."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError
from oslab.cli.options import natural, one_of
from oslab_reactor.shape import MODELS, WITH_WORKERS, Shape

Workers = Annotated[
    str,
    typer.Option(help="Threads that compute: 2 for pool and proactor, 0 for multi if not said."),
]
Subreactors = Annotated[str, typer.Option(help="Sub-reactors of multi; 2 if not said.")]
Instances = Annotated[
    str, typer.Option(help="Copies of the whole, each with connections of its own; 1 if not said.")
]
Cores = Annotated[
    str, typer.Option(help="Cores of the machine; as many as there are threads if not said.")
]
Preset = Annotated[
    str, typer.Option(help="Instead of a model: as redis, memcached, kafka or nginx is built.")
]

MODEL = "A model: " + ", ".join(MODELS) + "."


def shape_of(
    model: str, preset: str, workers: str, subreactors: str, instances: str, cores: str
) -> Shape:
    """The server that was asked for: a model or a preset, and what is said besides.

    Raises InputError.
    """
    if bool(model) == bool(preset):
        raise InputError(
            f"a model is expected, one of {', '.join(MODELS)}, or --preset redis"
            + ("; both were given" if model else "")
        )
    if preset:
        from oslab_reactor.servers import preset as known

        server = known(preset)
        kind = server.model
        usual = (server.workers, server.subreactors, server.instances)
    else:
        kind = one_of(model, MODELS, "model")
        usual = (2 if kind in WITH_WORKERS else 0, 2 if kind == "multi" else 0, 1)
    return Shape(
        model=kind,
        instances=natural("--instances", instances, 1) if instances else usual[2],
        subreactors=natural("--subreactors", subreactors) if subreactors else usual[1],
        workers=natural("--workers", workers) if workers else usual[0],
        cores=natural("--cores", cores, 1) if cores else None,
    )
