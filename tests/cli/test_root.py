"""The root command: help, version, near names, completion, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_help_lists_every_plugin_and_exits_0(oslab: Run) -> None:
    shown = oslab("--help")
    assert shown.code == 0
    for name in ("exercise", "plugin", "paging", "grade"):
        assert f"\n  {name} " in shown.out


def test_help_is_in_chinese_too(oslab: Run) -> None:
    assert "地址转换" in oslab("--lang", "zh", "--help").out
    assert "地址转换" in oslab("--help", "--lang=zh").out


def test_the_version_is_one_line(oslab: Run) -> None:
    from oslab import __version__

    assert oslab("--version").out == f"oslab {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exercice"], "Did you mean 'exercise'?"),
        (["paging", "replce"], "Did you mean 'replace'?"),
        (["--lang", "fr", "paging"], "no language 'fr'; there are en, zh"),
        (["paging", "split", "x"], "x"),
        (["paging", "split", "8196", "--page-siz", "4096"], "--page-size"),
    ],
)
def test_bad_usage_is_exit_code_2_with_what_was_meant(
    oslab: Run, arguments: list[str], said: str
) -> None:
    found = oslab(*arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err


def test_an_internal_error_is_one_line_and_exit_code_70(
    oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oslab.exercise import catalogue

    def broken(name: str) -> None:
        raise RuntimeError("broke\nin two lines")

    monkeypatch.setattr(catalogue, "source", broken)
    catalogue.entry.cache_clear()
    found = oslab("exercise", "show", "paging/split")
    assert found.code == 70
    assert found.err == (
        "oslab: internal error: RuntimeError: broke in two lines (--debug shows where)\n"
    )
    catalogue.entry.cache_clear()


def complete(line: str) -> list[str]:
    words = line.split(" ")
    environment = {**os.environ, "_OSLAB_COMPLETE": "complete_bash", "COMP_WORDS": line,
                   "COMP_CWORD": str(len(words) - 1)}  # fmt: skip
    # The program's own name decides which variable is read.
    program = "import sys; sys.argv = ['oslab']; from oslab.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=False
    )
    return done.stdout.decode().split()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("oslab pag", "paging"),
        ("oslab paging repl", "replace"),
        ("oslab paging replace --pol", "--policy"),
        ("oslab exercise start paging/sp", "paging/split"),
    ],
)
def test_the_shell_completes_through_commands_not_loaded_yet(line: str, word: str) -> None:
    assert word in complete(line)


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pipe")
def test_a_reader_that_goes_away_is_no_error() -> None:
    program = "from oslab.cli import main; main()"
    run = subprocess.Popen(
        [sys.executable, "-c", program, "paging", "replace", "--policy", "lru", "--frames", "3",
         "--refs", " ".join(str(i % 7) for i in range(5000))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.readline()
    run.stdout.close()
    error = run.stderr.read().decode()
    run.stderr.close()
    run.wait()
    assert "Traceback" not in error
    assert "Exception" not in error


def test_a_group_says_in_the_language_in_force_what_it_is_about() -> None:
    # In processes of their own: what a module says when it is imported stays.
    command = [sys.executable, "-m", "oslab", "--lang"]
    english, chinese = (
        subprocess.run([*command, lang, "cow", "--help"], capture_output=True, encoding="utf-8")
        for lang in ("en", "zh")
    )
    assert "Copy-on-write: fork" in english.stdout
    assert "写时复制" in chinese.stdout
    assert "Copy-on-write" not in chinese.stdout
