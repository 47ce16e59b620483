"""A limit of time for a stranger's code in this process: what never returns is stopped, and it is said where.

The alarm of the system interrupts whatever Python code runs, a loop without an end too; only a call into C
that never comes back does not notice. Windows has no such alarm, and outside the main thread none can be
set: there is no limit then.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType

from oslab.errors import EXIT_NOT_ALL_RIGHT
from oslab.plugins import plugins

# For one draw with all that is asked of it, which takes milliseconds.
SECONDS = 60.0
# Where the first alarm was caught by an `except:`, another follows after so many seconds.
AGAIN = 1.0
# A loop with an `except:` in it catches them all; code that is called often may catch one each time.
MOST_CAUGHT = 60


class Stopped(BaseException):
    """Something took too long; the text says how long and, where that is known, where in a plugin it was.

    No Exception: an `except Exception` of the code that is stopped shall let it pass."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Stopped after so many seconds (0: never), at the latest when the code inside is left."""
    if not (seconds and hasattr(signal, "setitimer") and current_thread() is main_thread()):
        yield
        return
    stopped: list[Stopped] = []

    caught = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal caught
        if not stopped:
            stopped.append(Stopped(f"stopped after {seconds:g} s{_where(frame)}"))
        caught += 1
        if caught > MOST_CAUGHT:
            print(
                f"oslab: {stopped[0]}; it catches whatever stops it, so oslab ends here",
                file=sys.stderr,
            )
            sys.stderr.flush()
            os._exit(EXIT_NOT_ALL_RIGHT)
        raise stopped[0]

    start = monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        # Once more: the alarm may have gone off just before it was put out.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # somebody else's, as of a plugin of pytest
            signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - start), 0.001), interval)
        if stopped:  # whatever the code has made of it
            raise stopped[0]


def _where(frame: FrameType | None) -> str:
    """The innermost line of a plugin that was being run; "" where there is none."""
    packages = {plugin.package.partition(".")[0] for plugin in plugins().loaded.values()}
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in packages:
            code = frame.f_code
            return f" in {code.co_name}, {code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
