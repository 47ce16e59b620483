"""The root command: every plugin's command is listed, none is imported before it is used.

The one module that leans on typer's inner classes; typer is pinned to the range it was tried on.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from oslab import __version__
from oslab.hookspecs import Command
from oslab.plugins import Plugin, PluginError, plugins, resolve
from oslab.text import Text

_OSLAB = Plugin("oslab", "oslab", "oslab", __version__, (), (), ())

HOST = (
    Command(
        "exercise",
        Text("Practise: start, check, hint, explain …", "做练习：start、check、hint、explain……"),
        "oslab.cli.exercise:app",
    ),
    Command(
        "plugin",
        Text("List, describe, write and check plugins.", "列出、查看、新建和检查插件。"),
        "oslab.cli.plugin:app",
    ),
)


class LazyCommand(TyperCommand):
    """Stands for a command whose module is imported only when it is used."""

    def __init__(self, command: Command, plugin: Plugin, hidden: bool = False) -> None:
        super().__init__(name=command.name, help=str(command.summary), hidden=hidden)
        self.command = command
        self.plugin = plugin

    def load(self) -> TyperCommand | TyperGroup:
        app = resolve(self.command.target, self.plugin)
        if not isinstance(app, typer.Typer):
            raise PluginError(
                f"plugin {self.plugin.name} ({self.plugin.origin}): {self.command.target} is "
                f"{type(app).__name__}, not a typer.Typer"
            )
        loaded: Any = typer.main.get_command(app)
        loaded.name = self.command.name
        return loaded  # type: ignore[no-any-return]


class PluginGroup(TyperGroup):
    """The root group. Help, completion and "did you mean" see the stand-ins; using one loads it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, LazyCommand) else command, rest


def root() -> TyperGroup:
    """The command ``oslab`` with everything that plugins mount under it."""
    app = typer.Typer(
        cls=PluginGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=str(
            Text(
                "The laboratory for an operating-systems course: simulators that explain each step, "
                "exercises that grade themselves.",
                "操作系统课程实验室：模拟器解释每一步，练习自动批改。",
            )
        ),
    )
    app.callback()(_globals)
    group: Any = typer.main.get_command(app)
    for command in HOST:
        group.add_command(LazyCommand(command, _OSLAB))
    alias = Command("ex", HOST[0].summary, HOST[0].target)
    group.add_command(LazyCommand(alias, _OSLAB, hidden=True))
    for command, plugin in plugins().commands():
        group.add_command(LazyCommand(command, plugin))
    return group  # type: ignore[no-any-return]


def _version(asked: bool) -> None:
    if asked:
        from oslab import __version__

        typer.echo(f"oslab {__version__}")
        raise typer.Exit()


def _globals(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    lang: Annotated[
        str, typer.Option(metavar="en|zh", help="Language; else OSLAB_LANG, else the locale.")
    ] = "",
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Declared for --help; `oslab.cli.main` has taken --lang and --debug out of the arguments."""
