"""Copy-on-write a second time, by the rules of docs/cow.md: dicts, and references counted anew each time.

`Cow` has frames, entries and faults; `Apart` has none of that: it says what processes find in their pages when
fork copies everything at once. Nothing here is shared with ``oslab_cow``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

PRIVATE = ("private", "file-private")
OF_FILE = ("file-private", "file-shared")
ZERO = "zero"


class Op(NamedTuple):
    verb: str
    process: str
    child: str = ""
    first: int = 0
    last: int = 0
    value: int | None = None

    def __str__(self) -> str:
        pages = f"{self.first}..{self.last}" if self.first != self.last else f"{self.first}"
        value = "" if self.value is None else str(self.value)
        return {
            "fork": f"fork {self.process} {self.child}",
            "exit": f"exit {self.process}",
            "read": f"read {self.process} {pages}",
            "write": f"write {self.process} {pages} {value}",
        }[self.verb].strip()


class Entry(NamedTuple):
    frame: int | str | None = None
    """a number, the zero frame, or nothing: not present"""
    writable: bool = False

    def __str__(self) -> str:
        if self.frame is None:
            return "-"
        return f"{self.frame} {'rw' if self.writable else 'r'}"


class Cow:
    def __init__(
        self, first: str, kinds: Sequence[str], untouched: bool, contents: Sequence[int]
    ) -> None:
        self.kinds = kinds
        self.entries: dict[str, list[Entry]] = {first: []}
        self.cached: list[int] = []
        """frames that the page cache refers to"""
        self.holds: dict[int, int] = {}
        self.forks = self.faults = self.copies = self.reuses = 0
        frame = 0
        for page, kind in enumerate(kinds):
            if kind == "private" and untouched:
                self.entries[first].append(Entry())
                continue
            self.entries[first].append(Entry(frame, kind != "file-private"))
            self.holds[frame] = contents[page] if page < len(contents) else 0
            if kind in OF_FILE:
                self.cached.append(frame)
            frame += 1

    def count(self, frame: object) -> int:
        return self.cached.count(frame) + sum(  # type: ignore[arg-type]
            entry.frame == frame for table in self.entries.values() for entry in table
        )

    def in_use(self) -> set[int]:
        frames = {entry.frame for table in self.entries.values() for entry in table}
        return {frame for frame in frames | {*self.cached} if isinstance(frame, int)}

    def take_frame(self, value: int) -> int:
        free = next(frame for frame in range(10**6) if frame not in self.in_use())
        self.holds[free] = value
        return free

    def read(self, process: str, page: int) -> dict[str, Any]:
        table = self.entries[process]
        event = "no-fault"
        if table[page].frame is None:
            event = "zero"
            self.faults += 1
            table[page] = Entry(ZERO)
        frame = table[page].frame
        if isinstance(frame, str):
            return {"event": event, "frame": ZERO, "count": 0, "value": 0}
        assert frame is not None
        return {
            "event": event, "frame": frame, "count": self.count(frame), "value": self.holds[frame],
        }  # fmt: skip

    def write(self, process: str, page: int, value: int) -> dict[str, Any]:
        table = self.entries[process]
        before = table[page]
        told: dict[str, Any] = {"event": "no-fault"}
        if not before.writable:
            self.faults += 1
            if isinstance(before.frame, int):
                told["found"] = self.count(before.frame)
                if told["found"] == 1:
                    told["event"] = "reuse"
                    self.reuses += 1
                    table[page] = Entry(before.frame, True)
                else:
                    told["event"] = "copy"
                    self.copies += 1
                    table[page] = Entry(self.take_frame(self.holds[before.frame]), True)
                    told |= {"old": before.frame, "left": self.count(before.frame)}
            else:
                told["event"] = "new"
                table[page] = Entry(self.take_frame(0), True)
        frame = table[page].frame
        assert isinstance(frame, int)
        self.holds[frame] = value
        return told | {"frame": frame, "count": self.count(frame), "value": value}

    def fork(self, parent: str, child: str) -> dict[str, Any]:
        self.forks += 1
        table = self.entries[parent]
        for page, (kind, entry) in enumerate(zip(self.kinds, table, strict=True)):
            if kind in PRIVATE:
                table[page] = Entry(entry.frame)
        self.entries[child] = list(table)
        shared = sum(kind not in PRIVATE for kind in self.kinds)
        present = sum(
            kind in PRIVATE and entry.frame is not None
            for kind, entry in zip(self.kinds, table, strict=True)
        )
        return {"protected": present} | ({"shared": shared} if shared else {})

    def exit(self, process: str) -> dict[str, Any]:
        had = {entry.frame for entry in self.entries.pop(process) if isinstance(entry.frame, int)}
        return {"freed": had - self.in_use(), "still_used": had & self.in_use()}

    def do(self, number: int, op: Op) -> dict[str, Any]:
        """What a step says of the operation."""
        if op.verb == "fork":
            return self.fork(op.process, op.child)
        if op.verb == "exit":
            return self.exit(op.process)
        before = (self.faults, self.copies, self.reuses)
        value = number if op.value is None else op.value
        told: dict[str, Any] = {}
        for page in range(op.first, op.last + 1):
            reading = op.verb == "read"
            told = self.read(op.process, page) if reading else self.write(op.process, page, value)
        if op.first == op.last:
            return told | {"fault": told["event"] != "no-fault"}
        after = (self.faults, self.copies, self.reuses)
        names = ("faults", "copies", "reuses")
        grown = {name: now - then for name, now, then in zip(names, after, before, strict=True)}
        return grown | {"in_use": len(self.in_use())}

    def without_cow(self) -> int:
        """Frames if no private page was ever in common."""
        own = sum(
            kind == "file-private" or isinstance(entry.frame, int)
            for table in self.entries.values()
            for kind, entry in zip(self.kinds, table, strict=True)
            if kind in PRIVATE
        )
        in_common = self.kinds.count("shared") if self.entries else 0
        return own + in_common + len(self.cached)

    def figures(self, page_size: int) -> dict[str, int]:
        used, without = len(self.in_use()), self.without_cow()
        return {
            "forks": self.forks,
            "faults": self.faults,
            "copies": self.copies,
            "reuses": self.reuses,
            "frames_in_use": used,
            "frames_without_cow": without,
            "bytes_saved": (without - used) * page_size,
        }


class Apart:
    """Wholly separate memories, copied at each fork; only what is mapped shared is one thing."""

    def __init__(self, first: str, kinds: Sequence[str], contents: Sequence[int]) -> None:
        self.kinds = kinds
        pages = {page: contents[page] if page < len(contents) else 0 for page in range(len(kinds))}
        self.shared = {page: value for page, value in pages.items() if kinds[page] not in PRIVATE}
        self.own: dict[str, Mapping[int, int]] = {
            first: {page: value for page, value in pages.items() if kinds[page] in PRIVATE}
        }

    def value(self, process: str, page: int) -> int:
        return self.shared[page] if page in self.shared else self.own[process][page]

    def do(self, number: int, op: Op) -> None:
        if op.verb == "fork":
            self.own[op.child] = dict(self.own[op.process])
        elif op.verb == "exit":
            del self.own[op.process]
        elif op.verb == "write":
            written = dict.fromkeys(
                range(op.first, op.last + 1), number if op.value is None else op.value
            )
            mine = {page: value for page, value in written.items() if page not in self.shared}
            self.own[op.process] = {**self.own[op.process], **mine}
            self.shared |= {page: value for page, value in written.items() if page in self.shared}
