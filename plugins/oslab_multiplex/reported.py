"""How an event of a wait is written in answers: ``a.r:IN+HUP``, the tag and what it is ready for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from oslab import ShortText, Unreadable
from oslab.quantities import shown, tidy
from oslab.text import Words
from oslab_multiplex.epoll import Event
from oslab_multiplex.openfiles import NAMES, bits_of, names_of

_EVENT = re.compile(
    r"([A-Za-z0-9_.]+)[:=]((?:EPOLL|POLL)?[A-Z]+(?:[+&/](?:EPOLL|POLL)?[A-Z]+)*)", re.I
)
_PREFIX = re.compile(r"^E?POLL")


class Reported(ShortText):
    """One event: the tag, a colon, and events with + between them, in any order; case does not matter."""

    kind: ClassVar[str] = "text"

    def read(self, value: object, words: Words | None = None) -> str:
        text = tidy(str(value))
        found = _EVENT.fullmatch(text)
        if not found:
            raise Unreadable("text", given=shown(text))
        names = [_PREFIX.sub("", name.upper()) for name in re.split("[+&/]", found[2])]
        if not all(name in NAMES for name in names):
            raise Unreadable("text", given=shown(text))
        return f"{found[1]}:{'+'.join(names_of(bits_of(names)))}".casefold()


def written(event: Event) -> str:
    """``a.r:IN+HUP``."""
    return f"{event.tag}:{'+'.join(names_of(event.events))}"


def all_written(events: Iterable[Event]) -> tuple[str, ...]:
    return tuple(written(event) for event in events)


def read_back(text: str) -> tuple[str, int]:
    """Tag and event bits of what `written` wrote, in whatever case."""
    tag, _, names = text.partition(":")
    return tag, bits_of(names.upper().split("+"))
