"""``--help`` in Chinese: every text of ours has its translation, none is left over, and lines fit."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest
import typer

from oslab.cli.chinese import speak_chinese
from oslab.cli.lazy import LazyCommand
from oslab.cli.root import root
from oslab.text import width

Run = Callable[..., Any]
HOST = "oslab"
TYPED = re.compile(
    r"--[a-z][a-z-]+|\boslab (?:exercise|course|grade|gradebook|plugin|trace)\b|\b[0-9][0-9.]*\b"
)


def commands() -> Iterator[tuple[str, str, Any]]:
    """Every command of ours: whose it is, what is typed for it, and itself."""
    group = root()
    yield HOST, "", group
    for command in group.commands.values():
        assert isinstance(command, LazyCommand)
        if not command.hidden:
            package = command.command.target.partition(":")[0].partition(".")[0]
            yield from below(command, package, command.path)


def below(command: Any, package: str, path: str) -> Iterator[tuple[str, str, Any]]:
    loaded = command.load() if isinstance(command, LazyCommand) else command
    yield package, path, loaded
    for name, one in getattr(loaded, "commands", {}).items():
        yield from below(one, package, f"{path} {name}")


@pytest.fixture(scope="module")
def english() -> Mapping[str, Mapping[str, set[str]]]:
    """Package → "commands" and "texts" → what of it wants a translation."""
    wanted: dict[str, dict[str, set[str]]] = defaultdict(
        lambda: {"commands": set(), "texts": set()}
    )
    hosts = host_texts()
    for package, path, command in commands():
        if path and command.help:
            wanted[package]["commands"].add(path)
        for parameter in command.params:
            text = getattr(parameter, "help", None)
            if text:
                wanted[HOST if text in hosts else package]["texts"].add(text)
    return wanted


def help_of(package: str) -> Any:
    return tomllib.loads(files(package).joinpath("help.zh.toml").read_text("utf-8"))


def host_texts() -> set[str]:
    return set(help_of(HOST)["texts"])


def test_every_text_has_its_translation_and_none_is_left_over(
    english: Mapping[str, Mapping[str, set[str]]],
) -> None:
    assert len(english) == 13
    for package, wanted in english.items():
        found = help_of(package)
        for part in ("commands", "texts"):
            assert set(found[part]) == wanted[part], (package, part)


def test_what_is_typed_stays_as_it_is() -> None:
    """Options, commands and numbers are the same in both languages."""
    for package, path, command in commands():
        found = help_of(package)
        pairs = [(parameter.help, found["texts"].get(parameter.help)) for parameter in command.params
                 if getattr(parameter, "help", None)]  # fmt: skip
        pairs.append((inspect.cleandoc(command.help or ""), found["commands"].get(path)))
        for english_text, chinese in pairs:
            if chinese:
                missing = set(TYPED.findall(english_text)) - set(TYPED.findall(chinese))
                assert not missing, (path, english_text, chinese)


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_is_wider_than_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, oslab: Run
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("OSLAB_LANG", "zh")
    wide = []
    for _, path, _ in list(commands()):
        found = oslab(*path.split(), "--help")
        assert found.code == 0, path
        assert "选项：" in found.out
        wide += [line for line in found.out.splitlines() if width(line) > columns]
    # What cannot be broken stays whole: long names of options.
    whole = [line for line in wide if " " in line.strip()]
    assert [line for line in whole if not line.strip().startswith("--")] == []


@pytest.mark.parametrize(
    "content",
    ["[commands]\n'other run' = 5\n[texts]\n'How many.' = ['a']\n", "commands = 'x'\n", "[texts\n"],
)
def test_a_damaged_file_of_a_plugin_leaves_its_help_english(
    third_party: Run, oslab: Run, content: str
) -> None:
    cli = """
import typer
app = typer.Typer(rich_markup_mode=None)
@app.callback()
def _group() -> None:
    "A group."
@app.command("run")
def _run(pages: int = typer.Option(3, help="How many.")) -> None:
    "Run it."
"""
    init = """
from oslab import Text, hookimpl
from oslab.hookspecs import Command
@hookimpl
def oslab_commands():
    return [Command("other", Text("Other.", "别的。"), "oslab_other.cli:app")]
"""
    third_party("other", {"__init__.py": init, "cli.py": cli, "help.zh.toml": content})
    for arguments in (("other",), ("other", "run")):
        shown = oslab("--lang", "zh", *arguments, "--help")
        assert (shown.code, shown.err) == (0, "")
    assert "How many.  [默认：3]" in shown.out


def test_without_a_translation_the_text_stays_english() -> None:
    app = typer.Typer(rich_markup_mode=None)

    @app.command("try", help="Try it.")
    def _try(pages: int = typer.Option(3, help="How many pages.")) -> None:
        """Nothing."""

    command: Any = typer.main.get_command(app)
    speak_chinese(command, "oslab_that_is_not_there", "try")
    text = command.get_help(command.context_class(command, info_name="try"))
    assert "How many pages.  [默认：3]" in text
    assert "Try it." in text
