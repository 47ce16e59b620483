"""The errors a user sees, and the documented exit codes."""

from __future__ import annotations

EXIT_NOT_ALL_RIGHT = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 70
# As a shell says of what Ctrl-C has ended.
EXIT_INTERRUPTED = 130


class InputError(ValueError):
    """Bad input: a file, a flag, an answer. The message says what was wrong, where, and what would be
    right; the command line prints it without a traceback and exits with 2."""


def harmless(text: str) -> str:
    """The text with what a terminal would act on escaped: file names, metadata and the messages of
    plugins are a stranger's. Line breaks stay."""
    if all(line.isprintable() for line in text.split("\n")):
        return text
    from oslab.quantities import printable  # not needed to start

    return printable(text)


def one_line(text: str) -> str:
    """The same, on one line."""
    return harmless(" ".join(text.split()))
