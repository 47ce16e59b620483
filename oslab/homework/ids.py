"""What may be a student number or the name of a team: they become names of files and folders on every
system, so what one of them would take for another, or for a device, is none."""

from __future__ import annotations

import re

LONGEST = 64
# Every number, login and e-mail address of a university; ASCII, for it is typed.
_ID = re.compile(r"[A-Za-z0-9._@-]+")
# Windows takes these for devices, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9])(\..*)?", re.I | re.S)
_SHORTENED = re.compile(r"[0-9.,]+E\+[0-9]+")


def is_device(name: str) -> bool:
    """Whether Windows takes a file of this name for a device."""
    return bool(_DEVICE.fullmatch(name))


def id_fault(text: str) -> str:
    """Why a text cannot be a student number or a team; empty where it can."""
    if not text:
        return "is empty"
    if is_device(text):
        return "is the name of a device on Windows, and ids become names of files"
    if _SHORTENED.fullmatch(text):
        return "is a number that a spreadsheet has shortened; export the column as text"
    if text.startswith(".") or text.endswith("."):
        return "begins or ends with a dot, and ids become names of files"
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not _ID.fullmatch(text):
        return "has more than letters A to Z, digits and . _ @ -, and ids become names of files"
    return ""


def is_id(text: str) -> bool:
    """Whether a text can be a student number or a team."""
    return not id_fault(text)
