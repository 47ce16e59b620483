"""Build ``oslab.pyz``: oslab and everything it needs in one file, for machines without a network.

    python tools/pyz.py dist/oslab.pyz [--wheel dist/oslab-….whl]

Everything in it is pure Python, so the file runs wherever Python 3.11 or later does. The metadata
of each distribution goes in too: that is where entry points, and so the plugins, are found. The
same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Any Python must be able to read this: an old one is told what it needs.
MAIN = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("oslab needs Python 3.11 or later; this is %d.%d" % sys.version_info[:2])

from oslab.cli import main

main()
"""

# typer asks for it on Windows only, and the file is usually built elsewhere.
ALSO = ("colorama",)

# Launchers for this machine's paths, and what each installation writes anew.
LEFT_OUT = ("bin", "Scripts", "*/RECORD", "*/REQUESTED", "*/INSTALLER", "*/direct_url.json")


def build(output: Path, wheel: Path | None) -> None:
    """Install into a folder, and pack the folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        command += ["--constraint", str(ROOT / "constraints.txt"), "--target", name]
        subprocess.run([*command, str(wheel or ROOT), *ALSO], check=True)
        for pattern in LEFT_OUT:
            for path in folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        compiled = [p for p in folder.rglob("*") if p.suffix in (".so", ".pyd", ".dylib")]
        if compiled:
            sys.exit(f"not pure Python: {', '.join(p.name for p in compiled)}")
        (folder / "__main__.py").write_text(MAIN, encoding="ascii")
        output.parent.mkdir(parents=True, exist_ok=True)
        _pack(folder, output)


def _pack(folder: Path, output: Path) -> None:
    with output.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    output.chmod(0o755)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build oslab.pyz.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--wheel", type=Path, help="pack this wheel, not the checkout")
    arguments = parser.parse_args()
    build(arguments.output, arguments.wheel)
    size = arguments.output.stat().st_size / 1024
    print(f"wrote {arguments.output} ({size:.0f} KiB); start it: python {arguments.output} --help")
