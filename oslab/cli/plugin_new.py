"""``oslab plugin new``: a complete project from the template in ``oslab/templates/plugin``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from oslab import __version__
from oslab.errors import InputError
from oslab.loading import HOST_COMMANDS
from oslab.plugins import plugins
from oslab.quantities import shown

LONGEST = 30
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def write_project(name: str, folder: Path) -> Path:
    """Write the project ``oslab-NAME`` into a folder. Returns its path.

    Raises InputError for a name that cannot be a plugin's or is taken, and where the project's folder
    exists or cannot be written; then nothing is changed.
    """
    check_name(name)
    package = f"oslab_{name.replace('-', '_')}"
    major, minor = __version__.split(".")[:2]
    values = {
        "@NAME@": name,
        "@PACKAGE@": package,
        "@OSLAB@": f">={major}.{minor},<{major}.{int(minor) + 1}",
    }
    project = folder / f"oslab-{name}"
    try:
        project.mkdir()
        for path, text in _template(files("oslab") / "templates" / "plugin"):
            file = project.joinpath(*(package if part == "package" else part for part in path))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_filled(text, values), encoding="utf-8", newline="\n")
    except FileExistsError:
        raise InputError(f"{project} exists; nothing is overwritten") from None
    except OSError as error:
        raise InputError(f"cannot write {project}: {error.strerror}") from None
    return project


def check_name(name: str) -> None:
    """Raises InputError unless a new plugin can have this name."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        meant = re.sub(r"[^a-z0-9]+", "-", name.lower().removeprefix("oslab-")).strip("-0123456789")
        near = f"; {meant} would be" if _NAME.fullmatch(meant) and len(meant) <= LONGEST else ""
        raise InputError(
            f"{shown(name)} cannot be a plugin's name: small letters, digits and single hyphens, "
            f"a letter first, at most {LONGEST}{near}"
        )
    if name.startswith("oslab-"):
        raise InputError(f"oslab- is put before the name by itself: oslab plugin new {name[6:]}")
    found = plugins()
    owners = {command.name: f"a command of {plugin.origin}" for command, plugin in found.commands()}
    owners |= {failure.name: failure.origin for failure in found.failures}
    owners |= {plugin.name: plugin.origin for plugin in found.loaded.values()}
    owners |= dict.fromkeys(found.blocked, "a plugin disabled by OSLAB_DISABLE")
    owners |= dict.fromkeys(HOST_COMMANDS, "oslab itself")
    if name not in owners and find_spec(f"oslab_{name.replace('-', '_')}"):
        owners[name] = f"an installed package oslab_{name.replace('-', '_')}"
    if name in owners:
        raise InputError(f"the name {name} is taken: {owners[name]}")


def _template(
    folder: Traversable, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The template's files, each with its path in the project."""
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _template(item, (*path, item.name))
        elif item.name.endswith(".in"):
            name = item.name.removesuffix(".in")
            yield (*path, ".gitignore" if name == "gitignore" else name), item.read_text("utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
