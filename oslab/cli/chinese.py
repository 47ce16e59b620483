"""``--help`` in Chinese: the texts of ``help.zh.toml``, laid out by the width that characters take.

A package ships the file beside its `__init__`. ``[commands]`` has the help of each command by what is typed
("paging replace"), ``[texts]`` that of arguments and options by the English text; what many plugins say
stands in the host's own. A text that is in neither stays English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from oslab.text import pad, width, wrap

_HEADINGS = {"Usage": "用法", "Options": "选项", "Arguments": "参数", "Commands": "命令"}
_OWN = {"Show this message and exit.": "显示这份帮助并退出。"}
# What typer adds to the help of an option, in brackets at its end.
_ADDED = re.compile(
    r"\[((?:default: |默认：|env var: |required\b)[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\]$"
)
_WORDS = (("default: ", "默认："), ("env var: ", "环境变量："), ("required", "必填"))
_MOST_LEFT = 30


def speak_chinese(command: Any, package: str, path: str) -> None:
    """Let a command, and what is already below it, give its help in Chinese; `path` is what is typed for
    it. No file is read before help is asked for."""
    command.context_class = _context_of(command.context_class)
    write = command.format_help

    def format_help(context: Any, formatter: Any) -> None:
        _translate(command, package, path)
        write(context, formatter)

    command.format_help = format_help
    for name, below in getattr(command, "commands", {}).items():
        if below.params:  # a stand-in has none, and speaks when it is loaded
            speak_chinese(below, package, f"{path} {name}")


def _translate(command: Any, package: str, path: str) -> None:
    commands, texts = _help_of(package)
    command.help = commands.get(path, command.help)
    for parameter in command.params:
        said = getattr(parameter, "help", None) or ""
        parameter.help = texts.get(said) or _help_of("oslab")[1].get(said, said)
    for name, below in getattr(command, "commands", {}).items():
        if below.params:
            below.help = commands.get(f"{path} {name}", below.help)


@cache
def _help_of(package: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The texts of a package: of its commands, and of their arguments and options."""
    import tomllib

    try:
        found = tomllib.loads(files(package).joinpath("help.zh.toml").read_text("utf-8"))
    except (OSError, ValueError, ImportError):  # none, or a damaged one: the help is English
        return {}, {}
    return _texts(found.get("commands")), _texts(found.get("texts"))


def _texts(table: object) -> Mapping[str, str]:
    """The texts of a table; what else a plugin has put there is left out."""
    if not isinstance(table, dict):
        return {}
    return {name: text for name, text in table.items() if isinstance(text, str)}


@cache
def _context_of(kind: Any) -> Any:
    """The same context, but for how it lays out help."""
    return type("ChineseContext", (kind,), {"formatter_class": _formatter_of(kind.formatter_class)})


def _formatter_of(kind: Any) -> Any:
    class Formatter(kind):  # type: ignore[misc]
        """Writes what typer's writes; lines break between Chinese characters."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            head = f"{prefix or _HEADINGS['Usage'] + '：'}{prog} "
            first, *rest = wrap(args, self.width - width(head)) or [""]
            below = "".join(f"{' ' * width(head)}{line}\n" for line in rest)
            self.write(f"{head}{first}\n{below}")

        def write_heading(self, heading: str) -> None:
            self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

        def write_text(self, text: str) -> None:
            indent = " " * self.current_indent
            paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
            self.write(
                "\n".join(
                    "".join(f"{indent}{line}\n" for line in _lines(p, self.width - len(indent)))
                    for p in paragraphs
                )
            )

        def write_dl(
            self, rows: Sequence[tuple[str, str]], col_max: int = _MOST_LEFT, col_spacing: int = 2
        ) -> None:
            left = min(max(width(first) for first, _ in rows), col_max)
            indent = " " * self.current_indent
            for first, second in rows:
                lines = _beside(second, max(self.width - left - col_spacing - 2, 10))
                if width(first) > left:
                    lines.insert(0, "")
                head = indent + pad(first, left + col_spacing)
                below = " " * (self.current_indent + left + col_spacing)
                for place, line in enumerate(lines or [""]):
                    self.write(f"{below if place else head}{line}".rstrip() + "\n")

    return Formatter


def _beside(text: str, columns: int) -> list[str]:
    """The lines of an option's help; what typer adds, in Chinese, stays together where it fits."""
    text = _OWN.get(text, text)
    added = _ADDED.search(text)
    if not added:
        return _lines(text, columns)
    inside = added[1].replace("; ", "；")
    for english, chinese in _WORDS:
        inside = inside.replace(english, chinese)
    lines = _lines(text[: added.start()].rstrip(), columns)
    whole = f"{lines[-1]}  [{inside}]".lstrip()
    return (
        [*lines[:-1], whole]
        if width(whole) <= columns
        else [*lines, *_cut(wrap(f"[{inside}]", columns), columns)]
    )


def _lines(text: str, columns: int) -> list[str]:
    """A paragraph in lines. One that begins with a form feed's neighbour, backspace, keeps its own."""
    if text.startswith("\b\n"):
        return text.split("\n")[1:]
    # A line break between Chinese characters is no blank.
    joined = re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*(?=[^\x00-\x7f])", "", text)
    return _cut(wrap(" ".join(joined.split("\n")), columns), columns)


def _cut(lines: list[str], columns: int) -> list[str]:
    """The lines, those that have no place to break cut at the edge."""
    cut: list[str] = []
    for line in lines:
        while width(line) > columns:
            end = next(n for n in range(len(line), 0, -1) if width(line[:n]) <= columns)
            cut.append(line[:end])
            line = line[end:]
        cut.append(line)
    return cut
