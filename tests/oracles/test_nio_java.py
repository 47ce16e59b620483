"""Java NIO against a JVM: states of buffers, arguments of map and their system calls, transfers, direct memory.

`nio/Nio.java` carries out scripts, one a line, and says what happened; where there is strace, its system
calls are compared too. Where there is no Java, what it said on another machine is: `nio/recorded-*.json`.
``python tests/oracles/test_nio_java.py`` records anew, with the `java` on the path.
"""

from __future__ import annotations

import functools
import json
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from oslab import Step
from oslab_nio import buffers, channel, directmemory, mappedfile, mapping, memory, transfer
from oslab_nio.bufferscript import Declared, parse_operation
from oslab_nio.channel import SUPPORT, Request
from oslab_nio.mapscript import parse_operation as parse_mapping
from oslab_nio.memoryscript import parse_operation as parse_memory

HERE = Path(__file__).parent / "nio"
RECORDED = sorted(HERE.glob("recorded-*.json"))
LIMIT = 4 * 2**20
TRACED = (
    "openat,mmap,munmap,msync,mincore,madvise,ftruncate,sendfile,copy_file_range,"
    "read,write,pread64,pwrite64,recvfrom,sendto"
)
VIEWS = ("slice", "duplicate", "readonly")
OFTEN = [
    *["put", "get"] * 3,
    "flip",
    "flip",
    "clear",
    "rewind",
    "compact",
    "mark",
    "reset",
    "limit",
]
OFTEN += ["position", *VIEWS, "write", "read"]
OF_MAPS = [*["put"] * 3, *["force"] * 2, "map", "get", "file", "load", "isLoaded", "close"]
OF_MEMORY = [
    *["allocateDirect", "null"] * 2,
    "alias",
    "slice",
    "duplicate",
    "gc",
    "clean",
    "reflect",
]

Calls: TypeAlias = list[list[str]]
"""Of each operation of a line the system calls: ``msync 904``, ``mmap 904 PROT_READ MAP_SHARED 4096``."""


# Scripts at random, a line each.


def buffer_line(rng: random.Random) -> str:
    kinds = rng.sample(["heap", "direct", "mapped"], rng.randint(1, 2))
    declared = [
        f"{name}={kind}:{rng.randint(1, 12)}" for name, kind in zip("bm", kinds, strict=False)
    ]
    names, words = [d[0] for d in declared], []
    for _ in range(rng.randint(5, 25)):
        name = rng.choice(names)
        verb = rng.choice(OFTEN)
        target = rng.choice("stuv") if verb in VIEWS else name
        if target not in names:
            names.append(target)
        number = ""
        if verb in ("put", "get"):
            number = f" {rng.choice([0, 1, 1, 2, 3, 5, 9])}"
        elif verb in ("limit", "position"):
            number = f" {rng.randint(-1, 10)}"
        elif verb in ("write", "read") and rng.random() < 0.7:
            number = f" {rng.choice([0, 1, 2, 5])}"
        words.append(f"{target} {name} {verb}{number}")
    return "|".join(["buffers", ",".join(declared), *words])


def map_line(rng: random.Random) -> str:
    file_size = rng.choice([0, 1, 4096, 8000, rng.randrange(50_000)])

    def some_map() -> str:
        mode = rng.choice(["read_only", "read_write", "read_write", "private", "private"])
        size = rng.choice(
            [0, 1, rng.randrange(30_000), rng.randrange(30_000), rng.randrange(30_000)]
        )
        if rng.random() < 0.05:
            size = rng.choice([-1, 2**31])
        position = rng.choice([0, rng.randrange(20_000), rng.randrange(20_000)])
        if rng.random() < 0.04:
            position = rng.choice([-1, 2**63 - 10])
        return f"map {mode} {position} {size}"

    words = [some_map()]
    for _ in range(rng.randint(3, 9)):
        verb = rng.choice(OF_MAPS)
        index = rng.choice([0, 5, rng.randrange(5000), rng.randrange(30_000), -1])
        if verb == "map":
            opened = f" {rng.choice(['r', 'rw', 'w'])}" if rng.random() < 0.6 else ""
            words.append(some_map() + opened)
        elif verb == "put":
            words.append(f"put {index} {rng.randint(1, 255)}")
        elif verb == "get":
            words.append(f"get {index}")
        elif verb == "file":
            words.append(f"file {abs(index)}")
        elif verb == "force" and rng.random() < 0.5:
            words.append(f"force {index} {rng.choice([0, 1, 5000, -1])}")
        else:
            words.append(verb)
    return "|".join(["map", rng.choice(["r", "rw", "rw", "rw", "w"]), str(file_size), *words])


def transfer_line(rng: random.Random) -> str:
    words = []
    for _ in range(3):
        direction, other = (
            rng.choice(["to", "from"]),
            rng.choice(["socket", "file", "pipe", "other"]),
        )
        big = 60_000 if direction == "from" and other == "pipe" else 100_000
        size = rng.choice([0, 1, 8192, 16384, rng.randrange(big), rng.randrange(big)])
        if other == "file" and rng.random() < 0.3:
            size = 20 * 2**20 + rng.randrange(9)
        count = rng.choice([0, 8191, 8192, 16383, 16384, size, size + 1, rng.randrange(size + 1)])
        position = rng.choice([0, 0, 100, rng.randrange(5000), size])
        words.append(f"{direction} {other} {position} {count} {size}")
    return "|".join(["transfer", str(rng.choice([0, 1000, 10_000])), *words])


def memory_line(rng: random.Random) -> str:
    """The expected capacity stands before each operation: cleaners run some time after the collector,
    and the program waits for that, but not for ever."""
    texts, made = [], 0
    names = "abc"
    for _ in range(rng.randint(6, 14)):
        verb = rng.choice(OF_MEMORY)
        a, b = rng.choice(names), rng.choice(names)
        if verb == "allocateDirect" or made < 2:
            made += 1
            texts.append(
                f"{names[made - 1] if made < 4 else a} = allocateDirect {rng.choice([1, 300_000, 2**20])}"
            )
        elif verb in ("alias", "slice", "duplicate"):
            texts.append(f"{a} = {'' if verb == 'alias' else verb + ' '}{b}")
        elif verb == "null":
            texts.append(f"{a} = null")
        else:
            texts.append(verb if verb == "gc" else f"{verb} {b}")
    return memory_script(["a = null", "b = null", "c = null", *texts])


def memory_script(texts: Sequence[str]) -> str:
    config = directmemory.MemoryConfig(
        LIMIT, 2**30, False, 4096, 17, tuple(map(parse_memory, texts))
    )
    words = []
    for op, step in zip(config.ops, memory.run(config).steps, strict=True):
        rest = " ".join(filter(None, (op.target, op.source, str(op.size) if op.size else "")))
        if op.verb in ("clean", "reflect"):
            rest = f"- {op.source}"
        words.append(f"{step.result['direct_capacity']} {op.verb} {rest}".strip())
    return "|".join(["memory", *words])


# The same by the simulators.


def simulated_buffers(line: str) -> list[str]:
    _, declared, *words = line.split("|")
    made = [re.split("[=:]", text) for text in declared.split(",")]
    ops = []
    for text in words:
        target, name, verb, *number = text.split()
        view = f"{target} = " if verb in VIEWS else ""
        ops.append(parse_operation(f"{view}{name}.{verb} {' '.join(number)}".strip()))
    config = buffers.BuffersConfig(
        tuple(Declared(name, kind, int(size)) for name, kind, size in made),  # type: ignore[arg-type]
        tuple(ops),
    )
    return [_buffer_text(step) for step in buffers.run(config).steps]


def _buffer_text(step: Step) -> str:
    r = step.result
    data = "" if step.given["verb"] == "put" else ",".join(map(str, r["data"]))
    mark = "-" if r["mark"] is None else r["mark"]
    return f"{r['thrown']} {r['position']} {r['limit']} {r['capacity']} {mark} {data}"


def simulated_map(line: str) -> tuple[list[str], Calls]:
    _, opened, file_size, *words = line.split("|")
    ops = tuple(parse_mapping(text) for text in words)
    config = mappedfile.MapConfig(int(file_size), opened, False, 4096, 4096, 0, 17, False, 0, ops)  # type: ignore[arg-type]
    steps = mapping.run(config).steps
    answers: list[str] = []
    calls: Calls = []
    for step in steps:
        r = step.result
        if step.action == "mmap":
            prot, flags = r["prot"].replace("|", "+"), r["flags"]
            calls[-1].append(f"mmap {r['map_size']} {prot} {flags} {r['map_position']}")
            continue
        verb, value = step.given["verb"], r.get("value")
        seen = verb in ("map", "put", "get", "file") and value is not None
        answers.append(f"{r['outcome']} {value if seen else '-'}")
        calls.append([f"ftruncate {r['file_size']}"] if r["grown"] else [])
        if r.get("call", "none") not in ("none", "mmap"):
            calls[-1].append(f"{r['call']} {r['length']}")
    return answers, calls


def simulated_transfer(
    line: str, jdk: int, support: tuple[channel.Support, ...] = SUPPORT
) -> tuple[list[str], list[int]]:
    _, target_size, *words = line.split("|")
    requests = []
    for text in words:
        direction, other, *numbers = text.split()
        requests.append(Request(direction, other, *map(int, numbers)))  # type: ignore[arg-type]
    config = channel.TransferConfig(
        tuple(requests),
        False,
        jdk,
        support,
        None,
        int(target_size),
        True,  # type: ignore[arg-type]
    )
    steps = [step for step in transfer.run(config).steps if step.action == "call"]
    return [str(s.result["transferred"]) for s in steps], [s.result["syscalls"] for s in steps]


def simulated_memory(line: str, jdk: int) -> list[str]:
    _, *words = line.split("|")
    ops = []
    for text in words:
        _, verb, *rest = text.split()
        if verb in ("gc", "clean", "reflect"):
            ops.append(parse_memory(" ".join([verb, *rest[1:]])))
        elif verb == "alias":
            ops.append(parse_memory(f"{rest[0]} = {rest[1]}"))
        else:
            ops.append(parse_memory(f"{rest[0]} = {' '.join([verb, *rest[1:]])}"))
    run = memory.run(directmemory.MemoryConfig(LIMIT, 2**30, False, 4096, jdk, tuple(ops)))
    return [
        f"{s.result['outcome']} {s.result['direct_capacity']} {s.result['direct_bytes']}"
        for s in run.steps
    ]


# The JVM.


@functools.cache
def compiled() -> list[str]:
    """The command that runs Nio.java: compiled once where there is javac."""
    if not shutil.which("javac"):
        return ["java", str(HERE / "Nio.java")]
    folder = tempfile.mkdtemp(prefix="oslab-nio")
    subprocess.run(["javac", "-d", folder, str(HERE / "Nio.java")], check=True, timeout=120)
    return ["java", "-cp", folder, "Nio"]


@functools.cache
def java_version() -> int:
    """The version of the java on the path, 0 without one."""
    if not shutil.which("java"):
        return 0
    told = subprocess.run(
        ["java", "-version"], capture_output=True, encoding="utf-8", timeout=60
    ).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else 0


def play(lines: Sequence[str], trace: Path | None = None) -> list[list[str]]:
    command = compiled()
    options = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", f"-XX:MaxDirectMemorySize={LIMIT}"]
    if not lines[0].startswith("memory"):
        options.pop()
    command = [command[0], *options, *command[1:]]
    if trace:
        command = [
            "strace",
            "-f",
            "-qq",
            "-e",
            "signal=none",
            "-e",
            f"trace={TRACED}",
            "-o",
            str(trace),
            *command,
        ]
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8", timeout=240
    )
    assert done.returncode == 0, done.stderr
    return [line.split("|")[:-1] for line in done.stdout.splitlines()]


_READ = re.compile(r"pread64\((\d+), ")
CLASS_FILE = r'"\312\376\272\276'
_CALL = re.compile(r"(\d+)\s+(\w+)\((.*)")
_NOTE = re.compile(r'"/oslab-note/(\d+)-(\w+)(-done)?"')


_BEGUN = re.compile(r"((\d+)\s.*?)<unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+)\s+<\.\.\. \w+ resumed>(.*)")


def whole_calls(lines: list[str]) -> list[str]:
    """The lines of strace with those calls in one piece that another thread interrupted."""
    found: list[str] = []
    begun: dict[str, int] = {}
    for line in lines:
        if start := _BEGUN.match(line):
            begun[start[2]] = len(found)
            found.append(start[1])
        elif (rest := _RESUMED.match(line)) and rest[1] in begun:
            found[begun.pop(rest[1])] += rest[2]
        else:
            found.append(line)
    return found


def test_calls_that_another_thread_interrupts_are_put_together() -> None:
    lines = ["7 sendfile(5, 6, [0] <unfinished ...>", "8 futex(0x1, 2) = 0"]
    lines += ["7 <... sendfile resumed>=> [9], 2147479552) = 9", "7 close(5) = 0"]
    assert whole_calls(lines)[0] == "7 sendfile(5, 6, [0] => [9], 2147479552) = 9"
    assert len(whole_calls(lines)) == 3


def traced(trace: Path) -> dict[tuple[int, str], list[str]]:
    """The calls of the thread that makes notes, from each note to the next; read and write and their like
    are all ``io``."""
    found: dict[tuple[int, str], list[str]] = {}
    lines = whole_calls(trace.read_text("utf-8", "replace").splitlines())
    # The JVM reads classes out of its own image when it first needs them.
    images = {file[1] for line in lines if CLASS_FILE in line and (file := _READ.search(line))}
    thread, place = "", None
    for text in lines:
        call = _CALL.match(text)
        if not call:
            continue
        note = _NOTE.search(call[3])
        if note:
            thread, place = call[1], None if note[3] else (int(note[1]), note[2])
            if place:
                found[place] = []
        elif call[1] == thread and place:
            arguments = re.split(r"\)\s+=", call[3])[0]
            words = [word.strip() for word in arguments.split(", ")]
            reads_class = call[2] == "pread64" and words[0] in images
            seen = "" if reads_class else _seen(call[2], words)
            if seen:
                found[place].append(seen)
    return found


def _seen(name: str, words: list[str]) -> str:
    if name == "mmap":
        if words[4] == "-1" or "DENYWRITE" in words[3] or "FIXED" in words[3]:
            return ""
        return f"mmap {words[1]} {words[2].replace('|', '+')} {words[3]} {int(words[5], 0)}"
    if name in ("msync", "mincore"):
        return f"{name} {words[1]}"
    if name == "madvise":
        return f"madvise {words[1]}" if "WILLNEED" in words[2] else ""
    if name == "ftruncate":
        return f"ftruncate {words[1]}"
    if name == "sendfile" and len(words) > 3:
        return f"sendfile {words[3]}"
    if name in ("sendfile", "copy_file_range", "munmap"):
        return name
    return "" if name == "openat" else "io"


# What is compared.

SEEDS = {"buffers": 300, "map": 80, "transfer": 40, "memory": 12}
MAKE = {"buffers": buffer_line, "map": map_line, "transfer": transfer_line, "memory": memory_line}
WARM_UP = [
    "map|rw|100|map read_write 0 5000|put 1 1|get 1|file 1|force|force 0 1|load|isLoaded|close",
    "transfer|0|to socket 0 9 99|to file 0 9 99|to pipe 0 9 99|to other 0 9 99"
    "|from socket 0 9 99|from file 0 9 99|from pipe 0 9 99|from other 0 9 99",
]


def lines_of(kind: str) -> list[str]:
    return [MAKE[kind](random.Random(f"{kind} {seed}")) for seed in range(SEEDS[kind])]


def expected(line: str, jdk: int) -> list[str]:
    kind = line.partition("|")[0]
    if kind == "buffers":
        return simulated_buffers(line)
    if kind == "map":
        return simulated_map(line)[0]
    if kind == "transfer":
        return simulated_transfer(line, jdk)[0]
    return simulated_memory(line, jdk)


def system_calls(lines: Sequence[str], calls: dict[tuple[int, str], list[str]]) -> list[Any]:
    """What a recording keeps of each line: of map the calls of each operation, of a transfer how many."""
    kept: list[Any] = []
    for n, line in enumerate(lines):
        many = len(line.split("|")) - (3 if line.startswith("map") else 2)
        each = [calls[n, str(i)] for i in range(1, many + 1)]
        if line.startswith("map"):
            kept.append(
                [[call for call in found if call not in ("io", "munmap")] for found in each]
            )
        else:
            kept.append([len(found) for found in each])
    return kept


def expected_calls(line: str, jdk: int) -> Any:
    return simulated_map(line)[1] if line.startswith("map") else simulated_transfer(line, jdk)[1]


def compare(lines: Sequence[str], answers: Sequence[Sequence[str]], jdk: int) -> None:
    assert len(answers) == len(lines)
    for line, answer in zip(lines, answers, strict=True):
        assert expected(line, jdk) == list(answer), line


def compare_calls(lines: Sequence[str], seen: Sequence[Any], jdk: int) -> None:
    for line, calls in zip(lines, seen, strict=True):
        assert expected_calls(line, jdk) == calls, line


# Others may do in another way what nobody promises, such as which system calls a transfer makes.
WELL_KNOWN = (17, 25)
needs_java = pytest.mark.skipif(
    java_version() not in WELL_KNOWN,
    reason="neither Java 17 nor 25 here; the recorded runs are compared",
)
needs_strace = pytest.mark.skipif(
    java_version() not in WELL_KNOWN or not shutil.which("strace"),
    reason="neither Java 17 nor 25, or no strace here",
)


@pytest.mark.parametrize("recording", RECORDED, ids=lambda path: path.stem)
def test_recorded_runs_of_the_jvm_are_those_of_the_simulators(recording: Path) -> None:
    kept = json.loads(recording.read_text("utf-8"))
    for part in kept["parts"]:
        compare(part["lines"], part["answers"], kept["jdk"])
        if "calls" in part:
            compare_calls(part["lines"], part["calls"], kept["jdk"])


@needs_java
def test_buffers_have_the_states_and_throw_the_exceptions_of_the_jvm() -> None:
    lines = lines_of("buffers")
    compare(lines, play(lines), java_version())


@needs_java
def test_direct_memory_is_counted_and_freed_as_in_the_jvm() -> None:
    full = [
        f"a = allocateDirect {LIMIT}",
        "b = null",
        "b = allocateDirect 1",
        "a = null",
        "b = allocateDirect 1",
    ]
    lines = [*lines_of("memory"), memory_script(full)]
    compare(lines, play(lines), java_version())


@needs_strace
def test_maps_and_transfers_make_the_system_calls_of_the_jvm(tmp_path: Path) -> None:
    jdk = java_version()
    lines = [*WARM_UP, *lines_of("map"), *lines_of("transfer")]
    answers = play(lines, tmp_path / "trace")
    compare(lines, answers, jdk)
    seen = system_calls(lines, traced(tmp_path / "trace"))
    compare_calls(lines[len(WARM_UP) :], seen[len(WARM_UP) :], jdk)


@needs_strace
def test_a_target_that_sendfile_refused_is_remembered_before_jdk_20(tmp_path: Path) -> None:
    if java_version() != 17:
        pytest.skip("newer versions remember nothing")
    sizes = [20_000, 20_000, 9 * 2**20]
    [moved] = play(["appended|" + "|".join(map(str, sizes))], tmp_path / "trace")
    support = tuple(name for name in SUPPORT if name != "sendfile-file")
    line = "|".join(["transfer", "0", *(f"to file 0 {size} {size}" for size in sizes)])
    told, calls = simulated_transfer(line, 17, support)
    seen = traced(tmp_path / "trace")
    window = ["mmap", "munmap"]
    found = [[call.split()[0] for call in seen[0, str(i)] if call != "io"] for i in (1, 2, 3)]
    assert moved == told
    assert found == [["sendfile", *window], window, 2 * window]
    assert calls == [4, 3, 6]  # with a write in each window


@needs_strace
def test_the_jvm_asks_for_no_more_than_the_kernel_moves(tmp_path: Path) -> None:
    play(["clamp|0|5368709120|5368709120", "clamp|100|2147480000|5368709120"], tmp_path / "trace")
    seen = traced(tmp_path / "trace")
    for n in (0, 1):
        [call] = [call for call in seen[n, "1"] if call.startswith("sendfile")]
        assert call == "sendfile 2147479552"


def test_the_comparison_notices_a_wrong_model() -> None:
    kept = json.loads(RECORDED[0].read_text("utf-8"))
    part = kept["parts"][0]
    changed = [list(answer) for answer in part["answers"]]
    changed[0][-1] = "ok 0 0 0 - "
    with pytest.raises(AssertionError, match="buffers"):
        compare(part["lines"], changed, kept["jdk"])


def record() -> Iterator[dict[str, Any]]:
    """The parts of a recording: a quarter of the lines that are compared where there is a JVM."""
    for kind in ("buffers", "memory"):
        lines = lines_of(kind)[: max(10, SEEDS[kind] // 4)]
        yield {"lines": lines, "answers": play(lines)}
    lines = [*lines_of("map")[:30], *lines_of("transfer")[:25]]
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        answers = play([*WARM_UP, *lines], trace)[len(WARM_UP) :]
        seen = system_calls([*WARM_UP, *lines], traced(trace))[len(WARM_UP) :]
    yield {"lines": lines, "answers": answers, "calls": seen}


if __name__ == "__main__":
    written = HERE / f"recorded-{java_version()}.json"
    told = {"jdk": java_version(), "parts": list(record())}
    written.write_text(json.dumps(told, separators=(",", ":")) + "\n", "utf-8")
    print(f"wrote {written.name}")
