"""Lateness: real elapsed time, started days, grace, cutoff, extensions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.book.lateness import DAY, days_late, due_with, extension, lateness
from oslab_grader.course.model import LatePolicy

ZURICH = ZoneInfo("Europe/Zurich")
DUE = datetime(2026, 3, 2, 23, 59, tzinfo=ZURICH)
POLICY = LatePolicy("oslab", Fraction(1, 10), timedelta(minutes=10), 5, 3)

policies = st.builds(
    LatePolicy,
    st.just("oslab"),
    st.fractions(0, 1, max_denominator=20),
    st.timedeltas(timedelta(0), timedelta(hours=2)),
    st.none() | st.integers(0, 10),
    st.integers(0, 5),
)
times = st.datetimes(datetime(2026, 2, 1), datetime(2026, 11, 30), timezones=st.just(UTC))
dues = st.datetimes(datetime(2026, 2, 1), datetime(2026, 11, 30), timezones=st.just(ZURICH))
extensions = st.one_of(
    st.integers(0, 9999).map(lambda n: f"+{n}min"),
    st.integers(0, 99).map(lambda n: f"+{n}h"),
    st.integers(0, 30).map(lambda n: f"+{n}d"),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
        lambda t: t.isoformat(timespec="seconds")
    ),
)


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=10), 0),
        (timedelta(minutes=10, seconds=1), 1),
        (timedelta(days=1, minutes=10), 1),
        (timedelta(days=1, minutes=10, seconds=1), 2),
        (-timedelta(days=3), 0),
    ],
)
def test_days_are_those_started_after_the_slack(after: timedelta, days: int) -> None:
    time = (DUE.astimezone(UTC) + after).astimezone(ZURICH)
    assert days_late(time, DUE, POLICY.slack) == days


def test_the_hour_that_clocks_lose_is_no_part_of_a_day() -> None:
    # On 29 March 2026 Zurich goes from 02:00 to 03:00: from 23:59 to 23:59 are 23 hours.
    due = datetime(2026, 3, 28, 23, 59, tzinfo=ZURICH)
    assert days_late(datetime(2026, 3, 29, 23, 59, tzinfo=ZURICH), due, timedelta()) == 1
    assert days_late(datetime(2026, 3, 30, 0, 59, tzinfo=ZURICH), due, timedelta()) == 1
    assert days_late(datetime(2026, 3, 30, 1, 0, tzinfo=ZURICH), due, timedelta()) == 2


def test_the_hour_that_clocks_gain_is_one() -> None:
    due = datetime(2026, 10, 24, 23, 59, tzinfo=ZURICH)
    assert days_late(datetime(2026, 10, 25, 22, 59, tzinfo=ZURICH), due, timedelta()) == 1
    assert days_late(datetime(2026, 10, 25, 23, 59, tzinfo=ZURICH), due, timedelta()) == 2


def test_two_days_more_are_the_same_time_of_day_and_48_hours_are_elapsed_time() -> None:
    due = datetime(2026, 3, 28, 23, 59, tzinfo=ZURICH)
    assert due_with(due, "+2d").isoformat() == "2026-03-30T23:59:00+02:00"
    assert due_with(due, "+48h").isoformat() == "2026-03-31T00:59:00+02:00"
    assert due_with(due, "2026-03-30T12:00:00").isoformat() == "2026-03-30T12:00:00+02:00"
    assert due_with(due, "2026-03-30T12:00:00+00:00").isoformat() == "2026-03-30T14:00:00+02:00"


def test_worked_example() -> None:
    # 30 hours late with ten minutes of slack are two started days, one of them free.
    time = DUE.astimezone(UTC) + timedelta(hours=30)
    found = lateness(time, None, DUE, POLICY, 1)
    assert found is not None
    assert (found.days, found.grace, found.penalty) == (2, 1, Fraction(1, 10))
    late = lateness(time + 5 * DAY, None, DUE, POLICY, 3)
    assert late is not None
    assert late.too_late
    assert late.penalty == 1
    assert late.grace == 0


def test_the_lms_reduces_and_oslab_never_does() -> None:
    policy = LatePolicy("lms", Fraction(1, 2), timedelta(), 1, 1)
    for time, late, marked in (
        (DUE + 9 * DAY, None, True),
        (None, True, True),
        (None, False, False),
        (None, None, False),
    ):
        found = lateness(time, late, DUE, policy, 1)
        assert found is not None
        assert (found.penalty, found.grace, found.by_lms) == (0, 0, marked)


def test_a_time_that_nobody_knows_matters_only_where_lateness_costs_something() -> None:
    assert lateness(None, True, DUE, POLICY, 3) is None
    assert lateness(None, None, DUE, POLICY, 3) is None
    in_time = lateness(None, False, DUE, POLICY, 3)
    assert in_time is not None
    assert in_time.penalty == 0
    free = lateness(None, True, DUE, LatePolicy("oslab"), 0)
    assert free is not None
    assert free.penalty == 0


@given(policies, dues, times, times, st.integers(0, 5))
def test_later_never_costs_less(
    policy: LatePolicy, due: datetime, one: datetime, other: datetime, left: int
) -> None:
    early, late = sorted((one, other))
    first, second = (lateness(t, None, due, policy, left) for t in (early, late))
    assert first is not None
    assert second is not None
    assert first.penalty <= second.penalty


@given(policies, dues, extensions, times, st.integers(0, 5))
def test_an_extension_never_costs(
    policy: LatePolicy, due: datetime, more: str, time: datetime, left: int
) -> None:
    moved = due_with(due, extension(more))
    assert moved.astimezone(UTC) >= due.astimezone(UTC)
    without, with_it = (lateness(time, None, d, policy, left) for d in (due, moved))
    assert without is not None
    assert with_it is not None
    assert with_it.penalty <= without.penalty
    assert with_it.grace <= without.grace or without.too_late


@given(policies, dues, times, st.integers(0, 5), st.integers(0, 5))
def test_more_grace_never_costs(
    policy: LatePolicy, due: datetime, time: datetime, some: int, more: int
) -> None:
    less, greater = (lateness(time, None, due, policy, left) for left in (some, some + more))
    assert less is not None
    assert greater is not None
    assert greater.penalty <= less.penalty
    assert 0 <= less.grace <= min(some, less.days)


@given(extensions)
def test_what_is_kept_of_an_extension_is_one(text: str) -> None:
    assert extension(extension(text)) == extension(text)


@pytest.mark.parametrize("text", ["tomorrow", "2d", "+2", "+2w", "2026-03-09", "2026-13-01T00:00"])
def test_what_is_no_extension_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no extension"):
        extension(text)
