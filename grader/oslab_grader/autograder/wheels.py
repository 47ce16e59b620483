"""Wheels of what is installed here, packed again from the installed files, so that a platform gets exactly
the oslab that handed out, and nothing has to be downloaded by hand.

A wheel is its files plus ``RECORD`` (Binary Distribution Format); installers add a few files of their own,
which are left out.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from oslab.errors import InputError

_OWN = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD", "uv_cache.json", "uv_build.json")
# The platform is Linux, with the Python that is made there; what only others need stays here.
_THERE = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
EPOCH = (1980, 1, 1, 0, 0, 0)


def wheels(names: Sequence[str], folder: Path | None = None) -> dict[str, bytes]:
    """The wheels of these distributions and of what they require, by file name.

    Those in `folder` are taken as they are. Raises InputError for one that is installed in development
    mode, or is not pure Python (it might not run on the platform).
    """
    given = {_name_of(file.name): file for file in sorted(folder.glob("*.whl"))} if folder else {}
    found: dict[str, bytes] = {}
    for name, one in sorted(required(names).items()):
        file = given.get(name)
        if file:
            found[file.name] = file.read_bytes()
        else:
            filename, data = packed(one)
            found[filename] = data
    return found


def _name_of(filename: str) -> str:
    return canonicalize_name(filename.partition("-")[0])


def required(names: Sequence[str]) -> dict[str, Distribution]:
    """These distributions and all that they require, by their normalised names. Raises InputError."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(name), "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            found.setdefault(name, distribution(name))
        except PackageNotFoundError:
            raise InputError(
                f"{name} is required there, but not installed here: python -m pip install {name}"
            ) from None
        for text in found[name].requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({**_THERE, "extra": extra}):
                wanted = canonicalize_name(needed.name)
                waiting += [(wanted, also) for also in ("", *sorted(needed.extras))]
    return found


def packed(one: Distribution) -> tuple[str, bytes]:
    """File name and content of the wheel of an installed distribution; the same for the same files."""
    name, version = one.metadata["Name"], one.version
    about = one.read_text("WHEEL") or ""
    tags = re.findall(r"^Tag: (\S+)$", about, re.MULTILINE)
    if _editable(one):
        raise InputError(
            f"{name} is installed in development mode; build its wheel and give --wheels FOLDER"
        )
    if not tags or not one.files:
        raise InputError(
            f"{name} was not installed from a wheel; give its wheel with --wheels FOLDER"
        )
    pure = [tag for tag in tags if tag.endswith("-none-any")]
    if not pure:
        raise InputError(
            f"{name} is compiled for this machine; give a wheel for Linux with --wheels FOLDER"
        )
    content: dict[str, bytes] = {}
    for file in one.files:
        path = file.as_posix()
        about_it = file.parent.name.endswith(".dist-info")
        # Scripts lie outside, and installers make them again from the entry points.
        outside = path.startswith(("..", "/")) or Path(path).is_absolute()
        if outside or "__pycache__" in file.parts or (about_it and file.name in _OWN):
            continue
        try:
            content[path] = Path(str(file.locate())).read_bytes()
        except OSError as error:
            raise InputError(
                f"{name} is not whole here: {path}: {error.strerror}; install it again"
            ) from None
    folder = next(path.rpartition("/")[0] for path in content if path.endswith(".dist-info/WHEEL"))
    content[f"{folder}/RECORD"] = _record(content, f"{folder}/RECORD")
    stem = f"{canonicalize_name(name).replace('-', '_')}-{version.replace('-', '_')}"
    pythons = ".".join(dict.fromkeys(tag.partition("-")[0] for tag in pure))
    return f"{stem}-{pythons}-none-any.whl", zipped(content)


def _editable(one: Distribution) -> bool:
    """Whether it is installed in development mode, as ``direct_url.json`` says (PEP 610)."""
    try:
        told = json.loads(one.read_text("direct_url.json") or "{}")
        return bool(told.get("dir_info", {}).get("editable", False))
    except (ValueError, AttributeError):
        return False


def _record(content: dict[str, bytes], own: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for path in sorted(content):
        digest = base64.urlsafe_b64encode(sha256(content[path]).digest()).rstrip(b"=").decode()
        writer.writerow([path, f"sha256={digest}", len(content[path])])
    writer.writerow([own, "", ""])
    return out.getvalue().encode()


def zipped(content: dict[str, bytes], executable: Sequence[str] = ()) -> bytes:
    """A zip file of these, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(content):
            info = zipfile.ZipInfo(path, EPOCH)
            info.create_system = 3  # also where this runs on Windows: modes are those of Unix
            info.external_attr = (0o755 if path in executable else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content[path])
    return out.getvalue()
