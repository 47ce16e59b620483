"""Whatever ends a run, the next one gives the same gradebook as one that was never disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Any]
STUDENTS = 8


_templates: list[tuple[Path, tuple[bytes, bytes]]] = []


@pytest.fixture
def template(
    course: Make, answered: Make, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, tuple[bytes, bytes]]:
    """A course that was handed out with a folder of uploads, and what an undisturbed run gives; made
    once."""
    if not _templates:
        room = course(STUDENTS)
        here = tmp_path_factory.mktemp("faults")
        shutil.copytree(room.folder, here / "os101")
        (here / "uploads").mkdir()
        for i, student in enumerate(room.ids):
            how = ("right", "lru-for-fifo", "broken", "blank")[i % 4]
            sheet = here / "uploads" / f"{student}_hw1.toml"
            sheet.write_text(answered(room, student, how), "utf-8")
        shutil.copytree(here, here.with_name("undisturbed"))
        _templates.append((here, outcome(here.with_name("undisturbed") / "os101")))
    return _templates[0]


@pytest.fixture
def ready(template: tuple[Path, tuple[bytes, bytes]], tmp_path: Path) -> Path:
    """The folder of a course to disturb; the uploads are beside it."""
    shutil.copytree(template[0], tmp_path / "here")
    return tmp_path / "here" / "os101"


@pytest.fixture
def undisturbed(template: tuple[Path, tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    return template[1]


def command(*arguments: str, before: str = "") -> Sequence[str]:
    program = f"{before}\nfrom oslab.cli import main\nmain()"
    return [sys.executable, "-c", program, "grade", "hw1", *arguments, "--workers", "1"]


def grade(
    folder: Path, *arguments: str, before: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    given = arguments or ("../uploads",)
    return subprocess.run(
        command(*given, before=before), cwd=folder, capture_output=True, timeout=120,
        env={**os.environ, **(env or {})}, check=False,
    )  # fmt: skip


def outcome(folder: Path) -> tuple[bytes, bytes]:
    """What a clean run gives: the bytes of the index, and the document."""
    found = grade(folder, "../uploads", "--json")
    assert found.returncode == 1, found.stderr  # there are unreadable sheets
    return (folder / "gradebook.db").read_bytes(), found.stdout


def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(
    ready: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    started = time.monotonic()
    grade(ready)
    whole = time.monotonic() - started
    for name in ("attempts", "gradebook.db"):
        target = ready / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    kills = 10
    for i in range(kills):
        # One moment after the other: the earliest while uploads are taken in, the last while writing.
        child = subprocess.Popen(
            command("../uploads", "--all" if i % 2 else "--names"), cwd=ready,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(whole * (i + 3) / (kills + 3))
        child.kill()
        child.wait()
        if (ready / "gradebook.db").exists():
            with sqlite3.connect(ready / "gradebook.db") as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            db.close()
    assert outcome(ready) == undisturbed
    assert [file.name for file in ready.glob("gradebook.db-*")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file size")
def test_on_a_full_disk_the_old_gradebook_stays(
    ready: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    first = sorted((ready.parent / "uploads").glob("*"))[0]
    grade(ready, str(first))
    before = (ready / "gradebook.db").read_bytes()
    # While uploads are kept, while results are, while the index is written.
    for limit in (100, 9_000, 60_000):
        full = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        found = grade(ready, before=full)
        assert found.returncode == 2
        assert b"cannot write" in found.stderr
        assert b"Traceback" not in found.stderr
        assert (ready / "gradebook.db").read_bytes() == before
    assert outcome(ready) == undisturbed


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_folder_is_read_all_the_same(
    ready: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    grade(ready)
    (ready / "gradebook.db").unlink()
    ready.chmod(0o500)
    try:
        found = grade(ready, "--json")
    finally:
        ready.chmod(0o700)
    assert found.stdout == undisturbed[1]
    assert found.stderr.count(b"cannot be written") == 1
    assert outcome(ready) == undisturbed


def test_neither_clock_nor_time_zone_nor_file_dates_matter(
    ready: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    stopped = "import time\ntime.time = lambda: 86400.0\ntime.time_ns = lambda: 86400 * 10**9\n"
    found = grade(ready, before=stopped, env={"TZ": "Pacific/Kiritimati"})
    assert found.returncode == 1
    for file in ready.rglob("*"):
        os.utime(file, (2_000_000_000, 2_000_000_000))
    assert outcome(ready) == undisturbed


def test_an_interrupt_leaves_no_children_and_no_half_gradebook(
    ready: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    child = subprocess.Popen(
        command("../uploads"), cwd=ready, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    time.sleep(0.6)
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=60)
    assert b"Traceback" not in said
    assert outcome(ready) == undisturbed
