"""``oslab plugin``: list, info, new, check."""

from __future__ import annotations

import json
import shlex
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from oslab.cli.simulator import group
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError
from oslab.exercise.fields import did_you_mean
from oslab.plugins import Failure, Plugin, environment, plugins

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
            "failures": [{"name": f.name, "origin": f.origin, "reason": f.reason} for f in found.failures],
            "disabled": list(found.blocked),
        }  # fmt: skip
        typer.echo(json.dumps(document, indent=1))
        return
    names = max([len(n) for n in found.loaded], default=0)
    origins = max([len(p.origin) for p in found.loaded.values()], default=0)
    for plugin in found.loaded.values():
        typer.echo(f"{plugin.name:<{names}}  {plugin.origin:<{origins}}  {_summary(plugin)}")
    for failure in found.failures:
        typer.echo(
            f"{failure.name:<{names}}  {failure.origin:<{origins}}  left out: {failure.reason}"
        )
        if verbose:
            typer.echo(_traceback(failure), nl=False)
    if found.blocked:
        typer.echo(f"disabled by OSLAB_DISABLE: {', '.join(found.blocked)}")
    typer.echo(f"more: {shlex.join(environment())} PACKAGE")


def _exercises(plugin: Plugin) -> list[str]:
    from oslab.exercise.catalogue import sources

    return [name for name in sources() if name.partition("/")[0] == plugin.name]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _summary(plugin: Plugin) -> str:
    counts = {
        "command": len(plugin.commands),
        "problem type": len(plugin.problems),
        "exercise": len(_exercises(plugin)),
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
    }


def _traceback(failure: Failure) -> str:
    error = failure.error
    return "".join(traceback.format_exception(error)) if error else ""


def _named(name: str) -> Plugin:
    found = plugins()
    if name not in found.loaded:
        for failure in found.failures:
            if failure.name == name:
                raise InputError(f"plugin {name} was left out: {failure.reason}")
        raise InputError(f'no plugin "{name}"{did_you_mean(name, list(found.loaded))}')
    return found.loaded[name]


@app.command()
def info(name: str, as_json: AsJson = False) -> None:
    """One plugin: its commands, problem types with their modelled mistakes, and exercises."""
    plugin = _named(name)
    if as_json:
        typer.echo(json.dumps(_about(plugin), indent=1))
        return
    typer.echo(f"{plugin.name}   {plugin.origin}   package {plugin.package}")
    for command in plugin.commands:
        typer.echo(f"  command   oslab {command.name}   {command.summary}")
    from oslab.plugins import problem

    for described in plugin.problems:
        kind = problem(described.name)
        typer.echo(
            f"  problem   {described.name}/{kind.version}   answers {', '.join(kind.answers)}   "
            f"mistakes {', '.join(kind.mistakes())}"
        )
    for exercise in _exercises(plugin):
        typer.echo(f"  exercise  {exercise}")


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
) -> None:
    """Run the conformance suite over exercises: key, mistakes, lazy score, blanks, garbage, texts."""
    from oslab.conformance import suite
    from oslab.exercise.catalogue import entry
    from oslab.plugins import problem, resolve

    failed = False
    for plugin in [_named(n) for n in names] if names else list(plugins().loaded.values()):
        typer.echo(f"{plugin.name} {plugin.version}   {_summary(plugin) or 'nothing'}")
        for command in plugin.commands:
            resolve(command.target, plugin.title)
        mistakes: dict[str, set[str]] = {p.name: set() for p in plugin.problems}
        used: set[str] = set()
        columns = max([len(name) for name in _exercises(plugin)], default=0)
        for name in _exercises(plugin):
            report = suite.examine(name, [seed] if seed is not None else range(seeds))
            findings = list(report.findings)
            if golden and report.ok:
                changed = suite.golden(name, range(20), golden)
                findings += [changed] if changed else []
            if report.distinct:
                used.add(entry(name).problem)
                mistakes.setdefault(entry(name).problem, set()).update(report.mistakes)
            _print_report(report, findings, columns)
            failed = failed or bool(findings)
        for kind, seen in mistakes.items():
            missing = [m for m in problem(kind).mistakes() if m not in seen]
            if kind not in used:
                typer.echo(f"  {kind}   FAIL: no exercise uses this problem type")
                failed = True
            elif missing and seed is None:
                typer.echo(f"  {kind}   note: {', '.join(missing)} never happened in these draws")
    if failed:
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _print_report(report: Any, findings: list[Any], columns: int) -> None:
    lazy = round(float(report.lazy) * 100)
    state = "ok  " if not findings else "FAIL"
    typer.echo(
        f"  {report.exercise:<{columns}}   {state}   {report.distinct}/{report.seeds} distinct   "
        f"lazy {lazy:2} %   {len(report.mistakes)} mistakes"
    )
    for finding in findings:
        again = "" if finding.seed is None else f"      again: --seed {finding.seed}"
        where = "" if finding.seed is None else f"seed {finding.seed}: "
        typer.echo(f"    {finding.check}: {where}{finding.text}{again}")
