"""What may be a name: of an assignment, of a student, of a team. Names become names of files and folders
on every system, so what one of them would take for another or for a device is none."""

from __future__ import annotations

import re

# Most of a student id: every number, login and e-mail address of a university; ASCII, for it is typed.
ID = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}")
ASSIGNMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
COURSE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Windows takes these for devices, whatever follows the first dot.
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}


def is_device(name: str) -> bool:
    """Whether Windows takes a file of this name for a device."""
    return name.partition(".")[0].casefold() in _DEVICES


def id_fault(text: str) -> str:
    """Why a text cannot be the id of a student or a team; empty where it can."""
    if not text:
        return "is empty"
    if is_device(text):
        return "is the name of a device on Windows, and ids become names of files"
    if re.fullmatch(r"[0-9.,]+E\+[0-9]+", text):
        return "is a number that a spreadsheet has shortened; export the column as text"
    if text.startswith("."):
        return "begins with a dot, and ids become names of files"
    if len(text) > 64:
        return "is longer than 64 characters"
    if not ID.fullmatch(text):
        return "has more than letters A to Z, digits and . _ @ -, and ids become names of files"
    return ""
