"""``make demo`` shows what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_grades_practice_sheets_and_a_course(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO)], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    practice, _, course = done.stdout.partition("\nA course: ")
    report = practice.partition("$ oslab grade")[2]
    assert re.search(r"ana\S+ +paging/replace-fifo +8 of 8 +100 %", report)
    assert re.search(r"ben\S+ .* partial", report)
    assert re.search(r"problems\n +eve/\S+", report)
    assert "Your victims follow LRU" in practice
    assert "s1009  other sheet  says s1003" in course
    assert "s1009 fits s1003's variant" in course
    assert "wrote out/canvas-hw1.csv" in course
    assert (tmp_path / "demo" / "os101" / "out" / "report-hw1.html").is_file()
