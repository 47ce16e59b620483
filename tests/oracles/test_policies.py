"""Every policy against its naive twin: hit or fault, victim, frame and pages written, per reference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_policies import POLICIES, Rules, documented, faults, parse, simulate
from simulators import replace_faults, replace_outcomes

references = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["", "", "w", "r"])).map(
        lambda r: f"{r[0]}{r[1]}"
    ),
    min_size=1,
    max_size=60,
)
frame_counts = st.integers(1, 6)


@st.composite
def any_rules(draw: st.DrawFn, policy: str, frames: int) -> Rules:
    return documented(policy, frames)._replace(
        ties=draw(st.sampled_from(["earliest-loaded", "least-recently-used", "lowest-frame"])),
        r_on_load=draw(st.booleans()),
        hand_advances=draw(st.booleans()),
        counts_kept=draw(st.booleans()),
        tick=draw(st.integers(1, 6)),
        aging_bits=draw(st.sampled_from([1, 2, 3, 8])),
        tau=draw(st.integers(0, 12)),
        kin=draw(st.integers(1, frames + 1)),
        kout=draw(st.integers(1, frames + 1)),
    )


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=120, deadline=None)
@given(refs=references, frames=frame_counts)
def test_documented_conventions(policy: str, refs: list[str], frames: int) -> None:
    assert replace_outcomes(policy, frames, refs) == simulate(policy, frames, refs)


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=120, deadline=None)
@given(data=st.data(), refs=references, frames=frame_counts)
def test_any_conventions(policy: str, data: st.DataObject, refs: list[str], frames: int) -> None:
    rules = data.draw(any_rules(policy, frames))
    seen = replace_outcomes(policy, frames, refs, **rules._asdict())
    assert seen == simulate(policy, frames, refs, rules)


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=50, deadline=None)
@given(pages=st.lists(st.integers(0, 40), min_size=100, max_size=400), frames=st.integers(1, 24))
def test_counts_of_longer_strings(policy: str, pages: list[int], frames: int) -> None:
    naive = faults(simulate(policy, frames, [str(page) for page in pages]))
    assert replace_faults(policy, frames, pages) == naive


@settings(max_examples=120, deadline=None)
@given(refs=references, frames=frame_counts, seed=st.integers(0, 2**31))
def test_random_is_legal_and_repeatable(refs: list[str], frames: int, seed: int) -> None:
    """Which page leaves is up to the generator; that it was there, and when one leaves, is not."""
    outcomes = replace_outcomes("random", frames, refs, seed=seed)
    memory: list[int] = []
    dirty: set[int] = set()
    for (page, store), outcome in zip(map(parse, refs), outcomes, strict=True):
        assert outcome.hit == (page in memory)
        if not outcome.hit:
            assert (outcome.victim is None) == (len(memory) < frames)
            if outcome.victim is not None:
                assert memory[outcome.frame] == outcome.victim
                memory[outcome.frame] = page
            else:
                assert outcome.frame == len(memory)
                memory.append(page)
        assert outcome.writes == (outcome.victim in dirty)
        dirty.discard(outcome.victim)
        if store:
            dirty.add(page)
    assert outcomes == replace_outcomes("random", frames, refs, seed=seed)


def test_random_victims_are_spread_evenly() -> None:
    """4 frames, 4000 faults in a row: each frame is chosen about 1000 times (sd 27)."""
    refs = [str(page) for page in range(4004)]
    frames = [o.frame for o in replace_outcomes("random", 4, refs)[4:]]
    assert all(850 < frames.count(frame) < 1150 for frame in range(4))


@settings(max_examples=120, deadline=None)
@given(refs=references, frames=frame_counts)
def test_second_chance_is_clock(refs: list[str], frames: int) -> None:
    """The same victims (conventions.md), as Tanenbaum says of the two."""
    ours = [(o.hit, o.victim) for o in replace_outcomes("second-chance", frames, refs)]
    assert ours == [(o.hit, o.victim) for o in replace_outcomes("clock", frames, refs)]


@settings(max_examples=120, deadline=None)
@given(refs=references, frames=frame_counts)
def test_aging_with_a_tick_after_every_reference_is_lru(refs: list[str], frames: int) -> None:
    """With enough bits: the counter's leading one is the last use."""
    ours = replace_outcomes("aging", frames, refs, tick=1, aging_bits=64)
    assert ours == replace_outcomes("lru", frames, refs)
