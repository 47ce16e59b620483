"""A Run on the terminal: what was simulated, the rules in force, each step, the figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from oslab.quantities import format_decimal, format_time
from oslab.run import Cells, Drawing, Hex, Run, Step
from oslab.show.conventions import conventions, is_convention
from oslab.show.drawings import draw, one_line, table, worded
from oslab.show.layout import Layout, column_label, layout, value_text, without_twins
from oslab.show.screen import Screen
from oslab.text import Words, language, pad, width, wrap

# A longer list in the configuration is cut.
MOST_LISTED = 100


def show(run: Run, words: Words, steps: bool = True, screen: Screen | None = None) -> None:
    """Print a run; without its steps, the figures only."""
    screen = screen or Screen.of()
    show_head(run, words, screen)
    if steps and run.steps:
        screen.line()
        _show_steps(run, words, screen)
    if run.metrics:
        screen.line()
        for line in metrics(run.metrics, words, screen.columns):
            screen.line(line)


def show_head(run: Run, words: Words, screen: Screen) -> None:
    """What is simulated, and the conventions in force."""
    name = run.command.replace(".", " ")
    summary = "   ".join(_config(run.config, words))
    first, *more = wrap(f"{name}   {summary}".rstrip(), screen.columns - 2)
    screen.line(first, "bold")
    for line in more:
        screen.line("  " + line.lstrip())
    rules = conventions(run.conventions, words)
    if rules:
        screen.line(str(words["show", "rules"]))
    for rule in rules:
        paragraph(rule, "  - ", screen)


def told(step: Step, words: Words) -> str:
    """What a step does, in words; where there are none, its names and values.

    Raises PluginError naming a placeholder that the step does not fill.
    """
    values = {**step.given, **step.result}
    try:
        sentence = words.tell(step.action, values)
    except KeyError as hole:
        from oslab.plugins import PluginError

        raise PluginError(
            f"[steps] {step.action}: a sentence needs ${hole.args[0]}, which the step does not have"
        ) from hole
    if sentence:
        return _flat(sentence)
    names = without_twins(list(values))
    parts = (f"{column_label(n, words)} {value_text(values[n], words)}" for n in names)
    return f"{words.label('actions', step.action)}: " + ", ".join(parts)


def state_lines(
    state: Mapping[str, Drawing], before: Mapping[str, Drawing], words: Words, columns: int
) -> Iterator[str]:
    """The drawings that changed: boxes beside their labels, others under them."""
    changed = {
        name: drawing
        for name, drawing in state.items()
        if name not in before or not (before[name] is drawing or before[name] == drawing)
    }
    labels = {name: one_line(words.label("state", name)) for name in changed}
    boxes = [width(labels[n]) for n, d in changed.items() if isinstance(d, Cells)]
    indent = max(boxes, default=0) + 2
    for name, drawing in changed.items():
        lines = draw(worded(drawing, words), columns - 4)
        if isinstance(drawing, Cells) and indent + max(map(width, lines)) <= columns:
            for line in lines:
                is_boxes = line.startswith("|") or len(lines) == 1
                yield pad(labels[name] if is_boxes else "", indent) + line
        else:
            yield labels[name]
            yield from ("  " + line for line in lines)


def metrics(values: Mapping[str, object], words: Words, columns: int) -> Iterator[str]:
    """The figures: single ones beside their labels, lists of records as tables."""
    single = {n: v for n, v in values.items() if not isinstance(v, Mapping) and not _records(v)}
    labels = {n: words.label("metrics", n) for n in single}
    wide = max((width(label) for label in labels.values()), default=0)
    for name, value in single.items():
        text = _figure(value, words)
        first, *more = wrap(text, max(20, columns - wide - 4)) or [""]
        yield f"  {pad(labels[name], wide)}  {first}"
        yield from (" " * (wide + 4) + line for line in more)
    for name, value in values.items():
        if name in single:
            continue
        yield "  " + words.label("metrics", name)
        yield from ("    " + line for line in _table_of(value, words))


def _show_steps(run: Run, words: Words, screen: Screen) -> None:
    found = layout(run, words, screen.columns, lambda step: told(step, words))
    if found:
        _show_table(found, words, screen)
        left_out = found.left_out
        while left_out:
            # What did not fit goes on below, beside the column that names the rows.
            found = layout(run, words, screen.columns, lambda step: "", only=left_out)
            if found is None or len(found.columns) < 2:
                names = ", ".join(_name(n, run.steps, words) for n in left_out)
                note = words["show", "left-out"](names=names, columns=screen.columns)
                paragraph(note, "  ", screen)
                return
            screen.line()
            _show_table(found, words, screen)
            left_out = found.left_out
        return
    digits = len(str(len(run.steps)))
    actors = max(width(words.label("actors", s.actor)) for s in run.steps)
    before: Mapping[str, Drawing] = {}
    group = run.steps[0].group
    for number, step in enumerate(run.steps, start=1):
        if step.group != group:
            screen.line()
        group = step.group
        actor = pad(words.label("actors", step.actor), actors) + "  " if actors else ""
        head = f"  {number:>{digits}}  {actor}"
        paragraph(told(step, words), head, screen)
        indent = width(head)
        for line in state_lines(step.state, before, words, screen.columns - indent):
            screen.line(" " * indent + line)
        before = step.state


def _show_table(found: Layout, words: Words, screen: Screen) -> None:
    for line in found.head(str(words["show", "told"])):
        screen.line(line, "bold")
    for line in found.rows():
        screen.line(line)


def _name(name: str, steps: Sequence[Step], words: Words) -> str:
    is_state = any(name in s.state for s in steps)
    return words.label("state", name) if is_state else column_label(name, words)


def paragraph(text: str, head: str, screen: Screen) -> None:
    """Text wrapped beside `head`, its further lines indented as deep."""
    indent = width(head)
    first, *more = wrap(_flat(text), max(20, screen.columns - indent)) or [""]
    screen.line(head + first)
    for line in more:
        screen.line(" " * indent + line.lstrip())


def _flat(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


def _config(config: object, words: Words) -> Iterator[str]:
    """The fields of a configuration that are no conventions and can be said in a few words."""
    if not dataclasses.is_dataclass(config):
        return
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value) and type(value).__str__ is not object.__str__:
            value = str(value)  # it says itself in a few words
        listed = isinstance(value, tuple) and value and all(_plain(v) for v in value)
        if not listed and (not _plain(value) or value in ("", None)):
            continue
        if isinstance(value, tuple) and len(value) > MOST_LISTED:
            count = words["show", "in-all"](count=len(value))
            value = (*value[: MOST_LISTED // 2], f"… {count}")
        if not is_convention(field.name, words):
            yield _config_field(field.name, value, words)


def _config_field(name: str, value: object, words: Words) -> str:
    is_time = name.endswith("_ns") and isinstance(value, int | float | Fraction)
    shown = format_time(value) if is_time else _figure(value, words)  # type: ignore[arg-type]
    for section in ("config", "columns", "metrics"):
        if words.get(section, name):
            return f"{words.label(section, name)} {shown}"
    return f"{name.removesuffix('_ns').replace('_', ' ')} {shown}"


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | Fraction)


def _records(value: object) -> bool:
    return isinstance(value, tuple | list) and any(isinstance(v, Mapping) for v in value)


def _figure(value: object, words: Words) -> str:
    """A figure as text: in full, as JSON has it, but for needless decimals."""
    if isinstance(value, Hex):
        return str(value)
    if isinstance(value, int | float | Fraction) and not isinstance(value, bool):
        return format_decimal(value)
    if isinstance(value, tuple | list):
        return " ".join(_figure(v, words) for v in value) or "-"
    if isinstance(value, Mapping):
        join = "，" if language() == "zh" else ", "
        return join.join(
            f"{column_label(str(n), words)} {_figure(v, words)}" for n, v in value.items()
        )
    return value_text(value, words)


def _table_of(value: object, words: Words) -> Iterator[str]:
    """A list of records, or a mapping, as a table."""
    if isinstance(value, Mapping):
        if any(isinstance(v, Mapping) for v in value.values()):
            value = [
                {"name": n, **(v if isinstance(v, Mapping) else {"value": v})}
                for n, v in value.items()
            ]
        else:
            yield from table(
                [column_label(str(n), words) for n in value],
                [[_figure(v, words) for n, v in value.items()]],
            )
            return
    rows = [v if isinstance(v, Mapping) else {"value": v} for v in value]  # type: ignore[attr-defined]
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(map(str, row)))
    shown = without_twins(list(names))
    yield from table(
        [_metric_head(n, words) for n in shown],
        [[_figure(row[n], words) if n in row else "" for n in shown] for row in rows],
    )


def _metric_head(name: str, words: Words) -> str:
    if words.get("columns", name) or not words.get("metrics", name):
        return column_label(name, words)
    return words.label("metrics", name)
