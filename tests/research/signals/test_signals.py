"""The compiled form trades as the events do, order by order, and is refused where it does not."""

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace
from tests.research.engine.scenery import SCALE, Diary, candles, trades
from tests.research.signals.forms import Bands, Both, Cross, EveryFew

from hoga.brain.risk.limits import RiskLimits, for_history
from hoga.model.errors import ConfigError, HogaError
from hoga.research.data.blocks import CandleBlock
from hoga.research.engine.run import backtest
from hoga.research.engine.source import from_blocks
from hoga.research.result import Result
from hoga.research.signals.form import Columns, Signals
from hoga.research.signals.run import SignalsError, backtest_signals
from hoga.simulator.direct.models import Intrabar, Models, Queue

D = Decimal
MS = 1_000_000
LIMITS: RiskLimits = replace(for_history(), stale_feed_s=D(3600), duplicate_within_s=D(0), max_depth_share=None)


def deep(block: CandleBlock) -> CandleBlock:
    return replace(block, volume=np.where(block.is_empty, 0, block.volume + SCALE))


def outcome(result: Result) -> tuple[object, ...]:
    orders = [
        (o.created_ns, o.side, o.price, o.intent.volume, o.intent.spend, o.executed_volume) for o in result.orders
    ]
    fills = [(f.trade_timestamp_ms, f.side, f.price, f.volume, f.fee, f.is_maker) for f in result.fills]
    return orders, fills, result.ending, result.ending_equity, result.starting_equity, result.last_prices


@pytest.mark.parametrize("latency_ms", [0, 50, 900])
@pytest.mark.parametrize("strategy", [EveryFew, Cross, Bands])
def test_both_forms_give_the_same_orders_fills_and_money(strategy: type[Both], latency_ms: int):
    for seed in range(3):
        block = trades(1_200, seed=seed) if strategy is EveryFew else deep(candles(300, seed=seed))
        intrabar, queue = list(Intrabar)[seed % 3], list(Queue)[seed % 3]
        models = Models(latency_ns=latency_ms * MS, queue=queue, slippage_ticks=seed % 3, intrabar=intrabar)
        source = from_blocks(block)
        events = backtest(strategy(), source, models=models, limits=LIMITS)
        made = backtest_signals(strategy(), source, models=models, limits=LIMITS, window=250)

        assert not events.refused
        assert len(events.fills) > 5
        assert outcome(made) == outcome(events)


def test_the_curve_holds_the_first_and_the_last_moment_and_every_day():
    source = from_blocks(deep(candles(1_500)))
    events, made = backtest(Cross(), source), backtest_signals(Cross(), source)

    assert made.equity[0] == events.equity[0]
    assert made.equity[-1] == events.equity[-1]
    assert [point.at_ms for point in made.days] == [point.at_ms for point in events.days]
    assert [point.equity for point in made.days] == [point.equity for point in events.days]
    assert made.bars == events.bars


class Peeks(Cross):
    """Its signals look one bar ahead, which its events cannot."""

    def signals(self, columns: Columns) -> Signals:
        honest = super().signals(columns)
        return Signals(np.roll(honest.enter, -1), np.roll(honest.leave, -1), spend=self.spend)


def test_signals_that_see_the_future_are_found_out():
    with pytest.raises(SignalsError, match="order 0"):
        backtest_signals(Peeks(), from_blocks(deep(candles(700))))


def test_what_the_compiled_form_cannot_do_is_said():
    source = from_blocks(deep(candles(100)))
    with pytest.raises(ConfigError, match="no `signals`"):
        backtest_signals(Diary(), source)
    with pytest.raises(ConfigError, match="constant latency"):
        backtest_signals(Cross(), source, models=Models(jitter_ns=5))

    class Short(Cross):
        def signals(self, columns: Columns) -> Signals:
            return Signals(np.zeros(3, np.bool_), np.zeros(3, np.bool_), spend=D(1))

    with pytest.raises(SignalsError, match="has 3 rows"):
        backtest_signals(Short(), source)
    with pytest.raises(HogaError, match=r"refused|could not have been paid"):
        backtest_signals(Cross(), from_blocks(deep(candles(700))), balances={"KRW": D(1_000)})
