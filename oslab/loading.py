"""Find and load plugins.

A plugin is loaded whole or not at all. One that fails to import, asks to exit, has a hook of an
unknown name or a wrong signature, returns something else than the hook says, takes a name that is
taken, or wants another version of oslab is left out, with one line saying which and why; the others
work. This guards against accidents, not malice: plugins are arbitrary code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint
from importlib.resources.abc import Traversable
from types import FunctionType
from typing import Any, NamedTuple

import pluggy

from oslab import hookspecs
from oslab.allowed import refusal_here
from oslab.distributions import Distribution, distribution_of, plugin_entries
from oslab.errors import one_line
from oslab.hookspecs import Command, Exercises, Exporter, ProblemType, TraceReader
from oslab.text import Text

HOST_COMMANDS = ("exercise", "ex", "plugin", "trace")
HOST_FORMATS = ("npy", "lackey", "csapp", "din", "plain")
# `words_for` gives these names the host's own words.
HOST_NAMES = ("oslab", "trace")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class Plugin(NamedTuple):
    """A loaded plugin and what it contributes; its exercises come `after` those of other plugins."""

    name: str
    package: str
    distribution: str
    version: str
    commands: tuple[Command, ...]
    problems: tuple[ProblemType, ...]
    exercises: tuple[Traversable, ...]
    readers: tuple[TraceReader, ...] = ()
    after: tuple[str, ...] = ()
    exporters: tuple[Exporter, ...] = ()

    @property
    def origin(self) -> str:
        """The distribution it comes from, with its version."""
        return f"{self.distribution} {self.version}"

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return f"plugin {self.name} ({self.origin})"


class Failure(NamedTuple):
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


class Plugins(NamedTuple):
    """All plugins of this environment; `strange` are those that the course here does not ask for."""

    loaded: Mapping[str, Plugin]
    failures: tuple[Failure, ...]
    blocked: tuple[str, ...]
    strange: tuple[Failure, ...] = ()

    def commands(self) -> Iterator[tuple[Command, Plugin]]:
        """The commands of all plugins, by name."""
        found = [(c, plugin) for plugin in self.loaded.values() for c in plugin.commands]
        return iter(sorted(found, key=lambda pair: pair[0].name))


def load_plugins() -> Plugins:
    """Load the plugins named in the entry-point group ``oslab``, those of oslab itself first."""
    manager = _Manager("oslab")
    manager.add_hookspecs(hookspecs)
    blocked = {name.strip() for name in os.environ.get("OSLAB_DISABLE", "").split(",")} - {""}
    loaded: dict[str, Plugin] = {}
    entries, damaged = plugin_entries()
    failures = [
        Failure.of(
            "?", one_line(folder), _Refused(f"its entry points cannot be read: {reason_of(e)}")
        )
        for folder, e in damaged
    ]
    found = [(distribution_of(entry), entry) for entry in entries]
    refusal = refusal_here()
    strange = []
    for distribution, entry in sorted(found, key=_ours_first):
        if entry.name in blocked:
            continue
        reason = refusal(distribution) if refusal else ""
        if reason:
            strange.append(Failure.of(entry.name, distribution, _Refused(reason)))
            continue
        try:
            loaded[entry.name] = _load(entry, distribution, manager, loaded)
        except _Refused as refused:
            failures.append(Failure.of(entry.name, distribution, refused))
    return Plugins(loaded, tuple(failures), tuple(sorted(blocked)), tuple(strange))


class _Manager(pluggy.PluginManager):
    """Looks for hooks among the functions of a plugin, not among all that its module imports: pluggy
    inspects each name without touching it, which makes up most of the cost of a plugin."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        value = vars(plugin).get(name)
        marked = isinstance(value, FunctionType) and "oslab_impl" in vars(value)
        return super().parse_hookimpl_opts(plugin, name) if marked else None


class _Refused(Exception):
    """Why a plugin is left out."""


def _ours_first(found: tuple[Distribution, EntryPoint]) -> tuple[bool, str, str]:
    distribution, entry = found
    return distribution.name != "oslab", entry.name, distribution.name


def _load(
    entry: EntryPoint,
    distribution: Distribution,
    manager: pluggy.PluginManager,
    loaded: Mapping[str, Plugin],
) -> Plugin:
    if not _NAME.fullmatch(entry.name):
        raise _Refused(f'its name "{entry.name}" is not small letters, digits and hyphens')
    if entry.name in HOST_NAMES:
        raise _Refused(f"the name {entry.name} is taken by oslab itself")
    if entry.name in loaded:
        raise _Refused(f"the name {entry.name} is taken by {loaded[entry.name].origin}")
    misfit = distribution.misfit()
    if misfit:
        raise _Refused(misfit)
    try:
        module = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin that calls sys.exit() must not end the program
        raise _Refused(reason_of(error)) from error
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
            tuple(_folder(item) for item in contributed["oslab_exercises"]),
            tuple(contributed["oslab_trace_readers"]),
            tuple(name for item in contributed["oslab_exercises"] for name in _after(item)),
            tuple(contributed["oslab_exporters"]),
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
        reason = f"it is the plugin {already} under another name" if already else reason_of(error)
        raise _Refused(reason) from error
    return plugin


_RETURNS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "oslab_commands": (Command, "Command"),
    "oslab_problems": (ProblemType, "ProblemType"),
    "oslab_exercises": (
        # In this order: what is a Traversable is told by all its methods, which takes its time.
        (Exercises, Traversable),
        "folder (importlib.resources.files(…) / …)",
    ),
    "oslab_trace_readers": (TraceReader, "TraceReader"),
    "oslab_exporters": (Exporter, "Exporter"),
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
                raise _Refused(f"{caller.name}: {reason_of(error)}") from error
            for item in items:
                if not isinstance(item, kind):
                    raise _Refused(
                        f"{caller.name} must yield {kind_name}s, not {type(item).__name__}"
                    )
            found[caller.name] += items
    return found


def _folder(item: Traversable | Exercises) -> Traversable:
    if not isinstance(item, Exercises):
        return item
    if not isinstance(item.folder, Traversable):
        raise _Refused(f"oslab_exercises: {type(item.folder).__name__} is no folder")
    return item.folder


def _after(item: Traversable | Exercises) -> tuple[str, ...]:
    after = item.after if isinstance(item, Exercises) else ()
    if not (isinstance(after, tuple) and all(isinstance(name, str) for name in after)):
        raise _Refused('oslab_exercises: after must name plugins, as ("paging",)')
    return after


def _check_names(plugin: Plugin, loaded: Mapping[str, Plugin]) -> None:
    others = loaded.values()
    commands = {c.name: other.title for other in others for c in other.commands}
    _check_free("command", plugin.commands, dict.fromkeys(HOST_COMMANDS, "oslab itself") | commands)
    formats = {r.name: other.title for other in others for r in other.readers}
    _check_free(
        "trace format", plugin.readers, dict.fromkeys(HOST_FORMATS, "oslab itself") | formats
    )
    exporters = {e.name: other.title for other in others for e in other.exporters}
    _check_free("export format", plugin.exporters, exporters)
    seen: set[str] = set()
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


def _check_free(
    what: str, items: Iterable[Command | TraceReader | Exporter], taken: Mapping[str, str]
) -> None:
    """Whether each has a name that is one, and is nobody else's (`taken`: whose), and a summary."""
    seen: set[str] = set()
    for item in items:
        if not (isinstance(item.name, str) and _NAME.fullmatch(item.name)):
            raise _Refused(f'{what} "{item.name}" is not small letters, digits and hyphens')
        if not isinstance(item.summary, str | Text) or not isinstance(item.target, str):
            raise _Refused(f'{what} "{item.name}": a summary and a "module:attribute" are needed')
        if item.name in taken:
            raise _Refused(f'the {what} name "{item.name}" is taken by {taken[item.name]}')
        if item.name in seen:
            raise _Refused(f'{what} "{item.name}" is given twice')
        seen.add(item.name)


def reason_of(error: BaseException) -> str:
    """An error of a stranger's code, on one line that is safe to print."""
    if isinstance(error, SystemExit):
        return "it called sys.exit()"
    try:
        text = str(error)
    except Exception:  # a stranger's exception can fail to print too
        text = ""
    return f"{type(error).__name__}: {one_line(text)[:300]}"


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
