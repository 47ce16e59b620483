"""``oslab trace``: info, convert, formats."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from oslab.cli.options import given, natural
from oslab.cli.simulator import group, simulator
from oslab.cli.traces import TraceFormat
from oslab.errors import one_line
from oslab.quantities import parse_size
from oslab.run import Run

app = group("Memory traces: what is in one, formats, convert.")
File = Annotated[str, typer.Argument(metavar="FILE", help="A memory trace; - is standard input.")]


@simulator(app, "info")
def info(
    file: File,
    line: Annotated[str, typer.Option(help="Bytes of a cache line.")] = "64",
    page_size: Annotated[str, typer.Option(help="Bytes of a page.")] = "4K",
    head: Annotated[str, typer.Option(help="How many accesses to show.")] = "10",
    trace_format: TraceFormat = "",
) -> Run:
    """Count accesses by kind, and the lines and pages they touch; show the first ones."""
    from oslab.traces.info import InfoConfig, run
    from oslab.traces.reading import open_trace

    trace = open_trace(file, trace_format)
    return run(
        InfoConfig(
            trace.name,
            trace.format,
            trace.compression,
            given("--line", parse_size, line),
            given("--page-size", parse_size, page_size),
            natural("--head", head),
        ),
        trace.accesses,
    )


@app.command("convert")
def convert(
    file: File,
    out: Annotated[str, typer.Argument(metavar="OUT", help="Where to; - is standard output.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format to write.")],
    trace_format: TraceFormat = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Write a trace in another format; an OUT that ends in .gz, .xz or .bz2 is compressed."""
    from oslab.traces.convert import convert as write
    from oslab.traces.reading import open_trace

    for note in write(open_trace(file, trace_format).accesses, out, to, force):
        typer.echo(f"oslab: {note}", err=True)


@app.command("formats")
def formats_(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """The formats of traces that can be read, and those that can be written."""
    from oslab.plugins import PluginError
    from oslab.traces.formats import formats

    rows = []
    for found in formats().values():
        try:
            writes = hasattr(found.reader(), "write")
            rows.append((found, "read, write" if writes else "read"))
        except PluginError as error:
            rows.append((found, one_line(str(error))))
    if as_json:
        listed = [
            {"name": f.name, "summary": str(f.summary), "from": f.owner, "can": c} for f, c in rows
        ]
        typer.echo(json.dumps({"formats": listed}, indent=1))
        return
    names = max(len(found.name) for found, _ in rows)
    for found, can in rows:
        summary = one_line(str(found.summary))
        owner = "" if found.owner == "oslab" else f"   {found.owner}"
        typer.echo(f"{found.name:<{names}}  {can:<11}  {summary}{owner}")
