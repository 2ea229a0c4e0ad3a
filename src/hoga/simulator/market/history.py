"""A past for a synthetic market: candles that lead up to its present price, so charts have depth from the start."""

from collections.abc import Iterator
from math import exp
from random import Random

from msgspec import Struct

from hoga.simulator.market.book import PARTS, Ladder, exact
from hoga.simulator.market.candles import DAY_MS, HOUR_MS, MINUTE_MS, Bar
from hoga.simulator.market.characters import Character

#: How far back there are minutes, hours and days. 34 hours of minutes give the 24-hour figures and ten pages of 200.
MINUTES_BACK_MS = 34 * HOUR_MS
HOURS_BACK_MS = 34 * DAY_MS
DAYS_BACK_MS = 400 * DAY_MS

#: A taker is worth this much on average (KRW), roughly: it only sizes the volume of bars nobody traded.
_TAKER_KRW = 1_500_000.0
#: Prices do not wander as far in a day as the square root of time would take them: they return.
_RESTRAINT = 0.5


class Stretch(Struct, frozen=True):
    """A bar of the past and its length."""

    bar: Bar
    length_ms: int


def past_of(
    market: str, character: Character, ladder: Ladder, chance: Random, *, price: float, until_ms: int, volatility: float
) -> list[Stretch]:
    """Give the bars before `until_ms`, oldest first, of which the last closes at `price` (KRW)."""
    bars, close = [], price
    for start_ms, end_ms in reversed(list(_stretches(until_ms))):
        seconds = (end_ms - start_ms) / 1000
        spread = volatility * seconds**0.5 * (_RESTRAINT if end_ms - start_ms > MINUTE_MS else 1.0)
        opening = close * exp(chance.gauss(0.0, spread))
        high = max(opening, close) * exp(abs(chance.gauss(0.0, spread / 2)))
        low = min(opening, close) * exp(-abs(chance.gauss(0.0, spread / 2)))
        value = _TAKER_KRW * character.takers_per_s * seconds * exp(chance.gauss(0.0, 0.6))
        volume = exact(int(value / (opening + close) * 2 * PARTS))
        near = exact(ladder.floor(int((opening + close) / 2 * PARTS)))
        bar = Bar(
            market=market,
            start_ms=start_ms,
            opening_price=exact(ladder.floor(int(opening * PARTS))),
            high_price=exact(ladder.ceil(int(high * PARTS))),
            low_price=exact(ladder.floor(int(low * PARTS))),
            close=exact(ladder.floor(int(close * PARTS))),
            volume=volume,
            value=near * volume,
            first_ms=start_ms,
            last_ms=end_ms - 1,
        )
        bars.append(Stretch(bar, end_ms - start_ms))
        close = opening
    return bars[::-1]


def _stretches(until_ms: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end): days, then hours, then minutes, each region beginning on a boundary of the one before."""
    minutes_ms = until_ms - MINUTES_BACK_MS - (until_ms - MINUTES_BACK_MS) % HOUR_MS
    hours_ms = minutes_ms - HOURS_BACK_MS - (minutes_ms - HOURS_BACK_MS) % DAY_MS
    for first_ms, last_ms, length_ms in (
        (hours_ms - DAYS_BACK_MS, hours_ms, DAY_MS),
        (hours_ms, minutes_ms, HOUR_MS),
        (minutes_ms, until_ms, MINUTE_MS),
    ):
        for start_ms in range(first_ms, last_ms, length_ms):
            yield start_ms, min(start_ms + length_ms, last_ms)
