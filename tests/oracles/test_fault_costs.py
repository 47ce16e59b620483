"""What faults cost: Silberschatz's numbers, the flow's disk operations, Linux's kinds of faults."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import eat, fault_kind, fault_metrics


def test_silberschatz_effective_access_time() -> None:
    """Operating System Concepts, "Performance of Demand Paging": 200 ns, 8 ms, one fault in 1000:
    8.2 us; less than 10 % slower only below one fault in 399 990."""
    seen = eat(m=200, p=Fraction(1, 1000), disk=8_000_000, d=0, overhead=0, limit=Fraction(1, 10))
    assert seen.eat == Fraction(81998, 10)  # 200 + 7 999 800 p
    assert seen.highest_rate == Fraction(1, 399_990)


def test_silberschatz_exercise_with_dirty_victims() -> None:
    """8 ms with a free frame or a clean victim, 20 ms with a dirty one, 70 % dirty, 100 ns: at most
    200 ns means p = 100 / 16 399 900, about 6.1e-6. Reading and writing differ, so F is given."""
    service = Fraction(3, 10) * 8_000_000 + Fraction(7, 10) * 20_000_000
    seen = eat(m=100, p=Fraction(0), disk=0, d=0, overhead=service, limit=Fraction(1))
    assert seen.highest_rate == Fraction(100, 16_399_900)


@settings(max_examples=120, deadline=None)
@given(
    m=st.integers(1, 500), p=st.fractions(0, 1), d=st.fractions(0, 1),
    disk=st.integers(0, 10**8), overhead=st.integers(0, 10**5),
)  # fmt: skip
def test_average_over_a_thousand_machines(
    m: int, p: Fraction, d: Fraction, disk: int, overhead: int
) -> None:
    """The mean over as many references as make all shares whole numbers."""
    references = p.denominator * d.denominator
    faults = references * p
    dirty = faults * d
    total = (references - faults) * m + faults * (overhead + disk) + dirty * disk
    seen = eat(m=m, p=p, disk=disk, d=d, overhead=overhead, limit=Fraction(1, 10))
    assert seen.eat == total / references
    if seen.highest_rate < 1:
        again = eat(
            m=m, p=seen.highest_rate, disk=disk, d=d, overhead=overhead, limit=Fraction(1, 10)
        )
        assert again.eat == Fraction(11, 10) * m


@settings(max_examples=200, deadline=None)
@given(
    uses=st.lists(st.tuples(st.integers(0, 7), st.booleans()), min_size=1, max_size=40),
    resident=st.lists(
        st.tuples(st.integers(0, 5), st.booleans()), max_size=3, unique_by=lambda r: r[0]
    ),
    free=st.integers(0, 3),
    backing=st.sampled_from(["disk", "zero"]),
)
def test_disk_operations_of_a_run(
    uses: list[tuple[int, bool]], resident: list[tuple[int, bool]], free: int, backing: str
) -> None:
    """FIFO; pages 0 to 5 are legal. One read a fault, but zeros for a page that has no copy on disk;
    one write for a dirty victim; an illegal address ends the process."""
    if not resident and not free:
        return
    queue = [page for page, _ in resident]
    dirty = {page for page, changed in resident if changed}
    frames = len(queue) + free
    written: set[int] = set()
    faults = reads = writes = signals = 0
    for page, store in uses:
        if page not in queue:
            faults += 1
            if page > 5:
                signals = 1
                break
            if len(queue) == frames:
                victim = queue.pop(0)
                if victim in dirty:
                    dirty.remove(victim)
                    written.add(victim)
                    writes += 1
            queue.append(page)
            reads += backing == "disk" or page in written
        if store:
            dirty.add(page)
    seen = fault_metrics(uses, resident, free, backing)
    assert seen["page_faults"] == faults
    assert seen["signals"] == signals
    assert (seen["writebacks"], seen["disk_writes"]) == (writes, writes)
    assert seen["disk_reads"] == reads


# mapping, page, access, rights -> kind, pages read from disk. From the Linux kernel's mm/memory.c
# (do_anonymous_page, do_swap_page, do_wp_page, do_read_fault, do_cow_fault, do_shared_fault) and
# mm/filemap.c (VM_FAULT_MAJOR, VM_FAULT_SIGBUS); arch/x86/mm/fault.c (access_error).
KINDS = [
    ("unmapped", "no-page", "r", "-", "SIGSEGV", 0),
    ("unmapped", "no-page", "w", "-", "SIGSEGV", 0),
    ("anonymous", "untouched", "r", "rw", "minor", 0),
    ("anonymous", "untouched", "w", "rw", "minor", 0),
    ("anonymous", "untouched", "w", "r", "SIGSEGV", 0),
    ("anonymous", "mapped", "r", "rw", "no-fault", 0),
    ("anonymous", "mapped", "w", "rw", "no-fault", 0),
    ("anonymous", "mapped", "w", "r", "SIGSEGV", 0),
    ("anonymous", "zero-page", "r", "rw", "no-fault", 0),
    ("anonymous", "zero-page", "w", "rw", "minor", 0),
    ("anonymous", "cow", "r", "rw", "no-fault", 0),
    ("anonymous", "cow", "w", "rw", "minor", 0),
    ("anonymous", "swapped", "r", "rw", "major", 1),
    ("anonymous", "swapped", "w", "rw", "major", 1),
    ("anonymous", "swap-cache", "r", "rw", "minor", 0),
    ("anonymous", "swap-cache", "w", "rw", "minor", 0),
    ("anonymous", "swapped", "w", "r", "SIGSEGV", 0),
    ("file-private", "mapped", "r", "rw", "no-fault", 0),
    ("file-private", "cached", "r", "rw", "minor", 0),
    ("file-private", "cached", "w", "rw", "minor", 0),
    ("file-private", "not-cached", "r", "rw", "major", 1),
    ("file-private", "not-cached", "w", "rw", "major", 1),
    ("file-private", "cow", "w", "rw", "minor", 0),
    ("file-private", "swapped", "r", "rw", "major", 1),
    ("file-private", "swap-cache", "r", "rw", "minor", 0),
    ("file-private", "beyond-eof", "r", "rw", "SIGBUS", 0),
    ("file-private", "beyond-eof", "w", "rw", "SIGBUS", 0),
    ("file-private", "beyond-eof", "w", "r", "SIGSEGV", 0),
    ("file-shared", "mapped", "r", "rw", "no-fault", 0),
    ("file-shared", "cached", "r", "rw", "minor", 0),
    ("file-shared", "cached", "w", "rw", "minor", 0),
    ("file-shared", "not-cached", "r", "rw", "major", 1),
    ("file-shared", "not-cached", "w", "rw", "major", 1),
    ("file-shared", "not-cached", "w", "r", "SIGSEGV", 0),
    ("file-shared", "beyond-eof", "r", "rw", "SIGBUS", 0),
]


@pytest.mark.parametrize(("mapping", "page", "access", "rights", "kind", "reads"), KINDS)
def test_kinds_of_faults_in_linux(
    mapping: str, page: str, access: str, rights: str, kind: str, reads: int
) -> None:
    assert fault_kind(mapping, page, access, rights) == (kind, reads)
