"""Buy and hold: what the same money had become in the same coins, bought once at the first price, fee paid."""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from hoga.model.money import ZERO, volume_for
from hoga.research.report.curves import Drawdown, Point, deepest_fall, ratio, yearly
from hoga.research.result import Result

_ONE = Decimal(1)


class Holding(Struct, frozen=True, kw_only=True):
    """What a holder had: an equal share of the money in every market. `curve` is empty where no bars are known."""

    ending_equity: Decimal
    total_return: float | None
    cagr: float | None
    drawdown: Drawdown | None
    fees: Decimal
    curve: Sequence[Point]


def holding(result: Result) -> Holding | None:
    """The holder's outcome; None where no market of the result's currency has a first and a last price.

    The money at the start is split equally; each part buys, at the first price and the taker's fee, as many coins as it
    pays for (eight decimals). Coins held from the start are kept. Nothing is sold: coins count at the last price, as
    the strategy's own do.
    """
    priced = [
        code
        for code, market in result.markets.items()
        if market.quote == result.quote and result.first_prices.get(code) and code in result.last_prices
    ]
    if not priced:
        return None
    cash = result.starting.get(result.quote, ZERO)
    part = cash / len(priced)
    coins, fees = {}, ZERO
    for code in priced:
        rate, price = result.assumptions.fee_rates.get(code, (ZERO, ZERO))[0], result.first_prices[code]
        bought = volume_for(part / (_ONE + rate), price)
        fees += bought * price * rate
        cash -= bought * price * (_ONE + rate)
        coins[code] = bought + result.starting.get(result.markets[code].base, ZERO)
    ending = cash + sum((volume * result.last_prices[code] for code, volume in coins.items()), ZERO)
    curve = _curve(result, coins, float(cash), float(ending))
    growth = ratio(ending, result.starting_equity)
    return Holding(
        ending_equity=ending,
        total_return=None if growth is None else growth - 1,
        cagr=yearly(growth, result.begin_ms, result.end_ms),
        drawdown=deepest_fall(curve),
        fees=fees,
        curve=curve,
    )


def _curve(result: Result, coins: dict[str, Decimal], cash: float, ending: float) -> list[Point]:
    """The holder's worth at the moments of the equity curve, from the closes of the bars."""
    if any(not result.bars.get(code) for code in coins):
        return []
    closes = {code: _closes(result, code) for code in coins}
    points = {result.begin_ms: float(result.starting_equity)}
    for at_ms in sorted({point.at_ms for point in result.equity}):
        if result.begin_ms < at_ms < result.end_ms:
            worth = sum(float(volume) * _close_at(closes[code], at_ms) for code, volume in coins.items())
            points[at_ms] = cash + worth
    points[result.end_ms] = ending
    return sorted(points.items())


def _closes(result: Result, code: str) -> tuple[list[int], list[float]]:
    """When each close was known (the beginning of the next bar), and the close; before the first, the first price."""
    bars = result.bars[code]
    return [bar.start_ms for bar in bars[1:]], [float(result.first_prices[code]), *(bar.close for bar in bars)]


def _close_at(closes: tuple[list[int], list[float]], at_ms: int) -> float:
    known = bisect_right(closes[0], at_ms)
    return closes[1][known]
