"""The same strategy on the same candles in other hands: backtesting.py, and a calculation with pandas."""

from collections import deque
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from msgspec.structs import replace
from tests.research.engine.scenery import BEGIN_MS, BTC, MINUTE_MS, SCALE, candles

from hoga.brain.context import Context
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import Side
from hoga.model.events import Candle
from hoga.research.data.blocks import CandleBlock
from hoga.research.engine.run import backtest
from hoga.research.engine.source import from_blocks
from hoga.research.result import Result
from hoga.simulator.direct.models import Models

D = Decimal
FEE = D("0.0005")
CASH = D(100_000_000)
VOLUME = D("0.01")
FAST, SLOW = 10, 30
#: Orders fill at the price of the next opening: nothing on the way, no spread.
MATCHED = Models(taker_fee=FEE, maker_fee=FEE, latency_ns=0, slippage_ticks=0)
WIDE = RiskLimits(max_order_value=D(10**9), max_depth_share=None, max_slippage=None)


def deep(block: CandleBlock) -> CandleBlock:
    """The same prices with so much traded that no order is too large."""
    return replace(block, volume=np.full(len(block), 100 * SCALE))


def rows(block: CandleBlock) -> pd.DataFrame:
    columns = {"Open": block.opening, "High": block.high, "Low": block.low, "Close": block.close}
    frame = pd.DataFrame({name: column / 10**block.price_scale for name, column in columns.items()})
    frame["Volume"] = block.volume / 10**block.volume_scale
    frame.index = pd.to_datetime(block.start_ms, unit="ms")
    return frame


class Cross(Strategy):
    """Holds a hundredth of a coin while the sum of ten closes, times three, is above the sum of thirty."""

    def __init__(self) -> None:
        super().__init__(Strategy.Params())
        self.closes: deque[int] = deque(maxlen=SLOW)
        self.before = (0, 0)

    def needs(self) -> Needs:
        return Needs(markets=(BTC,), candle_units_s=(60,))

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.closes.append(int(candle.close))
        if len(self.closes) < SLOW:
            return
        fast, slow = sum(list(self.closes)[-FAST:]) * (SLOW // FAST), sum(self.closes)
        was, self.before = self.before, (fast, slow)
        best = ctx.best(BTC)
        if was == (0, 0) or best is None:
            return
        if fast > slow and was[0] <= was[1] and not ctx.position(BTC):
            ctx.limit_buy(BTC, best.ask_price, VOLUME)
        elif fast < slow and was[0] >= was[1] and ctx.position(BTC):
            ctx.market_sell(BTC, ctx.position(BTC))


def theirs(frame: pd.DataFrame) -> tuple[list[tuple[int, float]], float]:
    """Every fill as (bar, price), and the final equity; prices are scaled so that a unit is VOLUME."""
    backtesting = pytest.importorskip("backtesting")

    def sums(closes: Any, count: int) -> Any:
        return pd.Series(np.asarray(closes)).rolling(count).sum()

    class Theirs(backtesting.Strategy):  # type: ignore[misc,name-defined]
        def init(self) -> None:
            exact = pd.Series(np.round(np.asarray(self.data.Close) / float(VOLUME)))
            self.fast = self.I(lambda: sums(exact, FAST) * (SLOW // FAST))
            self.slow = self.I(lambda: sums(exact, SLOW))

        def next(self) -> None:
            fast, slow = self.fast, self.slow
            if fast[-1] > slow[-1] and fast[-2] <= slow[-2]:
                if not self.position:
                    self.buy(size=1)
            elif fast[-1] < slow[-1] and fast[-2] >= slow[-2] and self.position:
                self.position.close()

    scaled = frame.copy()
    scaled[["Open", "High", "Low", "Close"]] *= float(VOLUME)
    stats = backtesting.Backtest(scaled, Theirs, cash=float(CASH), commission=float(FEE), finalize_trades=False).run()
    fills = []
    for trade in stats["_trades"].itertuples():
        fills += [(trade.EntryBar, trade.EntryPrice), (trade.ExitBar, trade.ExitPrice)]
    for trade in stats["_strategy"].trades:  # what is still held at the end
        fills.append((trade.entry_bar, trade.entry_price))
    return sorted((int(bar), price / float(VOLUME)) for bar, price in fills), float(stats["Equity Final [$]"])


def ours(result: Result) -> list[tuple[int, float]]:
    return [((fill.trade_timestamp_ms - BEGIN_MS) // MINUTE_MS, float(fill.price)) for fill in result.fills]


@pytest.mark.filterwarnings("ignore")
def test_a_cross_of_averages_trades_as_in_backtesting_py():
    block = deep(candles(5_000, seed=11, quiet=0))
    result = backtest(Cross(), from_blocks(block), balances={"KRW": CASH}, models=MATCHED, limits=WIDE)
    fills, equity = theirs(rows(block))

    assert len(fills) > 100
    assert [bar for bar, _ in ours(result)] == [bar for bar, _ in fills]
    assert [price for _, price in ours(result)] == pytest.approx([price for _, price in fills], rel=1e-12)
    assert float(result.ending_equity) == pytest.approx(equity, rel=1e-9)


def breakouts(frame: pd.DataFrame, k: float, spend: float) -> tuple[list[tuple[str, float]], float]:
    """Buy when a price passes the day's opening plus k times yesterday's range, sell at the next opening."""
    days = frame.resample("1D").agg({"Open": "first", "High": "max", "Low": "min", "Close": "last"})
    marks = days["Open"] + k * (days["High"] - days["Low"]).shift(1)
    cash, coins, trades = float(CASH), 0.0, []
    for day, mark in marks.items():
        minutes = frame[frame.index.normalize() == day]
        if coins:
            price = minutes["Open"].iloc[0]
            cash += coins * price * (1 - float(FEE))
            trades.append(("sell", price))
            coins = 0.0
        if np.isnan(mark):
            continue
        passed = minutes[minutes["High"] >= mark]
        if passed.empty:
            continue
        first = passed.iloc[0]
        price = first["Open"] if first["Open"] >= mark else first["High"]
        coins = np.floor(spend / price * 1e8) / 1e8
        cash -= coins * price * (1 + float(FEE))
        trades.append(("buy", price))
    return trades, cash + coins * frame["Close"].iloc[-1]


def test_a_volatility_breakout_trades_as_a_calculation_with_pandas_says():
    block = deep(candles(16 * 1440, seed=5, quiet=0))  # the first day is the past of the second
    source = from_blocks(block, begin_ms=BEGIN_MS + 1440 * MINUTE_MS)
    params = {"k": "0.5", "ma_days": "0", "spend": "100000"}
    result = backtest("volatility_breakout", source, params=params, balances={"KRW": CASH}, models=MATCHED, limits=WIDE)
    trades, equity = breakouts(rows(block), 0.5, 100_000)

    assert len(trades) > 8
    assert [("buy" if fill.side is Side.BUY else "sell", float(fill.price)) for fill in result.fills] == trades
    assert float(result.ending_equity) == pytest.approx(equity, rel=1e-9)
