"""The exercises on red-black trees and on structures: keys, follow-through, mistakes."""

import pytest

from oslab_multiplex.problems.rbtree import RBTree
from oslab_multiplex.problems.rbtree_misread import from_preorder
from oslab_multiplex.problems.structure import Structure
from oslab_multiplex.structure import Operation, StructureConfig
from oslab_multiplex.tree import TreeConfig, preorder


def config(insert="", delete="", before=""):
    keys = (tuple(map(int, text.split())) for text in (before, insert, delete))
    return TreeConfig(("red-black",), *keys, 2)


def key(problem, params):
    return problem.solve(params, problem.run(params))


def rows(answers):
    return [f"{row['rotations']}: {' '.join(row['tree'])}" for row in answers["operations"]]


def gives(problem, name, params):
    return type(problem).mistakes()[name](problem, params)


def test_each_operation_has_its_rotations_and_its_tree():
    found = key(RBTree(), config(insert="10 5 7 1", delete="7"))
    assert rows(found) == [
        "0: 10B",
        "0: 10B 5R",
        "2: 7B 5R 10R",
        "0: 7B 5B 1R 10B",
        "1: 5B 1B 10B",
    ]
    assert (found["rotations"], found["height"], found["tree"]) == (3, 2, ("5B", "1B", "10B"))


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("unbalanced", config(insert="10 5 7"), ["0: 10B", "0: 10B 5R", "0: 10B 5R 7R"]),
        ("uncle-rotates", config(before="10 5 15", insert="3"), ["1: 5B 3R 10R 15R"]),
        ("predecessor", config(before="10 5 15 3", delete="10"), ["0: 5B 3B 15B"]),
        # In an AVL tree 1 makes the root's side too high; then colours as heights say.
        ("avl-for-rb", config(before="20 10 30 5", insert="4 3"), None),
    ],
)
def test_mistaken_trees(name, params, said):
    found = rows(gives(RBTree(), name, params))
    if said is not None:
        assert found == said
    assert found != rows(key(RBTree(), params))


def test_an_avl_tree_is_coloured_as_a_red_black_tree():
    params = config(insert="1 2 3 4 5 6 7 8 9 10 11 12")
    for row in gives(RBTree(), "avl-for-rb", params)["operations"]:
        assert from_preorder(row["tree"]) is not None


def test_a_double_rotation_counted_once_changes_the_number_only():
    params = config(insert="10 5 7")
    found = gives(RBTree(), "double-is-one", params)
    assert rows(found)[-1] == "1: 7B 5R 10R"
    assert gives(RBTree(), "double-is-one", config(insert="1 2 3")) is None


def test_a_row_follows_from_the_tree_before_it():
    problem, params = RBTree(), config(insert="10 5 7 1", delete="7")
    right = key(problem, params)["operations"]
    for n in range(len(right)):
        assert problem.follow(params, "operations", right[:n]) == right[n]
    # Another red-black tree of the same keys is taken as it is.
    slip = {"rotations": 1, "tree": ("5B", "10R", "7R")}
    assert from_preorder(slip["tree"]) is None
    assert problem.follow(params, "operations", [*right[:2], slip]) == right[3]
    other = {"rotations": 1, "tree": ("7B", "5B", "10B")}
    assert problem.follow(params, "operations", [*right[:2], other]) == {
        "rotations": 0,
        "tree": ("7B", "5B", "1R", "10B"),
    }


@pytest.mark.parametrize(
    "nodes",
    ["5R", "5B 3R 2R", "5B 3B", "5B 7R 3R", "5B 3R 3R", "5", "xB", "5B 3B 8B 7B"],
)
def test_what_is_no_red_black_tree_is_not_taken_for_one(nodes):
    assert from_preorder(nodes.split()) is None


def test_a_preorder_is_the_tree():
    nodes = ["38B", "19R", "12B", "8R", "31B", "41B"]
    assert list(preorder(from_preorder(nodes))) == nodes


def test_structures_as_misunderstood():
    add = tuple(Operation("add", n, n) for n in range(3, 10))
    ops = (Operation("find", 9, 9), Operation("add", 12, 12))
    names = ("list", "sorted-array", "plain-tree", "red-black-tree")
    params = StructureConfig(names, 4, add, ops)
    problem = Structure()

    def pairs(answers):
        return [(row["comparisons"], row["moves"]) for row in answers["counts"]]

    # The 9 and the 12 below it are red, their uncle too; so are then the 8 and the 6, and one rotation follows.
    assert pairs(key(problem, params)) == [(14, 0), (6, 0), (14, 0), (8, 1)]
    assert pairs(gives(problem, "found-not-counted", params)) == [(13, 0), (5, 0), (13, 0), (7, 1)]
    assert pairs(gives(problem, "all-halve", params)) == [(6, 0), (6, 0), (6, 0), (6, 1)]
    assert pairs(gives(problem, "tree-balanced", params))[2] == (6, 0)
    assert pairs(gives(problem, "add-is-free", params))[0] == (7, 0)
