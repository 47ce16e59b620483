"""Listings run as POSIX says; where there is a C compiler, as they really run."""

import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab.randomness import Generator
from oslab_cow.interpreter import Interpreter
from oslab_cow.listing import parse
from oslab_cow.problems.listings import ProgramShape, draw_program
from oslab_cow.task import Rules

USUAL = Rules("child-first", "own-pages", "registers", "none", 4096)
ORDERS = ("child-first", "parent-first", "in-turn")


def ran(source, **rules):
    interpreter = Interpreter(parse(source), replace(USUAL, **rules))
    interpreter.run()
    return interpreter


def printed(source, **rules):
    return "".join(text for _, text in ran(source, **rules).output)


def figures(interpreter):
    return {
        "processes": len(interpreter.tasks),
        "faults": interpreter.faults,
        "copies": interpreter.copies,
        "reuses": interpreter.reuses,
        "frames": interpreter.memory.frames_in_use,
    }


# Processes.


@pytest.mark.parametrize(
    ("source", "processes"),
    [
        ("fork();", 2),
        ("fork(); fork(); fork();", 8),
        ("for (int i = 0; i < 4; i++) fork();", 16),
        ("int i = 3; while (i-- > 0) fork();", 8),
        ("fork() && fork();", 3),
        ("fork() || fork();", 3),
        ("fork() && fork() || fork();", 5),
        ("(fork() || fork()) && fork();", 5),
        ("if (fork() == 0) fork();", 3),
        ("if (!fork()) exit(0); fork();", 3),
        ("for (int i = 0; i < 3; i++) if (fork() == 0) break;", 4),
        ("for (int i = 0; i < 3; i++) { if (fork() == 0) continue; break; }", 4),
        ("int p = fork(); if (p > 0) p = fork(); else return 0; p > 0 ? fork() : 0;", 4),
    ],
)
def test_processes_of_classic_listings(source, processes):
    for order in ORDERS:
        assert len(ran(source, order=order).tasks) == processes


def test_processes_are_named_by_their_place_in_the_tree():
    tasks = ran("fork(); fork();", order="in-turn").tasks
    assert {(t.name, t.parent and t.parent.name) for t in tasks} == {
        ("P", None), ("P.1", "P"), ("P.2", "P"), ("P.1.1", "P.1"),
    }  # fmt: skip


def test_fork_returns_0_in_the_child_and_its_number_in_the_parent():
    source = 'int p = fork(); printf("%d %d %d\\n", p, getpid(), getppid());'
    assert printed(source, order="parent-first").splitlines() == ["101 100 1", "0 101 1"]
    assert printed(source).splitlines() == ["0 101 100", "101 100 1"]


# Order, waiting, printing.


def test_the_order_says_who_prints_first():
    source = 'if (fork() == 0) { puts("c1"); puts("c2"); } else { puts("p1"); puts("p2"); }'
    assert printed(source).split() == ["c1", "c2", "p1", "p2"]
    assert printed(source, order="parent-first").split() == ["p1", "p2", "c1", "c2"]
    assert printed(source, order="in-turn").split() == ["p1", "c1", "p2", "c2"]


def test_who_waits_goes_on_after_its_child():
    source = 'if (fork() == 0) { puts("c"); exit(0); } wait(NULL); puts("p");'
    for order in ORDERS:
        assert printed(source, order=order).split() == ["c", "p"]


def test_waitpid_waits_for_that_child():
    source = (
        'int a = fork(); if (a == 0) { puts("a"); exit(0); }'
        'int b = fork(); if (b == 0) { puts("b"); exit(0); }'
        'waitpid(b, NULL, 0); puts("p"); waitpid(-1, NULL, 0); puts("q");'
    )
    for order in ORDERS:
        lines = printed(source, order=order).split()
        assert lines.index("b") < lines.index("p") < lines.index("q")
        assert lines.index("a") < lines.index("q")


def test_wait_without_a_child_returns_minus_1():
    assert printed('fork(); wait(NULL); printf("%d\\n", wait(NULL));') == "-1\n-1\n"
    assert printed('int n; while (wait(NULL) > 0) n++; printf("%d", n);') == "0"


def test_who_waits_for_a_child_that_pauses_stays():
    tasks = ran("if (fork() == 0) pause(); wait(NULL);").tasks
    assert [t.status for t in tasks] == ["waiting", "paused"]


@pytest.mark.parametrize(
    ("buffer", "text"), [("none", "ab\nb\n"), ("line", "ab\nab\n"), ("full", "ab\nab\n")]
)
def test_fork_copies_what_is_still_in_the_buffer(buffer, text):
    assert printed('printf("a"); fork(); printf("b\\n");', buffer=buffer) == text


def test_a_full_buffer_appears_at_exit_but_not_at_a_hard_exit():
    assert printed('puts("a"); fork(); exit(0);', buffer="full") == "a\na\n"
    assert printed('puts("a"); fork(); exit(0);', buffer="line") == "a\n"
    assert printed('puts("a"); if (fork() == 0) _exit(0);', buffer="full") == "a\n"
    assert printed('puts("a"); fflush(stdout); fork();', buffer="full") == "a\n"


# Numbers.


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-7 / 2", -3), ("-7 % 2", -1), ("7 / -2", -3), ("1 << 4 | 3", 19), ("~5", -6),
        ("!5 + !0", 1), ("5 > 3 == 1", 1), ("2 && 3", 1), ("0 || 4", 1), ("6 ^ 3", 5),
        ("1 ? 2 : 3", 2), ("(x = 4) + x", 8), ("x++ + x", 3), ("++x + x", 4), ("x-- - --x", 2),
        ("x += 5", 6), ("sizeof(int) * 2", 8), ("'a'", 97),
    ],
)  # fmt: skip
def test_expressions_have_the_values_of_c(expression, value):
    assert printed(f'int x = 1; printf("%d", {expression});') == str(value)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("int x = 0; x = 1 / x;", "division by 0"),
        ("int x = 2147483647; x++;", "does not fit"),
        ("int main() { int x; x++; }", "before it was given a value"),
        ("int x = 40; x = 1 << x;", "shift"),
        ("while (1) fork();", "256 processes"),
        ("int x; while (1) x = 0;", "may never end"),
        ('while (1) puts("a long line of text that is printed again and again");', "characters"),
        ("char *p; p[0] = 1;", "no page that mmap gave"),
        ("int main() { char *p = mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[4096] = 1; }",
         "no page that mmap gave"),
        ("int main() { char *p = mmap(NULL, 4096, 3, MAP_ANONYMOUS, -1, 0); }", "MAP_PRIVATE"),
        ("int main() { char *p = mmap(NULL, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }", "pages"),
        ("int main() { char *p = mmap(NULL, 99 * 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }", "pages"),
        ("mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);", "kept in a pointer"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_naming_the_line(source, named):
    with pytest.raises(InputError, match=r"^listing, line 1: ") as refused:
        ran(source)
    assert named in str(refused.value)


# Pages.


def test_each_global_is_a_page_and_the_first_write_after_a_fork_copies():
    source = "int x = 1; int y = 2; fork(); x++; x++; pause();"
    assert figures(ran(source)) == {
        "processes": 2, "faults": 2, "copies": 1, "reuses": 1, "frames": 3,
    }  # fmt: skip


def test_globals_on_one_page_are_copied_together():
    source = "int x = 1; int y = 2; if (fork() == 0) { x++; y++; } pause();"
    assert figures(ran(source))["faults"] == 2
    assert figures(ran(source, globals_on="one-page"))["faults"] == 1


def test_locals_take_no_page_or_share_the_stack():
    source = "int main() { int x = 1; int y = 1; fork(); x++; y++; pause(); }"
    assert figures(ran(source))["faults"] == 0
    assert figures(ran(source, locals_on="stack"))["faults"] == 2


def test_a_process_that_ends_leaves_its_page_to_the_last_owner():
    source = "int x = 1; if (fork() == 0) exit(0); wait(NULL); x++; pause();"
    found = figures(ran(source))
    assert (found["faults"], found["copies"], found["reuses"]) == (1, 0, 1)


def mapped(flags, rest):
    return f"int main() {{ char *p = mmap(NULL, 2 * 4096, 3, {flags} | MAP_ANONYMOUS, -1, 0); {rest} }}"


def test_private_pages_get_a_frame_with_their_first_write():
    found = ran(mapped("MAP_PRIVATE", "p[0] = 1; p[1] = 2; fork(); p[4096] = 3; pause();"))
    assert figures(found) == {"processes": 2, "faults": 3, "copies": 0, "reuses": 0, "frames": 3}


def test_reading_a_page_that_nobody_touched_gives_zeros_and_no_frame():
    found = ran(mapped("MAP_PRIVATE", 'printf("%d", p[7]); printf("%d", p[8]); pause();'))
    assert figures(found)["faults"] == 1
    assert figures(found)["frames"] == 0
    assert found.output == [("P", "0"), ("P", "0")]


def test_shared_pages_are_written_by_all():
    rest = 'p[0] = 1; if (fork() == 0) { p[0] += 5; exit(0); } wait(NULL); printf("%d", p[0]);'
    found = ran(mapped("MAP_SHARED", rest))
    assert found.output == [("P", "6")]
    assert found.faults == 0


def test_numbers_in_pages_have_their_size_and_sign():
    rest = (
        "int *q = mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);"
        'p[3] = 200; q[1] = -70000; printf("%d %d %d", p[3], q[1], q[0]);'
    )
    assert printed(mapped("MAP_PRIVATE", rest)) == "-56 -70000 0"


# Random listings.


names = st.sampled_from(["x", "y"])
numbers = st.integers(1, 9)
changes = st.one_of(
    st.builds("{} += {};".format, names, numbers),
    st.builds("{} = {} * 2 - {};".format, names, names, numbers),
    st.builds("{}--;".format, names),
    st.builds("local = local + {};".format, names),
)
prints = st.builds('printf("%d {}\\n", {});'.format, numbers, st.sampled_from(["x", "y", "local"]))
conditions = st.recursive(
    st.just("fork()"),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!{}".format, inner),
        st.builds("({} == 0)".format, inner),
    ),
    max_leaves=3,
)
simple = st.one_of(changes, prints, st.just("fork();"))


def blocks(inner):
    lines = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        st.builds("if ({}) {{ {} }} else {{ {} }}".format, conditions, lines, lines),
        st.builds("if ({}) {{ {} exit(0); }}".format, conditions, lines),
        st.builds("for (int i = 0; i < {}; i++) {{ {} }}".format, st.integers(1, 2), lines),
        st.builds("if (local % 2 == 0) {{ {} }}".format, lines),
    )


bodies = st.lists(st.recursive(simple, blocks, max_leaves=5), min_size=2, max_size=5).map("\n".join)
listings = st.builds(
    (
        "int x = {};\nint y = {};\nint main(void)\n{{\nint local = 0;\n{}\n"
        'printf("end %d %d %d\\n", x, y, local);\n}}\n'
    ).format,
    numbers, numbers, bodies,
)  # fmt: skip


@given(listings)
def test_figures_hang_together_under_every_rule(source):
    """Faults are copies and reuses; without waiting or shared pages, what a process does is its own
    affair, so no order of the processes changes how many there are or which lines they print."""
    seen = set()
    for order in ORDERS:
        for where in ({}, {"globals_on": "one-page", "locals_on": "stack"}):
            try:
                found = ran(source, order=order, **where)
            except InputError as refused:
                assert "256 processes" in str(refused) or "does not fit" in str(refused)  # noqa: PT017
                return
            assert found.faults == found.copies + found.reuses
            assert found.memory.frames_in_use == 0
            assert found.copies <= found.forks * len(found.memory.labels)
            seen.add((len(found.tasks), tuple(sorted(text for _, text in found.output))))
    assert len(seen) == 1


@given(listings)
def test_what_stays_is_counted_alike_in_every_order(source):
    """When all processes stay, neither faults nor copies nor frames depend on the order."""
    source = source.replace("exit(0);", "pause();").replace("\n}\n", "\npause();\n}\n")
    seen = []
    for order in ORDERS:
        try:
            seen.append(figures(ran(source, order=order)))
        except InputError:
            return
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]["frames"] == 2 + seen[0]["copies"]


COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler here")

# Every process that ends writes a mark to standard error; so it is counted. Lines are written whole, or
# those of several processes would be mixed.
PRELUDE = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
__attribute__((constructor)) static void begin(void) { if (!getenv("FULL")) setvbuf(stdout, NULL, _IOLBF, 65536); }
__attribute__((destructor)) static void end(void) { fflush(stdout); if (write(2, "x", 1) != 1) _exit(1); }
"""


def really_ran(source, folder, full=False):
    """What the compiled program prints, and how many processes it had."""
    (folder / "listing.c").write_text(PRELUDE + source)
    program = folder / "listing"
    subprocess.run([COMPILER, "-w", "-o", program, folder / "listing.c"], check=True)
    done = subprocess.run(
        [program], capture_output=True, text=True, timeout=60, env={"FULL": "1"} if full else {}
    )
    return Counter(done.stdout.splitlines()), len(done.stderr)


@needs_compiler
@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(listings)
def test_compiled_listings_have_as_many_processes_and_print_the_same(tmp_path_factory, source):
    try:
        found = ran(source)
    except InputError:
        return
    if len(found.tasks) > 64:
        return
    text = "".join(text for _, text in found.output)
    expected = Counter(text.splitlines()), len(found.tasks)
    assert really_ran(source, tmp_path_factory.mktemp("listing")) == expected


@needs_compiler
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        'int main() { printf("a\\n"); fork() && fork() || fork(); printf("b\\n"); }',
        'int main() { printf("a"); if (fork() == 0) { printf("b\\n"); exit(0); } wait(NULL); printf("c\\n"); }',
        'int main() { printf("a\\n"); fflush(stdout); for (int i = 0; i < 3; i++) fork(); printf("b\\n"); }',
        "int main() { int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);"
        ' int x = 1; *p = 5; if (fork() == 0) { *p += x; x++; exit(0); } wait(NULL); printf("%d %d\\n", x, *p); }',
    ],
)
def test_compiled_classics_agree_with_either_buffering(tmp_path, source, full):
    found = ran(source, buffer="full" if full else "line")
    text = "".join(text for _, text in found.output)
    expected = Counter(text.splitlines()), len(found.tasks)
    assert really_ran(source, tmp_path, full) == expected


@needs_compiler
@pytest.mark.parametrize("shape", get_args(ProgramShape))
def test_listings_of_exercises_compile_and_agree(tmp_path, shape):
    for seed in range(2):
        drawn = draw_program(Generator(f"{shape} {seed}"), shape, 2 + seed).program.text
        # A process that pauses would stay for ever.
        source = drawn.replace("pause();", "return 0;")
        found = ran(source)
        text = "".join(text for _, text in found.output)
        assert really_ran(source, tmp_path) == (Counter(text.splitlines()), len(found.tasks))
