"""The figures of a result: what was earned, at what risk, and what holding the coins would have done.

Money is `Decimal` and exact; statistics are `float`. What cannot be said is None, never 0. Every definition stands in
words in docs/report.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from hoga.model.money import ZERO, exactly, share_of
from hoga.research.report import curves
from hoga.research.report.curves import Drawdown, Month, Point, ratio
from hoga.research.report.holding import Holding, holding
from hoga.research.report.trips import Ledger, Trip, all_trips, ledgers
from hoga.research.result import EquityPoint, Result

_ONE = Decimal(1)


class Trading(Struct, frozen=True, kw_only=True):
    """What the round trips of one market, or of all, came to; see `trips` for what a round trip is."""

    round_trips: int
    win_rate: float | None
    profit_factor: float | None
    average: Decimal | None
    average_fraction: float | None
    best: Decimal | None
    worst: Decimal | None
    realised: Decimal


class MarketFigures(Struct, frozen=True, kw_only=True):
    """One market; `open_gain` is what selling the position at the last price would gain, before a fee for that."""

    market: str
    orders: int
    fills: int
    bought_funds: Decimal
    sold_funds: Decimal
    fees: Decimal
    trading: Trading
    position: Decimal
    open_gain: Decimal | None
    price_change: float | None


class Figures(Struct, frozen=True, kw_only=True):
    """All figures of one result. Fractions are 0.05 for 5 %; times are milliseconds (UTC where a moment is meant)."""

    starting_equity: Decimal
    ending_equity: Decimal
    profit: Decimal
    total_return: float | None
    cagr: float | None
    drawdown: Drawdown | None
    under_water_ms: int
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    trading: Trading
    exposure: float | None
    turnover: float | None
    fees: Decimal
    unknown_fees: int
    orders: int
    filled_orders: int
    fills: int
    refused: int
    days: int
    months: tuple[Month, ...]
    markets: tuple[MarketFigures, ...]
    holding: Holding | None
    curve: Sequence[Point]


def figures(result: Result) -> Figures:
    """Work out every figure of a result; reads nothing else and changes nothing."""
    with exactly():
        return _figures(result)


def _figures(result: Result) -> Figures:
    start = EquityPoint(result.begin_ms, result.starting_equity, ZERO)
    end = EquityPoint(result.end_ms, result.ending_equity, ZERO)
    days = curves.ended(result.days, end)
    curve = curves.curve_of((*result.days, *result.equity), start, end)
    fall = curves.deepest_fall(curve)
    growth = ratio(result.ending_equity, result.starting_equity)
    cagr = curves.yearly(growth, result.begin_ms, result.end_ms)
    gains = curves.daily_gains(start, days)
    found = ledgers(result)
    placed = Counter(order.market for order in result.orders)
    return Figures(
        starting_equity=result.starting_equity,
        ending_equity=result.ending_equity,
        profit=result.ending_equity - result.starting_equity,
        total_return=None if growth is None else growth - 1,
        cagr=cagr,
        drawdown=fall,
        under_water_ms=curves.longest_under_water_ms(curve),
        sharpe=curves.sharpe(gains),
        sortino=curves.sortino(gains),
        calmar=None if cagr is None or fall is None else ratio(cagr, fall.depth),
        trading=trading(all_trips(found)),
        exposure=_exposure(result),
        turnover=_turnover(result, curve, found),
        fees=sum((ledger.fees for ledger in found.values()), ZERO),
        unknown_fees=sum(ledger.unknown_fees for ledger in found.values()),
        orders=len(result.orders),
        filled_orders=sum(order.executed_volume > 0 for order in result.orders),
        fills=len(result.fills),
        refused=sum(result.refused.values()),
        days=len(gains),
        months=curves.months(start, days),
        markets=tuple(_market(result, ledger, placed[ledger.market]) for ledger in found.values()),
        holding=holding(result),
        curve=curve,
    )


def trading(trips: Sequence[Trip]) -> Trading:
    """What round trips came to; everything but their number and their sum is None where there are none."""
    gains = [trip.gain for trip in trips]
    won, lost = sum((g for g in gains if g > 0), ZERO), -sum((g for g in gains if g < 0), ZERO)
    fractions = [float(trip.gain / trip.cost) for trip in trips if trip.cost]
    return Trading(
        round_trips=len(trips),
        win_rate=ratio(sum(gain > 0 for gain in gains), len(gains)),
        profit_factor=ratio(won, lost),
        average=share_of(sum(gains, ZERO), _ONE, Decimal(len(gains))) if gains else None,
        average_fraction=ratio(sum(fractions), len(fractions)),
        best=max(gains, default=None),
        worst=min(gains, default=None),
        realised=sum(gains, ZERO),
    )


def _market(result: Result, ledger: Ledger, orders: int) -> MarketFigures:
    first, last = result.first_prices.get(ledger.market), result.last_prices.get(ledger.market)
    change = ratio(last, first) if first and last else None
    return MarketFigures(
        market=ledger.market,
        orders=orders,
        fills=ledger.fills,
        bought_funds=ledger.bought_funds,
        sold_funds=ledger.sold_funds,
        fees=ledger.fees,
        trading=trading(ledger.trips),
        position=ledger.position,
        open_gain=None if last is None else ledger.position * last - ledger.position_cost,
        price_change=None if change is None else change - 1,
    )


def _exposure(result: Result) -> float | None:
    """The mean share of the worth that stood in coins."""
    shares = [(point.at_ms, float(point.held / point.equity)) for point in result.equity if point.equity > 0]
    return curves.mean_over_time(shares, max(result.end_ms, shares[-1][0])) if shares else None


def _turnover(result: Result, curve: Sequence[Point], found: Mapping[str, Ledger]) -> float | None:
    """How often the mean worth was traded, purchases and sales together."""
    traded = sum((ledger.bought_funds + ledger.sold_funds for ledger in found.values()), ZERO)
    mean = curves.mean_over_time(curve, max(result.end_ms, curve[-1][0]))
    return ratio(traded, mean) if mean else None
