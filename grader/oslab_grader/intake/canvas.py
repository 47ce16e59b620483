"""The names Canvas gives to the files of a class: ``chenming_LATE_88123_5551_hw1.toml``.

As of instructure/canvas-lms, lib/content_zipper.rb: the sortable name in small letters, with everything
but letters, digits and underscores dropped; LATE; the user's number; the file's; and the name the file had.
Names and file names may hold digits and underscores too, so a name can be taken apart in several ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# So many digits fit into a column of the index.
_NUMBERS = re.compile(r"(?=_([0-9]{1,18})_([0-9]{1,18})_.)", re.DOTALL)
_TEXT = re.compile(r"(.*)_([0-9]{1,18})_(?:text|link)\.html", re.DOTALL)
_ANONYMOUS = re.compile(r"(?:LATE_)?anon_[A-Za-z0-9]+_")


@dataclass(frozen=True)
class Reading:
    """One way to read a name. `order` is the file's number, which grows with every upload."""

    name: str
    user: str
    late: bool
    order: int


def readings(name: str) -> Sequence[Reading]:
    """Every way to read a file's name, the one with the shortest student's name first."""
    found = [
        _reading(name[: match.start()], match[1], int(match[2]))
        for match in _NUMBERS.finditer(name)
    ]
    text = _TEXT.fullmatch(name)
    if text and not found:  # a text entered in the browser, or a link
        found.append(_reading(text[1], text[2], 0))
    return found


def _reading(before: str, user: str, order: int) -> Reading:
    # Names are in small letters: no student is called LATE.
    return Reading(before.removesuffix("_LATE"), user, before.endswith("_LATE"), order)


def own_name(name: str, order: int) -> str:
    """The name the student gave the file, without theirs."""
    return name.partition(f"_{order}_")[2] or name


def is_anonymous(name: str) -> bool:
    """Whether Canvas wrote this name for an assignment that is graded anonymously."""
    return bool(_ANONYMOUS.match(name))


def fits(written: str, name: str) -> bool:
    """Whether Canvas writes the name on the roster so: ``Chen, Ming`` or ``Ming Chen`` as chenming."""
    words = re.split(r"[\s,]+", name.strip())
    turned = ("".join(words[i:] + words[:i]) for i in range(len(words)))
    return any(_plain(one) == _plain(written) for one in turned)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
