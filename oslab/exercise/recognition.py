"""Which modelled misunderstanding do answers come from?

One rule for sheets and for predictions. *Telling cells* are those answered cells where mistake and
key differ. A mistake is named when the answers equal its own in all its cells; they "look like" it
when they agree with it on at least 3 telling cells, 75 % of them, and 85 % of all cells, and lie
nearer to it than to the key and to any other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from oslab.exercise.answers import accepted

C = TypeVar("C", bound=Hashable)

LEAST_TELLING = 3
# In hundredths.
TELLING_SHARE = 75
WHOLE_SHARE = 85


@dataclass(frozen=True)
class Recognised:
    """The mistakes that explain the answers.

    exact   the answers equal theirs; several names only if all explain them equally well.
            Otherwise it looks like the one named, but for slips
    """

    names: tuple[str, ...]
    exact: bool


@dataclass(frozen=True)
class _Fit:
    """How answers lie to one mistake, in cells.

    telling   answered, and the mistake differs from the key
    agreed    those of them answered as the mistake has it
    like      answered as by someone who makes this mistake and is right elsewhere
    right     answered as the key has it
    equal     all that the mistake says is answered its way, and that is enough to tell it
    """

    name: str
    telling: int
    agreed: int
    like: int
    right: int
    answered: int
    equal: bool

    @property
    def near(self) -> bool:
        return (
            self.agreed >= LEAST_TELLING
            and 100 * self.agreed >= TELLING_SHARE * self.telling
            and 100 * self.like >= WHOLE_SHARE * self.answered
            and self.like > self.right
        )


def recognise(
    key: Mapping[C, Any],
    given: Mapping[C, Any],
    mistakes: Mapping[str, Mapping[C, Any]],
    same: Callable[[C, Any, Any], bool],
) -> Recognised | None:
    """The mistakes that explain `given`, or None.

    All are cells → values: `given` has the answered ones only, each mistake those it speaks of; what
    it does not speak of it gets right. `same(cell, key, value)` compares two values of a cell.
    """
    right = {cell: same(cell, key[cell], value) for cell, value in given.items() if cell in key}
    fits = [_fit(name, key, given, right, cells, same) for name, cells in mistakes.items()]
    equal = [fit for fit in fits if fit.equal]
    if equal:
        most = max(fit.telling for fit in equal)
        return Recognised(tuple(fit.name for fit in equal if fit.telling == most), exact=True)
    near = [fit for fit in fits if fit.near]
    if near:
        best = max(fit.like for fit in near)
        nearest = [fit.name for fit in near if fit.like == best]
        if len(nearest) == 1:
            return Recognised((nearest[0],), exact=False)
    return None


def _fit(
    name: str,
    key: Mapping[C, Any],
    given: Mapping[C, Any],
    right: Mapping[C, bool],
    cells: Mapping[C, Any],
    same: Callable[[C, Any, Any], bool],
) -> _Fit:
    telling = agreed = like = own = 0
    complete = all(cell in given for cell in cells)
    for cell, is_right in right.items():
        if cell not in cells:
            like += is_right
            continue
        meant, due = cells[cell], key[cell]
        if type(meant) is type(due) and meant == due:  # most are: `same` need not be asked
            is_like = is_right
        else:
            is_like = same(cell, meant, given[cell])
            if not same(cell, due, accepted(meant)[0]):
                telling += 1
                agreed += is_like
        like += is_like
        own += not is_like
    equal = agreed == telling > 0 and own == 0 and (complete or telling >= LEAST_TELLING)
    return _Fit(name, telling, agreed, like, sum(right.values()), len(right), equal)
