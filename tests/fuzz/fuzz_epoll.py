"""Play random scripts on the kernel and in the simulator: ``python tests/fuzz/fuzz_epoll.py --scripts 20000``.

Scripts of 200 operations on pipes, sockets, eventfds, listening sockets and nested epoll instances, some of
them by select and poll. Stops at the first that differs, after writing it to a file. Without ``--scripts``,
as many as fit into ``--seconds``, but 20,000 at most.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "oracles"))

from epoll_lab import scenario
from test_epoll_kernel import EXCUSE, play, simulated

from oslab_multiplex.script import parse_op

ALL = 20_000
AT_ONCE = 200


def drawn(seed: int) -> dict[str, Any]:
    """One in eight by select, one in eight by poll, one in twenty with listening sockets."""
    mechanism = {0: "select", 1: "poll"}.get(seed % 8, "epoll")
    return scenario(seed, 200, mechanism, listeners=seed % 20 == 0)


def differs(script: dict[str, Any], observed: list[Any], seen: dict[str, Any]) -> int | None:
    """The first operation on which simulator and kernel do not agree, counted from 1."""
    ops = [parse_op(text) for text in script["ops"]]
    for n, mine in enumerate(simulated(ops, script["mechanism"], seen)):
        if mine != observed[n]:
            print(f"operation {n + 1} ({ops[n]}): {mine}, kernel {observed[n]}")
            return n + 1
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--scripts", type=int, default=None, help="so many, however long it takes")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if EXCUSE:
        print(f"skipped: {EXCUSE}")
        return 0
    first = options.seed if options.seed is not None else random.randrange(2**32)
    print(f"seed {first}")
    end = time.monotonic() + options.seconds
    count, events = 0, 0
    while count < (options.scripts or ALL) and (options.scripts or time.monotonic() < end):
        batch = min(AT_ONCE, (options.scripts or ALL) - count)
        scripts = [drawn(first + count + n) for n in range(batch)]
        seen = play(scripts)
        for script, observed in zip(scripts, seen["observed"], strict=True):
            at = differs(script, observed, seen)
            if at is not None:
                found = Path(f"fuzz-epoll-{first + count}.txt")
                found.write_text("\n".join(script["ops"][:at]) + "\n", "utf-8")
                print(f"after {count} scripts, by {script['mechanism']}: {found}")
                return 1
            events += sum(len(outcome[2]) for outcome in observed if len(outcome) == 3)
            count += 1
    print(f"{count} scripts, {events} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
