"""The root command: every plugin's command is listed, none is imported before it is used."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from oslab import __version__
from oslab.cli.lazy import LazyCommand, LazyGroup
from oslab.hookspecs import Command
from oslab.plugins import plugins
from oslab.text import Text, language

_OSLAB = f"oslab {__version__}"

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
    Command(
        "trace",
        Text(
            "Memory traces: what is in one, formats, convert.", "访存 trace：查看内容、格式，转换。"
        ),
        "oslab.cli.trace:app",
    ),
)


def root() -> TyperGroup:
    """The command ``oslab`` with everything that plugins mount under it."""
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        epilog=str(Text("A student begins with: oslab exercise", "学生从这里开始：oslab exercise")),
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
    group.add_command(LazyCommand(alias, _OSLAB, hidden=True, path=HOST[0].name))
    for command, plugin in plugins().commands():
        group.add_command(LazyCommand(command, plugin.title))
    if language() == "zh":
        from oslab.cli.chinese import speak_chinese

        speak_chinese(group, "oslab", "")
    return group  # type: ignore[no-any-return]


def _version(asked: bool) -> None:
    if asked:
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
