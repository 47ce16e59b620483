"""What the README and the guides show is what the program prints.

A ```console block is typed line by line: lines after ``$`` are run, the lines below each are what must
appear. ``…`` on a line of its own stands for any lines, within a line for any text. The blocks of a
file share one folder and one home. What a reader would do in an editor between two blocks stands in
the source as ``<!-- $ command -->``, and is run too. Commands in ```sh blocks (installing, make) are
not run here.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

BLOCK = re.compile(r"^```console\n(.*?)^```$|^<!-- \$ (.*?) -->$", re.MULTILINE | re.DOTALL)
COMMANDS = ("oslab", "python", "cat", "echo", "cp", "cd", "mkdir", "ls", "sed", "printf")


@dataclass(frozen=True)
class Shown:
    """A command of a page, and what the page says it prints; None where nothing is shown."""

    command: str
    output: list[str] | None
    line: int


def shown_in(text: str) -> list[Shown]:
    found = []
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        if block[2]:
            found.append(Shown(block[2], None, line))
            continue
        for number, words in enumerate(block[1].splitlines(), start=line + 1):
            if words.startswith("$ "):
                found.append(Shown(words[2:], [], number))
            else:
                assert found, f"line {number}: a console block begins with $"
                assert found[-1].output is not None
                found[-1].output.append(words)
    return found


def matches(said: str, shown: list[str]) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() == "…"
        else re.escape(line.rstrip()).replace("…", ".*?") + "\n"
        for line in shown
    )
    clean = "".join(line.rstrip() + "\n" for line in said.splitlines())
    return re.fullmatch(pattern, clean) is not None


@pytest.mark.skipif(os.name == "nt", reason="the guides' commands are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_on_the_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSLAB_", "XDG_", "LC_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    # EDITOR, so that the same way to open a sheet is named everywhere.
    environment = {**kept, "PATH": path, "HOME": str(home), "LANG": "en_US.UTF-8", "EDITOR": "nano"}
    environment |= {"OSLAB_LANG": "en", "COLUMNS": "100", "TERM": "dumb", "PYTHONUTF8": "1"}
    environment.pop("VISUAL", None)
    environment.pop("TERM_PROGRAM", None)
    for shown in shown_in(page.read_text(encoding="utf-8")):
        where = f"{page.relative_to(ROOT).as_posix()} line {shown.line}: {shown.command}"
        assert shown.command.split()[0] in COMMANDS, f"{where}: put it into a ```sh block"
        change = shown.command.startswith("cd ")
        done = subprocess.run(
            ["/bin/sh", "-c", f"{shown.command} && pwd -P" if change else shown.command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        said = done.stdout
        assert done.returncode in (0, 1, 2), f"{where}: exit code {done.returncode}\n{said}"
        if change:
            folder, said = Path(said.strip()), ""
        if shown.output is not None and not matches(said, shown.output):
            difference = difflib.ndiff(shown.output, said.splitlines())
            pytest.fail(f"{where}\n" + "\n".join(difference), pytrace=False)


def test_the_comparison_sees_differences_and_allows_for_what_is_left_out() -> None:
    assert matches("a\nb\nc\n", ["a", "…", "c"])
    assert matches("a  \n", ["a"])
    assert matches("variant 7QK4-M2XD\n", ["variant …"])
    assert not matches("a\nb\n", ["a"])
    assert not matches("a\nb\n", ["a", "c"])
