"""Exercises trace, threec and write-policy: keys, follow-through and modelled mistakes."""

from dataclasses import replace

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_cache.cache import CacheShape
from oslab_cache.compare import CompareRunConfig
from oslab_cache.config import RunConfig
from oslab_cache.hierarchy import Hierarchy
from oslab_cache.problems.threec import ThreeC
from oslab_cache.problems.trace import Trace
from oslab_cache.problems.writepolicy import WritePolicy


def cache(references, lines=4, ways=2, policy="lru", write="back", allocate=True, lower=(),
          inclusion="nine", seed=0):  # fmt: skip
    return RunConfig(
        lines * 16, 16, ways, policy, write, allocate, seed, tuple(lower), inclusion, False, (),
        tuple(references.split()),
    )  # fmt: skip


def key(problem, params):
    return problem.solve(params, problem.run(params))


def wrong(problem, params, name):
    return problem.mistakes()[name](problem, params)


def row(result, victim=None):
    return {"result": result, "victim": victim}


# Lines 0, 2, 4 … of a fully associative cache of two lines.
FULL = cache("0x00 0x20 0x04 0x40 0x20 0x00", lines=2, ways=2)


def test_the_key_of_a_trace_is_read_off_the_run():
    answers = key(Trace(), FULL)
    assert list(answers["associative"]) == [
        row("miss"), row("miss"), row("hit"), row("miss", 0x20), row("miss", 0), row("miss", 0x40),
    ]  # fmt: skip
    assert answers["misses"] == 5
    assert [each["index"] for each in answers["steps"]] == [0] * 6


def test_sets_are_counted_from_the_line_number():
    answers = key(Trace(), cache("0x00 0x10 0x2f 0x30"))
    assert [each["index"] for each in answers["steps"]] == [0, 1, 0, 1]


def test_a_row_follows_from_the_students_own_victim():
    before = [row("miss"), row("miss"), row("hit"), row("miss", 0x00)]
    # 0x20 is still there, since 0 was thrown out in its stead.
    assert Trace().follow(FULL, "associative", before) == row("hit")
    assert Trace().follow(FULL, "associative", [*before, row("hit")]) == row("miss", 0x40)


def test_an_impossible_row_is_repaired_from_the_key():
    right = key(Trace(), FULL)["associative"]
    for impossible in (row("miss", 0x990), row("miss"), row("hit")):
        before = [*right[:3], impossible]
        assert Trace().follow(FULL, "associative", before) == right[4]


def test_every_row_of_the_key_follows_from_the_rows_before_it():
    references = "0 0x40w 0x84 0 0x20 0xc4w 0x44 0x80 0x100w 0 0x44 0x20 0x64w"
    two = [CacheShape(128, 16, 2, "lru", "back", True, 0)]
    asked = [
        ("steps", cache(references, policy=policy))
        for policy in ("lru", "fifo", "plru", "lfu", "random")
    ]
    asked.append(("steps", cache(references, write="through", allocate=False)))
    asked += [
        ("levels", cache(references, lower=two, inclusion=inclusion))
        for inclusion in ("inclusive", "exclusive")
    ]
    for answer, params in asked:
        rows = key(Trace(), params)[answer]
        for n, each in enumerate(rows):
            assert Trace().follow(params, answer, rows[:n]) == each


def test_a_mistake_of_another_policy_cannot_happen():
    for name in ("lru-for-fifo", "lru-for-plru", "bits-toward", "number-per-miss", "store-allocates",
                 "copies-stay", "copied-up", "hits-refresh-below"):  # fmt: skip
        assert wrong(Trace(), FULL, name) is None
    assert wrong(Trace(), replace(FULL, policy="fifo"), "fifo-for-lru") is None


def test_an_address_taken_for_a_line_misses_where_its_line_is():
    rows = wrong(Trace(), FULL, "byte-is-line")["associative"]
    assert [each["result"] for each in rows] == ["miss"] * 6
    assert rows[2] == row("miss", 0x00)


def test_a_direct_mapped_reading_has_more_sets():
    rows = wrong(Trace(), cache("0x00 0x20 0x00"), "direct-mapped")["steps"]
    assert [each["index"] for each in rows] == [0, 2, 0]


def test_bits_that_point_the_wrong_way_throw_out_what_was_just_used():
    rows = wrong(Trace(), cache("0x00 0x20 0x40", lines=2, policy="plru"), "bits-toward")
    assert rows["associative"][2] == row("miss", 0x20)
    assert key(Trace(), cache("0x00 0x20 0x40", lines=2, policy="plru"))["associative"][2] == row(
        "miss", 0
    )


def test_a_number_for_each_miss_is_one_too_many():
    params = cache("0x00 0x20 0x40 0x60 0x80 0xa0 0xc0 0xe0", lines=2, policy="random", seed=3)
    numbers = str(Trace().present(params)["numbers"]).split()
    emptied = {name: [] for name in ("key", "number-per-miss")}
    tables = {
        "key": key(Trace(), params),
        "number-per-miss": wrong(Trace(), params, "number-per-miss"),
    }
    for name, answers in tables.items():
        ways = [0x00, 0x20]
        for n, each in enumerate(answers["associative"][2:], start=2):
            way = ways.index(each["victim"])
            ways[way] = n * 0x20
            emptied[name].append(str(way))
    assert emptied["key"] == numbers[:6]
    assert emptied["number-per-miss"] == numbers[2:8]


def test_leaving_out_the_first_misses_changes_the_number_alone():
    answers = key(Trace(), FULL)
    assert wrong(Trace(), FULL, "no-cold") == {**answers, "misses": 2}


def test_a_copy_that_stays_above_hits_later():
    two = [CacheShape(32, 16, 1, "lru", "back", True, 0)]
    params = cache("0x00 0x20 0x00", lines=2, lower=two, inclusion="inclusive")
    found = [each["found"] for each in key(Trace(), params)["levels"]]
    assert found == ["memory", "memory", "memory"]
    assert [each["found"] for each in wrong(Trace(), params, "copies-stay")["levels"]][2] == "L1"


DIRECT = cache("0x00 0x40 0x00 0x10 0x20 0x30 0x50 0x00 0x00", ways=1)


def test_causes_come_with_the_number_of_other_lines():
    answers = key(ThreeC(), DIRECT)
    told = [(each["others"], each["cause"]) for each in answers["causes"]]
    assert told == [
        (None, "cold"), (None, "cold"), (1, "conflict"), (None, "cold"), (None, "cold"),
        (None, "cold"), (None, "cold"), (4, "hit"), (0, "hit"),
    ]  # fmt: skip
    assert (answers["cold"], answers["capacity"], answers["conflict"]) == (6, 0, 1)


def test_mistakes_about_causes():
    params = cache("0x00 0x40 0x00 0x40 0x40 0x10 0x50 0x10 0x20 0x00", ways=1)
    told = [each["cause"] for each in key(ThreeC(), params)["causes"]]
    assert told == [
        "cold",
        "cold",
        "conflict",
        "conflict",
        "hit",
        "cold",
        "cold",
        "conflict",
        "cold",
        "capacity",
    ]
    said = {name: wrong(ThreeC(), params, name) for name in ThreeC().mistakes()}
    assert (said["swapped"]["capacity"], said["swapped"]["conflict"]) == (3, 1)
    assert said["reload-is-cold"]["cold"] == 9
    assert said["accesses-not-lines"]["causes"][9] == {"others": 6, "cause": "capacity"}
    # A fully associative cache misses 6 times, among them none that hits here.
    assert (said["aggregate"]["capacity"], said["aggregate"]["conflict"]) == (1, 3)


def write_policy(references, *policies):
    return CompareRunConfig(
        tuple(CacheShape(32, 16, 1, "lru", write, allocate, 0) for write, allocate in policies),
        False,
        tuple(references.split()),
    )


def traffic(answers):
    return [(each["bytes_from_memory"], each["bytes_to_memory"]) for each in answers["traffic"]]


FOUR = write_policy(
    "0x00w/4 0x04w/8 0x20 0x00w/4 0x20", ("back", True), ("back", False), ("through", True), ("through", False)
)  # fmt: skip


def test_what_each_write_policy_moves():
    # Back, allocating: 0 read and dirtied, 2 read and 0 written, 0 read, 2 read and 0 written.
    assert traffic(key(WritePolicy(), FOUR)) == [(64, 32), (16, 16), (64, 16), (16, 16)]


def test_mistakes_about_write_policies():
    assert traffic(wrong(WritePolicy(), FOUR, "store-miss-free")) == [
        (32, 32), (16, 16), (32, 16), (16, 16),
    ]  # fmt: skip
    assert traffic(wrong(WritePolicy(), FOUR, "line-per-store")) == [
        (64, 32), (16, 48), (64, 48), (16, 48),
    ]  # fmt: skip
    assert traffic(wrong(WritePolicy(), FOUR, "every-victim")) == [
        (64, 48), (16, 16), (64, 64), (16, 16),
    ]  # fmt: skip
    flushed = write_policy("0x00w/4 0x10", ("back", True), ("through", False))
    assert traffic(key(WritePolicy(), flushed)) == [(32, 0), (16, 4)]
    assert traffic(wrong(WritePolicy(), flushed, "final-flush")) == [(32, 16), (16, 4)]


def test_the_rows_of_write_policy_are_named_after_the_policies():
    assert WritePolicy().rows(FOUR, "traffic") == [
        ("back/allocate",), ("back/no-allocate",), ("through/allocate",), ("through/no-allocate",),
    ]  # fmt: skip


def test_the_right_hierarchy_gives_the_key():
    for name in ("trace-two-way", "trace-around", "trace-inclusive", "trace-exclusive"):
        found = exercise(f"cache/{name}")
        for seed in range(6):
            variant = draw(found, seed_code(seed))
            p = variant.params
            assert found.problem._with(p, Hierarchy(p.shape)) == variant.key
