"""A laboratory on the real kernel: process trees that follow scripts of forks, accesses and exits.

    python cow_lab.py < scripts.json > observed.json

Run as a program of its own, for it forks. A script is {"kinds": ["private" or "file-private" a page],
"touched": bool, "operations": [["fork", parent, child], ["read" or "write", process, page],
["exit", process]]}; the first process is P. A page of a script is a unit of 64 pages of the
kernel: so the few faults that the interpreter itself takes do not hide those of the script.

For each operation is written down: `faults`, by how many units ru_minflt rose (null for a fork or exit),
and `maps`, for each living process what the kernel's pagemap says of each unit: "absent", or
[alone, frame] with alone true when no other process maps it (null where the kernel does not tell) and the
number of its first frame (0 where only root may know).
"""

import ctypes
import json
import mmap
import os
import resource
import socket
import struct
import sys
import tempfile
import time

UNIT = 64
SIZE = mmap.PAGESIZE
PRESENT, ALONE, FRAME = 1 << 63, 1 << 56, (1 << 55) - 1


class Memory:
    """A mapping of one unit for each page of a script, and one more that is always written, so that
    fork copies page-table entries even where nothing else was written (mm/memory.c, vma_needs_copy)."""

    def __init__(self, kind):
        length = 2 * UNIT * SIZE
        if kind == "private":
            self.map = mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        else:
            with tempfile.TemporaryFile() as file:
                file.write(b"\1" * length)
                file.flush()
                self.map = mmap.mmap(file.fileno(), length, mmap.MAP_PRIVATE)
        self.map.madvise(mmap.MADV_NOHUGEPAGE)
        self.kind = kind
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        for page in range(UNIT, 2 * UNIT):
            self.map[page * SIZE] = 1

    def touch(self, write):
        memory = self.map
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        if write:
            for place in range(0, UNIT * SIZE, SIZE):
                memory[place] = 7
        else:
            for place in range(0, UNIT * SIZE, SIZE):
                memory[place]
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    def seen(self):
        with open("/proc/self/pagemap", "rb", buffering=0) as file:
            file.seek(self.address // SIZE * 8)
            entries = struct.unpack(f"{UNIT}Q", file.read(UNIT * 8))
        present = {bool(entry & PRESENT) for entry in entries}
        alone = {bool(entry & ALONE) for entry in entries}
        if len(present) > 1 or len(alone) > 1:
            return "mixed"
        if present == {False}:
            return "absent"
        # Of a file's page in the cache, which may lie in a large folio, the bit is no count of one page.
        return [alone.pop() if self.kind == "private" else None, entries[0] & FRAME]


def follow(name, ends, memories):
    """A process of the tree: does as it is told, for ever."""
    while True:
        command = json.loads(ends[name][1].recv(4096))
        answer = None
        match command[0]:
            case "fork":
                if os.fork() == 0:
                    name = command[1]
                answer = os.getpid()
            case "read" | "write":
                answer = memories[command[1]].touch(command[0] == "write")
            case "seen":
                answer = [memory.seen() for memory in memories]
            case "exit":
                os._exit(0)
        # After a fork both answer: the parent to itself, the child on its own line.
        ends[name][1].send(json.dumps(answer).encode())


def ask(ends, name, *command):
    ends[name][0].send(json.dumps(command).encode())
    return json.loads(ends[name][0].recv(65536))


def gone(pid):
    """The memory of a process is given up before it turns into a zombie."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] in "ZX":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.001)
    raise TimeoutError(f"process {pid} does not end")


def play(script):
    """What the kernel did, operation by operation."""
    names = ["P", *(op[2] for op in script["operations"] if op[0] == "fork")]
    ends = {name: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for name in names}
    first = os.fork()
    if first == 0:
        memories = [Memory(kind) for kind in script["kinds"]]
        for memory in memories:
            if script["touched"] or memory.kind != "private":
                memory.touch(memory.kind == "private")
        follow("P", ends, memories)
    living = {"P": first}
    observed = []
    try:
        for operation in script["operations"]:
            verb, process, *rest = operation
            delta = None
            if verb == "fork":
                ask(ends, process, "fork", rest[0])
                living[rest[0]] = json.loads(ends[rest[0]][0].recv(65536))
            elif verb == "exit":
                ends[process][0].send(json.dumps(["exit"]).encode())
                gone(living.pop(process))
            else:
                delta = ask(ends, process, verb, rest[0])
            maps = {name: ask(ends, name, "seen") for name in living}
            observed.append({"delta": delta, "maps": maps})
    finally:
        for pid in living.values():
            os.kill(pid, 9)
        os.waitpid(first, 0)
        for pair in ends.values():
            for end in pair:
                end.close()
    return observed


if __name__ == "__main__":
    json.dump([play(script) for script in json.load(sys.stdin)], sys.stdout)
