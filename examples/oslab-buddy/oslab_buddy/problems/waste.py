"""buddy.waste: one request, three numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oslab import Address, Answers, Choose, Figure, Generator, Problem, Run, Size, mistake
from oslab.quantities import format_address, format_size

from oslab_buddy.block import WasteConfig, block_size, run


@dataclass(frozen=True)
class WasteSpace:
    """Smallest blocks, and how many times as large the block is that a request needs (powers of two)."""

    min_block: Choose[int]
    times: Choose[int]


class Waste(Problem[WasteConfig, WasteSpace]):
    """The block that a request gets, the bytes lost in it, and its buddy."""

    version = 1
    params = WasteConfig
    space = WasteSpace
    answers = {"block": Size(), "waste": Size(), "buddy": Address()}
    required = ("rounded-to-page", "no-rounding")

    def draw(self, rng: Generator, space: WasteSpace) -> WasteConfig:
        min_block = space.min_block.pick(rng)
        size = min_block * space.times.pick(rng)
        request = rng.between(size // 2 // 10 + 1, size // 10) * 10
        # The last bit decides whether the buddy lies before or after.
        return WasteConfig(request, min_block, rng.between(2, 15) * size)

    def good(self, p: WasteConfig) -> bool:
        return block_size(p.request, p.min_block) - p.request >= 100

    def present(self, p: WasteConfig) -> Mapping[str, Figure]:
        return {
            "request": p.request,
            "min_block": format_size(p.min_block),
            "address": format_address(p.address),
        }

    def run(self, p: WasteConfig) -> Run:
        return run(p)

    def solve(self, p: WasteConfig, run: Run) -> Answers:
        return run.metrics

    @mistake("rounded-to-page")
    def rounded_to_page(self, p: WasteConfig) -> Answers | None:
        block = -(-p.request // p.min_block) * p.min_block
        return {"block": block, "waste": block - p.request}

    @mistake("no-rounding")
    def no_rounding(self, p: WasteConfig) -> Answers | None:
        return {"block": p.request, "waste": 0}

    @mistake("kilo-is-1000")
    def kilo_is_1000(self, p: WasteConfig) -> Answers | None:
        block = block_size(p.request, p.min_block) // 1024 * 1000
        return {"block": block, "waste": block - p.request} if block > p.request else None

    @mistake("buddy-is-next-block")
    def buddy_is_next_block(self, p: WasteConfig) -> Answers | None:
        return {"buddy": p.address + block_size(p.request, p.min_block)}
