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
from oslab.text import Text

if TYPE_CHECKING:
    from oslab.text import Words

P = ParamSpec("P")

_OUTPUT = {
    "as_json": Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ],
    "steps": Annotated[
        bool | None,
        typer.Option(
            "--steps/--no-steps", help="Show each step, or the figures only.", show_default=False
        ),
    ],
    "predict": Annotated[
        bool, typer.Option("--predict", help="Stop before each step and ask what happens next.")
    ],
}
_DEFAULTS = {"as_json": False, "steps": None, "predict": False}
_ASKED = "steps"
"""The parameter by which a simulator of long inputs is told whether steps were asked for."""


def group(summary: str | Text, commands: Iterable[Command] = ()) -> typer.Typer:
    """A group of commands, to hang simulators and other commands on.

    `commands` are those that live in other modules: each target is a group that has a command of that
    name, imported when the command is used. A plugin with many simulators starts faster this way, and
    lists them with summaries in both languages.

    Example::

        app = group("Paging.", [Command("split", "Page number and offset.", "oslab_paging.cli.split:app")])
    """
    app = typer.Typer(
        cls=lazy_group(commands),
        help=str(summary),
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

    A function whose input may be long declares ``steps: bool | None``, which is no option of its own:
    it is True when steps were asked for, False when they were declined, None when nothing was said. It
    then returns a run without steps, made by counting, where steps would be too many.

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
    taken = [n for n in _OUTPUT if n in signature.parameters and n != _ASKED]
    if taken:
        raise TypeError(f"{function.__qualname__}: the parameter {taken[0]} belongs to @simulator")
    own = {n: p for n, p in signature.parameters.items() if n != _ASKED}
    told = _ASKED in signature.parameters

    @wraps(function)
    def command(**values: Any) -> None:
        as_json, steps, predict = (values.pop(n) for n in _OUTPUT)
        if predict:
            _check_stdin_is_free(values)
        if told:
            values[_ASKED] = True if predict else steps
        run: object = function(**values)  # type: ignore[call-arg]
        if not isinstance(run, Run):
            from oslab.plugins import PluginError

            name = f"{function.__module__}.{function.__qualname__}"
            raise PluginError(f"{name} must return a Run, not {run!r:.60}")
        if predict:
            from oslab.predict import predict_run

            if not predict_run(run, _words(run), as_json=as_json):
                raise typer.Exit(EXIT_NOT_ALL_RIGHT)
        elif as_json:
            from oslab.show.document import document, dump

            dump(document(run, steps=steps is not False), sys.stdout)
        else:
            from oslab.show.terminal import show

            show(run, _words(run), steps=steps is not False)

    added = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[n], annotation=a)
        for n, a in _OUTPUT.items()
    ]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own.values(), *added], return_annotation=None
    )
    typed = {n: p.annotation for n, p in own.items() if p.annotation is not p.empty}
    command.__annotations__ = {**typed, **_OUTPUT, "return": None}
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
    """Predictions are read from standard input, so no list or trace can come from there."""
    for value in values.values():
        if "-" in (value if isinstance(value, list | tuple) else [value]):
            raise InputError(
                "--predict reads your answers from standard input, so nothing else can come from there; "
                "put it into a file (for a list: @FILE)"
            )
