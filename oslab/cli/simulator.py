"""`group` and `@simulator`: how a plugin puts its simulators on the command line.

A plugin's function parses its arguments and returns a Run; how that is shown is added here, the same
for all, so no plugin prints.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from oslab.cli.lazy import lazy_group
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError
from oslab.hookspecs import Command
from oslab.run import Run

if TYPE_CHECKING:
    from oslab.text import Words

P = ParamSpec("P")

_OUTPUT = {
    "as_json": Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ],
    "steps": Annotated[
        bool, typer.Option("--steps/--no-steps", help="Show each step, or the figures only.")
    ],
    "predict": Annotated[
        bool, typer.Option("--predict", help="Stop before each step and ask what happens next.")
    ],
}
_DEFAULTS = {"as_json": False, "steps": True, "predict": False}


def group(summary: str, commands: Iterable[Command] = ()) -> typer.Typer:
    """A group of commands, to hang simulators and other commands on.

    `commands` are those that live in other modules: each target is a group that has a command of that
    name, imported when the command is used. A plugin with many simulators starts faster this way, and
    lists them with summaries in both languages.

    Example::

        app = group("Paging.", [Command("split", "Page number and offset.", "oslab_paging.cli.split:app")])
    """
    app = typer.Typer(
        cls=lazy_group(commands),
        help=summary,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    # Without a callback typer makes a group of one command that command itself, without its name.
    app.callback()(_group)
    return app


def _group() -> None:
    pass


def simulator(app: typer.Typer, name: str) -> Callable[[Callable[P, Run]], Callable[P, Run]]:
    """Make a function that returns a Run the command `name` of a group.

    The function's own parameters become arguments and options as typer has them, and every output
    option is added: ``--json``, ``--steps/--no-steps``, ``--predict``. The function stays as it was.

    Example::

        @simulator(app, "split")
        def split(va: Annotated[str, typer.Argument(help="Virtual address.")]) -> Run:
            \"\"\"Split a virtual address into page number and offset.\"\"\"
            return simulate(SplitConfig(parse_address(va)))
    """

    def register(function: Callable[P, Run]) -> Callable[P, Run]:
        app.command(name)(_command(function))
        return function

    return register


def _command(function: Callable[P, Run]) -> Callable[..., None]:
    signature = inspect.signature(function, eval_str=True)
    taken = [n for n in _OUTPUT if n in signature.parameters]
    if taken:
        raise TypeError(f"{function.__qualname__}: the parameter {taken[0]} belongs to @simulator")

    @wraps(function)
    def command(**values: Any) -> None:
        as_json, steps, predict = (values.pop(n) for n in _OUTPUT)
        if predict:
            _check_stdin_is_free(values)
        run = function(**values)  # type: ignore[call-arg]
        if predict:
            from oslab.predict import predict_run

            if not predict_run(run, _words(run), as_json=as_json):
                raise typer.Exit(EXIT_NOT_ALL_RIGHT)
        elif as_json:
            from oslab.show.document import document, dump

            dump(document(run, steps=steps), sys.stdout)
        else:
            from oslab.show.terminal import show

            show(run, _words(run), steps=steps)

    added = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[n], annotation=a)
        for n, a in _OUTPUT.items()
    ]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *added], return_annotation=None
    )
    own = {n: p.annotation for n, p in signature.parameters.items() if p.annotation is not p.empty}
    command.__annotations__ = {**own, **_OUTPUT, "return": None}
    return command


def _words(run: Run) -> Words:
    from oslab.plugins import PluginError, words_for

    plugin = run.command.partition(".")[0]
    try:
        return words_for(plugin)
    except KeyError:
        raise PluginError(
            f'a run calls itself "{run.command}", but there is no plugin {plugin}'
        ) from None


def _check_stdin_is_free(values: Mapping[str, object]) -> None:
    """Predictions are read from standard input, so no list can come from there."""
    for value in values.values():
        if "-" in (value if isinstance(value, list | tuple) else [value]):
            raise InputError(
                "--predict reads your answers from standard input, so a list cannot come from there; "
                "put it into a file: @FILE"
            )
