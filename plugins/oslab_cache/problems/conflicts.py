"""cache.conflicts: which addresses compete for the same set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Set,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address, format_size
from oslab_cache.conflicts import ConflictsConfig, run

Placing: TypeAlias = "Callable[[int], tuple[int, int]]"
"""An address's line and set, in somebody's opinion."""


@dataclass(frozen=True)
class ConflictsSpace:
    """The cache, and the addresses, drawn in groups: `crowds` has how many lines each set is to hold,
    one number a set; `twins` lines are used at two addresses; `bits`: width of an address."""

    line: Choose[int]
    sets: Choose[int]
    ways: Choose[int]
    crowds: tuple[Choose[int], ...]
    twins: Choose[int]
    bits: int


PLACES = Table(
    "n", {"index": Int(), "rivals": Set(Int())}, given=("address",), action="conflict-place"
)


class Conflicts(Problem[ConflictsConfig, ConflictsSpace]):
    """Set and rivals of each address, and the sets that cannot hold what they are asked to."""

    version = 1
    params = ConflictsConfig
    space = ConflictsSpace
    answers = {"places": PLACES, "crowded": Set(Int())}
    required = ("tag-is-set", "same-line-competes")

    def draw(self, rng: Generator, space: ConflictsSpace) -> ConflictsConfig:
        line, sets = space.line.pick(rng), space.sets.pick(rng)
        tags = (1 << space.bits) // (line * sets)
        chosen: list[int] = []
        indices = rng.sample(range(sets), len(space.crowds))
        for index, crowd in zip(indices, space.crowds, strict=True):
            chosen += [tag * sets + index for tag in rng.sample(range(tags), crowd.pick(rng))]
        twins = rng.sample(chosen, min(len(chosen), space.twins.pick(rng)))
        addresses = {each * line + rng.below(line) for each in [*chosen, *twins]}
        ways = space.ways.pick(rng)
        return ConflictsConfig(
            tuple(rng.shuffled(sorted(addresses))), line * sets * ways, line, ways
        )

    def good(self, p: ConflictsConfig) -> bool:
        """A crowded set, and a shared one that is not, where ways allow; no address 0."""
        found = run(p).metrics
        shared, crowded = set(found["shared_sets"]), set(found["crowded_sets"])
        return bool(crowded) and all(p.addresses) and (p.ways == 1 or shared != crowded)

    def present(self, p: ConflictsConfig) -> Mapping[str, Figure]:
        return {
            "size": format_size(p.size),
            "line": format_size(p.line),
            "ways": p.ways,
            "lines": p.shape.lines,
            "addresses": " ".join(format_address(address) for address in p.addresses),
        }

    def rows(self, p: ConflictsConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, format_address(address)) for n, address in enumerate(p.addresses, 1)]

    def run(self, p: ConflictsConfig) -> Run:
        return run(p)

    def solve(self, p: ConflictsConfig, run: Run) -> Answers:
        return {"places": rows_of(run, PLACES), "crowded": run.metrics["crowded_sets"]}

    def placed(self, p: ConflictsConfig, placing: Placing) -> Answers:
        """The answers of one who finds line and set of an address so."""
        places = [placing(address) for address in p.addresses]
        rows = []
        lines: dict[int, set[int]] = {}
        for line, index in places:
            lines.setdefault(index, set()).add(line)
            others = [n for n, (other, at) in enumerate(places, 1) if at == index and other != line]
            rows.append({"index": index, "rivals": tuple(others)})
        crowded = sorted(index for index, here in lines.items() if len(here) > p.ways)
        return {"places": rows, "crowded": tuple(crowded)}

    @mistake("tag-is-set")
    def tag_is_set(self, p: ConflictsConfig) -> Answers | None:
        """The set is taken from the highest bits, those of the tag."""
        shape = p.shape
        if shape.sets == 1:
            return None
        top = max(p.addresses).bit_length() - shape.index_bits
        return self.placed(p, lambda a: (shape.line_of(a), a >> max(0, top)))

    @mistake("offset-kept")
    def offset_kept(self, p: ConflictsConfig) -> Answers | None:
        """The set is the address modulo the number of sets: the offset is not cut off."""
        shape = p.shape
        if shape.sets == 1 or p.line == 1:
            return None
        return self.placed(p, lambda a: (shape.line_of(a), a % shape.sets))

    @mistake("ways-ignored")
    def ways_ignored(self, p: ConflictsConfig) -> Answers | None:
        """As many sets as lines."""
        shape = p.shape
        if p.ways == 1 or shape.lines & shape.lines - 1:
            return None
        return self.placed(p, lambda a: (shape.line_of(a), shape.line_of(a) % shape.lines))

    @mistake("same-line-competes")
    def same_line_competes(self, p: ConflictsConfig) -> Answers | None:
        """Addresses in one line are taken for rivals: each is thought to need a place of its own."""
        shape = p.shape
        return self.placed(p, lambda a: (a, shape.index_of(shape.line_of(a))))

    @mistake("shared-is-crowded")
    def shared_is_crowded(self, p: ConflictsConfig) -> Answers | None:
        """A set is thought to be crowded as soon as two lines need it, whatever its ways."""
        if p.ways == 1:
            return None
        found = run(p)
        return {**self.solve(p, found), "crowded": found.metrics["shared_sets"]}
