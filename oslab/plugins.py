"""Find, load, list and block plugins.

A plugin is loaded whole or not at all. One that fails to import, asks to exit, has a hook of an
unknown name or a wrong signature, returns something else than the hook says, takes a name that is
taken, or wants another version of oslab is left out, with one line saying which and why; the others
work. This guards against accidents, not malice: plugins are arbitrary code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import pluggy

from oslab import hookspecs
from oslab.errors import InputError
from oslab.hookspecs import Command, ProblemType
from oslab.text import Words, words_of

if TYPE_CHECKING:
    from oslab.exercise.problem import Problem

GROUP = "oslab"
HOST_COMMANDS = ("exercise", "ex", "plugin")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class PluginError(Exception):
    """A plugin did not keep its word: what it names cannot be loaded or is something else."""


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin and what it contributes."""

    name: str
    package: str
    distribution: str
    version: str
    commands: tuple[Command, ...]
    problems: tuple[ProblemType, ...]
    exercises: tuple[Traversable, ...]

    @property
    def origin(self) -> str:
        """The distribution it comes from, with its version."""
        return f"{self.distribution} {self.version}"

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return f"plugin {self.name} ({self.origin})"


@dataclass(frozen=True)
class Failure:
    """A plugin left out, and why."""

    name: str
    origin: str
    reason: str
    error: BaseException | None = None

    def __str__(self) -> str:
        return f"oslab: skipped plugin {self.name} ({self.origin}): {self.reason}"


@dataclass(frozen=True)
class Plugins:
    """All plugins of this environment."""

    loaded: Mapping[str, Plugin]
    failures: tuple[Failure, ...]
    blocked: tuple[str, ...]

    def commands(self) -> Iterator[tuple[Command, Plugin]]:
        """The commands of all plugins, by name."""
        found = [(c, plugin) for plugin in self.loaded.values() for c in plugin.commands]
        return iter(sorted(found, key=lambda pair: pair[0].name))


@cache
def plugins() -> Plugins:
    """Load the plugins named in the entry-point group ``oslab``, those of oslab itself first."""
    manager = pluggy.PluginManager("oslab")
    manager.add_hookspecs(hookspecs)
    blocked = {name.strip() for name in os.environ.get("OSLAB_DISABLE", "").split(",")} - {""}
    loaded: dict[str, Plugin] = {}
    failures = []
    # The same distribution can be on the path twice (an editable install over a copied one).
    found = sorted(
        set(entry_points(group=GROUP)),
        key=lambda e: (_distribution(e).name != "oslab", e.name, _distribution(e).name),
    )
    for entry in found:
        if entry.name in blocked:
            continue
        try:
            loaded[entry.name] = _load(entry, manager, loaded)
        except _Refused as refusal:
            failures.append(
                Failure(entry.name, str(_distribution(entry)), str(refusal), refusal.__cause__)
            )
    return Plugins(loaded, tuple(failures), tuple(sorted(blocked)))


class _Refused(Exception):
    """Why a plugin is left out."""


def _load(entry: EntryPoint, manager: pluggy.PluginManager, loaded: Mapping[str, Plugin]) -> Plugin:
    if not _NAME.fullmatch(entry.name):
        raise _Refused(f'its name "{entry.name}" is not small letters, digits and hyphens')
    if entry.name in loaded:
        raise _Refused(f"the name {entry.name} is taken by {loaded[entry.name].origin}")
    distribution = _distribution(entry)
    _check_version(distribution)
    try:
        module = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin that calls sys.exit() must not end the program
        raise _Refused(_reason(error)) from error
    try:
        manager.register(module, entry.name)
        manager.check_pending()
        contributed = _contributions(manager, module)
        plugin = Plugin(
            entry.name,
            getattr(module, "__name__", entry.value),
            distribution.name,
            distribution.version,
            tuple(contributed["oslab_commands"]),
            tuple(contributed["oslab_problems"]),
            tuple(contributed["oslab_exercises"]),
        )
        _check_names(plugin, loaded)
    except Exception as error:
        if manager.get_plugin(entry.name) is module:
            manager.unregister(module)
        if isinstance(error, _Refused):
            raise
        if isinstance(error, pluggy.PluginValidationError):
            raise _Refused(_misused_hook(error)) from error
        already = manager.get_name(module)
        reason = f"it is the plugin {already} under another name" if already else _reason(error)
        raise _Refused(reason) from error
    return plugin


_RETURNS: Mapping[str, tuple[type, str]] = {
    "oslab_commands": (Command, "Command"),
    "oslab_problems": (ProblemType, "ProblemType"),
    "oslab_exercises": (Traversable, "folder (importlib.resources.files(…) / …)"),
}


def _contributions(manager: pluggy.PluginManager, module: object) -> dict[str, list[Any]]:
    """Call each hook implementation on its own: one that raises must not cost the others'."""
    found: dict[str, list[Any]] = {name: [] for name in _RETURNS}
    for caller in manager.get_hookcallers(module) or []:
        kind, kind_name = _RETURNS[caller.name]
        for implementation in caller.get_hookimpls():
            if implementation.plugin is not module:
                continue
            try:
                items: list[Any] = list(implementation.function())  # type: ignore[call-overload]  # a generator raises only here
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                raise _Refused(f"{caller.name}: {_reason(error)}") from error
            for item in items:
                if not isinstance(item, kind):
                    raise _Refused(
                        f"{caller.name} must yield {kind_name}s, not {type(item).__name__}"
                    )
            found[caller.name] += items
    return found


def _check_names(plugin: Plugin, loaded: Mapping[str, Plugin]) -> None:
    taken = {c.name: other for other in loaded.values() for c in other.commands}
    seen: set[str] = set()
    for command in plugin.commands:
        if not _NAME.fullmatch(command.name):
            raise _Refused(f'command "{command.name}" is not small letters, digits and hyphens')
        if command.name in HOST_COMMANDS or command.name in seen:
            raise _Refused(f'the command name "{command.name}" is taken by oslab itself'
                           if command.name in HOST_COMMANDS
                           else f'command "{command.name}" is given twice')  # fmt: skip
        if command.name in taken:
            owner = taken[command.name]
            raise _Refused(
                f'the command name "{command.name}" is taken by plugin {owner.name} ({owner.origin})'
            )
        seen.add(command.name)
    for problem in plugin.problems:
        if not problem.name.startswith(f"{plugin.name}."):
            right = f"{plugin.name}.{problem.name.rpartition('.')[2]}"
            raise _Refused(f'problem type "{problem.name}" must be called {right}')
        if problem.name in seen:
            raise _Refused(f'problem type "{problem.name}" is given twice')
        seen.add(problem.name)


def _check_version(distribution: _Distribution) -> None:
    """Refuse a plugin whose ``oslab>=X,<Y`` requirement this version does not meet."""
    wanted = [r for r in distribution.requires if re.match(r"oslab\b(?!-)", r)]
    if distribution.name == "oslab" or not wanted:
        return
    from packaging.requirements import InvalidRequirement, Requirement

    from oslab import __version__

    for text in wanted:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise _Refused(f'its requirement "{text}" cannot be read') from error
        if requirement.name != "oslab" or (
            requirement.marker and not requirement.marker.evaluate()
        ):
            continue
        if not requirement.specifier.contains(__version__, prereleases=True):
            raise _Refused(f"it needs oslab{requirement.specifier}; this is oslab {__version__}")


def _misused_hook(error: pluggy.PluginValidationError) -> str:
    """pluggy's complaint in one line, with the hook that was perhaps meant."""
    text = " ".join(str(error).split())
    unknown = re.search(r"unknown hook '(\w+)'", text)
    if unknown:
        from oslab.exercise.fields import did_you_mean

        return f"no hook is called {unknown[1]}{did_you_mean(unknown[1], list(_RETURNS))}"
    wrong = re.search(r"hook '(\w+)'", text)
    if wrong and "Argument" in text:
        return f"hook {wrong[1]} takes no arguments"
    return text


def _reason(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "it called sys.exit()"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


@dataclass(frozen=True)
class _Distribution:
    """What a plugin was installed from."""

    name: str
    version: str
    requires: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def _distribution(entry: EntryPoint) -> _Distribution:
    """Read off the first lines of the metadata; importlib.metadata would import the email package, a
    tenth of the cost of starting, to do it."""
    text = entry.dist and (entry.dist.read_text("METADATA") or entry.dist.read_text("PKG-INFO"))
    fields: dict[str, list[str]] = {}
    for line in (text or "").partition("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return _Distribution(
        fields.get("name", ["?"])[0],
        fields.get("version", ["?"])[0],
        tuple(fields.get("requires-dist", ())),
    )


def resolve(target: str, owner: str) -> Any:
    """The object that `owner` names as ``"module:attribute"``. Raises PluginError."""
    try:
        return resolve_name(target)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"{owner}: {target} cannot be loaded: {_reason(error)}") from error


@cache
def words_for(name: str) -> Words:
    """The words of a plugin, and the host's where it has none; for ``oslab``, the host's alone."""
    host = words_of("oslab")
    return words_of(plugins().loaded[name].package).merged([host]) if name != "oslab" else host


@cache
def problem(name: str) -> Problem[Any, Any]:
    """The problem type of this name.

    Raises InputError when no loaded plugin has it, PluginError when it cannot be loaded.
    """
    from oslab.exercise.fields import did_you_mean
    from oslab.exercise.problem import Problem

    known = {p.name: (p, plugin) for plugin in plugins().loaded.values() for p in plugin.problems}
    if name not in known:
        raise InputError(f'no problem type "{name}"{did_you_mean(name, list(known))}')
    described, plugin = known[name]
    found = resolve(described.target, plugin.title)
    if not (isinstance(found, type) and issubclass(found, Problem)):
        raise PluginError(
            f"plugin {plugin.name} ({plugin.origin}): {described.target} is no Problem"
        )
    return found()


def problem_for(command: str) -> Problem[Any, Any] | None:
    """The problem type a simulator's runs belong to: the one of the same name, if there is one."""
    names = {p.name for plugin in plugins().loaded.values() for p in plugin.problems}
    return problem(command) if command in names else None


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
