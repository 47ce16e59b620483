"""Copy-on-write against the naive one, against memories that were never shared, and C listings against a C compiler.

Three oracles for the listings: the answers that textbooks give; each process played again from the start with
the results its forks had (`Listing`); the same listing compiled and run, if there is a C compiler.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cow import Apart, Cow, Op

from oslab.cli import main
from oslab_cow import tree
from oslab_cow.machine import Region
from oslab_cow.operations import parse_operations
from oslab_cow.simulate import CowConfig, count, run
from oslab_cow.task import Rules
from oslab_cow.tree import Source, TreeConfig

KINDS: list[Any] = ["private", "private", "private", "file-private", "shared", "file-shared"]
NAMES = "PCDEFGHIJK"

# ---------------------------------------------------------------- scripts


def script(r: Random, pages: int, length: int) -> list[Op]:
    living, unborn, ops = ["P"], list(NAMES[1:]), []
    for _ in range(length):
        if not living:
            break
        verb = r.choice(["fork", "read", "write", "write", "write", "exit"])
        process = r.choice(living)
        first = r.randrange(pages)
        last = first if r.random() < 0.8 else r.randrange(first, pages)
        value = r.choice([None, None, r.randint(-9, 99)]) if verb == "write" else None
        if verb == "fork" and unborn:
            ops.append(Op("fork", process, unborn[0]))
            living.append(unborn.pop(0))
        elif verb == "exit" and r.random() < 0.4:
            ops.append(Op("exit", process))
            living.remove(process)
        elif verb in ("read", "write"):
            ops.append(Op(verb, process, "", first, last, value))
    return ops


def compare_script(r: Random, length: int) -> Cow:
    kinds = [r.choice(KINDS) for _ in range(r.randint(1, 5))]
    untouched = r.random() < 0.4
    contents = [
        0 if untouched and kind == "private" else r.randint(0, 99)
        for kind in kinds[: r.randint(0, len(kinds))]
    ]
    page_size = r.choice([1, 512, 4096])
    ops = script(r, len(kinds), length)
    where = f"{kinds} {contents} untouched={untouched}: " + "; ".join(map(str, ops))
    config = CowConfig(
        "P", tuple(Region(kind, 1) for kind in kinds), "untouched" if untouched else "present",
        tuple(contents), page_size, parse_operations("; ".join(map(str, ops))),
    )  # fmt: skip
    result = run(config)
    assert result.metrics == count(config)
    naive, apart = Cow("P", kinds, untouched, contents), Apart("P", kinds, contents)
    for number, (op, step) in enumerate(zip(ops, result.steps, strict=True), start=1):
        told = dict(step.result)
        expected = naive.do(number, op)
        apart.do(number, op)
        if op.verb == "exit":
            expected = {name: sorted(frames) for name, frames in expected.items()}
            expected["frees"] = len(expected["freed"])
            told = {name: told[name] for name in expected} | {
                name: sorted(told[name]) for name in ("freed", "still_used")
            }
        assert told == expected, (number, where)
        if op.verb == "read" and op.first == op.last:
            assert told["value"] == apart.value(op.process, op.first), (number, where)
        compare_state(step.state, naive, apart, (number, where))
    assert result.metrics == naive.figures(page_size), where
    return naive


def compare_state(state: Any, naive: Cow, apart: Apart, where: Any) -> None:
    names = list(naive.entries)
    assert state["ptes"].columns == ("page", *names), where
    drawn = [list(row[1:]) for row in state["ptes"].rows]
    assert drawn == [
        [str(naive.entries[name][page]) for name in names] for page in range(len(naive.kinds))
    ], where
    used = naive.in_use()
    assert ("counts" in state) == (max(used, default=0) <= 15), where
    if "counts" not in state:
        return
    counts, contents = (
        dict(zip(state[name].labels, state[name].values, strict=True))
        for name in ("counts", "contents")
    )
    assert {frame: n for frame, n in counts.items() if n} == {f: naive.count(f) for f in used}, (
        where
    )
    # What each process finds by its entries is what it would find if nothing was ever in common.
    for name in names:
        for page, entry in enumerate(drawn):
            frame = entry[names.index(name)].split()[0]
            found = 0 if frame in ("-", "zero") else contents[int(frame)]
            assert found == apart.value(name, page), (name, page, where)


@pytest.mark.parametrize("seed", range(250))
def test_random_scripts(seed: int) -> None:
    compare_script(Random(seed), 30)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_any_script(r: Random) -> None:
    compare_script(r, 12)


def test_the_scripts_meet_everything() -> None:
    found = [compare_script(Random(seed), 30) for seed in range(100)]
    assert min(sum(naive.copies for naive in found), sum(naive.reuses for naive in found)) > 50


@pytest.mark.parametrize("sharers", range(2, 9))
def test_all_of_n_sharers_write(sharers: int) -> None:
    """N faults, N - 1 copies, whoever comes first; nobody has gained a frame by that in the end."""
    for seed in range(5):
        order = list(NAMES[:sharers])
        Random(seed).shuffle(order)
        ops = [f"fork P {name}" for name in NAMES[1:sharers]] + [f"write {n} 0" for n in order]
        config = CowConfig(
            "P", (Region("private", 1),), "present", (), 4096, parse_operations("; ".join(ops))
        )
        found: Any = run(config).metrics
        figures = [found[n] for n in ("faults", "copies", "reuses", "frames_in_use", "bytes_saved")]
        assert figures == [sharers, sharers - 1, 1, sharers, 0]


@pytest.mark.parametrize("seed", range(12))
def test_the_cost_of_fork(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """`cow fork` against the forks and writes themselves, each entry, fault and copy paid as it comes."""
    r = Random(seed)
    pages, children, hundredths = (
        r.randint(1, 30),
        r.randint(1, 5),
        r.choice([0, 1, 25, 50, 99, 100]),
    )
    written = -(-pages * hundredths // 100)
    naive = Cow("P", ["private"] * pages, False, [])
    time = {"with_cow": 0, "without_cow": 0}
    for child in NAMES[1 : children + 1]:
        naive.fork("P", child)
        time["with_cow"] += pages * 3
        time["without_cow"] += pages * (3 + 50)
    for child in NAMES[1 : children + 1]:
        for page in range(written):
            event = naive.write(child, page, 1)["event"]
            assert event == "copy"
            time["with_cow"] += 700 + 50
    arguments = f"--pages {pages} --dirty-fraction {hundredths}% --children {children}"
    with pytest.raises(SystemExit) as stop:
        main(["cow", "fork", *arguments.split(), "--pte-time", "3ns", "--page-time", "50ns",
              "--fault-time", "700ns", "--json"])  # fmt: skip
    out, err = capsys.readouterr()
    assert stop.value.code == 0, err
    found = json.loads(out)["metrics"]
    frames = {"with_cow": len(naive.in_use()), "without_cow": naive.without_cow()}
    assert (found["frames"], found["time_ns"]) == (frames, time)


# ---------------------------------------------------------------- C listings


def listed(source: str, buffer: Any = "none", order: Any = "child-first") -> Any:
    rules = Rules(order, "own-pages", "registers", buffer, 4096)
    return tree.count(TreeConfig(Source(tuple(source.splitlines())), rules))


# Answers: Silberschatz, Galvin and Gagne (Operating System Concepts, exercises of the chapter on processes),
# Bryant and O'Hallaron (CS:APP, chapter 8), and the usual questions of examinations. The programs are written
# anew; each is the statements of main.
PUZZLES: dict[str, tuple[str, int, list[str]]] = {
    "three forks": ("fork(); fork(); fork();", 8, []),
    "four forks in a loop": ("int i; for (i = 0; i < 4; i++) fork();", 16, []),
    "three in a loop": ("for (int i = 0; i < 3; i++) { fork(); }", 8, []),
    "and": ("fork() && fork();", 3, []),
    "or": ("fork() || fork();", 3, []),
    "and, or": ("fork() && fork() || fork();", 5, []),
    "or, and": ("fork() || fork() && fork();", 4, []),
    "four in a row, and": ("fork(); fork() && fork() || fork(); fork();", 20, []),
    "two levels": (
        'printf("L0\\n"); fork(); printf("L1\\n"); fork(); printf("Bye\\n");',
        4, ["L0"] + 2 * ["L1"] + 4 * ["Bye"],
    ),
    "only the parent goes on": (
        'printf("L0\\n"); if (fork() != 0) { printf("L1\\n"); if (fork() != 0) printf("L2\\n"); }'
        ' printf("Bye\\n");',
        3, ["L0", "L1", "L2"] + 3 * ["Bye"],
    ),
    "only the child goes on": (
        'printf("L0\\n"); if (fork() == 0) { printf("L1\\n"); if (fork() == 0) printf("L2\\n"); }'
        ' printf("Bye\\n");',
        3, ["L0", "L1", "L2"] + 3 * ["Bye"],
    ),
    "both change x": (
        'int x = 1; if (fork() == 0) printf("p1: x=%d\\n", ++x); printf("p2: x=%d\\n", --x); exit(0);',
        2, ["p1: x=2", "p2: x=1", "p2: x=0"],
    ),
    "the parent prints twice": (
        'int x = 3; if (fork() != 0) printf("x=%d\\n", ++x); printf("x=%d\\n", --x); exit(0);',
        2, ["x=4", "x=3", "x=2"],
    ),
    "the child leaves by exit": (
        'if (fork() == 0) { fork(); printf("hello\\n"); exit(0); } printf("hello\\n");',
        3, 3 * ["hello"],
    ),
    "the child goes on": (
        'if (fork() == 0) { fork(); printf("hello\\n"); } printf("hello\\n");',
        3, 5 * ["hello"],
    ),
    "the child's counter is its own": (
        'int counter = 1; if (fork() == 0) { counter--; exit(0); } else { wait(NULL);'
        ' printf("counter = %d\\n", ++counter); } exit(0);',
        2, ["counter = 2"],
    ),
    "value 5 stays": (
        "int value = 5; pid_t pid; pid = fork(); if (pid == 0) { value += 15; exit(0); }"
        ' else if (pid > 0) { wait(NULL); printf("PARENT: value = %d\\n", value); exit(0); }',
        2, ["PARENT: value = 5"],
    ),
    "four children, each with its number": (
        'for (int i = 0; i < 4; i++) if (fork() == 0) { printf("%d\\n", i); exit(0); }'
        " while (wait(NULL) > 0) ;",
        5, ["0", "1", "2", "3"],
    ),
    "four prints": (
        'fork(); fork(); printf("%d %c\\n", 7, 65);', 4, 4 * ["7 A"],
    ),
    "a shared page counts, a private one does not": (
        "int *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);"
        "int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);"
        "p[1] = 4; for (int i = 0; i < 3; i++) { if (fork() == 0) { s[0] = s[0] + 1; p[1]++; exit(0); }"
        ' wait(NULL); } printf("%d %d %d\\n", s[0], p[1], p[2]);',
        4, ["3 4 0"],
    ),
    "precedence": (
        'int a = 7; a = a + 3 * 4 % 5 - (a << 1 > 13 && !0); printf("%d %d\\n", a, -7 / 2); a -= 9;'
        ' printf("%d %d\\n", -7 % 3, a == 8 | 2 ^ 3 & 6);',
        1, ["8 -3", "-1 0"],
    ),
}  # fmt: skip
# What buffers do: the lines with none, by lines, until the end.
BUFFERED: dict[str, tuple[str, int, dict[str, list[str]]]] = {
    "a whole line before the fork": (
        'printf("once\\n"); fork();', 2,
        {"none": ["once"], "line": ["once"], "full": ["once", "once"]},
    ),
    "half a line before the fork": (
        'printf("half "); fork(); printf("whole\\n");', 2,
        {"line": ["half whole"] * 2, "full": ["half whole"] * 2},
    ),
    "fflush before the fork": (
        'printf("a\\n"); fflush(stdout); fork(); printf("b\\n");', 2,
        {"none": ["a", "b", "b"], "line": ["a", "b", "b"], "full": ["a", "b", "b"]},
    ),
    "_exit forgets": (
        'printf("a\\n"); if (fork() == 0) { printf("b\\n"); _exit(0); } printf("c\\n");', 2,
        {"none": ["a", "b", "c"], "line": ["a", "b", "c"], "full": ["a", "c"]},
    ),
    "a loop of prints and forks": (
        'for (int i = 0; i < 2; i++) { fork(); printf("-\\n"); }', 4,
        {"none": 6 * ["-"], "line": 6 * ["-"], "full": 8 * ["-"]},
    ),
}  # fmt: skip
ORDERS: list[Any] = ["child-first", "parent-first", "in-turn"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", PUZZLES)
def test_published_answers(name: str, order: str) -> None:
    source, processes, lines = PUZZLES[name]
    found = listed(source, order=order)
    assert (found["processes"], found["forks"]) == (processes, processes - 1)
    assert Counter(found["output"]) == Counter(lines)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", BUFFERED)
def test_buffers(name: str, order: str) -> None:
    source, processes, kinds = BUFFERED[name]
    for buffer, lines in kinds.items():
        found = listed(source, buffer, order)
        assert (found["processes"], Counter(found["output"])) == (processes, Counter(lines))


# A listing at random, as tuples; which process it is in is told by what its forks gave.


class Ended(Exception):
    pass


class Listing:
    """Forks, private variables, prints: whatever the order, the same lines in all."""

    def __init__(self, r: Random, names: Sequence[str]) -> None:
        self.r, self.names = r, names
        self.values = [r.randint(0, 5) for _ in names]
        self.loops = 0
        self.body = self.block(3)

    def block(self, depth: int) -> list[Any]:
        return [self.statement(depth) for _ in range(self.r.randint(1, 3))]

    def statement(self, depth: int) -> Any:
        r = self.r
        kind = r.choice(
            ["fork", "set", "set", "print", "print", "if", "if", "for", "exit", "_exit", "wait"]
        )
        if depth == 0 and kind in ("if", "for"):
            kind = "set"
        if kind == "fork":
            return "do", self.condition(2)
        if kind == "set":
            op = r.choice(["=", "+=", "*="])
            return (
                "set",
                r.choice(self.names),
                op,
                r.choice([r.choice(self.names), r.randint(0, 9)]),
            )
        if kind == "print":
            return "print", r.choice(self.names)
        if kind == "if":
            return "if", self.condition(1), self.block(depth - 1), self.block(depth - 1)
        if kind == "for":
            self.loops += 1
            return "for", f"i{self.loops}", r.randint(1, 3), self.block(depth - 1)
        if kind in ("exit", "_exit") and depth < 3:
            return (kind,)
        return ("wait",)

    def condition(self, depth: int) -> Any:
        kinds = ["fork", "fork", "not", "compare"] + (["and", "or"] if depth else [])
        kind = self.r.choice(kinds)
        if kind in ("and", "or"):
            return kind, self.condition(depth - 1), self.condition(depth - 1)
        if kind == "compare":
            return kind, self.r.choice(self.names), self.r.choice("<>"), self.r.randint(0, 9)
        return (kind,)

    # As C.

    def text(self) -> str:
        globals_ = "".join(
            f"int {name} = {value};\n" for name, value in zip(self.names, self.values, strict=True)
        )
        return globals_ + "int main(void)\n{\n" + self.statements() + "}\n"

    def statements(self) -> str:
        return "".join(self.lines(self.body))

    def lines(self, block: list[Any]) -> Iterator[str]:
        for statement in block:
            match statement:
                case "do", condition:
                    yield f"{self.c(condition)};\n"
                case "set", name, op, value:
                    yield f"{name} {op} {value};\n"
                case "print", name:
                    yield f'printf("{name} %d\\n", {name});\n'
                case "if", condition, then, other:
                    yield f"if ({self.c(condition)}) {{\n"
                    yield from self.lines(then)
                    yield "} else {\n"
                    yield from self.lines(other)
                    yield "}\n"
                case "for", name, times, body:
                    yield f"for (int {name} = 0; {name} < {times}; {name}++) {{\n"
                    yield from self.lines(body)
                    yield "}\n"
                case ("wait",):
                    yield "while (wait(NULL) > 0) ;\n"
                case (how,):
                    yield f"{how}(0);\n"

    def c(self, condition: Any) -> str:
        match condition:
            case ("fork",):
                return "fork()"
            case ("not",):
                return "fork() == 0"
            case "compare", name, sign, number:
                return f"{name} {sign} {number}"
            case kind, left, right:
                # `and` binds more closely; where C would group otherwise there are parentheses.
                sides = [self.c(left), self.c(right)]
                if kind == "and":
                    for at, side in enumerate((left, right)):
                        if side[0] == "or":
                            sides[at] = f"({sides[at]})"
                return f"{sides[0]} {'&&' if kind == 'and' else '||'} {sides[1]}"
        raise AssertionError(condition)

    # By playing it again.

    def play(self, name: str, forks: Sequence[bool], tell: Callable[..., None]) -> None:
        """Play one process from the start of the program. `forks` is what its forks gave until it was born,
        True in the parent; from there on it is told of, and each further fork has a child to be told of."""
        variables = dict(zip(self.names, self.values, strict=True))
        trail: list[bool] = []
        buffer: list[str] = []

        def fork() -> bool:
            if born():
                child = f"{name}.{len(trail) - len(forks) + 1}"
                tell("fork", name, child, [*trail, False])
            trail.append(True if born() else forks[len(trail)])
            return trail[-1]

        def born() -> bool:
            return len(trail) >= len(forks)

        def holds(condition: Any) -> bool:
            match condition:
                case ("fork",):
                    return fork()
                case ("not",):
                    return not fork()
                case "compare", variable, sign, number:
                    value = variables[variable]
                    return bool(value < number if sign == "<" else value > number)
                case "and", left, right:
                    return holds(left) and holds(right)
                case "or", left, right:
                    return holds(left) or holds(right)
            raise AssertionError(condition)

        def local() -> None:
            if born():
                tell("local", name)

        def do(block: list[Any]) -> None:
            for statement in block:
                match statement:
                    case "do", condition:
                        holds(condition)
                    case "set", variable, op, operand:
                        value = operand if isinstance(operand, int) else variables[operand]
                        old = variables[variable]
                        value = {"=": value, "+=": old + value, "*=": old * value}[op]
                        if not -(2**31) <= value < 2**31:
                            raise OverflowError
                        variables[variable] = value
                        if born():
                            tell("write", name, self.names.index(variable))
                    case "print", variable:
                        buffer.append(f"{variable} {variables[variable]}")
                        if born():
                            tell("print", name, buffer[-1])
                    case "if", condition, then, other:
                        do(then if holds(condition) else other)
                    case "for", _, times, body:
                        local()
                        for _ in range(times):
                            do(body)
                            local()
                    case (("exit" | "_exit") as how,):
                        raise Ended(how)

        how = "exit"
        try:
            do(self.body)
        except Ended as ended:
            (how,) = ended.args
        tell("exit", name, buffer if how == "exit" else [], variables)


class Story:
    """All that happens if each child runs to its end at once, as under `child-first`. Raises OverflowError where
    there are too many processes, or an int does not hold a number."""

    def __init__(self, listing: Listing, globals_on: str, locals_on: str) -> None:
        self.listing = listing
        self.page_of = {
            name: name if globals_on == "own-pages" else "data" for name in listing.names
        }
        self.pages = list(dict.fromkeys(self.page_of.values()))
        if locals_on == "stack":
            self.pages.append("stack")
        self.memory = Cow("P", ["private"] * len(self.pages), False, [])
        self.peak = len(self.memory.in_use())
        self.tree: list[tuple[str, str | None]] = []
        self.prints: list[str] = []
        self.flushed: list[str] = []
        self.left: dict[tuple[str, str], tuple[Any, set[str]]] = {}
        """of a process and a page when the process ended: the frame, who shared it"""
        self.values: dict[str, list[int]] = {}
        self.live("P", None, [])

    def live(self, name: str, parent: str | None, forks: list[bool]) -> None:
        self.tree.append((name, parent))
        if len(self.tree) > 40:
            raise OverflowError
        self.listing.play(name, forks, self.tell)

    def write(self, name: str, page: str) -> None:
        self.memory.write(name, self.pages.index(page), 0)
        self.peak = max(self.peak, len(self.memory.in_use()))

    def tell(self, what: str, name: str, *more: Any) -> None:
        if what == "fork":
            child, forks = more
            self.memory.fork(name, child)
            self.live(child, name, forks)
        elif what == "write":
            self.write(name, self.page_of[self.listing.names[more[0]]])
        elif what == "local" and "stack" in self.pages:
            self.write(name, "stack")
        elif what == "print":
            self.prints.append(more[0])
        elif what == "exit":
            buffer, variables = more
            self.flushed += buffer
            self.values[name] = list(variables.values())
            tables = self.memory.entries
            for at, page in enumerate(self.pages):
                frame = tables[name][at].frame
                sharers = {each for each in tables if tables[each][at].frame == frame} - {name}
                self.left[name, page] = frame, sharers
            self.memory.exit(name)


def stories(wanted: int) -> list[tuple[Listing, Story]]:
    found: list[tuple[Listing, Story]] = []
    seed = 0
    while len(found) < wanted:
        seed += 1
        listing = Listing(Random(seed), [f"x{seed}", f"y{seed}"])
        try:
            story = Story(listing, "own-pages", "registers")
        except OverflowError:
            continue
        if len(story.tree) > 1:
            found.append((listing, story))
    return found


STORIES = stories(60)


@pytest.mark.parametrize("locals_on", ["registers", "stack"])
@pytest.mark.parametrize("globals_on", ["own-pages", "one-page"])
@pytest.mark.parametrize("number", range(len(STORIES)))
def test_random_listings(number: int, globals_on: Any, locals_on: Any) -> None:
    listing, _ = STORIES[number]
    story = Story(listing, globals_on, locals_on)
    text = listing.text()
    rules = Rules("child-first", globals_on, locals_on, "none", 4096)
    found: Any = tree.count(TreeConfig(Source(tuple(text.splitlines())), rules))
    expected = {
        "processes": len(story.tree),
        "forks": len(story.tree) - 1,
        "faults": story.memory.faults,
        "copies": story.memory.copies,
        "reuses": story.memory.reuses,
        "frames_in_use": 0,
        "frames_peak": story.peak,
        "prints": len(story.prints),
        "output": tuple(story.prints),
    }
    assert {name: found[name] for name in expected} == expected, text
    rows = {(row["process"], row["parent"], row["status"]) for row in found["tree"]}
    assert rows == {(name, parent, "ended") for name, parent in story.tree}, text
    left = {
        (row["process"], row["page"]): (row["frame"], set(row["shared_with"]))
        for row in found["pages"]
    }
    assert left == story.left, text
    if (globals_on, locals_on) == ("own-pages", "registers"):
        for name, _ in story.tree:
            pages = [row for row in found["pages"] if row["process"] == name]
            assert [int(row["contents"]) for row in pages] == story.values[name], text


@pytest.mark.parametrize("number", range(len(STORIES)))
def test_buffers_and_orders_of_random_listings(number: int) -> None:
    listing, story = STORIES[number]
    text = listing.text()
    assert listed(text, "full")["output"] == tuple(story.flushed), text
    for order in ORDERS[1:]:
        other = listed(text, order=order)
        assert other["processes"] == len(story.tree)
        assert Counter(other["output"]) == Counter(story.prints), text


def test_orders() -> None:
    """Two processes that print three lines each: who goes on shows."""
    lines = {side: [f"{side}{n}" for n in range(3)] for side in "cp"}
    say = {side: " ".join(f'printf("{line}\\n");' for line in lines[side]) for side in "cp"}
    source = f"if (fork() == 0) {{ {say['c']} exit(0); }} {say['p']}"
    assert list(listed(source, order="child-first")["output"]) == lines["c"] + lines["p"]
    assert list(listed(source, order="parent-first")["output"]) == lines["p"] + lines["c"]
    in_turn = list(listed(source, order="in-turn")["output"])
    assert [line for line in in_turn if line[0] == "c"] == lines["c"]
    assert [line for line in in_turn if line[0] == "p"] == lines["p"]
    assert all(
        {one[0], other[0]} == {"c", "p"} for one, other in zip(*[iter(in_turn)] * 2, strict=True)
    )


def test_pages_of_mmap() -> None:
    """Counted by hand: p[1] = 4 takes a new frame, each child's p[1]++ a copy; the shared page never faults."""
    found = listed(PUZZLES["a shared page counts, a private one does not"][0])
    assert [found[name] for name in ("faults", "copies", "reuses", "frames_peak")] == [4, 3, 0, 3]


HEAD = """
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static pid_t counted(void) { pid_t pid = fork(); if (pid > 0 && write(2, ".", 1)) {} return pid; }
#define fork counted
/* With no buffer a line might be written in two pieces, and another process's between them. */
static int at_once;
static int say(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vprintf(format, values);
    va_end(values);
    if (at_once)
        fflush(stdout);
    return length;
}
#define printf say
"""
TAIL = """
int main(int argc, char *argv[])
{
    at_once = argv[2][0] == 'n';
    setvbuf(stdout, NULL, argv[2][0] == 'l' ? _IOLBF : _IOFBF, BUFSIZ);
    programs[atoi(argv[1])]();
    exit(0);
}
"""

Compiled = Callable[[str, str], tuple[int, Counter[str]]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """All listings as one program: of a listing and a kind of buffer, the processes and the lines."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    sources = [source for source, *_ in [*PUZZLES.values(), *BUFFERED.values()]]
    bodies = {source: f"{{ {source} }}" for source in sources}
    variables = ""
    for listing, _ in STORIES:
        head, _, _ = listing.text().partition("int main")
        variables += head
        bodies[listing.text()] = f"{{ {listing.statements()} }}"
    functions = [f"static void f{n}(void) {body}\n" for n, body in enumerate(bodies.values())]
    names = ", ".join(f"f{n}" for n in range(len(bodies)))
    text = (
        HEAD
        + variables
        + "".join(functions)
        + f"static void (*programs[])(void) = {{{names}}};"
        + TAIL
    )
    folder: Path = tmp_path_factory.mktemp("listings")
    (folder / "listings.c").write_text(text)
    command = [
        compiler,
        "-w",
        "-fwrapv",
        "-o",
        str(folder / "listings"),
        str(folder / "listings.c"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    numbers = {source: str(n) for n, source in enumerate(bodies)}

    def start(source: str, buffer: str) -> tuple[int, Counter[str]]:
        # The pipes end when the last process has ended.
        done = subprocess.run(
            [str(folder / "listings"), numbers[source], buffer],
            capture_output=True, encoding="ascii", timeout=60,
        )  # fmt: skip
        return 1 + len(done.stderr), Counter(done.stdout.splitlines())

    return start


@pytest.mark.parametrize("name", PUZZLES)
def test_published_answers_by_the_compiler(name: str, compiled: Compiled) -> None:
    source, processes, lines = PUZZLES[name]
    assert compiled(source, "none") == (processes, Counter(lines))


@pytest.mark.parametrize("name", BUFFERED)
def test_buffers_by_the_compiler(name: str, compiled: Compiled) -> None:
    source, processes, kinds = BUFFERED[name]
    for buffer, lines in kinds.items():
        assert compiled(source, buffer) == (processes, Counter(lines))


def test_random_listings_by_the_compiler(compiled: Compiled) -> None:
    for listing, _ in STORIES:
        for buffer in ("none", "line", "full"):
            found = listed(listing.text(), buffer)
            expected = found["processes"], Counter(found["output"])
            assert compiled(listing.text(), buffer) == expected, (buffer, listing.text())
