"""The I/O permission bitmap, against a memory image read bit by bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_modes.ports import (
    MAP_BYTES,
    NO_MAP,
    PortAccess,
    PortConfig,
    PortMap,
    map_of,
    run,
    verdict,
)


def permitted(port, width, cpl, iopl, memory, base, limit):
    """As the manual tells it, over a whole segment in memory: each byte moved has a port of its own."""
    if cpl <= iopl:
        return True
    place = base + port // 8
    if place + 1 > limit:
        return False
    for each in range(port, port + width):
        bit = memory[base + each // 8] // 2 ** (each % 8) % 2
        if bit == 1:
            return False
    return True


@given(
    st.integers(0, 40), st.binary(min_size=1, max_size=8), st.integers(0, 60 * 8),
    st.sampled_from([1, 2, 4]), st.integers(0, 3), st.integers(0, 3), st.integers(0, 300),
    st.integers(100, 180),
)  # fmt: skip
def test_every_access_is_judged_as_in_memory(first, data, port, width, cpl, iopl, limit, base):
    memory = [0xFF] * (base + MAP_BYTES + 2)
    memory[base + first : base + first + len(data)] = data
    tss = PortMap(base, limit, first, tuple(data))
    wanted = permitted(port, width, cpl, iopl, memory, base, limit)
    assert verdict(port, width, cpl, iopl, tss).allowed == wanted
    [step] = run(PortConfig((PortAccess(port, width),), cpl, iopl, tss)).steps
    assert step.result["allowed"] == wanted
    assert step.result["byte"] * 8 + step.result["bit"] == port


@given(
    st.sets(st.integers(0, 0xFFFF), max_size=40), st.integers(0, 0xFFFF), st.sampled_from([1, 2, 4])
)
def test_a_map_of_ports_allows_these_and_no_others(ports, port, width):
    wanted = all(each in ports for each in range(port, port + width))
    assert verdict(port, width, 3, 0, map_of(ports)).allowed == wanted


def test_two_bytes_are_read_even_for_one_port():
    data = (0x00,)
    # The map's only byte is the segment's last one.
    assert not verdict(0, 1, 3, 0, PortMap(104, 104, 0, data)).allowed
    assert verdict(0, 1, 3, 0, PortMap(104, 105, 0, data)).allowed
    # Linux puts a byte of ones behind the map, so the last port can be opened.
    assert verdict(0xFFFF, 1, 3, 0, map_of({0xFFFF})).allowed
    assert not verdict(0xFFFF, 2, 3, 0, map_of({0xFFFF})).allowed


@pytest.mark.parametrize("cpl", range(4))
@pytest.mark.parametrize("iopl", range(4))
def test_without_a_map_iopl_alone_decides(cpl, iopl):
    found = verdict(0x60, 1, cpl, iopl, NO_MAP)
    assert found.allowed == (cpl <= iopl)
    assert found.why == ("iopl" if cpl <= iopl else "limit")


def test_metrics_of_one_access_and_of_several():
    tss = map_of({0x60, 0x61})
    one = run(PortConfig((PortAccess(0x61, 1),), 3, 0, tss)).metrics
    assert one == {"allowed": True, "byte": 12, "bit": 1}
    accesses = (PortAccess(0x60, 2), PortAccess(0x61, 2), PortAccess(0x62, 1))
    assert run(PortConfig(accesses, 3, 0, tss)).metrics == {"accesses": 3, "allowed_accesses": 1}


@pytest.mark.parametrize(
    "make",
    [
        lambda: PortMap(-1, 0, 0, ()),
        lambda: PortMap(0x10000, 0, 0, ()),
        lambda: PortMap(0, 0, 0, (256,)),
        lambda: PortMap(0, 0, MAP_BYTES, (0, 0)),
        lambda: PortConfig((PortAccess(0x10000, 1),), 3, 0, NO_MAP),
        lambda: PortConfig((PortAccess(0, 3),), 3, 0, NO_MAP),
        lambda: PortConfig((), 3, 0, NO_MAP),
        lambda: PortConfig((PortAccess(0, 1),), 4, 0, NO_MAP),
    ],
)
def test_what_no_processor_has(make):
    with pytest.raises(InputError):
        make()
