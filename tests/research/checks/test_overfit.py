"""The mathematics of trying too often."""

import math
from random import Random

import pytest

from hoga.research.checks.overfit import (
    daily_sharpe,
    deflated_sharpe,
    luck,
    probability_above,
    probability_of_overfitting,
)


def gains(chance: Random, mean: float, days: int = 400) -> list[float]:
    return [chance.gauss(mean, 0.01) for _ in range(days)]


def test_the_worked_example_of_the_paper_comes_out():
    """Bailey and Lopez de Prado, 2014: Sharpe 2.5 a year, 1,250 days, 100 trials of variance 1/2, skew -3, tails 10."""
    bar = luck(100, math.sqrt(0.5 / 250))

    assert bar == pytest.approx(0.1132, abs=5e-5)
    assert probability_above(bar, 2.5 / math.sqrt(250), 1_250, -3, 10) == pytest.approx(0.9004, abs=1e-4)


def test_one_trial_has_no_luck_and_more_trials_have_more():
    assert luck(1, 0.05) == 0
    assert 0 < luck(2, 0.05) < luck(10, 0.05) < luck(1_000, 0.05)


def test_the_best_of_many_worthless_trials_is_seen_through():
    chance = Random(1)
    trials = [gains(chance, 0) for _ in range(30)]
    sharpes = [daily_sharpe(trial) or 0 for trial in trials]
    best = max(trials, key=lambda trial: daily_sharpe(trial) or 0)

    alone, among_all = deflated_sharpe(best, sharpes[:1]), deflated_sharpe(best, sharpes)

    assert alone is not None
    assert among_all is not None
    assert alone > 0.95  # it looks like skill to whoever hides the other trials
    assert among_all < 0.8


def test_choosing_among_worthless_trials_is_overfitting_half_of_the_time():
    chance = Random(1)

    found = probability_of_overfitting([gains(chance, 0) for _ in range(30)])

    assert found is not None
    assert 0.35 < found < 0.65


def test_a_trial_that_is_always_better_is_no_overfitting():
    chance = Random(1)

    assert probability_of_overfitting([gains(chance, 0.0002 * rank) for rank in range(20)]) == pytest.approx(
        0, abs=0.05
    )


def test_where_nothing_can_be_said_nothing_is_said():
    flat = [0.0] * 100

    assert daily_sharpe(flat) is None
    assert daily_sharpe([0.01, 0.02]) is None
    assert deflated_sharpe(flat, [0.1]) is None
    assert probability_of_overfitting([flat]) is None
    assert probability_of_overfitting([[0.1, 0.2], [0.2, 0.1]]) is None
    assert probability_above(0.0, 1.0, 100, 5, 1) is None  # no distribution has these moments


def test_trials_that_do_the_same_are_no_better_than_each_other():
    same = gains(Random(1), 0.001)

    assert probability_of_overfitting([same, same, same]) == 1
