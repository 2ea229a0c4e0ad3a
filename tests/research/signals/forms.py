"""Strategies in both forms, for trades and for candles."""

from decimal import Decimal

import numpy as np
from tests.research.engine.scenery import BTC

from hoga.brain.context import Context
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import Side
from hoga.model.events import Candle, OrderEvent, OrderUpdated, Trade
from hoga.research.signals.form import Columns, Signals

D = Decimal


class Both(Strategy):
    """The event form of any signals: decides by `_wants`, one order at a time, what waits is cancelled first."""

    volume, spend = D("0.005"), D(400_000)

    def __init__(self) -> None:
        super().__init__(Strategy.Params())
        self.wish: tuple[Side, Decimal | None] | None = None

    def act(self, ctx: Context, enter: Decimal | None, leave: Decimal | None) -> None:
        side = Side.SELL if ctx.position(BTC) else Side.BUY
        wish = side, leave if side is Side.SELL else enter
        waiting = ctx.open_orders(BTC)
        if not waiting:
            self._place(ctx, *wish)
        elif waiting[0].price is not None:
            self.wish = wish
            ctx.cancel(waiting[0].order_id)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        if isinstance(event, OrderUpdated) and self.wish and ctx.is_ready and not ctx.open_orders(BTC):
            (side, price), self.wish = self.wish, None
            if (side is Side.SELL) == bool(ctx.position(BTC)):
                self._place(ctx, side, price)

    def _place(self, ctx: Context, side: Side, price: Decimal | None) -> None:
        if side is Side.BUY:
            if price is None:
                ctx.market_buy(BTC, self.spend)
            else:
                ctx.limit_buy(BTC, price, self.volume)
        elif price is None:
            ctx.market_sell(BTC, ctx.position(BTC))
        else:
            ctx.limit_sell(BTC, price, ctx.position(BTC))


class EveryFew(Both):
    """On trades: every few of them a limit order a little away from the price."""

    every, away = 20, 3_000

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def needs(self) -> Needs:
        return Needs(markets=(BTC,), streams=("trade",))

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        self.count += 1
        if self.count % self.every == 0:
            self.act(ctx, trade.price - self.away, trade.price + self.away)

    def signals(self, columns: Columns) -> Signals:
        acts = (np.arange(len(columns.at_ms)) + 1) % self.every == 0
        prices = columns.price
        return Signals(acts, acts, prices - self.away, prices + self.away, self.volume)


class Cross(Both):
    """On candles: in and out at the market where two averages cross."""

    fast, slow = 3, 8

    def __init__(self) -> None:
        super().__init__()
        self.closes: list[int] = []

    def needs(self) -> Needs:
        return Needs(markets=(BTC,), candle_units_s=(60,))

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.closes.append(int(candle.close))
        now, before = self._above(self.closes), self._above(self.closes[:-1])
        if len(self.closes) > self.slow and now != before and now == (not ctx.position(BTC)):
            self.act(ctx, None, None)

    def _above(self, closes: list[int]) -> bool:
        return sum(closes[-self.fast :]) * self.slow > sum(closes[-self.slow :]) * self.fast

    def signals(self, columns: Columns) -> Signals:
        closes = np.rint(columns.price).astype(np.int64)
        sums = np.concatenate(([0], np.cumsum(closes)))
        above = np.zeros(len(closes), np.bool_)
        ends = np.arange(self.slow, len(closes) + 1)
        above[self.slow - 1 :] = (sums[ends] - sums[ends - self.fast]) * self.slow > (
            sums[ends] - sums[ends - self.slow]
        ) * self.fast
        turns = np.concatenate(([False], above[1:] != above[:-1]))
        turns[: self.slow] = False
        return Signals(turns & above, turns & ~above, spend=self.spend)


class Bands(Cross):
    """On candles: limit orders some ticks away, again with every few bars."""

    every, away = 3, 20_000

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.closes.append(int(candle.close))
        if len(self.closes) % self.every == 0:
            self.act(ctx, candle.close - self.away, candle.close + self.away)

    def signals(self, columns: Columns) -> Signals:
        acts = (np.arange(len(columns.at_ms)) + 1) % self.every == 0
        return Signals(acts, acts, columns.price - self.away, columns.price + self.away, self.volume)
