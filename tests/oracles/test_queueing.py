"""Servers under load against queueing theory: M/M/1, M/M/c, M/D/1, Little's law, the utilisation law.

Each mean is taken over many batches of one long run, the first of them left out; the theory's value must lie
within the confidence interval that the batches give (five standard errors: with fixed seeds nothing flakes,
and an error of some per cent shows).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial, sqrt

import pytest

from oslab_reactor.engine import Engine
from oslab_reactor.load import LoadConfig, Times, count
from oslab_reactor.requests import Request
from oslab_reactor.shape import Shape

SERVICE = 1000  # ns, on average
BATCHES = 20
SINGLE = Shape("single", 1, 0, 0, None)


def pool(workers: int) -> Shape:
    return Shape("pool", 1, 0, workers, None)


def load(shape: Shape, rate: Fraction, law: str, requests: int, seed: int) -> LoadConfig:
    """Requests that only compute, each on a connection of its own."""
    return LoadConfig(
        shape=shape,
        connections=2 * requests,
        rate_rps=rate * 10**9,
        arrivals="poisson",
        accept_ns=Fraction(0),
        io=Times("fixed", (Fraction(0),)),
        compute=Times(law, (Fraction(SERVICE),)),
        duration_ns=requests / rate,
        seed=seed,
    )


def waits(config: LoadConfig) -> list[float]:
    """What each request waited, in order of arrival."""
    found: dict[int, float] = {}

    def answered(number: int, request: Request, end: float) -> None:
        found[number] = end - request.arrival_ns - request.compute_ns

    Engine(config.shape, 0, enumerate(config.requests(), start=1), answered).go()
    return [found[number] for number in sorted(found)]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Where the mean lies, by batch means."""
    size = len(values) // (BATCHES + 1)
    means = [sum(values[n * size : (n + 1) * size]) / size for n in range(1, BATCHES + 1)]
    mean = sum(means) / BATCHES
    error = sqrt(sum((m - mean) ** 2 for m in means) / (BATCHES - 1) / BATCHES)
    assert error < mean / 5, "too few requests to tell anything"
    return mean - 5 * error, mean + 5 * error


def erlang_c(servers: int, offered: float) -> float:
    """The probability that a request has to wait."""
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    return last / (sum(offered**n / factorial(n) for n in range(servers)) + last)


@pytest.mark.parametrize(("tenths", "seed"), [(3, 1), (5, 2), (7, 3), (8, 4)])
@pytest.mark.parametrize(("law", "factor"), [("exponential", 1.0), ("fixed", 0.5)])
def test_one_thread_is_an_m_m_1_or_m_d_1_queue(
    tenths: int, seed: int, law: str, factor: float
) -> None:
    rho = tenths / 10
    theory = factor * rho / (1 - rho) * SERVICE
    low, high = interval(waits(load(SINGLE, Fraction(tenths, 10 * SERVICE), law, 12_000, seed)))
    assert low < theory < high


@pytest.mark.parametrize(("workers", "tenths", "seed"), [(2, 12, 5), (3, 24, 6), (8, 64, 7)])
def test_a_pool_is_an_m_m_c_queue(workers: int, tenths: int, seed: int) -> None:
    offered = tenths / 10
    theory = erlang_c(workers, offered) / (workers - offered) * SERVICE
    rate = Fraction(tenths, 10 * SERVICE)
    low, high = interval(waits(load(pool(workers), rate, "exponential", 12_000, seed)))
    assert low < theory < high


def test_sub_reactors_are_queues_of_their_own() -> None:
    """Each of two gets every second arrival, so intervals are more even than a Poisson process makes them:
    less waiting than in M/M/1, but more than with one queue for both."""
    rate = Fraction(14, 10 * SERVICE)
    config = load(Shape("multi", 1, 2, 0, None), rate, "exponential", 12_000, 8)
    low, high = interval(waits(config))
    assert erlang_c(2, 1.4) / 0.6 * SERVICE < low
    assert high < 0.7 / 0.3 * SERVICE


@pytest.mark.parametrize(
    ("shape", "tenths"), [(SINGLE, 6), (pool(2), 15), (Shape("proactor", 1, 0, 3, None), 25)]
)
def test_littles_law(shape: Shape, tenths: int) -> None:
    """The requests in the server, on average over time, are rate times latency."""
    config = load(shape, Fraction(tenths, 10 * SERVICE), "exponential", 3000, 9)
    events: list[tuple[int, int]] = []

    def answered(number: int, request: Request, end: int) -> None:
        events.append((request.arrival_ns, 1))
        events.append((end, -1))

    engine = Engine(shape, 0, enumerate(config.requests(), start=1), answered)
    engine.go()
    area = present = last = 0
    for at, change in sorted(events):
        area += present * (at - last)
        present, last = present + change, at
    figures = count(config)
    in_server = Fraction(area) / engine.last_end
    assert in_server == figures["throughput_rps"] / 10**9 * figures["mean_ns"]


@pytest.mark.parametrize(("shape", "tenths"), [(SINGLE, 6), (Shape("proactor", 1, 0, 3, None), 25)])
def test_utilisation_law(shape: Shape, tenths: int) -> None:
    """The share of the time that a thread works is throughput times work, over the threads."""
    config = load(shape, Fraction(tenths, 10 * SERVICE), "fixed", 3000, 10)
    figures = count(config)
    work = figures["throughput_rps"] / 10**9 * SERVICE
    assert figures["utilisation"] == work / figures["threads"]
    assert abs(figures["utilisation"] - Fraction(tenths, 10) / figures["threads"]) < Fraction(1, 20)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_saturated_pool_answers_as_many_as_its_capacity(workers: int) -> None:
    rate = Fraction(2 * workers, SERVICE)
    figures = count(load(pool(workers), rate, "fixed", 2000, 11))
    capacity = workers * 10**9 / Fraction(SERVICE)
    assert capacity * Fraction(99, 100) < figures["throughput_rps"] <= capacity
