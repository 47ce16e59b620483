"""Simulated I/O: connections through the I/O models, requests through servers, scripts through epoll.

    python benchmarks/io.py [--connections 100000]

The cost of a loop with one comparison an item stands beside each: ratios within one run can be compared
between machines. Nothing is promised here, so nothing fails.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

from oslab_iomodels.load import MODELS, IoConfig
from oslab_iomodels.simulate import count as count_model
from oslab_multiplex.script import parse
from oslab_multiplex.simulate import MultiplexConfig
from oslab_multiplex.simulate import count as count_script
from oslab_reactor.load import LoadConfig, Times
from oslab_reactor.load import count as count_load
from oslab_reactor.shape import Shape

SERVERS = (
    Shape("single", 1, 0, 0, None),
    Shape("pool", 1, 0, 4, None),
    Shape("multi", 1, 4, 0, None),
    Shape("thread-per-connection", 1, 0, 0, 4),
)
ROUND = "pipe a\npipe b\nepoll e\nctl e add a.r in tag=1\nctl e add b.r in,et tag=2\n" + (
    "write a 5\nwrite b 7\nwait e\nread a 5\nwait e\nread b 7\nwait e\n"
)


def jobs(connections: int) -> Iterator[tuple[str, int, Callable[[], object]]]:
    """A name, the number of items, and what handles them."""
    for model in MODELS:
        config = IoConfig(
            model=model, trigger="level" if model == "epoll" else None, connections=connections, requests=connections,
            interval_ns=10_000, arrivals=(), copy_ns=1000, compute_ns=2000, poll_ns=1_000_000,
            syscall_ns=100, scan_ns=5, switch_ns=1500, cores=1, thread_bytes=32768,
        )  # fmt: skip
        yield f"requests, {model}", connections, lambda c=config: count_model(c)  # type: ignore[misc]
    for shape in SERVERS:
        load = LoadConfig(
            shape=shape, connections=1000, rate_rps=Fraction(connections), arrivals="poisson",
            accept_ns=Fraction(0), io=Times("exponential", (Fraction(1000),)),
            compute=Times("exponential", (Fraction(6000),)), duration_ns=Fraction(10**9), seed=1,
        )  # fmt: skip
        yield f"requests, {shape.label}", connections, lambda c=load: count_load(c)  # type: ignore[misc]
    ops = parse(ROUND)
    again = connections // len(ops) // 10 + 1

    def scripts() -> None:
        for _ in range(again):
            count_script(MultiplexConfig("epoll", "slot", 3, ops))

    yield "operations, epoll", again * len(ops), scripts


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the I/O simulators.")
    parser.add_argument("--connections", type=int, default=100_000)
    asked = parser.parse_args()
    start = time.process_time()
    sum(1 for number in range(10**6) if number < 4096)
    loop = (time.process_time() - start) / 10**6
    print(f"{'':<34}{'µs an item':>12}{'seconds':>10}{'loops':>8}")
    print(f"{'counting loop':<34}{loop * 1e6:>12.3f}{'':>10}{1:>8}")
    for name, items, job in jobs(asked.connections):
        start = time.process_time()
        job()
        cost = time.process_time() - start
        print(f"{name:<34}{cost * 1e6 / items:>12.2f}{cost:>10.2f}{cost / items / loop:>8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
