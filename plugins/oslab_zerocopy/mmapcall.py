"""A run of one mmap and the accesses after it, step by step. The rules are those of `mapping` and `memory`."""

from __future__ import annotations

from collections.abc import Mapping

from oslab import AnswerType, Choice, Drawing, Grid, Hex, Int, OrNone, Run, Step, Value
from oslab.quantities import format_address
from oslab_zerocopy.mapping import MmapConfig, is_free
from oslab_zerocopy.memory import Memory

MOST_PAGES_DRAWN = 12


def run(config: MmapConfig, kind: type[Memory] = Memory) -> Run:
    """Simulate the mmap, then one step for each operation. `kind` is another memory for what a
    misunderstanding would do.

    mmap      given offset, length, prot, flags, open_mode, address; result outcome, address (None:
              failed), pages
    read      given n, place; result outcome, value (None after a signal), file_offset, holder (copy,
              file, rest: where the byte is)
    write     given n, place, value; result outcome, changes (file, copy, rest, memory, or ""), file_offset
    pread     given n, place; result outcome (ok or end), value
    pwrite    given n, place, value; result size
    truncate  given n, place; result size
    close     given n

    `file_offset` is there only for places in the mapping. A signal is taken as caught, the access as not
    made. Metrics, as they are at the end: result address pages zero_bytes (of the mapping, in the last page of
    the file after its end) sigbus_from (the place in the mapping from which on accesses raise SIGBUS) sigsegv
    sigbus (how many) private_pages (copied) file_stores (stores that changed the file) file_size.
    """
    memory = kind(config)
    first = Step(
        action="mmap",
        actor="application",
        given={
            "offset": config.offset,
            "length": config.length,
            "prot": config.prot,
            "flags": config.flags,
            "open_mode": config.open_mode,
            "placement": config.placement if config.address else "any",
            "asked": Hex(config.address) if config.address else None,
        },
        result={
            "outcome": memory.outcome,
            "address": Hex(memory.base) if memory.mapped else None,
            "pages": config.pages if memory.mapped else 0,
            "replaced": _replaces(config) and memory.mapped,
            "elsewhere": bool(config.address) and memory.mapped and memory.base != config.address,
        },
        state=_drawn(memory),
    )
    steps = [first]
    for n, op in enumerate(config.ops, start=1):
        given: dict[str, Value] = {"n": n, "place": op.place}
        if op.verb in ("write", "pwrite"):
            given["value"] = op.value
        result = memory.apply(op)
        if op.verb in ("read", "write") and memory.inside(op.place):
            result["file_offset"] = config.offset + op.place
            if op.verb == "read" and result["outcome"] == "ok":
                result["holder"] = memory.holder(op.place)
        # Looking changes nothing that is drawn.
        state = steps[-1].state if op.verb in ("read", "pread", "close") else _drawn(memory)
        actor = "other" if op.verb in ("pread", "pwrite", "truncate") else "application"
        steps.append(
            Step(
                action=op.verb,
                actor=actor,
                given=given,
                result=result,
                state=state,
                group=n,
            )
        )
    return Run(
        command="zerocopy.mmap",
        config=config,
        conventions=conventions(config),
        asks=ASKS,
        steps=tuple(steps),
        metrics=memory.metrics(),
    )


ASKS: Mapping[str, Mapping[str, AnswerType]] = {
    "mmap": {"outcome": Choice("ok", "EINVAL", "EACCES", "EEXIST"), "pages": Int()},
    "read": {"outcome": Choice("ok", "SIGSEGV", "SIGBUS"), "value": OrNone(Int())},
    "write": {"outcome": Choice("ok", "SIGSEGV", "SIGBUS")},
    "pread": {"value": OrNone(Int())},
}


def _replaces(config: MmapConfig) -> bool:
    return config.placement == "fixed" and not is_free(config, config.address)


def _drawn(memory: Memory) -> Mapping[str, Drawing]:
    """What each page of the mapping holds: bytes of the file, and how many after its end."""
    config = memory.config
    if not memory.mapped or config.pages > MOST_PAGES_DRAWN:
        return {}
    rows = []
    for page in range(config.pages):
        first = config.offset + page * config.page_size
        held = min(max(memory.file.size - first, 0), config.page_size)
        rows.append(
            (
                format_address(memory.base + page * config.page_size),
                f"{first}..{first + held - 1}" if held else "-",
                config.page_size - held if held else "-",
                page in memory.copied,
            )
        )
    return {"pages": Grid(("address", "file_bytes", "after_end", "copied"), tuple(rows))}


def conventions(config: MmapConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this mapping."""
    found: dict[str, Value] = {"page_size": config.page_size, "fill": config.fill}
    fixed = config.placement != "hint"
    if config.open_mode != "rw" or fixed or config.offset % config.page_size or not config.length:
        found["errors"] = "first"
    if config.address and config.placement == "hint":
        found["hint"] = "taken"
    if any(op.verb in ("read", "write") for op in config.ops):
        found["places"] = "mapping"
        found["signals"] = "caught"
    if any(op.verb in ("pread", "pwrite") for op in config.ops):
        found["descriptor"] = "other"
    if config.occupied:
        found["occupied"] = "anonymous"
    return found
