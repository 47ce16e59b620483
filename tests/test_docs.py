"""What the README and the guides show is what the program prints.

A ```console block is typed line by line: lines after ``$`` are run, the lines below each are what must
appear. ``…`` on a line of its own stands for any lines, within a line for any text. The blocks of a
page share one folder and one home. What a reader would do in an editor between two blocks stands in
the source as ``<!-- $ command -->``, and is run too. Commands in ```sh blocks (installing, make) are
not run here.

``python tests/test_docs.py`` writes what is printed now into the pages, where nothing is left out.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

BLOCK = re.compile(r"^```console\n(.*?)^```$|^<!-- \$ (.*?) -->$", re.MULTILINE | re.DOTALL)
COMMANDS = ("oslab", "python", "cat", "echo", "printf", "head", "tail", "ls", "cp", "sed", "cd")


@dataclass
class Shown:
    """A command of a page, and what the page says it prints; None where nothing is shown."""

    command: str
    line: int
    output: list[str] | None


def shown_in(text: str) -> list[Shown]:
    found = []
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        if block[2]:
            found.append(Shown(block[2], line, None))
            continue
        for number, words in enumerate(block[1].splitlines(), start=line + 1):
            if words.startswith("$ "):
                found.append(Shown(words[2:], number, []))
                continue
            assert found, f"line {number}: a console block begins with $"
            assert found[-1].output is not None, f"line {number}: a console block begins with $"
            found[-1].output.append(words)
    return found


def played(page: Path, scratch: Path) -> Iterator[tuple[Shown, list[str]]]:
    """Each command of a page with what it really prints."""
    home, folder = scratch / "home", scratch / "work"
    home.mkdir()
    folder.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSLAB_", "XDG_", "LC_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    # EDITOR, so that the same way to open a sheet is named everywhere.
    environment = {**kept, "PATH": path, "HOME": str(home), "LANG": "en_US.UTF-8", "EDITOR": "nano"}
    environment |= {"OSLAB_LANG": "en", "COLUMNS": "88", "TERM": "dumb", "PYTHONUTF8": "1"}
    environment["OSLAB_GRADER"] = "ana"  # a reader is asked once
    environment["EXAMPLES"] = str(ROOT / "examples")  # for what is not shown
    for name in ("VISUAL", "TERM_PROGRAM"):
        environment.pop(name, None)
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
        said = done.stdout.splitlines()
        assert done.returncode in (0, 1, 2), f"{where}: exit code {done.returncode}\n{done.stdout}"
        if change:
            folder, said = Path(said[0]), []
        yield shown, [line.rstrip() for line in said]


def matches(said: list[str], shown: list[str]) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() == "…"
        else re.escape(line.rstrip()).replace("…", ".*?") + "\n"
        for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in said)) is not None


@pytest.mark.skipif(os.name == "nt", reason="the guides' commands are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_on_the_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    for shown, said in played(page, tmp_path):
        if shown.output is not None and not matches(said, shown.output):
            where = f"{page.relative_to(ROOT).as_posix()} line {shown.line}: {shown.command}"
            difference = "\n".join(difflib.ndiff(shown.output, said))
            pytest.fail(f"{where}\n{difference}", pytrace=False)


def test_the_comparison_sees_differences_and_allows_for_what_is_left_out() -> None:
    assert matches(["a", "b", "c"], ["a", "…", "c"])
    assert matches(["a"], ["a  "])
    assert matches(["variant 7QK4-M2XD"], ["variant …"])
    assert not matches(["a", "b"], ["a"])
    assert not matches(["a", "b"], ["a", "c"])


def rewrite(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").split("\n")
    with tempfile.TemporaryDirectory() as scratch:
        results = list(played(page, Path(scratch)))
    for shown, said in reversed(results):
        if shown.output is None or matches(said, shown.output):
            continue
        if any("…" in line for line in shown.output) and not any("…" in line for line in said):
            print(f"{page} line {shown.line}: something is left out, change it by hand")
            continue
        lines[shown.line : shown.line + len(shown.output)] = said
    page.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    for page in PAGES:
        rewrite(page)
