"""Listings with forks, drawn for exercises: each shape is one classic form, with its parts drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from oslab import Generator
from oslab_cow.task import Rules
from oslab_cow.tree import Source, TreeConfig

ValuesShape: TypeAlias = Literal["branch", "two-branches", "nested", "loop", "chain", "shared"]
ProgramShape: TypeAlias = Literal["forks", "loop", "logic", "branches", "exits", "pages", "mapped"]

PRINT: Final = 'printf("%d\\n", x);'
MMAP: Final = "mmap(NULL, {}, PROT_READ | PROT_WRITE, {} | MAP_ANONYMOUS, -1, 0)"
HALF = Fraction(1, 2)


def config_of(lines: Sequence[str]) -> TreeConfig:
    """A listing under the usual rules; exercises are drawn so that the order does not matter."""
    rules = Rules("child-first", "own-pages", "registers", "none", 4096)
    return TreeConfig(Source(tuple(lines)), rules)


def draw_values(rng: Generator, shape: ValuesShape) -> TreeConfig:
    """Two numbers, x and y, that the processes change; nothing is printed."""
    x, y = rng.sample(range(2, 10), 2)
    head = [f"int x = {x};"] if shape == "shared" else [f"int x = {x};", f"int y = {y};"]
    return config_of([*head, "", *_main([*_VALUES[shape](rng), "pause();"])])


def draw_program(rng: Generator, shape: ProgramShape, forks: int) -> TreeConfig:
    """A program with so many forks in its text, or turns of a loop with a fork in it."""
    globals_, body = _PROGRAMS[shape](rng, forks)
    return config_of([*globals_, *([""] if globals_ else []), *_main(body)])


def _main(body: Sequence[str]) -> list[str]:
    return ["int main(void)", "{", *_indented(body), "}"]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _block(head: str, lines: Sequence[str]) -> list[str]:
    return [f"{head} {{", *_indented(lines), "}"]


def _if_else(condition: str, then: Sequence[str], other: Sequence[str]) -> list[str]:
    return [f"if ({condition}) {{", *_indented(then), "} else {", *_indented(other), "}"]


def _change(rng: Generator, name: str, other: str, absolute: bool = False) -> str:
    """A statement that gives a variable another value."""
    c = rng.between(2, 9)
    kinds = [
        f"{name} += {c};",
        f"{name} -= {c};",
        f"{name} = {name} * 2;",
        f"{name} = {other} + {c};",
    ]
    if absolute:
        kinds.append(f"{name} = {c * 10};")
    return rng.choice(kinds)


def _changes(rng: Generator, count: int) -> list[str]:
    """So many statements, on x and y in turn, beginning with either."""
    names = rng.shuffled(["x", "y"])
    return [_change(rng, names[n % 2], names[(n + 1) % 2], absolute=True) for n in range(count)]


# What is in x and y?


def _one_branch(rng: Generator) -> list[str]:
    return [
        *(_changes(rng, 1) if rng.chance(HALF) else []),
        *_if_else("fork() == 0", _changes(rng, 2), _changes(rng, 2)),
    ]


def _two_branches(rng: Generator) -> list[str]:
    return [
        *_if_else("fork() == 0", _changes(rng, 1), _changes(rng, 1)),
        *_changes(rng, 1),
        *_if_else("fork() > 0", _changes(rng, 1), _changes(rng, 2)),
    ]


def _nested(rng: Generator) -> list[str]:
    inner = _if_else("fork() == 0", _changes(rng, 1), _changes(rng, 1))
    return [
        *_if_else("fork() == 0", [*_changes(rng, 1), *inner], _changes(rng, 2)),
        *_changes(rng, 1),
    ]


def _loop_of_children(rng: Generator) -> list[str]:
    turns = rng.between(2, 3)
    child = [_change(rng, "x", "y"), "break;"]
    body = [*_block("if (fork() == 0)", child), _change(rng, "y", "x")]
    return _block(f"for (int i = 0; i < {turns}; i++)", body) + _changes(rng, 1)


def _chain(rng: Generator) -> list[str]:
    turns = rng.between(2, 3)
    parent = [_change(rng, "y", "x"), "break;"]
    body = [*_block("if (fork() > 0)", parent), _change(rng, "x", "y")]
    return _block(f"for (int i = 0; i < {turns}; i++)", body) + _changes(rng, 1)


def _shared(rng: Generator) -> list[str]:
    """y lies on a shared page; whoever reads it after another has written it has waited for that."""

    def changes() -> list[str]:
        # Each goes on from the value before, so that a wrong one is carried to the end.
        signs = [f"+= {rng.between(2, 9)}", f"-= {rng.between(2, 9)}", "*= 2"]
        return rng.shuffled([f"{name} {rng.choice(signs)};" for name in ("x", "*y")])

    first = [line.replace("y", "*y") for line in _changes(rng, 1)]
    grandchild = _block("if (fork() == 0)", [*changes(), "exit(0);"])
    child = [*first, *grandchild, "wait(NULL);", *changes(), "exit(0);"]
    return [
        f"int *y = {MMAP.format(4096, 'MAP_SHARED')};",
        f"*y = {rng.between(2, 9)};",
        *_block("if (fork() == 0)", child),
        "wait(NULL);",
        *changes(),
    ]


# How many processes, lines, faults?

_Body: TypeAlias = "tuple[list[str], list[str]]"


def _added(rng: Generator) -> str:
    return f"x += {rng.between(2, 9)};"


def _number(rng: Generator) -> str:
    return f"int x = {rng.between(1, 9)};"


def _row_of_forks(rng: Generator, forks: int) -> _Body:
    """Forks one after another, with prints and changes between them."""
    between = [[_added(rng)], [PRINT], [_added(rng), PRINT]]
    body = [PRINT] if rng.chance(HALF) else []
    for n in range(forks):
        body.append("fork();")
        body += rng.choice(between) if n < forks - 1 else [_added(rng), PRINT]
    return [_number(rng)], body


def _forking_loop(rng: Generator, forks: int) -> _Body:
    """A loop with a fork in each turn, in one of them perhaps none."""
    fork = "fork();"
    if rng.chance(HALF):
        fork = f"if (i != {rng.below(forks + 1)}) fork();"
        forks += 1
    body = [fork, *([_added(rng)] if rng.chance(HALF) else ["x += i;"])]
    if rng.chance(HALF):
        body.reverse()
    loop = _block(f"for (int i = 0; i < {forks}; i++)", body)
    return [_number(rng)], [PRINT, *loop, PRINT]


def _logic(rng: Generator, forks: int) -> _Body:
    """Forks joined by && and ||, as a condition."""
    condition = _joined(rng, forks, outermost=True)
    then, other = (f"x {sign} {rng.between(2, 9)};" for sign in rng.shuffled(["+=", "-="]))
    before = [PRINT] if rng.chance(HALF) else []
    after = ["fork();"] if rng.chance(HALF) else []
    choice = [f"if ({condition})", f"    {then}", "else", f"    {other}"]
    return [f"int x = {rng.between(10, 19)};"], [*before, *choice, *after, PRINT]


def _joined(rng: Generator, forks: int, outermost: bool = False) -> str:
    if forks == 1:
        return "fork()"
    left = rng.between(1, forks - 1)
    parts = _joined(rng, left), _joined(rng, forks - left)
    text = f" {rng.choice(['&&', '||'])} ".join(parts)
    return text if outermost else f"({text})"


def _branches(rng: Generator, forks: int) -> _Body:
    """if and else, each side with forks and prints of its own."""
    sides: list[list[str]] = [[_added(rng)], [_added(rng)]]
    for n in range(forks - 1):
        sides[rng.below(2) if n else 0].append("fork();")
    sides[rng.below(2)].append(PRINT)
    order = [0, 1] if rng.chance(HALF) else [1, 0]
    condition = rng.choice(["fork() == 0", "fork() > 0"])
    return (
        [_number(rng)],
        [*_if_else(condition, sides[order[0]], sides[order[1]]), _added(rng), PRINT],
    )


def _exits(rng: Generator, forks: int) -> _Body:
    """A loop whose children leave by exit, after a fork of their own perhaps."""
    child = [_added(rng), *(["fork();"] if rng.chance(HALF) else []), PRINT, "exit(0);"]
    body = [*_block("if (fork() == 0)", child), _added(rng)]
    return [_number(rng)], [*_block(f"for (int i = 0; i < {forks}; i++)", body), PRINT]


def _written(rng: Generator, names: Sequence[str], count: int) -> list[str]:
    return [f"{name} += {rng.between(1, 9)};" for name in rng.sample(names, count)]


def _writes_and_forks(rng: Generator, forks: int) -> _Body:
    """Three globals, a page each; after each fork some are written, some only read."""
    names = ["a", "b", "c"]
    values = rng.sample(range(1, 10), 3)
    read = f'printf("%d\\n", {rng.choice(names)});'
    sides = [_written(rng, names, rng.between(1, 2)), [*_written(rng, names, 1), read]]
    after = _written(rng, names, 1)
    for _ in range(forks - 1):
        # Where the next fork stands decides how many processes reach it.
        place = rng.choice([*sides, after])
        place += ["fork();", *_written(rng, names, rng.between(1, 2))]
    before = _written(rng, names, 1) if rng.chance(HALF) else []
    declared = [f"int {name} = {value};" for name, value in zip(names, values, strict=True)]
    return declared, [*before, *_if_else("fork() == 0", *rng.shuffled(sides)), *after, "pause();"]


def _mapped(rng: Generator, forks: int) -> _Body:
    """Pages that mmap gives, some touched before the fork and some after it."""
    pages = rng.between(3, 4)
    order = rng.shuffled(range(pages))
    early = sorted(order[: rng.between(1, pages - 1)])

    def touched(which: Sequence[int]) -> list[str]:
        return [f"p[{page} * 4096] = {rng.between(1, 9)};" for page in which]

    body = [f"char *p = {MMAP.format(f'{pages} * 4096', 'MAP_PRIVATE')};", *touched(early)]
    for _ in range(forks):
        body.append("fork();")
        body += touched(rng.sample(range(pages), rng.between(1, 2)))
    read = f'printf("%d\\n", p[{rng.below(pages)} * 4096]);'
    return [], [*body, read, "pause();"]


_VALUES: dict[ValuesShape, Callable[[Generator], list[str]]] = {
    "branch": _one_branch,
    "two-branches": _two_branches,
    "nested": _nested,
    "loop": _loop_of_children,
    "chain": _chain,
    "shared": _shared,
}
_PROGRAMS: dict[ProgramShape, Callable[[Generator, int], _Body]] = {
    "forks": _row_of_forks,
    "loop": _forking_loop,
    "logic": _logic,
    "branches": _branches,
    "exits": _exits,
    "pages": _writes_and_forks,
    "mapped": _mapped,
}
