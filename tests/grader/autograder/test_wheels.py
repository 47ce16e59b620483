"""Wheels packed again from what is installed."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

import pytest

from oslab.errors import InputError
from oslab_grader.autograder.wheels import packed, required, wheels


@pytest.mark.parametrize("name", ["pluggy", "typer", "tomli-w"])
def test_a_packed_wheel_is_what_its_record_says(name: str) -> None:
    filename, data = packed(distribution(name))
    assert filename.startswith(f"{name.replace('-', '_')}-{distribution(name).version}-py")
    assert filename.endswith("-none-any.whl")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        (record,) = (n for n in archive.namelist() if n.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
        assert {row[0] for row in rows} == set(archive.namelist())
        for path, digest, size in rows:
            if path != record:
                body = archive.read(path)
                coded = base64.urlsafe_b64encode(sha256(body).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={coded}", len(body))
        assert not any("__pycache__" in n or n.endswith("/INSTALLER") for n in archive.namelist())


def test_the_same_installation_gives_the_same_bytes() -> None:
    assert packed(distribution("pluggy")) == packed(distribution("pluggy"))


def test_all_that_oslab_needs_is_found_and_nothing_for_other_systems() -> None:
    found = required(["oslab"])
    assert {"oslab", "typer", "pluggy", "rich", "packaging", "tomli-w", "tzdata"} <= set(found)
    assert "colorama" not in found
    assert "pytest" not in found
    assert "distributed" not in found


def test_what_is_compiled_or_not_installed_from_a_wheel_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="numpy is compiled for this machine"):
        wheels(["numpy"])
    (tmp_path / "numpy-2.0-cp312-cp312-manylinux_x86_64.whl").write_bytes(b"n")
    assert wheels(["numpy"], tmp_path) == {"numpy-2.0-cp312-cp312-manylinux_x86_64.whl": b"n"}
    with pytest.raises(InputError, match="not installed"):
        wheels(["no-such-package-anywhere"])
