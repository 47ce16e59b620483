"""Commands that are imported only when used: stand-ins with a name and a summary.

The one module that leans on typer's inner classes; typer is pinned to the range it was tried on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from oslab.errors import one_line
from oslab.hookspecs import Command
from oslab.plugins import PluginError, resolve
from oslab.text import language


class LazyCommand(TyperCommand):
    """Stands for a command whose module is imported only when it is used.

    owner    whose it is, for messages
    member   the target is a group that has a command of this name; else the target itself is meant
    path     what is typed for it, where that is more than its name
    """

    def __init__(
        self,
        command: Command,
        owner: str,
        member: bool = False,
        hidden: bool = False,
        path: str = "",
    ) -> None:
        super().__init__(name=command.name, help=one_line(str(command.summary)), hidden=hidden)
        self.command = command
        self.owner = owner
        self.member = member
        self.path = path or command.name

    def get_short_help_str(self, limit: int = 45) -> str:
        """The whole summary: it is one sentence, and help breaks lines."""
        return self.help or ""

    def load(self) -> TyperCommand | TyperGroup:
        """The command itself. Raises PluginError when its target is none."""
        app = resolve(self.command.target, self.owner)
        if not isinstance(app, typer.Typer):
            raise PluginError(
                f"{self.owner}: {self.command.target} is {type(app).__name__}, not a typer.Typer"
            )
        loaded: Any = _member(app, self) if self.member else typer.main.get_command(app)
        loaded.name = self.command.name
        for name, below in getattr(loaded, "commands", {}).items():
            if isinstance(below, LazyCommand):
                below.path = f"{self.path} {name}"
        if language() == "zh":
            from oslab.cli.chinese import speak_chinese

            speak_chinese(
                loaded, self.command.target.partition(":")[0].partition(".")[0], self.path
            )
        return loaded  # type: ignore[no-any-return]


def _member(app: typer.Typer, wanted: LazyCommand) -> Any:
    """A command of a group, built without the others."""
    for info in app.registered_commands:
        name = info.name or typer.main.get_command_name(info.callback.__name__)  # type: ignore[union-attr]
        if name == wanted.command.name:
            return typer.main.get_command_from_info(
                info,
                pretty_exceptions_short=app.pretty_exceptions_short,
                rich_markup_mode=app.rich_markup_mode,
            )
    raise PluginError(
        f"{wanted.owner}: {wanted.command.target} has no command {wanted.command.name}"
    )


class LazyGroup(TyperGroup):
    """A group with stand-ins. Help, completion and "did you mean" see them; using one loads it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, LazyCommand) else command, rest


def lazy_group(commands: Iterable[Command]) -> type[LazyGroup]:
    """A class of groups that begin with stand-ins for these commands."""
    standing = tuple(commands)

    class Group(LazyGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for command in standing:
                package = command.target.partition(":")[0].partition(".")[0]
                self.add_command(LazyCommand(command, package, member=True))

    return Group
