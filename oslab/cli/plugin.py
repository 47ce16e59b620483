"""``oslab plugin``: list, info, new, check."""

from __future__ import annotations

import json
import shlex
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oslab.cli.lazy import LazyCommand
from oslab.cli.simulator import group
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError, harmless, one_line
from oslab.exercise.catalogue import sources
from oslab.exercise.fields import did_you_mean
from oslab.plugins import (
    Failure,
    Plugin,
    PluginError,
    environment,
    plugins,
    problem,
    resolve,
)

if TYPE_CHECKING:
    from oslab.conformance.suite import Finding, Report

app = group("List, describe, write and check plugins.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command("list")
def list_(
    verbose: Annotated[bool, typer.Option("--verbose", help="Tracebacks of failures.")] = False,
    as_json: AsJson = False,
) -> None:
    """All plugins: where each is from, what it contributes, and which were left out and why."""
    found = plugins()
    if as_json:
        document = {
            "plugins": [_about(plugin) for plugin in found.loaded.values()],
            "failures": [
                {"name": f.name, "origin": f.origin, "reason": f.reason}
                for f in found.failures + found.strange
            ],
            "disabled": list(found.blocked),
        }
        typer.echo(json.dumps(document, indent=1))
        return
    names = max([len(n) for n in found.loaded], default=0)
    origins = max([len(p.origin) for p in found.loaded.values()], default=0)
    for plugin in found.loaded.values():
        typer.echo(f"{plugin.name:<{names}}  {plugin.origin:<{origins}}  {_summary(plugin)}")
    for failure in found.failures + found.strange:
        typer.echo(
            f"{failure.name:<{names}}  {failure.origin:<{origins}}  left out: {failure.reason}"
        )
        if verbose:
            typer.echo(harmless(_traceback(failure)), nl=False)
    if found.blocked:
        typer.echo(harmless(f"disabled by OSLAB_DISABLE: {', '.join(found.blocked)}"))
    typer.echo(f"more: {shlex.join(environment())} PACKAGE")


def _exercises(plugin: Plugin) -> list[str]:
    return [name for name in sources() if name.partition("/")[0] == plugin.name]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _summary(plugin: Plugin) -> str:
    counts = {
        "command": len(plugin.commands),
        "problem type": len(plugin.problems),
        "exercise": len(_exercises(plugin)),
        "trace format": len(plugin.readers),
        "export format": len(plugin.exporters),
    }
    return "   ".join(_counted(number, thing) for thing, number in counts.items() if number)


def _about(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "commands": [c.name for c in plugin.commands],
        "problems": [p.name for p in plugin.problems],
        "exercises": _exercises(plugin),
        "trace_formats": [r.name for r in plugin.readers],
        "export_formats": [e.name for e in plugin.exporters],
    }


def _traceback(failure: Failure) -> str:
    error = failure.error
    return "".join(traceback.format_exception(error)) if error else ""


def _named(name: str) -> Plugin:
    found = plugins()
    if name not in found.loaded:
        for failure in found.failures + found.strange:
            if failure.name == name:
                raise InputError(f"plugin {name} was left out: {failure.reason}")
        if name in found.blocked:
            raise InputError(f"plugin {name} is disabled by OSLAB_DISABLE")
        raise InputError(f'no plugin "{name}"{did_you_mean(name, list(found.loaded))}')
    return found.loaded[name]


@app.command()
def info(name: str, as_json: AsJson = False) -> None:
    """One plugin: its commands, problem types with their modelled mistakes, exercises, formats."""
    plugin = _named(name)
    if as_json:
        typer.echo(json.dumps(_about(plugin), indent=1))
        return
    typer.echo(f"{plugin.name}   {plugin.origin}   package {plugin.package}")
    for command in plugin.commands:
        typer.echo(f"  command   oslab {command.name}   {one_line(str(command.summary))}")
    for described in plugin.problems:
        typer.echo(f"  problem   {described.name}{_details(described.name)}")
    for exercise in _exercises(plugin):
        typer.echo(harmless(f"  exercise  {exercise}"))
    for reader in plugin.readers:
        typer.echo(f"  trace     --trace-format {reader.name}   {one_line(str(reader.summary))}")
    for exporter in plugin.exporters:
        summary = one_line(str(exporter.summary))
        typer.echo(f"  export    oslab gradebook export {exporter.name}   {summary}")


def _details(name: str) -> str:
    """Version, answers and mistakes of a problem type, or why it cannot be loaded."""
    try:
        kind = problem(name)
    except PluginError as error:
        return f"   {one_line(str(error))}"
    return f"/{kind.version}   answers {', '.join(kind.answers)}   mistakes {', '.join(kind.mistakes())}"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The plugin's name: buddy makes oslab-buddy/.")],
    folder: Annotated[Path, typer.Option("--in", help="Where to make the project.")] = Path(),
) -> None:
    """Write a complete plugin project that passes its own tests."""
    from oslab.cli.plugin_new import write_project

    project = write_project(name, folder)
    typer.echo(f"wrote {project}")
    typer.echo(
        f"  install it:  {shlex.join(environment(editable=True))} {shlex.quote(str(project))}"
    )
    typer.echo(f"  test it:     cd {shlex.quote(str(project))} && pytest")


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Else all.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Draws for each exercise.")] = 200,
    seed: Annotated[int | None, typer.Option(min=0, help="Only this one, to see it again.")] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            help="Compare with the golden variants in this folder; written the first time."
        ),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0, help="Seconds for one draw with its checks, then it is stopped; 0: none."
        ),
    ] = 60,
) -> None:
    """Run the conformance suite over exercises: key, mistakes, lazy score, blanks, garbage, texts."""
    from oslab.conformance.limit import Stopped, limited

    numbers = [seed] if seed is not None else range(seeds)
    failed = False
    for plugin in [_named(n) for n in names] if names else list(plugins().loaded.values()):
        typer.echo(f"{plugin.name} {plugin.version}   {_summary(plugin) or 'nothing'}")
        try:
            with limited(time_limit):
                faults = [*_unresolved(plugin), *_missing_folders(plugin)]
        except Stopped as stopped:
            # What cannot be imported would stop at each of its exercises again.
            typer.echo(harmless(f"  FAIL: import: {stopped}"))
            failed = True
            continue
        for fault in faults:
            typer.echo(f"  FAIL: {fault}")
            failed = True
        failed = _check_exercises(plugin, numbers, golden, time_limit) or failed
    if failed:
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _unresolved(plugin: Plugin) -> Iterator[str]:
    """Targets that cannot be loaded."""
    for command in plugin.commands:
        try:
            LazyCommand(command, plugin.title).load()
        except PluginError as error:
            yield one_line(str(error))
    for described in plugin.problems:
        try:
            problem(described.name)
        except PluginError as error:
            yield one_line(str(error))
    if plugin.readers:
        from oslab.traces.formats import formats

        for reader in plugin.readers:
            try:
                formats()[reader.name].reader()
            except PluginError as error:
                yield one_line(str(error))
    for exporter in plugin.exporters:
        try:
            if not callable(resolve(exporter.target, plugin.title)):
                yield one_line(f"{plugin.title}: {exporter.target} is no function")
        except PluginError as error:
            yield one_line(str(error))


def _missing_folders(plugin: Plugin) -> Iterator[str]:
    for folder in plugin.exercises:
        if not folder.is_dir():
            yield one_line(f"there is no folder of exercises {folder}")


def _check_exercises(
    plugin: Plugin, seeds: Sequence[int], golden: Path | None, seconds: float
) -> bool:
    """Examine a plugin's exercises and print what is found; True when something failed."""
    from oslab.conformance import suite

    failed = False
    exercises = _exercises(plugin)
    unseen = {p.name: set(_mistakes(p.name)) for p in plugin.problems}
    unused = {name for name in unseen if not suite.only_essays(name)}
    columns = max([len(name) for name in exercises], default=0)
    for name in exercises:
        report = suite.examine(name, seeds, seconds)
        findings = list(report.findings)
        if golden and report.ok:
            changed = suite.golden(name, range(20), golden, seconds)
            findings += [changed] if changed else []
        if report.problem in unseen:
            unused.discard(report.problem)
            unseen[report.problem] -= set(report.mistakes)
        _print_report(report, findings, columns)
        failed = failed or bool(findings)
    for text in suite.twins(exercises):
        typer.echo(f"  FAIL: {text}")
        failed = True
    for name, mistakes in unseen.items():
        if name in unused:
            typer.echo(f"  {name}   FAIL: no exercise uses this problem type")
            failed = True
        elif mistakes and len(seeds) > 1:
            never = ", ".join(sorted(mistakes))
            typer.echo(f"  {name}   note: {never} never happened in these draws")
    return failed


def _mistakes(name: str) -> Iterable[str]:
    try:
        return problem(name).mistakes()
    except PluginError:
        return ()  # already said


def _print_report(report: Report, findings: Sequence[Finding], columns: int) -> None:
    lazy = round(float(report.lazy) * 100)
    state = "ok  " if not findings else "FAIL"
    typer.echo(
        f"  {report.exercise:<{columns}}   {state}   {report.distinct}/{report.seeds} distinct   "
        f"lazy {lazy:2} %   {len(report.mistakes)} mistakes"
    )
    for finding in findings:
        again = "" if finding.seed is None else f"      again: --seed {finding.seed}"
        where = "" if finding.seed is None else f"seed {finding.seed}: "
        typer.echo(f"    {finding.check}: {where}{harmless(finding.text)}{again}")
