"""What a curve of worth says: falls, days, months, ratios. Statistics are for the eye and therefore `float`."""

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from msgspec import Struct

from hoga.research.calendar import DAY_MS, KST
from hoga.research.result import EquityPoint

#: Coins trade on every day of the year.
DAYS_A_YEAR = 365

#: A year made of fewer days than these would be a guess, so there is none.
FEWEST_DAYS_FOR_A_YEAR = 30

KST_MS = 9 * 3_600_000

#: One point of a curve: milliseconds UTC and a worth.
Point = tuple[int, float]


class Drawdown(Struct, frozen=True, kw_only=True):
    """The deepest fall from a peak. `depth` is a fraction (0.2 is 20 %); `recovered_ms` is None while it lasts."""

    depth: float
    peak_ms: int
    trough_ms: int
    recovered_ms: int | None


class Month(Struct, frozen=True, kw_only=True):
    """What one KST month brought, as a fraction of the worth at its beginning."""

    year: int
    month: int
    gain: float


def ratio(over: object, under: object) -> float | None:
    """A quotient for the eye; None where there is nothing to divide by or the outcome is no number."""
    above, below = float(over), float(under)  # type: ignore[arg-type]
    if not below:
        return None
    found = above / below
    return found if math.isfinite(found) else None


def curve_of(points: Iterable[EquityPoint], *more: EquityPoint) -> list[Point]:
    """A curve in the order of time, one worth for each moment."""
    return sorted({point.at_ms: float(point.equity) for point in (*points, *more)}.items())


def deepest_fall(curve: Sequence[Point]) -> Drawdown | None:
    """The deepest fall of a curve; None where it never fell."""
    peak_ms, peak = curve[0] if curve else (0, 0.0)
    worst: tuple[float, int, int, float] | None = None
    for at_ms, worth in curve:
        if worth >= peak:
            peak_ms, peak = at_ms, worth
        elif worst is None or 1 - worth / peak > worst[0]:
            worst = (1 - worth / peak, peak_ms, at_ms, peak)
    if worst is None:
        return None
    depth, from_ms, trough_ms, lost = worst
    recovered = next((at_ms for at_ms, worth in curve if at_ms > trough_ms and worth >= lost), None)
    return Drawdown(depth=depth, peak_ms=from_ms, trough_ms=trough_ms, recovered_ms=recovered)


def longest_under_water_ms(curve: Sequence[Point]) -> int:
    """The longest time from a peak until the curve was as high again, or until the end."""
    longest, under = 0, False
    peak_ms, peak = curve[0] if curve else (0, 0.0)
    for at_ms, worth in curve:
        if worth < peak:
            under = True
            longest = max(longest, at_ms - peak_ms)
            continue
        if under:
            longest = max(longest, at_ms - peak_ms)
        peak_ms, peak, under = at_ms, worth, False
    return longest


def yearly(growth: float | None, begin_ms: int, end_ms: int) -> float | None:
    """The gain a year that would bring the same growth; None for less than 30 days or without a beginning."""
    days = (end_ms - begin_ms) / DAY_MS
    if growth is None or growth < 0 or days < FEWEST_DAYS_FOR_A_YEAR:
        return None
    return float(growth ** (DAYS_A_YEAR / days)) - 1


def ended(days: Sequence[EquityPoint], end: EquityPoint) -> list[EquityPoint]:
    """The days, the last of them ending with what the account came to: an order may fill after the last price."""
    is_last = bool(days) and _day_of(days[-1].at_ms) == _day_of(end.at_ms)
    return [*days[:-1], end] if is_last else list(days)


def daily_gains(start: EquityPoint, days: Sequence[EquityPoint]) -> list[float]:
    """What each KST day brought, as fractions; days after a total loss have no gain and are left out."""
    worths = [start.equity, *(point.equity for point in days)]
    return [float(after / before - 1) for before, after in pairwise(worths) if before > 0]


def sharpe(gains: Sequence[float]) -> float | None:
    """Mean over standard deviation (of a sample), times the root of 365; the riskless gain is 0."""
    if len(gains) < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    found = ratio(statistics.fmean(gains), statistics.stdev(gains))
    return None if found is None else found * math.sqrt(DAYS_A_YEAR)


def sortino(gains: Sequence[float]) -> float | None:
    """The same against losses alone: the root of the mean square of the days below 0, all days counted."""
    if len(gains) < 2:  # noqa: PLR2004 - as above
        return None
    found = ratio(statistics.fmean(gains), math.sqrt(statistics.fmean([min(gain, 0.0) ** 2 for gain in gains])))
    return None if found is None else found * math.sqrt(DAYS_A_YEAR)


def months(start: EquityPoint, days: Sequence[EquityPoint]) -> tuple[Month, ...]:
    """What each KST month brought, oldest first; the first and the last are as long as the data."""
    ends = {month_of(point.at_ms): point.equity for point in days}
    found, before = [], start.equity
    for (year, month), after in ends.items():
        if before > 0:
            found.append(Month(year=year, month=month, gain=float(after / before - 1)))
        before = after
    return tuple(found)


def _day_of(end_ms: int) -> int:
    return (end_ms - 1 + KST_MS) // DAY_MS


def month_of(end_ms: int) -> tuple[int, int]:
    """The KST year and month in which a day ended; midnight itself ends the day before."""
    at = datetime.fromtimestamp((end_ms - 1) / 1000, UTC).astimezone(KST)
    return at.year, at.month


def mean_over_time(points: Sequence[tuple[int, float]], end_ms: int) -> float | None:
    """The mean of a value that holds from each moment to the next; None without any length of time."""
    total, weight = 0.0, 0
    for (at_ms, value), (next_ms, _) in zip(points, (*points[1:], (end_ms, 0.0)), strict=True):
        total += value * (next_ms - at_ms)
        weight += next_ms - at_ms
    return total / weight if weight > 0 else None
