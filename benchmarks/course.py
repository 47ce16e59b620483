"""``oslab grade`` from Canvas's zip to the gradebook, against a budget: 10,000 uploads of 10 questions on two
cores in 60 s and 500 MB.

    python benchmarks/course.py [--students 400]

A course is made by the commands an instructor types, with the class of examples/simulated_class.py. Its zip
is graded from nothing, and so is one of the first few uploads; the difference is what an upload costs, the
rest what beginning costs. Processor time is compared with the budget, of all processes, so that a machine
that does other things meanwhile is not blamed. Exits with 1 when 10,000 uploads would be over the budget.
"""

from __future__ import annotations

import argparse
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from grading import ALL, CORES, EXERCISES, MEGABYTES, SECONDS

FEW = 40
CLASS: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "examples" / "simulated_class.py")
)


def oslab(folder: Path, *arguments: str) -> tuple[int, float, float, float]:
    """Run a command. Returns its exit code, seconds, seconds of processors, and the most memory of one of
    its processes, in bytes."""
    command = [sys.executable, "-c", "from oslab.cli import main; main()", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, "OSLAB_GRADER": "bench"}
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    return (
        os.waitstatus_to_exitcode(status),
        seconds,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


def make_course(folder: Path, students: int) -> Path:
    """A course whose hw1 is handed out, and the zip of its uploads."""
    oslab(folder, "course", "new", "os101", "--lms", "canvas")
    course = folder / "os101"
    settings = course / "course.toml"
    text = settings.read_text("utf-8")
    start = text.index("questions = [")
    asked = "".join(f'  {{ exercise = "{name}" }},\n' for name in EXERCISES)
    end = text.index("]", start)
    settings.write_text(f"{text[:start]}questions = [\n{asked}{text[end:]}", "utf-8")
    roster = CLASS["gradebook"](CLASS["class_of"](students), [("Homework 1", "20")])
    (folder / "grades.csv").write_text(roster, "utf-8")
    for arguments in (["roster", "../grades.csv"], ["handout", "hw1"]):
        code, *_ = oslab(course, "course", *arguments)
        if code:
            sys.exit(f"oslab course {' '.join(arguments)} ended with {code}")
    CLASS["_submissions"](
        str(course / "handout/hw1/hw1.oslab.toml"), str(students), str(folder / "all.zip")
    )
    return course


def first_of(uploads: Path, count: int) -> Path:
    """A zip of the first uploads of another."""
    few = uploads.with_name("few.zip")
    with zipfile.ZipFile(uploads) as whole, zipfile.ZipFile(few, "w") as part:
        for entry in whole.infolist()[:count]:
            part.writestr(entry, whole.read(entry))
    return few


def graded(course: Path, uploads: Path) -> tuple[float, float, float]:
    """Grade from nothing: seconds, seconds of processors, the most memory of a process."""
    shutil.rmtree(course / "attempts", ignore_errors=True)
    (course / "gradebook.db").unlink(missing_ok=True)
    code, *used = oslab(course, "grade", "hw1", str(uploads))
    if code != 1:  # some files cannot be read
        sys.exit(f"oslab grade ended with {code}")
    return used[0], used[1], used[2]


def main() -> int:
    parser = argparse.ArgumentParser(description="Time oslab grade on a course.")
    parser.add_argument("--students", type=int, default=400)
    students = parser.parse_args().students
    if students < 4 * FEW:
        parser.error(f"--students: at least {4 * FEW}, for the first {FEW} are the beginning")
    with tempfile.TemporaryDirectory() as name:
        course = make_course(Path(name), students)
        uploads = Path(name) / "all.zip"
        with zipfile.ZipFile(uploads) as archive:
            count = len(archive.infolist())
        _, beginning, _ = graded(course, first_of(uploads, FEW))
        seconds, processors, memory = graded(course, uploads)
    each = (processors - beginning) / (count - FEW)
    whole = (beginning - FEW * each + each * ALL) / CORES
    print(f"{count:,} uploads of {len(EXERCISES)} questions, from a zip to the gradebook")
    print(f"  {seconds:.1f} s   {count / seconds:.0f} a second")
    print(
        f"  {beginning - FEW * each:.1f} s of a processor to begin, {each * 1000:.1f} ms for each"
    )
    print(f"  {ALL:,} on {CORES} cores: {whole:.0f} s of {SECONDS:.0f}")
    print(f"  {memory / 1e6:.0f} MB in the largest process, of {MEGABYTES:.0f}")
    return int(whole > SECONDS or memory * (CORES + 1) > MEGABYTES * 1e6)


if __name__ == "__main__":
    sys.exit(main())
