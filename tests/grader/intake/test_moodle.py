"""Moodle numbers participants anew for each assignment; the worksheet says who they are, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oslab import InputError
from oslab_grader.course.roster import Person, Roster

Make = Callable[..., Any]

HEADS = {
    "en": "Identifier,Full name,Email address,Status,Grade,Last modified (submission),Online text",
    "de": "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Zuletzt geändert (Abgabe),Text",
    "zh": "标识号,全名,Email地址,状态,成绩,上次修改（作业）,在线文本",
    "eo": "Numero,Plena nomo,Retadreso,Stato,Noto,Ŝanĝita,Teksto",
}
TIMES = {
    "en": '"Monday, 2 March 2026, 10:58 PM"',
    "de": '"Montag, 2. März 2026, 22:58"',
    "zh": "2026年03月2日 星期一 22:58",
    "eo": "-",
}
# As the language packs have them: only the English one ends in a blank.
WORD = {"en": "Participant ", "de": "Teilnehmer/in", "zh": "参与者", "eo": "Partoprenanto"}
FOLDER = "Ming Chen_701_assignsubmission_file_"


def worksheet(language: str = "en", text: str = "") -> str:
    word, time = WORD[language], TIMES[language]
    return (
        f"\ufeff{HEADS[language]}\n"
        f'{word}701,Chen Ming,ming.chen@uni.example,Submitted,-,{time},"{text}"\n'
        f'{word}702,Oliveira Ana,ANA@uni.example,No submission,-,-,"{text}"\n'
        f"{word}703,Guest,guest@elsewhere.example,Submitted,-,-,\n"
    )


@pytest.mark.parametrize("language", HEADS)
def test_participants_are_known_by_the_worksheet_in_any_language(
    inbox: Make, sheet: Make, language: str
) -> None:
    box = inbox("moodle")
    upload = box.zip(
        {f"{FOLDER}/hw1.toml": sheet(), "X_702_assignsubmission_file_/a/b.toml": sheet()}
    )
    found = box.take(upload, worksheet=box.csv(worksheet(language), "w.csv"))
    assert found.students == {"s1042", "s1024"}
    (attempt,) = box.attempts()["s1042"]
    known = language != "eo"
    assert attempt.time == (datetime(2026, 3, 2, 21, 58, tzinfo=UTC) if known else None)
    assert (attempt.source, attempt.file) == ("moodle", f"{FOLDER}/hw1.toml")


def test_who_is_not_on_the_roster_or_the_worksheet_is_listed(inbox: Make, sheet: Make) -> None:
    box = inbox("moodle")
    files = {f"Ming Chen_{n}_assignsubmission_file_/hw1.toml": sheet() for n in (703, 999)}
    found = box.take(box.zip(files), worksheet=box.csv(worksheet(), "w.csv"))
    assert [row.who for row in found.troubles] == ["703", "999"]
    assert not box.kept()


def test_what_a_student_writes_online_makes_nobody_somebody_else(inbox: Make, sheet: Make) -> None:
    box = inbox("moodle")
    sheet_of_703 = {"Guest_703_assignsubmission_file_/hw1.toml": sheet()}
    text = worksheet(text="na.li@uni.example").replace("-,-,\n", "-,-,s1042\n")
    found = box.take(box.zip(sheet_of_703), worksheet=box.csv(text, "w.csv"))
    assert not found.students


def test_without_a_worksheet_a_name_does_if_it_is_unique(inbox: Make, sheet: Make) -> None:
    people = (Person("s1", "Chen, Ming"), Person("s2", "Li, Na"), Person("s3", "Na Li"))
    box = inbox("moodle", Roster(people))
    upload = box.zip(
        {f"{FOLDER}/hw1.toml": sheet(), "Na Li_9_assignsubmission_file_/hw1.toml": sheet()}
    )
    found = box.take(upload)
    assert found.students == {"s1"}
    assert "--worksheet" in found.troubles[0].text


@pytest.mark.parametrize(
    "name",
    [
        "Ming Chen_701_assignsubmission_file_s1024_88_5_hw1.toml",
        "Ming Chen_701_assignsubmission_file/Ana Oliveira_702_assignsubmission_file_/hw1.toml",
        "Ming Chen_701_assignsubmission_file_Ana Oliveira_702_assignsubmission_file_hw1.toml",
        "Ming Chen_701_assignsubmission_file_/s1024.toml",
    ],
)
def test_a_file_s_own_name_never_says_whose_it_is(inbox: Make, sheet: Make, name: str) -> None:
    box = inbox("moodle")
    assert box.take(box.zip({name: sheet(), "s1017.toml": sheet()})).students == {"s1042", "s1017"}


def test_every_fault_of_a_worksheet_is_told_with_its_line(inbox: Make, sheet: Make) -> None:
    box = inbox("moodle")
    text = worksheet().replace(TIMES["en"], '"02/03/2026, 22:58"').replace("702", "701")
    with pytest.raises(InputError) as error:
        box.take(box.zip({"s1042.toml": sheet()}), worksheet=box.csv(text, "w.csv"))
    first, second = str(error.value).splitlines()
    assert "w.csv line 2: " in first
    assert "--times" in first
    assert "w.csv line 3: participant 701 for the second time" in second
    assert not box.course.folder.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Identifier,Status\nParticipant 1,Submitted\nParticipant 2,x\n", "names nobody"),
        ("id,name\ns1042,Ming\n", "Participant 123"),
        ("", "is empty"),
    ],
)
def test_what_is_no_worksheet_is_refused(inbox: Make, sheet: Make, text: str, said: str) -> None:
    box = inbox("moodle")
    with pytest.raises(InputError, match=said):
        box.take(box.zip({"s1042.toml": sheet()}), worksheet=box.csv(text, "w.csv"))


def test_two_participants_of_one_name_are_nobody_until_a_worksheet_tells(
    inbox: Make, sheet: Make
) -> None:
    box = inbox("moodle")
    forged = "Ming  Chen_703_assignsubmission_file_/hw1.toml"
    upload = box.zip({f"{FOLDER}/hw1.toml": sheet(1), forged: sheet(2), "s1017.toml": sheet()})
    found = box.take(upload)
    assert found.students == {"s1017"}
    assert [(row.who, "701, 703" in row.text) for row in found.troubles] == [
        ("701", True),
        ("703", True),
    ]
    box.take(upload, worksheet=box.csv(worksheet(), "w.csv"))
    assert box.kept()["s1042"] == [sheet(1)]


@pytest.mark.parametrize(
    ("heads", "students"),
    [
        ("Identifier,Full name,Email address", {"s1042", "s1024"}),
        ("Identifier,Full name", {"s1024"}),
    ],
)
def test_a_name_in_the_worksheet_counts_only_once(
    inbox: Make, sheet: Make, heads: str, students: set[str]
) -> None:
    box = inbox("moodle")
    rows = [("701", "Ming Chen", "ming.chen@uni.example"), ("702", "Ana Oliveira", "ana@uni.example"),
            ("703", "Ming Chen", "eve@uni.example")]  # fmt: skip
    columns = heads.count(",") + 1
    lines = [",".join([f"Participant {n}", *rest][:columns]) for n, *rest in rows]
    upload = box.zip({f"X_{n}_assignsubmission_file_/a.toml": sheet(int(n)) for n, *_ in rows})
    box.take(upload, worksheet=box.csv("\n".join([heads, *lines]), "w.csv"))
    assert set(box.kept()) == students
    assert box.kept().get("s1042", [sheet(701)]) == [sheet(701)]


def test_behind_an_id_a_file_s_own_name_is_no_participant(inbox: Make, sheet: Make) -> None:
    box = inbox("moodle")
    upload = box.tree({"s1017_701_assignsubmission_file_hw1.toml": sheet()})
    found = box.take(upload, worksheet=box.csv(worksheet(), "w.csv"))
    assert not found.students
    assert [(row.who, row.text.startswith("may be")) for row in found.troubles] == [("s1017", True)]
