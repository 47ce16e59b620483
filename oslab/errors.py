"""The errors a user sees, and the documented exit codes."""

from __future__ import annotations

EXIT_OK = 0
EXIT_NOT_ALL_RIGHT = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 70


class InputError(ValueError):
    """Bad input: a file, a flag, an answer. The message says what was wrong, where, and what would be
    right; the command line prints it without a traceback and exits with 2."""
