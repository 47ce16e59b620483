"""The catalogue: exercises as TOML files in the folders that plugins name.

An exercise's id is its path, ``paging/replace-fifo``: the plugin's name and the file's stem. So
checking one sheet reads one file. Everything wrong with a file is reported at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Literal

from oslab.errors import InputError
from oslab.exercise.answers import AnswerType, Essay, Table
from oslab.exercise.fields import RecordError, did_you_mean, read_record
from oslab.exercise.problem import Problem
from oslab.plugins import absent, plugins, problem, words_for
from oslab.text import Text, Words

MOST_POINTS = 1000
# A letter each.
MOST_CRITERIA = 26
_STEM = re.compile(r"[a-z0-9][a-z0-9-]*")
_DIFFICULTY = re.compile(rb"^difficulty\s*=\s*([1-5])\b", re.MULTILINE)


@dataclass(frozen=True)
class Criterion:
    """One line of an essay's rubric: what an answer says to earn these points. Its letter is its place:
    a, b, c …"""

    text: Text
    points: Fraction


@dataclass(frozen=True)
class AskedAnswer:
    """An answer that an exercise asks for; points are whole, or exact such as "1/2".

    rubric   for an essay: what a person looks for; never in a sheet or a class file
    """

    name: str
    points: Fraction
    credit: Literal["row", "cell"] = "row"
    prompt: Text | None = None
    rubric: tuple[Criterion, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.points <= MOST_POINTS:
            raise ValueError(f"points must be more than 0 and at most {MOST_POINTS}")


@dataclass(frozen=True)
class Hint:
    """One hint; each is a little more telling than the one before."""

    text: Text


@dataclass(frozen=True)
class Entry:
    """A catalogue file as it stands. Every key is checked; see docs/plugin-author.md."""

    problem: str
    difficulty: Literal[1, 2, 3, 4, 5]
    title: Text
    objective: Text
    statement: Text
    space: Mapping[str, Any]
    answer: tuple[AskedAnswer, ...]
    hint: tuple[Hint, ...] = ()
    feedback: Mapping[str, Text] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def points(self) -> Fraction:
        """The points of all answers together."""
        return sum((a.points for a in self.answer), Fraction(0))


@dataclass(frozen=True)
class Exercise:
    """A catalogue entry bound to its problem type."""

    id: str
    entry: Entry
    problem: Problem[Any, Any]
    space: Any
    words: Words

    @property
    def required(self) -> tuple[str, ...]:
        """The mistakes every draw must tell apart."""
        return self.entry.required or self.problem.required

    @property
    def version(self) -> str:
        """The problem type and its version, as a sheet names them: ``paging.replace/1``."""
        return f"{self.entry.problem}/{self.problem.version}"

    def kind(self, answer: str) -> AnswerType:
        """The type of one of its answers."""
        return self.problem.answers[answer]

    def short_name(self, answer: str) -> str:
        """The key of an answer's or a mistake's words: ``replace.faults``."""
        return f"{self.entry.problem.partition('.')[2]}.{answer}"

    def prompt(self, answer: AskedAnswer) -> str:
        """What is asked, in the language in force."""
        if answer.prompt:
            return answer.prompt()
        return self.words.label("answers", self.short_name(answer.name))

    def feedback(self, mistake: str) -> str:
        """What is said of a recognised mistake, in the language in force."""
        own = self.entry.feedback.get(mistake)
        return own() if own else self.words.label("mistakes", self.short_name(mistake))


def sources() -> dict[str, Traversable]:
    """Every exercise's id and file, in the order of their ids."""
    found: dict[str, Traversable] = {}
    for plugin in plugins().loaded.values():
        for folder in plugin.exercises:
            for file in _files(folder):
                if file.name.endswith(".toml"):
                    found.setdefault(f"{plugin.name}/{file.name.removesuffix('.toml')}", file)
    return dict(sorted(found.items()))


def _files(folder: Traversable) -> Iterable[Traversable]:
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError:  # as good as not there; the other plugins' exercises are
        return []


def source(exercise: str) -> Traversable:
    """The file of one exercise. Raises InputError naming the nearest when there is none."""
    name, slash, stem = exercise.partition("/")
    plugin = plugins().loaded.get(name)
    if slash and plugin and _STEM.fullmatch(stem):
        for folder in plugin.exercises:
            file = folder / f"{stem}.toml"
            if file.is_file():
                return file
    known = list(sources())
    if exercise in known:
        raise InputError(
            f"{exercise}.toml: an exercise is named in small letters, digits and hyphens"
        )
    wanted = stem or exercise
    inside = [known_id for known_id in known if len(wanted) > 2 and wanted in known_id]
    listed = ", ".join(f'"{known_id}"' for known_id in inside[:3])
    near = f" (did you mean {listed}?)" if inside else did_you_mean(exercise, known)
    missing = absent(name) if slash else ""
    raise InputError(f'no exercise "{exercise}"{near}{missing}; all: oslab exercise list')


@cache
def entry(exercise: str) -> Entry:
    """The catalogue file of an exercise. Raises InputError listing every fault in it."""
    return read_entry(_content(exercise), exercise)


def _content(exercise: str) -> bytes:
    try:
        return source(exercise).read_bytes()
    except OSError as error:
        raise InputError(f"{exercise}.toml: cannot be read: {error.strerror}") from None


def difficulty(exercise: str) -> int | None:
    """The difficulty alone, found without parsing the file: which of some hundred exercises comes next
    is asked after every right answer. None where the file has none."""
    try:
        found = _DIFFICULTY.search(_content(exercise))
    except InputError:
        return None
    return int(found[1]) if found else None


def read_entry(data: bytes, name: str) -> Entry:
    """A catalogue file's content. `name` stands before each fault. Raises InputError."""
    try:
        return read_record(Entry, tomllib.loads(data.decode("utf-8-sig")))
    except RecordError as error:
        raise InputError("\n".join(f"{name}.toml: {fault}" for fault in error.faults)) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}.toml: {error}") from None


def exercise(name: str) -> Exercise:
    """The exercise of this id. Raises InputError."""
    return bind(name, entry(name))


def bind(name: str, found: Entry) -> Exercise:
    """A catalogue entry with its problem type. Raises InputError listing every fault."""
    faults: list[str] = []
    try:
        kind = problem(found.problem)
    except InputError as error:
        raise InputError(f"{name}.toml: problem: {error}") from None
    space = None
    try:
        space = read_record(kind.space, found.space, "space")
    except RecordError as error:
        faults += error.faults
    faults += _faults(found, kind)
    if faults:
        raise InputError("\n".join(f"{name}.toml: {fault}" for fault in faults))
    return Exercise(name, found, kind, space, words_for(found.problem.partition(".")[0]))


def _faults(found: Entry, kind: Problem[Any, Any]) -> Sequence[str]:
    faults = []
    answers, mistakes = list(kind.answers), list(kind.mistakes())
    if not found.answer:
        faults.append("answer: at least one [[answer]] is needed")
    for i, asked in enumerate(found.answer):
        if asked.name not in answers:
            near = did_you_mean(asked.name, answers)
            faults.append(f'answer[{i}].name: {found.problem} has no answer "{asked.name}"{near}; '
                          f"it has {', '.join(answers)}")  # fmt: skip
        elif asked.credit == "cell" and not isinstance(kind.answers[asked.name], Table):
            faults.append(f'answer[{i}].credit: "cell" is for tables; {asked.name} is none')
        faults += _rubric_faults(f"answer[{i}].rubric", asked, kind)
    names = [asked.name for asked in found.answer]
    for twice in {n for n in names if names.count(n) > 1}:
        faults.append(f'answer: "{twice}" is asked twice')
    for key, used in (("feedback", found.feedback), ("required", found.required)):
        for name in used:
            if name not in mistakes:
                near = did_you_mean(name, mistakes)
                faults.append(f'{key}: {found.problem} models no mistake "{name}"{near}; '
                              f"it models {', '.join(mistakes)}")  # fmt: skip
    filled_in_nothing = {
        "title": found.title,
        "objective": found.objective,
        **{f"hint[{i}]": hint.text for i, hint in enumerate(found.hint)},
        **{f"answer[{i}].prompt": a.prompt for i, a in enumerate(found.answer) if a.prompt},
        **{
            f"answer[{i}].rubric[{j}]": line.text
            for i, a in enumerate(found.answer)
            for j, line in enumerate(a.rubric)
        },
        **{f"feedback.{name}": text for name, text in found.feedback.items()},
    }
    for where, text in filled_in_nothing.items():
        for hole in sorted(text.placeholders()):
            faults.append(
                f"{where}: nothing fills ${hole} here; only the statement has placeholders"
            )
    return faults


def _rubric_faults(where: str, asked: AskedAnswer, kind: Problem[Any, Any]) -> Sequence[str]:
    """What is wrong with a rubric: a person ticks its lines, and all of them together are full points."""
    if not asked.rubric:
        return []
    faults = []
    if not isinstance(kind.answers.get(asked.name), Essay):
        faults.append(f"{where}: a rubric is for essays; {asked.name} is none")
    if len(asked.rubric) > MOST_CRITERIA:
        faults.append(f"{where} has {len(asked.rubric)} lines; at most {MOST_CRITERIA}")
    points = [line.points for line in asked.rubric]
    faults += [
        f"{where}[{i}].points must be more than 0" for i, given in enumerate(points) if given <= 0
    ]
    if sum(points) != asked.points:
        faults.append(
            f"{where}: its points add up to {sum(points)}, {asked.name} is worth {asked.points}"
        )
    return faults
