"""Marking a class, against a budget: 10,000 uploads of 10 questions on two cores in 60 s and 500 MB.

    python benchmarks/grading.py [--submissions 1000] [--workers 2]

The class is made first: variants of ten exercises are drawn and frozen as for a handout, and each upload
answers one of them as students do: right, as a modelled mistake has it, with slips, with blanks. Then all
are marked by `mark_all`, guarded by child processes with limits, as `oslab grade` does. Processor time is
compared with the budget, so that a machine that does other things meanwhile is not blamed. Exits with 1
when 10,000 uploads would be over the budget.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from oslab.conformance.suite import written
from oslab.exercise.catalogue import exercise
from oslab.exercise.fields import to_json
from oslab.exercise.frozen import freeze
from oslab.exercise.practice import question
from oslab.exercise.variant import Variant, draw
from oslab.exercise.writing import fill_sheet, write_sheet
from oslab.randomness import Generator, code_from_bits
from oslab_grader.handout.record import (
    HandedQuestion,
    Head,
    Record,
    Share,
    share_line,
    write_record,
)
from oslab_grader.intake.attempts import digest_of
from oslab_grader.marking.local import mark_all
from oslab_grader.marking.result import Task

# Tables long and short, numbers, choices, orders: as assignments mix them.
EXERCISES = (
    "paging/replace-fifo",
    "paging/replace-lru",
    "tlb/trace",
    "cache/trace-direct",
    "cache/amat",
    "cow/faults",
    "iomodels/phase-order",
    "modes/count-switches",
    "memory/access-first",
    "multiplex/epoll-trace",
)
ALL, CORES, SECONDS, MEGABYTES = 10_000, 2, 60.0, 500.0
# So many different owners are drawn; drawing is the handout's cost, not that of marking.
OWNERS = 60


def answers_of(variant: Variant, rng: Generator) -> dict[str, Any]:
    """What a student answers: of ten, five right, three as a mistake has it, one slips, one leaves blanks."""
    given = dict(variant.asked())
    kind = rng.below(10)
    names = list(variant.mistakes())
    if kind < 3 and names:
        given.update(variant.mistakes()[rng.choice(names)])
    elif kind == 3:
        for name, value in given.items():
            if isinstance(value, tuple) and len(value) > 1 and isinstance(value[0], Mapping):
                at = rng.below(len(value) - 1)
                given[name] = (*value[:at], value[at + 1], value[at], *value[at + 2 :])
    elif kind == 4:
        del given[rng.choice(list(given))]
    return given


def make_class(folder: Path, submissions: int) -> list[Task]:
    """Record and uploads, and the tasks of marking them."""
    bound = [exercise(name) for name in EXERCISES]
    names = [f"q{i}" for i in range(1, len(bound) + 1)]
    handed = tuple(
        HandedQuestion(q, e.id, e.entry.problem, e.problem.version, e.entry.points, "oslab", to_json(e.entry))
        for q, e in zip(names, bound, strict=True)
    )  # fmt: skip
    rng = Generator("benchmarks/grading")
    file = folder / "record.jsonl"
    shares, sheets = [], []
    for number in range(min(OWNERS, submissions)):
        owner = f"s{number:05}"
        drawn = [draw(e, code_from_bits(rng.bits(40))) for e in bound]
        shares.append(share_line(Share(owner, dict(zip(names, map(freeze, drawn), strict=True)))))
        sheets.append((owner, drawn, _blank(drawn, names, owner)))
    write_record(file, Head("os101/hw1", "00" * 16, False, handed), shares)
    record = Record(file)
    tasks = []
    for number in range(submissions):
        owner, drawn, blank = sheets[number % len(sheets)]
        answers: dict[tuple[str, str], Any] = {}
        for name, variant in zip(names, drawn, strict=True):
            for answer, value in answers_of(variant, rng).items():
                answers[name, answer] = written(variant, answer, value)
        data = (fill_sheet(blank, answers) + f"# {number}\n").encode()
        digest = digest_of(data)
        sheet = folder / f"{digest}.sheet"
        sheet.write_bytes(data)
        tasks.append(
            Task(
                head=str(file),
                share=record.line(owner).decode(),
                sheet=str(sheet),
                digest=digest,
                alternatives={},
                file=f"{owner}.toml",
            )
        )
    return tasks


def _blank(drawn: Sequence[Variant], names: Sequence[str], owner: str) -> str:
    questions = [question(variant, name) for variant, name in zip(drawn, names, strict=True)]
    return write_sheet(questions, {"assignment": "os101/hw1", "student": owner}, "en")


def used() -> tuple[float, int]:
    """Processor time in seconds and memory in bytes, of this process and its children; pages that they
    share count for each."""
    me = psutil.Process()
    seconds, memory = 0.0, 0
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system
            memory += process.memory_info().rss
    return seconds, memory


def measured(tasks: Sequence[Task], workers: int) -> tuple[float, float, float, int, Counter[str]]:
    """Seconds; seconds of processors before the first results, and for each upload after them; the most
    memory in bytes; what became of uploads and answers."""
    outcomes = Counter[str]()
    start, (before, most) = time.perf_counter(), used()
    beginning = each = 0.0
    for number, result in enumerate(mark_all(_each(tasks), workers), 1):
        outcomes["refused" if result["refused"] else "marked"] += 1
        outcomes.update(a["outcome"] for q in result["questions"] for a in q["answers"])
        if number % 100 == 0 or number == len(tasks):
            seconds, memory = used()
            most = max(most, memory)
            if number == 100:
                beginning = seconds - before
            elif number > 100:
                each = (seconds - before - beginning) / (number - 100)
    return time.perf_counter() - start, beginning - 100 * each, each, most, outcomes


def _each(tasks: Sequence[Task]) -> Iterator[Task]:
    """One after the other, as they come from a folder."""
    yield from tasks


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the marking of a class.")
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    if asked.submissions < 200:
        parser.error("--submissions: at least 200, for the first 100 are the beginning")
    with tempfile.TemporaryDirectory() as folder:
        tasks = make_class(Path(folder), asked.submissions)
        seconds, first, each, memory, outcomes = measured(tasks, asked.workers)
    count = len(tasks)
    told = ", ".join(f"{name} {outcomes[name]}" for name in ("right", "partial", "wrong", "blank"))
    print(
        f"{count:,} uploads of {len(EXERCISES)} questions, {asked.workers} workers; answers: {told}"
    )
    whole = (first + each * ALL) / CORES
    print(f"  {seconds:.1f} s   {count / seconds:.0f} a second")
    print(f"  {first:.1f} s of a processor to begin, {each * 1000:.1f} ms for each")
    print(f"  {ALL:,} on {CORES} cores: {whole:.0f} s of {SECONDS:.0f}")
    print(f"  {memory / 1e6:.0f} MB of {MEGABYTES:.0f}, all processes together")
    if outcomes["marked"] != count:
        print(f"  {outcomes['refused']} were refused: the benchmark itself is wrong")
    return int(whole > SECONDS or memory > MEGABYTES * 1e6 or outcomes["marked"] != count)


if __name__ == "__main__":
    sys.exit(main())
