"""Cold, capacity, conflict: the definitions, and the identities that follow from them."""

from hypothesis import given
from hypothesis import strategies as st

from oslab_cache.threec import ExplainedThreeC, ThreeC

lines = st.lists(st.integers(0, 12), max_size=80)
uses = st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=80)


def causes(capacity, sequence):
    judge = ThreeC(capacity)
    return [judge.access(line) for line in sequence]


def test_the_first_access_is_cold_and_the_rest_depends_on_other_lines():
    assert causes(2, [1, 2, 1, 3, 2, 2]) == [
        "cold", "cold", "conflict", "cold", "capacity", "conflict",
    ]  # fmt: skip


def test_others_are_different_lines_and_not_accesses():
    judge = ExplainedThreeC(2)
    told = [judge.access(line) for line in [1, 2, 2, 2, 1, 3, 4, 1]]
    assert [each.others for each in told] == [None, None, 0, 0, 1, None, None, 2]
    assert told[4].cause == "conflict"
    assert told[7].cause == "capacity"


def test_a_store_that_is_not_allocated_does_not_enter_the_cache_of_comparison():
    judge = ThreeC(4)
    assert judge.access(1, allocates=False) == "cold"
    assert judge.access(1, allocates=False) == "capacity"
    assert judge.access(1) == "capacity"
    assert judge.access(1, allocates=False) == "conflict"


def test_a_line_that_was_never_in_has_no_distance():
    judge = ExplainedThreeC(4)
    judge.access(1, allocates=False)
    assert judge.access(1) == ("capacity", None)


@given(lines, st.integers(1, 8))
def test_a_capacity_miss_has_as_many_other_lines_since_as_the_cache_holds(sequence, capacity):
    for n, (line, cause) in enumerate(zip(sequence, causes(capacity, sequence), strict=True)):
        earlier = [m for m in range(n) if sequence[m] == line]
        if not earlier:
            assert cause == "cold"
        else:
            others = len(set(sequence[earlier[-1] + 1 : n]))
            assert cause == ("capacity" if others >= capacity else "conflict")


@given(uses, st.integers(1, 6))
def test_the_explained_causes_are_the_same(sequence, capacity):
    plain, explained = ThreeC(capacity), ExplainedThreeC(capacity)
    for line, allocates in sequence:
        assert explained.access(line, allocates).cause == plain.access(line, allocates)


@given(lines)
def test_nothing_is_for_want_of_room_in_an_endless_cache(sequence):
    assert "capacity" not in causes(13, sequence)
