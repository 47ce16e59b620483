"""Page replacement a second time, written to be obviously right and nothing else.

Where a policy can be defined from the past (or the future) alone, it is: `lru` looks up when each
page was last used, `aging` rebuilds every counter from the references so far. No queue, no counter,
no list is carried along that could go stale. The others (clock, second chance, WSClock, 2Q, ARC) are
the published procedures, step by step. Everything costs O(references x frames) or worse.

Nothing here is shared with ``oslab_paging``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

NEVER = 10**9


class Rules(NamedTuple):
    """The conventions that textbooks differ on."""

    ties: str = "earliest-loaded"  # or least-recently-used, lowest-frame
    r_on_load: bool = True
    hand_advances: bool = True
    counts_kept: bool = False
    tick: int = 4
    aging_bits: int = 8
    tau: int = 4
    kin: int = 1
    kout: int = 1


class Outcome(NamedTuple):
    """What one reference did. `writes` counts all pages written to disk during it."""

    hit: bool
    victim: int | None
    writes: int
    frame: int


def parse(text: str) -> tuple[int, bool]:
    """``7`` and ``7r`` are loads, ``7w`` is a store: the page, and whether it is a store."""
    return int(text.rstrip("rw")), text.endswith("w")


class Memory:
    """Who is in which frame and who is dirty; `load` evicts what it is told to."""

    def __init__(self, frames: int) -> None:
        self.frames: list[int | None] = [None] * frames
        self.dirty: set[int | None] = set()
        self.outcomes: list[Outcome] = []

    @property
    def full(self) -> bool:
        return None not in self.frames

    def hit(self, page: int, store: bool) -> None:
        self._record(True, None, 0, page, store)

    def fault(self, page: int, store: bool, victim: int | None, writes_before: int = 0) -> None:
        """Load `page` for `victim`, or with None into the lowest empty frame."""
        frame = self.frames.index(victim)
        self.frames[frame] = page
        writes = writes_before + (victim in self.dirty)
        self.dirty.discard(victim)
        self._record(False, victim, writes, page, store)

    def _record(self, hit: bool, victim: int | None, writes: int, page: int, store: bool) -> None:
        if store:
            self.dirty.add(page)
        self.outcomes.append(Outcome(hit, victim, writes, self.frames.index(page)))


# ---------------------------------------------------------------- policies defined by the string


class Past(NamedTuple):
    """What there is to know when reference number `now` (from 0) faults and memory is full."""

    pages: list[int]  # the whole string; only opt and unopt may look beyond `now`
    now: int
    loaded: dict[int, int]  # page in memory -> index of the reference that loaded it
    memory: Memory
    rules: Rules

    def last_use(self, page: int) -> int:
        return max(i for i in range(self.now) if self.pages[i] == page)

    def next_use(self, page: int) -> int:
        return next((i for i in range(self.now, len(self.pages)) if self.pages[i] == page), NEVER)

    def uses(self, page: int) -> int:
        """Since it was loaded, the loading reference included; or ever."""
        start = 0 if self.rules.counts_kept else self.loaded[page]
        return self.pages[start : self.now].count(page)

    def r_set_between(self, page: int, start: int, end: int) -> bool:
        """Whether a reference in [start, end) set the page's R bit."""
        first = self.loaded[page] if self.rules.r_on_load else self.loaded[page] + 1
        return page in self.pages[max(start, first) : max(end, 0)]

    def last_tick(self) -> int:
        """Ticks follow references number tick, 2 tick, … (from 1): index of the first one after."""
        return self.now // self.rules.tick * self.rules.tick

    def tie(self, page: int) -> int:
        return {
            "earliest-loaded": self.loaded[page],
            "least-recently-used": self.last_use(page),
            "lowest-frame": self.memory.frames.index(page),
        }[self.rules.ties]


def opt(past: Past, page: int) -> Any:
    return -past.next_use(page), past.tie(page)


def unopt(past: Past, page: int) -> Any:
    return past.next_use(page), past.tie(page)


def fifo(past: Past, page: int) -> Any:
    return past.loaded[page]


def lru(past: Past, page: int) -> Any:
    return past.last_use(page)


def mru(past: Past, page: int) -> Any:
    return -past.last_use(page)


def lfu(past: Past, page: int) -> Any:
    return past.uses(page), past.tie(page)


def mfu(past: Past, page: int) -> Any:
    return -past.uses(page), past.tie(page)


def nru(past: Past, page: int) -> Any:
    r = past.r_set_between(page, past.last_tick(), past.now)
    m = page in past.memory.dirty
    return 2 * r + m, past.tie(page)


def aging(past: Past, page: int) -> Any:
    """The counter has one bit a tick, the newest at the left; only ticks since the load count."""
    tick, bits = past.rules.tick, past.rules.aging_bits
    counter = 0
    for back in range(bits):
        end = past.last_tick() - back * tick
        if past.r_set_between(page, end - tick, end):
            counter += 1 << (bits - 1 - back)
    return counter, past.tie(page)


def lowest_leaves(
    rank: Callable[[Past, int], Any], frames: int, references: Sequence[str], rules: Rules
) -> list[Outcome]:
    """Demand paging; the page of the lowest rank is the victim."""
    pages = [parse(text)[0] for text in references]
    memory = Memory(frames)
    loaded: dict[int, int] = {}
    for now, (page, store) in enumerate(map(parse, references)):
        if page in loaded:
            memory.hit(page, store)
            continue
        victim = None
        if memory.full:
            past = Past(pages, now, loaded, memory, rules)
            victim = min(loaded, key=lambda p: rank(past, p))
            del loaded[victim]
        memory.fault(page, store, victim)
        loaded[page] = now
    return memory.outcomes


# ---------------------------------------------------------------- policies defined by a procedure


def clock(frames: int, references: Sequence[str], rules: Rules) -> list[Outcome]:
    """The hand clears R bits until it finds one that is 0."""
    memory = Memory(frames)
    r = [False] * frames
    hand = 0
    for page, store in map(parse, references):
        if page in memory.frames:
            r[memory.frames.index(page)] = True
            memory.hit(page, store)
            continue
        if memory.full:
            while r[hand]:
                r[hand] = False
                hand = (hand + 1) % frames
        else:
            hand = memory.frames.index(None)
        memory.fault(page, store, memory.frames[hand])
        r[hand] = rules.r_on_load
        if rules.hand_advances:
            hand = (hand + 1) % frames
    return memory.outcomes


def second_chance(frames: int, references: Sequence[str], rules: Rules) -> list[Outcome]:
    """A FIFO queue; a page at its head with R = 1 loses R and goes to the tail."""
    memory = Memory(frames)
    queue: list[int] = []
    referenced: set[int] = set()
    for page, store in map(parse, references):
        if page in queue:
            referenced.add(page)
            memory.hit(page, store)
            continue
        victim = None
        if memory.full:
            while queue[0] in referenced:
                referenced.remove(queue[0])
                queue.append(queue.pop(0))
            victim = queue.pop(0)
        memory.fault(page, store, victim)
        queue.append(page)
        if rules.r_on_load:
            referenced.add(page)
    return memory.outcomes


def wsclock(frames: int, references: Sequence[str], rules: Rules) -> list[Outcome]:
    """Carr and Hennessy (1981), with the project's rules for writes.

    A queued write is taken as done: the page is clean when the hand meets it again.
    """
    memory = Memory(frames)
    r = [False] * frames
    last_use = [0] * frames
    hand = 0
    for now, (page, store) in enumerate(map(parse, references)):
        if page in memory.frames:
            r[memory.frames.index(page)] = True
            memory.hit(page, store)
            continue
        queued = 0
        if not memory.full:
            hand = memory.frames.index(None)
        else:
            turn = [(hand + k) % frames for k in range(frames)]
            place = None
            while place is None:
                for i in turn:
                    if r[i]:
                        r[i] = False
                        last_use[i] = now
                    elif now - last_use[i] > rules.tau:
                        if memory.frames[i] not in memory.dirty:
                            place = i
                            break
                        memory.dirty.remove(memory.frames[i])
                        queued += 1
                if place is None and not queued:
                    clean = [i for i in turn if memory.frames[i] not in memory.dirty]
                    place = clean[0] if clean else hand
            hand = place
        memory.fault(page, store, memory.frames[hand], queued)
        r[hand] = rules.r_on_load
        last_use[hand] = now
        if rules.hand_advances:
            hand = (hand + 1) % frames
    return memory.outcomes


def two_q(frames: int, references: Sequence[str], rules: Rules) -> list[Outcome]:
    """Johnson and Shasha (1994), full version. Lists run from the oldest to the newest.

    The paper leaves open when a page found in A1out leaves it; here before room is made.
    """
    memory = Memory(frames)
    a1_in: list[int] = []  # first in, first out
    a1_out: list[int] = []  # the same, page numbers only
    am: list[int] = []  # least recently used first
    for page, store in map(parse, references):
        if page in am:
            am.remove(page)
            am.append(page)
            memory.hit(page, store)
            continue
        if page in a1_in:
            memory.hit(page, store)
            continue
        remembered = page in a1_out
        if remembered:
            a1_out.remove(page)
        victim = None
        if memory.full:
            if len(a1_in) > rules.kin or not am:
                victim = a1_in.pop(0)
                a1_out.append(victim)
                if len(a1_out) > rules.kout:
                    a1_out.pop(0)
            else:
                victim = am.pop(0)
        memory.fault(page, store, victim)
        (am if remembered else a1_in).append(page)
    return memory.outcomes


def arc(
    frames: int, references: Sequence[str], number: Callable[[int], Any] = Fraction
) -> list[Outcome]:
    """Megiddo and Modha (FAST 2003, figure 4). Lists run from the LRU to the MRU end.

    `number` makes p: Fraction is exact; float is what programs in C do.
    """
    memory = Memory(frames)
    c = frames
    p = number(0)
    t1: list[int] = []
    b1: list[int] = []
    t2: list[int] = []
    b2: list[int] = []

    def replace(x: int) -> int:
        if t1 and (len(t1) > p or (x in b2 and len(t1) == p)):
            b1.append(t1.pop(0))
            return b1[-1]
        b2.append(t2.pop(0))
        return b2[-1]

    for x, store in map(parse, references):
        if x in t1 or x in t2:  # case I
            (t1 if x in t1 else t2).remove(x)
            t2.append(x)
            memory.hit(x, store)
        elif x in b1:  # case II
            p = min(p + max(number(len(b2)) / len(b1), number(1)), number(c))
            victim = replace(x)
            b1.remove(x)
            t2.append(x)
            memory.fault(x, store, victim)
        elif x in b2:  # case III
            p = max(p - max(number(len(b1)) / len(b2), number(1)), number(0))
            victim = replace(x)
            b2.remove(x)
            t2.append(x)
            memory.fault(x, store, victim)
        else:  # case IV
            gone = None
            if len(t1) + len(b1) == c:
                if len(t1) < c:
                    b1.pop(0)
                    gone = replace(x)
                else:
                    gone = t1.pop(0)
            elif len(t1) + len(t2) + len(b1) + len(b2) >= c:
                if len(t1) + len(t2) + len(b1) + len(b2) == 2 * c:
                    b2.pop(0)
                gone = replace(x)
            t1.append(x)
            memory.fault(x, store, gone)
    return memory.outcomes


RANKS = {
    "opt": opt, "unopt": unopt, "fifo": fifo, "lru": lru, "mru": mru, "lfu": lfu, "mfu": mfu,
    "nru": nru, "aging": aging,
}  # fmt: skip
PROCEDURES: dict[str, Callable[[int, Sequence[str], Rules], list[Outcome]]] = {
    "clock": clock,
    "second-chance": second_chance,
    "wsclock": wsclock,
    "2q": two_q,
    "arc": lambda frames, references, rules: arc(frames, references),
}
POLICIES = (*RANKS, *PROCEDURES)


def simulate(
    policy: str, frames: int, references: Sequence[str], rules: Rules | None = None
) -> list[Outcome]:
    """Any policy but random, by name; without `rules`, the documented ones."""
    rules = rules or documented(policy, frames)
    if policy in RANKS:
        return lowest_leaves(RANKS[policy], frames, references, rules)
    return PROCEDURES[policy](frames, references, rules)


def documented(policy: str, frames: int) -> Rules:
    """conventions.md: LFU and MFU break ties by use, the others by load; 2Q: a quarter, a half."""
    return Rules(
        ties="least-recently-used" if policy in ("lfu", "mfu") else "earliest-loaded",
        tick=max(2, frames),
        tau=frames,
        kin=max(1, frames // 4),
        kout=max(1, frames // 2),
    )


def faults(outcomes: Sequence[Outcome]) -> int:
    return sum(not outcome.hit for outcome in outcomes)
