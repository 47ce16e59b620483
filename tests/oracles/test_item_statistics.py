"""Item statistics against SciPy and pandas on the same data."""

from __future__ import annotations

import random

import pytest

from oslab_grader.insight.counters import Tally, Usual, chance
from oslab_grader.insight.items import _correlation, discrimination, reliability

pandas = pytest.importorskip("pandas")
stats = pytest.importorskip("scipy.stats")


def class_of(students: int, questions: int, seed: int) -> list[list[float]]:
    """Points of a class whose students differ in skill, and questions in difficulty."""
    rng = random.Random(seed)
    hard = [rng.uniform(0.2, 0.9) for _ in range(questions)]
    rows = []
    for _ in range(students):
        skill = rng.gauss(0, 0.2)
        rows.append([round(8 * min(1, max(0, h + skill + rng.gauss(0, 0.2))), 2) for h in hard])
    return rows


@pytest.mark.parametrize("seed", range(10))
def test_item_total_correlation_is_scipys(seed: int) -> None:
    frame = pandas.DataFrame(class_of(60, 5, seed))
    for question in frame:
        rest = frame.drop(columns=question).sum(axis=1)
        theirs = stats.pearsonr(frame[question], rest).statistic
        assert _correlation(list(frame[question]), list(rest)) == pytest.approx(theirs)
        right = (frame[question] > 4).astype(float)
        if 0 < right.sum() < len(right):
            biserial = stats.pointbiserialr(right, rest).statistic
            assert _correlation(list(right), list(rest)) == pytest.approx(biserial)


@pytest.mark.parametrize("seed", range(10))
def test_reliability_is_cronbachs_alpha_of_the_covariance_matrix(seed: int) -> None:
    rows = class_of(80, 6, seed)
    covariance = pandas.DataFrame(rows).cov().to_numpy()
    alpha = 6 / 5 * (1 - covariance.trace() / covariance.sum())
    assert reliability(rows) == pytest.approx(alpha)


@pytest.mark.parametrize("seed", range(10))
def test_discrimination_is_the_difference_of_the_extreme_groups(seed: int) -> None:
    frame = pandas.DataFrame(class_of(100, 4, seed))
    # No two totals alike, so that the groups are 27 whole students.
    total = frame.sum(axis=1) + pandas.Series(range(100)) * 1e-6
    column = frame[0] / 8
    ranked = column[total.sort_values().index]
    theirs = ranked.iloc[-27:].mean() - ranked.iloc[:27].mean()
    assert discrimination(list(column), list(total)) == pytest.approx(theirs)


@pytest.mark.parametrize(("rows", "matches", "rate"), [(20, 9, 0.3), (40, 30, 0.5), (7, 7, 0.01)])
def test_chance_is_scipys_binomial_tail(rows: int, matches: int, rate: float) -> None:
    theirs = stats.binom.sf(matches - 1, rows, rate)
    assert chance(rows, matches, Usual(rate, 0)) == pytest.approx(theirs)


@pytest.mark.parametrize("clumping", [0.01, 0.2, 0.7])
@pytest.mark.parametrize(("rows", "matches", "rate"), [(20, 9, 0.3), (40, 30, 0.5), (7, 7, 0.01)])
def test_chance_of_rows_that_clump_is_scipys_beta_binomial_tail(
    rows: int, matches: int, rate: float, clumping: float
) -> None:
    one, other = (share * (1 - clumping) / clumping for share in (rate, 1 - rate))
    theirs = stats.betabinom.sf(matches - 1, rows, one, other)
    assert chance(rows, matches, Usual(rate, clumping)) == pytest.approx(theirs)


def test_clumping_is_found_again_in_beta_binomial_counts() -> None:
    tally = Tally()
    for matches in stats.betabinom.rvs(12, 0.8, 3.2, size=20_000, random_state=1):
        tally.add(12, int(matches))
    usual = tally.usual()
    assert usual.rate == pytest.approx(0.2, abs=0.01)
    assert usual.clumping == pytest.approx(0.2, abs=0.01)
