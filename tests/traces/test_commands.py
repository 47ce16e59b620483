"""oslab trace info, convert, formats."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.traces.access import Access
from oslab.traces.info import InfoConfig, run
from oslab.traces.reading import read_trace

from .conftest import DATA

Oslab = Callable[..., Any]
Write = Callable[..., str]

LINES = "I  00000ffe,4\n L 0000103c,8\n S 00001040,4\n M 00001040,4\n L 00002000,1\n"


def figures(oslab: Oslab, *arguments: str) -> dict[str, Any]:
    found = oslab("trace", "info", *arguments, "--json")
    assert (found.code, found.err) == (0, "")
    return json.loads(found.out)["metrics"]  # type: ignore[no-any-return]


def test_info_counts_kinds_and_footprint(oslab: Oslab, trace: Write) -> None:
    assert figures(oslab, trace(LINES), "--head", "2") == {
        "accesses": 5, "fetches": 1, "loads": 2, "stores": 1, "modifies": 1, "bytes": 21,
        # The fetch crosses a page, the first load a line that the fetch had begun.
        "lines": 4, "data_lines": 3, "pages": 3, "data_pages": 2, "lowest": 0xFFE, "highest": 0x2000,
        "head": [
            {"kind": "fetch", "address": 0xFFE, "bytes": 4},
            {"kind": "load", "address": 0x103C, "bytes": 8},
        ],
    }  # fmt: skip


def test_info_with_other_lines_and_pages(oslab: Oslab, trace: Write) -> None:
    found = figures(oslab, trace(LINES), "--line", "4", "--page-size", "0x1000000", "--head", "0")
    assert (found["lines"], found["data_lines"], found["pages"]) == (5, 3, 1)
    assert "head" not in found


@given(
    st.lists(
        st.builds(
            Access,
            st.sampled_from(["fetch", "load", "store", "modify"]),
            st.integers(0, 500) | st.integers(2**64 - 600, 2**64 - 500),
            st.integers(1, 200),
        ),
        min_size=1,
    ),
    st.integers(1, 70),
    st.integers(1, 300),
)
def test_footprints_are_the_bytes_touched(items: list[Access], line: int, page: int) -> None:
    found = run(InfoConfig("t", "plain", "", line, page, 0), items).metrics
    touched = {byte for a in items for byte in range(a.address, a.address + a.size)}
    data = {b for a in items if a.kind != "fetch" for b in range(a.address, a.address + a.size)}
    assert found["lines"] == len({byte // line for byte in touched})
    assert found["pages"] == len({byte // page for byte in touched})
    assert found["data_lines"] == len({byte // line for byte in data})
    assert found["data_pages"] == len({byte // page for byte in data})
    assert (found["lowest"], found["highest"]) == (min(touched), max(touched))
    assert found["bytes"] == sum(a.size for a in items)
    kinds = ("fetches", "loads", "stores", "modifies")
    assert found["accesses"] == len(items) == sum(found[kind] for kind in kinds)


def test_info_reads_well_in_both_languages(oslab: Oslab, monkeypatch: pytest.MonkeyPatch) -> None:
    # A line of conventions breaks where it is full, so the name on it must not be the checkout's.
    monkeypatch.chdir(DATA)
    found = oslab("trace", "info", "true.lackey", "--head", "1")
    assert "format lackey" in found.out
    assert "  accesses               180\n" in found.out
    assert "    fetch | 0x401ab70 |     3\n" in found.out
    assert "compress" not in found.out
    chinese = oslab("--lang", "zh", "trace", "info", "true.lackey", "--head", "1")
    assert "取指" in chinese.out
    assert "accesses" not in chinese.out


BAD = [
    (["--line", "0"], "line is 0: 1 or more is expected"),
    (["--line", "x"], '--line: "x" is not a size'),
    (["--page-size", "-1"], "--page-size: "),
    (["--head", "-1"], '--head "-1": a whole number, 0 or more, is expected'),
    (["--trace-format", "nyp"], 'no trace format "nyp" (did you mean "npy"?)'),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_info_refuses(oslab: Oslab, trace: Write, arguments: list[str], said: str) -> None:
    found = oslab("trace", "info", trace(LINES), *arguments)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize(("ending", "opener"), [("", open), (".gz", gzip.open), (".xz", lzma.open)])
def test_convert_compresses_by_the_ending(
    oslab: Oslab, trace: Write, tmp_path: Path, ending: str, opener: Callable[..., Any]
) -> None:
    out = tmp_path / f"out{ending}"
    found = oslab("trace", "convert", trace(LINES), str(out), "--to", "csapp")
    assert (found.code, found.out, found.err) == (0, "", "")
    with opener(out, "rb") as file:
        assert file.read() == b"I ffe,4\n L 103c,8\n S 1040,4\n M 1040,4\n L 2000,1\n"
    assert list(read_trace(str(out))) == list(read_trace(trace(LINES)))
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_convert_says_what_the_format_cannot(oslab: Oslab, trace: Write) -> None:
    found = oslab("trace", "convert", trace(LINES), "-", "--to", "din")
    assert (found.code, found.out) == (0, "2 ffe\n0 103c\n1 1040\n0 1040\n1 1040\n0 2000\n")
    assert found.err.splitlines() == [
        "oslab: din has no modify: 1 became a load and a store each",
        "oslab: din has no sizes: 3 accesses that are no aligned 4 bytes will be read as such",
    ]
    whole = oslab("trace", "convert", trace("0 10\n1 14\n"), "-", "--to", "din")
    assert (whole.out, whole.err) == ("0 10\n1 14\n", "")
    packed = oslab("trace", "convert", trace(LINES), trace("", "x"), "--to", "npy", "--force")
    assert packed.err == "oslab: npy has no modify: 1 became a load and a store each\n"


def test_convert_overwrites_only_when_told(oslab: Oslab, trace: Write, tmp_path: Path) -> None:
    path = trace(LINES)
    refused = oslab("trace", "convert", path, path, "--to", "plain")
    assert (refused.code, "exists already; --force overwrites it" in refused.err) == (2, True)
    assert Path(path).read_text() == LINES
    assert oslab("trace", "convert", path, path, "--to", "plain", "--force").code == 0
    assert Path(path).read_text() == "0xffex/4\n0x103c/8\n0x1040w/4\n0x1040m/4\n0x2000\n"


def test_convert_leaves_no_half_file(oslab: Oslab, trace: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("before")
    found = oslab("trace", "convert", trace(LINES + "oops\n"), str(out), "--to", "din", "--force")
    assert (found.code, "line 6" in found.err) == (2, True)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_convert_refuses(oslab: Oslab, trace: Write, tmp_path: Path) -> None:
    path = trace(LINES)
    for arguments, said in [
        (["out", "--to", "dinn"], 'no trace format "dinn" (did you mean "din"?)'),
        ([str(tmp_path / "no" / "x"), "--to", "din"], "cannot write"),
        ([f"{path}/x", "--to", "din", "--force"], "cannot write"),
    ]:
        found = oslab("trace", "convert", path, *arguments)
        assert (found.code, found.err.count("\n")) == (2, 1)
        assert said in found.err


def test_a_trace_may_come_through_a_pipe() -> None:
    command = [sys.executable, "-m", "oslab", "trace", "convert", "-", "-", "--to", "npy"]
    done = subprocess.run(command, input=gzip.compress(b"1\n2w\n"), capture_output=True)
    assert done.returncode == 0, done.stderr
    from oslab.traces import npy

    assert list(npy.read(io.BytesIO(done.stdout), "t")) == [Access("load", 1), Access("store", 2)]


def test_formats_lists_them(oslab: Oslab) -> None:
    found = oslab("trace", "formats")
    assert [line.split()[0] for line in found.out.splitlines()] == [
        "npy", "lackey", "csapp", "din", "plain"
    ]  # fmt: skip
    listed = json.loads(oslab("trace", "formats", "--json").out)["formats"]
    assert listed[3]["name"] == "din"
    assert {f["can"] for f in listed} == {"read, write"}


def test_predicting_a_trace_from_standard_input_is_refused(oslab: Oslab) -> None:
    found = oslab("trace", "info", "-", "--predict")
    assert found.code == 2
    assert "standard input" in found.err


def test_listing_the_commands_imports_no_reader() -> None:
    code = (
        "import sys\nfrom oslab.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert "trace  " in done.stdout
    assert [m for m in done.stderr.split() if m.startswith("oslab.traces")] == []
