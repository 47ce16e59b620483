"""Time zones by name: as typed, as may have been meant, as this machine has it."""

from __future__ import annotations

import difflib
import os
from contextlib import suppress
from zoneinfo import ZoneInfo, available_timezones


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of this name, where there is one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder, "Europe"
        return None


def near_zones(name: str) -> list[str]:
    """The zones that may be meant: of this city, or of nearly this name."""
    zones = sorted(available_timezones())
    wanted = name.strip().replace(" ", "_").casefold()
    city = [z for z in zones if z.casefold() == wanted or z.casefold().rpartition("/")[2] == wanted]
    folded = {z.casefold(): z for z in zones}
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.75)
    return city[:2] or [folded[n] for n in near]


def zone_here() -> str:
    """The time zone of this machine by name; UTC where it does not say."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError, AttributeError):  # AttributeError: no links there
        candidates.append(os.readlink("/etc/localtime").partition("zoneinfo/")[2])
    for name in candidates:
        try:
            if name:
                return "UTC" if name == "Etc/UTC" else ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            continue
    return "UTC"
