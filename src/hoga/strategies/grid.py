"""Rest buys in steps below the price, and a sale one step above each buy that filled (그리드)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from hoga.brain.context import Context
from hoga.brain.params import POSITIVE, Bounds, Params as BaseParams
from hoga.brain.strategy import Strategy
from hoga.model.commands import OrderId, Side
from hoga.model.events import Fill, OrderEvent, Trade
from hoga.model.money import ZERO
from hoga.strategies.patience import Patience

STEPS: Bounds = (Decimal("0.00001"), Decimal("0.2"))


class Rung(Struct):
    """One step of the grid: its buy price, the coins bought there, and the order that waits."""

    buy_price: Decimal
    held: Decimal = ZERO
    order_id: OrderId | None = None


class Grid(Strategy):
    """Buy at each of `levels` steps below the base price, sell each lot one step higher, and again.

    The base is `base`, or else the first price heard, and then the grid follows a price that climbs a step above it
    while nothing is held. A step is `step` of the base. Coins it did not buy itself (in this run) are left alone.

    It earns a step less two fees for each swing. It loses when the price falls through the grid: all lots were dearer.
    """

    class Params(BaseParams):
        """`step` is a share (0.005 is 0.5 %), `spend` the quote currency for each lot, `base` a price."""

        market: str = "KRW-BTC"
        base: Decimal | None = None
        step: Decimal = Decimal("0.005")
        levels: int = 5
        spend: Decimal = Decimal(20_000)
        bounds: ClassVar[Mapping[str, Bounds]] = {"base": POSITIVE, "spend": POSITIVE, "levels": (1, 20), "step": STEPS}

        def problems(self) -> list[str]:
            """The lowest rung must be a price."""
            return [] if self.step * self.levels < 1 else ["step times levels must be below 1."]

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()
        self.base = params.base
        self.rungs = self._rungs(params.base) if params.base else []

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Build the grid, follow the price, and let every idle rung ask for its next order."""
        if trade.market != self.params.market or self.patience.is_resting(ctx):
            return
        may_follow = self.params.base is None and not any(rung.held for rung in self.rungs)
        if self.base is None or (may_follow and trade.price > self.base * (1 + self.params.step)):
            self._move(ctx, trade.price)
        for rung in self.rungs:
            if rung.order_id is None:
                self._ask(ctx, rung)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count the coins of the rung; those of a rung that was just moved away go to the highest."""
        rung = next((rung for rung in self.rungs if rung.order_id == fill.order_id), self.rungs[0])
        rung.held += fill.volume if fill.side is Side.BUY else -fill.volume

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """An order that has ended, in whichever way, frees its rung."""
        self.patience.hear(ctx, event)
        for rung in self.rungs:
            order = ctx.order(rung.order_id) if rung.order_id else None
            if order is not None and not order.is_open and not order.has_fill_gap:
                rung.order_id = None

    def _ask(self, ctx: Context, rung: Rung) -> None:
        code, sell_price = self.params.market, rung.buy_price * (1 + self.params.step)
        lot = min(rung.held, ctx.sellable(code))
        if lot * sell_price >= ctx.market(code).min_total:
            rung.order_id = ctx.limit_sell(code, sell_price, lot, reason="one step above its buy")
        else:
            volume = self.params.spend / rung.buy_price
            rung.order_id = ctx.limit_buy(code, rung.buy_price, volume, reason="a rung of the grid")

    def _move(self, ctx: Context, price: Decimal) -> None:
        for rung in self.rungs:
            if rung.order_id:
                ctx.cancel(rung.order_id, reason="the grid follows the price")
        self.base, self.rungs = price, self._rungs(price)

    def _rungs(self, base: Decimal) -> list[Rung]:
        return [Rung(base * (1 - self.params.step * (i + 1))) for i in range(self.params.levels)]
