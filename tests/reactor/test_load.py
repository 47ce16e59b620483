"""Servers under load: figures, requests that are drawn, capacity, comparisons."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab_reactor import capacity, compare, load
from oslab_reactor.capacity import CapacityConfig
from oslab_reactor.compare import CompareConfig
from oslab_reactor.figures import nearest_rank
from oslab_reactor.load import LoadConfig, Times
from oslab_reactor.shape import MODELS, read_label

SECOND = 10**9


def times(kind, *values):
    return Times(kind, tuple(map(Fraction, values)))


def config(label, **changed):
    values = {
        "connections": 5,
        "rate_rps": Fraction(10_000),
        "arrivals": "poisson",
        "accept_ns": Fraction(0),
        "io": times("fixed", 10_000),
        "compute": times("exponential", 100_000),
        "duration_ns": Fraction(5_000_000),
        "seed": 1,
    }
    return LoadConfig(read_label(label, changed.pop("cores", None)), **{**values, **changed})


def test_figures_of_two_requests_by_hand():
    # Every 400 ns a request that takes 100 + 500 + 100: the second waits 300.
    figures = load.count(
        config(
            "single", rate_rps=Fraction(2_500_000), arrivals="even", io=times("fixed", 100),
            compute=times("fixed", 500), duration_ns=Fraction(800),
        )
    )  # fmt: skip
    assert figures == {
        "completed": 2,
        "throughput_rps": Fraction(2 * SECOND, 1400),
        "mean_ns": Fraction(700 + 1000, 2),
        "p50_ns": 700,
        "p99_ns": 1000,
        "max_ns": 1000,
        "utilisation": 1,
        "queue_peak": 1,
        "threads": 1,
    }


def test_percentiles_are_nearest_rank():
    values = [10, 20, 30, 40, 50]
    ranks = {
        Fraction(1, 100): 10,
        Fraction(1, 5): 10,
        Fraction(21, 100): 20,
        Fraction(1, 2): 30,
        Fraction(1): 50,
    }
    assert {p: nearest_rank(values, p) for p in ranks} == ranks
    assert nearest_rank([], Fraction(1, 2)) is None


def test_listed_times_come_in_turn():
    drawn = config(
        "single", compute=times("listed", 7, 8, 9), arrivals="even", rate_rps=Fraction(1_000_000)
    ).requests()
    assert [next(drawn).compute_ns for _ in range(5)] == [7, 8, 9, 7, 8]


def test_the_same_seed_draws_the_same_requests_for_every_model():
    one, other = (list(config(label).requests()) for label in ("single", "multi/2+3"))
    assert one == other
    assert one != list(config("single", seed=2).requests())
    # Written down: the generators and the rounding are part of the format.
    assert [(r.connection, r.arrival_ns, r.compute_ns) for r in one[:3]] == [
        (0, 26925, 157668),
        (1, 37813, 172571),
        (2, 88241, 66366),
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        [
            "single",
            "pool/2",
            "multi/2",
            "multi/2+1",
            "thread-per-connection",
            "proactor/2",
            "pool/1*2",
        ]
    ),
    st.sampled_from([None, 1, 2]),
    st.integers(1, 8),
    st.sampled_from([1000, 20_000, 80_000]),
    st.sampled_from([0, 5000]),
    st.integers(0, 3),
)
def test_counting_says_what_running_says(label, cores, connections, rate, accept, seed):
    c = config(
        label,
        cores=cores,
        connections=connections,
        rate_rps=Fraction(rate),
        accept_ns=Fraction(accept),
        seed=seed,
    )
    assert load.run(c).metrics == load.count(c)


def test_what_is_too_much_or_nothing_is_refused():
    for changed in (
        {"rate_rps": Fraction(10**12)},
        {"rate_rps": Fraction(0)},
        {"duration_ns": Fraction(0)},
        {"connections": 0},
        {"io": times("fixed", 0), "compute": times("fixed", 0)},
    ):
        with pytest.raises(InputError):
            config("single", **changed)
    with pytest.raises(InputError):
        times("fixed", 1, 2)


def asked(label, cores=None, **changed):
    values = {
        "connections": 100,
        "requests_per_connection": 10,
        "accept_ns": Fraction(100_000),
        "read_ns": Fraction(10_000),
        "compute_ns": Fraction(60_000),
        "write_ns": Fraction(20_000),
    }
    return CapacityConfig(read_label(label, cores), **{**values, **changed})


@pytest.mark.parametrize(
    ("label", "cores", "rates", "bottleneck"),
    [
        ("single", None, {"reactor": 10_000}, "reactor"),
        ("pool/2", None, {"reactor": 25_000, "workers": Fraction(100_000, 3)}, "reactor"),
        ("pool/1", None, {"reactor": 25_000, "workers": Fraction(50_000, 3)}, "workers"),
        ("pool/8", 1, {"reactor": 25_000, "workers": Fraction(400_000, 3), "cores": 10_000}, "cores"),
        ("multi/3", None, {"main": 100_000, "subreactors": Fraction(100_000, 3)}, "subreactors"),
        ("multi/3+1", 4, {
            "main": 100_000, "subreactors": 100_000, "workers": Fraction(50_000, 3), "cores": 40_000,
        }, "workers"),
        ("thread-per-connection", None, {"main": 100_000, "threads": Fraction(10_000_000, 9)}, "main"),
        ("proactor/3", None, {"workers": 50_000}, "workers"),
        ("single*4", 3, {"reactor": 40_000, "cores": 30_000}, "cores"),
    ],
)  # fmt: skip
def test_capacities_by_hand(label, cores, rates, bottleneck):
    found = capacity.run(asked(label, cores))
    stations = {
        s.given["place"]: s.result["rate_rps"] for s in found.steps if s.action == "station"
    }
    assert stations == rates
    assert found.metrics["bottleneck"] == bottleneck
    assert found.metrics["capacity_rps"] == rates[bottleneck]


@pytest.mark.parametrize(
    "label", ["single", "pool/2", "multi/2", "multi/2+3", "proactor/2", "single*2"]
)
@pytest.mark.parametrize("cores", [None, 2])
def test_an_overloaded_server_answers_as_many_as_its_capacity(label, cores):
    # Even times and arrivals, and connections enough; what is missing is lost in the beginning and the
    # end, when not all threads have something to do.
    c = config(
        label, cores=cores, connections=1000, arrivals="even", compute=times("fixed", 50_000),
        rate_rps=Fraction(100_000), duration_ns=Fraction(10_000_000),
    )  # fmt: skip
    wanted = compare.capacity_of(c)
    found = load.count(c)["throughput_rps"]
    assert wanted * Fraction(9, 10) < found <= wanted


def test_a_pool_on_one_core_can_do_no_more_than_one_thread():
    assert (
        capacity.run(asked("pool/8", 1)).metrics["capacity_rps"]
        == capacity.run(asked("single", 1)).metrics["capacity_rps"]
    )


def test_comparing_shows_each_server_at_each_rate():
    c = config("single")
    found = compare.run(
        CompareConfig(
            shapes=tuple(read_label(label, None) for label in ("single", "pool/2")),
            rate_rps=Fraction(10_000), rates=(Fraction(5000),), connections=c.connections,
            arrivals=c.arrivals, accept_ns=c.accept_ns, io=c.io, compute=c.compute,
            duration_ns=c.duration_ns, seed=c.seed,
        )
    )  # fmt: skip
    rated = [s for s in found.steps if s.action == "rated"]
    assert [(s.given["server"], s.result["rate_rps"], s.result["saturated"]) for s in rated] == [
        ("single", 5000, False), ("single", 10_000, True), ("pool/2", 5000, False), ("pool/2", 10_000, False),
    ]  # fmt: skip
    table = found.metrics["servers"]
    figures = load.count(c)
    assert list(table) == ["single", "pool/2"]
    assert table["single"]["mean_ns"] == figures["mean_ns"]
    assert table["single"]["capacity_rps"] == Fraction(SECOND, 120_000)


def test_all_models_can_be_put_under_load(oslab):
    for model in MODELS:
        said = oslab("reactor", "run", model, "--duration", "2ms")
        assert said.code == 0, said.err
        assert "requests answered" in said.out


def test_long_loads_have_figures_only_unless_steps_are_asked_for(oslab):
    assert "computes request" not in oslab("reactor", "run", "single").out
    assert "computes request" in oslab("reactor", "run", "single", "--duration", "2ms").out
    refused = oslab("reactor", "run", "single", "--steps")
    assert refused.code == 2
    assert "leave --steps out" in refused.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "a model is expected"),
        (("run", "double"), 'model "double" is not one of single'),
        (("run", "pool", "--preset", "redis"), "both were given"),
        (("run", "pool", "--compute-time", "soon"), '--compute-time: "soon" is not a time'),
        (("run", "pool", "--compute-time", "exponential:x"), '--compute-time: "x" is not a time'),
        (("run", "pool", "--rate", "1e12"), "requests are too many"),
        (("run", "single", "--workers", "3"), "the model single has no workers"),
        (("capacity", "multi", "--subreactors", "0"), "at least one sub-reactor"),
        (("compare", "--servers", "pool"), "at least one worker"),
        (("compare", "--servers", "single,single"), "none twice"),
        (("compare", "--rates", "1,x"), '--rates: "x" is not a number'),
    ],
)
def test_bad_input_is_told_in_a_sentence(oslab, arguments, message):
    said = oslab("reactor", *arguments)
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_list_of_times_may_be_a_file(oslab, tmp_path):
    file = tmp_path / "times.txt"
    file.write_text("10us 20us  # two\n")
    said = oslab(
        "reactor",
        "run",
        "single",
        "--compute-time",
        f"@{file}",
        "--arrivals",
        "even",
        "--duration",
        "1ms",
    )
    assert "these times in turn: 10 us, 20 us" in " ".join(said.out.split())


def test_presets_are_put_under_load(oslab):
    assert (
        "main"
        in oslab(
            "reactor",
            "script",
            "--preset",
            "memcached",
            "--requests",
            "0 1 1 1",
            "--accept-time",
            "1",
        ).out
    )
    assert oslab("reactor", "capacity", "--preset", "kafka").code == 0


def test_a_comparison_says_who_does_what_and_how_near_to_saturation_each_server_is(oslab):
    said = oslab(
        "reactor", "compare", "--servers", "single,multi/2+4*3", "--rate", "5000", "--rates", "10000",
        "--io-time", "10us", "--compute-time", "80us", "--duration", "2ms",
    )  # fmt: skip
    text = " ".join(said.out.split())
    assert "multi/2+4: main, which accepts, 2 sub-reactors and 4 workers" in text
    assert "single*3: three copies" in text
    assert "proactor" not in text
    # 100 us each on one thread: 10000 a second; twelve workers of 80 us: 150000.
    assert "5000 | 50 % | 3 %" in text
    assert "10000 | 100 % | 7 %" in text
