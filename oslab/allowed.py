"""Which plugins are loaded where a course is: the built-in ones, and those that its ``course.toml`` names.

Checking and grading run plugins with the rights of whoever grades. So in a folder at or below one that
holds a course.toml, a plugin that happens to be installed is not loaded unless the course asks for it.
Where there is no course, this costs one look into each folder above.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from oslab.errors import InputError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from oslab.distributions import Distribution

COURSE_FILE = "course.toml"
_LONGEST = 200
# No URL, no marker, nothing that a shell acts on between double quotes.
_REQUIREMENT = (
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
    r"(?: *(?:==|!=|<=|>=|~=|<|>) *[0-9][0-9A-Za-z.+-]{0,30}(?:\.\*)?(?: *, *(?=[=!<>~])|$))*"
)


def course_file() -> str:
    """The course.toml of this folder or the nearest above; empty where there is none."""
    try:
        folder = os.getcwd()
    except OSError:  # the folder is gone
        return ""
    while True:
        file = os.path.join(folder, COURSE_FILE)
        if os.path.isfile(file):
            return file
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def refusal_here() -> Callable[[Distribution], str] | None:
    """What says why a plugin's distribution is not loaded here (empty: it is); None outside courses."""
    file = course_file()
    if not file:
        return None
    wanted = _wanted(file)

    def refusal(distribution: Distribution) -> str:
        if distribution.name == "oslab":
            return ""
        return _refusal(distribution, wanted)

    return refusal


def requirement(text: str) -> Requirement:
    """A plugin as course.toml names it: ``oslab-buddy>=1.4,<2``. Raises InputError for anything else; a
    URL would be a place to install from."""
    from packaging.requirements import InvalidRequirement, Requirement

    from oslab.quantities import shown

    if len(text) <= _LONGEST and re.fullmatch(_REQUIREMENT, text):
        try:
            return Requirement(text)
        except InvalidRequirement:
            pass
    raise InputError(
        f"{shown(text, 80)} is no requirement of a plugin; oslab-buddy>=1.4,<2 would be, never a URL"
    )


def _refusal(distribution: Distribution, wanted: list[Requirement]) -> str:
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    name = canonicalize_name(distribution.name)
    named = [found for found in wanted if canonicalize_name(found.name) == name]
    if not named:
        return f"not in {COURSE_FILE}"
    try:
        version = Version(distribution.version)
    except InvalidVersion:
        return f"{COURSE_FILE} wants {named[0]}; this has no version"
    for found in named:
        if not found.specifier.contains(version, prereleases=True):
            return f"{COURSE_FILE} wants {found}"
    return ""


def _wanted(file: str) -> list[Requirement]:
    """The plugins that a course names; none where its file cannot be read, which the commands of the
    course say."""
    from oslab.tomlfile import read_toml

    try:
        listed = read_toml(file, "a course").get("plugins", [])
    except (InputError, RecursionError):
        return []
    found = []
    for text in listed if isinstance(listed, list) else ():
        try:
            found.append(requirement(text))
        except (InputError, TypeError):
            continue
    return found
