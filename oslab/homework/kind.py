"""Which files are class files: told without reading them as such, for every sheet that is checked asks."""

from __future__ import annotations

import re
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.decoding import decode
from oslab.exercise.reading import read_bytes
from oslab.exercise.sheet import NotASheet

SUFFIX = ".oslab.toml"
_TELLING = (r"\[\[questions\]\]", r"student_id\s*=", r"assignment\s*=")


def is_class_file(file: Path) -> bool:
    """Whether a file is a class file, readable or not: by its keys, or else by its name."""
    try:
        data = read_bytes(file)
    except InputError:
        return file.name.endswith((SUFFIX, f"{SUFFIX}.txt"))
    if file.name.endswith((SUFFIX, f"{SUFFIX}.txt")):
        return b"\n[sheet]" not in data
    try:
        return looks_like_class_file(decode(data)[0])
    except NotASheet:
        return False


def looks_like_class_file(text: str) -> bool:
    """Whether a text is a class file, readable or not: known by its keys, not by the file's name."""
    return all(re.search(rf"^{key}", text, re.MULTILINE) for key in _TELLING)
