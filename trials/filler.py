"""A strategy that fills a book with orders of ours, for trials that empty it or start with it."""

from decimal import Decimal

from hoga.brain.context import Context
from hoga.brain.params import Params as BaseParams
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import TimerFired

TICK_NS = 100_000_000


class Filler(Strategy):
    """Rests so many small buys far below the market, ten a second."""

    class Params(BaseParams):
        """How many orders."""

        market: str = "KRW-BTC"
        orders: int = 200

    params: Params

    def needs(self) -> Needs:
        """One market."""
        return Needs(markets=(self.params.market,))

    def on_start(self, ctx: Context) -> None:
        """Begin to order."""
        ctx.set_timer("next", ctx.now_ns)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """One more."""
        ctx.set_timer("next", ctx.now_ns + TICK_NS)
        code, best = self.params.market, ctx.best(self.params.market)
        count = len(ctx.open_orders(code))
        if best is not None and count < self.params.orders:
            price = best.bid_price * (Decimal(1) - Decimal("0.2") - Decimal(count) / 2_000)
            ctx.limit_buy(code, price, Decimal(6_000) / price, reason="fill the book")
