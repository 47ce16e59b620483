"""What is asked of every exercise, over many seeds, through the path a student's answers take.

Draws are well posed and reproducible; the key earns full points through sheet, TOML and checking;
every modelled mistake earns less and is named, also with a slip; a constant ("lazy") answer earns
little; a blank sheet earns nothing; garbage is unreadable, not wrong; the statement reads well in both
languages; recorded parameters give the same question again; codes draw what they always drew. What never
returns is stopped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

from oslab.conformance.limit import SECONDS, Stopped, limited
from oslab.errors import InputError
from oslab.exercise.answers import (
    AnswerType,
    Choice,
    Essay,
    List,
    OrNone,
    Set,
    ShortText,
    Table,
    accepted,
)
from oslab.exercise.catalogue import Exercise, entry, exercise
from oslab.exercise.checking import Marked, check
from oslab.exercise.fields import to_json
from oslab.exercise.practice import question
from oslab.exercise.problem import Answers
from oslab.exercise.reading import read_sheet
from oslab.exercise.rowmarks import Outcome
from oslab.exercise.statement import statement
from oslab.exercise.variant import Variant, draw, replay
from oslab.exercise.writing import fill_sheet, write_sheet
from oslab.plugins import PluginError, blamed, problem
from oslab.randomness import Generator, code_from_bits
from oslab.text import LANGUAGES, language, set_language

SEEDS = 200
# What the best constant answer may earn, of the points.
LAZY_LIMIT = Fraction(2, 5)
# A mistake with one slip must still be named in this share of the draws where it has cells to spare.
SLIP_SHARE = Fraction(9, 10)
GARBAGE = "§§ not an answer §§"
LEAST_REQUIRED = 2
# Seconds of processor time for the fastest draw: far above any good one, on any machine.
SLOWEST = 0.5


@dataclass(frozen=True)
class Finding:
    """Something an exercise does not do as it should; `seed` is one for which it does not."""

    check: str
    text: str
    seed: int | None = None


@dataclass
class Report:
    """What was found out about one exercise."""

    exercise: str
    seeds: int
    problem: str = ""
    findings: list[Finding] = field(default_factory=list)
    distinct: int = 0
    lazy: Fraction = Fraction(0)
    mistakes: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        return not self.findings

    def found(self, name: str, text: str, seed: int | None = None) -> None:
        """Note a finding; of each kind only the first is kept."""
        name = name.strip("_").replace("_", " ")
        if not any(f.check == name for f in self.findings):
            self.findings.append(Finding(name, text, seed))


def seed_code(seed: int) -> str:
    """The variant code of a numbered seed."""
    return code_from_bits(Generator(f"oslab conformance seed {seed}").bits(40))


def examine(name: str, seeds: Sequence[int], seconds: float = SECONDS) -> Report:
    """Examine one exercise over these seeds, each within so many seconds (0: no limit). After one that takes
    longer no other is tried."""
    report = Report(name, len(seeds))
    try:
        with limited(seconds):
            found = exercise(name)
    except Stopped as stopped:
        report.found("file", str(stopped))
        return report
    except (InputError, PluginError) as error:
        report.found("file", str(error))
        return report
    report.problem = found.entry.problem
    if len(found.required) < LEAST_REQUIRED:
        report.found(
            "mistakes", f"fewer than {LEAST_REQUIRED} are required; a draw must tell them apart"
        )
    keys: list[Variant] = []
    slips = Counter[str]()
    fastest = float("inf")
    for seed in seeds:
        start = process_time()
        try:
            with limited(seconds):
                variant = _drawn(found, report, seed)
                if variant is None:
                    continue
                fastest = min(fastest, process_time() - start)
                keys.append(variant)
                _asked_of(variant, report, slips, seed)
        except Stopped as stopped:
            report.found("time", str(stopped), seed)
            return report
    if fastest > SLOWEST and keys:
        report.found(
            "draws", f"the fastest takes {fastest:.1f} s; a sheet is started in milliseconds"
        )
    if keys:
        try:
            with limited(seconds), _noted(report, "lazy", seeds[0]):
                report.distinct = len({_digest(v) for v in keys})
                report.lazy = lazy_score(found, keys)
        except Stopped as stopped:
            report.found("lazy", str(stopped))
            return report
        if report.lazy >= LAZY_LIMIT:
            share = round(float(report.lazy) * 100)
            report.found("lazy", f"a constant answer earns {share} % of the points; ask for more")
        if report.distinct < min(len(keys), 20):
            report.found("draws", f"only {report.distinct} different variants in {len(keys)} draws")
    for mistake in slips:
        kind, _, state = mistake.partition(" ")
        if state == "tried":
            named = Fraction(slips[f"{kind} named"], slips[mistake])
            if named < SLIP_SHARE:
                report.found(
                    "mistakes", f"{kind} with one slip is named in {float(named):.0%} only"
                )
    return report


def _drawn(found: Exercise, report: Report, seed: int) -> Variant | None:
    """The variant of a seed; None where it cannot be drawn, which is noted."""
    try:
        return draw(found, seed_code(seed))
    except (InputError, PluginError) as error:
        report.found("draws", str(error), seed)
    except (Exception, SystemExit) as error:  # a stranger's code
        report.found("draws", blamed(error), seed)
    return None


def _asked_of(variant: Variant, report: Report, slips: Counter[str], seed: int) -> None:
    """Carry out every check of one variant."""
    for one in (_reproducible, _states, _key_scores, _blank_scores, _garbage_is_unreadable):
        with _noted(report, one.__name__, seed):
            for text in one(variant):
                report.found(one.__name__, text, seed)
    with _noted(report, "mistakes", seed):
        _mistakes_are_named(variant, report, slips, seed)


@contextmanager
def _noted(report: Report, name: str, seed: int) -> Iterator[None]:
    """What a check raises is its finding; the other checks go on."""
    try:
        yield
    except (Exception, SystemExit) as error:  # a stranger's code
        report.found(name, blamed(error, report.exercise), seed)


def _digest(variant: Variant) -> str:
    text = json.dumps(to_json(variant.params), sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:16]


def _reproducible(variant: Variant) -> Iterator[str]:
    again = draw(variant.exercise, variant.code)
    if again.params != variant.params or again.key != variant.key:
        yield "the same code gives other parameters or another key the second time"
    recorded = replay(variant.exercise, json.loads(json.dumps(variant.record())))
    if recorded.params != variant.params:
        yield "recorded parameters read back are not the same; they must be JSON-able"
    if recorded.key != variant.key:
        yield "recorded parameters give another key"
    if variant.run.config != variant.params:
        yield "run(p).config is not p: predict mode cannot find the mistakes of this run"


def _states(variant: Variant) -> Iterator[str]:
    for name in LANGUAGES:
        try:
            copy_context().run(_render, variant, name)
        except (InputError, KeyError, ValueError) as error:
            yield f"in {name}: {error}"
    words, short_name = variant.exercise.words, variant.exercise.short_name
    asked = variant.exercise.entry.answer
    missing = [a for a in asked if not a.prompt and not words.get("answers", short_name(a.name))]
    if missing:
        yield f"no words for the answer {missing[0].name}: [answers] or prompt"
    for mistake in variant.mistakes():
        if variant.exercise.feedback(mistake) == short_name(mistake):
            yield f"no words for the mistake {mistake}: [mistakes] or [feedback]"


def _render(variant: Variant, name: str) -> None:
    set_language(name)
    statement(variant)
    for step in variant.run.steps:
        variant.exercise.words.tell(step.action, {**step.given, **step.result})


def _key_scores(variant: Variant) -> Iterator[str]:
    marked = through_sheet(variant, variant.asked())
    for part in marked.parts:
        essay = isinstance(variant.exercise.kind(part.name), Essay)
        if part.outcome is not Outcome.RIGHT and not essay:
            yield f"the key is marked {part.outcome} in {part.name}"


def _blank_scores(variant: Variant) -> Iterator[str]:
    text = write_sheet([question(variant)], {}, language())
    marked = check(variant, read_sheet(text.encode()).questions[0].values)
    for part in marked.parts:
        if part.outcome is not Outcome.BLANK or part.earned:
            yield f"a blank sheet is marked {part.outcome} in {part.name}"


def _garbage_is_unreadable(variant: Variant) -> Iterator[str]:
    values: dict[str, object] = {}
    for asked in variant.exercise.entry.answer:
        garbage = _garbage(variant, asked.name)
        if garbage is not None:
            values[asked.name] = garbage
    for part in check(variant, values).parts:
        if part.name in values and (part.outcome is not Outcome.UNREADABLE or part.earned):
            yield f"garbage is marked {part.outcome} in {part.name}"


def _garbage(variant: Variant, name: str) -> object | None:
    """What no one could mean as this answer; None where any words are one."""
    kind = variant.exercise.kind(name)
    if not isinstance(kind, Table):
        return None if _takes_any_words(kind) else GARBAGE
    cell = next((c for c, k in kind.columns.items() if not _takes_any_words(k)), None)
    return cell and [{kind.label: row[0], cell: GARBAGE} for row in variant.rows(name)]


def _takes_any_words(kind: AnswerType) -> bool:
    if isinstance(kind, List | Set | OrNone):
        return _takes_any_words(kind.item)
    return isinstance(kind, Essay | ShortText)


def _mistakes_are_named(variant: Variant, report: Report, slips: Counter[str], seed: int) -> None:
    for mistake, answers in variant.mistakes().items():
        report.mistakes[mistake] += 1
        whole = {**variant.asked(), **answers}
        marked = through_sheet(variant, whole)
        if marked.earned >= marked.points:
            report.found("mistakes", f"{mistake} scores full marks (it equals the key)", seed)
        elif not marked.recognised or mistake not in marked.recognised.names:
            named = ", ".join(marked.recognised.names) if marked.recognised else "nothing"
            report.found("mistakes", f"{mistake} is not named; named: {named}", seed)
        slipped = (
            _with_slip(variant, answers, whole) if mistake in variant.exercise.required else None
        )
        if slipped:
            marked = through_sheet(variant, slipped)
            slips[f"{mistake} tried"] += 1
            slips[f"{mistake} named"] += bool(
                marked.recognised and mistake in marked.recognised.names
            )


def _with_slip(variant: Variant, answers: Answers, whole: Answers) -> Answers | None:
    """The mistake's answers with one cell wrong that does not tell it from the key; None where the
    table has too few cells for a slip to leave a pattern."""
    for name, rows in answers.items():
        kind = variant.exercise.kind(name)
        if not isinstance(kind, Table) or len(rows) * len(kind.columns) < 12:
            continue
        key = variant.key[name]
        for i, row in enumerate(rows):
            for column, cell in kind.columns.items():
                others = [
                    r[column] for r in key if not cell.same(key[i][column], accepted(r[column])[0])
                ]
                if cell.same(key[i][column], accepted(row[column])[0]) and others:
                    changed = [*rows[:i], {**row, column: others[0]}, *rows[i + 1 :]]
                    return {**whole, name: changed}
    return None


def through_sheet(variant: Variant, answers: Answers) -> Marked:
    """Answers marked as a student's are: written into a real sheet, read as TOML, checked."""
    text = write_sheet([question(variant)], {}, language())
    filled = fill_sheet(
        text, {("q1", name): written(variant, name, answers[name]) for name in answers}
    )
    return check(variant, read_sheet(filled.encode()).questions[0].values)


def written(variant: Variant, name: str, value: Any) -> Any:
    """An answer as a student writes it; a table as rows of cells."""
    kind, words = variant.exercise.kind(name), variant.exercise.words
    if isinstance(kind, Essay):
        return str(value or "")
    if isinstance(kind, Table):
        return [[k.write(row[c], words) for c, k in kind.columns.items()] for row in value]
    return kind.write(value, words)


def lazy_score(found: Exercise, variants: Sequence[Variant]) -> Fraction:
    """The share of the points that the best constant answer earns on average."""
    earned = Fraction(0)
    for asked in found.entry.answer:
        kind = found.kind(asked.name)
        if isinstance(kind, Essay):
            continue
        keys = [v.key[asked.name] for v in variants]
        best = _lazy_table(kind, keys) if isinstance(kind, Table) else _lazy_value(kind, keys)
        earned += best * asked.points
    return earned / found.entry.points


def _lazy_value(kind: AnswerType, keys: Sequence[Any]) -> Fraction:
    candidates = list(dict.fromkeys(_frozen(accepted(k)[0]) for k in keys))[:50]
    if isinstance(kind, Choice) and kind.kind == "choice":
        candidates = list(kind.options)
    scores = (sum((kind.credit(k, c) for k in keys), Fraction(0)) / len(keys) for c in candidates)
    return max(scores, default=Fraction(0))


def _lazy_table(table: Table, keys: Sequence[Sequence[Mapping[str, Any]]]) -> Fraction:
    """One row written everywhere: the best combination of each column's commonest values."""
    columns = []
    for name in table.columns:
        values = Counter(_frozen(accepted(row[name])[0]) for key in keys for row in key)
        columns.append([value for value, _ in values.most_common(4)])
    best = Fraction(0)
    for row in product(*columns):
        given = dict(zip(table.columns, row, strict=True))
        shares = (
            Fraction(sum(table.same_row(r, given) for r in key), max(1, len(key))) for key in keys
        )
        best = max(best, sum(shares, Fraction(0)) / len(keys))
    return best


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def twins(names: Iterable[str]) -> Iterator[str]:
    """Exercises that differ from another in nothing but ranges: the same problem, told the same way."""
    said: dict[tuple[str, str], str] = {}
    for name in names:
        try:
            found = entry(name)
        except InputError:
            continue  # reported where it is examined
        first = said.setdefault((found.problem, " ".join(found.statement.en.split())), name)
        if first != name:
            yield f"{name} says the same as {first}"


def only_essays(name: str) -> bool:
    """Whether a problem type asks for nothing but essays: courses bind it in exercises of their own, a
    catalogue need not."""
    try:
        return all(isinstance(kind, Essay) for kind in problem(name).answers.values())
    except PluginError:
        return False


def golden(
    name: str, seeds: Sequence[int], folder: Path, seconds: float = SECONDS
) -> Finding | None:
    """The finding that codes draw something else than they drew when the file was written, or that the draws
    together take more than so many seconds; the file is written the first time."""
    try:
        with limited(seconds):
            return _golden(name, seeds, folder)
    except Stopped as stopped:
        return Finding("golden", str(stopped))


def _golden(name: str, seeds: Sequence[int], folder: Path) -> Finding | None:
    """Compare what codes draw with what they drew when the file was written, and write it the first
    time. A problem type whose draws change must raise its version; old versions are kept."""
    found = exercise(name)
    file = folder / f"{name.replace('/', '-')}.json"
    versions = json.loads(file.read_text("utf-8")) if file.exists() else {}
    codes = [seed_code(seed) for seed in seeds]
    if found.version not in versions:
        versions[found.version] = {code: _digest(draw(found, code)) for code in codes}
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(versions, indent=1) + "\n", "utf-8")
        return None
    recorded = versions[found.version]
    changed = sum(_digest(draw(found, code)) != digest for code, digest in recorded.items())
    if not changed:
        return None
    number = found.problem.version
    return Finding(
        "golden",
        f"{found.entry.problem} draws other numbers for {changed} of {len(recorded)} codes but is still "
        f"version {number}. Set version = {number + 1}, or undo the change of {name}'s [space]",
    )
