"""The command script: a few requests, scheduled by hand-sized numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, natural, one_of
from oslab.cli.scripts import read_script
from oslab.quantities import parse_time, shown
from oslab_reactor import script
from oslab_reactor.cli.shape import MODEL, Cores, Instances, Preset, Subreactors, Workers, shape_of
from oslab_reactor.requests import Failure, Request

app = group("A few requests, scheduled.")


@simulator(app, "script")
def script_command(
    model: Annotated[str, typer.Argument(help=MODEL)] = "",
    file: Annotated[str, typer.Argument(help="A file of requests, one a line; - for stdin.")] = "",
    requests: Annotated[
        str,
        typer.Option(
            metavar="'ARRIVAL READ COMPUTE WRITE [CONNECTION]; …'",
            help="The requests themselves: '0 1us 4us 1us; 2us 1us 2us 1us'. Each has a connection "
            "of its own if none is said.",
        ),
    ] = "",
    accept_time: Annotated[str, typer.Option(help="What accepting a connection takes.")] = "0",
    slow: Annotated[
        str, typer.Option(metavar="'REQUEST TIME'", help="Let one request compute so long instead.")
    ] = "",
    fail: Annotated[
        str,
        typer.Option(
            metavar="'THREAD dies|loops AT [RESTART]'",
            help="Let a thread fail; one that dies may be replaced some time later.",
        ),
    ] = "",
    preset: Preset = "",
    workers: Workers = "",
    subreactors: Subreactors = "",
    instances: Instances = "",
    cores: Cores = "",
) -> Run:
    """Follow a few requests: who runs which stage when, and when each is answered."""
    if preset and model and not file:
        model, file = "", model  # the file is the only argument then
    return script.run(
        script.ScriptConfig(
            shape=shape_of(model, preset, workers, subreactors, instances, cores),
            accept_ns=given("--accept-time", parse_time, accept_time),
            requests=_requests(file, requests),
            slow=_slow(slow),
            failure=_failure(fail),
        )
    )


def _requests(file: str, text: str) -> tuple[Request, ...]:
    example = "--requests '0 1us 4us 1us; 2us 1us 2us 1us'"
    text = read_script(file, text, "requests are expected", example)
    place = "" if file == "-" else f"{file}, "
    found: list[Request] = []
    for number, line in enumerate(text.split("\n"), start=1):
        for part in line.partition("#")[0].split(";"):
            words = part.split()
            if words:
                where = f"{place}line {number}" if file else f"--requests, request {len(found) + 1}"
                found.append(_request(words, where, len(found)))
    if len(found) > script.MOST_REQUESTS:
        raise InputError(f"a script has at most {script.MOST_REQUESTS} requests, not {len(found)}")
    return tuple(found)


def _request(words: list[str], where: str, connection: int) -> Request:
    if len(words) not in (4, 5):
        raise InputError(
            f"{where}: {shown(' '.join(words))} is no request; ARRIVAL READ COMPUTE WRITE "
            "and perhaps a CONNECTION would be, as 0 1us 4us 1us 2"
        )
    times = [given(where, parse_time, word) for word in words[:4]]
    if min(times) < 0:
        raise InputError(f"{where}: no time is below 0")
    if not sum(times[1:]):
        raise InputError(f"{where}: at least one stage of a request takes time")
    if len(words) == 5:
        connection = natural(f"{where}: connection", words[4])
    return Request(connection, *times)


def _slow(text: str) -> script.Slow | None:
    if not text:
        return None
    words = text.split()
    if len(words) != 2:
        raise InputError(f"--slow {shown(text)}: a request and a time are expected, as '2 9us'")
    return script.Slow(natural("--slow", words[0], 1), given("--slow", parse_time, words[1]))


def _failure(text: str) -> Failure | None:
    if not text:
        return None
    words = text.split()
    if len(words) not in (3, 4):
        raise InputError(
            f"--fail {shown(text)}: a thread, dies or loops, and a time are expected, "
            "as 'worker0 dies 3us', and perhaps how much later it is replaced"
        )
    return Failure(
        thread=words[0],
        how=one_of(words[1], ("dies", "loops"), "--fail"),
        at_ns=given("--fail", parse_time, words[2]),
        restart_ns=given("--fail", parse_time, words[3]) if len(words) == 4 else None,
    )
