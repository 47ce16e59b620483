"""modes.read-path: which steps a read(2) takes in this state, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    Ordering,
    Problem,
    Run,
    Size,
    mistake,
)
from oslab.exercise.ordering import letters_of, moved
from oslab.quantities import format_size
from oslab_modes.problems.rules import asked
from oslab_modes.readpath import FLOWS, WAIT, Cache, ReadConfig, run

LISTED = (
    "enter", "check", "look-up", "allocate", "pin", "submit", "sleep", "dma-cache", "dma-user", "irq-comes",
    "wake", "resume", "copy", "leave", "kernel-process",
)  # fmt: skip
"""The steps that are listed; the last never occurs."""
LETTERS = "abcdefghijklmno"


@dataclass(frozen=True)
class ReadSpace:
    """What state the read meets.

    cache     hit, miss, reading
    direct    whether the file is open with O_DIRECT
    sectors   bytes read, in units of 512
    odd       whether offset and length may be no multiples of 512
    """

    cache: Choose[Cache]
    direct: Choose[bool]
    sectors: Choose[int]
    odd: bool


class ReadPath(Problem[ReadConfig, ReadSpace]):
    """The order of the steps; bytes copied, bytes asked of the disk, context switches."""

    version = 1
    params = ReadConfig
    space = ReadSpace
    answers = {
        "order": Ordering(options=tuple(LETTERS)),
        "copied": Size(),
        "dma": Size(),
        "context_switches": Int(),
    }
    required = ("disk-to-user", "copy-before-data")

    def draw(self, rng: Generator, space: ReadSpace) -> ReadConfig:
        odd = rng.between(1, 40) * 10 if space.odd else 0
        return ReadConfig(
            cache=space.cache.pick(rng),
            direct=space.direct.pick(rng),
            offset=rng.below(64) * 512 + (rng.below(50) * 10 if space.odd else 0),
            length=space.sectors.pick(rng) * 512 + odd,
            page_size=4096,
            meanwhile=rng.choice(("idle", "task")),
        )

    def good(self, p: ReadConfig) -> bool:
        """Bytes read are not those of whole pages."""
        return p.length % p.page_size != 0

    def present(self, p: ReadConfig) -> Mapping[str, Figure]:
        return {
            "length": p.length,
            "offset": p.offset,
            "page_size": format_size(p.page_size),
            "steps": Grid(("letter", "step"), tuple(zip(LETTERS, listing(p), strict=True))),
        }

    def rows(self, p: ReadConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter in LETTERS]

    def run(self, p: ReadConfig) -> Run:
        return asked(run(p), "context_switch", "read_ahead", "direct_clean")

    def solve(self, p: ReadConfig, run: Run) -> Answers:
        return {
            "order": _letters(p, [step.action for step in run.steps]),
            "copied": run.metrics["cpu_copied_bytes"],
            "dma": run.metrics["dma_bytes"],
            "context_switches": run.metrics["context_switches"],
        }

    def _in_state(self, p: ReadConfig, cache: Cache) -> Answers:
        """The answers for a buffered read in another state, with this one's letters."""
        other = run(replace(p, cache=cache, direct=False))
        return {**self.solve(p, other), "order": _letters(p, [s.action for s in other.steps])}

    @mistake("disk-to-user")
    def disk_to_user(self, p: ReadConfig) -> Answers | None:
        """The disk writes into the program's buffer, page cache or not."""
        if p.kind != "miss":
            return None
        names = [n for n in FLOWS["miss"] if n not in ("allocate", "copy")]
        names[names.index("dma-cache")] = "dma-user"
        return {"order": _letters(p, names), "copied": 0}

    @mistake("copy-before-data")
    def copy_before_data(self, p: ReadConfig) -> Answers | None:
        """The copy is made before the process has slept."""
        if p.kind not in ("miss", "reading"):
            return None
        return {"order": _letters(p, moved(FLOWS[p.kind], "copy", before="sleep"))}

    @mistake("always-sleeps")
    def always_sleeps(self, p: ReadConfig) -> Answers | None:
        """Every read waits for the disk."""
        return self._in_state(p, "miss") if p.kind == "hit" else None

    @mistake("through-the-cache")
    def through_the_cache(self, p: ReadConfig) -> Answers | None:
        """Every read comes through the page cache, whose pages are not there."""
        return self._in_state(p, "miss") if p.direct else None

    @mistake("cache-serves")
    def cache_serves(self, p: ReadConfig) -> Answers | None:
        """What the page cache holds is copied from there, O_DIRECT or not."""
        return self._in_state(p, "hit") if p.direct and p.cache == "hit" else None

    @mistake("no-interrupt")
    def no_interrupt(self, p: ReadConfig) -> Answers | None:
        """Nobody tells the processor that the data has come."""
        if "irq-comes" not in FLOWS[p.kind]:
            return None
        return {"order": _letters(p, [n for n in FLOWS[p.kind] if n not in WAIT[:2]])}

    @mistake("reads-again")
    def reads_again(self, p: ReadConfig) -> Answers | None:
        """The disk is asked for pages that are on their way."""
        return self._in_state(p, "miss") if p.kind == "reading" else None

    @mistake("never-enters")
    def never_enters(self, p: ReadConfig) -> Answers | None:
        """What is in the page cache is copied without the kernel."""
        return {"order": _letters(p, ["look-up", "copy"])} if p.kind == "hit" else None

    @mistake("kernel-process")
    def kernel_process(self, p: ReadConfig) -> Answers | None:
        """A system call changes to a process of the kernel's, and back."""
        names = [FLOWS[p.kind][0], "kernel-process", *FLOWS[p.kind][1:]]
        switches = run(p).metrics["context_switches"]
        return {"order": _letters(p, names), "context_switches": switches + 2}


def listing(p: ReadConfig) -> list[str]:
    """The steps in the order in which this variant lists them."""
    label = f"modes.read-path {p.cache} {p.direct} {p.offset} {p.length}"
    return Generator(label).shuffled(LISTED)


def _letters(p: ReadConfig, names: Sequence[str]) -> tuple[str, ...]:
    return letters_of(listing(p), names)
