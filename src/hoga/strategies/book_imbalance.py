"""Scalp: buy where the book is heavy with bids, sell a little higher or soon (호가 불균형)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.indicators import imbalance
from hoga.brain.params import POSITIVE, SHARE, Bounds, Params as BaseParams
from hoga.brain.strategy import Strategy
from hoga.model.commands import Side, TimeInForce
from hoga.model.events import BookUnit, Fill, Orderbook, OrderEvent
from hoga.model.money import ZERO
from hoga.strategies.held import Held
from hoga.strategies.patience import SECOND_NS, Patience

BOUNDS: dict[str, Bounds] = dict.fromkeys(("enter", "take", "stop"), SHARE) | {"hold_s": (1, 86_400)}


class BookImbalance(Strategy):
    """Rest a buy at the best bid while bids outweigh offers, sell at `take` above, at a loss of `stop`, or in time.

    The sizes of the best `depth` levels are weighed: 1 means only bids, -1 only offers. At `enter` or more it bids
    `spend` at the best bid (or, with `join` false, buys at the best ask), and cancels what is not filled in `entry_s`.
    The sale rests at `take` above the price paid; at `stop` below it, or after `hold_s`, the rest is sold at market.
    Coins it did not buy itself are left alone.

    It loses when bids are withdrawn before they are hit, and always when `take` does not pay two fees and the spread.
    """

    class Params(BaseParams):
        """`enter`, `take` and `stop` are shares, times are seconds, `spend` is in the quote currency."""

        market: str = "KRW-BTC"
        depth: int = 5
        enter: Decimal = Decimal("0.4")
        join: bool = True
        entry_s: int = 5
        take: Decimal = Decimal("0.002")
        stop: Decimal = Decimal("0.002")
        hold_s: int = 60
        spend: Decimal = Decimal(50_000)
        bounds: ClassVar[Mapping[str, Bounds]] = BOUNDS | {"depth": (1, 30), "entry_s": (1, 3600), "spend": POSITIVE}

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()
        self.held = Held()
        self.next_entry_ns = 0

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """Watch what rests; then leave, or enter."""
        code, best = self.params.market, ctx.best(self.params.market)
        if book.market != code or best is None:
            return
        must_leave = self._must_leave(ctx, best)
        if orders := ctx.open_orders(code):
            for order in orders:
                is_old = ctx.now_ns - order.created_ns >= self.params.entry_s * SECOND_NS
                if (order.side is Side.BUY and is_old) or (order.side is Side.SELL and must_leave):
                    ctx.cancel(order.order_id, reason=must_leave or "not filled in time")
            return
        mine = min(self.held.volume, ctx.sellable(code))
        if self.patience.is_resting(ctx):
            return
        if mine * best.bid_price < ctx.market(code).min_total:
            self._enter(ctx, book, best)
        elif must_leave:
            ctx.market_sell(code, mine, reason=must_leave)
        else:
            price = max(self.held.price * (1 + self.params.take), best.ask_price)
            ctx.limit_sell(code, price, mine, tif=TimeInForce.POST_ONLY, reason="take the gain")

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count what is ours."""
        self.held.hear(fill, ctx.now_ns)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Rest after a refusal."""
        self.patience.hear(ctx, event)

    def _enter(self, ctx: Context, book: Orderbook, best: BookUnit) -> None:
        levels = book.units[: self.params.depth]
        weight = imbalance(sum((u.bid_size for u in levels), ZERO), sum((u.ask_size for u in levels), ZERO))
        if ctx.now_ns < self.next_entry_ns or weight < float(self.params.enter):
            return
        self.next_entry_ns = ctx.now_ns + SECOND_NS
        price = best.bid_price if self.params.join else best.ask_price
        tif = TimeInForce.POST_ONLY if self.params.join else TimeInForce.GTC
        ctx.limit_buy(self.params.market, price, self.params.spend / price, tif=tif, reason=f"imbalance {weight:.2f}")

    def _must_leave(self, ctx: Context, best: BookUnit) -> str:
        if not self.held.volume:
            return ""
        if best.bid_price <= self.held.price * (1 - self.params.stop):
            return f"loss: {best.bid_price} against {self.held.price:.4f}"
        return "time is over" if ctx.now_ns - self.held.since_ns >= self.params.hold_s * SECOND_NS else ""
