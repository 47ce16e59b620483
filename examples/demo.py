"""The main job on real input: sheets are made, answered and graded. ``make demo`` runs this.

Only commands are used, as anyone would type them, and each is shown. The answers of a simulator are
filled in as a student would: Ana's from FIFO, as asked; Ben's from LRU, a common misunderstanding; of
Eve's file a piece is missing.
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

FOLDER = Path("demo")
EXERCISE = "paging/replace-fifo"
NAMES = ("ana", "ben", "eve")


def oslab(*arguments: str, show: bool = True, statuses: tuple[int, ...] = (0,)) -> str:
    """Run a command of oslab and return what it prints."""
    if show:
        print(f"$ oslab {shlex.join(arguments)}", flush=True)
    # Progress goes into the demo's folder, not into the user's own.
    home = str(FOLDER.resolve() / "home")
    environment = {**os.environ, "HOME": home, "XDG_DATA_HOME": home, "LOCALAPPDATA": home}
    done = subprocess.run(
        [sys.executable, "-m", "oslab", *arguments],
        env=environment,
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


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in NAMES:
        (FOLDER / name).mkdir(parents=True)
        oslab("exercise", "start", EXERCISE, "--in", str(FOLDER / name), show=name == NAMES[0])
    sheets = {name: next((FOLDER / name).glob("*.toml")) for name in NAMES}
    print("Ana answers as asked, Ben with the victims of LRU; a piece of Eve's file is missing.\n")
    for name, policy in (("ana", "fifo"), ("ben", "lru"), ("eve", "fifo")):
        text = answer(sheets[name].read_text(encoding="utf-8"), policy)
        if name == "eve":
            text = text[: text.rindex("'''")]
        sheets[name].write_text(text, encoding="utf-8")
    for name in NAMES:
        oslab("exercise", "check", sheets[name].as_posix(), statuses=(0, 1, 2))
    oslab("grade", *(str(FOLDER / name) for name in NAMES), statuses=(1,))


if __name__ == "__main__":
    main()
