"""Fault kinds: minor, major, signals."""

import pytest

from oslab import InputError
from oslab_paging.faultkind import STATES, FaultKindConfig, Situation, classify, run


def kind(mapping, page, access, rights="rw"):
    found = classify(Situation(mapping, page, access, rights))
    return found.kind, found.disk_reads, found.source


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (("anonymous", "untouched", "w"), ("minor", 0, "zeros")),
        (("anonymous", "untouched", "r"), ("minor", 0, "zeros")),
        (("anonymous", "zero-page", "r"), ("no-fault", 0, "nowhere")),
        (("anonymous", "zero-page", "w"), ("minor", 0, "zeros")),
        (("anonymous", "swapped", "r"), ("major", 1, "disk")),
        (("anonymous", "swap-cache", "w"), ("minor", 0, "cache")),
        (("anonymous", "cow", "w"), ("minor", 0, "copy")),
        (("anonymous", "cow", "r"), ("no-fault", 0, "nowhere")),
        (("file-shared", "cached", "w"), ("minor", 0, "cache")),
        (("file-private", "cached", "r"), ("minor", 0, "cache")),
        (("file-private", "cached", "w"), ("minor", 0, "copy")),
        (("file-private", "not-cached", "w"), ("major", 1, "disk")),
        (("file-shared", "beyond-eof", "r"), ("SIGBUS", 0, "nowhere")),
        (("file-shared", "beyond-eof", "w", "r"), ("SIGSEGV", 0, "nowhere")),
        (("anonymous", "mapped", "w", "r"), ("SIGSEGV", 0, "nowhere")),
        (("anonymous", "untouched", "r", "-"), ("SIGSEGV", 0, "nowhere")),
        (("unmapped", "no-page", "r", "-"), ("SIGSEGV", 0, "nowhere")),
    ],
)
def test_kind_disk_and_source(situation, expected):
    assert kind(*situation) == expected


def test_only_major_faults_read_the_disk():
    for mapping, pages in STATES.items():
        for page in pages:
            for access in "rw":
                rights = "-" if mapping == "unmapped" else "rw"
                found = classify(Situation(mapping, page, access, rights))
                assert found.disk_reads == (found.kind == "major")
                assert (found.source == "nowhere") == (found.kind not in ("minor", "major"))


def test_counts_are_over_all_situations():
    found = run(
        FaultKindConfig(
            (
                Situation("anonymous", "untouched", "w", "rw"),
                Situation("anonymous", "swapped", "w", "rw"),
                Situation("unmapped", "no-page", "w", "-"),
            )
        )
    )
    names = ("minor", "major", "signals", "disk_reads")
    assert [found.metrics[name] for name in names] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "situation", [("anonymous", "cached", "r", "r"), ("unmapped", "mapped", "r", "-")]
)
def test_situations_that_cannot_be_are_refused(situation):
    with pytest.raises(InputError):
        Situation(*situation)


def test_no_situation_is_refused():
    with pytest.raises(InputError):
        FaultKindConfig(())
