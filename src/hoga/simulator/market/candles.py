"""Candles of every length the venue offers, built from trades as they come and kept within bounds.

A stretch without a trade has no candle, and days begin at 09:00 in Seoul, which is midnight UTC (Upbit docs,
candle pages of 2026).
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from hoga.model.events import Trade

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS

#: The first Monday after the beginning of 1970; weekly candles begin on Mondays.
_FIRST_MONDAY_MS = 4 * DAY_MS

#: Name of a unit -> its length in milliseconds (the shortest possible one for months and years).
UNITS: Mapping[str, int] = {
    "1s": SECOND_MS,
    **{f"{minutes}m": minutes * MINUTE_MS for minutes in (1, 3, 5, 10, 15, 30, 60, 240)},
    "1d": DAY_MS,
    "1w": WEEK_MS,
    "1M": 28 * DAY_MS,
    "1y": 365 * DAY_MS,
}

#: The units that have a stream of their own (`candle.1m`, Upbit docs, websocket-candle of 2026).
STREAMED = tuple(unit for unit in UNITS if unit[-1] in "sm")

#: How many candles of one market and unit are kept: a few pages of 200, and a day of minutes.
KEPT: Mapping[str, int] = {unit: {"1s": 2_400, "1m": 3_000}.get(unit, 1_000) for unit in UNITS}


class Bar(Struct, kw_only=True, gc=False):
    """What traded in one stretch of time: opening, extremes, last price, volume in coin and value in money.

    `first_ms` and `last_ms` are the times of its first and last trade.
    """

    market: str
    start_ms: int
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    close: Decimal
    volume: Decimal
    value: Decimal
    first_ms: int
    last_ms: int

    def absorb(self, other: "Bar") -> None:
        """Join another stretch to this one; which came first is told by the times, not by the order of calls."""
        if other.first_ms < self.first_ms:
            self.opening_price, self.first_ms = other.opening_price, other.first_ms
        if other.last_ms >= self.last_ms:
            self.close, self.last_ms = other.close, other.last_ms
        self.high_price = max(self.high_price, other.high_price)
        self.low_price = min(self.low_price, other.low_price)
        self.volume += other.volume
        self.value += other.value

    def beginning_at(self, start_ms: int) -> "Bar":
        """A stretch of its own with the same trades that begins earlier."""
        return Bar(
            market=self.market,
            start_ms=start_ms,
            opening_price=self.opening_price,
            high_price=self.high_price,
            low_price=self.low_price,
            close=self.close,
            volume=self.volume,
            value=self.value,
            first_ms=self.first_ms,
            last_ms=self.last_ms,
        )


def bar_of(trade: Trade) -> Bar:
    """Make the shortest stretch there is: one trade."""
    price, at_ms = trade.price, trade.trade_timestamp_ms
    return Bar(
        market=trade.market,
        start_ms=at_ms,
        opening_price=price,
        high_price=price,
        low_price=price,
        close=price,
        volume=trade.volume,
        value=price * trade.volume,
        first_ms=at_ms,
        last_ms=at_ms,
    )


def start_of(unit: str, at_ms: int) -> int:
    """Tell when the candle of `unit` that holds the moment `at_ms` begins, in milliseconds UTC."""
    return _STARTS[unit](at_ms)


def _start_of_month(at_ms: int) -> int:
    then = datetime.fromtimestamp(at_ms // SECOND_MS, UTC)
    return int(datetime(then.year, then.month, 1, tzinfo=UTC).timestamp()) * SECOND_MS


def _start_of_year(at_ms: int) -> int:
    then = datetime.fromtimestamp(at_ms // SECOND_MS, UTC)
    return int(datetime(then.year, 1, 1, tzinfo=UTC).timestamp()) * SECOND_MS


def _grid(length_ms: int, first_ms: int = 0) -> Callable[[int], int]:
    return lambda at_ms: at_ms - (at_ms - first_ms) % length_ms


_STARTS: Mapping[str, Callable[[int], int]] = {
    **{unit: _grid(length) for unit, length in UNITS.items()},
    "1w": _grid(WEEK_MS, _FIRST_MONDAY_MS),
    "1M": _start_of_month,
    "1y": _start_of_year,
}


class Older(Protocol):
    """Knows of candles from before all that is kept."""

    def rows(self, market: str, unit: str, *, first_ms: int | None, before_ms: int, count: int) -> list[Bar]:
        """Read it as in `DeepPast`."""
        ...


class CandleStore:
    """Every market's candles of every unit, oldest first; the oldest are forgotten when there are too many."""

    def __init__(self, kept: Mapping[str, int] = KEPT) -> None:
        self._kept = kept
        self.older: Older | None = None  # what was before all that is kept
        self._bars: dict[tuple[str, str], list[Bar]] = {}
        self._changed: dict[tuple[str, str], list[Bar]] = {}

    def see_trade(self, trade: Trade) -> None:
        """Count one trade in the candles of all units, and remember which of them changed."""
        bar = bar_of(trade)
        for unit in UNITS:
            grown = self._count(unit, bar)
            if unit in _STREAMED:
                self._note((bar.market, unit), grown)

    def add(self, bar: Bar, length_ms: int) -> None:
        """Count a stretch of `length_ms` of history in the candles of every unit that is at least as long."""
        for unit, unit_ms in UNITS.items():
            if unit_ms >= length_ms:
                self._count(unit, bar)

    def rows(self, market: str, unit: str, *, before_ms: int, count: int) -> list[Bar]:
        """Give at most `count` candles that began before `before_ms`, newest first, as the REST endpoints do."""
        bars = self._bars.get((market, unit), [])
        end = bisect_left(bars, before_ms, key=_start)
        found = bars[max(0, end - count) : end][::-1]
        if len(found) == count or self.older is None:
            return found
        first_ms = bars[0].start_ms if bars else None
        more = count - len(found)
        return found + self.older.rows(market, unit, first_ms=first_ms, before_ms=before_ms, count=more)

    def newest(self, market: str, unit: str) -> Bar | None:
        """Give the newest candle there is, whether or not it still grows."""
        bars = self._bars.get((market, unit))
        return bars[-1] if bars else None

    def take_changed(self) -> list[tuple[str, Bar]]:
        """Give (unit, candle) for what trades changed since the last call; of one market and unit at most one.

        Where a candle ended and the next has begun, the ended one comes first and the next waits for the next call:
        the venue sends at most one message a second (Upbit docs, websocket-candle of 2026). A longer queue, as after
        a jump in time, is given whole.
        """
        taken = []
        for key, bars in list(self._changed.items()):
            at_once = 1 if len(bars) <= _PATIENCE else len(bars)
            taken += [(key[1], bar) for bar in bars[:at_once]]
            del bars[:at_once]
            if not bars:
                del self._changed[key]
        return taken

    def forget_changes(self) -> None:
        """Tell nobody of what changed so far (history is not news)."""
        self._changed.clear()

    def _count(self, unit: str, bar: Bar) -> Bar:
        key = (bar.market, unit)
        bars = self._bars.setdefault(key, [])
        start = _STARTS[unit](bar.start_ms)
        if not bars or start > bars[-1].start_ms:
            index = len(bars)
        elif start == bars[-1].start_ms:
            index = len(bars) - 1
        else:
            index = bisect_left(bars, start, key=_start)
        if index < len(bars) and bars[index].start_ms == start:
            bars[index].absorb(bar)
        else:
            bars.insert(index, bar.beginning_at(start))
        grown = bars[index]
        if len(bars) > self._kept[unit] + _SLACK:
            del bars[: len(bars) - self._kept[unit]]
        return grown

    def _note(self, key: tuple[str, str], bar: Bar) -> None:
        changed = self._changed.setdefault(key, [])
        if not any(known is bar for known in changed[-_PATIENCE:]):
            changed.append(bar)
            del changed[:-_SLACK]


#: Forgetting the oldest in one go is cheaper than one at a time. Nobody may be asking for changes either.
_SLACK = 100
#: An ended candle and its successor may wait to be told one after the other; a third means time has jumped.
_PATIENCE = 2
_STREAMED = frozenset(STREAMED)


def _start(bar: Bar) -> int:
    return bar.start_ms
