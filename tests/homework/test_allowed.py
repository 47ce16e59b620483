"""At or below a course.toml only the built-in plugins are loaded, and those that it names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oslab import plugins as found
from oslab.allowed import course_file, requirement
from oslab.errors import InputError
from oslab.homework.classfile import ClassFile, class_file_text

Run = Callable[..., Any]
HOOKS = """\
from oslab import Command, hookimpl


@hookimpl
def oslab_commands():
    yield Command("buddy", "Buddy allocation.", "oslab_buddy:app")
"""


@pytest.fixture(autouse=True)
def _buddy(folder: Path, third_party: Callable[..., Path]) -> Iterator[None]:
    third_party("buddy", {"__init__.py": HOOKS}, version="1.5")
    yield
    found.plugins.cache_clear()


def loaded() -> set[str]:
    found.plugins.cache_clear()
    return set(found.plugins().loaded)


def write_course(plugins: str) -> None:
    Path("course.toml").write_text(f'format = 1\ncourse = "os101"\n{plugins}\n', "utf-8")


def test_outside_a_course_every_plugin_is_loaded() -> None:
    assert course_file() == ""
    assert {"buddy", "paging"} <= loaded()


@pytest.mark.parametrize(
    ("plugins", "is_loaded"),
    [
        ("", False),
        ("plugins = []", False),
        ('plugins = ["oslab-buddy"]', True),
        ('plugins = ["Oslab_Buddy >= 1.4, < 2"]', True),
        ('plugins = ["oslab-buddy>=1.4,<1.5"]', False),
        ('plugins = ["oslab-buddy>=2"]', False),
        ('plugins = ["oslab-buddy @ https://example.org/x"]', False),
        ('plugins = ["oslab-buddies"]', False),
        ('plugins = [3, "no no", "oslab-buddy"]', True),
        ('plugins = "oslab-buddy"', False),
    ],
)
def test_a_course_names_what_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, plugins: str, is_loaded: bool
) -> None:
    write_course(plugins)
    assert ("buddy" in loaded()) == is_loaded
    assert {"paging", "grader"} <= loaded()
    (folder / "handout" / "hw1").mkdir(parents=True)
    monkeypatch.chdir(folder / "handout" / "hw1")
    assert ("buddy" in loaded()) == is_loaded


@pytest.mark.parametrize("content", [b"plugins = [", b"\xff\xfe\x00", b"x." * 9000, b"\x00" * 99])
def test_a_course_that_cannot_be_read_has_the_built_in_ones(content: bytes, oslab: Run) -> None:
    Path("course.toml").write_bytes(content)
    assert "buddy" not in loaded()
    assert oslab("paging", "--help").code == 0


def test_what_is_left_out_is_said_where_one_asks(oslab: Run) -> None:
    write_course('plugins = ["oslab-buddy<1"]')
    assert "buddy" not in loaded()
    assert oslab("--version").err == ""
    listed = oslab("plugin", "list")
    assert "oslab-buddy 1.5" in listed.out
    assert "left out: course.toml wants oslab-buddy<1" in listed.out
    write_course("")
    loaded()
    assert "left out: not in course.toml" in oslab("plugin", "list").out
    assert "not in course.toml" in oslab("plugin", "info", "buddy").err
    failures = json.loads(oslab("plugin", "list", "--json").out)["failures"]
    assert [f["name"] for f in failures] == ["buddy"]
    assert (
        oslab("exercise", "show", "buddy/x")
        .err.rstrip()
        .endswith("plugin buddy was left out: not in course.toml; all: oslab exercise list")
    )


def test_homework_that_needs_what_is_left_out_here_says_so(oslab: Run, homework: ClassFile) -> None:
    text = class_file_text(replace(homework, plugins=("oslab-buddy>=1.4,<2",)))
    Path("hw1.oslab.toml").write_text(text.replace('"paging.split"', '"buddy.split"'), "utf-8")
    write_course("")
    loaded()
    said = oslab("exercise", "start", "hw1", "--student", "s1042").err
    assert "hw1 needs oslab-buddy 1.5, which is installed but not loaded in this folder" in said
    assert "course.toml does not name it. Work in a folder outside of that course." in said


def test_a_folder_called_course_toml_is_no_course() -> None:
    Path("course.toml").mkdir()
    assert "buddy" in loaded()


@pytest.mark.parametrize("text", ["oslab-buddy>=1.4,<2", "x", "a.b_c == 1.*", "x~=1.2", "x!=1.3"])
def test_a_requirement_names_a_package(text: str) -> None:
    assert requirement(text)


@pytest.mark.parametrize(
    "text",
    ["", "x @ https://e.example/x", "https://e.example/x.whl", "git+ssh://x", "./x", "x[a]", "x;os_name=='nt'",
     "x>=1 y", "--index-url=x", "x>=$(rm)", "x>=1!2", "x" * 300, "x>=`id`", 'x"'],
)  # fmt: skip
def test_anything_else_is_no_requirement(text: str) -> None:
    with pytest.raises(InputError, match="no requirement of a plugin"):
        requirement(text)


def test_a_plugin_named_instead_of_its_package_is_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch, oslab: Run
) -> None:
    assert oslab("course", "new", "os102", "--lms", "none").code == 0
    monkeypatch.chdir(folder / "os102")
    text = Path("course.toml").read_text("utf-8").replace("plugins = []", 'plugins = ["buddy"]')
    Path("course.toml").write_text(text, "utf-8")
    loaded()
    said = " ".join(oslab("course", "check").out.split())
    assert (
        'plugins: buddy is not installed here; packages are named, and the plugin buddy is in "oslab-buddy"'
        in said
    )
