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
from typing import NamedTuple

NEVER = 10**9


class Reference(NamedTuple):
    page: int
    store: bool


class Outcome(NamedTuple):
    """What one reference did. `writebacks` counts all pages written during it."""

    hit: bool
    victim: int | None
    writebacks: int


def parse(text: str) -> Reference:
    """``7``, ``7r`` (a load) or ``7w`` (a store)."""
    return Reference(int(text.rstrip("rw")), text.endswith("w"))


class Past(NamedTuple):
    """All that a policy may know when reference number `now` (from 0) faults and memory is full."""

    pages: list[int]  # the whole string, the future too
    now: int
    loaded: dict[int, int]  # page in memory -> index of the reference that loaded it
    dirty: set[int]

    def last_use(self, page: int) -> int:
        return max(i for i in range(self.now) if self.pages[i] == page)

    def next_use(self, page: int) -> int:
        return next((i for i in range(self.now, len(self.pages)) if self.pages[i] == page), NEVER)

    def uses_since_load(self, page: int) -> int:
        return self.pages[self.loaded[page] : self.now].count(page)

    def used_between(self, page: int, start: int, end: int) -> bool:
        """Used in [start, end) while in memory, the loading reference included."""
        return page in self.pages[max(start, self.loaded[page]) : max(end, 0)]


Choose = Callable[[Past], int]


def history_policy(choose: Choose, frames: int, references: Sequence[str]) -> list[Outcome]:
    """Demand paging with the victim chosen by `choose`."""
    refs = [parse(text) for text in references]
    pages = [r.page for r in refs]
    loaded: dict[int, int] = {}
    dirty: set[int] = set()
    outcomes = []
    for now, (page, store) in enumerate(refs):
        hit = page in loaded
        victim = None
        writebacks = 0
        if not hit:
            if len(loaded) == frames:
                victim = choose(Past(pages, now, loaded, dirty))
                writebacks = int(victim in dirty)
                del loaded[victim]
                dirty.discard(victim)
            loaded[page] = now
        if store:
            dirty.add(page)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def opt(past: Past) -> int:
    return max(past.loaded, key=lambda p: (past.next_use(p), -past.loaded[p]))


def unopt(past: Past) -> int:
    return min(past.loaded, key=lambda p: (past.next_use(p), past.loaded[p]))


def fifo(past: Past) -> int:
    return min(past.loaded, key=lambda p: past.loaded[p])


def lru(past: Past) -> int:
    return min(past.loaded, key=past.last_use)


def mru(past: Past) -> int:
    return max(past.loaded, key=past.last_use)


def lfu(past: Past) -> int:
    return min(past.loaded, key=lambda p: (past.uses_since_load(p), past.last_use(p)))


def mfu(past: Past) -> int:
    return min(past.loaded, key=lambda p: (-past.uses_since_load(p), past.last_use(p)))


def nru(tick: int) -> Choose:
    """R: used since the last tick. Ticks come after references number tick, 2 tick, … (from 1)."""

    def choose(past: Past) -> int:
        last_tick = past.now // tick * tick

        def rank(page: int) -> tuple[int, int]:
            r = past.used_between(page, last_tick, past.now)
            return 2 * r + (page in past.dirty), past.loaded[page]

        return min(past.loaded, key=rank)

    return choose


def aging(tick: int, bits: int = 8) -> Choose:
    """The counter: one bit a tick, the newest at the left; ticks before the load left no trace."""

    def choose(past: Past) -> int:
        last_tick = past.now // tick * tick

        def counter(page: int) -> int:
            value = 0
            for back in range(bits):
                end = last_tick - back * tick
                if past.used_between(page, end - tick, end):
                    value += 1 << (bits - 1 - back)
            return value

        return min(past.loaded, key=lambda p: (counter(p), past.loaded[p]))

    return choose


def clock(frames: int, references: Sequence[str]) -> list[Outcome]:
    """A ring of frames with R bits; R = 1 on load, the hand stops one past the loaded frame."""
    ring: list[int | None] = [None] * frames
    r = [0] * frames
    dirty: set[int] = set()
    hand = 0
    outcomes = []
    for page, store in map(parse, references):
        victim = None
        writebacks = 0
        hit = page in ring
        if hit:
            r[ring.index(page)] = 1
        else:
            while ring[hand] is not None and r[hand] == 1:
                r[hand] = 0
                hand = (hand + 1) % frames
            victim = ring[hand]
            if victim in dirty:
                writebacks = 1
                dirty.remove(victim)
            ring[hand] = page
            r[hand] = 1
            hand = (hand + 1) % frames
        if store:
            dirty.add(page)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def second_chance(frames: int, references: Sequence[str]) -> list[Outcome]:
    """A FIFO queue; a page at the head with R = 1 loses R and goes to the tail."""
    queue: list[int] = []
    referenced: set[int] = set()
    dirty: set[int] = set()
    outcomes = []
    for page, store in map(parse, references):
        victim = None
        writebacks = 0
        hit = page in queue
        if not hit:
            if len(queue) == frames:
                while queue[0] in referenced:
                    referenced.remove(queue[0])
                    queue.append(queue.pop(0))
                victim = queue.pop(0)
                writebacks = int(victim in dirty)
                dirty.discard(victim)
            queue.append(page)
        referenced.add(page)
        if store:
            dirty.add(page)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def wsclock(frames: int, references: Sequence[str], tau: int) -> list[Outcome]:
    """Carr and Hennessy (1981) with the queue rules of the project's conventions.

    R = 1 on load and on a hit. A queued write is done at once for the count, so that the page is
    clean when the hand meets it again.
    """
    ring: list[int | None] = [None] * frames
    r = [0] * frames
    last_use = [0] * frames
    dirty: set[int] = set()
    hand = 0
    outcomes = []
    for now, (page, store) in enumerate(map(parse, references)):
        victim = None
        writebacks = 0
        hit = page in ring
        if hit:
            r[ring.index(page)] = 1
        else:
            place = None
            if None in ring:
                place = ring.index(None)
            else:
                start = hand
                while place is None:
                    for i in [(start + k) % frames for k in range(frames)]:
                        if r[i] == 1:
                            r[i] = 0
                            last_use[i] = now
                        elif now - last_use[i] > tau:
                            if ring[i] not in dirty:
                                place = i
                                break
                            dirty.discard(ring[i])  # type: ignore[arg-type]
                            writebacks += 1
                    if place is None and writebacks == 0:
                        clean = [
                            i
                            for i in [(start + k) % frames for k in range(frames)]
                            if ring[i] not in dirty
                        ]
                        place = clean[0] if clean else start
                victim = ring[place]
                if victim in dirty:
                    writebacks += 1
                    dirty.remove(victim)
            ring[place] = page
            r[place] = 1
            last_use[place] = now
            hand = (place + 1) % frames
        if store:
            dirty.add(page)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def two_q(frames: int, references: Sequence[str]) -> list[Outcome]:
    """Johnson and Shasha (1994), full version. Lists run from the oldest to the newest."""
    k_in = max(1, frames // 4)
    k_out = max(1, frames // 2)
    a1_in: list[int] = []  # FIFO
    a1_out: list[int] = []  # FIFO of ghosts
    am: list[int] = []  # LRU
    dirty: set[int] = set()
    outcomes = []
    for page, store in map(parse, references):
        victim = None
        writebacks = 0
        hit = page in am or page in a1_in
        if page in am:
            am.remove(page)
            am.append(page)
        elif not hit:
            ghost = page in a1_out
            if ghost:
                a1_out.remove(page)
            if len(a1_in) + len(am) == frames:
                if len(a1_in) > k_in or not am:
                    victim = a1_in.pop(0)
                    a1_out.append(victim)
                    if len(a1_out) > k_out:
                        a1_out.pop(0)
                else:
                    victim = am.pop(0)
                writebacks = int(victim in dirty)
                dirty.discard(victim)
            (am if ghost else a1_in).append(page)
        if store:
            dirty.add(page)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def arc(frames: int, references: Sequence[str]) -> list[Outcome]:
    """Megiddo and Modha (FAST 2003, figure 4), p an exact fraction. Lists run from LRU to MRU."""
    c = frames
    p = Fraction(0)
    t1: list[int] = []
    b1: list[int] = []
    t2: list[int] = []
    b2: list[int] = []
    dirty: set[int] = set()
    outcomes = []

    for x, store in map(parse, references):
        victim = None

        def replace(x: int) -> int:
            if t1 and ((x in b2 and len(t1) == p) or len(t1) > p):  # noqa: B023
                b1.append(t1.pop(0))
                return b1[-1]
            b2.append(t2.pop(0))
            return b2[-1]

        hit = x in t1 or x in t2
        if hit:
            (t1 if x in t1 else t2).remove(x)
            t2.append(x)
        elif x in b1:
            p = min(Fraction(c), p + max(Fraction(len(b2), len(b1)), Fraction(1)))
            victim = replace(x)
            b1.remove(x)
            t2.append(x)
        elif x in b2:
            p = max(Fraction(0), p - max(Fraction(len(b1), len(b2)), Fraction(1)))
            victim = replace(x)
            b2.remove(x)
            t2.append(x)
        else:
            if len(t1) + len(b1) == c:
                if len(t1) < c:
                    b1.pop(0)
                    victim = replace(x)
                else:
                    victim = t1.pop(0)
            elif len(t1) + len(t2) + len(b1) + len(b2) >= c:
                if len(t1) + len(t2) + len(b1) + len(b2) == 2 * c:
                    b2.pop(0)
                victim = replace(x)
            t1.append(x)
        writebacks = int(victim in dirty)
        if victim is not None:
            dirty.discard(victim)
        if store:
            dirty.add(x)
        outcomes.append(Outcome(hit, victim, writebacks))
    return outcomes


def simulate(
    policy: str, frames: int, references: Sequence[str], *, tick: int = 4, tau: int = 4
) -> list[Outcome]:
    """Any policy but random, by name. `tick` is for NRU and aging, `tau` for WSClock."""
    choices: dict[str, Choose] = {
        "opt": opt, "unopt": unopt, "fifo": fifo, "lru": lru, "mru": mru, "lfu": lfu, "mfu": mfu,
        "nru": nru(tick), "aging": aging(tick),
    }  # fmt: skip
    if policy in choices:
        return history_policy(choices[policy], frames, references)
    if policy == "wsclock":
        return wsclock(frames, references, tau)
    procedures = {"clock": clock, "second-chance": second_chance, "2q": two_q, "arc": arc}
    return procedures[policy](frames, references)


POLICIES = (
    "opt", "unopt", "fifo", "lru", "mru", "lfu", "mfu", "nru", "aging", "clock", "second-chance",
    "wsclock", "2q", "arc",
)  # fmt: skip


def faults(outcomes: Sequence[Outcome]) -> int:
    return sum(not o.hit for o in outcomes)
