"""A strategy of one's own: buy what fell below its mean, sell when it is back. The same class trades live."""

from decimal import Decimal

import hoga
from hoga import Candle, Context

HOUR_S = 3600
DAY_MS = 86_400_000
BEGIN_MS = 1_767_193_200_000  # 2026-01-01 00:00 in Seoul


class BackToTheMean(hoga.Strategy):
    """Buy when the close stands so far below the mean of the last bars; sell all when it stands above."""

    class Params(hoga.Params):
        """What may be changed without touching the code; `--set depth=0.02` on the command line."""

        market: str = "KRW-BTC"
        bars: int = 24
        depth: Decimal = Decimal("0.01")
        spend: Decimal = Decimal(500_000)

    params: Params

    def needs(self) -> hoga.Needs:
        """Bars of an hour of one market."""
        return hoga.Needs(markets=(self.params.market,), candle_units_s=(HOUR_S,))

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        """Decide at the end of each bar; the market order fills one latency later."""
        code, closes = candle.market, [bar.close for bar in ctx.candles(candle.market, HOUR_S)][-self.params.bars :]
        if len(closes) < self.params.bars or ctx.open_orders(code):
            return
        mean = sum(closes, Decimal(0)) / len(closes)
        held = ctx.sellable(code)
        is_invested = held * candle.close >= ctx.market(code).min_total
        if not is_invested and candle.close < mean * (1 - self.params.depth):
            ctx.market_buy(code, self.params.spend, reason=f"{self.params.depth:.1%} below the mean")
        elif is_invested and candle.close > mean:
            ctx.market_sell(code, held, reason="back above the mean")


if __name__ == "__main__":
    prices = hoga.synthetic(["KRW-BTC"], seed=7, unit_s=HOUR_S, begin_ms=BEGIN_MS, end_ms=BEGIN_MS + 60 * DAY_MS)
    for depth in ("0.01", "0.02"):
        result = hoga.backtest(BackToTheMean(BackToTheMean.Params(depth=Decimal(depth))), prices)
        found = result.figures()
        print(f"depth {depth}: profit ₩{found.profit:,.0f}, {found.trading.round_trips} round trips")
