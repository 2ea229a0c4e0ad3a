"""Join a burst of buying seen in the trade stream, leave soon (거래량 급증)."""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.params import POSITIVE, SHARE, Bounds, Params as BaseParams
from hoga.brain.strategy import Strategy
from hoga.model.events import AskBid, Fill, OrderEvent, Trade
from hoga.strategies.held import Held
from hoga.strategies.patience import SECOND_NS, Patience

SHARES: dict[str, Bounds] = dict.fromkeys(("buyers", "take", "stop"), SHARE)
TIMES: dict[str, Bounds] = {"window_s": (1, 600), "baseline_s": (2, 7200), "hold_s": (1, 86_400)}


class VolumeSurge(Strategy):
    """Buy when the last seconds traded far more than usual and mostly by buyers; sell at a gain, a loss, or in time.

    At `ratio` times the usual (the average of `baseline_s` seconds) in the last `window_s`, with at least the share
    `buyers` of it bought, it buys for `spend` at market. It sells all it bought at `take` above or `stop` below its
    price, or after `hold_s`. Coins it did not buy itself are left alone.

    It loses when the burst was one large order and nothing follows, and to the spread and two fees each time.
    """

    class Params(BaseParams):
        """Times in seconds; `buyers`, `take` and `stop` are shares; `spend` is in the quote currency."""

        market: str = "KRW-BTC"
        window_s: int = 5
        baseline_s: int = 300
        ratio: Decimal = Decimal(4)
        buyers: Decimal = Decimal("0.65")
        take: Decimal = Decimal("0.004")
        stop: Decimal = Decimal("0.003")
        hold_s: int = 120
        spend: Decimal = Decimal(100_000)
        bounds: ClassVar[Mapping[str, Bounds]] = SHARES | TIMES | {"ratio": (1, 1000), "spend": POSITIVE}

        def problems(self) -> list[str]:
            """The usual must be measured over a longer time."""
            return [] if self.window_s * 2 <= self.baseline_s else ["baseline_s must be at least twice window_s."]

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()
        self.held = Held()
        self.seconds: deque[tuple[int, float, float]] = deque(maxlen=params.baseline_s)  # when, traded, bought
        self.first_s = 0

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Count the trade; leave or enter."""
        code, price = trade.market, trade.price
        if code != self.params.market:
            return
        self._count(ctx.now_ns // SECOND_NS, float(price * trade.volume), is_buy=trade.ask_bid is AskBid.BID)
        if ctx.open_orders(code) or self.patience.is_resting(ctx):
            return
        mine = min(self.held.volume, ctx.sellable(code))
        if mine * price >= ctx.market(code).min_total:
            if reason := self._why_leave(ctx, price):
                ctx.market_sell(code, mine, reason=reason)
        elif surge := self._surge(ctx.now_ns // SECOND_NS):
            ctx.market_buy(code, self.params.spend, reason=f"{surge:.1f} times the usual volume")

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count what is ours."""
        self.held.hear(fill, ctx.now_ns)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Rest after a refusal."""
        self.patience.hear(ctx, event)

    def _count(self, now_s: int, value: float, *, is_buy: bool) -> None:
        self.first_s = self.first_s or now_s
        last = self.seconds.pop() if self.seconds and self.seconds[-1][0] == now_s else (now_s, 0.0, 0.0)
        self.seconds.append((now_s, last[1] + value, last[2] + (value if is_buy else 0.0)))

    def _surge(self, now_s: int) -> float | None:
        params = self.params
        if now_s - self.first_s < params.baseline_s:
            return None
        recent = [row for row in self.seconds if row[0] > now_s - params.window_s]
        usual = sum(row[1] for row in self.seconds if row[0] > now_s - params.baseline_s) / params.baseline_s
        value, bought = sum(row[1] for row in recent), sum(row[2] for row in recent)
        times = value / params.window_s / usual if usual else 0.0
        return times if times >= float(params.ratio) and bought >= float(params.buyers) * value else None

    def _why_leave(self, ctx: Context, price: Decimal) -> str | None:
        entry, params = self.held.price, self.params
        if price >= entry * (1 + params.take) or price <= entry * (1 - params.stop):
            return f"price {price} against {entry:.4f} paid"
        return "time is over" if ctx.now_ns - self.held.since_ns >= params.hold_s * SECOND_NS else None
