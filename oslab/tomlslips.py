"""What was meant by a line that is not TOML: the slips of people who write such a file by hand.

A spelling of another language (``True``, ``None``, ``==``, a colon, ``//``), a date as it is written at home,
quotes that are missing, not closed or an editor's, a comma too few or too many. The line is looked at, not the
parser's message, which differs from one Python to the next. Nothing is mended: the message says what would be
right, and nothing where that is not clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from oslab.exercise.bounds import parsed
from oslab.quantities import printable, shown

# What editors and input methods make of plain signs.
TYPOGRAPHIC = {
    **dict.fromkeys("“”„«»＂「」『』", '"'),
    **dict.fromkeys("‘’‚＇", "'"),
    **dict(zip("＝：［］｛｝，", "==[]{},", strict=True)),
}
_SPACES = {"\u00a0": "no-break", "\u202f": "no-break", "\u3000": "wide"}
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'[^']*'"
_COMMENT = re.compile(rf"({_QUOTED})|#.*")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_HEADING = re.compile(r"\[{1,2}\s*([A-Za-z0-9_.-]+)")
_LONGEST = 80
_LONGEST_LINE = 2000  # of longer ones nothing is said: people do not write them
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = (
    r"(?:(?:\s*[T,]\s*|\s+|\s+at\s+)(?P<h>[0-9]{1,2})[:.h](?P<min>[0-9]{2})(?:[:.](?P<s>[0-9]{2}))?"
    r"\s*(?P<half>am|pm)?)?"
)
_DATES = tuple(
    re.compile(date + _TIME + r"\s*(?P<utc>Z|UTC|GMT)?", re.IGNORECASE)
    for date in (
        r"(?P<y>[0-9]{4})\s*[-./年]\s*(?P<m>[0-9]{1,2})\s*[-./月]\s*(?P<d>[0-9]{1,2})\s*日?",
        r"(?P<d>[0-9]{1,2})\s*[.]\s*(?P<m>[0-9]{1,2})\s*[.]\s*(?P<y>[0-9]{4})",
        r"(?P<a>[0-9]{1,2})[-/](?P<b>[0-9]{1,2})[-/](?P<y>[0-9]{4})",
        r"(?P<d>[0-9]{1,2})(?:\.|st|nd|rd|th)?\s+(?P<month>[a-z]{3,9})\.?,?\s+(?P<y>[0-9]{4})",
        r"(?P<month>[a-z]{3,9})\.?\s+(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
    )
)


def slip(text: str, line: int, wanted: Mapping[str, str], at_end: bool = False) -> str:
    """What is wrong with a line (from 1) of a text that is not TOML, and what would be right; "" where that
    is not clear. `wanted` says of keys whose values are no texts what is expected: "true or false". `at_end`:
    something was still open when the text ended."""
    lines = [one if len(one) <= _LONGEST_LINE else "" for one in text.split("\n")]
    if not 1 <= line <= len(lines):
        return ""
    return _line(lines, line, wanted) or (_open_list(lines) if at_end else "")


def _line(lines: list[str], line: int, wanted: Mapping[str, str]) -> str:
    body = _bare(lines[line - 1])
    before = next((b for b in map(_bare, reversed(lines[: line - 1])) if b), "")
    if odd := _odd_sign(body):
        return odd
    if body.startswith("[") and not parsed(body) and (heading := _HEADING.match(body)):
        pair = (f"[{heading[1]}]", f"[[{heading[1]}]]")
        return f"a heading has as many brackets at its end as at its beginning: {' or '.join(pair)}"
    if parsed(body):
        return _set_already(lines, line) or _open_list(lines[: line - 1])
    if before.endswith("}") and body.startswith("{"):
        number = max(n for n, other in enumerate(lines[: line - 1], 1) if _bare(other))
        return f"a comma is missing at the end of line {number}"
    plain = _unquoted(body)
    if plain.startswith("("):
        return "a list stands in [ … ] and a table in { … }, not in ( … )"
    if not re.search(r"(?:^|[=\[,:])\s*\{", plain):
        return _pair(body, wanted, inside=False)
    return _inline_table(body, wanted)


def _set_already(lines: list[str], line: int) -> str:
    """Where a good line stands in its table for the first time."""
    key = _WORD.match(_bare(lines[line - 1]))
    for number in range(line - 1, 0, -1):
        body = _bare(lines[number - 1])
        if key is None or body.startswith("["):
            break
        if re.match(rf"{key[0]}\s*=", body):
            return f"{key[0]} is set in line {number} already"
    return ""


def _open_list(lines: list[str]) -> str:
    """Where a list begins that is still open after these lines."""
    depth = 0
    for number in range(len(lines), 0, -1):
        plain = _unquoted(_bare(lines[number - 1]))
        depth += plain.count("[") - plain.count("]")
        if depth > 0:
            return f"the list that begins in line {number} is not closed: ] is missing"
    return ""


def date_meant(text: str) -> str:
    """A date and time as TOML has it, 2026-11-30T23:59:00, for one as people write it; a day alone means its
    end. "" where it is none, or could be two: 3/4/2026."""
    if len(text) > _LONGEST:
        return ""
    for form in _DATES:
        if found := form.fullmatch(text.strip().strip("\"'").strip()):
            parts = found.groupdict()
            month, day = _month_and_day(parts)
            if not month:
                return ""
            hour, minute = int(parts["h"] or 23), int(parts["min"] or 59)
            if parts["half"]:
                hour = hour % 12 + 12 * (parts["half"].lower() == "pm")
            try:
                meant = datetime(int(parts["y"]), month, day, hour, minute, int(parts["s"] or 0))
            except ValueError:
                return ""
            return meant.isoformat() + ("Z" if parts["utc"] else "")
    return ""


def _month_and_day(parts: Mapping[str, str]) -> tuple[int, int]:
    """0 for the month where there is none of the name, or where both could be meant."""
    if parts.get("a"):
        a, b = int(parts["a"]), int(parts["b"])
        month, day = (a, b) if b > 12 or a == b else (b, a)
        return (month if day > 12 or a == b else 0), day
    name = parts.get("month")
    if name:
        short = name[:3].lower()
        return (_MONTHS.index(short) + 1 if short in _MONTHS else 0), int(parts["d"])
    return int(parts["m"]), int(parts["d"])


def _bare(line: str) -> str:
    """The line without its comment."""
    return _COMMENT.sub(lambda found: found[1] or "", line).strip(" \t\r")


def _unquoted(text: str) -> str:
    """The text, what is in quotes blotted out; as long as it was."""
    return re.sub(_QUOTED, lambda found: '"' * len(found[0]), text)


def _odd_sign(body: str) -> str:
    for sign in _unquoted(body):
        if sign in TYPOGRAPHIC:
            return f"{sign} was meant as {TYPOGRAPHIC[sign]}"
        if sign in _SPACES:
            return f"there is a {_SPACES[sign]} space (U+{ord(sign):04X}); a plain one was meant"
    return ""


def _inline_table(body: str, wanted: Mapping[str, str]) -> str:
    """What is wrong with ``{ key = value, key = value }``."""
    plain = _unquoted(body)
    opening = plain.index("{")
    closing = plain.find("}", opening)
    if not plain[opening + 1 :].strip():
        return "each { … } stands on one line"
    end = len(body) if closing < 0 else closing
    seen = ""
    for item in _items(body[opening + 1 : end]):
        if not item:
            continue
        if re.fullmatch("[0-9]+", item) and re.search(r"=\s*[0-9]+$", seen):
            return f"a decimal number has a point, not a comma: {seen}.{item}"
        if parsed(item) is None:
            return _pair(item, wanted, inside=True)
        seen = item
    if closing < 0:
        return "} is missing at the end of the line; each { … } stands on one line"
    if plain[opening:closing].rstrip().endswith(","):
        return "there is a comma too many before }"
    return ""


def _items(text: str) -> Iterator[str]:
    plain, start = _unquoted(text), 0
    for comma in re.finditer("[,]", plain):
        yield text[start : comma.start()].strip()
        start = comma.end()
    yield text[start:].strip()


def _pair(body: str, wanted: Mapping[str, str], inside: bool) -> str:
    """What is wrong with one ``key = value``, which is `inside` a { … }."""
    sign = re.search("=|:", _unquoted(body))
    if sign is None:
        word = _WORD.match(body)
        if word is None:
            return ""
        if word[0] == body:
            return f"{word[0]} has no value: {word[0]} = … is expected"
        if body[word.end()] in " \t\"'":
            return f"= is missing after {word[0]}"
        return f"a text stands in quotes: {_in_quotes(body.rstrip(', '))}"
    key, value = body[: sign.start()].strip(), body[sign.end() :].strip()
    if not _WORD.fullmatch(key):
        return (
            f"{_clipped(key)} is no name of a setting: one word before the = is expected"
            if key
            else ""
        )
    if sign[0] == ":":
        return f"between {key} and its value stands =, not {':=' if value.startswith('=') else 'a colon'}"
    if value.startswith("="):
        return f"one = is enough after {key}"
    if not value:
        return f"{key} has no value; {wanted.get(key, 'a text in quotes')} is expected"
    if value[0] in "\"'":
        return _after_text(value, inside)
    if key in wanted:
        return _no_date(key, value) or f"{key} is {_clipped(value)}; {wanted[key]} is expected"
    if value.casefold() in ("true", "false"):
        return f"{value} is written {value.casefold()}"
    if said := _no_date(key, value):
        return said
    if re.fullmatch("[0-9.,_+-]+", value) or value[0] in "[{":
        return ""
    return f"a text stands in quotes: {key} = {_in_quotes(value)}"


def _no_date(key: str, value: str) -> str:
    """What is wrong with a date; "" where it is none."""
    if meant := date_meant(value):
        return f"{key} is {_clipped(value)}; {meant}, without quotes, is expected"
    moment = _MOMENT.match(value)
    if moment is None:
        return ""
    if not parsed(f"v = {moment[0]}"):
        return f"{key} is {_clipped(value)}; there is no such day or time"
    return (
        f"{key} is {_clipped(value)}; nothing stands after a time but Z or an offset such as +01:00"
    )


def _in_quotes(text: str) -> str:
    text = text.strip("\"' ")
    plain = len(text) <= _LONGEST and not re.search(r"[\"'\\]", text) and printable(text) == text
    return f'"{text}"' if plain else '"…"'


def _after_text(value: str, inside: bool) -> str:
    """What is wrong with a text in quotes, or comes after it."""
    if value.startswith(('"""', "'''")):
        return ""
    closed = re.match(_QUOTED, value)
    if closed is None:
        return f"the text is not closed: {value[0]} is missing at its end, on the same line"
    rest = value[closed.end() :].strip()
    if not rest:
        return "in double quotes \\ begins a code such as \\n; in single quotes it is a plain sign"
    if rest in (",", ";"):
        return f"the {rest} at the end of the line is one too many"
    if rest.startswith(("//", "--", "/*")):
        return f"a comment begins with #, not with {rest[:2]}"
    if another := re.match(r"([A-Za-z0-9_-]+)\s*=", rest):
        if inside:
            return f"a comma is missing before {another[1]}"
        return f"{another[1]} = … is a line of its own"
    return f'after {_clipped(closed[0])} the line goes on; quotes stand around a whole text, and inside it as \\"'


def _clipped(text: str) -> str:
    """What was written, as it was written."""
    return shown(text, _LONGEST)[1:-1]
