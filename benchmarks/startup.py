"""What starting oslab costs, in instructions, against a budget.

    python benchmarks/startup.py

Instructions are counted by valgrind: unlike milliseconds they are the same on a busy machine. The
measure is the cost of importing what the command line is made of, in the same Python with its
bytecode compiled; a budget is a multiple of it. Exits with 1 when one is exceeded, and with 0 and
the reason when valgrind is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASELINE = ("-c", "import typer, pluggy, importlib.metadata")

REFERENCES = "7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1"

BUDGETS = (
    ("the list of commands", ("--help",), 1.25),
    ("a plain command", ("paging", "split", "8196", "--json"), 1.5),
    ("checking a sheet", ("exercise", "check", "replace-fifo.toml"), 1.7),
    ("a drawn table", ("paging", "replace", "--frames", "3", "--refs", REFERENCES), 2.0),
)


def environment(home: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OSLAB_", "XDG_"))}
    # A hash seed, so that sets and dictionaries cost the same in each run.
    return {**kept, "HOME": home, "PYTHONHASHSEED": "0", "OSLAB_LANG": "en", "COLUMNS": "100"}


def instructions(arguments: tuple[str, ...], folder: str, statuses: tuple[int, ...]) -> int:
    """Instructions of one whole process, in millions; run once before, to compile bytecode."""
    command = [sys.executable, *arguments]
    options = {"cwd": folder, "env": environment(folder), "capture_output": True}
    first = subprocess.run(command, **options, encoding="utf-8")  # type: ignore[call-overload]
    if first.returncode not in statuses:
        sys.exit(f"{' '.join(arguments)}: exit code {first.returncode}\n{first.stderr}")
    count = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counted = subprocess.run([*count, *command], **options, encoding="utf-8")  # type: ignore[call-overload]
    found = re.search(r"I\s+refs:\s+([\d,]+)", counted.stderr)
    if not found:
        sys.exit(f"valgrind said nothing about instructions:\n{counted.stderr}")
    return int(found[1].replace(",", "")) // 1_000_000


def main() -> int:
    if not shutil.which("valgrind"):
        print("skipped: valgrind, which counts the instructions, is not installed")
        return 0
    over = False
    with tempfile.TemporaryDirectory() as folder:
        baseline = instructions(BASELINE, folder, (0,))
        print(f"{'':<22}{'M instructions':>16}{'ratio':>8}{'budget':>8}")
        print(f"{'importing its parts':<22}{baseline:>16}{1:>8.2f}")
        start = [sys.executable, "-m", "oslab", "exercise", "start", "paging/replace-fifo"]
        # The number of draws thrown away depends on the variant.
        start += ["--variant", "7QK4-M2XD"]
        subprocess.run(start, cwd=folder, env=environment(folder), check=True, capture_output=True)
        assert Path(folder, "replace-fifo.toml").exists()
        for what, arguments, budget in BUDGETS:
            cost = instructions(("-m", "oslab", *arguments), folder, (0, 1))
            ratio = cost / baseline
            over |= ratio > budget
            verdict = "  over" if ratio > budget else ""
            print(f"{what:<22}{cost:>16}{ratio:>8.2f}{budget:>8.2f}{verdict}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
