"""The loop of all fuzz targets: mutate, survive, and write down what breaks it."""

from __future__ import annotations

import argparse
import random
import time
import traceback
from collections.abc import Callable
from pathlib import Path


def fuzz(
    about: str | None,
    what: str,
    ending: str,
    make: Callable[[random.Random], bytes],
    survive: Callable[[bytes, random.Random], None],
    slow: float,
) -> int:
    """Run for ``--seconds`` from ``--seed``; returns the exit code.

    what     what is mutated, one of them: "sheet"
    ending   of the name of the file that the first to break it is written to
    slow     seconds of processor time that one may take
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    rng = random.Random(seed)
    print(f"seed {seed}")
    end = time.monotonic() + options.seconds
    count, slowest = 0, 0.0
    while time.monotonic() < end:
        data = make(rng)
        begin = time.process_time()
        try:
            survive(data, rng)
            took = time.process_time() - begin
            assert took < slow, f"took {took:.1f} s"
        except Exception:
            traceback.print_exc()
            found = Path(f"fuzz-{what}-{seed}-{count}{ending}")
            found.write_bytes(data)
            print(f"after {count}: {found}")
            return 1
        slowest = max(slowest, took)
        count += 1
    print(f"{count} of a {what}, the slowest {slowest:.2f} s")
    return 0
