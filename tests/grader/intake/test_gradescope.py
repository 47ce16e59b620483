"""Gradescope's list beside the folders says who and when; what students write in it says nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_grader.intake.gradescope import read_metadata

Make = Callable[..., Any]

FILE = "submission_metadata.yml"
METADATA = """\
---
submission_7001:
  :submitters:
  - :name: Ming Chen
    :sid: s1042
    :email: ming.chen@uni.example
  :created_at: 2026-03-02 21:58:10.409126000 Z
  :score: 0.0
  :results:
    tests:
    - output: |
        :submitters:
        - :sid: s1017
  :history:
  - :id: 6990
    :created_at: 2026-03-01 08:00:00.000000000 Z
submission_7002:
  :submitters:
  - :name: "Ana\\n    :sid: s1017"
    :sid: ''
    :email: ANA@uni.example
  - :name: |-
      Li
      :sid: s1203
    :sid: 'S1017'
  :created_at: '2026-03-02 23:10:00 +0100'
"""


def read(text: str) -> Any:
    return read_metadata(io.BytesIO(text.encode()))


def test_submissions_are_known_by_the_list(inbox: Make, sheet: Make) -> None:
    box = inbox("gradescope")
    top = "assignment_9100_export"
    files = {
        f"{top}/{FILE}": METADATA.encode(),
        f"{top}/submission_7001/src/hw1.toml": sheet(1),
        f"{top}/submission_7002/hw1.toml": sheet(2),
        f"{top}/s1203.toml": sheet(3),
        f"{top}/.DS_Store": b"\0",
        f"__MACOSX/{top}/._{FILE}": b"\0",
    }
    found = box.take(box.zip(files))
    assert found.students == {"s1042", "s1024", "s1017"}
    (ming,) = box.attempts()["s1042"]
    assert ming.time == datetime(2026, 3, 2, 21, 58, 10, 409126, tzinfo=UTC)
    assert box.attempts()["s1017"][0].time == datetime(2026, 3, 2, 22, 10, tzinfo=UTC)
    assert [(row.who, row.kind) for row in found.troubles] == [("s1203.toml", "unknown")]


def test_an_id_and_an_address_of_two_persons_are_nobody_s(inbox: Make, sheet: Make) -> None:
    box = inbox("gradescope")
    text = METADATA.replace("ming.chen@", "ana@")
    found = box.take(box.zip({FILE: text.encode(), "submission_7001/hw1.toml": sheet()}))
    assert not found.students
    assert "may be s1042's or s1024's" in found.troubles[0].text


def test_of_a_group_those_on_the_roster_hand_in(inbox: Make, sheet: Make) -> None:
    box = inbox("gradescope")
    text = METADATA.replace("S1017", "s9999")
    found = box.take(box.zip({FILE: text.encode(), "submission_7002/hw1.toml": sheet()}))
    assert found.students == {"s1024"}
    assert [(row.who, row.kind) for row in found.troubles] == [("s9999", "unknown")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    :sid: s1042\n", "    :sid: *2\n"),
        ("    :sid: s1042\n", "    :sid: !ruby/object:X {}\n"),
        ("    :sid: s1042\n", "    :sid: |\n      s1042\n"),
        ("    :sid: s1042\n", "    :sid: s1042\n    :sid: s1024\n"),
        ("    :sid: s1042\n", '    :sid: "s1042\n'),
        ("  :submitters:\n  - :name: Ming", "  :submitters: []\n  - :name: Ming"),
        ("2026-03-02 21:58", "2026-03-02 25:58"),
        ("2026-03-02 21:58", "yesterday 21:58"),
        ("submission_7002:", "submission_7001:"),
    ],
)
def test_odd_yaml_costs_its_submission_and_is_listed(
    inbox: Make, sheet: Make, old: str, new: str
) -> None:
    box = inbox("gradescope")
    text = METADATA.replace(old, new, 1)
    found = box.take(box.zip({FILE: text.encode(), "submission_7001/hw1.toml": sheet()}))
    assert not found.students
    assert FILE in found.troubles[0].text


def test_another_file_of_that_name_is_refused(inbox: Make, sheet: Make) -> None:
    box = inbox("gradescope")
    with pytest.raises(InputError, match="not as Gradescope writes it"):
        box.take(box.zip({FILE: b"{a: b}\n", "submission_7001/hw1.toml": sheet()}))


def test_an_anchor_is_a_name_only() -> None:
    text = METADATA.replace(":email: ming", ":email: &1 ming")
    assert read(text)["submission_7001"].submitters == [
        {"sid": "s1042", "email": "ming.chen@uni.example"}
    ]


def test_a_line_longer_than_any_that_matters_is_passed_over() -> None:
    text = METADATA.replace("        - :sid: s1017", "        " + "x" * 100_000 + "  :sid: s1017")
    assert read(text) == read(METADATA)


@given(name=st.text(min_size=1, max_size=60))
def test_a_student_s_name_never_changes_who_handed_in(name: str) -> None:
    import json

    text = METADATA.replace("Ming Chen", json.dumps(name))
    assert read(text)["submission_7001"].submitters == read(METADATA)["submission_7001"].submitters


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    said = FILE
    try:
        read_metadata(io.BytesIO(METADATA.encode()[: len(data) * 3] + data))
    except ValueError as error:
        said = str(error)
    assert FILE in said


def test_without_its_list_nobody_can_say_whose_the_submissions_are(
    inbox: Make, sheet: Make
) -> None:
    box = inbox("gradescope")
    upload = box.zip(
        {f"assignment_1_export/submission_{i}/hw1.toml": sheet() for i in (7001, 7002)}
    )
    with pytest.raises(InputError, match=r"no submission_metadata\.yml"):
        box.take(upload)
