"""A past for a synthetic market: candles that lead up to its present price, so charts have depth from the start."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp
from random import Random

from msgspec import Struct

from hoga.simulator.market.book import PARTS, Ladder, exact
from hoga.simulator.market.candles import DAY_MS, HOUR_MS, MINUTE_MS, UNITS, Bar, start_of
from hoga.simulator.market.characters import Character
from hoga.upbit.ticks import bands_for

#: How far back there are minutes, hours and days. 34 hours of minutes give the 24-hour figures and ten pages of 200.
MINUTES_BACK_MS = 34 * HOUR_MS
HOURS_BACK_MS = 34 * DAY_MS
DAYS_BACK_MS = 400 * DAY_MS

#: A taker is worth this much on average (KRW), roughly: it only sizes the volume of bars nobody traded.
_TAKER_KRW = 1_500_000.0
#: Prices do not wander as far in a day as the square root of time would take them: they return.
_RESTRAINT = 0.5
#: No minute of a day is without any trade: this share of a usual one's volume, at least.
_LEAST = 0.05


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


# ------------------------------------------------ minutes of days long gone

#: Days of minutes kept at hand: as many as a few downloads at once walk through, a megabyte each.
KEPT_AT_HAND = 8
#: A page of longer candles would need so many days of minutes that everybody else would wait for it.
LONGEST_MS = HOUR_MS


class DeepPast:
    """The minutes inside the days and hours of a past, made when somebody asks: whoever downloads finds a year of them.

    They open, peak, dip and close where their day or hour does, and add up to its volume. A question is answered for
    the units below the length of the stretches, which have no candle of their own there.
    """

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._coarse: dict[str, list[Stretch]] = {}
        for stretch in stretches:
            if stretch.length_ms > MINUTE_MS:
                self._coarse.setdefault(stretch.bar.market, []).append(stretch)
        self._minutes = lru_cache(KEPT_AT_HAND)(lambda market, index: minutes_of(self._coarse[market][index]))

    def rows(self, market: str, unit: str, *, first_ms: int | None, before_ms: int, count: int) -> list[Bar]:
        """At most `count` candles older than all that is kept, newest first; `first_ms` is the oldest one kept.

        Nothing is told where some between them have been forgotten since: there would be a hole.
        """
        length_ms = UNITS[unit]
        known = self._coarse.get(market, [])
        finer = [stretch for stretch in known if stretch.length_ms > length_ms]  # days stand before hours
        if not MINUTE_MS <= length_ms <= LONGEST_MS or not finer or first_ms is None:
            return []
        end_ms = finer[-1].bar.start_ms + finer[-1].length_ms
        if first_ms > end_ms + length_ms:
            return []
        found: list[Bar] = []
        index = bisect_left(finer, min(before_ms, end_ms), key=lambda stretch: stretch.bar.start_ms)
        while index and len(found) < count:
            index -= 1
            bars = _joined(self._minutes(market, index), unit)
            found += [bar for bar in reversed(bars) if bar.start_ms < before_ms]
        return found[:count]


def minutes_of(stretch: Stretch) -> tuple[Bar, ...]:
    """Cut a day or an hour into minutes; the same stretch always gives the same ones."""
    whole = stretch.bar
    ladder = Ladder(bands_for(whole.market.partition("-")[0]))
    chance = Random(f"{whole.market}:{whole.start_ms}:{whole.close}")
    count = stretch.length_ms // MINUTE_MS
    opening, high, low, close = (
        int(price * PARTS) for price in (whole.opening_price, whole.high_price, whole.low_price, whole.close)
    )
    steps = list(accumulate((chance.gauss(0.0, 1.0) for _ in range(count)), initial=0.0))
    room = (high - low) / (4 * count**0.5)  # a walk of so many steps reaches about that far
    path = [
        min(high, max(low, int(opening + (close - opening) * n / count + (steps[n] - steps[-1] * n / count) * room)))
        for n in range(count + 1)
    ]
    marks = [ladder.floor(price) for price in path]
    marks[0], marks[-1] = opening, close
    top, bottom = marks.index(max(marks)), marks.index(min(marks))
    volume = int(whole.volume * PARTS)
    weights = [chance.expovariate(1.0) + _LEAST for _ in range(count)]
    total = sum(weights)
    parts = [int(volume * (weight / total)) for weight in weights]
    parts[-1] += volume - sum(parts)
    return tuple(
        _minute(
            whole,
            n,
            marks[n],
            high if n == min(top, count - 1) else max(marks[n], marks[n + 1]),
            low if n == min(bottom, count - 1) else min(marks[n], marks[n + 1]),
            marks[n + 1],
            parts[n],
        )
        for n in range(count)
    )


def _minute(whole: Bar, n: int, opening: int, high: int, low: int, close: int, volume: int) -> Bar:
    start_ms = whole.start_ms + n * MINUTE_MS
    return Bar(
        market=whole.market,
        start_ms=start_ms,
        opening_price=exact(opening),
        high_price=exact(high),
        low_price=exact(low),
        close=exact(close),
        volume=exact(volume),
        value=exact(close) * exact(volume),
        first_ms=start_ms,
        last_ms=start_ms + MINUTE_MS - 1,
    )


def _joined(minutes: Sequence[Bar], unit: str) -> list[Bar]:
    """Candles of a unit made of minutes, oldest first; always new ones, as a candle grows."""
    found: list[Bar] = []
    for minute in minutes:
        start_ms = start_of(unit, minute.start_ms)
        if found and found[-1].start_ms == start_ms:
            found[-1].absorb(minute)
        else:
            found.append(minute.beginning_at(start_ms))
    return found
