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
from importlib.metadata import EntryPoint, distributions, entry_points
from importlib.resources.abc import Traversable
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import pluggy

from oslab import hookspecs
from oslab.errors import InputError, one_line
from oslab.hookspecs import Command, ProblemType
from oslab.text import Text, Words
from oslab.wordfiles import words_of

if TYPE_CHECKING:
    from oslab.exercise.problem import Problem

GROUP = "oslab"
HOST_COMMANDS = ("exercise", "ex", "plugin")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_DAMAGED = "?"


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

    @classmethod
    def of(cls, name: str, origin: object, refusal: _Refused) -> Failure:
        """All texts in it are safe to print: they are a stranger's."""
        return cls(one_line(name), str(origin), one_line(str(refusal)), refusal.__cause__)


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
    failures: list[Failure] = []
    found = [(_distribution(entry), entry) for entry in _entries(failures)]
    for distribution, entry in sorted(found, key=_ours_first):
        if entry.name in blocked:
            continue
        try:
            loaded[entry.name] = _load(entry, distribution, manager, loaded)
        except _Refused as refusal:
            failures.append(Failure.of(entry.name, distribution, refusal))
    return Plugins(loaded, tuple(failures), tuple(sorted(blocked)))


class _Refused(Exception):
    """Why a plugin is left out."""


def _entries(failures: list[Failure]) -> set[EntryPoint]:
    """The entry points of the group. The same distribution can be on the path twice (an editable
    install over a copied one); one whose metadata cannot be read must not hide the others."""
    try:
        return set(entry_points(group=GROUP))
    except Exception:
        pass
    found: set[EntryPoint] = set()
    for distribution in distributions():
        try:
            found.update(distribution.entry_points.select(group=GROUP))
        except Exception as error:
            refusal = _Refused(f"its entry points cannot be read: {_reason(error)}")
            folder = getattr(distribution, "_path", _DAMAGED)
            failures.append(
                Failure.of(_DAMAGED, one_line(getattr(folder, "name", _DAMAGED)), refusal)
            )
    return found


def _ours_first(found: tuple[_Distribution, EntryPoint]) -> tuple[bool, str, str]:
    distribution, entry = found
    return distribution.name != "oslab", entry.name, distribution.name


def _load(
    entry: EntryPoint,
    distribution: _Distribution,
    manager: pluggy.PluginManager,
    loaded: Mapping[str, Plugin],
) -> Plugin:
    if not _NAME.fullmatch(entry.name):
        raise _Refused(f'its name "{entry.name}" is not small letters, digits and hyphens')
    if entry.name in loaded:
        raise _Refused(f"the name {entry.name} is taken by {loaded[entry.name].origin}")
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
            entry.module,
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
        if not isinstance(command.summary, str | Text) or not isinstance(command.target, str):
            raise _Refused(
                f'command "{command.name}": a summary and a "module:attribute" are needed'
            )
        if command.name in HOST_COMMANDS:
            raise _Refused(f'the command name "{command.name}" is taken by oslab itself')
        if command.name in seen:
            raise _Refused(f'command "{command.name}" is given twice')
        if command.name in taken:
            owner = taken[command.name]
            raise _Refused(
                f'the command name "{command.name}" is taken by plugin {owner.name} ({owner.origin})'
            )
        seen.add(command.name)
    for problem in plugin.problems:
        owner_name, _, short_name = problem.name.rpartition(".")
        if owner_name != plugin.name:
            right = f"{plugin.name}.{short_name}"
            raise _Refused(f'problem type "{problem.name}" must be called {right}')
        if not _NAME.fullmatch(short_name):
            raise _Refused(
                f'problem type "{problem.name}": after the point only small letters, digits, hyphens'
            )
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
    """An error of a stranger's code, on one line that is safe to print."""
    if isinstance(error, SystemExit):
        return "it called sys.exit()"
    try:
        text = str(error)
    except Exception:  # a stranger's exception can fail to print too
        text = ""
    return f"{type(error).__name__}: {one_line(text)[:300]}"


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
    try:
        text = entry.dist and (entry.dist.read_text("METADATA") or entry.dist.read_text("PKG-INFO"))
    except (OSError, ValueError):  # not UTF-8
        text = None
    fields: dict[str, list[str]] = {}
    for line in (text or "").partition("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return _Distribution(
        one_line(fields.get("name", [_DAMAGED])[0]),
        one_line(fields.get("version", [_DAMAGED])[0]),
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
    if name == "oslab":
        return host
    plugin = plugins().loaded[name]
    try:
        return words_of(plugin.package).merged([host])
    except Exception as error:
        raise PluginError(f"{plugin.title}: its words cannot be used: {_reason(error)}") from error


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
        raise PluginError(f"{plugin.title}: {described.target}: {_reason(error)}") from error
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
    for failure in found.failures:
        if failure.name == name:
            return f"; plugin {name} was left out: {failure.reason}"
    return f"; no plugin {name} is installed"


def blamed(error: BaseException) -> str:
    """An error at use on one line, with the plugin whose code raised it."""
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
    who = culprit.title if culprit else "internal error"
    return f"{who}: {_reason(error)}"


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
