"""Buy when today moves far from its opening, sell at 09:00 KST (변동성 돌파)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.context import Context
from hoga.brain.indicators import average_noise, sma
from hoga.brain.params import POSITIVE, Bounds, Params as BaseParams
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import Side
from hoga.model.events import Candle, Fill, OrderEvent, Ticker, TimerFired
from hoga.strategies.day_figures import DAY_MS, DAY_S, candle_of
from hoga.strategies.patience import Patience

DAY_NS, DAYS = DAY_MS * 1_000_000, (0, 100)


class VolatilityBreakout(Strategy):
    """Buy once a day when the price passes today's opening plus k times yesterday's range; sell at 09:00 KST.

    `k` is fixed, or with `noise_days` the average noise of so many days. With `ma_days` it buys only above the average
    close of so many days. The figures are the venue's own; without yesterday's it does not trade. A position found at
    the start is sold at the next 09:00, whoever bought it.

    It loses on days that break out and turn back, and when the range is smaller than two fees and the spread.
    """

    class Params(BaseParams):
        """`k` is a share of the range (0.5), days are counts (0 switches off), `spend` is in the quote currency."""

        market: str = "KRW-BTC"
        k: Decimal = Decimal("0.5")
        noise_days: int = 0
        ma_days: int = 5
        spend: Decimal = Decimal(100_000)
        bounds: ClassVar[Mapping[str, Bounds]] = {"k": (0, 3), "noise_days": DAYS, "ma_days": DAYS, "spend": POSITIVE}

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.patience = Patience()
        self.days: list[Candle] = []
        self.today: Candle | None = None
        self.entered_ms = 0
        self.is_leaving = False

    def needs(self) -> Needs:
        """Day figures, the book, and the past days."""
        days = max(self.params.noise_days, self.params.ma_days, 1)
        return Needs(markets=(self.params.market,), streams=("ticker", "orderbook"), history={DAY_S: days})

    def on_start(self, ctx: Context) -> None:
        """Read the past days and set the alarm for 09:00 KST."""
        self.days = list(ctx.candles(self.params.market, DAY_S))
        ctx.set_timer("day end", (ctx.now_ns // DAY_NS + 1) * DAY_NS)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """09:00 KST: leave the market."""
        self.is_leaving = True
        ctx.set_timer("day end", (ctx.now_ns // DAY_NS + 1) * DAY_NS)

    def on_ticker(self, ctx: Context, ticker: Ticker) -> None:
        """Keep the day's figures; leave, or enter."""
        code = ticker.market
        if code != self.params.market:
            return
        if self.today and candle_of(ticker).start_ms > self.today.start_ms:
            self.days.append(self.today)
            del self.days[:-100]
        self.today = candle_of(ticker)
        if ctx.open_orders(code) or self.patience.is_resting(ctx):
            return
        has_position = ctx.sellable(code) * ticker.price >= ctx.market(code).min_total
        if self.is_leaving and has_position:
            ctx.market_sell(code, ctx.sellable(code), reason="09:00 KST")
        elif self.is_leaving:
            self.is_leaving = False
        elif not has_position and self.entered_ms < self.today.start_ms and self._breaks_out(ticker):
            ctx.market_buy(code, self.params.spend, reason=f"price {ticker.price} is above the breakout mark")

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """One purchase a day."""
        if fill.side is Side.BUY and self.today:
            self.entered_ms = self.today.start_ms

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Rest after a refusal."""
        self.patience.hear(ctx, event)

    def _breaks_out(self, ticker: Ticker) -> bool:
        params, days, start_ms = self.params, self.days, candle_of(ticker).start_ms
        if len(days) < max(params.noise_days, params.ma_days, 1) or days[-1].start_ms + DAY_MS != start_ms:
            return False
        k = average_noise(days, params.noise_days) if params.noise_days else float(params.k)
        mark = float(ticker.opening_price) + k * float(days[-1].high_price - days[-1].low_price)
        is_up = not params.ma_days or float(ticker.price) > sma([day.close for day in days], params.ma_days)
        return float(ticker.price) >= mark and is_up
