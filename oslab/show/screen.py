"""Where lines are printed: how wide it is, whether it has colour, which characters it can show."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import Literal, TextIO, TypeAlias

from oslab.quantities import printable

Style: TypeAlias = Literal["", "bold", "good", "bad"]

_CODES = {"bold": "1", "good": "32", "bad": "31"}
# What stands for a drawn character where the console has none.
_ASCII = str.maketrans("│─┼├└·…—–→▏█“”‘’×µ", "|-+|`.~--" + ">|#\"\"''xu")
NARROWEST = 40


@dataclass
class Screen:
    """A text stream and what it can show. Colour only ever repeats a word."""

    stream: TextIO
    columns: int = 80
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO | None = None) -> Screen:
        """The screen behind a stream, standard output if none is given: plain and 80 columns wide in a
        pipe, unless COLUMNS says otherwise; no colour under NO_COLOR."""
        stream = sys.stdout if stream is None else stream
        terminal = bool(getattr(stream, "isatty", lambda: False)())
        columns = shutil.get_terminal_size().columns if terminal or "COLUMNS" in os.environ else 80
        return cls(stream, max(columns, NARROWEST), terminal and _has_colour())

    def line(self, text: str = "", style: Style = "") -> None:
        """Print one line; with a style, in its colour, if there is colour."""
        text = self._shown(text.rstrip().replace("\n", " "))
        coloured = self.colour and style and text
        self.stream.write(f"\x1b[{_CODES[style]}m{text}\x1b[0m\n" if coloured else f"{text}\n")

    def prompt(self, text: str) -> None:
        """Print a question; the answer is typed behind it."""
        self.stream.write(self._shown(text) + " ")
        self.stream.flush()

    def _shown(self, text: str) -> str:
        """The text in the characters there are. Whatever was typed by somebody, and wherever it stands:
        nothing in it reaches the terminal but what can be seen."""
        if not text.isprintable():
            text = printable(text.replace("\t", " "))
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            text = text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
        return text


def _has_colour() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # Older Windows consoles print the codes themselves; the newer ones set one of these.
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "TERM"))
