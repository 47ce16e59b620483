"""The flow of an access: five steps on a hit, seven and a second try on a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.fault import FaultConfig, LegalPages, Resident, Use, run

HIT = ["send-va", "request-pte", "return-pte", "request-data", "return-data"]


def config(uses, resident=(), free=(), backing="disk", legal=((0, 15),)):
    return FaultConfig(
        tuple(Use(va, write) for va, write in uses), 4096,
        tuple(LegalPages(*pages) for pages in legal),
        tuple(Resident(*page) for page in resident), tuple(free), backing,
    )  # fmt: skip


def actions(found):
    return [step.action for step in found.steps]


def costs(found):
    names = ("page_faults", "writebacks", "disk_reads", "disk_writes", "steps")
    return tuple(found.metrics[name] for name in names)


def test_a_hit_takes_five_steps():
    found = run(config([(0x2004, False)], [(2, 6, False)]))
    assert actions(found) == HIT
    assert [step.given["number"] for step in found.steps] == [1, 2, 3, 4, 5]
    assert found.steps[3].result["pa"] == 24580
    assert costs(found) == (0, 0, 0, 0, 5)


def test_a_free_frame_is_taken_without_a_victim():
    found = run(config([(0x2004, False)], [(1, 0, True)], free=[3]))
    assert actions(found) == [
        *HIT[:3], "trap", "check-address", "take-free", "read-page", "update-pte", "restart", *HIT,
    ]  # fmt: skip
    assert costs(found) == (1, 0, 1, 0, 12)


def test_the_instruction_is_executed_again_and_hits():
    found = run(config([(0x2004, False)], free=[3]))
    restart = actions(found).index("restart")
    assert actions(found)[restart + 1 :] == HIT
    assert found.steps[-1].given["pa"] == 0x3004


def test_a_dirty_victim_is_written_before_its_frame_is_filled():
    found = run(config([(0x2004, False)], [(1, 0, True), (3, 1, False)]))
    names = actions(found)
    assert names.index("write-back") < names.index("read-page")
    assert costs(found) == (1, 1, 1, 1, 12)


def test_a_clean_victim_is_dropped():
    found = run(config([(0x2004, False)], [(1, 0, False), (3, 1, True)]))
    assert "write-back" not in actions(found)
    assert costs(found) == (1, 0, 1, 0, 12)


def test_first_touch_of_a_zero_page_reads_no_disk():
    found = run(config([(0x2004, True)], free=[0], backing="zero"))
    assert "zero-fill" in actions(found)
    assert costs(found) == (1, 0, 0, 0, 12)


def test_a_zero_page_once_written_back_is_read_from_disk():
    found = run(
        config([(0x1000, True), (0x2000, False), (0x1000, False)], free=[0], backing="zero")
    )
    assert costs(found) == (3, 1, 1, 1, 36)


def test_an_illegal_address_is_a_signal_and_ends_the_process():
    found = run(config([(0x99000, False), (0x2000, False)], free=[0]))
    assert actions(found) == [*HIT[:3], "trap", "check-address", "signal"]
    assert costs(found) == (1, 0, 0, 0, 5)
    assert found.metrics["signals"] == 1


def test_a_write_dirties_the_page_that_it_brought_in():
    found = run(config([(0x1000, True), (0x2000, False)], free=[0]))
    assert found.metrics["writebacks"] == 1


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"resident": [(1, 0, False), (1, 1, False)]},
        {"resident": [(1, 0, False)], "free": [0]},
        {"resident": [(16, 0, False)]},
    ],
)
def test_states_that_cannot_be_are_refused(state):
    with pytest.raises(InputError):
        config([(0, False)], **state)


@given(
    st.lists(st.tuples(st.integers(0, 7), st.booleans()), min_size=1, max_size=30),
    st.integers(1, 4),
    st.sampled_from(["disk", "zero"]),
)
def test_the_flow_counts_what_fifo_counts(uses, frames, backing):
    found = run(config([(vpn << 12, write) for vpn, write in uses], free=range(frames),
                       backing=backing))  # fmt: skip
    queue, dirty, faults, writebacks = [], set(), 0, 0
    for vpn, write in uses:
        if vpn not in queue:
            faults += 1
            if len(queue) == frames:
                victim = queue.pop(0)
                writebacks += victim in dirty
                dirty.discard(victim)
            queue.append(vpn)
        if write:
            dirty.add(vpn)
    assert found.metrics["page_faults"] == faults
    assert found.metrics["writebacks"] == writebacks
    assert found.metrics["steps"] == 5 * len(uses) + 7 * faults
    if backing == "disk":
        assert found.metrics["disk_reads"] == faults
