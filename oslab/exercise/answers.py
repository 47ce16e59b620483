"""Answer types: how a value is read from a sheet, compared with the key, and written down again.

Reading is apart from judging: what cannot be read is *unreadable*, says what would be, and costs
nothing. A value may be a TOML number or a string; strings are NFKC-normalised first, so full-width
digits and signs read as meant. Booleans are never integers; NaN and infinities are unreadable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from typing import Any, ClassVar, Literal, TypeVar

from oslab import quantities
from oslab.quantities import QuantityError, shown, tidy
from oslab.text import Words

Q = TypeVar("Q")

CENT = Fraction(1, 100)
NO_WORDS = Words()
_BETWEEN = re.compile(r"[-_\s/]")


class Unreadable(ValueError):
    """A value that is not of its answer type.

    `reason` is a key of ``[unreadable]`` in the host's words, `values` fills its placeholders.
    """

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason}: {values}")
        self.reason = reason
        self.values = values


@dataclass(frozen=True)
class Accept:
    """A key with several right values; the first is the one shown."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


def accepted(key: object) -> tuple[Any, ...]:
    """All right values of a key."""
    return key.values if isinstance(key, Accept) else (key,)


def alike(kind: AnswerType, key: object, given: object) -> bool:
    """Whether a given value is right: equal values of one type are, whatever the answer type; it is only
    asked about others, for asking takes its time."""
    return (type(key) is type(given) and key == given) or kind.same(key, given)


def is_blank(value: object) -> bool:
    """Not answered yet: ``""``, ``"?"`` or an empty array."""
    if isinstance(value, str):
        return not value[:1].isalnum() and tidy(value) in ("", "?", "…", "...")
    return value == []


def scalar_text(value: object) -> str:
    """The text of one TOML value. Raises Unreadable for arrays, tables, NaN and infinities."""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("not-finite", given=str(value))
    if isinstance(value, int) and abs(value) >= 2**quantities.INT_BITS:
        raise Unreadable("too-large", bits=quantities.INT_BITS)
    if isinstance(value, list | dict):
        raise Unreadable("one-value")
    return str(value)


def _parsed(parse: Callable[[str], Q], value: object, kind: str) -> Q:
    """A quantity in a TOML value. Raises Unreadable."""
    text = scalar_text(value)
    try:
        return parse(text)
    except QuantityError:
        raise Unreadable(kind, given=shown(text)) from None


# The blank in "4 KiB" or "25 %" parts no elements.
_BEFORE_UNIT = re.compile(
    r"(?<=[0-9.])\s+(?=(?:[kmgtp]i?b?|b|bytes?|字节|ps|ns|us|µs|μs|ms|s|[纳微毫]?秒|%)(?:[\s,，、;；→-]|$))",
    re.IGNORECASE,
)


def listed(value: object, item: AnswerType | None = None) -> list[object]:
    """The elements of an array, or of a string separated by commas, arrows or blanks.

    `item` is what the elements are: a unit may stand apart from its number.
    """
    if isinstance(value, list):
        return value
    text = scalar_text(value).strip("[](){}")
    if isinstance(item, Size | Time | Percent):
        text = _BEFORE_UNIT.sub("", text)
    if text in ("-", "–", "—", "——", "―", "∅") or text.lower() in ("none", "无", "空"):
        return []
    parts: list[object] = [part for part in re.split(r"[\s,，、;；]+|->|→", text) if part]
    # A comma alone is a slip of the hand, not an empty list.
    return parts if parts or not text.strip() else [text]


@dataclass(frozen=True)
class AnswerType:
    """What an answer is. Subclasses say how it is read, compared and written.

    Those without fields of their own are compared and printed by what they inherit, and need no
    decorator: making a dataclass is the dearest thing at the start of a program.
    """

    kind: ClassVar[str]

    def read(self, value: object, words: Words = NO_WORDS) -> Any:
        """The value meant by a TOML value that is not blank. Raises Unreadable."""
        raise NotImplementedError

    def same(self, key: Any, given: Any) -> bool:
        """Whether a given value is right."""
        # True == 1, but a yes is not a number.
        truth = isinstance(given, bool)
        if not isinstance(key, Accept):
            return isinstance(key, bool) == truth and bool(key == given)
        return any(isinstance(k, bool) == truth and k == given for k in accepted(key))

    def credit(self, key: Any, given: Any) -> Fraction:
        """The share of the points, 0 to 1."""
        return Fraction(self.same(key, given))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        """The value as a student would write it in a sheet; reading it gives the value again."""
        return str(accepted(value)[0])

    def apart(self, one: Any, other: Any) -> bool:
        """Whether two values differ enough to tell a mistake from the key."""
        return not self.same(one, accepted(other)[0])


class Int(AnswerType):
    """A whole number in any base."""

    kind: ClassVar[str] = "int"

    def read(self, value: object, words: Words = NO_WORDS) -> int:
        return _parsed(quantities.parse_int, value, self.kind)


@dataclass(frozen=True)
class Address(AnswerType):
    """An address, written in hexadecimal; `bits` is the width it is written with."""

    kind: ClassVar[str] = "address"
    bits: int = 0

    def read(self, value: object, words: Words = NO_WORDS) -> int:
        text = scalar_text(value)
        try:
            return quantities.parse_address(text)
        except QuantityError:
            if re.fullmatch(r"[0-9a-fA-F]{1,32}", text):
                raise Unreadable("address-hex", given=shown(text), meant=f"0x{text}") from None
            raise Unreadable(self.kind, given=shown(text)) from None

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return quantities.format_address(accepted(value)[0], self.bits)


class HexInt(Address):
    """A number that is no address but written in hexadecimal like one: a tag, a page frame, a byte."""

    kind: ClassVar[str] = "hex"


class Size(AnswerType):
    """A number of bytes: 4096, 4K or 4KiB."""

    kind: ClassVar[str] = "size"

    def read(self, value: object, words: Words = NO_WORDS) -> int:
        return _parsed(quantities.parse_size, value, self.kind)

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return quantities.format_size(accepted(value)[0])


@dataclass(frozen=True)
class _Measured(AnswerType):
    """A real number: right within `absolute` of the unit it is asked in, or within `relative` of the key."""

    absolute: Fraction = CENT
    relative: Fraction = Fraction(0)

    def margin(self, key: Any) -> Fraction:
        """How far from the key a right number may lie."""
        least = self._least
        return max(least, self.relative * abs(Fraction(key))) if self.relative else least

    @cached_property
    def _least(self) -> Fraction:
        return self.absolute

    def same(self, key: Any, given: Any) -> bool:
        return any(abs(Fraction(given) - Fraction(k)) <= self.margin(k) for k in accepted(key))

    def apart(self, one: Any, other: Any) -> bool:
        value = Fraction(accepted(other)[0])
        return all(abs(Fraction(k) - value) > 10 * self.margin(k) for k in accepted(one))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return quantities.format_decimal(accepted(value)[0], 6)


class Float(_Measured):
    """A number with decimals."""

    kind: ClassVar[str] = "float"

    def read(self, value: object, words: Words = NO_WORDS) -> Fraction:
        return _parsed(quantities.parse_decimal, value, self.kind)


@dataclass(frozen=True)
class Time(_Measured):
    """A time; keys are nanoseconds. A bare number is in `unit`, and so is `absolute`."""

    kind: ClassVar[str] = "time"
    unit: Literal["ns", "us", "ms", "s"] = "ns"

    def _factor(self) -> Fraction:
        return _nanoseconds(self.unit)

    @cached_property
    def _least(self) -> Fraction:
        return self.absolute * self._factor()

    def read(self, value: object, words: Words = NO_WORDS) -> Fraction:
        text = scalar_text(value)
        try:
            if re.search(r"[a-zA-Zµμ秒]\s*$", text):
                return quantities.parse_time(text)
            return quantities.parse_decimal(text) * self._factor()
        except QuantityError:
            raise Unreadable(self.kind, given=shown(text), unit=self.unit) from None

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        number = quantities.format_decimal(Fraction(accepted(value)[0]) / self._factor(), 6)
        return f"{number} {self.unit}"


@cache
def _nanoseconds(unit: str) -> Fraction:
    return quantities.parse_time(f"1{unit}")


class Ratio(AnswerType):
    """An exact fraction: 3/8 or 0.375. The key is a Fraction."""

    kind: ClassVar[str] = "fraction"

    def read(self, value: object, words: Words = NO_WORDS) -> Fraction:
        return _parsed(quantities.parse_percent, value, self.kind)


class Percent(_Measured):
    """A share, as 25 % or 0.25; the key is a fraction of one, `absolute` in percentage points."""

    kind: ClassVar[str] = "percent"

    @cached_property
    def _least(self) -> Fraction:
        return self.absolute / 100

    def read(self, value: object, words: Words = NO_WORDS) -> Fraction:
        return _parsed(quantities.parse_percent, value, self.kind)

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return quantities.format_percent(accepted(value)[0])


_TRUE = ("true", "yes", "y", "t", "是", "对", "真", "正确")
_FALSE = ("false", "no", "n", "f", "否", "错", "假", "不是", "错误")


class Bool(AnswerType):
    """Yes or no. 1 and 0 are not."""

    kind: ClassVar[str] = "bool"

    def read(self, value: object, words: Words = NO_WORDS) -> bool:
        text = scalar_text(value)
        if text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        raise Unreadable(self.kind, given=shown(text))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return "yes" if accepted(value)[0] else "no"


@dataclass(frozen=True)
class Choice(AnswerType):
    """One of fixed options; their words in both languages and unambiguous beginnings are read too."""

    kind: ClassVar[str] = "choice"
    options: tuple[str, ...]

    def __init__(self, *options: str) -> None:
        object.__setattr__(self, "options", options)

    def read(self, value: object, words: Words = NO_WORDS) -> str:
        text = scalar_text(value)
        wanted = _letters(text)
        names = _names(self.options, words)
        if wanted in names:
            return names[wanted]
        found = {option for name, option in names.items() if wanted and name.startswith(wanted)}
        if len(found) == 1:
            return found.pop()
        listed_options = [o for o in self.options if not found or o in found]
        options = ", ".join(words.label("choices", o) for o in listed_options)
        raise Unreadable(
            "choice-unclear" if found else "choice", given=shown(text), options=options
        )


@lru_cache(maxsize=256)
def _names(options: tuple[str, ...], words: Words) -> Mapping[str, str]:
    """Every name of an option, as it is compared, and the option."""
    names: dict[str, str] = {}
    for option in options:
        label = words.get("choices", option)
        for name in (option, *((label.en, label.zh) if label else ())):
            names[_letters(tidy(name))] = option
    return names


def _letters(text: str) -> str:
    """A name as it is compared: no-execute, no_execute and "no execute" are the same."""
    return _BETWEEN.sub("", text).casefold() or text


class Choices(Choice):
    """Any number of fixed options, in any order; none is written -."""

    kind: ClassVar[str] = "choices"

    def read(self, value: object, words: Words = NO_WORDS) -> frozenset[str]:  # type: ignore[override]
        return frozenset(Choice.read(self, part, words) for part in listed(value))

    def same(self, key: Any, given: Any) -> bool:
        # A run's result holds a tuple, a key read from a sheet a set.
        return any(frozenset(k) == frozenset(given) for k in accepted(key))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        chosen = accepted(value)[0]
        return " ".join(o for o in self.options if o in chosen) or "-"


@dataclass(frozen=True)
class List(AnswerType):
    """Values in order; an empty list is written -."""

    kind: ClassVar[str] = "list"
    item: AnswerType

    def read(self, value: object, words: Words = NO_WORDS) -> tuple[Any, ...]:
        return tuple(self.item.read(part, words) for part in listed(value, self.item))

    def same(self, key: Any, given: Any) -> bool:
        return any(
            len(k) == len(given)
            and all(self.item.same(a, b) for a, b in zip(k, given, strict=True))
            for k in accepted(key)
        )

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return " ".join(self.item.write(v, words) for v in accepted(value)[0]) or "-"


@dataclass(frozen=True)
class Set(AnswerType):
    """Different values in any order; the empty set is written -."""

    kind: ClassVar[str] = "set"
    item: AnswerType

    def read(self, value: object, words: Words = NO_WORDS) -> frozenset[Any]:
        return frozenset(self.item.read(part, words) for part in listed(value, self.item))

    def same(self, key: Any, given: Any) -> bool:
        return any(frozenset(k) == frozenset(given) for k in accepted(key))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return " ".join(self.item.write(v, words) for v in sorted(accepted(value)[0])) or "-"


@dataclass(frozen=True)
class Ordering(AnswerType):
    """Steps put in order, some of which may not occur: letters out of a lettered list.

    Credit is given for each element that directly follows its right predecessor (the first, its
    place at the start), out of the longer of key and answer: a random order earns about 1/n.
    """

    kind: ClassVar[str] = "sequence"
    options: tuple[str, ...] = ()

    def read(self, value: object, words: Words = NO_WORDS) -> tuple[str, ...]:
        parts = listed(value)
        # Letters may be run together: "cab" for c a b.
        single = all(len(o) == 1 for o in self.options)
        if len(parts) == 1 and isinstance(parts[0], str) and single and len(parts[0]) > 1:
            parts = list(parts[0])
        listed_as = {option.casefold(): option for option in self.options}
        names = [scalar_text(part).casefold() for part in parts]
        seen: set[str] = set()
        for name in names:
            if self.options and name not in listed_as:
                raise Unreadable("sequence", given=shown(name), options=" ".join(self.options))
            if name in seen:
                raise Unreadable("sequence-twice", given=shown(name))
            seen.add(name)
        return tuple(listed_as.get(name, name) for name in names)

    def credit(self, key: Any, given: Any) -> Fraction:
        return max((_followed(k, given) for k in accepted(key)), default=Fraction(0))

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        return " ".join(accepted(value)[0]) or "-"


def _followed(key: Sequence[str], given: Sequence[str]) -> Fraction:
    if not key:
        return Fraction(not given)
    pairs = set(zip(("", *key[:-1]), key, strict=True))
    right = (
        sum(pair in pairs for pair in zip(("", *given[:-1]), given, strict=True)) if given else 0
    )
    return Fraction(right, max(len(key), len(given)))


class ShortText(AnswerType):
    """A word or a name; case and the width of letters do not matter."""

    kind: ClassVar[str] = "text"

    def read(self, value: object, words: Words = NO_WORDS) -> str:
        return " ".join(scalar_text(value).split()).casefold()

    def same(self, key: Any, given: Any) -> bool:
        # What a mistake leads to is written as a key is, and no more read than that.
        text = self._plain(given)
        return any(self._plain(k) == text for k in accepted(key))

    def _plain(self, value: Any) -> str:
        return " ".join(tidy(str(value)).split()).casefold()


class Essay(AnswerType):
    """Free text, read by a person; no key."""

    kind: ClassVar[str] = "essay"

    def read(self, value: object, words: Words = NO_WORDS) -> str:
        if not isinstance(value, str):
            raise Unreadable("essay")
        return value.strip()


_NONE = frozenset(("", "-", "–", "—", "——", "―", "none", "无", "没有"))


@dataclass(frozen=True)
class OrNone(AnswerType):
    """A value or none; none is written -, and in a filled table row an empty cell means none."""

    kind: ClassVar[str] = "optional"
    item: AnswerType

    def read(self, value: object, words: Words = NO_WORDS) -> Any:
        if isinstance(value, str) and tidy(value).casefold() in _NONE:
            return None
        return self.item.read(value, words)

    def same(self, key: Any, given: Any) -> bool:
        for k in accepted(key):
            if k is None or given is None:
                if k is given:
                    return True
            elif self.item.same(k, given):
                return True
        return False

    def write(self, value: Any, words: Words = NO_WORDS) -> str:
        first = accepted(value)[0]
        return "-" if first is None else self.item.write(first, words)


@dataclass(frozen=True)
class Table(AnswerType):
    """A drawn grid, one row a label; credit by row (all its cells right) or by cell.

    label    the head of the column that names the rows (n, level, va …)
    given    heads of further printed columns, not to be answered
    columns  the cells to fill: head → answer type (not a table)
    action   the steps of the run the rows stand for, when predict mode asks the same things
    """

    kind: ClassVar[str] = "table"
    label: str
    columns: Mapping[str, AnswerType]
    given: tuple[str, ...] = ()
    action: str = ""
    by: Literal["row", "cell"] = field(default="row")

    def same_row(self, key: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
        """Whether every cell of a row is there and right."""
        return all(c in given and kind.same(key[c], given[c]) for c, kind in self.columns.items())
