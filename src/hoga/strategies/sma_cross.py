"""Follow the trend: hold the coin while the fast average is above the slow one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.indicators import sma
from hoga.brain.params import POSITIVE, Bounds, Params as BaseParams
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Candle, OrderEvent
from hoga.strategies.patience import Patience

#: Lengths of which the venue keeps a history that can be read before the start.
WITH_HISTORY_S = frozenset({60, 180, 300, 600, 900, 1800, 3600, 14_400, 86_400})


class SmaCross(Strategy):
    """Hold the coin while the fast average of closes is above the slow one, else hold won.

    Judged at the close of each bar of `unit_s` seconds. Entry and exit are limit orders at the other side's best price,
    so they fill at once or rest; what still rests when the next bar closes is cancelled and judged anew. A position
    found at the start counts as ours.

    It loses in a sideways market: the averages cross back and forth and every crossing pays two fees and the spread.
    """

    class Params(BaseParams):
        """`unit_s` in seconds, `fast` and `slow` in bars, `spend` in the quote currency for one entry."""

        market: str = "KRW-BTC"
        unit_s: int = 60
        fast: int = 5
        slow: int = 20
        spend: Decimal = Decimal(100_000)
        bounds: ClassVar[Mapping[str, Bounds]] = {
            "unit_s": (1, 86_400),
            "fast": (1, 200),
            "slow": (2, 400),
            "spend": POSITIVE,
        }

        def problems(self) -> list[str]:
            """The fast average must be the shorter one."""
            return [] if self.fast < self.slow else [f"fast ({self.fast}) must be below slow ({self.slow})."]

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()

    def needs(self) -> Needs:
        """Bars of our length, with enough past ones to begin at once where the venue has them."""
        unit_s = self.params.unit_s
        history = {unit_s: self.params.slow} if unit_s in WITH_HISTORY_S else {}
        return Needs(markets=(self.params.market,), candle_units_s=(unit_s,), history=history)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        """Compare the averages; one order at a time."""
        code, params = self.params.market, self.params
        if candle.market != code or candle.unit_s != params.unit_s:
            return
        if waiting := ctx.open_orders(code):
            for order in waiting:
                ctx.cancel(order.order_id, reason="still resting at the next bar")
            return
        closes = [bar.close for bar in ctx.candles(code, params.unit_s)]
        best = ctx.best(code)
        if len(closes) < params.slow or best is None or self.patience.is_resting(ctx):
            return
        fast, slow, held = sma(closes, params.fast), sma(closes, params.slow), ctx.sellable(code)
        has_position = held * best.bid_price >= ctx.market(code).min_total
        if fast > slow and not has_position:
            volume = params.spend / best.ask_price
            ctx.limit_buy(code, best.ask_price, volume, reason=f"fast {fast:.4f} above slow {slow:.4f}")
        elif fast < slow and has_position:
            ctx.limit_sell(code, best.bid_price, held, reason=f"fast {fast:.4f} below slow {slow:.4f}")

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Rest after a refusal."""
        self.patience.hear(ctx, event)
