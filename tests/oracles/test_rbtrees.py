"""The trees of `multiplex tree` and `multiplex structure` against textbooks, published results, and the invariants.

Sources: `textbook_trees.py`; CLRS, exercises 13.3-2 and 13.4-3 (41 38 31 12 19 8, then deleted again).
"""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textbook_trees import ClrsTree, avl_delete, avl_insert, avl_preorder

from oslab_multiplex.avl import AVL
from oslab_multiplex.btree import BTree, Page
from oslab_multiplex.redblack import RedBlack
from oslab_multiplex.structures.array import SortedArray
from oslab_multiplex.structures.linked import LinkedList
from oslab_multiplex.structures.searchtree import Node, SearchTree
from oslab_multiplex.tree import TreeConfig, count, preorder, run

# A key is inserted if it is not there, else deleted.
toggles = st.lists(st.integers(0, 30), max_size=120)


def operations(keys: list[int]) -> list[tuple[bool, int]]:
    there: set[int] = set()
    found = []
    for key in keys:
        found.append((key not in there, key))
        there ^= {key}
    return found


def black_height(node: Node | None, low: float, high: float) -> int:
    """Black nodes on every way down; all that must hold is asserted on the way."""
    if node is None:
        return 0
    assert low < node.key < high
    for child in (node.left, node.right):
        if child is not None:
            assert child.parent is node
            assert not (node.red and child.red)
    left, right = black_height(node.left, low, node.key), black_height(node.right, node.key, high)
    assert left == right
    return left + (not node.red)


@settings(max_examples=300, deadline=None)
@given(toggles)
def test_red_black_trees_are_those_of_the_textbook_rotation_by_rotation(keys: list[int]) -> None:
    tree, book = RedBlack(), ClrsTree()
    for insert, key in operations(keys):
        before = tree.rotations
        if insert:
            tree.add(key)
            turned = book.insert(key)
        else:
            tree.delete(key)
            turned = book.delete(key)
        assert list(preorder(tree)) == book.preorder()
        assert tree.rotations - before == turned <= (2 if insert else 3)
        assert tree.root is None or not tree.root.red
        black_height(tree.root, -1, 99)
        assert tree.levels() <= 2 * log2(tree.size + 1)


@settings(max_examples=300, deadline=None)
@given(toggles)
def test_avl_trees_are_those_of_the_textbook_rotation_by_rotation(keys: list[int]) -> None:
    tree, book = AVL(), None
    for insert, key in operations(keys):
        before = tree.rotations
        if insert:
            tree.add(key)
            book, turned = avl_insert(book, key)
            assert turned <= 2
        else:
            tree.delete(key)
            book, turned = avl_delete(book, key)
        assert list(preorder(tree)) == avl_preorder(book)
        assert tree.rotations - before == turned
        assert tree.levels() == (book.height if book else 0) <= 1.4405 * log2(tree.size + 2)


@pytest.mark.parametrize(
    ("inserted", "deleted", "nodes"),
    [
        ("41", "", "41B"),
        ("41 38", "", "41B 38R"),
        ("41 38 31", "", "38B 31R 41R"),
        ("41 38 31 12", "", "38B 31B 12R 41B"),
        ("41 38 31 12 19", "", "38B 19B 12R 31R 41B"),
        ("41 38 31 12 19 8", "", "38B 19R 12B 8R 31B 41B"),
        ("41 38 31 12 19 8", "8", "38B 19R 12B 31B 41B"),
        ("41 38 31 12 19 8", "8 12", "38B 19B 31R 41B"),
        ("41 38 31 12 19 8", "8 12 19", "38B 31B 41B"),
        ("41 38 31 12 19 8", "8 12 19 31", "38B 41R"),
        ("41 38 31 12 19 8", "8 12 19 31 38", "41B"),
        ("41 38 31 12 19 8", "8 12 19 31 38 41", ""),
    ],
)
def test_published_sequences(inserted: str, deleted: str, nodes: str) -> None:
    insert, delete = (tuple(map(int, text.split())) for text in (inserted, deleted))
    assert " ".join(run(TreeConfig(("red-black",), (), insert, delete, 2)).metrics["tree"]) == nodes


def test_deletion_may_need_three_rotations_and_an_avl_deletion_more_than_two() -> None:
    # The least AVL tree of height 8 (a Fibonacci tree), each key deleted once.
    def fibonacci(height: int, first: int) -> tuple[list[int], int]:
        """Keys in an order that builds it without rotations, and the number after its last key."""
        if height <= 0:
            return [], first
        left, middle = fibonacci(height - 1, first)
        right, end = fibonacci(height - 2, middle + 1)
        return [middle, *left, *right], end

    keys, end = fibonacci(8, 0)
    levels = sorted(keys, key=lambda key: depth(keys, key))
    tree = AVL()
    for key in levels:
        tree.add(key)
    assert (tree.rotations, tree.levels()) == (0, 8)
    most = 0
    for key in range(end):
        again = AVL()
        for each in levels:
            again.add(each)
        again.delete(key)
        most = max(most, again.rotations)
    assert most > 2
    turned = set()
    for start in range(200):
        tree_, book = RedBlack(), ClrsTree()
        keys_ = [(start * 7919 + n * 104729) % 1009 for n in range(40)]
        for key in dict.fromkeys(keys_):
            tree_.add(key)
            book.insert(key)
        for key in dict.fromkeys(keys_):
            before = tree_.rotations
            tree_.delete(key)
            turned.add(tree_.rotations - before)
    assert turned == {0, 1, 2, 3}


def depth(preordered: list[int], key: int) -> int:
    """How deep a key lies in the tree with this preorder."""
    plain = SearchTree()
    for each in preordered:
        plain.add(each)
    before = plain.comparisons
    plain.find(key)
    return plain.comparisons - before


@given(st.lists(st.integers(0, 200), unique=True, min_size=1, max_size=40), st.data())
def test_a_run_and_its_count_agree(keys: list[int], data: st.DataObject) -> None:
    before = data.draw(st.integers(0, len(keys) - 1))
    deleted = data.draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(keys)))
    config = TreeConfig(
        ("red-black", "avl", "plain"), tuple(keys[:before]), tuple(keys[before:]), tuple(deleted), 2
    )
    whole = run(config)
    assert whole.metrics == count(config)
    changes = [step for step in whole.steps if step.action in ("tree-insert", "tree-delete")]
    turns = [step for step in whole.steps if step.action == "tree-turn"]
    for kind in config.kinds:
        said = sum(s.result["rotations"] for s in changes if s.actor == kind)
        assert said == sum(s.actor == kind for s in turns)


@settings(max_examples=100, deadline=None)
@given(toggles, st.integers(3, 9))
def test_all_structures_hold_the_same_keys(keys: list[int], order: int) -> None:
    every = [LinkedList(), SortedArray(), SearchTree(), AVL(), RedBlack(), BTree(order)]
    there: set[int] = set()
    for insert, key in operations(keys):
        for structure in every:
            (structure.add if insert else structure.delete)((key, key))
        there ^= {key}
        for structure in every:
            assert [n for n in range(31) if structure.find((n, n))] == sorted(there)


def in_order(page: Page, order: int, root: bool = True) -> tuple[list[int], int]:
    """Keys in order and levels, asserting what makes a B-tree."""
    assert len(page.keys) < order
    assert root or len(page.keys) >= -(-order // 2) - 1
    if not page.children:
        return [fd for _, fd in page.keys], 1
    assert len(page.children) == len(page.keys) + 1
    parts = [in_order(child, order, root=False) for child in page.children]
    assert len({levels for _, levels in parts}) == 1
    keys = parts[0][0]
    for (_, fd), (more, _) in zip(page.keys, parts[1:], strict=True):
        keys = [*keys, fd, *more]
    return keys, parts[0][1] + 1


@settings(max_examples=100, deadline=None)
@given(toggles, st.integers(3, 9))
def test_b_trees_keep_their_shape(keys: list[int], order: int) -> None:
    tree, there = BTree(order), set()
    for insert, key in operations(keys):
        (tree.add if insert else tree.delete)((key, key))
        there ^= {key}
        held, levels = in_order(tree.root, order)
        assert held == sorted(there)
        assert tree.levels() == (levels if there else 0)
