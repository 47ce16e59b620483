"""Memory as it behaves for those who misunderstand mmap; each is the real one but for one rule."""

from __future__ import annotations

from oslab import Value
from oslab_zerocopy.accesses import Operation
from oslab_zerocopy.mapping import Errno, MmapConfig
from oslab_zerocopy.memory import Memory


class PrivateHitsFile(Memory):
    """Private mappings are like shared ones."""

    def private(self) -> bool:
        return False


class SharedIsPrivate(Memory):
    """Shared mappings are like private ones."""

    def private(self) -> bool:
        return True


class EofSegv(Memory):
    """SIGSEGV beyond the end of the file."""

    def beyond(self) -> str:
        return "SIGSEGV"


class RestIsSigbus(Memory):
    """SIGBUS from the end of the file on, page or no page."""

    def refused(self, at: int, writing: bool) -> str:
        signal = super().refused(at, writing)
        after = self.inside(at) and self.config.offset + at >= self.file.size
        return "SIGBUS" if after and not signal else signal


class LengthToTheByte(Memory):
    """The mapping ends with its length."""

    def inside(self, at: int) -> bool:
        return super().inside(at) and at < self.config.length


class FixedFails(Memory):
    """MAP_FIXED does not replace anything."""

    def decide(self) -> Errno:
        usual = super().decide()
        return "EEXIST" if usual == "ok" else usual


class NeverFails(Memory):
    """No errors."""

    def decide(self) -> Errno:
        return "ok"


class ClosedUnmaps(Memory):
    """No mapping without its descriptor."""

    def __init__(self, config: MmapConfig) -> None:
        super().__init__(config)
        self.closed = False

    def apply(self, op: Operation) -> dict[str, Value]:
        self.closed = self.closed or op.verb == "close"
        return super().apply(op)

    def inside(self, at: int) -> bool:
        return super().inside(at) and not self.closed


class Unmapped(Memory):
    """Nothing is mapped: the call fails, and so does every access."""

    def decide(self) -> Errno:
        return "EINVAL"
