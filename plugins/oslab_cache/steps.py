"""The steps of a simulated hierarchy: each access with its reasons, and each line that it moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oslab import Address, AnswerType, Cells, Choice, Drawing, Grid, Hex, Int, OrNone, Run, Step
from oslab.traces.access import Access
from oslab_cache.cache import Cache, Outcome
from oslab_cache.config import CacheConfig, Seen, conventions_of
from oslab_cache.figures import metrics
from oslab_cache.hierarchy import Hierarchy
from oslab_cache.threec import CAUSES, ExplainedThreeC

# A cache of so few lines is drawn whole, of a larger one the set in use.
DRAWN_WHOLE = 8


class Teller:
    """Sends lookups through a hierarchy, a new one if none is given, and tells of each; without
    `drawing` steps have no state.

    Raises InputError.
    """

    def __init__(
        self, config: CacheConfig, hierarchy: Hierarchy | None = None, drawing: bool = True
    ) -> None:
        self._config = config
        self._drawing = drawing
        self._hierarchy = hierarchy or Hierarchy(config.shape)
        levels = len(config.shape.levels)
        self._levels = levels > 1
        self._places = places(levels)
        self._explain = ExplainedThreeC(config.first.lines)
        self._causes: dict[str, int] = dict.fromkeys(CAUSES, 0)
        self._steps: list[Step] = []
        self.seen = Seen()
        self._n = 0
        # Of each line in the first level: when it came, when it was used last, how often since it came.
        self._loaded: dict[int, int] = {}
        self._used: dict[int, int] = {}
        self._uses: dict[int, int] = {}

    def tell(self, lookup: Access) -> Mapping[str, Any]:
        """Send a load, store or fetch within a line through and keep its steps; its results."""
        self._n += 1
        hierarchy, first = self._hierarchy, self._config.first
        line, store = first.line_of(lookup.address), lookup.kind == "store"
        order = tuple(hierarchy.caches[0].sets.policy.order(first.index_of(line)))
        read, written = hierarchy.bytes_from_memory, hierarchy.bytes_to_memory
        outcomes = hierarchy.access(lookup.address, store, lookup.size)
        found = outcomes[0]
        cause, others = self._explain.access(line, first.allocate or not store)
        result: dict[str, Any] = {"index": found.index, "tag": Hex(found.tag)}
        result["result"] = "hit" if found.hit else "miss"
        if self._levels:
            result["found"] = self._places[reached(outcomes)]
        if not found.hit:
            self._causes[cause] += 1
            result |= self._filled(found, order)
            if self._levels:
                result |= self._victims_below()
            result["cause"] = cause
        if cause != "cold":
            result["others"] = others
        if store and not self._levels and (first.write == "through" or "around" in result):
            result["sent"] = lookup.size
        result["read"] = hierarchy.bytes_from_memory - read
        result["written"] = hierarchy.bytes_to_memory - written
        self._remember(line, found)
        given = {
            "n": self._n,
            "access": lookup.kind,
            "address": Hex(lookup.address),
            "bytes": lookup.size,
        }
        steps = [Step(action="access", given=given, result=result, group=self._n)]
        if self._levels:
            steps += self._moves()
        last = steps.pop()
        steps.append(
            Step(
                action=last.action,
                actor=last.actor,
                given=last.given,
                result=last.result,
                state=self._drawn(line) if self._drawing else {},
                group=self._n,
            )
        )
        self._steps += steps
        return result

    def run(self) -> Run:
        """Everything told so far."""
        config, hierarchy = self._config, self._hierarchy
        idle = self._idle()
        steps = [_without(step, idle) for step in self._steps] if idle else self._steps
        asks: dict[str, AnswerType] = {}
        if self._levels:
            asks["found"] = Choice(*self._places)
        else:
            if config.ways < config.first.lines:
                asks["index"] = Int()
            asks["result"] = Choice("hit", "miss")
        asks["victim"] = OrNone(Address())
        if self._levels:
            asks["victim2"] = OrNone(Address())
        asks["cause"] = Choice(*CAUSES)
        return Run(
            command="cache.run",
            config=config,
            conventions=conventions_of(config, self.seen),
            asks={"access": asks},
            steps=tuple(steps),
            metrics=metrics(hierarchy, self._causes, config.times_ns),
        )

    def _idle(self) -> Collection[str]:
        """The results that would be columns of zeros in this run, or say again that it was a miss."""
        idle = [] if self._hierarchy.bytes_to_memory else ["written"]
        if not any(step.result.get("written_back") for step in self._steps):
            idle.append("written_back")
        if not self.seen.stores or all(level.allocate for level in self._config.shape.levels):
            idle.append("read")
        return idle

    def _filled(self, found: Outcome, order: tuple[int, ...]) -> Mapping[str, Any]:
        """What a miss did in the first level: the victim with the reason why it and no other."""
        if found.way is None:
            return {"around": True}
        victim = found.victim
        if victim is None:
            return {"victim": None, "way": found.way}
        why: dict[str, Any]
        match self._config.policy if self._config.ways > 1 else "only":
            case "lru":
                why = {"used_at": self._used[victim]}
            case "fifo":
                why = {"loaded_at": self._loaded[victim]}
            case "lfu":
                why = {"uses": self._uses[victim]}
            case "plru":
                why = {"bits": order}
            case "random":
                why = {"drawn": found.way}
            case _:
                why = {"only": True}
        address = Hex(self._config.first.address_of(victim))
        return {
            "victim": address,
            "way": found.way,
            **why,
            "written_back": found.victim_dirty,
        }

    def _victims_below(self) -> Mapping[str, Any]:
        """What left the lower levels; under nine two lines can leave one level, then their name is
        `victims2`."""
        result: dict[str, Any] = {}
        for level in range(1, len(self._places) - 1):
            left = leaving(self._hierarchy, level)
            if len(left) > 1:
                result[f"victims{level + 1}"] = left
            else:
                result[f"victim{level + 1}"] = left[0] if left else None
        return result

    def _remember(self, line: int, found: Outcome) -> None:
        self._used[line] = self._n
        if found.hit:
            self._uses[line] += 1
        else:
            self._loaded[line], self._uses[line] = self._n, 1

    def _moves(self) -> list[Step]:
        """A step for each line that the access moved between levels."""
        return [
            Step(
                action=move.what,
                actor=self._places[move.level],
                given={"address": Hex(self._config.first.address_of(move.line))},
                result={
                    "dirty": move.dirty,
                    "place": self._places[move.level],
                    "goes_down": move.dirty or self._config.inclusion == "exclusive",
                },
                group=self._n,
            )
            for move in self._hierarchy.moves
        ]

    def _drawn(self, line: int) -> Mapping[str, Drawing]:
        if self._levels:
            rows = []
            for place, cache in zip(self._places, self._hierarchy.caches, strict=False):
                indices = _shown(cache, line)
                told = str(indices[0]) if len(indices) == 1 else f"{indices[0]}-{indices[-1]}"
                rows.append((place, told, "  ".join(_contents(cache, i) for i in indices)))
            return {"levels": Grid(("level", "index", "contents"), tuple(rows))}
        [cache] = self._hierarchy.caches
        shape, indices = cache.shape, _shown(cache, line)
        values = tuple(_told(cache, at) for index in indices for at in cache.sets.tags[index])
        labels = tuple(
            index if len(indices) > 1 else way for index in indices for way in range(shape.ways)
        )
        drawn: dict[str, Drawing] = {
            "cache" if len(indices) == shape.sets else "set": Cells(values, labels)
        }
        if shape.ways > 1:
            drawn |= _order(cache, shape.index_of(line))
        return drawn


def places(levels: int) -> tuple[str, ...]:
    """Where a line can be found, from the processor down."""
    return (*(f"L{n}" for n in range(1, levels + 1)), "memory")


def reached(outcomes: Sequence[Outcome]) -> int:
    """At which of the `places` an access found its line."""
    return len(outcomes) - outcomes[-1].hit


def leaving(hierarchy: Hierarchy, level: int) -> tuple[Hex, ...]:
    """The lines that the last access drove out of a level, by their addresses."""
    shape = hierarchy.shape.levels[level]
    return tuple(
        Hex(shape.address_of(move.line))
        for move in hierarchy.moves
        if move.what == "leaves" and move.level == level
    )


def _without(step: Step, names: Collection[str]) -> Step:
    return Step(
        action=step.action,
        actor=step.actor,
        given=step.given,
        result={n: v for n, v in step.result.items() if n not in names},
        state=step.state,
        group=step.group,
    )


def _shown(cache: Cache, line: int) -> range:
    """The sets that are drawn."""
    shape = cache.shape
    index = shape.index_of(line)
    return range(shape.sets) if shape.lines <= DRAWN_WHOLE else range(index, index + 1)


def _told(cache: Cache, line: int | None) -> Hex | str | None:
    """A line by its first address; ``*`` marks a dirty one."""
    if line is None:
        return None
    address = Hex(cache.shape.address_of(line))
    return f"{address}*" if line in cache.dirty else address


def _contents(cache: Cache, index: int) -> str:
    """A set in brackets, a dot for an empty way."""
    texts = (_told(cache, line) for line in cache.sets.tags[index])
    return "[" + " ".join("." if text is None else str(text) for text in texts) + "]"


def _order(cache: Cache, index: int) -> Mapping[str, Drawing]:
    """What the policy remembers of the set in use."""
    row, order = cache.sets.tags[index], cache.sets.policy.order(index)
    if cache.shape.policy in ("lru", "fifo"):
        # A way that was emptied from outside is still remembered.
        lines = [_told(cache, row[way]) for way in order if row[way] is not None]
        return {"leaves_first": Cells(tuple(lines))}
    if order:
        name = "bits" if cache.shape.policy == "plru" else "uses"
        return {name: Cells(tuple(order))}
    return {}
