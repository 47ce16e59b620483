"""One block of a buddy allocator: how large it is, and which block is its buddy.

Blocks have sizes that are powers of two and lie at multiples of their size. A block of size 2s is
split into two of size s; these are each other's buddy, and their addresses differ in one bit only.

Source: Knuth, The Art of Computer Programming, volume 1, 2.5, "The buddy system".
"""

from __future__ import annotations

from dataclasses import dataclass

from oslab import Address, InputError, Run, Size, Step
from oslab.quantities import format_address, format_size


@dataclass(frozen=True, slots=True)
class WasteConfig:
    """One request.

    request     bytes asked for, at least 1
    min_block   bytes of the smallest block, a power of two
    address     where the block lies that is handed out, a multiple of its size

    Raises InputError for anything else.
    """

    request: int
    min_block: int
    address: int

    def __post_init__(self) -> None:
        if self.request < 1:
            raise InputError(f"a request is for at least 1 byte, not {self.request}")
        check_power("the smallest block", self.min_block)
        size = block_size(self.request, self.min_block)
        if self.address % size:
            raise InputError(
                f"a block of {format_size(size)} lies at a multiple of its size; "
                f"{format_address(self.address)} is none"
            )


def check_power(what: str, size: int) -> None:
    """Raises InputError unless `size` is a power of two."""
    if size < 1 or size & (size - 1):
        raise InputError(f"{what} has a power of two bytes, such as 4096; {size} is none")


def block_size(request: int, min_block: int) -> int:
    """The smallest power of two that holds the request, and is no smaller than `min_block`."""
    return max(min_block, 1 << (request - 1).bit_length())


def buddy_of(address: int, size: int) -> int:
    """Where the buddy lies of the block of this size at this address."""
    return address ^ size


def run(config: WasteConfig) -> Run:
    """Size, waste and buddy of the block for one request.

    Steps ``round``: given ``request min_block``, result ``block waste``; ``buddy``: given ``address
    block``, result ``buddy``. Metrics, in bytes: ``block waste buddy``.
    """
    block = block_size(config.request, config.min_block)
    waste = block - config.request
    buddy = buddy_of(config.address, block)
    return Run(
        command="buddy.waste",
        config=config,
        asks={"round": {"block": Size(), "waste": Size()}, "buddy": {"buddy": Address()}},
        steps=(
            Step(
                action="round",
                given={
                    "request": config.request,
                    "min_block": config.min_block,
                    "min_block_text": format_size(config.min_block),
                },
                result={"block": block, "waste": waste, "block_text": format_size(block)},
            ),
            Step(
                action="buddy",
                given={
                    "address": config.address,
                    "address_hex": format_address(config.address),
                    "block": block,
                    "block_hex": format_address(block),
                },
                result={"buddy": buddy, "buddy_hex": format_address(buddy)},
            ),
        ),
        metrics={"block": block, "waste": waste, "buddy": buddy},
    )
