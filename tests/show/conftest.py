"""Small made-up runs with every kind of drawing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
import tomli_w

from oslab import Bytes, Cells, Choice, Grid, Int, Lanes, OrNone, Run, Step, Tree, Words
from oslab.wordfiles import Sections, words_of


@dataclass(frozen=True)
class BuddyConfig:
    size: int
    requests: tuple[str, ...]
    rate: Fraction
    order: str


def buddy() -> Run:
    """Different actions, actors, groups, and every drawing but boxes."""
    whole = Tree("64", (Tree("32 A"), Tree("32", (Tree("16"), Tree("16 B")))))
    dump = Bytes(0x1000, bytes(range(40)))
    steps = (
        Step(action="alloc", actor="kernel", given={"name": "A", "bytes": 20}, result={"at": 0},
             state={"tree": Tree("64", (Tree("32 A"), Tree("32"))), "memory": dump}, group=1,
             start_ns=0, cost_ns=5),
        Step(action="alloc", actor="kernel", given={"name": "B", "bytes": 16}, result={"at": 48},
             state={"tree": whole, "memory": dump}, group=1, start_ns=5, cost_ns=2.5),
        Step(action="free", actor="cpu", given={"name": "A"}, result={"joined": True, "sizes": (32, 16)},
             state={"time": Lanes({"cpu": ((0, 10, "run"), (10, 12, "x")), "disk": ((12, 40, "read"),)}),
                    "table": Grid(("vpn", "flags"), ((1, "rw"), (22, None)))}, group=2),
        Step(action="free", given={"name": "B"}, result={"joined": False}, group=3),
    )  # fmt: skip
    return Run(
        command="buddy.run",
        config=BuddyConfig(64, ("A=20", "B=16"), Fraction(1, 3), "lowest"),
        conventions={"order": "lowest", "strange": True},
        asks={"alloc": {"at": OrNone(Int())}},
        steps=steps,
        metrics={"splits": 2, "share": Fraction(1, 3), "by_size": ({"size": 32, "free": 1}, {"size": 16}),
                 "free": {"small": 1, "large": 2}, "none": None, "sizes": (32, 16)},
    )  # fmt: skip


def pages(count: int = 6, frames: int = 3) -> Run:
    """One action whose drawings are boxes: a FIFO of page frames."""
    boxes: list[int | None] = [None] * frames
    queue: list[int] = []
    hand = 0
    steps = []
    for n in range(1, count + 1):
        page = n * 7 % (frames + 1)
        fault = page not in boxes
        result: dict[str, object] = {"result": "fault" if fault else "hit"}
        if fault:
            result["victim"] = boxes[hand]
            boxes[hand] = page
            queue = [*queue, page][-frames:]
            hand = (hand + 1) % frames
        state = {
            "frames": Cells(tuple(boxes), tuple(range(frames)), {"hand": hand}),
            "queue": Cells(tuple(queue)),
        }
        steps.append(
            Step(action="use", given={"n": n, "page": page}, result=result, state=state, group=n)  # type: ignore[arg-type]
        )
    return Run(
        command="pages.fifo",
        config=None,
        asks={"use": {"result": Choice("hit", "fault"), "victim": OrNone(Int())}},
        steps=tuple(steps),
        metrics={"faults": sum(s.result["result"] == "fault" for s in steps)},
    )


@pytest.fixture
def buddy_run() -> Run:
    return buddy()


@pytest.fixture
def pages_run() -> Run:
    return pages()


@pytest.fixture
def long_run() -> Run:
    """Ten thousand steps on 64 frames, nearly each of them a fault: the longest document."""
    return pages(10_000, 64)


@pytest.fixture
def words() -> Words:
    texts = {
        "steps": {
            "use result=fault victim": {"en": "Page $page replaces $victim.", "zh": "页 $page 换下 $victim。"},
            "use result=fault !victim": {"en": "Page $page fills a frame.", "zh": "页 $page 装入空页框。"},
            "use result=hit": {"en": "Page $page is there.", "zh": "页 $page 已在内存。"},
            "alloc": {"en": "$name gets $bytes bytes at $at.", "zh": "$name 得到 $bytes 字节，位于 $at。"},
        },
        "conventions": {"order": {"en": "The $value block is taken.", "zh": "取 $value 的块。"}},
        "choices": {
            "hit": {"en": "hit", "zh": "命中"},
            "fault": {"en": "fault", "zh": "缺页"},
            "lowest": {"en": "lowest", "zh": "最低"},
        },
        "columns": {"page": {"en": "page", "zh": "页"}, "result": {"en": "result", "zh": "结果"}},
        "state": {"frames": {"en": "frames", "zh": "页框"}, "tree": {"en": "blocks", "zh": "块"}},
        "metrics": {"faults": {"en": "page faults", "zh": "缺页次数"}},
        "asks": {"use.result": {"en": "Page $page: hit or fault?", "zh": "页 $page：命中还是缺页？"}},
    }  # fmt: skip
    return Words(Sections(tomli_w.dumps(texts), "words.toml")).merged([words_of("oslab")])
