"""What is written and read again is the same, but for what the format cannot say."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.traces import csapp, din, lackey, npy, plain
from oslab.traces.access import Access, parse_reference, written

from .conftest import npy as npy_file

accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["fetch", "load", "store", "modify"]),
        st.integers(0, 2**64 - 1) | st.integers(0, 300),
        st.integers(1, 99_999) | st.sampled_from([1, 4, 8]),
    ),
    min_size=1,
)


def again(module: object, items: list[Access]) -> list[Access]:
    out = io.BytesIO()
    module.write(items, out)  # type: ignore[attr-defined]
    return list(module.read(io.BytesIO(out.getvalue()), "t"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", [lackey, csapp, plain])
@given(items=accesses)
def test_these_lose_nothing(module: object, items: list[Access]) -> None:
    assert again(module, items) == items


def parts(items: list[Access]) -> list[Access]:
    return [
        access._replace(kind=kind)
        for access in items
        for kind in (("load", "store") if access.kind == "modify" else (access.kind,))
    ]


@given(accesses)
def test_npy_writes_a_modify_as_a_load_and_a_store(items: list[Access]) -> None:
    assert again(npy, items) == parts(items)


@given(accesses)
def test_din_keeps_kind_and_word(items: list[Access]) -> None:
    assert again(din, items) == [
        Access(a.kind, a.address // 4 * 4, 4) for a in parts(items)
    ]  # fmt: skip


@given(accesses)
def test_an_access_as_typed_is_read_again(items: list[Access]) -> None:
    assert [parse_reference(written(a)) for a in items] == items


@given(accesses)
def test_numpy_reads_what_is_written(items: list[Access]) -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed here")
    out = io.BytesIO()
    npy.write(items, out)
    table = numpy.load(io.BytesIO(out.getvalue()))
    assert table.dtype == "<u8"
    assert [int(a) for a in table[:, 0]] == [a.address for a in parts(items)]
    assert len(out.getvalue()) % 8 == 0
    assert out.getvalue().startswith(npy_file(b"", str(table.shape)))
