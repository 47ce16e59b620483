"""zerocopy.mmap-flags: whether a mapping comes about, and what accesses to it and to the file find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Address,
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab.quantities import format_address
from oslab_zerocopy.accesses import Operation
from oslab_zerocopy.mapping import (
    Area,
    MmapConfig,
    OpenMode,
    Placement,
    Prot,
    Sharing,
)
from oslab_zerocopy.memory import Memory
from oslab_zerocopy.mmapcall import run
from oslab_zerocopy.problems.mmap_misread import (
    ClosedUnmaps,
    EofSegv,
    FixedFails,
    LengthToTheByte,
    NeverFails,
    PrivateHitsFile,
    RestIsSigbus,
    SharedIsPrivate,
    Unmapped,
)

CHOSEN = 0x7F00_0000_0000
ASKED = 0x1000_0000
_FLAGS = {"shared": "MAP_SHARED", "private": "MAP_PRIVATE"}
_FIXED = {"hint": "", "fixed": " | MAP_FIXED", "fixed-noreplace": " | MAP_FIXED_NOREPLACE"}
_PROT = {
    "none": "PROT_NONE",
    "read": "PROT_READ",
    "write": "PROT_WRITE",
    "read-write": "PROT_READ | PROT_WRITE",
}
_OPEN = {"r": "O_RDONLY", "w": "O_WRONLY", "rw": "O_RDWR"}


@dataclass(frozen=True)
class MmapSpace:
    """Which mapping, and what is done.

    page_size   bytes in a page
    pages       pages of the file: so many whole ones and a part of one more
    mapped      pages of the mapping, the last one as a rule in part
    first       the page of the file at which it begins
    flags, prot, open_mode, placement   as in `oslab_zerocopy.mapping.MmapConfig`
    asked       whether an address is asked for
    occupied    pages mapped already from the address asked for on; 0: none
    astray      bytes by which the offset misses the page
    closed      whether the descriptor is closed after the first store
    writes      stores into the mapping
    looks       reads of what was written, through the mapping and by another process, so many of each
    ends        reads after the end of the file, in its last page, in later pages, and after the mapping,
                so many of each
    """

    page_size: Choose[int]
    pages: Choose[int]
    mapped: Choose[int]
    first: Choose[int]
    flags: Choose[Sharing]
    prot: Choose[Prot]
    open_mode: Choose[OpenMode]
    placement: Choose[Placement]
    asked: Choose[bool]
    occupied: Choose[int]
    astray: Choose[int]
    closed: bool
    writes: Choose[int]
    looks: Choose[int]
    ends: Choose[int]


class MmapFlags(Problem[MmapConfig, MmapSpace]):
    """What mmap returns, and what each access does and finds."""

    version = 1
    params = MmapConfig
    space = MmapSpace
    required = ("private-hits-file", "eof-segv")
    answers = {
        "result": Choice("ok", "EINVAL", "EACCES", "EEXIST"),
        "address": OrNone(Address()),
        "accesses": Table(
            label="n",
            given=("operation",),
            columns={
                "outcome": Choice("ok", "SIGSEGV", "SIGBUS", "end"),
                "value": OrNone(Int()),
            },
        ),
    }

    def draw(self, rng: Generator, space: MmapSpace) -> MmapConfig:
        page = space.page_size.pick(rng)
        first, mapped = space.first.pick(rng), space.mapped.pick(rng)
        asked = space.asked.pick(rng)
        occupied = space.occupied.pick(rng)
        fill, *values = rng.sample(range(1, 256), 20)
        size = space.pages.pick(rng) * page + rng.between(1, page - 1)
        length = mapped * page - rng.between(1, page - 1)
        address = ASKED + rng.below(256) * page if asked else 0
        whole = MmapConfig(
            file_size=size,
            fill=fill,
            open_mode=space.open_mode.pick(rng),
            page_size=page,
            offset=first * page + space.astray.pick(rng),
            length=length,
            prot=space.prot.pick(rng),
            flags=space.flags.pick(rng),
            address=address,
            placement=space.placement.pick(rng) if asked else "hint",
            chosen=CHOSEN + rng.below(4096) * page,
            occupied=(Area(address, occupied * page, values.pop()),) if occupied and asked else (),
            ops=(),
        )
        return replace(whole, ops=_operations(rng, space, whole, values))

    def good(self, p: MmapConfig) -> bool:
        """The mapping ends after the file, or fails."""
        return p.offset % p.page_size > 0 or p.offset + p.span > -(-p.file_size // p.page_size) * (
            p.page_size
        )

    def present(self, p: MmapConfig) -> Mapping[str, Figure]:
        address = format_address(p.address) if p.address else "NULL"
        flags = _FLAGS[p.flags] + _FIXED[p.placement]
        occupied = [
            f"{format_address(a.start)} {format_address(a.start + a.length - 1)} {a.value}"
            for a in p.occupied
        ]
        first, last, value = (occupied[0] if occupied else "- - -").split()
        return {
            "file_size": p.file_size,
            "fill": p.fill,
            "open": _OPEN[p.open_mode],
            "call": Code(f"mmap({address}, {p.length}, {_PROT[p.prot]}, {flags}, fd, {p.offset})"),
            "chosen": format_address(p.chosen),
            "old_first": first,
            "old_last": last,
            "old_value": value,
            "script": Code("\n".join(f"{n:>2}  {op}" for n, op in enumerate(p.ops, start=1))),
        }

    def rows(self, p: MmapConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in _asked(p)]

    def run(self, p: MmapConfig) -> Run:
        return run(p)

    def solve(self, p: MmapConfig, run: Run) -> Answers:
        return self._answers(p, run.metrics, [step.result for step in run.steps[1:]])

    def _answers(
        self, p: MmapConfig, metrics: Mapping[str, Any], results: Sequence[Mapping[str, Any]]
    ) -> Answers:
        return {
            "result": metrics["result"],
            "address": metrics["address"],
            "accesses": tuple(
                {"outcome": results[n - 1]["outcome"], "value": results[n - 1].get("value")}
                for n, _ in _asked(p)
            ),
        }

    def _as_if(self, p: MmapConfig, kind: type[Memory] = Memory) -> Answers:
        memory = kind(p)
        results = [memory.apply(op) for op in p.ops]
        return self._answers(p, memory.metrics(), results)

    @mistake("private-hits-file")
    def private_hits_file(self, p: MmapConfig) -> Answers | None:
        """What is written into a private mapping is believed to reach the file."""
        return self._as_if(p, PrivateHitsFile) if p.flags == "private" else None

    @mistake("shared-is-private")
    def shared_is_private(self, p: MmapConfig) -> Answers | None:
        """What is written into a shared mapping is believed to stay in memory."""
        return self._as_if(p, SharedIsPrivate) if p.flags == "shared" else None

    @mistake("eof-segv")
    def eof_segv(self, p: MmapConfig) -> Answers | None:
        """A page that the file does not reach is believed to raise SIGSEGV."""
        return self._as_if(p, EofSegv)

    @mistake("rest-is-sigbus")
    def rest_is_sigbus(self, p: MmapConfig) -> Answers | None:
        """SIGBUS is expected right after the last byte of the file."""
        return self._as_if(p, RestIsSigbus)

    @mistake("length-to-the-byte")
    def length_to_the_byte(self, p: MmapConfig) -> Answers | None:
        """The mapping is believed to end with its length, not with the page."""
        return self._as_if(p, LengthToTheByte)

    @mistake("offset-ignored")
    def offset_ignored(self, p: MmapConfig) -> Answers | None:
        """Places are taken for bytes of the file."""
        if not p.offset or p.offset % p.page_size:
            return None
        return self._as_if(replace(p, offset=0))

    @mistake("fixed-fails")
    def fixed_fails(self, p: MmapConfig) -> Answers | None:
        """MAP_FIXED is believed to fail where something is mapped."""
        return self._as_if(p, FixedFails) if p.placement == "fixed" and p.occupied else None

    @mistake("hint-is-fixed")
    def hint_is_fixed(self, p: MmapConfig) -> Answers | None:
        """A hint is believed to replace what is mapped there."""
        if p.placement != "hint" or not p.occupied:
            return None
        return self._as_if(replace(p, placement="fixed"))

    @mistake("never-fails")
    def never_fails(self, p: MmapConfig) -> Answers | None:
        """The call is believed to succeed whatever is asked for."""
        return self._as_if(p, NeverFails)

    @mistake("closed-is-unmapped")
    def closed_is_unmapped(self, p: MmapConfig) -> Answers | None:
        """Closing the descriptor is believed to end the mapping."""
        return self._as_if(p, ClosedUnmaps) if any(op.verb == "close" for op in p.ops) else None

    @mistake("old-memory-gone")
    def old_memory_gone(self, p: MmapConfig) -> Answers | None:
        """A call that fails is believed to have unmapped what was there."""
        if Memory(p).mapped or not p.occupied:
            return None
        gone = self._as_if(replace(p, occupied=()), Unmapped)
        return {"accesses": gone["accesses"]}


def _asked(p: MmapConfig) -> list[tuple[int, Operation]]:
    """The operations that are rows, with their numbers."""
    verbs = ("read", "pread")
    return [(n, op) for n, op in enumerate(p.ops, start=1) if op.verb in verbs]


def _operations(
    rng: Generator, space: MmapSpace, p: MmapConfig, values: list[int]
) -> tuple[Operation, ...]:
    """Stores, then reads of where something happens: what was written, the ends of file and mapping."""
    page = p.page_size
    first = p.offset - p.offset % page
    reach = min(max(1, p.file_size - first), p.span)
    whole = -(-reach // page) * page
    inside, rest = range(reach), range(reach, max(whole, reach + 1))
    beyond, after = range(min(whole, p.span - 1), p.span), range(p.span, p.span + page)
    places = [rng.choice(inside) for _ in range(space.writes.pick(rng))]
    stores = [Operation("write", place, values.pop()) for place in places]
    # One store goes where the file has no byte.
    stores.append(Operation("write", rng.choice(rng.choice((rest, beyond))), values.pop()))
    looks = []
    for _ in range(space.looks.pick(rng)):
        looks.append(Operation("read", rng.choice(stores).place, 0))
        looks.append(Operation("pread", first + rng.choice(places), 0))
    for _ in range(space.ends.pick(rng)):
        looks += [Operation("read", rng.choice(part), 0) for part in (rest, beyond, after)]
    stores = rng.shuffled(stores)
    if space.closed:
        stores.insert(1, Operation("close", 0, 0))
    return (*stores, *rng.shuffled(looks))
