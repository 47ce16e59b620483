"""``make demo`` shows what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_grades_a_right_a_mistaken_and_a_broken_sheet(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO)], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    report = done.stdout.partition("$ oslab grade")[2]
    assert re.search(r"ana\S+ +paging/replace-fifo +8 of 8 +100 %", report)
    assert re.search(r"ben\S+ .* partial", report)
    assert re.search(r"problems\n +demo/eve\S+", report)
    assert "Your victims follow LRU" in done.stdout
