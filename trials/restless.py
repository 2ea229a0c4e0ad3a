"""`python -m trials.restless run …`: hoga with two more strategies, for trials that kill it."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from hoga.brain.context import Context
from hoga.brain.params import Params as BaseParams
from hoga.brain.strategy import Needs, Strategy
from hoga.cli import main
from hoga.model.commands import Side
from hoga.model.events import BookUnit, TimerFired
from hoga.strategies import STRATEGIES
from trials.filler import Filler

TURN_NS = 110_000_000  # nine orders a second: just below the venue's limit of twelve, with room for cancels
PATIENCE_NS = 700_000_000  # older orders are cancelled
DUST = Decimal(7)  # KRW more each turn, so that no two wishes are alike and volumes are crooked
LEAST = Decimal(5_300)


class Restless(Strategy):
    """Nine times a second: take, rest or sell a little, by turns; cancel what rests too long.

    Every order has a reason that no other order of any run has, so that one wish sent twice can be told.
    """

    class Params(BaseParams):
        """One market."""

        market: str = "KRW-BTC"

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.turn = 0
        self.begun_ns = 0

    def needs(self) -> Needs:
        """One market."""
        return Needs(markets=(self.params.market,))

    def on_start(self, ctx: Context) -> None:
        """Begin to tick."""
        self.begun_ns = ctx.now_ns
        ctx.set_timer("turn", ctx.now_ns)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """Cancel the old, ask for something new."""
        self.turn += 1
        ctx.set_timer("turn", ctx.now_ns + TURN_NS)
        code = self.params.market
        for order in ctx.open_orders(code):
            if ctx.now_ns - order.created_ns > PATIENCE_NS:
                ctx.cancel(order.order_id)
        if best := ctx.best(code):
            self._act(ctx, code, best)

    def _act(self, ctx: Context, code: str, best: BookUnit) -> None:
        spend = LEAST + DUST * (self.turn % 400)
        why = f"{self.begun_ns}-{self.turn}"
        # An order that would meet one of ours on the other side is refused by hoga itself: rest instead of take.
        buys, sells = (any(order.side is side for order in ctx.open_orders(code)) for side in (Side.BUY, Side.SELL))
        if ctx.sellable(code) * best.bid_price > 3 * spend and self.turn % 3:
            price = best.ask_price if buys or self.turn % 2 else best.bid_price
            ctx.limit_sell(code, price, 2 * spend / best.bid_price, reason=why)
        elif self.turn % 7 == 0 and not sells:
            ctx.market_buy(code, spend, reason=why)
        else:
            price = best.bid_price if sells or self.turn % 2 else best.ask_price
            ctx.limit_buy(code, price, spend / price, reason=why)


def run(words: Sequence[str]) -> int:
    """Run hoga's command line with these strategies among the others."""
    cast("dict[str, type[Strategy]]", STRATEGIES).update(restless=Restless, filler=Filler)
    return main(words)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
