"""Predict mode: a run stops before each step and asks what happens next.

Made from `Run.asks` and the run's words; no plugin has code for it. The answers are compared with what
the modelled mistakes of the problem type of the same name would answer, so a misunderstanding can be
named while it is fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, TextIO

from oslab.exercise.answers import AnswerType, Choice, Unreadable
from oslab.exercise.recognition import Recognised
from oslab.exercise.suspects import suspects
from oslab.plugins import problem, problem_about
from oslab.predictions import Outcome, Prediction, Session, asked, document
from oslab.quantities import tidy
from oslab.run import Cells, Run, Step
from oslab.show.layout import column_label, value_text, without_twins
from oslab.show.screen import Screen
from oslab.show.terminal import paragraph, show_head, state_lines, told
from oslab.text import Words, language, text_of

SHOW = "?"
QUIT = ("q", "quit")


def predict_run(run: Run, words: Words, as_json: bool = False, stdin: TextIO | None = None) -> bool:
    """Ask about every step; whether all questions were answered, and all right.

    Answers come from standard input, a line each. With `as_json` the one thing on standard output is a
    document with the predictions, and the questions go to standard error.
    """
    screen = Screen.of(sys.stderr if as_json else sys.stdout)
    about = problem_about(run.command)
    session = Session(run, words, about, suspects(run, problem(about) if about else None))
    lines = _answers(stdin or sys.stdin, screen)
    if session.questions():
        show_head(run, words, screen)
        screen.line()
        paragraph(words["predict", "how"](), "", screen)
        try:
            for number, step in enumerate(run.steps, start=1):
                _step(session, number, step, lines, screen)
        except (_Stop, KeyboardInterrupt):
            screen.line()
        _summary(session, screen)
    else:
        screen.line(words["predict", "nothing-asked"]())
    if as_json:
        from oslab.show.document import dump

        dump(document(session), sys.stdout)
    return session.count("right") == session.questions()


class _Stop(Exception):
    """The learner wants no more questions, or there are no more answers."""


def _answers(stream: TextIO, screen: Screen) -> Iterator[str]:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    typed = bool(getattr(stream, "isatty", lambda: False)())
    while True:
        line = stream.readline()
        if not line:
            return
        if not typed:
            screen.line()
        yield tidy(line)


def _step(session: Session, number: int, step: Step, lines: Iterator[str], screen: Screen) -> None:
    run, words = session.run, session.words
    questions = asked(run, step)
    screen.line()
    if questions:
        screen.line(_heading(session, number, step), "bold")
    open_minded = True
    for name, kind in questions.items():
        cell = (step.action, session.places[step.action], name)
        outcome, answer = _ask(words, step, name, kind, lines, screen)
        session.predictions.append(
            Prediction(number, cell, outcome, answer, step.result[name], open_minded)
        )
        open_minded = open_minded and outcome == "right"
    indent = "  " if questions else ""
    paragraph(told(step, words), indent, screen)
    before = run.steps[number - 2].state if number > 1 else {}
    if questions:
        # Boxes are small: show them all, the next question is about them.
        before = {name: d for name, d in before.items() if not isinstance(d, Cells)}
    for line in state_lines(step.state, before, words, screen.columns - 4):
        screen.line("    " + line)
    session.places[step.action] += 1
    if not open_minded:
        _notice(session, screen)


def _heading(session: Session, number: int, step: Step) -> str:
    """Which step it is, and what is known of it that differs from step to step."""
    words, steps = session.words, session.run.steps
    text = words["predict", "step"](number=number, all=len(steps))
    if step.actor:
        text += "   " + words.label("actors", step.actor)
    for name in without_twins(list(step.given)):
        value = step.given[name]
        alike = [(n, s.given.get(name)) for n, s in enumerate(steps, 1) if s.action == step.action]
        varies = any(other != value for _, other in alike)
        # A number that is each step's own has been said.
        if varies and any(other != n for n, other in alike):
            text += f"   {column_label(name, words)} {value_text(value, words)}"
    return text


def _ask(
    words: Words, step: Step, name: str, kind: AnswerType, lines: Iterator[str], screen: Screen
) -> tuple[Outcome, Any]:
    key = step.result[name]
    say = words.sections["predict"]
    while True:
        screen.prompt("  " + _question(words, step, name, kind))
        text = next(lines, None)
        if text is None or text.lower() in QUIT:
            raise _Stop
        if text in ("", SHOW):
            outcome: Outcome = "shown" if text else "skipped"
            screen.line("  " + say[outcome](answer=written(kind, key, words)))
            return outcome, None
        try:
            answer = kind.read(text, words)
        except Unreadable as error:
            reason = words.get("unreadable", error.reason)
            message = reason(error.values) if reason else say["unreadable"]()
            join = "" if language() == "zh" else " "
            paragraph(message + join + say["again"](), "  ", screen)
            continue
        if kind.same(key, answer):
            screen.line("  " + say["right"](), "good")
            return "right", answer
        message = say["wrong"](answer=written(kind, key, words))
        screen.line("  " + message, "bad")
        return "wrong", answer


def _question(words: Words, step: Step, name: str, kind: AnswerType) -> str:
    text = words.question(f"{step.action}.{name}", step.given)
    if text:
        return text({n: value_text(v, words) for n, v in step.given.items()})
    question = words["predict", "ask"](name=column_label(name, words))
    if isinstance(kind, Choice):
        question += f" ({', '.join(words.label('choices', o) for o in kind.options)})"
    return question


def written(kind: AnswerType, value: Any, words: Words) -> str:
    """A right answer, as it is said to a reader."""
    if isinstance(value, bool):
        return text_of(value)
    return value_text(value if isinstance(value, str) else kind.write(value, words), words)


def _notice(session: Session, screen: Screen) -> None:
    """Name a misunderstanding when it is first recognised, once there is no doubt which."""
    found = session.recognised()
    if found and len(found.names) == 1 and found.names[0] not in session.said:
        session.said.add(found.names[0])
        _say_recognised(session, found, screen)


def _say_recognised(session: Session, found: Recognised, screen: Screen) -> None:
    say = session.words.sections["predict"]
    heads = ["either", *["or"] * (len(found.names) - 1)]
    if len(found.names) == 1:
        heads = ["noticed" if found.exact else "looks-like"]
    for head, name in zip(heads, found.names, strict=True):
        key = f"{session.problem.partition('.')[2]}.{name}"
        text = session.words.label("mistakes", key)
        paragraph(say[head](text=text), "  ", screen)


def _summary(session: Session, screen: Screen) -> None:
    say = session.words.sections["predict"]
    parts = [say["score"](right=session.count("right"), asked=session.count("right", "wrong"))]
    for key, count in (
        ("score-skipped", session.count("skipped")),
        ("score-shown", session.count("shown")),
        ("score-open", session.questions() - len(session.predictions)),
    ):
        if count:
            parts.append(say[key](count=count))
    screen.line()
    screen.line("   ".join(parts), "bold")
    found = session.recognised()
    if found:
        _say_recognised(session, found, screen)
