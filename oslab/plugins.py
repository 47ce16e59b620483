"""The plugins of this environment, and what they name: commands, problem types, words.

Heavy things are named by targets and imported only here, when they are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from oslab.errors import InputError
from oslab.loading import Failure as Failure
from oslab.loading import Plugin as Plugin
from oslab.loading import Plugins, load_plugins, reason_of
from oslab.text import Words
from oslab.wordfiles import words_of

if TYPE_CHECKING:
    from oslab.exercise.problem import Problem


class PluginError(Exception):
    """A plugin did not keep its word: what it names cannot be loaded or is something else."""


@cache
def plugins() -> Plugins:
    """All plugins, loaded once."""
    return load_plugins()


def resolve(target: str, owner: str) -> Any:
    """The object that `owner` names as ``"module:attribute"``. Raises PluginError."""
    try:
        return resolve_name(target)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"{owner}: {target} cannot be loaded: {reason_of(error)}") from error


@cache
def words_for(name: str) -> Words:
    """The words of a plugin, and the host's where it has none; for ``oslab``, the host's alone.

    ``trace`` is the one command of the host that has words of its own: no plugin's names get them.
    """
    host = words_of("oslab")
    if name == "oslab":
        return host
    if name == "trace":
        return words_of("oslab.traces").merged([host])
    plugin = plugins().loaded[name]
    try:
        return words_of(plugin.package).merged([host])
    except Exception as error:
        raise PluginError(
            f"{plugin.title}: its words cannot be used: {reason_of(error)}"
        ) from error


@cache
def problem(name: str) -> Problem[Any, Any]:
    """The problem type of this name.

    Raises InputError when no loaded plugin has it, PluginError when it cannot be loaded.
    """
    from oslab.exercise.fields import did_you_mean
    from oslab.exercise.problem import Problem, faults_of

    known = {p.name: (p, plugin) for plugin in plugins().loaded.values() for p in plugin.problems}
    if name not in known:
        near = did_you_mean(name, list(known))
        raise InputError(f'no problem type "{name}"{near}{absent(name.partition(".")[0])}')
    described, plugin = known[name]
    found = resolve(described.target, plugin.title)
    if not (isinstance(found, type) and issubclass(found, Problem)):
        raise PluginError(f"{plugin.title}: {described.target} is no Problem")
    try:
        faults = faults_of(found)
        made = found()
    except Exception as error:
        raise PluginError(f"{plugin.title}: {described.target}: {reason_of(error)}") from error
    if faults:
        raise PluginError(f"{plugin.title}: {described.target}: {'; '.join(faults)}")
    return made


def absent(name: str) -> str:
    """Why there is no plugin of this name, to end a message with; nothing where there is one."""
    found = plugins()
    if name in found.loaded:
        return ""
    if name in found.blocked:
        return f"; plugin {name} is disabled by OSLAB_DISABLE"
    for failure in found.failures + found.strange:
        if failure.name == name:
            return f"; plugin {name} was left out: {failure.reason}"
    return f"; no plugin {name} is installed"


def blamed(error: BaseException, otherwise: str = "internal error") -> str:
    """An error at use on one line, with the plugin whose code raised it, or else what is said there."""
    owners = {plugin.package.partition(".")[0]: plugin for plugin in plugins().loaded.values()}
    culprit = None
    cause: BaseException | None = error
    while cause is not None and culprit is None:
        frame = cause.__traceback__
        while frame is not None:
            module = frame.tb_frame.f_globals.get("__name__", "")
            culprit = owners.get(str(module).partition(".")[0], culprit)
            frame = frame.tb_next
        cause = cause.__cause__
    who = culprit.title if culprit else otherwise
    return f"{who}: {reason_of(error)}"


@cache
def topics() -> Mapping[str, int]:
    """The place of each plugin in the order in which topics are practised.

    By name, but each after those it names; who waits for one another in a circle waits for nobody.
    """
    order: list[str] = []
    waiting = dict(sorted((name, plugin.after) for name, plugin in plugins().loaded.items()))
    while waiting:
        free = (name for name, after in waiting.items() if not waiting.keys() & set(after) - {name})
        name = next(free, next(iter(waiting)))
        order.append(name)
        del waiting[name]
    return {name: place for place, name in enumerate(order)}


def problem_about(command: str) -> str:
    """The name of the problem type that asks about a simulator's runs: the one of the same name, or
    one that says so; empty where there is none."""
    known = [p for plugin in plugins().loaded.values() for p in plugin.problems]
    return next((p.name for p in known if command in (p.name, p.simulator)), "")


def environment(editable: bool = False) -> Sequence[str]:
    """How to install a package, or a project's folder, into this environment: the command line up to
    its name."""
    import sys
    from pathlib import Path

    prefix = Path(sys.prefix)
    if (prefix / "uv-receipt.toml").exists():
        return ("uv", "tool", "install", "oslab", "--with-editable" if editable else "--with")
    if "pipx" in prefix.parts:
        return ("pipx", "inject", *(["--editable"] if editable else []), "oslab")
    return (sys.executable, "-m", "pip", "install", *(["--editable"] if editable else []))
