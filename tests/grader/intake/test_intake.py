"""What each upload is, whose, and that taking in is safe to repeat."""

from __future__ import annotations

import os
import re
import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_grader.intake import intake
from oslab_grader.intake.attempts import Attempt, bytes_of
from oslab_grader.intake.intake import take_in

Make = Callable[..., Any]

HOSTILE = Path(__file__).parents[2] / "hostile"
CORPUS: dict[str, Any] = runpy.run_path(str(HOSTILE / "zips.py"))
SURVIVAL: dict[str, Any] = runpy.run_path(str(HOSTILE / "intake_survival.py"))


def test_a_path_begins_with_the_id_as_folder_or_file(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    files = {
        "s1042_hw1.toml": sheet(),
        "S1024/a/b/hw1.toml": sheet(),
        "s1017李娜.toml.txt": sheet(),
    }
    assert box.take(box.tree(files)).students == {"s1042", "s1024", "s1017"}
    assert box.take(box.zip(files)).added == 0


def test_a_zip_or_folder_may_be_one_student_s(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    found = box.take(
        box.zip({"s1024.toml": sheet()}, "s1042.zip"),
        box.tree({"s1024.toml": sheet()}, "s1017-hw1"),
    )
    assert found.students == {"s1042", "s1017"}


def test_folders_around_all_do_not_matter(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    upload = box.zip({"OS 101/hw1/s1042.toml": sheet(), "OS 101/hw1/s1024/hw1.toml": sheet()})
    assert box.take(upload).students == {"s1042", "s1024"}


@pytest.mark.parametrize(
    "name", ["s9999/s1042.toml", "s9999.zip", "Eve/s1042.toml", "s9999/hw1/s1042.toml"]
)
def test_a_stranger_hands_in_for_nobody(inbox: Make, sheet: Make, name: str) -> None:
    box = inbox("none")
    inner = box.zip({"s1042.toml": sheet(), "x/s1024.toml": sheet()}, "inner.zip").read_bytes()
    data = inner if name.endswith(".zip") else sheet()
    found = box.take(box.zip({name: data, "s1017.toml": sheet()}))
    assert found.students == {"s1017"}
    assert [row.kind for row in found.troubles] == ["unknown"]


@pytest.mark.parametrize("name", ["s9999.zip", "s9999 late"])
def test_a_stranger_s_own_zip_or_folder_hands_in_for_nobody(
    inbox: Make, sheet: Make, name: str
) -> None:
    box = inbox("none")
    make = box.zip if name.endswith(".zip") else box.tree
    found = box.take(make({"s1042.toml": sheet()}, name))
    assert not found.students
    assert [(row.who, row.kind) for row in found.troubles] == [("s9999", "unknown")]


def test_a_class_s_folder_may_be_called_like_a_number(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    assert (
        len(box.take(box.tree({"s1042.toml": sheet(), "s1024.toml": sheet()}, "s2026")).students)
        == 2
    )


def test_where_any_word_may_be_an_id_a_folder_is_still_a_folder(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    box.course = replace(box.course, student_id="[A-Za-z0-9]{1,32}")
    found = box.take(box.zip({"s1042.toml": sheet(), "eve/s1024.toml": sheet()}))
    assert found.students == {"s1042"}
    assert [(row.who, row.kind) for row in found.troubles] == [("eve", "unknown")]


@given(
    student=st.sampled_from(["s1024", "s9999", "", "\u202es1024", "s1042"]),
    score=st.sampled_from(["", "score = 100\n", 'grade = "8"\n', 'owner = "s1024"\n']),
)
def test_what_a_sheet_claims_never_changes_whose_it_is(
    tmp_path_factory: pytest.TempPathFactory, student: str, score: str
) -> None:
    data = (
        CORPUS["SHEET"]
        .replace(b's1042"', student.encode() + b'"')
        .replace(b"format", score.encode() + b"format")
    )
    upload = CORPUS["zip_of"]({"s1042.toml": data})
    folder = tmp_path_factory.mktemp("claims")
    assert SURVIVAL["survive"](upload, folder).students == {"s1042"}


def test_a_sheet_of_another_assignment_is_listed_and_not_kept(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    files = {
        "s1042.toml": sheet(assignment="os101-2026/hw2"),
        "s1024.toml": sheet(assignment="x-1/hw1"),
    }
    found = box.take(box.zip(files))
    assert not box.kept()
    assert [(r.who, r.kind, r.text) for r in found.troubles] == [
        ("s1024", "left out", "s1024.toml is a sheet of x-1/hw1; left out"),
        ("s1042", "left out", "s1042.toml is a sheet of hw2; left out"),
    ]


@pytest.mark.parametrize("own", ["hw1.toml", "a_5_6_hw1.toml"])
def test_problems_do_not_name_persons(inbox: Make, sheet: Make, own: str) -> None:
    box = inbox()
    other = sheet(assignment="os101-2026/hw2")
    canvas, moodle = f"chenming_LATE_88123_5_{own}", f"Ana Oliveira_7_assignsubmission_file_/{own}"
    found = box.take(box.zip({canvas: other, moodle: other}))
    assert {row.text for row in found.troubles} == {f"{own} is a sheet of hw2; left out"}


def test_a_sheet_that_names_no_assignment_is_kept(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    practice = sheet().replace(b'assignment = "os101-2026/hw1"\n', b"")
    broken = sheet() + b"steps = '''\n 1 | 2\n"
    box.take(box.zip({"s1042.toml": practice, "s1024.toml": broken}))
    assert box.kept() == {"s1042": [practice], "s1024": [broken]}


def test_files_beside_a_sheet_are_counted_and_left_out(inbox: Make, sheet: Make) -> None:
    box = inbox()
    files = {
        "chenming_88123_1_screen.png": b"\x89PNG",
        "chenming_88123_2_answers.txt": sheet(),
        "chenming_88123_3_report.pdf": b"%PDF",
    }
    found = box.take(box.zip(files))
    assert (found.received, found.beside, found.troubles) == (1, 2, ())
    assert box.kept() == {"s1042": [sheet()]}


def test_who_handed_in_no_sheet_has_one_file_kept_to_be_seen(inbox: Make) -> None:
    box = inbox()
    files = {
        "chenming_88123_1_a.pdf": b"%PDF",
        "chenming_88123_2_hw1.toml": b"faults are 9",
        "chenming_88123_3_z.png": b"\x89PNG",
    }
    found = box.take(box.zip(files))
    assert (found.received, found.beside, found.troubles) == (1, 2, ())
    assert box.kept() == {"s1042": [b"faults are 9"]}


def test_an_office_file_is_no_zip(inbox: Make, sheet: Make) -> None:
    box = inbox()
    docx = box.zip(
        {"[Content_Types].xml": b"<x/>", "word/s1024.toml": sheet()}, "x.docx"
    ).read_bytes()
    box.take(box.zip({"chenming_88123_1_report.docx": docx}))
    assert box.kept() == {"s1042": [docx]}


def test_of_two_sheets_of_one_student_both_are_kept(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    found = box.take(
        box.zip({"s1042/a.toml": sheet(1), "s1042/b.toml": sheet(2), "s1042/c.toml": sheet(1)})
    )
    assert (found.received, found.added) == (2, 2)
    assert sorted(box.kept()["s1042"]) == [sheet(1), sheet(2)]


def test_a_student_s_zip_is_opened_once(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    inner = box.zip(
        {"deep/hw1.toml": sheet(1), "__MACOSX/._hw1.toml": b"\0", "x.png": b"\x89PNG"}, "i.zip"
    ).read_bytes()
    twice = box.zip({"inner.zip": inner}, "j.zip").read_bytes()
    found = box.take(box.zip({"s1042.zip": inner, "s1024.zip": twice}))
    assert box.kept() == {"s1042": [sheet(1)], "s1024": [twice]}
    assert found.beside == 2
    assert box.attempts()["s1042"][0].file == "s1042.zip/deep/hw1.toml"


def test_what_systems_leave_behind_is_passed_over(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    files = {"s1042.toml": sheet(), "__MACOSX/._s1042.toml": b"x", ".DS_Store": b"x", "Thumbs.db": b"x",
             "s1042/.git/config": b"x", "~$s1042.docx": b"x", "desktop.ini": b"x"}  # fmt: skip
    found = box.take(box.zip(files), box.tree(files))
    assert (found.received, found.beside, found.troubles) == (1, 0, ())


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_name_that_is_no_text_can_be_shown_and_kept(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    tree = box.tree({"s1024.toml": sheet()})
    for name in (b"s1042\xff\x1b[2J.toml", b"\xff.toml"):
        (Path(os.fsdecode(os.fsencode(tree) + b"/" + name))).write_bytes(sheet())
    found = box.take(tree)
    assert found.students == {"s1042", "s1024"}
    assert box.attempts()["s1042"][0].file.isprintable()
    assert found.troubles[0].who.isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_in_folders_links_and_pipes_are_listed(inbox: Make, sheet: Make, tmp_path: Path) -> None:
    box = inbox("none")
    tree = box.tree({"s1042.toml": sheet(), "s1024/x.png": b"x"})
    secret = tmp_path / "secret.toml"
    secret.write_bytes(sheet(7))
    (tree / "s1024" / "hw1.toml").symlink_to(secret)
    (tree / "s1017").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tree / "s1203.toml")
    found = box.take(tree)
    assert found.students == {"s1042", "s1024"}
    assert box.kept()["s1024"] == [b"x"]
    assert sorted((row.who, row.kind) for row in found.troubles) == [
        (who, "left out") for who in ("s1017", "s1024", "s1203")
    ]


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", int)() == 0, reason="permissions"
)
def test_a_folder_that_cannot_be_opened_is_listed(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    tree = box.tree({"s1042.toml": sheet(), "s1024/hw1.toml": sheet()})
    (tree / "s1024").chmod(0)
    found = box.take(tree)
    (tree / "s1024").chmod(0o700)
    assert (found.students, [row.who for row in found.troubles]) == ({"s1042"}, ["s1024"])


def test_the_order_of_the_paths_does_not_matter(inbox: Make, sheet: Make, tmp_path: Path) -> None:
    box = inbox()
    paths = [
        box.zip({"chenming_88123_1_hw1.toml": sheet(1), "lina_88125_2_x.png": b"png"}, "a.zip"),
        box.zip(
            {"chenming_LATE_88123_9_hw1.toml": sheet(2), "lina_88125_3_hw1.toml": sheet(3)}, "b.zip"
        ),
        box.tree({"x_5_5_hw1.toml": sheet(), "sam_7_6_y.pdf": b"%PDF"}, "c"),
    ]
    one = box.take(*paths)
    first = {p.name: p.read_bytes() for p in box.course.attempts("hw1").iterdir()}
    for path in box.course.attempts("hw1").iterdir():
        path.unlink()
    assert box.take(*reversed(paths)) == one
    assert {p.name: p.read_bytes() for p in box.course.attempts("hw1").iterdir()} == first


def test_taking_in_again_adds_nothing(inbox: Make, sheet: Make) -> None:
    box = inbox()
    upload = box.zip({"chenming_88123_1_hw1.toml": sheet(1), "lina_88125_2_x.png": b"png"})
    assert box.take(upload, upload).added == 2
    again = box.take(upload)
    assert (again.received, again.added) == (2, 0)


def test_who_listens_is_told_once_of_each_upload_when_it_is_on_the_disk(
    inbox: Make, sheet: Make
) -> None:
    box = inbox()
    upload = box.zip({"chenming_88123_1_hw1.toml": sheet(1), "lina_88125_2_x.png": b"png"})
    heard = []

    def listen(attempt: Attempt) -> None:
        assert bytes_of(box.course.attempts("hw1"), attempt.sheet)
        heard.append(attempt)

    for _ in range(2):
        take_in(box.course, box.assignment, box.roster, [upload], kept=listen)
    kept = [attempt for theirs in box.attempts().values() for attempt in theirs]
    assert sorted(heard, key=lambda attempt: attempt.student) == kept


def test_what_a_killed_run_left_half_written_goes_but_not_of_one_at_work(
    inbox: Make, sheet: Make
) -> None:
    box = inbox("none")
    upload = box.zip({"s1042.toml": sheet()})
    box.take(upload)
    folder = box.course.attempts("hw1")
    names = (".s1042.0123456789abcdef.json-ab_12xyz", f".{'0' * 64}.sheet-abcd1234")
    mine = (".keep-my-notes", ".s1042.sheet-short", "s1042.txt")
    for name in (*names, *mine):
        (folder / name).write_bytes(b"half")
    box.take(upload)
    assert {p.name for p in folder.iterdir()} >= {*names, *mine}
    for name in (*names, *mine):
        os.utime(folder / name, (1, 1))
    box.take(upload)
    left = {p.name for p in folder.iterdir()}
    assert left >= set(mine)
    assert left.isdisjoint(names)


def test_what_a_power_cut_tore_is_written_anew(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    upload = box.zip({"s1042.toml": sheet()})
    box.take(upload)
    for path in box.course.attempts("hw1").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InputError, match="grade the files it came in again"):
        box.attempts()
    box.take(upload)
    assert box.kept() == {"s1042": [sheet()]}


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_attempts_are_for_nobody_else_to_read(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    box.take(box.zip({"s1042.toml": sheet()}))
    folder = box.course.attempts("hw1")
    assert {p.stat().st_mode & 0o077 for p in (folder.parent, folder, *folder.iterdir())} == {0}


def test_every_path_that_cannot_be_used_is_told_and_nothing_kept(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    good = box.zip({"s1042.toml": sheet()})
    cut = box.folder / "cut.zip"
    cut.write_bytes(good.read_bytes()[:-40])
    with pytest.raises(InputError) as error:
        box.take(good, cut, box.folder / "nowhere")
    assert "cut off" in str(error.value)
    assert "nowhere" in str(error.value)
    assert not box.course.folder.exists()


def test_a_large_file_is_kept_so_far_that_it_is_seen_to_be_large(inbox: Make) -> None:
    box = inbox("none")
    box.take(box.zip({"s1042.toml": b"[sheet]\n" + b"#" * 2**21}))
    (data,) = box.kept()["s1042"]
    assert len(data) == 256 * 1024 + 1


def test_troubles_are_in_chinese_too(inbox: Make, sheet: Make) -> None:
    box = inbox()
    (row,) = box.take(
        box.zip({"x_99999_1_hw1.toml": sheet(), "lina_88125_2_h.toml": sheet()})
    ).troubles
    assert row.text == "a Canvas user who is not on the roster; left out"
    assert dict(row.values) == {"zh": "此 Canvas 用户不在名单上，已略去"}


def test_ten_thousand_uploads_need_no_more_memory_than_ten(inbox: Make, sheet: Make) -> None:
    import tracemalloc

    box = inbox("none")
    many = box.zip({f"s1042/{i}.png": bytes(100_000) for i in range(300)} | {"s1024.toml": sheet()})
    tracemalloc.start()
    assert box.take(many).students == {"s1042", "s1024"}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 2**20


def test_a_search_for_the_answer_is_no_answer(inbox: Make, sheet: Make) -> None:
    box = inbox()
    tries = box.zip({f"{i}.toml": sheet(i) for i in range(40)}, "tries.zip").read_bytes()
    files = {f"chenming_88123_{i}_hw1.toml": sheet(i) for i in range(1, 10)}
    found = box.take(box.zip({**files, "oliveiraana_88124_50_all.zip": tries}))
    assert sorted(box.kept()["s1042"]) == [sheet(i) for i in (7, 8, 9)]
    assert len(box.kept()["s1024"]) == 3
    assert [(row.who, row.kind) for row in found.troubles] == [
        ("s1024", "left out"),
        ("s1042", "left out"),
    ]


def test_uploads_that_an_instructor_has_put_side_by_side_are_all_taken_in(
    inbox: Make, sheet: Make
) -> None:
    box = inbox("none")
    box.take(box.zip({f"s1042_{i}.toml": sheet(i) for i in range(9)}))
    assert len(box.kept()["s1042"]) == 9


def test_one_student_s_bombs_cost_nobody_else_anything(
    inbox: Make, sheet: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_UNPACKED", 2**20)
    box = inbox()
    bomb = box.zip({f"{i}": bytes(256 * 1024) for i in range(99)}, "bomb.zip").read_bytes()
    files = {f"chenming_88123_{i}_x.zip": bomb for i in range(5)}
    found = box.take(box.zip({**files, "oliveiraana_88124_50_hw1.toml": sheet()}))
    assert box.kept()["s1024"] == [sheet()]
    assert [row.text for row in found.troubles if row.who == "s1042"] == [
        "more than 1 MiB handed in at a time; the rest is left out"
    ]


def test_nobody_fills_the_problem_list_alone(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    box.take(
        box.zip({f"s1042/{i}.toml": sheet(assignment=f"os101-2026/hw{i}") for i in range(2, 99)})
    )
    rows = box.take(box.folder / "submissions.zip").troubles
    assert len(rows) == intake.MOST_ROWS + 1
    assert "further files that are left out: 92" in [row.text for row in rows]


def test_a_class_s_zip_in_a_zip_is_told_what_it_is(inbox: Make, sheet: Make) -> None:
    box = inbox()
    inner = box.zip({"chenming_88123_1_hw1.toml": sheet()}, "inner.zip").read_bytes()
    (row,) = box.take(box.zip({"download/submissions.zip": inner})).troubles
    assert (row.who, "unpack it" in row.text) == ("submissions.zip", True)


def note_of(box: Any) -> Path:
    (note,) = box.course.attempts("hw1").glob("*.json")
    return Path(note)


def as_pipe(note: Path) -> None:
    os.mkfifo(note.with_name("s1024.0123456789abcdef.json"))


def as_link(note: Path) -> None:
    note.with_name("s1024.0123456789abcdef.json").symlink_to("/dev/zero")


def as_folder(note: Path) -> None:
    note.with_name("s1024.0123456789abcdef.json").mkdir()


def renamed(note: Path) -> None:
    note.with_name(note.name.replace("s1042", "s1024")).write_bytes(note.read_bytes())


def changed(note: Path) -> None:
    note.write_text(note.read_text("utf-8").replace('"late": false', '"late": true'), "utf-8")


def leading_out(note: Path) -> None:
    data = re.sub(rb"[0-9a-f]{64}", b"../../../../etc/passwd", note.read_bytes())
    note.with_name(f"s1042.{sha256(data).hexdigest()[:16]}.json").write_bytes(data)


def deep(note: Path) -> None:
    note.write_bytes(b"[" * 50_000)


def of_another_kind(note: Path) -> None:
    note.write_bytes(b"[1, 2]")


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
@pytest.mark.parametrize(
    "spoil", [as_pipe, as_link, as_folder, renamed, changed, leading_out, deep, of_another_kind]
)
def test_a_note_that_oslab_did_not_write_is_told_by_its_name(
    inbox: Make, sheet: Make, spoil: Callable[[Path], None]
) -> None:
    box = inbox()
    box.take(box.zip({"chenming_88123_1_hw1.toml": sheet()}))
    spoil(note_of(box))
    with pytest.raises(InputError, match=r"hw1/s10[0-9.a-f]+\.json cannot be read.*delete it"):
        box.attempts()


def test_what_a_system_leaves_among_the_notes_is_passed_over(inbox: Make, sheet: Make) -> None:
    box = inbox()
    box.take(box.zip({"chenming_88123_1_hw1.toml": sheet()}))
    note = note_of(box)
    note.with_name(f"._{note.name}").write_bytes(b"\0\5\x16\7")
    assert set(box.attempts()) == {"s1042"}


def test_a_class_s_zip_that_is_called_like_a_student_is_refused(inbox: Make, sheet: Make) -> None:
    box = inbox()
    files = {"chenming_88123_5551_hw1.toml": sheet(), "leeana_88124_5552_hw1.toml": sheet(8)}
    with pytest.raises(InputError, match=r"s1042\.zip is called like a student or a team"):
        box.take(box.zip(files, "s1042.zip"))
    assert box.take(box.zip(files, "uploads.zip")).added == 2
