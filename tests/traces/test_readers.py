"""Formats that plugins bring: read like ours; a broken one is one line, never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.loading import HOST_FORMATS
from oslab.traces.formats import BUILT_IN, formats

Oslab = Callable[..., Any]
Install = Callable[..., Path]
Write = Callable[..., str]

PAGE = Path(__file__).parents[2] / "docs" / "plugin-author.md"
SECTION = PAGE.read_text("utf-8").partition("\n## Trace readers\n")[2].partition("\n## ")[0]
# The excerpts of the guide are a plugin that works.
HOOKS, READER, _ = re.findall(r"^```py\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
GOOD = {"__init__.py": HOOKS, "reader.py": READER}
PIN = "0x40: R 0x1000\n0x44: W 0x2000\n"


def test_ours_and_only_ours_are_reserved() -> None:
    assert tuple(found.name for found in BUILT_IN) == HOST_FORMATS


def test_a_plugins_format_is_recognised_read_and_written(
    oslab: Oslab, third_party: Install, trace: Write
) -> None:
    third_party("pin", GOOD)
    path = trace(PIN)
    found = oslab("trace", "info", path, "--json")
    assert (found.code, found.err) == (0, "")
    document = json.loads(found.out)
    assert document["config"]["format"] == "pin"
    assert [a["address"] for a in document["metrics"]["head"]] == [0x1000, 0x2000]
    forced = oslab("trace", "info", path, "--trace-format", "pin")
    assert "format pin" in forced.out
    converted = oslab("trace", "convert", path, "-", "--to", "pin")
    assert converted.out == "0x0: R 0x1000\n0x0: W 0x2000\n"
    bad = oslab("trace", "info", trace(PIN + "hello\n"))
    assert (bad.code, 'line 3: "hello" is not an access; 0x40: R 0x7f would be' in bad.err) == (
        2,
        True,
    )


def test_a_plugins_format_is_listed_and_described(oslab: Oslab, third_party: Install) -> None:
    third_party("pin", GOOD)
    assert "1 trace format" in oslab("plugin", "list").out
    assert (
        "trace     --trace-format pin   What pinatrace writes."
        in oslab("plugin", "info", "pin").out
    )
    assert json.loads(oslab("plugin", "info", "pin", "--json").out)["trace_formats"] == ["pin"]
    listed = oslab("trace", "formats").out
    assert "pin     read, write  What pinatrace writes.   plugin pin (oslab-pin 1.0)" in listed
    assert oslab("plugin", "check", "pin").code == 0


def test_a_plugin_may_name_an_object(oslab: Oslab, third_party: Install, trace: Write) -> None:
    functions = "".join(f"    {name} = staticmethod({name})\n" for name in ("recognises", "read"))
    code = f"{READER}\nclass Pin:\n{functions}\npin = Pin()\n"
    hooks = HOOKS.replace("oslab_pin.reader", "oslab_pin.reader:pin")
    third_party("pin", {"__init__.py": hooks, "reader.py": code})
    assert json.loads(oslab("trace", "info", trace(PIN), "--json").out)["metrics"]["accesses"] == 2


def test_ours_are_asked_before_and_the_loose_ones_after_those_of_plugins(
    third_party: Install,
) -> None:
    third_party("pin", GOOD)
    assert list(formats()) == ["npy", "lackey", "csapp", "pin", "din", "plain"]


CLASHES = [
    ('"pin"', '"lackey"', 'the trace format name "lackey" is taken by oslab itself'),
    ('"pin"', '"Pin 2"', 'trace format "Pin 2" is not small letters, digits and hyphens'),
    ('"pin"', "7", 'trace format "7" is not small letters'),
    ('"oslab_pin.reader")', '"oslab_pin.reader")\n    yield TraceReader("pin", "Again.", "x")',
     'trace format "pin" is given twice'),
    ('TraceReader("pin", Text("What pinatrace writes.", "pinatrace 的输出。"), "oslab_pin.reader")', '"pin"',
     "oslab_trace_readers must yield TraceReaders, not str"),
    ('"oslab_pin.reader"', "None", 'a summary and a "module:attribute" are needed'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), CLASHES)
def test_a_wrong_hook_leaves_its_plugin_out(
    oslab: Oslab, third_party: Install, trace: Write, old: str, new: str, said: str
) -> None:
    third_party("pin", {**GOOD, "__init__.py": HOOKS.replace(old, new)})
    found = oslab("trace", "info", trace("1\n"))
    assert found.code == 0
    assert found.err.startswith("oslab: skipped plugin pin (oslab-pin 1.0): ")
    assert said in found.err
    assert found.err.count("\n") == 1


def test_a_name_taken_by_another_plugin_is_refused(oslab: Oslab, third_party: Install) -> None:
    third_party("pin", GOOD)
    third_party("pin-two", {**GOOD, "__init__.py": HOOKS.replace("oslab_pin.", "oslab_pin_two.")})
    found = oslab("trace", "formats")
    assert found.err == (
        "oslab: skipped plugin pin-two (oslab-pin-two 1.0): "
        'the trace format name "pin" is taken by plugin pin (oslab-pin 1.0)\n'
    )
    assert found.out.count("pin ") >= 1


LATE = [
    ("raise RuntimeError('\\x1b[2Jit\\nbroke')", "RuntimeError: it broke"),
    ("raise SystemExit", "it called sys.exit()"),
    ("1 / 0", "ZeroDivisionError"),
]


@pytest.mark.parametrize(("how", "said"), LATE)
@pytest.mark.parametrize("where", ["import", "recognises", "read", "between"])
def test_a_reader_that_goes_wrong_is_one_line_naming_it(
    oslab: Oslab, third_party: Install, trace: Write, where: str, how: str, said: str
) -> None:
    old, new = {
        "import": ("LINE = ", f"{how}\nLINE = "),
        "recognises": ("    lines = first_lines(head)\n", f"    {how}\n"),
        "read": (
            "    for first, lines in blocks(stream, name):\n",
            f"    {how}\n    for first, lines in ():\n",
        ),
        "between": ("            elif line:\n", f"                {how}\n            elif line:\n"),
    }[where]
    assert old in READER
    third_party("pin", {**GOOD, "reader.py": READER.replace(old, new)})
    path = trace(PIN)
    for arguments in ([path], [path, "--trace-format", "pin"]):
        if where == "recognises" and "--trace-format" in arguments:
            continue  # is not asked
        found = oslab("trace", "info", *arguments)
        assert said in found.err.replace("\\u001b[2J", "")
        assert "plugin pin (oslab-pin 1.0): oslab_pin.reader" in found.err
        assert (found.code, found.err.count("\n")) in ((2, 1), (70, 1))
        assert "\x1b" not in found.err
    # What others can read goes on being read.
    good = oslab("trace", "info", trace("0 7f\n"))
    assert (good.code, good.err) == (0, "")


YIELDS = ["None", "(1, 2, 3)", 'Access("loads", 1)', 'Access("load", -1)', 'Access("load", 2**64)',
          'Access("load", 1, 0)', 'Access("load", "1")', 'Access("load", 1.5)', "'\\x1b[2J'"]  # fmt: skip


@pytest.mark.parametrize("value", YIELDS)
def test_a_reader_that_yields_something_else_is_named(
    oslab: Oslab, third_party: Install, trace: Write, value: str
) -> None:
    changed = READER.replace(
        "            if found:\n", f"            if found:\n                yield {value}\n"
    )
    third_party("pin", {**GOOD, "reader.py": changed})
    found = oslab("trace", "info", trace(PIN))
    assert (found.code, found.out) == (70, "")
    assert "plugin pin (oslab-pin 1.0): oslab_pin.reader yields " in found.err
    assert found.err.count("\n") == 1
    assert "\x1b" not in found.err


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({**GOOD, "reader.py": "x = 1"}, "oslab_pin.reader has no function recognises"),
        ({"__init__.py": HOOKS}, "oslab_pin.reader cannot be loaded: "),
    ],
)
def test_a_target_that_is_no_reader_is_said_where_it_matters(
    oslab: Oslab, third_party: Install, trace: Write, files: dict[str, str], said: str
) -> None:
    third_party("pin", files)
    assert said in oslab("trace", "info", trace(PIN)).err
    assert said in oslab("trace", "info", trace("1\n"), "--trace-format", "pin").err
    assert said in oslab("trace", "formats").out
    checked = oslab("plugin", "check", "pin")
    assert (checked.code, said in checked.out) == (1, True)
    assert oslab("trace", "info", trace("1\n")).err == ""


def test_a_format_that_cannot_be_written(oslab: Oslab, third_party: Install, trace: Write) -> None:
    third_party("pin", {**GOOD, "reader.py": READER.partition("def write")[0]})
    found = oslab("trace", "convert", trace("1\n"), "-", "--to", "pin")
    assert (found.code, found.err) == (2, "oslab: --to pin: this format can be read only\n")
    assert "pin     read         What" in oslab("trace", "formats").out


def test_the_descriptions_of_plugins_are_printed_harmlessly(
    oslab: Oslab, third_party: Install
) -> None:
    third_party(
        "pin", {**GOOD, "__init__.py": HOOKS.replace("What pin", "\\x1b[2J\\u202eWhat pin")}
    )
    for arguments in (["trace", "formats"], ["plugin", "info", "pin"]):
        found = oslab(*arguments)
        assert not {"\x1b", "\u202e"} & set(found.out + found.err)
        assert "atrace writes." in found.out
