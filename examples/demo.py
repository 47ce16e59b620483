"""The main job on real input, ``make demo``: practice sheets are made, answered and checked; then a course
hands out homework to twelve students, whose uploads, as Canvas packs them, are graded and exported.

Only commands are used, as anyone would type them, and each is shown. The answers of a simulator are
filled in as a student would: Ana's from FIFO, as asked; Ben's from LRU, a common misunderstanding; of
Eve's file a piece is missing. The twelve are those of `simulated_class`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = Path("demo").resolve()
EXERCISE = "paging/replace-fifo"
NAMES = ("ana", "ben", "eve")
QUESTIONS = '{ exercise = "paging/replace-fifo", points = 8 },'
MORE = """{ exercise = "paging/replace-fifo", points = 8 },
  { exercise = "paging/split", points = 6 },
  { exercise = "tlb/eat", points = 2 },"""


def oslab(
    *arguments: str,
    show: bool = True,
    statuses: tuple[int, ...] = (0,),
    cwd: Path = FOLDER,
    typed: str = "",
) -> str:
    """Run a command of oslab and return what it prints; `typed` is given to its questions."""
    if show:
        print(f"$ oslab {shlex.join(arguments)}", flush=True)
    # Progress goes into the demo's folder, not into the user's own.
    home = str(FOLDER / "home")
    environment = {**os.environ, "HOME": home, "XDG_DATA_HOME": home, "LOCALAPPDATA": home}
    environment["OSLAB_GRADER"] = "ana"
    done = subprocess.run(
        [sys.executable, "-m", "oslab", *arguments],
        env=environment,
        cwd=cwd,
        input=typed,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if done.returncode not in statuses:
        sys.exit(f"exit code {done.returncode}")
    if show:
        print(done.stdout)
    return done.stdout


def answer(sheet: str, policy: str) -> str:
    """The sheet with the answers of a policy filled in."""
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", sheet)
    assert code, "a sheet names its variant"
    record = oslab("exercise", "show", EXERCISE, "--variant", code[0], "--json", show=False)
    params = json.loads(record)["params"]
    simulated = oslab(
        *("paging", "replace", "--policy", policy, "--frames", str(params["frames"])),
        *("--refs", " ".join(params["references"]), "--json"),
        show=False,
    )
    run = json.loads(simulated)
    for step in run["steps"]:
        given, result = step["given"], step["result"]
        victim = result.get("victim")
        cells = f"{result['result']:^8}|{'-' if victim is None else victim:^8}".rstrip()
        row = rf"^( *{given['n']} *\| *{given['page']} *\|).*$"
        sheet = re.sub(row, rf"\g<1>{cells}", sheet, count=1, flags=re.MULTILINE)
    return sheet.replace('faults = ""', f'faults = "{run["metrics"]["faults"]}"')


def practice() -> None:
    """Three practice sheets, answered, checked, graded."""
    for name in NAMES:
        (FOLDER / name).mkdir(parents=True)
        oslab("exercise", "start", EXERCISE, "--in", name, show=name == NAMES[0])
    sheets = {name: next((FOLDER / name).glob("*.toml")) for name in NAMES}
    print("Ana answers as asked, Ben with the victims of LRU; a piece of Eve's file is missing.\n")
    for name, policy in (("ana", "fifo"), ("ben", "lru"), ("eve", "fifo")):
        text = answer(sheets[name].read_text(encoding="utf-8"), policy)
        if name == "eve":
            text = text[: text.rindex("'''")]
        sheets[name].write_text(text, encoding="utf-8")
    for name in NAMES:
        oslab("exercise", "check", f"{name}/{sheets[name].name}", statuses=(0, 1, 2))
    oslab("grade", *NAMES, statuses=(1,))


def course() -> None:
    """A course from its roster to the file for Canvas."""
    print("A course: twelve students, whose roster is the gradebook exported from Canvas.\n")
    oslab("course", "new", "os101", "--lms", "canvas")
    folder = FOLDER / "os101"
    settings = folder / "course.toml"
    settings.write_text(settings.read_text("utf-8").replace(QUESTIONS, MORE), "utf-8")
    grades, uploads = FOLDER / "Grades-OS101.csv", FOLDER / "submissions.zip"
    simulated = [sys.executable, str(HERE / "simulated_class.py")]
    with grades.open("w", encoding="utf-8") as stream:
        subprocess.run([*simulated, "gradebook", "12"], stdout=stream, check=True)
    oslab("course", "roster", "../Grades-OS101.csv", cwd=folder)
    oslab("course", "check", cwd=folder)
    oslab("course", "handout", "hw1", cwd=folder)
    class_file = folder / "handout" / "hw1" / "hw1.oslab.toml"
    subprocess.run([*simulated, "submissions", str(class_file), "12", str(uploads)], check=True)
    print("The twelve answer, and Canvas packs what they hand in.\n")
    oslab("grade", "hw1", "../submissions.zip", cwd=folder, statuses=(1,))
    print("Somebody reads the essays: two lines of the rubric, a and d, for each.\n")
    oslab("gradebook", "review", "hw1", cwd=folder, typed="ad\n" * 12, show=False)
    oslab("gradebook", "items", "hw1", cwd=folder)
    oslab("gradebook", "swaps", "hw1", cwd=folder)
    back = ("gradebook", "export", "canvas", "../Grades-OS101.csv", "--only-final")
    oslab(*back, cwd=folder, statuses=(0, 1))
    oslab("gradebook", "export", "report", cwd=folder, statuses=(0, 1))


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    practice()
    course()


if __name__ == "__main__":
    main()
