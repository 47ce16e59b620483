"""The command line: global options, exit codes, and the root command.

Exit codes: 0 done or all right; 1 answers not all right, or rows in the problem list; 2 bad input or
usage; 70 an internal or plugin error (one line; ``--debug`` for the traceback).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from oslab.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    InputError,
    harmless,
    one_line,
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    rest, language, debug = _global_options(list(sys.argv[1:] if arguments is None else arguments))
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows "?"; it must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if language:
            from oslab.text import set_language

            set_language(language)
        from oslab.cli.root import root
        from oslab.plugins import plugins

        # While the shell completes a word, its line is no place for messages.
        for failure in () if "_OSLAB_COMPLETE" in os.environ else plugins().failures:
            print(failure, file=sys.stderr)
        root()(rest, prog_name="oslab")
    except InputError as error:
        if debug:
            raise
        print(harmless(f"oslab: {error}"), file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has gone; the rest of the output goes nowhere, silently.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_USAGE)
    except Exception as error:
        if debug:
            raise
        from oslab.plugins import PluginError, blamed

        text = one_line(str(error)) if isinstance(error, PluginError) else blamed(error)
        print(f"oslab: {text} (--debug shows where)", file=sys.stderr)
        sys.exit(EXIT_INTERNAL)
    sys.exit(0)


def _global_options(arguments: list[str]) -> tuple[list[str], str | None, bool]:
    """Take --lang and --debug out, wherever they stand before a ``--``."""
    rest: list[str] = []
    language, debug = None, bool(os.environ.get("OSLAB_DEBUG"))
    while arguments:
        word = arguments.pop(0)
        if word == "--":
            rest += [word, *arguments]
            break
        if word == "--debug":
            debug = True
        elif word == "--lang" and arguments:
            language = arguments.pop(0)
        elif word.startswith("--lang="):
            language = word.partition("=")[2]
        else:
            rest.append(word)
    return rest, language, debug
