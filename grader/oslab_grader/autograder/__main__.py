"""``python -m oslab_grader.autograder gradescope|autolab|github [FOLDER]``."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from oslab.errors import EXIT_INTERNAL, EXIT_USAGE, InputError, harmless
from oslab.text import set_language

PLATFORMS = ("gradescope", "autolab", "github")


def main(arguments: list[str]) -> int:
    """Grade what is in the platform's folder. Returns the exit code."""
    if not 1 <= len(arguments) <= 2 or arguments[0] not in PLATFORMS:
        print(
            f"usage: python -m oslab_grader.autograder {'|'.join(PLATFORMS)} [FOLDER]",
            file=sys.stderr,
        )
        return EXIT_USAGE
    set_language(os.environ.get("OSLAB_LANG", "en"))
    root = Path(arguments[1] if len(arguments) > 1 else ".").resolve()
    try:
        import_module(f"oslab_grader.autograder.{arguments[0]}").run(root)
    except InputError as error:
        print(harmless(f"oslab: {error}"), file=sys.stderr)
        return EXIT_USAGE
    except Exception as error:  # for the log that only staff can see
        print(harmless(f"oslab: {type(error).__name__}: {error}"), file=sys.stderr)
        return EXIT_INTERNAL
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
