"""A Run on the terminal: what stands there, in which language, on which console."""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli_w

from oslab import Cells, Run, Step, Words
from oslab.plugins import PluginError
from oslab.show.screen import Screen
from oslab.show.terminal import show
from oslab.text import set_language, width
from oslab.wordfiles import Sections


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def shown(
    run: Run, words: Words, columns: int = 80, steps: bool = True, colour: bool = False
) -> str:
    stream = io.StringIO()
    show(run, words, steps, Screen(stream, columns, colour))
    return stream.getvalue()


def test_steps_of_one_action_are_a_table(pages_run: Run, words: Words) -> None:
    assert (
        shown(pages_run, words, 60)
        == """\
pages fifo

                           frames
                           > hand
  n  page  result  victim   0  1  2  queue
  1     3  fault        -   3 >.  .  3
  2     2  fault        -   3  2 >.  3 2
  3     1  fault        -  >3  2  1  3 2 1
  4     0  fault        3   0 >2  1  2 1 0
  5     3  fault        2   0  3 >1  1 0 3
  6     2  fault        1  >0  3  2  0 3 2

  page faults  6
"""
    )


@dataclasses.dataclass(frozen=True)
class Said:
    """A record that says itself in a few words."""

    threads: int

    def __str__(self) -> str:
        return f"pool/{self.threads}"


@dataclasses.dataclass(frozen=True)
class Mute:
    threads: int


@dataclasses.dataclass(frozen=True)
class ServerConfig:
    server: Said
    inside: Mute


def test_a_record_in_the_configuration_is_said_if_it_can_say_itself(words: Words) -> None:
    run = Run(command="a.b", config=ServerConfig(Said(3), Mute(4)))
    assert shown(run, words, 80).splitlines()[0] == "a b   server pool/3"


def test_sentences_stand_beside_the_table_where_there_is_room(pages_run: Run, words: Words) -> None:
    lines = shown(pages_run, words, 80).splitlines()
    assert lines[4].endswith("queue  what happens")
    assert lines[8].endswith("Page 0 replaces 3.")


def test_steps_of_different_actions_are_told(buddy_run: Run, words: Words) -> None:
    assert (
        shown(buddy_run, words)
        == """\
buddy run   size 64   requests A=20 B=16   rate 0.3333
Rules in force:
  - The lowest block is taken.
  - strange = yes

  1  kernel  A gets 20 bytes at 0.
             blocks
               64
               ├─ 32 A
               └─ 32
             memory
               0x1000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ................
               0x1010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  ................
               0x1020  20 21 22 23 24 25 26 27                            !"#$%&'
  2  kernel  B gets 16 bytes at 48.
             blocks
               64
               ├─ 32 A
               └─ 32
                  ├─ 16
                  └─ 16 B

  3  CPU     free: name A, joined yes, sizes 32 16
             time
               cpu  |[run=========][x]
               disk |                 [read=================================]
                     0 ns                                               40 ns
             table
               vpn | flags
               ----+------
                 1 | rw
                22 | -

  4          free: name B, joined no

  splits  2
  share   0.3333
  none    -
  sizes   32 16
  by_size
    size | free
    -----+-----
      32 |    1
      16 |
  free
    small | large
    ------+------
        1 |     2
"""
    )


def test_without_steps_the_figures_are_left(pages_run: Run, words: Words) -> None:
    assert shown(pages_run, words, steps=False) == "pages fifo\n\n  page faults  6\n"


def test_chinese_columns_are_as_wide_as_they_look(pages_run: Run, words: Words) -> None:
    set_language("zh")
    text = shown(pages_run, words)
    assert "缺页" in text
    assert "页 0 换下 3。" in text
    rows = [line for line in text.splitlines() if "换下" in line]
    assert len({width(row.partition("页 ")[0]) for row in rows}) == 1


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_of_a_table_is_wider_than_the_screen(
    long_run: Run, words: Words, columns: int, language: str
) -> None:
    set_language(language)
    run = dataclasses.replace(long_run, steps=long_run.steps[:200])
    text = shown(run, words, columns)
    assert max(map(width, text.splitlines())) <= columns
    assert ("left out" if language == "en" else "已省略") in text


def test_a_table_that_cannot_show_what_is_asked_is_told_instead(
    pages_run: Run, words: Words
) -> None:
    wide = tuple(
        dataclasses.replace(s, given={**s.given, "why": f"{i} " + "x" * 90})
        for i, s in enumerate(pages_run.steps)
    )
    text = shown(dataclasses.replace(pages_run, steps=wide), words)
    assert "  1  Page 3 fills a frame.\n" in text


def test_in_a_pipe_there_is_no_colour_and_80_columns(
    monkeypatch: pytest.MonkeyPatch,
    pages_run: Run,
    words: Words,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert Screen.of(sys.stdout).columns == 80
    show(pages_run, words)
    assert "\x1b" not in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Screen.of(Terminal()).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Screen.of(Terminal()).colour


def test_colour_only_repeats_what_is_there(pages_run: Run, words: Words) -> None:
    plain = shown(pages_run, words)
    coloured = shown(pages_run, words, colour=True)
    assert coloured != plain
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "gbk", "latin-1"])
def test_a_console_without_some_characters_shows_others(
    buddy_run: Run, words: Words, encoding: str
) -> None:
    set_language("zh")
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, newline="\n")
    show(buddy_run, words, True, Screen(stream, 80))
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert "32 A" in text
    if encoding == "ascii":
        assert "|- 32 A" in text


NASTY = "[bold]\x1b[31m\u202ered\nline\x07[/bold]"


def test_what_a_user_typed_is_shown_as_it_is_and_does_nothing(words: Words) -> None:
    for action, count in (("nasty", 2), ("alloc", 1)):
        step = Step(
            action=action,
            actor=NASTY,
            given={"name": NASTY, "bytes": 1},
            result={"at": NASTY},
            state={"boxes": Cells((NASTY,), (NASTY,), {NASTY: 0}), NASTY: Cells((1,))},
        )
        steps = tuple(dataclasses.replace(step, result={"at": f"{i}{NASTY}"}) for i in range(count))
        run = Run(command="a.b", config=None, conventions={NASTY: NASTY}, steps=steps,
                  metrics={"x": NASTY, NASTY: ({NASTY: NASTY},)})  # fmt: skip
        text = shown(run, words)
        assert not set(text) & set("\x1b\x07\u202e")
        assert "[bold]" in text


def test_a_hole_in_a_sentence_is_named(pages_run: Run) -> None:
    texts = {"steps": {"use": {"en": "$nothing", "zh": "$nothing"}}}
    words = Words(Sections(tomli_w.dumps(texts), "words.toml"))
    with pytest.raises(PluginError, match=r"\[steps\] use: a sentence needs \$nothing"):
        show(pages_run, words.merged([_host()]), True, Screen(io.StringIO()))


def _host() -> Words:
    from oslab.wordfiles import words_of

    return words_of("oslab")


def test_a_long_run_is_shown_whole(long_run: Run, words: Words) -> None:
    text = shown(long_run, words)
    assert len(text.splitlines()) > 10_000


def test_showing_imports_nothing_heavy() -> None:
    source = Path(sys.modules["oslab.show.terminal"].__file__ or "").parent
    for file in source.glob("*.py"):
        assert "import rich" not in file.read_text("utf-8")
