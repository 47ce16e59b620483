"""oslab multiplex tree: steps, figures, questions, errors."""

import json

import pytest

from oslab import InputError, Tree
from oslab_multiplex.tree import Coloured, TreeConfig, run


def config(insert=(), delete=(), before=(), kinds=("red-black",), double=2):
    return TreeConfig(kinds, tuple(before), tuple(insert), tuple(delete), double)


def told(run):
    return [(s.action, s.actor, s.result.get("direction"), s.result.get("up")) for s in run.steps]


def test_a_double_rotation_is_two_steps_and_two_rotations():
    whole = run(config(insert=[10, 5, 7]))
    assert told(whole)[3:] == [
        ("tree-insert", "red-black", None, None),
        ("tree-turn", "red-black", "left", 7),
        ("tree-turn", "red-black", "right", 7),
    ]
    assert whole.metrics["rotations"] == 2
    assert run(config(insert=[10, 5, 7], double=1)).metrics["rotations"] == 1
    assert whole.metrics["tree"] == ("7B", "5R", "10R")


def test_the_first_step_of_an_operation_says_what_the_repair_will_take():
    [*_, step, turn] = run(config(insert=[1, 2, 3])).steps
    assert (step.result["parent"], step.result["side"], step.result["rotations"]) == (2, "right", 1)
    assert (turn.given["node"], turn.result["direction"], turn.result["up"]) == (1, "left", 2)
    assert (turn.result["black"], turn.result["red"]) == ((2,), (1,))
    assert turn.state["red-black"] == Tree("2B", (Tree("1R"), Tree("3R")))


def test_deleting_a_node_with_two_children_puts_its_successor_there():
    [start, step, turn] = run(config(before=[10, 20, 30, 5, 7], delete=[20])).steps
    assert (start.action, step.result["stand_in"], step.result["rotations"]) == (
        "tree-start",
        30,
        1,
    )
    assert turn.given["why"] == "far-red"


def test_what_was_there_before_is_not_counted():
    whole = run(config(before=range(1, 20), insert=[40]))
    assert whole.metrics["comparisons"] == 5 + 1
    assert run(config(before=[2], insert=[1])).metrics["comparisons"] == 1


def test_other_trees_stand_beside():
    whole = run(config(insert=range(1, 8), kinds=("red-black", "avl", "plain")))
    assert whole.metrics["height"] == 4
    assert [(r["kind"], r["height"], r["rotations"]) for r in whole.metrics["beside"]] == [
        ("avl", 3, 4),
        ("plain", 7, 0),
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "at least one key is expected"),
        ({"insert": [3, 3]}, "--insert has 3 twice"),
        ({"insert": [3], "before": [3]}, "3 is in the tree already"),
        ({"insert": [3], "delete": [4]}, "4 is deleted but never inserted"),
        ({"insert": range(6000), "kinds": ("plain",)}, "6000 keys are too many for the plain tree"),
        ({"insert": range(100_001)}, "100001 keys are too many"),
    ],
)
def test_bad_keys_are_refused(settings, said):
    with pytest.raises(InputError, match=said):
        config(**settings)


def test_long_input_gives_figures_only(oslab):
    result = oslab("multiplex", "tree", "--insert", "1..20000", "--json")
    document = json.loads(result.out)
    assert (result.code, document["steps"]) == (0, [])
    assert document["metrics"]["height"] <= 28
    refused = oslab("multiplex", "tree", "--insert", "1..20000", "--steps")
    assert refused.code == 2
    assert "the steps of at most 10000" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--insert", "x"], '--insert: "x" is not a whole number'),
        (["--insert", "9..1"], "it goes down"),
        (["--insert", "1", "--kind", "b-tree"], '--kind "b-tree" is not one of'),
        (["--insert", "1", "--double", "3"], '--double "3" is not one of 1, 2'),
        (["--insert", "1..1000000000000"], "keys are too many"),
        ([], "at least one key"),
    ],
)
def test_bad_options_are_told_in_a_sentence(oslab, arguments, said):
    result = oslab("multiplex", "tree", *arguments)
    assert (result.code, said in result.err) == (2, True), result.err


@pytest.mark.parametrize(
    ("text", "read"), [("8b", "8B"), ("３Ｒ", "3R"), ("12黑", "12B"), ("7 红", None)]
)
def test_coloured_keys_are_read_as_meant(text, read):
    if read is None:
        with pytest.raises(ValueError, match="text"):
            Coloured().read(text)
    else:
        assert Coloured().read(text) == read
