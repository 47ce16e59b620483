"""What plugins were installed from: entry points, names, versions and requirements.

Metadata is read here, not through importlib.metadata's own reader: that imports the email package, a
tenth of the cost of starting. Damaged metadata costs only its own distribution.
"""

from __future__ import annotations

import importlib.metadata
import re
from importlib.metadata import EntryPoint
from typing import NamedTuple

from oslab.errors import one_line

GROUP = "oslab"
_UNKNOWN = "?"


class Distribution(NamedTuple):
    """What a plugin was installed from; name and version are safe to print."""

    name: str
    version: str
    requires: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def misfit(self) -> str | None:
        """Why its ``oslab>=X,<Y`` requirement is not met by this version; None when it is."""
        wanted = [r for r in self.requires if re.match(r"oslab\b(?!-)", r)]
        if self.name == "oslab" or not wanted:
            return None
        from packaging.requirements import InvalidRequirement, Requirement

        from oslab import __version__

        for text in wanted:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                return f'its requirement "{text}" cannot be read'
            applies = not requirement.marker or requirement.marker.evaluate()
            if requirement.name != "oslab" or not applies:
                continue
            if not requirement.specifier.contains(__version__, prereleases=True):
                return f"it needs oslab{requirement.specifier}; this is oslab {__version__}"
        return None


def distribution_of(entry: EntryPoint) -> Distribution:
    """Read off the first lines of the metadata."""
    try:
        text = entry.dist and (entry.dist.read_text("METADATA") or entry.dist.read_text("PKG-INFO"))
    except (OSError, ValueError):  # not UTF-8
        text = None
    fields: dict[str, list[str]] = {}
    for line in (text or "").partition("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return Distribution(
        one_line(fields.get("name", [_UNKNOWN])[0]),
        one_line(fields.get("version", [_UNKNOWN])[0]),
        tuple(fields.get("requires-dist", ())),
    )


def plugin_entries() -> tuple[set[EntryPoint], list[tuple[str, Exception]]]:
    """The entry points of the group, and the folders of metadata that cannot be read, with the reason.

    A set: the same distribution can be on the path twice (an editable install over a copied one).
    """
    try:
        return set(importlib.metadata.entry_points(group=GROUP)), []
    except Exception:  # somebody's metadata is damaged; below it must not hide the others'
        pass
    found: set[EntryPoint] = set()
    damaged = []
    for distribution in importlib.metadata.distributions():
        try:
            found.update(distribution.entry_points.select(group=GROUP))
        except Exception as error:
            folder = getattr(distribution, "_path", None)
            damaged.append((str(getattr(folder, "name", _UNKNOWN)), error))
    return found, damaged
