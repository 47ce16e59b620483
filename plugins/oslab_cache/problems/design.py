"""cache.design: the smallest of several caches that keeps to a number of misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, mistake, rows_of
from oslab.quantities import format_address, format_size
from oslab_cache.cache import CacheShape
from oslab_cache.design import DesignConfig, chosen, outcomes, run
from oslab_cache.problems.accesses import parsed
from oslab_cache.replacement import PolicyName
from oslab_cache.sets import Sets


@dataclass(frozen=True)
class DesignSpace:
    """caches: lines and ways of those that four are taken from; line: bytes of a line; accesses: how
    many; pool: different lines among them; reach: the lines these are taken from."""

    caches: tuple[tuple[int, int], ...]
    policy: PolicyName
    line: Choose[int]
    accesses: Choose[int]
    pool: Choose[int]
    reach: int


CANDIDATES = Table("n", {"misses": Int()}, given=("size", "ways"), action="candidate")
COUNT = 4


class Design(Problem[DesignConfig, DesignSpace]):
    """The misses of four caches; the smallest that will do, with its misses."""

    version = 1
    params = DesignConfig
    space = DesignSpace
    answers = {
        "candidates": CANDIDATES,
        "choice": Table("at_most", {"number": Int(), "misses": Int()}),
    }
    required = ("biggest", "hits-as-misses")

    def draw(self, rng: Generator, space: DesignSpace) -> DesignConfig:
        line = space.line.pick(rng)
        candidates = tuple(
            CacheShape(lines * line, line, ways, space.policy, "back", True, 0)
            for lines, ways in rng.sample(space.caches, COUNT)
        )
        pool = rng.sample(range(space.reach), space.pool.pick(rng))
        lines: list[int] = []
        for _ in range(space.accesses.pick(rng)):
            lines.append(rng.choice([each for each in pool if each not in lines[-1:]]))
        references = tuple(format_address(each * line + rng.below(line)) for each in lines)
        misses = _misses(candidates, references)
        return DesignConfig(candidates, references, rng.choice(sorted(set(misses))))

    def good(self, p: DesignConfig) -> bool:
        """Two candidates will do and one will not; one that is as small as the right one, or smaller,
        misses too often; the counts differ."""
        misses = _misses(p.candidates, p.references)
        enough = [missed <= p.bound for missed in misses]
        return 2 <= sum(enough) < len(enough) and len(set(misses)) > 2

    def present(self, p: DesignConfig) -> Mapping[str, Figure]:
        return {
            "line": format_size(p.candidates[0].line),
            "bound": p.bound,
            "references": " ".join(p.references),
        }

    def rows(self, p: DesignConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "choice":
            return [(p.bound,)]
        return [(n, format_size(c.size), c.ways) for n, c in enumerate(p.candidates, 1)]

    def run(self, p: DesignConfig) -> Run:
        return run(p)

    def solve(self, p: DesignConfig, run: Run) -> Answers:
        choice = {"number": run.metrics["cache"], "misses": run.metrics["misses"]}
        return {"candidates": rows_of(run, CANDIDATES), "choice": [choice]}

    def counted(self, p: DesignConfig, misses: Sequence[int]) -> Answers:
        """The answers of one who counts so many misses; nothing of the choice if nothing will do."""
        place = chosen(p.candidates, misses, p.bound)
        rows = {"candidates": [{"misses": missed} for missed in misses]}
        if place is None:
            return rows
        return {**rows, "choice": [{"number": place + 1, "misses": misses[place]}]}

    @mistake("biggest")
    def biggest(self, p: DesignConfig) -> Answers | None:
        """The largest cache is taken, with the most ways."""
        misses = _misses(p.candidates, p.references)
        place = max(range(len(misses)), key=lambda n: (p.candidates[n].size, p.candidates[n].ways))
        return {"choice": [{"number": place + 1, "misses": misses[place]}]}

    @mistake("hits-as-misses")
    def hits_as_misses(self, p: DesignConfig) -> Answers | None:
        total = len(p.references)
        return self.counted(p, [total - m for m in _misses(p.candidates, p.references)])

    @mistake("fifo-for-lru")
    def fifo_for_lru(self, p: DesignConfig) -> Answers | None:
        if any(shape.policy != "lru" for shape in p.candidates):
            return None
        fifo = tuple(replace(shape, policy="fifo") for shape in p.candidates)
        return self.counted(p, _misses(fifo, p.references))

    @mistake("byte-is-line")
    def byte_is_line(self, p: DesignConfig) -> Answers | None:
        """Each address is a line of its own; the set is still that of its line."""
        every = [_alone(shape, p.references) for shape in p.candidates]
        return self.counted(p, every)


# Drawn by them, and asked for by each mistake.
@lru_cache(maxsize=1)
def _misses(candidates: tuple[CacheShape, ...], references: tuple[str, ...]) -> Sequence[int]:
    accesses = parsed(references)
    return tuple(outcomes(shape, accesses).count(False) for shape in candidates)


def _alone(shape: CacheShape, references: Sequence[str]) -> int:
    """The misses of one who compares whole addresses in place of tags."""
    sets: Sets[str] = Sets(shape.sets, shape.ways, shape.policy)
    missed = 0
    for text in references:
        index = shape.index_of(shape.line_of(int(text, 16)))
        way = sets.find(index, text)
        if way is None:
            missed += 1
            sets.place(index, text)
        else:
            sets.use(index, way)
    return missed
