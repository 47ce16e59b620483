"""What the text of an option says, and what is said of one that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from oslab import InputError
from oslab.quantities import parse_int, shown
from oslab.traces.access import MOST_STEPS

MOST_UNASKED = 1000
"""So many steps are shown where nothing is said of --steps."""

T = TypeVar("T", bound=str)
N = TypeVar("N", int, Fraction)


def given(option: str, parse: Callable[[str], N], text: str) -> N:
    """What the text of an option says. Raises InputError naming the option."""
    try:
        return parse(text)
    except InputError as error:
        raise InputError(f"{option}: {error}") from None


def natural(option: str, text: str, least: int = 0) -> int:
    """A whole number that is not below `least`. Raises InputError naming the option."""
    value = given(option, parse_int, text)
    if value < least:
        raise InputError(f"{option} {shown(text)}: a whole number, {least} or more, is expected")
    return value


def one_of(text: str, options: tuple[T, ...], what: str) -> T:
    """The option that was typed. Raises InputError naming them all."""
    for option in options:
        if text == option:
            return option
    raise InputError(f"{what} {shown(text)} is not one of {', '.join(options)}")


def steps_shown(steps: bool | None, many: int, what: str = "steps", hint: str = "") -> bool:
    """Whether a run that takes so many steps is shown step by step.

    `steps` is what --steps says; None: nothing. `what` are the steps, as "operations"; `hint` is what one
    can do besides leaving --steps out. Raises InputError where more are asked for than can be shown.
    """
    if steps and many > MOST_STEPS:
        raise InputError(
            f"there are {many} {what}; the steps of at most {MOST_STEPS} can be shown: "
            f"leave --steps out{hint and ', or '}{hint}"
        )
    return steps is not False and (bool(steps) or many <= MOST_UNASKED)
