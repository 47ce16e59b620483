"""Every simulator of our plugins: one document with --json, questions with --predict, both languages."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
import typer

from oslab.plugins import plugins

# Simulators that take a file, and `csim`, whose one line of output is its contract.
ELSEWHERE = {"memory backing", "cache csim"}

EXAMPLES = """
paging split 8196
tlb reach --entries 64
cache split 0x1234
memory loop --stride 4096 --array 64K
cow run --ops 'write P 0; fork P C; write C 0'
modes run --ops 'load 0x1000; hlt; syscall read 100; out 0x60; irq timer'
modes space 0x7fffffffffff 0x800000000000
modes port 0x60 --bitmap 0x60
modes cost --calls 10 --batch 4
modes read
iomodels run epoll --connections 3 --interval 10us
iomodels compare --connections 10,100
iomodels classify --phase1 watches --phase2 caller
iomodels async io_uring --on socket
multiplex run --ops 'pipe a; epoll e; ctl e add a.r in; write a 4; wait e'
multiplex tree --insert 5,3,8,1 --delete 3
multiplex structure --ops 'add 3..9; find 5'
multiplex cost --fds 1000 --ready 5
multiplex limits 2000
reactor run single --rate 800 --compute-time 1ms --duration 20ms
reactor compare --rate 4000 --duration 50ms
reactor script pool --requests '0 1us 4us 1us; 2us 1us 2us 1us'
reactor capacity pool
reactor presets nginx
zerocopy run splice --size 128K --chunk 64K
zerocopy compare --size 1M --chunk 64K
zerocopy mmap --offset 4096 --length 5000 --file-size 8192
zerocopy sendfile --count 100000 --file-size 150000
zerocopy break-even
zerocopy choose --need modify
nio map --position 5000 --size 10000 --file-size 20000
nio transfer --count 100000 --size 100000 --target socket
nio buffers --ops 'put 5; flip; get 2'
nio memory --ops 'a = allocateDirect 64M; a = null; gc'
""".strip().splitlines()

NEW = ("modes", "iomodels", "multiplex", "reactor", "zerocopy", "nio")


def commands() -> Iterator[str]:
    for plugin in plugins().loaded.values():
        for command in plugin.commands:
            module, _, name = command.target.partition(":")
            found: Any = typer.main.get_command(getattr(import_module(module), name))
            for member in getattr(found, "commands", ()):
                yield f"{command.name} {member}"


def test_every_command_on_the_kernel_and_io_is_tried_here() -> None:
    tried = {" ".join(line.split()[:2]) for line in EXAMPLES}
    assert {c for c in commands() if c.split()[0] in NEW} <= tried
    assert tried <= set(commands())


@pytest.mark.parametrize("line", EXAMPLES)
def test_it_writes_one_document_and_asks_in_both_languages(
    oslab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    shown = oslab(*shlex.split(line), "--json")
    assert (shown.code, shown.err) == (0, "")
    document = json.loads(shown.out)
    assert document["steps"]
    assert document["metrics"]
    assert document["asks"]
    for language in ("en", "zh"):
        monkeypatch.setattr("sys.stdin", StringIO(""))
        asked = oslab("--lang", language, *shlex.split(line), "--predict")
        assert asked.code == 1  # nobody answered
        assert "?" in asked.out or "？" in asked.out
        assert "$" not in asked.out.replace("$ oslab", "")
