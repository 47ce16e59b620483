"""Texts in two languages, the words of plugins, and widths on a terminal."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from oslab import text
from oslab.text import Text, Words, pad, width, wrap
from oslab.wordfiles import Sections, WordsError, entries_of


@pytest.fixture(autouse=True)
def _no_language_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OSLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "language"),
    [
        ("OSLAB_LANG", "zh", "zh"), ("LANG", "zh_CN.UTF-8", "zh"), ("LC_ALL", "de_DE.UTF-8", "en"),
        ("LANG", "C.UTF-8", "en"),
    ],
)  # fmt: skip
def test_the_language_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, language: str
) -> None:
    monkeypatch.setenv(name, value)
    assert text.language() == language


def test_oslab_lang_goes_before_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("OSLAB_LANG", "en")
    assert text.language() == "en"


def test_a_text_fills_its_placeholders_and_names_a_hole() -> None:
    sentence = Text("Page $page leaves.", "页 $page 离开。")
    assert sentence(page=7) == "Page 7 leaves."
    with pytest.raises(KeyError, match="page"):
        sentence()


def read_words(table: Mapping[str, Any]) -> Words:
    return Words(Sections(tomli_w.dumps(table), "words.toml"))


WORDS = read_words(
    {
        "steps": {
            "reference result=hit": {"en": "Hit.", "zh": "命中。"},
            "reference result=fault": {"en": "$result.", "zh": "$result。"},
            "reference victim": {"en": "$victim leaves.", "zh": "$victim 离开。"},
            "reference result=fault !victim": {"en": "A frame is free.", "zh": "有空闲页框。"},
        },
        "choices": {"fault": {"en": "page fault", "zh": "缺页"}},
    }
)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"result": "hit"}, "Hit."),
        ({"result": "fault", "victim": 3}, "page fault. 3 leaves."),
        ({"result": "fault", "victim": 0}, "page fault. 0 leaves."),
        ({"result": "fault", "victim": None}, "page fault. A frame is free."),
    ],
)
def test_a_step_is_told_by_every_sentence_whose_conditions_hold(
    values: dict[str, object], told: str
) -> None:
    assert WORDS.tell("reference", values) == told
    assert WORDS.tell("other", values) == ""


def test_words_of_an_author_are_checked_a_section_at_once() -> None:
    words = read_words(
        {
            "steps": {
                "a": {"en": "only English"},
                "b": {"en": "$one", "zh": "$two"},
                "c": {"en": "5 $ more", "zh": "5 $ more"},
            },
            "plain": 3,
        }
    )
    with pytest.raises(WordsError) as error:
        words.tell("a", {})
    said = str(error.value)
    assert all(
        part in said for part in ("words.toml", "[steps] a", "[steps] b", "different", "stray $")
    )
    with pytest.raises(WordsError, match="plain must be a table of texts"):
        words.get("plain", "x")


def test_words_merge_without_overwriting() -> None:
    mine = Words({"a": {"k": Text("mine", "我的")}})
    other = Words({"a": {"k": Text("other", "别的"), "l": Text("more", "更多")}})
    merged = mine.merged([other])
    assert (merged["a", "k"].en, merged["a", "l"].en) == ("mine", "more")


def test_chinese_takes_two_columns() -> None:
    assert width("缺页 fault") == 10
    assert pad("缺页", 6) == "缺页  "
    assert pad("8", 3, right=True) == "  8"


@given(st.text(alphabet="ab 缺页，。\n", max_size=200), st.integers(min_value=8, max_value=40))
def test_wrapping_loses_nothing_but_blanks_and_fits(sentence: str, columns: int) -> None:
    lines = wrap(sentence, columns)
    assert "".join("".join(lines).split()) == "".join(sentence.split())
    for line in lines:
        # A word longer than the line is not cut, and closing punctuation hangs.
        assert width(line) <= columns or " " not in line.strip()


def test_english_words_inside_chinese_are_not_cut() -> None:
    assert wrap("页框 frames 已满", 9) == ["页框", "frames 已", "满"]


@pytest.mark.parametrize(
    "package",
    [
        "oslab", "oslab_paging", "oslab_tlb", "oslab_cache", "oslab_memory", "oslab_cow",
        "oslab_modes", "oslab_iomodels", "oslab_multiplex", "oslab_reactor", "oslab_zerocopy",
        "oslab_nio", "oslab_grader",
    ],
)  # fmt: skip
def test_our_words_are_read_line_by_line_as_toml_means_them(package: str) -> None:
    import tomllib

    root = files(package)
    folder = root / "words"
    sources = [root / "words.toml", *(folder.iterdir() if folder.is_dir() else [])]
    read = 0
    for source in sources:
        if source.is_file():
            content = source.read_text("utf-8")
            meant = tomllib.loads(content)
            sections = Sections(content, source.name)
            assert list(sections) == list(meant)
            for name, chunk in sections._chunks.items():
                assert entries_of(chunk) == meant[name]
                assert {k: {"en": t.en, "zh": t.zh} for k, t in sections[name].items()} == meant[
                    name
                ]
                read += 1
    assert read


@pytest.mark.parametrize(
    "source",
    [
        '[a]\nk = { zh = "z", en = "e" }\n',
        '[a]\nk = { en = """e""", zh = "z" }',
        '[a]\nk = { en = "\\u0065", zh = "z" }  # comment',
        "[a]\nk.en = 'e'\nk.zh = 'z'\n",
        'a = { k = { en = "e", zh = "z" } }',
        '# c\n[a]  # c\n\n# c\nk = { en = "e", zh = "z" }',
    ],
)
def test_words_written_otherwise_mean_the_same(source: str) -> None:
    assert Words(Sections(source, "words.toml")).get("a", "k") == Text("e", "z")


@pytest.mark.parametrize(
    "source",
    [
        '[a]\nk = { en = "e", zh = "z" }\nk = { en = "f", zh = "z" }\n',
        "[a]\n[a]\n",
        "[a\n",
        "[a]\nk = 3\n",
    ],
)
def test_words_that_cannot_be_used_name_their_file(source: str) -> None:
    with pytest.raises(WordsError, match=r"words\.toml: "):
        Words(Sections(source, "words.toml")).get("a", "k")


@pytest.mark.parametrize(
    ("sentence", "columns", "lines"),
    [
        ("页大小（4 KiB）", 8, ["页大小", "（4 KiB）"]),
        ("a page of 4 KiB here", 13, ["a page of", "4 KiB here"]),
        ("waits 10 ns then", 9, ["waits", "10 ns", "then"]),
    ],
)
def test_a_number_stays_with_its_unit_and_no_line_ends_with_an_opening_bracket(
    sentence: str, columns: int, lines: list[str]
) -> None:
    assert wrap(sentence, columns) == lines
