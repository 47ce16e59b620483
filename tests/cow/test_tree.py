"""cow tree: steps, figures, and the command."""

import io
import json

import pytest

from oslab import InputError
from oslab.cli import main
from oslab_cow import tree
from oslab_cow.task import Rules
from oslab_cow.tree import Source, TreeConfig, count, run

SHARING = """int x = 1, y;
int main(void)
{
    if (fork() == 0) {
        x++;
        printf("child %d\\n", x);
        exit(0);
    }
    wait(NULL);
    fork();
    y = 7;
    printf("%d\\n", x);
    pause();
}
"""
RACE = 'int x; if (fork() == 0) { puts("c"); exit(0); } puts("p"); x++;'


def config(source, order="child-first", **rules):
    usual = {
        "globals_on": "own-pages",
        "locals_on": "registers",
        "buffer": "none",
        "page_size": 4096,
    }
    return TreeConfig(Source(tuple(source.splitlines())), Rules(order, **{**usual, **rules}))


def command(capsys, *arguments, stop_code=0):
    with pytest.raises(SystemExit) as stop:
        main(["cow", "tree", *arguments])
    out, err = capsys.readouterr()
    assert stop.value.code == stop_code, err
    return out if stop_code == 0 else err


def answer(capsys, *arguments):
    return json.loads(command(capsys, *arguments, "--json"))


def test_the_figures_of_a_run():
    metrics = run(config(SHARING)).metrics
    plain = {name: value for name, value in metrics.items() if name not in ("tree", "pages")}
    assert plain == {
        "processes": 3, "forks": 2, "faults": 3, "copies": 2, "reuses": 1, "frames_in_use": 3,
        "frames_peak": 3, "prints": 3, "output": ("child 2", "1", "1"),
        "order_changes": (),
    }  # fmt: skip


def test_the_tree_says_who_is_whose_child_and_how_it_ended():
    rows = run(config(SHARING)).metrics["tree"]
    assert [tuple(row.values()) for row in rows] == [
        ("P", None, None, "paused"), ("P.1", "P", 4, "ended"), ("P.2", "P", 10, "paused"),
    ]  # fmt: skip


def test_the_pages_say_who_shares_and_sees_what():
    rows = {
        (row["process"], row["page"]): (row["shared_with"], row["contents"])
        for row in run(config(SHARING)).metrics["pages"]
    }
    assert rows[("P.1", "x")] == ((), "2")
    assert rows[("P.1", "y")] == (("P",), "0")
    assert rows[("P", "x")] == (("P.2",), "1")
    assert rows[("P.2", "y")] == ((), "7")


def test_steps_tell_forks_faults_and_prints_in_order():
    told = [(s.action, s.actor, s.result.get("event")) for s in run(config(SHARING)).steps]
    assert told == [
        ("tree-begin", "", None),
        ("tree-fork", "P", None),
        ("tree-write", "P.1", "copy"),
        ("tree-print", "P.1", None),
        ("tree-exit", "P.1", None),
        ("tree-wait", "P", None),
        ("tree-fork", "P", None),
        ("tree-write", "P.2", "copy"),
        ("tree-print", "P.2", None),
        ("tree-pause", "P.2", None),
        ("tree-write", "P", "reuse"),
        ("tree-print", "P", None),
        ("tree-pause", "P", None),
        ("tree-end", "", None),
    ]


@pytest.mark.parametrize("order", tree.ORDERS)
@pytest.mark.parametrize("source", [SHARING, RACE, "fork() && fork(); fork();"])
def test_count_gives_the_metrics_of_run(source, order):
    assert count(config(source, order)) == run(config(source, order)).metrics


def test_what_another_order_would_change_is_named():
    assert "output" in run(config(RACE)).metrics["order_changes"]
    # With the child gone first, its parent is the last owner of the page.
    assert "copies" in run(config(RACE)).metrics["order_changes"]
    assert "faults" not in run(config(RACE)).metrics["order_changes"]
    spinning = (
        "int main() { int *p = mmap(NULL, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
        "if (fork() == 0) { *p = 1; exit(0); } while (*p == 0) ; }"
    )
    assert "ends" in run(config(spinning)).metrics["order_changes"]


def test_many_processes_are_counted_but_not_drawn():
    found = run(config("int x; for (int i = 0; i < 5; i++) { fork(); x++; }"))
    assert found.metrics["processes"] == 32
    assert "processes" in found.steps[3].state
    assert not found.steps[-1].state


def test_too_many_steps_are_refused_but_counted():
    long = "int x; for (int i = 0; i < 12000; i++) x = i;"
    with pytest.raises(InputError, match="--no-steps"):
        run(config(long))
    assert count(config(long))["faults"] == 0


def test_the_command_reads_code_a_file_and_standard_input(capsys, tmp_path, monkeypatch):
    file = tmp_path / "fork.c"
    file.write_bytes(SHARING.replace("\n", "\r\n").encode())
    from_file = answer(capsys, "--program", str(file))
    assert from_file["metrics"]["processes"] == 3
    assert from_file["command"] == "cow.tree"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SHARING.encode())))
    assert answer(capsys, "--program", "-") == from_file
    assert answer(capsys, "--code", "fork();")["metrics"]["processes"] == 2


def test_every_rule_can_be_settled(capsys):
    rules = ["--order", "in-turn", "--globals", "one-page", "--locals", "stack"]
    rules += ["--buffer", "full", "--page-size", "8K"]
    code = (
        "int x = 1; int y; int main() { char *p = mmap(NULL, 9000, 3, MAP_PRIVATE | MAP_ANONYMOUS,"
        ' -1, 0); p[8192] = 1; fork(); puts("a"); }'
    )
    found = answer(capsys, "--code", code, *rules)
    assert found["config"]["rules"] == {
        "order": "in-turn", "globals_on": "one-page", "locals_on": "stack", "buffer": "full",
        "page_size": 8192,
    }  # fmt: skip
    assert set(found["config"]["rules"]) <= set(found["conventions"])
    assert [row["page"] for row in found["metrics"]["pages"] if row["process"] == "P"] == [
        "data", "stack", "p/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--program FILE"),
        (["--code", "fork();", "--program", "x.c"], "--program FILE"),
        (["--program", "/no/such/file.c"], "cannot read"),
        (["--code", "frok();"], 'did you mean "fork"'),
        (["--code", "fork();", "--order", "random"], "--order"),
        (["--code", "fork();", "--page-size", "1000"], "power of two"),
        (["--code", "while (1) fork();"], "256 processes"),
    ],
)
def test_bad_input_is_named(capsys, arguments, named):
    assert named in command(capsys, *arguments, stop_code=2)


def test_a_file_that_is_no_text_is_named(capsys, tmp_path):
    file = tmp_path / "a.out"
    file.write_bytes(b"\x7fELF\xff\xfe\x00")
    assert "UTF-8" in command(capsys, "--program", str(file), stop_code=2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_has_words(capsys, language):
    code = (
        "int x = 1; int main() { char *p = mmap(NULL, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);"
        " char *q = mmap(NULL, 9, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); x = p[0]; *q = 1; p[0] = 2;"
        ' if (fork() == 0) { x++; exit(0); } if (fork() == 0) { puts("hi"); pause(); }'
        ' wait(NULL); x++; printf("%d\\n", x); wait(NULL); wait(NULL); }'
    )
    with pytest.raises(SystemExit):
        main(["--lang", language, "cow", "tree", "--code", code])
    shown = capsys.readouterr().out
    assert "tree-" not in shown
    assert "$" not in shown


def test_predicting_asks_about_forks_writes_and_prints(capsys, monkeypatch):
    answers = "2\ncopy\n2\n3\ncopy\n1\nreuse\n1\n3\n3\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    monkeypatch.setattr("oslab.cli.simulator._check_stdin_is_free", lambda values: None)
    with pytest.raises(SystemExit) as stop:
        main(["cow", "tree", "--code", SHARING, "--predict"])
    assert stop.value.code == 0, capsys.readouterr()
