"""Typed records from TOML and JSON tables, and back.

Spaces, parameters and catalogue entries are frozen dataclasses. `read_record` fills one from a parsed
table and lists *all* that is wrong with it: the key, what was found, what was expected, and the
nearest right name for a misspelt one.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from oslab.errors import InputError
from oslab.quantities import (
    INT_BITS,
    QuantityError,
    parse_decimal,
    parse_int,
    parse_percent,
    parse_size,
    parse_time,
    shown,
)
from oslab.randomness import Generator
from oslab.text import Text, text_from

T = TypeVar("T")

_RANGE = re.compile(r"\s*(-?[0-9_]+)\s*\.\.\s*(-?[0-9_]+)\s*")
_MANY = 100_000
_MOST = 2**INT_BITS
_NONE = type(None)
_TABLES = (Mapping, dict, typing.get_origin(Mapping[str, int]))


class RecordError(InputError):
    """A table that does not fit its record; `faults` has one line for each thing wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Choose(Generic[T]):
    """The values a space allows. In TOML: a list is a choice, ``"10..14"`` an inclusive range of whole
    numbers, a bare value is fixed."""

    options: Sequence[T]

    def pick(self, rng: Generator) -> T:
        """One of them, each equally likely."""
        return rng.choice(self.options)


def read_record(kind: type[T], table: object, where: str = "") -> T:
    """A `kind` (a dataclass) filled from a table; `where` names the table in messages.

    Raises RecordError listing every fault.
    """
    faults: list[str] = []
    record = _record(kind, table, where, faults)
    if faults:
        raise RecordError(faults)
    return typing.cast(T, record)


def to_json(value: Any) -> Any:
    """A record, or what one holds, as JSON can write it; `read_record` reads it back."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Choose):
            return [to_json(option) for option in value.options]
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, frozenset | set):
        return [to_json(item) for item in sorted(value)]
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return value


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """`` (did you mean "x"?)`` for the nearest name, or nothing."""
    near = difflib.get_close_matches(word, names, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


class _Kind(NamedTuple):
    """The type of a value, taken apart.

    origin     of a generic type what it is one of, as `typing.get_origin`
    inner      and what it is made of, taken apart too where it is a type
    is_record  whether it is a dataclass
    """

    type: Any
    origin: Any
    inner: tuple[Any, ...]
    is_record: bool


def _kind(type_: Any) -> _Kind:
    origin, inner = typing.get_origin(type_), typing.get_args(type_)
    if origin is not Literal:
        inner = tuple(part if part is Ellipsis else _kind(part) for part in inner)
    return _Kind(type_, origin, inner, dataclasses.is_dataclass(type_))


# Records are read by the hundred thousand when a class is graded: what they are made of is found once.
@cache
def _fields(record: type) -> tuple[dict[str, _Kind], frozenset[str]]:
    """The fields of a record with their types, and which of them must be given."""
    fields, hints = dataclasses.fields(record), typing.get_type_hints(record)
    missing = dataclasses.MISSING
    needed = (f.name for f in fields if f.default is missing and f.default_factory is missing)
    return {f.name: _kind(hints[f.name]) for f in fields}, frozenset(needed)


def _record(kind: Any, table: object, where: str, faults: list[str]) -> Any:
    if not isinstance(table, dict | Mapping):
        faults.append(f"{where or 'this'} must be a table, not {_found(table)}")
        return None
    fields, needed = _fields(kind)
    for name in table:
        if name not in fields:
            near = did_you_mean(str(name), list(fields))
            faults.append(
                f"{_at(where, str(name))}: no such key{near}; keys are {', '.join(fields)}"
            )
    values = {}
    for name, expected in fields.items():
        if name in table:
            values[name] = _value(expected, table[name], _at(where, name), faults)
        elif name in needed:
            faults.append(f"{_at(where, name)} is missing: {_expected(expected.type)}")
    if not needed <= values.keys():
        return None
    before = len(faults)
    try:
        return None if faults and _has_holes(values) else kind(**values)
    except ValueError as error:  # a record may check itself in __post_init__
        if len(faults) == before:
            faults.append(f"{where}: {error}" if where else str(error))
        return None


class _Hole:
    """Stands for a value that could not be read; the fault is already noted."""


_HOLE = _Hole()


def _has_holes(values: Mapping[str, Any]) -> bool:
    return any(value is _HOLE for value in values.values())


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _value(kind: _Kind, value: object, where: str, faults: list[str]) -> Any:
    """One value of a record; _HOLE with a fault noted when it is not of its kind."""
    type_, origin, inner, is_record = kind
    if type_ is Any:
        return value
    before = len(faults)
    result: Any = _HOLE
    if origin is Choose:
        result = _choose(inner[0], value, where, faults)
    elif origin in (typing.Union, types.UnionType):
        if value is None and any(option.type is _NONE for option in inner):
            return None
        rest = [option for option in inner if option.type is not _NONE]
        tried: list[list[str]] = []
        for option in rest:
            tried.append([])
            result = _value(option, value, where, tried[-1])
            if not tried[-1]:
                return result
        faults.extend(tried[0])
    elif origin is tuple and isinstance(value, list | tuple):
        if len(inner) == 2 and inner[1] is Ellipsis:
            # Long ones are of numbers and of words.
            of = inner[0].type
            if (of is int and all(type(v) is int and -_MOST < v < _MOST for v in value)) or (
                of is str and all(type(v) is str for v in value)
            ):
                return tuple(value)
            result = tuple(
                _value(inner[0], v, f"{where}[{i}]", faults) for i, v in enumerate(value)
            )
        elif len(inner) == len(value):
            result = tuple(
                _value(part, v, f"{where}[{i}]", faults)
                for i, (part, v) in enumerate(zip(inner, value, strict=True))
            )
    elif origin in _TABLES and isinstance(value, Mapping):
        result = {str(k): _value(inner[1], v, _at(where, str(k)), faults) for k, v in value.items()}
    elif origin is Literal:
        # By type too: 2.0 is not 2, and True is not 1.
        if any(type(value) is type(a) and value == a for a in inner):
            result = value
        else:
            near = did_you_mean(str(value), [str(a) for a in inner])
            faults.append(f"{where} is {_found(value)}{near}; {_expected(type_)} expected")
    elif type_ is Text:
        try:
            result = text_from(value, where)
        except ValueError as error:
            faults.append(str(error))
    elif is_record:
        record = _record(type_, value, where, faults)
        result = _HOLE if record is None else record
    elif origin is None:
        result = _scalar(type_, value)
    if result is _HOLE and len(faults) == before:
        faults.append(f"{where} is {_found(value)}; {_expected(type_)} expected")
    return result


def _scalar(kind: Any, value: object) -> Any:
    if kind is str:
        return value if isinstance(value, str) else _HOLE
    try:
        if kind is bool:
            return value if isinstance(value, bool) else _HOLE
        if isinstance(value, bool):
            return _HOLE
        if kind is int:
            if isinstance(value, int):
                return value if abs(value) < 2**INT_BITS else _HOLE
            return parse_size(_text(value))
        if kind is Fraction:
            if isinstance(value, int):
                return Fraction(value)
            text = repr(value) if isinstance(value, float) else _text(value)
            if text.rstrip().endswith("%"):
                return parse_percent(text)
            return parse_time(text) if re.search(r"[a-df-zµμ]\s*$", text) else parse_decimal(text)
        if kind is float:
            return (
                float(value)
                if isinstance(value, int | float)
                else float(parse_decimal(_text(value)))
            )
        if kind is bytes:
            return bytes.fromhex(_text(value))
    except (QuantityError, TypeError, ValueError, OverflowError):
        return _HOLE
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _choose(kind: _Kind, value: object, where: str, faults: list[str]) -> Any:
    if isinstance(value, str) and kind.type is int:
        ends = _RANGE.fullmatch(value)
        if ends:
            try:
                low, high = parse_int(ends[1]), parse_int(ends[2])
            except QuantityError as error:
                faults.append(f"{where}: {error}")
                return _HOLE
            if low > high:
                faults.append(
                    f"{where} is {shown(value)}: a range goes from the smaller to the larger"
                )
                return _HOLE
            if high - low > _MANY:
                faults.append(f"{where} is {shown(value)}: a range has at most {_MANY} values")
                return _HOLE
            return Choose(range(low, high + 1))
    if isinstance(value, list | tuple):
        if not value:
            faults.append(f"{where} is an empty list: nothing to choose from")
            return _HOLE
        options = tuple(_value(kind, v, f"{where}[{i}]", faults) for i, v in enumerate(value))
        return _HOLE if any(o is _HOLE for o in options) else Choose(options)
    option = _value(kind, value, where, faults)
    return _HOLE if option is _HOLE else Choose((option,))


def _found(value: object) -> str:
    if isinstance(value, str):
        return shown(value, 60)
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, int) and abs(value) >= 2**INT_BITS:
        return (
            f"a number of more than {INT_BITS} bits"  # and perhaps more digits than Python prints
        )
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]


def _expected(kind: Any) -> str:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Choose:
        ranges = ', a range "2..5"' if arguments[0] is int else ""
        return f"{_expected(arguments[0])}, a list of choices{ranges}"
    if origin is Literal:
        return "one of " + ", ".join(str(a) for a in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_expected(a) for a in arguments if a is not type(None))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "a table"
    if origin is tuple:
        return "a list" if arguments[1:] == (...,) else f"a list of {len(arguments)}"
    if kind is Text:
        return '{ en = "…", zh = "…" }'
    names = {int: "a whole number", str: "a text", bool: "true or false", Fraction: "a number or time",
             float: "a number", bytes: "hex digits"}  # fmt: skip
    return names.get(kind, "a table")
