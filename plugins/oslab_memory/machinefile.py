"""Machine files: from TOML to a `Machine`.

A file may leave out what docs/memory.md has a usual value for; it is filled in first, then the tables are
read as records, then the parts are checked against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from oslab import InputError
from oslab.exercise.fields import RecordError, did_you_mean, read_record
from oslab.quantities import shown
from oslab.tomlfile import parse_toml, read_toml
from oslab_memory.machine import Machine
from oslab_memory.machinechecks import BLIND, check, faults_of

__all__ = ["BLIND", "check", "parse_machine", "preset", "preset_text", "presets", "read_machine"]

_USUAL: Mapping[str, Mapping[str, Any]] = {
    "page_table": {"layout": "linear", "entry": None},
    "tlb": {"policy": "lru", "seed": 0, "contents": []},
    "cache": {"policy": "lru", "write": "back", "seed": 0, "contents": []},
    "frames": {"policy": "lru", "rules": {}},
    "region": {"backing": "zero", "rights": "rwx"},
    "page": {"frame": None, "dirty": False, "swapped": False, "data": ""},
    "times": {"fault": 0},
}
_CONTENT: Mapping[str, Mapping[str, Any]] = {
    "tlb": {"ppn": None, "valid": True},
    "cache": {"data": "", "valid": True, "dirty": False},
}


def presets() -> tuple[str, ...]:
    """The names of the machines that come with the plugin."""
    folder = files("oslab_memory") / "presets"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.is_file()))


def preset_text(name: str) -> str:
    """The file of a preset. Raises InputError for one that there is not."""
    if name not in presets():
        near = did_you_mean(name, presets())
        raise InputError(f"no machine {shown(name)}{near}; there are {', '.join(presets())}")
    return (files("oslab_memory") / "presets" / f"{name}.toml").read_text("utf-8")


def preset(name: str) -> Machine:
    """The machine of a preset. Raises InputError."""
    return parse_machine(preset_text(name), name)


def read_machine(path: str) -> Machine:
    """The machine in a file. Raises InputError naming the file and everything wrong in it."""
    hint = "oslab memory machine small > my.toml writes a machine file"
    return _machine(read_toml(path, "a machine file", hint), path)


def parse_machine(text: str, name: str) -> Machine:
    """The machine that a file's text describes; `name` is the file's, for messages.

    Raises InputError with everything that is wrong in it.
    """
    return _machine(parse_toml(text, name), name)


def _machine(table: Mapping[str, Any], name: str) -> Machine:
    try:
        machine = read_record(Machine, _filled(table, name))
        faults = faults_of(machine)
    except RecordError as error:
        faults = list(error.faults)
    if faults:
        raise InputError("\n".join(f"{name}: {fault}" for fault in faults))
    return machine


def _filled(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table with all that may be left out; what is of a wrong kind stays, to be complained of."""
    stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".toml")
    top: dict[str, Any] = {
        "name": stem, "inclusion": "nine", "tlb": [], "cache": [], "frames": None,
        "swap": {"slots": 0}, "region": [], "page": [],
    }  # fmt: skip
    filled: dict[str, Any] = {**top, **table}
    for section, usual in _USUAL.items():
        value = filled.get(section)
        if isinstance(value, list):
            filled[section] = [_with(section, item) for item in value]
        elif isinstance(value, Mapping):
            filled[section] = {**usual, **value}
    if isinstance(filled.get("times"), Mapping) and filled["frames"] is None:
        filled["times"] = {"disk": 0, **filled["times"]}
    return filled


def _with(section: str, item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    filled = {**_USUAL[section], **item}
    if section == "cache":
        filled.setdefault("allocate", filled["write"] == "back")
    if section == "page":
        filled.setdefault("present", filled["frame"] is not None)
    contents = filled.get("contents")
    if section in _CONTENT and isinstance(contents, list):
        usual = _CONTENT[section]
        filled["contents"] = [{**usual, **c} if isinstance(c, Mapping) else c for c in contents]
    return filled
