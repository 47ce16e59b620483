"""Rows of the problem list about uploads that are not taken in.

Their text is English, for it is kept; the Chinese sentence is in `values`, as ``zh``.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab.errors import one_line
from oslab.plugins import words_for
from oslab.text import Text
from oslab_grader.book.records import Trouble


def unknown(who: str, key: str, **values: object) -> Trouble:
    """An upload of nobody on the roster; `key` names the sentence."""
    return _trouble(who, "unknown", key, values)


def left_out(who: str, key: str, **values: object) -> Trouble:
    """A file of a student that is not graded."""
    return _trouble(who, "left out", key, values)


def _trouble(who: str, kind: str, key: str, values: Mapping[str, object]) -> Trouble:
    words = words_for("grader")
    sentence = words["intake", key]
    reason = str(values.get("reason", ""))
    fault = words.get("intake-faults", reason) or Text(reason, reason)
    en, zh = (
        Text(one, one)(values, reason=because)
        for one, because in ((sentence.en, fault.en), (sentence.zh, fault.zh))
    )
    return Trouble(one_line(who)[:80] or "?", kind, en, values=(("zh", zh),))
