"""What a student may make of a right sheet to get points, to get out of the report, or to break it.

Each changes the text of a sheet that is right everywhere; it may never earn more than that, and never cost
anybody else anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable

EVIL = '=HYPERLINK(\\"http://x\\",\\"y\\")\\u001b[2J<script>alert(1)</script>]]>&amp;::error::\\u202e\\u0000x'


def header(line: str) -> Callable[[str], str]:
    """One more line in the [sheet] part."""
    return lambda text: text.replace("format = 1\n", f"format = 1\n{line}\n", 1)


def claims(name: str, value: str) -> Callable[[str], str]:
    return lambda text: re.sub(
        rf'^{name} = "[^"]*"', lambda _: f'{name} = "{value}"', text, flags=re.M
    )


def answer(value: str) -> Callable[[str], str]:
    """The first plain answer is this value instead."""
    return lambda text: re.sub(
        r'^faults = "[^"]*"', lambda _: f"faults = {value}", text, flags=re.M
    )


def essay(value: str) -> Callable[[str], str]:
    return lambda text: text.replace("Because most pages are never written.", value, 1)


def cell(value: str) -> Callable[[str], str]:
    """The last cell of the first row of the first table."""
    return lambda text: re.sub(
        r"^( *1 \|.*\|)[^|\n]*$", lambda m: m[1] + value, text, count=1, flags=re.M
    )


def again(text: str) -> str:
    """Every part once more, with nothing in it."""
    return text + "\n".join(f'[q{i}]\nfaults = "0"' for i in (1, 2, 3)) + "\n"


ANSWERS: dict[str, Callable[[str], str]] = {
    "claims a score": header('score = 100\ntotal = "18"\nq1_points = 8'),
    "claims to be nobody": claims("student", EVIL),
    "claims another assignment": claims("assignment", EVIL.replace("::", "")),
    "claims another variant": lambda text: re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}", "0000-0000", text),
    "claims another exercise": lambda text: text.replace("paging/replace-fifo", "paging/split"),
    "claims another version": lambda text: text.replace("paging.replace/1", "paging.replace/" + "9" * 4000),
    "every part twice": again,
    "no parts": lambda text: text[: text.index("[q1]")],
    "true": answer("true"),
    "nan": answer("nan"),
    "infinity": answer("inf"),
    "more than a number holds": answer("1e400"),
    "a date": answer("2026-03-02"),
    "a time": answer("07:32:00"),
    "a list": answer('["9", 9]'),
    "a table": answer('{ n = 9, "__class__" = "x" }'),
    "many hexadecimal digits": answer("0x" + "f" * 20_000),
    "many digits": answer('"' + "9" * 20_000 + '"'),
    "digits of other scripts": answer('"٩٩"'),
    "an expression": answer('"__import__(\'os\').system(\'id\')"'),
    "a format": answer('"%n%s {0.__class__} $faults ${x}"'),
    "a long word": answer('"' + "a" * 100_000 + '"'),
    "marks upon marks": answer('"9' + "\u0315\u0300" * 5_000 + '"'),
    "evil": answer(f'"{EVIL}"'),
    "an evil essay": essay(EVIL),
    "a long essay": essay("Because. " * 20_000),
    "an evil cell": cell(" <b>\u202e=1+1 "),
    "cells upon cells": cell(" - |" * 2_000),
    "deep": header("x = " + "[" * 5_000 + "]" * 5_000),
    "a long key": header(".".join("a" * 3_000) + " = 1"),
    "cut off": lambda text: text[: len(text) // 2],
    "not a word of it": lambda text: text.replace("[sheet]", "[Sheet]", 1),
}  # fmt: skip

# Names that students give to their files.
NAMES = (
    "=1+1.toml", "@SUM(A1).toml", "<img src=x onerror=alert(1)>.toml", "]]>.toml", "::error::x.toml",
    "\x1b[2J\x1b]0;x\x07.toml", "\u202emot.1wh.toml", "a\nb\r\n.toml", "../../etc/passwd.toml",
    "_LATE_88000_5_hw1.toml", "x_88000_1_hw1.toml", "x_701_assignsubmission_file_hw1.toml", "s1000.toml",
    "&lt;.toml", "a,b;c\td\"e'f.toml", "CON", "hw1.toml.exe", "%s%n{0}$x.toml", "a" * 200 + ".toml",
)  # fmt: skip
