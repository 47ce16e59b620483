"""Numbers, addresses, sizes and times: parsing and printing, in this one place.

Everything a person types passes through here, whether on the command line, in a sheet or in a
catalogue file, so a number is written the same way everywhere: decimal, 0x, 0b, 0o, with `_`.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from oslab.errors import InputError

# Larger integers are not numbers anyone means; printing them would hit CPython's digit limit.
INT_BITS = 128

_INT = re.compile(r"[+-]?(0x[0-9a-f]+|0b[01]+|0o[0-7]+|[0-9]+)", re.IGNORECASE)
_APART = re.compile(r"(?<=[0-9a-fA-FxXbBoO])_(?=[0-9a-fA-F])")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_TIME_UNITS = {
    "ps": Fraction(1, 1000),
    "ns": Fraction(1),
    "us": Fraction(10**3),
    "µs": Fraction(10**3),
    "μs": Fraction(10**3),
    "ms": Fraction(10**6),
    "s": Fraction(10**9),
    "纳秒": Fraction(1),
    "微秒": Fraction(10**3),
    "毫秒": Fraction(10**6),
    "秒": Fraction(10**9),
}
# What is pasted from web pages and chats brings them along; nobody sees them.
_NO_WIDTH = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))


# Nothing that is simulated takes less or longer, and beyond it a figure no longer fits a float.
_SHORTEST = Fraction(1, 10**6)
_LONGEST = Fraction(365 * 24 * 3600 * 10**9)


class QuantityError(InputError):
    """The text is not such a quantity; the message says what would be."""


def tidy(text: str) -> str:
    """NFKC, so that full-width digits and signs read as meant; no blanks at the ends, nothing unseen."""
    if text.isascii():  # it has none of these
        return text.strip()
    return unicodedata.normalize("NFKC", text.translate(_NO_WIDTH)).strip().replace("−", "-")


def shown(text: str, limit: int = 40) -> str:
    """The text in quotes, cut and with control characters escaped: safe to print anywhere."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + printable(cut).replace("\n", "\\n").replace("\t", "\\t") + '"'


def printable(text: str) -> str:
    """The text with everything a terminal could act on (control, bidi, format characters) escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
        for c in text
    )  # fmt: skip


def parse_int(text: str) -> int:
    """A whole number: ``11``, ``0xb``, ``0b1011``, ``0o13``, ``1_000``.

    Raises QuantityError.
    """
    word = tidy(text)
    if len(word) < 20 and word.isascii() and word.isdigit():
        return int(word)
    digits = _APART.sub("", word) if "_" in word else word
    if len(digits) > 200 or not _INT.fullmatch(digits):
        raise QuantityError(f"{shown(text)} is not a whole number; 11 or 0xb would be")
    sign, body = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    prefix = body[:2].lower()
    value = sign * (int(body, 0) if prefix in ("0x", "0b", "0o") else int(body, 10))
    if abs(value) >= 2**INT_BITS:
        raise QuantityError(f"{shown(text)} needs more than {INT_BITS} bits")
    return value


def parse_address(text: str) -> int:
    """An address: like a whole number, not negative.

    Raises QuantityError.
    """
    try:
        value = parse_int(text)
    except QuantityError:
        raise QuantityError(f"{shown(text)} is not an address; 0x2004 or 8196 would be") from None
    if value < 0:
        raise QuantityError(f"an address is not negative: {shown(text)}")
    return value


def parse_decimal(text: str) -> Fraction:
    """A number with or without a decimal point, kept exact: ``0.25``, ``1e-6``, ``1/3``, ``12``, ``0x10``.

    Raises QuantityError.
    """
    word = tidy(text).replace("_", "")
    above, slash, below = word.partition("/")
    if len(word) <= 200:
        if slash and _INT.fullmatch(above.strip()) and _INT.fullmatch(below.strip()):
            divisor = parse_int(below)
            if divisor:
                return Fraction(parse_int(above), divisor)
        elif _DECIMAL.fullmatch(word):
            return Fraction(word)
        elif _INT.fullmatch(word):
            return Fraction(parse_int(word))
    raise QuantityError(f"{shown(text)} is not a number; 0.25 or 12 would be")


def parse_percent(text: str) -> Fraction:
    """A share as a fraction of one: ``25 %``, ``0.25`` and ``1/4`` are the same.

    Raises QuantityError.
    """
    word = tidy(text)
    try:
        return parse_decimal(word[:-1]) / 100 if word.endswith("%") else parse_decimal(word)
    except QuantityError:
        raise QuantityError(f"{shown(text)} is not a percentage; 25 % or 0.25 would be") from None


def check_share(share: Fraction, what: str) -> None:
    """Raises InputError, naming `what` it is, for a share that is not one."""
    if not 0 <= share <= 1:
        raise InputError(f"{what} is a share from 0 to 1 (0 % to 100 %), not {share}")


def parse_size(text: str) -> int:
    """A number of bytes: ``4096``, ``4K``, ``4KiB``, ``4 KB``, ``1MiB``. K = KiB = 1024.

    Raises QuantityError.
    """
    word = tidy(text)
    found = re.fullmatch(r"(.*?[0-9a-f.])\s*([kmgtp]?)(i?b|bytes?|字节)?", word, re.IGNORECASE)
    # In 0x1b the last letter is a digit, not "bytes".
    if found and not (found[2] == "" and re.match(r"[+-]?0x", word, re.IGNORECASE)):
        try:
            value = parse_decimal(found[1]) * _SIZE_UNITS[found[2].lower()]
        except QuantityError:
            value = Fraction(1, 2)
        if value.denominator == 1 and 0 <= value < 2**INT_BITS:
            return int(value)
    elif found:
        try:
            return parse_address(word)
        except QuantityError:
            pass
    raise QuantityError(f"{shown(text)} is not a size; 4096, 4K or 4KiB would be")


def parse_time(text: str) -> Fraction:
    """A time in nanoseconds, kept exact: ``10ns``, ``2us``, ``1.5ms``, ``3 s``; a bare number is ns.

    Raises QuantityError.
    """
    word = tidy(text)
    found = re.fullmatch(r"(.*?[0-9.])\s*(ps|ns|us|µs|μs|ms|s|[纳微毫]?秒)?", word, re.IGNORECASE)
    if found:
        try:
            value = parse_decimal(found[1]) * _TIME_UNITS[(found[2] or "ns").lower()]
        except QuantityError:
            value = None
        if value is not None:
            if value and not _SHORTEST <= abs(value) <= _LONGEST:
                raise QuantityError(f"{shown(text)} is out of range: 1 fs to a year of 365 days")
            return value
    raise QuantityError(f"{shown(text)} is not a time; 10ns, 2us or 1.5ms would be")


def format_address(value: int, bits: int = 0) -> str:
    """``0x2004``; with `bits`, padded to that width."""
    return f"0x{value:0{(bits + 3) // 4}x}"


def format_bits(value: int, width: int) -> str:
    """``0010 0000 0000 0100``: grouped by four from the right."""
    digits = f"{value:0{max(width, 1)}b}"
    head = len(digits) % 4
    groups = ([digits[:head]] if head else []) + [
        digits[i : i + 4] for i in range(head, len(digits), 4)
    ]
    return " ".join(groups)


def format_size(value: int) -> str:
    """``4 KiB`` when it divides evenly, else plain bytes: ``4100 B``."""
    for power, unit in ((5, "PiB"), (4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        if value and value % 1024**power == 0:
            return f"{value // 1024**power} {unit}"
    return f"{value} B"


def format_decimal(value: Fraction | float | int, places: int = 4) -> str:
    """A number without needless zeros: ``12``, ``0.25``, ``0.3333``."""
    exact = Fraction(value) if not isinstance(value, Fraction) else value
    if exact.denominator == 1:
        return str(exact.numerator)
    text = f"{float(exact):.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return text if float(text) else f"{float(exact):.{places}g}"


def format_time(ns: Fraction | float | int) -> str:
    """``10 ns``, ``2.5 us``, ``8 ms``."""
    exact = Fraction(ns)
    for unit, factor in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if abs(exact) >= factor:
            return f"{format_decimal(exact / factor)} {unit}"
    return f"{format_decimal(exact)} ns"


def format_percent(share: Fraction | float) -> str:
    """``25 %``."""
    return f"{format_decimal(Fraction(share) * 100, 2)} %"
