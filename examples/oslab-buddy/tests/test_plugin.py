"""The plugin as it is installed: found, listed, run from the command line."""

import json
import subprocess
import sys

import pytest
from oslab.plugins import plugins, resolve


def oslab(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "oslab", *arguments], capture_output=True, encoding="utf-8"
    )


def test_the_plugin_is_installed_and_all_it_names_can_be_loaded() -> None:
    buddy = plugins().loaded["buddy"]
    assert [command.name for command in buddy.commands] == ["buddy"]
    targets = [c.target for c in buddy.commands] + [p.target for p in buddy.problems]
    for target in targets:
        resolve(target, buddy.title)


def test_the_command_prints_one_json_document() -> None:
    done = oslab("buddy", "run", "--ops", "P=alloc 9K; free P", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["metrics"]["free_sizes"] == [65536]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_run_is_told_in_both_languages(language: str) -> None:
    ops = "P=alloc 9K; Q=alloc 20K; R=alloc 70K; free Q; free R; free P"
    done = oslab("--lang", language, "buddy", "run", "--ops", ops)
    assert (done.returncode, done.stderr) == (0, "")
    assert "16 KiB" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("run", "--ops", "free P"), ("run", "--ops", "P=4K"), ("waste", "x")]
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    done = oslab("buddy", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("oslab: ")
    assert done.stderr.count("\n") == 1
