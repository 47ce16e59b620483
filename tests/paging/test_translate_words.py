"""Every outcome of translation, entries, error codes and sizes is told in both languages."""

from itertools import product

import pytest

from oslab.text import language, set_language
from oslab.wordfiles import words_of
from oslab_paging import errorcode, pagesize, pte, size, split, translate
from oslab_paging.tablefile import page_entry

MODES = ("user", "kernel")


def translations():
    table = tuple(page_entry(i, i, f) for i, f in enumerate(["rwxu", "n", "r", "ru", "u", "rwx"]))
    accesses = (
        translate.MemoryAccess(i * 4096, a, m) for i, a, m in product(range(8), "rwx", MODES)
    )
    return translate.run(translate.TranslateConfig(tuple(accesses), table, 16, 4096, 7, True))


def entries(name):
    accesses = (pte.PteAccess(0x1000 | r, a, m) for r, a, m in product(range(256), "rwx", MODES))
    return pte.run(pte.PteConfig(tuple(accesses), name, True))


def error_codes():
    bits = product((True, False), repeat=5)
    situations = (errorcode.Situation(*b, a, m) for b, a, m in product(bits, "rwx", MODES))
    return errorcode.run(errorcode.ErrorCodeConfig(tuple(situations), (0, 7, 0x15, 9), True, True))


def sizes(*maps):
    return size.run(size.SizeConfig(32, 4096, 4, (10, 10), maps, 8, 16))


RUNS = [
    split.run(split.SplitConfig((8196,), 16, 4096)),
    translations(),
    entries("x86-32"),
    entries("sv32"),
    error_codes(),
    sizes(),
    sizes(size.MapRange(0, 2**32 - 1)),
    pagesize.run(pagesize.PageSizeConfig(1001, 3, (512, 1024))),
]


@pytest.fixture(params=["en", "zh"])
def words(request):
    before = language()
    set_language(request.param)
    yield words_of("oslab_paging")
    set_language(before)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.command)
def test_every_step_question_convention_and_metric_has_its_words(run, words):
    for step in run.steps:
        values = {**step.given, **step.result}
        assert words.tell(step.action, values)
        for name in run.asks[step.action]:
            assert words["asks", f"{step.action}.{name}"](step.given)
    for name, value in run.conventions.items():
        told = words.get("conventions", f"{name}={str(value).lower()}")
        assert told or words.get("conventions", name), name
    assert [name for name in run.metrics if not words.get("metrics", name)] == []
