"""What faults cost: Silberschatz's numbers, the flow's disk operations, Linux's kinds of faults."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import eat, fault_kind, faulted


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


@pytest.mark.parametrize(
    ("overhead", "rate"), [(50, 1), (100, 1), (110, 1), (200, Fraction(1, 10))]
)
def test_faults_no_slower_than_a_reference(overhead: int, rate: Fraction | int) -> None:
    """100 ns a reference, at most 10 % slower: F up to 110 ns may happen always, 200 ns one in ten."""
    limit = Fraction(1, 10)
    assert eat(100, Fraction(0), disk=0, d=0, overhead=overhead, limit=limit).highest_rate == rate


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
    seen = faulted(uses, resident, free, backing).metrics
    assert seen["page_faults"] == faults
    assert seen["signals"] == signals
    assert (seen["writebacks"], seen["disk_writes"]) == (writes, writes)
    assert seen["disk_reads"] == reads


# The flow as CS:APP (figure "Operational view of page hits and page faults") numbers it, with the
# kernel's steps 5 and 6 in the order the kernel takes them.
TRY = [(1, "send-va"), (2, "request-pte"), (3, "return-pte")]
HIT = [*TRY, (4, "request-data"), (5, "return-data")]
TRAP = [*TRY, (4, "trap"), (5, "check-address")]
VICTIM = [(5, "choose-victim"), (5, "unmap-victim")]
READ = [(6, "read-page"), (6, "update-pte"), (7, "restart")]


@pytest.mark.parametrize(
    ("page", "resident", "free", "backing", "flow", "steps"),
    [
        (2, [(2, False)], 0, "disk", HIT, 5),
        (2, [], 1, "disk", [*TRAP, (5, "take-free"), *READ, *HIT], 12),
        (2, [(1, False)], 0, "disk", [*TRAP, *VICTIM, *READ, *HIT], 12),
        (2, [(1, True)], 0, "disk", [*TRAP, *VICTIM, (5, "write-back"), *READ, *HIT], 12),
        (2, [], 1, "zero", [*TRAP, (5, "take-free"), (6, "zero-fill"), *READ[1:], *HIT], 12),
        (9, [], 1, "disk", [*TRAP, (5, "signal")], 5),
    ],
)
def test_order_of_the_steps(
    page: int, resident: list[tuple[int, bool]], free: int, backing: str,
    flow: list[tuple[int, str]], steps: int,
) -> None:  # fmt: skip
    seen = faulted([(page, False)], resident, free, backing)
    assert seen.flow == flow
    assert seen.metrics["steps"] == steps


def test_a_page_of_zeros_dropped_clean_is_zeros_again() -> None:
    """And one that was written comes back from disk."""
    pages = [(1, False), (0, False)]
    assert faulted(pages, [(0, False)], 0, "zero").metrics["disk_reads"] == 0
    assert faulted(pages, [(0, True)], 0, "zero").metrics["disk_reads"] == 1
    assert faulted(pages, [(0, False)], 0, "disk").metrics["disk_reads"] == 2


# mapping, page, access, rights -> kind, pages read from disk, where the content comes from. From the
# Linux kernel's mm/memory.c (do_anonymous_page, do_swap_page, do_wp_page, do_read_fault, do_cow_fault,
# do_shared_fault), mm/filemap.c (VM_FAULT_MAJOR, VM_FAULT_SIGBUS) and arch/x86/mm/fault.c
# (access_error).
KINDS = [
    ("unmapped", "no-page", "r", "-", "SIGSEGV", 0, "nowhere"),
    ("unmapped", "no-page", "w", "-", "SIGSEGV", 0, "nowhere"),
    ("anonymous", "untouched", "r", "rw", "minor", 0, "zeros"),
    ("anonymous", "untouched", "w", "rw", "minor", 0, "zeros"),
    ("anonymous", "untouched", "w", "r", "SIGSEGV", 0, "nowhere"),
    ("anonymous", "mapped", "r", "rw", "no-fault", 0, "nowhere"),
    ("anonymous", "mapped", "w", "rw", "no-fault", 0, "nowhere"),
    ("anonymous", "mapped", "w", "r", "SIGSEGV", 0, "nowhere"),
    ("anonymous", "zero-page", "r", "rw", "no-fault", 0, "nowhere"),
    ("anonymous", "zero-page", "w", "rw", "minor", 0, "zeros"),
    ("anonymous", "cow", "r", "rw", "no-fault", 0, "nowhere"),
    ("anonymous", "cow", "w", "rw", "minor", 0, "copy"),
    ("anonymous", "swapped", "r", "rw", "major", 1, "disk"),
    ("anonymous", "swapped", "w", "rw", "major", 1, "disk"),
    ("anonymous", "swap-cache", "r", "rw", "minor", 0, "cache"),
    ("anonymous", "swap-cache", "w", "rw", "minor", 0, "cache"),
    ("anonymous", "swapped", "w", "r", "SIGSEGV", 0, "nowhere"),
    ("file-private", "mapped", "r", "rw", "no-fault", 0, "nowhere"),
    ("file-private", "cached", "r", "rw", "minor", 0, "cache"),
    ("file-private", "cached", "w", "rw", "minor", 0, "copy"),
    ("file-private", "not-cached", "r", "rw", "major", 1, "disk"),
    ("file-private", "not-cached", "w", "rw", "major", 1, "disk"),
    ("file-private", "cow", "w", "rw", "minor", 0, "copy"),
    ("file-private", "swapped", "r", "rw", "major", 1, "disk"),
    ("file-private", "swap-cache", "r", "rw", "minor", 0, "cache"),
    ("file-private", "beyond-eof", "r", "rw", "SIGBUS", 0, "nowhere"),
    ("file-private", "beyond-eof", "w", "rw", "SIGBUS", 0, "nowhere"),
    ("file-private", "beyond-eof", "w", "r", "SIGSEGV", 0, "nowhere"),
    ("file-shared", "mapped", "r", "rw", "no-fault", 0, "nowhere"),
    ("file-shared", "cached", "r", "rw", "minor", 0, "cache"),
    ("file-shared", "cached", "w", "rw", "minor", 0, "cache"),
    ("file-shared", "not-cached", "r", "rw", "major", 1, "disk"),
    ("file-shared", "not-cached", "w", "rw", "major", 1, "disk"),
    ("file-shared", "not-cached", "w", "r", "SIGSEGV", 0, "nowhere"),
    ("file-shared", "beyond-eof", "r", "rw", "SIGBUS", 0, "nowhere"),
]


@pytest.mark.parametrize(("mapping", "page", "access", "rights", "kind", "reads", "source"), KINDS)
def test_kinds_of_faults_in_linux(
    mapping: str, page: str, access: str, rights: str, kind: str, reads: int, source: str
) -> None:
    assert fault_kind(mapping, page, access, rights) == (kind, reads, source)
