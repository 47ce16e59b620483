"""oslab multiplex structure: comparisons and moves worked out by hand."""

import json

import pytest

from oslab import InputError
from oslab_multiplex.structure import NAMES, Operation, StructureConfig, run


def operations(text):
    found = []
    for part in text.split(";"):
        verb, *keys = part.split()
        for key in keys:
            file, _, fd = key.partition(":")
            found.append(Operation(verb, int(file), int(fd or file)))
    return tuple(found)


def counted(ops, before="", order=4, names=NAMES):
    steps = run(
        StructureConfig(tuple(names), order, operations(before) if before else (), operations(ops))
    ).steps
    return {s.actor: (s.result["comparisons"], s.result["moves"]) for s in steps}


def test_keys_in_ascending_order_make_a_list_of_the_plain_tree():
    assert counted("find 9; find 3", before="add 3 4 5 6 7 8 9") == {
        "list": (7 + 1, 0),
        "sorted-array": (3 + 3, 0),  # 6 8 9; 6 4 3
        "plain-tree": (7 + 1, 0),
        "avl-tree": (3 + 3, 0),
        "red-black-tree": (4 + 2, 0),  # 4 6 8 9; 4 3
        "b-tree": (3 + 2, 0),  # in [5 8] [3 4] [6 7] [9]: 5 8 9; 5 3
    }


def test_adding_searches_and_makes_room():
    names = ("list", "sorted-array", "plain-tree")
    assert counted("add 1; delete 4", before="add 2 4 6 8", names=names) == {
        "list": (4 + 2, 0),
        "sorted-array": (3 + 1, 4 + 2),  # 6 4 2; 4
        "plain-tree": (1 + 2, 0),
    }


@pytest.mark.parametrize(
    ("before", "ops", "moves"),
    [
        ("add 1 2", "add 3", 0),
        ("add 2 3", "add 1", 2),
        ("add 1 2 3", "add 4", 2),  # 3 goes up, 4 into a new node
        ("add 1 3 4", "add 2", 2 + 2),  # 3 4 make room, then 3 goes up and 4 away
        ("add 1 2 3 4", "delete 4", 1 + 1),  # 2 up, 3 down
        ("add 1 2 3 4 5", "delete 1", 1),  # 2 closes the gap
        ("add 1 2 3 4 5; delete 1", "delete 2", 1 + 1 + 1),  # 3 down, 4 up, 5 closes the gap
        ("add 1 2 3 4; delete 1", "delete 2", 2),  # 3 and 4 join the empty node
        ("add 1 2 3 4", "delete 3", 1 + 1 + 1),  # 4 for 3; then 4 down and 2 up
    ],
)
def test_moves_in_a_b_tree_of_order_4(before, ops, moves):
    assert counted(ops, before, names=["b-tree"])["b-tree"][1] == moves


def test_a_key_is_a_file_and_a_number():
    found = counted("add 5:7; find 5:7", before="add 5 7", names=("list", "sorted-array"))
    # 5:7 stands between 5:5 and 7:7.
    assert found == {"list": (2 + 3, 0), "sorted-array": (2 + 1, 1)}


@pytest.mark.parametrize(
    ("ops", "order", "said"),
    [
        ("add 3; add 3", 4, r"operation 2 \(add 3\): 3 is there already \(EEXIST\)"),
        ("delete 4:5", 4, r"operation 1 \(delete 4:5\): 4:5 is not there \(ENOENT\)"),
        ("add 3", 2, "a B-tree of order 2"),
    ],
)
def test_operations_that_cannot_be_carried_out_are_named(ops, order, said):
    with pytest.raises(InputError, match=said):
        counted(ops, order=order)


def test_how_keys_are_deleted_is_said_where_some_are(oslab):
    said = {
        ops: json.loads(oslab("multiplex", "structure", "--ops", ops, "--json").out)["conventions"]
        for ops in ("add 1..4; find 3", "add 1..4; delete 3")
    }
    told = [set(rules) & {"tree_deletion", "btree_deletion"} for rules in said.values()]
    assert told == [set(), {"tree_deletion", "btree_deletion"}]


def test_equal_structures_are_drawn_all(oslab):
    found = oslab("multiplex", "structure", "--ops", "add 1..4").out
    assert found.count("at the end") == found.count("each operation") == 6


def test_the_command_takes_a_file_and_ranges(oslab, tmp_path):
    script = tmp_path / "script"
    script.write_text("add 3..9   # seven\nfind 9; find 100\n")
    result = oslab("multiplex", "structure", str(script), "--json", "--structures", "list,b-tree")
    rows = json.loads(result.out)["metrics"]["structures"]
    assert [(row["structure"], row["comparisons"]) for row in rows] == [
        ("list", sum(range(7)) + 7 + 7),
        ("b-tree", 0 + 1 + 2 + 3 + 2 + 3 + 4 + 3 + 3),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "operations are expected"),
        (["--ops", "insert 3"], 'operation 1 "insert 3"'),
        (["--ops", "add x"], '"x" is not a key'),
        (["--ops", "add 3:-1"], "a key is not below 0"),
        (["--ops", "add 1:x"], '"1:x" is not a key'),
        (["--ops", "add 1..100000000"], "up to 5000 are counted"),
        (["--ops", "add 1", "--structures", "heap"], '"heap" is not one of'),
        (["--ops", "#"], "at least one operation"),
        (["--ops", "add 1", "--order", "1000000"], "a B-tree of order"),
    ],
)
def test_bad_input_is_told_in_a_sentence(oslab, arguments, said):
    result = oslab("multiplex", "structure", *arguments)
    assert (result.code, said in result.err) == (2, True), result.err
