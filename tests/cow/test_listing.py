"""The subset of C: what is read, and what is said about everything else."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cow.listing import parse
from oslab_cow.nodes import Assign, Binary, Block, Call, Element, Evaluate, Logical, Number, Use
from oslab_cow.tokens import tokens


def first(source):
    """The first expression of a listing's body."""
    statement = parse(source).body.statements[0]
    while isinstance(statement, Block):
        statement = statement.statements[0]
    assert isinstance(statement, Evaluate)
    return statement.expression


def refusal(source):
    with pytest.raises(InputError) as refused:
        parse(source)
    return str(refused.value)


def shape(expression):
    """An expression in parentheses, as C groups it."""
    match expression:
        case Number(value):
            return str(value)
        case Use(variable):
            return variable.name
        case Call(name):
            return f"{name}()"
        case Binary(op, left, right) | Logical(op, left, right):
            return f"({shape(left)}{op}{shape(right)})"
    raise AssertionError(expression)


@pytest.mark.parametrize(
    ("source", "grouped"),
    [
        ("1 + 2 * 3", "(1+(2*3))"),
        ("8 - 2 - 1", "((8-2)-1)"),
        ("fork() && fork() || fork()", "((fork()&&fork())||fork())"),
        ("fork() || fork() && fork()", "(fork()||(fork()&&fork()))"),
        ("1 == 2 & 3", "((1==2)&3)"),
        ("1 << 2 + 3 < 4", "((1<<(2+3))<4)"),
        ("(1 + 2) * 3 % 4", "(((1+2)*3)%4)"),
    ],
)
def test_signs_group_as_in_c(source, grouped):
    assert shape(first(source + ";")) == grouped


@pytest.mark.parametrize("text", ["0x1F", "31", "037", "0b11111", "31L", "31u"])
def test_numbers_are_read_as_c_writes_them(text):
    assert first(f"{text};") == Number(31)


def test_a_character_is_its_number():
    assert first("'A';") == Number(65)
    assert first("'\\n';") == Number(10)


def test_comments_includes_and_defines():
    source = "#include <unistd.h>\n#define N 3 // three\n/* a\n comment */ int x = N;\nint main() { fork(); }"
    program = parse(source)
    assert [(v.name, value) for v, value in program.globals] == [("x", 3)]


def test_globals_stand_outside_of_main_and_locals_inside():
    program = parse("int a, b = -2; char *p; int main(void) { int c = 1; a = c; }")
    assert [(v.name, value, v.element) for v, value in program.globals] == [
        ("a", 0, 0), ("b", -2, 0), ("p", 0, 1),
    ]  # fmt: skip
    assert program.last_line == 1


def test_without_main_constants_before_the_first_statement_are_globals():
    program = parse("int x = 1; int pid = fork(); int y = 2;")
    assert [v.name for v, _ in program.globals] == ["x"]
    assert len(program.body.statements) == 2


def test_a_name_means_the_variable_of_the_innermost_block():
    body = parse("int x = 1; int main() { { int x = 2; x = 3; } x = 4; }").body
    inner, outer = body.statements
    assert isinstance(inner, Block)
    assigned = [s.expression for s in (*inner.statements, outer)]
    assert all(isinstance(a, Assign) for a in assigned)
    numbers = [a.target.variable.number for a in assigned]
    assert numbers == [1, 1, 0]


def test_elements_are_written_in_three_ways():
    source = (
        "int main() { char *p = mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); %s = 1; }"
    )
    targets = []
    for text in ("p[5]", "*(p + 5)", "*p"):
        assign = parse(source % text).body.statements[-1].expression
        assert isinstance(assign.target, Element)
        targets.append(assign.target.index)
    assert targets == [Number(5), Number(5), Number(0)]


def test_the_usual_main_of_a_textbook_is_read():
    parse(
        "int main(int argc, char *argv[]) { int status; pid_t pid = fork();\n"
        'if (pid < 0) { perror("fork"); exit(EXIT_FAILURE); }\n'
        'else if (pid == 0) { fprintf(stderr, "%d %c%%\\n", 1, 65); _exit(0); }\n'
        "waitpid(pid, &status, 0); while (wait(NULL) > 0) ; do pid--; while (pid > 0);\n"
        'for (;;) break; puts("a" "b"); fflush(stdout); return (int) sizeof(long); }'
    )


@pytest.mark.parametrize(
    ("source", "place", "named"),
    [
        ("int main(void) { frok(); }", "line 1, column 18", 'did you mean "fork"'),
        ("fork()\nfork();", "line 2, column 1", "; is expected"),
        ("if (fork() == 0 { }", "line 1, column 17", ") is expected"),
        ("int main() { fork();", "line 1, column 21", "} is expected for the { of line 1"),
        ("x = 1;", "column 1", "no variable"),
        ("int x; int x;", "column 12", "declared in this block already"),
        ("fork() = 3;", "column 1", "variable is expected before ="),
        ('printf("%d");', "column 1", "1 places such as %d, but 0 values"),
        ('printf("%s", 1);', "column 8", "%d and %c"),
        ("int a[3];", "column 5", "mmap"),
        ("int f(void) { }", "column 5", "main is the only function"),
        ("float x;", "column 1", "whole numbers"),
        ("wait();", "column 1", "wait(NULL)"),
        ("sleep(1);", "column 1", "wait(NULL) waits"),
        ("vfork();", "column 1", "only fork"),
        ('execlp("ls");', "column 1", "only fork"),
        ("else ;", "column 1", "no if before"),
        ("break;", "column 1", "in no loop"),
        ("char *p; int x; x = p;", "column 17", "cannot hold a pointer"),
        ("char *p; p++;", "column 11", "p[i]"),
        ("char *p; p = 3;", "column 10", "mmap returns"),
        ("int x; *x = 3;", "column 9", "pointer is expected"),
        ("int main() { } fork();", "column 16", "nothing but main"),
        ("1.5;", "column 1", "whole number"),
        ("09;", "column 1", "octal"),
        ("3000000000;", "column 1", "does not fit"),
        ("/* no end", "column 1", "no */"),
        ('puts("no end);', "column 6", "closing"),
        ("#if 1", "column 1", "#include and #define"),
        ("@", "column 1", "no sign of C's"),
        ("", "", "empty"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(source, place, named):
    said = refusal(source)
    assert place in said
    assert named in said


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000,
        "{" * 5000,
        "!" * 5000 + "1;",
        "if (1) " * 3000 + ";",
        "int x = 1; x" + " = x" * 3000 + ";",
        "1" + " + 1" * 3000 + ";",
        "1 ? 2 : " * 2000 + "3;",
        ";" * 20_000,
        " " * 100_000,
        "*" * 2000 + "p;",
        "int " + ", ".join(f"v{n}" for n in range(500)) + ";",
    ],
)
def test_hostile_listings_are_refused_not_followed(source):
    assert refusal(source)


@given(st.text(alphabet="int xmain(){};=+-*&|!<>\"'%dfork\n0123/#,?:[]", max_size=60))
def test_any_text_is_read_or_refused(source):
    with suppress(InputError):
        parse(source)


@given(st.text(max_size=40))
def test_tokens_know_their_place(source):
    lines = source.split("\n")
    try:
        found = list(tokens(source))
    except InputError:
        return
    for token in found[:-1]:
        if token.kind != "number":
            assert lines[token.line - 1][token.column - 1 :].startswith(token.text.split("\n")[0])
