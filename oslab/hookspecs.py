"""The whole contract between the host and its plugins.

A plugin is a package named in the entry-point group ``oslab``; the entry point's name is the
plugin's name. Its ``__init__`` holds hook implementations only: they take no arguments and yield
frozen values that name heavy things as ``"module:attribute"``, so that listing commands imports no
simulator. Adding a hook, or a field with a default, is a minor release.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources.abc import Traversable
from typing import NamedTuple

import pluggy

from oslab.text import Text

hookspec = pluggy.HookspecMarker("oslab")
hookimpl = pluggy.HookimplMarker("oslab")


# Named tuples: making a frozen dataclass costs as much as importing a plugin, at every start.
class Command(NamedTuple):
    """A command or group of commands, mounted as ``oslab NAME``.

    target   ``"package.cli:app"``: a `typer.Typer`, imported when the command is used
    """

    name: str
    summary: str | Text
    target: str


class ProblemType(NamedTuple):
    """A problem type; its name is ``PLUGIN.SOMETHING``.

    target     ``"package.problems:Class"``: a subclass of `oslab.Problem`, imported when used
    simulator  the command whose runs it asks about, ``PLUGIN.COMMAND``, where that has another name;
               ``--predict`` there names the mistakes of this problem type
    """

    name: str
    target: str
    simulator: str = ""


class Exercises(NamedTuple):
    """A folder of catalogue files, and the topics that a student does well to practise before this one:
    names of plugins, there or not. Lists of exercises follow that order."""

    folder: Traversable
    after: tuple[str, ...] = ()


class TraceReader(NamedTuple):
    """A format of memory traces, for every ``--trace FILE``.

    name     what ``--trace-format`` calls it: small letters, digits, hyphens
    target   ``"package.module"`` or ``"package.module:object"``: has the functions ``recognises`` and
             ``read`` of `oslab.traces.formats.Reader`, imported when a trace is read
    """

    name: str
    summary: str | Text
    target: str


class Exporter(NamedTuple):
    """A format that a gradebook is exported in: ``oslab gradebook export NAME``.

    name     small letters, digits, hyphens
    target   ``"package.module:function"``: a function ``(request: ExportRequest) -> Exported`` of
             `oslab.exporting`, imported when it is used
    given    what file of the instructor's it fills in, for --help ("the gradebook exported from Canvas");
             empty where it needs none
    open     it says of each grade whether it is final, so it may be written while essays wait and
             decisions are in conflict; the others are refused then
    """

    name: str
    summary: str | Text
    target: str
    given: str | Text = ""
    open: bool = False


@hookspec
def oslab_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Commands to mount under ``oslab``.

    Example::

        @hookimpl
        def oslab_commands():
            yield Command("buddy", "Buddy allocation: split and join.", "oslab_buddy.cli:app")
    """


@hookspec
def oslab_problems() -> Iterable[ProblemType]:  # type: ignore[empty-body]
    """Problem types that catalogue exercises can bind.

    Example::

        @hookimpl
        def oslab_problems():
            yield ProblemType("buddy.split", "oslab_buddy.problems:Split")
    """


@hookspec
def oslab_exercises() -> Iterable[Traversable | Exercises]:  # type: ignore[empty-body]
    """Folders of catalogue files; ``split.toml`` in one of them is the exercise ``PLUGIN/split``.

    Example::

        @hookimpl
        def oslab_exercises():
            yield Exercises(files("oslab_buddy") / "exercises", after=("paging",))
    """


@hookspec
def oslab_trace_readers() -> Iterable[TraceReader]:  # type: ignore[empty-body]
    """Formats of memory traces.

    Example::

        @hookimpl
        def oslab_trace_readers():
            yield TraceReader("pin", "Traces of the Pin tool.", "oslab_buddy.pin")
    """


@hookspec
def oslab_exporters() -> Iterable[Exporter]:  # type: ignore[empty-body]
    """Formats of gradebooks.

    Example::

        @hookimpl
        def oslab_exporters():
            yield Exporter("ilias", "Points for ILIAS.", "oslab_ilias:export")
    """
