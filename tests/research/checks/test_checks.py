"""Each check finds what it is for, and says nothing against a strategy that does not have it."""

from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace
from tests.research.checks.scenery import DAY_MS, EveryOther, Prophet, subject
from tests.research.engine.scenery import BEGIN_MS

from hoga.model.errors import ConfigError
from hoga.research.checks.chance import depth_of, other_orders, other_starts
from hoga.research.checks.examining import examine
from hoga.research.checks.look_ahead import look_ahead
from hoga.research.checks.looks import Outcome
from hoga.research.checks.sensitivity import neighbours, sensitivity
from hoga.research.checks.verdict import judge
from hoga.research.checks.walk_forward import folds_of, walk_forward

# ------------------------------------------------ look-ahead


def test_a_strategy_that_knows_how_the_data_ends_is_caught():
    found = look_ahead(subject(Prophet, days=6))

    assert found.differences
    assert found.differences[0].whole != found.differences[0].shortened


def test_an_honest_strategy_decides_the_same_on_shorter_data():
    found = look_ahead(subject(days=8))

    assert found.differences == []
    assert found.decisions > 50


# ------------------------------------------------ walk forward


def test_traded_stretches_follow_each_other_and_never_touch_what_was_chosen_on():
    folds = folds_of(BEGIN_MS, BEGIN_MS + 30 * DAY_MS, 3, purge_ms=DAY_MS)

    for before, after in pairwise(folds):
        assert after.test_begin_ms == before.test_end_ms
    for fold in folds:
        assert fold.test_begin_ms - fold.train_end_ms == DAY_MS
        assert (fold.train_end_ms - fold.train_begin_ms) == 3 * (fold.test_end_ms - fold.test_begin_ms)
    assert folds[-1].test_end_ms <= BEGIN_MS + 30 * DAY_MS


def test_too_little_data_for_walking_forward_is_said():
    with pytest.raises(ConfigError, match="too few for 5 steps"):
        folds_of(BEGIN_MS, BEGIN_MS + 6 * DAY_MS, 5)


def test_the_choice_is_made_on_the_past_and_traded_afterwards():
    examined = subject(days=10)
    folds = folds_of(examined.begin_ms, examined.end_ms, 2)

    walked = walk_forward(examined, [{"hold": 1}, {"hold": 4}], folds=folds)

    for step, fold in zip(walked.steps, folds, strict=True):
        looked = {
            hold: examined.run(params={"hold": hold}, begin_ms=fold.train_begin_ms, end_ms=fold.train_end_ms)
            for hold in (1, 4)
        }
        assert step.params["hold"] == max(looked, key=lambda hold: looked[hold].ending_equity)
        assert (step.result.begin_ms, step.result.end_ms) == (fold.test_begin_ms, fold.test_end_ms)
        assert step.result.params["hold"] == str(step.params["hold"])
    product = 1.0
    for step in walked.steps:
        product *= float(step.result.ending_equity / step.result.starting_equity)
    assert walked.total_return == pytest.approx(product - 1)


# ------------------------------------------------ chance


def test_the_depth_of_a_fall_is_measured_from_the_peak():
    assert depth_of([0.5, -0.3, -0.3, 0.2]) == pytest.approx(1 - 0.9 / 1.5)
    assert depth_of([0.1, 0.1]) == 0


def test_another_order_of_trades_changes_the_fall_and_not_the_sum():
    result = subject(days=20).run()

    found = other_orders(result, seed=1)

    assert found is not None
    assert found == other_orders(result, seed=1)
    assert found.trips == 120
    assert found.median_depth <= found.bad_depth
    assert found.loss_chance > 0.9  # it pays fees on every trip and knows nothing


def test_every_start_date_is_judged():
    found = other_starts(subject(days=24).run())

    assert found is not None
    assert (found.days, found.stretches) == (12, 14)  # 24 days UTC touch 25 days in Korea
    assert found.bad <= found.median


def test_too_few_trades_and_days_say_nothing_of_luck():
    result = subject(days=3, hold=5).run()

    assert other_orders(result) is None
    assert other_starts(result) is None


# ------------------------------------------------ small changes


def test_neighbours_are_a_step_away_and_within_bounds():
    assert neighbours(subject(hold=5)) == [("hold", 4), ("spend", Decimal(90_000)), ("spend", Decimal(110_000))]


def test_twice_the_fee_costs_twice_the_fee():
    examined = subject(days=5)
    found = sensitivity(replace(examined, models=replace(examined.models, latency_ns=0, slippage_ticks=0)))

    own = examined.run(models=replace(examined.models, latency_ns=0, slippage_ticks=0))
    fees = sum(float(fill.fee or 0) for fill in own.fills)
    assert found.own is not None
    assert found.double_fee.total_return == pytest.approx(found.own - fees / float(own.starting_equity), rel=0.02)
    assert len(found.neighbours) == 4


# ------------------------------------------------ the verdict


def test_a_strategy_that_only_pays_fees_is_not_to_be_traded():
    examined = subject(days=10)
    told: list[tuple[int, int, str]] = []

    found = examine(
        examined,
        [{"hold": 1}, {"hold": 3}],
        folds_of(examined.begin_ms, examined.end_ms, 2),
        progress=lambda *step: told.append(step),
    )
    verdict = judge(found)

    outcomes = {finding.name: finding.outcome for finding in verdict.findings}
    assert verdict.outcome is Outcome.BAD
    assert outcomes["gain"] is Outcome.BAD
    assert outcomes["look-ahead"] is Outcome.OK
    assert outcomes["round trips"] is Outcome.OK
    assert all(finding.words.ko and finding.words.en for finding in verdict.findings)
    counts = [count for count, _, _ in told]
    assert counts == sorted(counts)
    assert told[-1][0] == told[-1][1]


def test_a_strategy_that_sees_the_future_is_refused_whatever_it_earns():
    examined = subject(Prophet, days=5)

    verdict = judge(examine(examined, [], []))

    assert verdict.outcome is Outcome.BAD
    assert next(f for f in verdict.findings if f.name == "look-ahead").outcome is Outcome.BAD
    assert next(f for f in verdict.findings if f.name == "walk forward").outcome is Outcome.UNKNOWN


def test_every_run_of_an_examination_begins_with_a_new_strategy():
    examined = subject(EveryOther, days=4)

    assert examined.run().fills == examined.run().fills
