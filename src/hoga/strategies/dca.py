"""Buy a fixed amount at fixed times, whatever the price (정기매수)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.params import POSITIVE, Bounds, Params as BaseParams
from hoga.brain.strategy import Strategy
from hoga.model.events import OrderEvent, OrderRejected, TimerFired
from hoga.strategies.patience import SECOND_NS

BUY = "dca"
AGAIN = "dca again"
#: A refused purchase is tried again after this; after so many tries the turn is left out.
AGAIN_S = 10
TRIES = 3


class Dca(Strategy):
    """Buy for `spend` every `every_s` seconds at market, so that the average price is that of the time.

    Purchases happen at whole multiples of `every_s` since 1970 (UTC) plus `offset_s`: a day of 86,400 s begins at 09:00
    KST. A restart therefore neither repeats nor shifts them. It never sells. A turn that is refused three times (stale
    prices, no cash) is left out; one that was missed while the program was off is not made up for. With
    `most_position` it stops buying once the position is worth that much.

    It loses when the price falls for years: it only spreads the entry, it is no protection.
    """

    class Params(BaseParams):
        """Times in seconds; `spend` and `most_position` in the quote currency."""

        market: str = "KRW-BTC"
        every_s: int = 86_400
        offset_s: int = 0
        spend: Decimal = Decimal(10_000)
        most_position: Decimal | None = None
        bounds: ClassVar[Mapping[str, Bounds]] = {
            "every_s": (2, 31_536_000),
            "offset_s": (0, 31_536_000),
            "spend": POSITIVE,
            "most_position": POSITIVE,
        }

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.tries = 0

    def on_start(self, ctx: Context) -> None:
        """Set the first alarm."""
        self._set_next(ctx)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """The time has come."""
        if timer.name == BUY:
            self.tries = 0
            self._set_next(ctx)
        code, price = self.params.market, ctx.last_price(self.params.market)
        worth = ctx.position(code) * price if price else Decimal(0)
        if self.params.most_position is not None and worth >= self.params.most_position:
            ctx.say("the position is large enough", worth=worth)
            return
        if not ctx.open_orders(code):
            self.tries += 1
            ctx.market_buy(code, self.params.spend, reason="the regular purchase")

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """A refused purchase is tried again a little later, a few times."""
        if not isinstance(event, OrderRejected):
            return
        if self.tries < TRIES and self.params.every_s > AGAIN_S * TRIES:
            ctx.set_timer(AGAIN, ctx.now_ns + AGAIN_S * SECOND_NS)

    def _set_next(self, ctx: Context) -> None:
        every_ns, offset_ns = self.params.every_s * SECOND_NS, self.params.offset_s * SECOND_NS
        ctx.set_timer(BUY, ((ctx.now_ns - offset_ns) // every_ns + 1) * every_ns + offset_ns)
