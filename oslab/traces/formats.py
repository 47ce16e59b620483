"""The formats of traces: oslab's own and those of plugins, in the order in which a trace is shown to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple, Protocol

from oslab.plugins import PluginError, plugins, resolve
from oslab.text import Text
from oslab.traces.access import Access


class Reader(Protocol):
    """What a trace reader's target is: a module, or an object, with these two functions.

    A format that `oslab trace convert` can write has a third, ``write(accesses, out)``, and where it
    cannot say everything ``LOSES``: ``"modify"``, and ``"words"`` if it knows aligned words of 4 bytes only.
    """

    def recognises(self, head: bytes) -> bool:
        """Whether a trace that begins with these bytes, decompressed, is in this format."""

    def read(self, stream: BinaryIO, name: str) -> Iterator[Access]:
        """The accesses in a decompressed stream, read as they are asked for.

        Raises InputError for what is wrong in it, saying where; `name` is the file's, for messages.
        """


class Format(NamedTuple):
    """A format and whose it is."""

    name: str
    summary: str | Text
    target: str
    owner: str

    def reader(self) -> Any:
        """Its reader, imported now. Raises PluginError when its target is none."""
        found = resolve(self.target, self.owner)
        for function in ("recognises", "read"):
            if not callable(getattr(found, function, None)):
                raise PluginError(f"{self.owner}: {self.target} has no function {function}")
        return found


_OURS = "oslab"
_EXACT = (
    Format(
        "npy",
        Text("NumPy .npy arrays of whole numbers", "NumPy 的 .npy 整数数组"),
        "oslab.traces.npy",
        _OURS,
    ),
    Format(
        "lackey",
        Text("valgrind --tool=lackey --trace-mem=yes", "valgrind --tool=lackey --trace-mem=yes 的输出"),
        "oslab.traces.lackey",
        _OURS,
    ),
    Format(
        "csapp",
        Text("traces of the cache lab: L 10,1", "缓存实验（cachelab）的 trace：L 10,1"),
        "oslab.traces.csapp",
        _OURS,
    ),
)  # fmt: skip
_LOOSE = (
    Format(
        "din",
        Text("Dinero: 0 load, 1 store, 2 fetch, then the address", "Dinero：0 读、1 写、2 取指，后跟地址"),
        "oslab.traces.din",
        _OURS,
    ),
    Format(
        "plain",
        Text("lists of addresses: 0x10, 0x10w, 0x10w/8", "地址列表：0x10、0x10w、0x10w/8"),
        "oslab.traces.plain",
        _OURS,
    ),
)  # fmt: skip
BUILT_IN = (*_EXACT, *_LOOSE)


def formats() -> Mapping[str, Format]:
    """All formats by name. Those of plugins come before the ones that nearly any text fits."""
    theirs = [
        Format(*reader, plugin.title)
        for plugin in plugins().loaded.values()
        for reader in plugin.readers
    ]
    return {f.name: f for f in (*_EXACT, *theirs, *_LOOSE)}
