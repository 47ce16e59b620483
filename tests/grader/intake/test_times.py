"""When an upload came: as told, as Moodle writes it, never as the file says."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.quantities import printable
from oslab_grader.intake.attempts import Attempt, together
from oslab_grader.intake.times import moment, moodle_moment

Make = Callable[..., Any]
ZURICH = ZoneInfo("Europe/Zurich")
AT = datetime(2026, 6, 10, 12, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-10T14:14",
        " 2026-06-10 14:14:00 ",
        "2026-06-10T12:14:00Z",
        "2026-06-10T08:14-04:00",
        "20260610T141400",
    ],
)
def test_iso_times_have_a_zone_or_are_local(text: str) -> None:
    assert moment(text, ZURICH) == AT
    assert moment(text, ZURICH).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.06.2026 14:14", "is no time"),
        ("2026-06-10", "no time of day"),
        ("2026-03-29T02:30", "set forward"),
        ("0001-01-01T00:00", "cannot be meant"),
        ("9999-12-31T23:59-23:00", "cannot be meant"),
        ("2026-06-31T00:00", "is no time"),
        ("", "is no time"),
        ("=1+1", "is no time"),
    ],
)
def test_what_is_no_time_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        moment(text, ZURICH)


def test_of_two_readings_when_the_clock_goes_back_the_earlier_holds() -> None:
    assert moment("2026-10-25T02:30", ZURICH) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Wednesday, 10 June 2026, 2:14 PM",
        "Wednesday, June 10, 2026, 2:14 PM",
        "Wed, 10th Jun 2026 14:14:00",
        "Mittwoch, 10. Juni 2026, 14:14",
        "mercredi 10 juin 2026, 14:14",
        "mercredi 10 juin 2026 à 14h14",
        "miércoles, 10 de junio de 2026, 14:14",
        "mercoledì, 10 giugno 2026, 14:14",
        "quarta-feira, 10 de junho de 2026 às 14:14",
        "woensdag, 10 juni 2026, 2:14 p.m.",
        "2026年06月10日 星期三 14:14",
        "2026年6月10日 星期三 下午2:14",
        "2026年 06月 10日(水曜日) 14:14",
        "10.06.2026 14:14",
        "2026-06-10 14:14",
        "2026/06/10 ２：14 PM",
    ],
)
def test_moodle_s_times_are_read_in_its_languages(text: str) -> None:
    assert moodle_moment(text, ZURICH) == AT


@pytest.mark.parametrize(
    "text",
    [
        "06/10/2026, 14:14",
        "10 Ju 2026, 14:14",
        "Wednesday, 2:14 PM",
        "10 June 2026",
        "31 June 2026, 1:00",
    ],
)
def test_what_may_mean_two_days_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        moodle_moment(text, ZURICH)


@given(when=st.datetimes(datetime(1991, 1, 1), datetime(2190, 1, 1)))
def test_a_time_in_utc_is_read_to_the_microsecond(when: datetime) -> None:
    assert moment(when.isoformat() + "Z", ZURICH) == when.replace(tzinfo=UTC)


@given(text=st.text(max_size=80))
def test_any_text_is_a_time_or_told(text: str) -> None:
    for read in (moment, moodle_moment):
        said = ""
        try:
            assert read(text, ZURICH).tzinfo is UTC
        except ValueError as error:
            said = str(error)
        assert printable(said) == said


def test_times_told_hold_over_the_lms_s(inbox: Make, sheet: Make) -> None:
    box = inbox()
    upload = box.zip({"chenming_LATE_88123_5551_hw1.toml": sheet()})
    box.take(upload, times=box.csv("time;id;note\n2026-06-10T14:14;S1042;x\n", "times.csv"))
    (attempt,) = box.attempts()["s1042"]
    assert (attempt.time, attempt.late) == (AT, True)


def test_every_fault_of_a_times_file_is_told_with_its_line(inbox: Make, sheet: Make) -> None:
    box = inbox()
    times = box.csv("id,time\ns1042,2026-06-10T14:14\ns1024\n"
                    "s1024,soon\ns1042,2026-06-10T14:15\n", "times.csv")  # fmt: skip
    with pytest.raises(InputError) as error:
        box.take(box.zip({"chenming_88123_5551_hw1.toml": sheet()}), times=times)
    for line, said in zip((3, 4, 5), ("cells", "soon", "line 2"), strict=True):
        assert any(
            f"line {line}: " in told and said in told for told in str(error.value).split("\n")
        )
    assert not box.course.folder.exists()


def test_somebody_who_left_the_course_is_a_row_of_the_list(inbox: Make, sheet: Make) -> None:
    box = inbox()
    times = box.csv("id,time\ns9999,2026-06-10T14:14\ns1042,2026-06-10T14:14\n", "times.csv")
    taken = box.take(box.zip({"chenming_88123_5551_hw1.toml": sheet()}), times=times)
    assert [(t.who, t.kind) for t in taken.troubles] == [("s9999", "unknown")]
    assert taken.added == 1


def test_a_times_file_needs_its_heads(inbox: Make, sheet: Make) -> None:
    box = inbox()
    with pytest.raises(InputError, match="id and time are expected"):
        box.take(times=box.csv("student,when\ns1042,x\n", "times.csv"))


def test_a_file_s_date_is_no_time(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    box.take(box.tree({"s1042.toml": sheet()}))
    assert box.attempts()["s1042"][0].time is None


def told(box: Any, sheet: bytes, *hours: int) -> None:
    upload = box.zip({"chenming_88123_5551_hw1.toml": sheet})
    for hour in hours:
        text = f"id,time\ns1042,2026-06-10T{hour}:14:00Z\n"
        box.take(upload, times=box.csv(text, "times.csv"))


@pytest.mark.parametrize(("hours", "counts"), [((12, 18), 18), ((18, 12), 12), ((12, 18, 12), 12)])
def test_of_times_told_the_last_one_holds(
    inbox: Make, sheet: Make, hours: tuple[int, ...], counts: int
) -> None:
    box = inbox()
    told(box, sheet(), *hours)
    assert box.attempts()["s1042"][0].time == AT.replace(hour=counts)
    before = sorted(p.name for p in box.course.attempts("hw1").iterdir())
    told(box, sheet(), counts)
    assert sorted(p.name for p in box.course.attempts("hw1").iterdir()) == before
    box.take(box.zip({"chenming_88123_5551_hw1.toml": sheet()}))
    assert box.attempts()["s1042"][0].time == AT.replace(hour=counts)


NOTES = st.builds(
    Attempt, st.just("s1"), st.just("0" * 64),
    st.none() | st.integers(0, 3).map(lambda hour: AT.replace(hour=hour)),
    st.none() | st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b"]),
    st.sampled_from(["canvas", "path"]), st.integers(0, 2),
)  # fmt: skip


@given(notes=st.lists(NOTES, min_size=1, max_size=5), order=st.randoms())
def test_notes_of_one_upload_merge_in_any_order(notes: list[Attempt], order: random.Random) -> None:
    merged = functools.reduce(together, notes)
    order.shuffle(notes)
    assert functools.reduce(together, notes) == merged
    assert together(merged, notes[0]) == merged
