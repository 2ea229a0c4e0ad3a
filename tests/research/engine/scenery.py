"""Small markets of the past, made by seeds, and strategies that only write down what they see."""

from decimal import Decimal

import numpy as np

from hoga.brain.context import Context
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Candle, Fill, Orderbook, OrderEvent, Trade
from hoga.research.data.blocks import CandleBlock, TradeBlock

D = Decimal
BTC, ETH = "KRW-BTC", "KRW-ETH"
#: 2026-01-01 00:00 UTC.
BEGIN_MS = 1_767_225_600_000
SCALE = 10**8
MINUTE_MS = 60_000


def candles(count: int, *, seed: int = 1, market: str = BTC, unit_s: int = 60, quiet: float = 0.1) -> CandleBlock:
    """A random walk on the tick of a thousand; a share of `quiet` bars has no trade."""
    chance = np.random.default_rng(seed)
    close = np.round(100_000 * np.exp(np.cumsum(chance.normal(0, 0.001, count)))).astype(np.int64)
    is_empty = chance.random(count) < quiet
    is_empty[0] = False
    for n in np.flatnonzero(is_empty):
        close[n] = close[n - 1]
    before = np.concatenate(([100_000], close[:-1]))
    opening = np.where(is_empty, before, before + chance.integers(-20, 20, count))
    high = np.where(is_empty, before, np.maximum(opening, close) + chance.integers(0, 60, count))
    low = np.where(is_empty, before, np.minimum(opening, close) - chance.integers(0, 60, count))
    volume = np.where(is_empty, 0, chance.integers(1, 10 * SCALE, count))
    return CandleBlock(
        market=market,
        unit_s=unit_s,
        start_ms=BEGIN_MS + np.arange(count, dtype=np.int64) * unit_s * 1000,
        opening=opening * 1000 * SCALE,
        high=high * 1000 * SCALE,
        low=low * 1000 * SCALE,
        close=close * 1000 * SCALE,
        volume=volume,
        is_empty=is_empty,
    )


def trades(count: int, *, seed: int = 1, market: str = BTC) -> TradeBlock:
    """A random walk of trades a few hundred milliseconds apart."""
    chance = np.random.default_rng(seed)
    price = np.round(100_000 * np.exp(np.cumsum(chance.normal(0, 0.0001, count)))).astype(np.int64)
    at_ms = BEGIN_MS + np.cumsum(chance.integers(0, 800, count))
    return TradeBlock(
        market=market,
        at_ms=at_ms,
        sequential_id=at_ms * 10_000 + np.arange(count) % 5_000,
        price=price * 1000 * SCALE,
        volume=chance.integers(1, SCALE, count),
        is_bid=chance.random(count) < 0.5,
    )


class Diary(Strategy):
    """Writes down everything it is told."""

    def __init__(self, *markets: str, history: dict[int, int] | None = None) -> None:
        super().__init__(Strategy.Params())
        self.markets = markets or (BTC,)
        self.history = history or {}
        self.bars: list[Candle] = []
        self.trades: list[Trade] = []
        self.books: list[Orderbook] = []
        self.fills: list[Fill] = []
        self.news: list[OrderEvent] = []

    def needs(self) -> Needs:
        return Needs(markets=self.markets, candle_units_s=(60,), history=self.history)

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        self.trades.append(trade)

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        self.books.append(book)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        if candle.unit_s == 60:
            self.bars.append(candle)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.fills.append(fill)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self.news.append(event)


class Gambler(Diary):
    """Decides by the last digits of prices: buys and sells at the market, above it and below it, and cancels."""

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        super().on_trade(ctx, trade)
        self._gamble(ctx, trade.market, int(trade.price) // 1000)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        super().on_candle(ctx, candle)
        self._gamble(ctx, candle.market, int(candle.high_price) // 1000 + 3)

    def _gamble(self, ctx: Context, code: str, number: int) -> None:
        price = D(number) * 1000
        if number % 13 == 0:
            ctx.market_buy(code, D(50_000))
        elif number % 13 == 1 and ctx.sellable(code) * price > D(10_000):
            ctx.market_sell(code, ctx.sellable(code) / 2)
        elif number % 13 == 2:
            ctx.limit_buy(code, price - 30_000 - number % 7 * 10_000, D("0.001"))
        elif number % 13 == 3 and ctx.sellable(code) * price > D(10_000):
            ctx.limit_sell(code, price + 30_000 + number % 7 * 10_000, ctx.sellable(code))
        elif number % 13 == 4:
            for order in ctx.open_orders(code):
                ctx.cancel(order.order_id)
        elif number % 13 == 5:
            ctx.set_timer("later", ctx.now_ns + number % 100 * 1_000_000_000)
