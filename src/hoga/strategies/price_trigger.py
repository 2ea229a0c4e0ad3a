"""Buy when the price rises to a mark, sell when it falls to another (가격 도달 주문)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.params import POSITIVE, SHARE, Bounds, Params as BaseParams
from hoga.brain.strategy import Strategy
from hoga.model.events import OrderEvent, Trade
from hoga.strategies.patience import Patience


class PriceTrigger(Strategy):
    """Buy above one price, sell below another: a breakout entry with a stop.

    When a trade prints at `buy_above` or higher and we hold less than the venue's minimum, buy for `spend` at market.
    When one prints at `sell_below` or lower, sell every free coin of the market, also those that were there before.
    A mark that is not given lies `rise` above (`fall` below) the first price heard. With `once` the buy happens once.

    It loses in a market that swings around the marks: each swing buys high, sells low and pays two fees.
    """

    class Params(BaseParams):
        """Prices and `spend` in the quote currency; `rise` and `fall` are shares (0.001 is 0.1 %)."""

        market: str = "KRW-BTC"
        buy_above: Decimal | None = None
        sell_below: Decimal | None = None
        rise: Decimal = Decimal("0.001")
        fall: Decimal = Decimal("0.001")
        spend: Decimal = Decimal(50_000)
        once: bool = False
        bounds: ClassVar[Mapping[str, Bounds]] = {
            "buy_above": POSITIVE,
            "sell_below": POSITIVE,
            "spend": POSITIVE,
            "rise": SHARE,
            "fall": SHARE,
        }

        def problems(self) -> list[str]:
            """The sell mark must lie below the buy mark."""
            if self.buy_above and self.sell_below and self.sell_below >= self.buy_above:
                return [f"sell_below ({self.sell_below}) must be below buy_above ({self.buy_above})."]
            return []

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()
        self.buy_above = params.buy_above
        self.sell_below = params.sell_below
        self.bought = False

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Compare the print with both marks."""
        if trade.market != self.params.market:
            return
        self.buy_above = self.buy_above or trade.price * (1 + self.params.rise)
        self.sell_below = self.sell_below or trade.price * (1 - self.params.fall)
        if self.patience.is_resting(ctx) or ctx.open_orders(trade.market):
            return
        worth, minimum = ctx.sellable(trade.market) * trade.price, ctx.market(trade.market).min_total
        if trade.price >= self.buy_above and worth < minimum and not (self.bought and self.params.once):
            self.bought = True
            reason = f"price {trade.price} reached {self.buy_above:f}"
            ctx.market_buy(trade.market, self.params.spend, reason=reason)
        elif trade.price <= self.sell_below and worth >= minimum:
            reason = f"price {trade.price} fell to {self.sell_below:f}"
            ctx.market_sell(trade.market, ctx.sellable(trade.market), reason=reason)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Rest after a refusal."""
        self.patience.hear(ctx, event)
