"""Where in the file each part and answer begins, for what is said about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PART = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_ANSWER = re.compile(r"\s*[\"']?([\w.-]+)[\"']?\s*=")
_TRIPLE = re.compile(r"'''|\"\"\"")


@dataclass
class Places:
    """`parts` maps each part to the lines of its headers, `lines` a part and name to its line."""

    parts: dict[str, list[int]] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)


def places_of_toml(text: str) -> Places:
    """The places in a text that is known to be TOML."""
    places, part, inside = Places(), "", ""
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            if line.startswith("#"):
                continue
            header, answer = _PART.match(line), _ANSWER.match(line)
            if header:
                part = header[1].lower()
                places.parts.setdefault(part, []).append(number)
            elif answer:
                places.lines.setdefault((part, answer[1]), number)
        if "'''" not in line and '"""' not in line:
            continue
        for quotes in _TRIPLE.findall(line.partition("#")[0] if not inside else line):
            inside = "" if inside == quotes else inside or quotes
    return places
