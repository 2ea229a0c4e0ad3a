"""Bars built from trades, with an explicit empty bar wherever time passed and nothing traded.

The rules. A trade belongs to the bar that holds its venue time. Bars begin at whole multiples of their length since
1970 (UTC), so a day bar begins at 09:00 KST. A bar closes when a trade of a later bar arrives, or when the venue's
clock, as far as we can tell it from the newest trade and the time passed since, is `GRACE_MS` beyond its end. A trade
that comes later than that is counted in `late` and changes nothing: a strategy that has seen a closed bar must be able
to rely on it. The first bar after a start holds only what was heard of it.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from hoga.model.events import Candle, Trade
from hoga.model.money import ZERO

#: How long after its end a bar waits for trades that are still under way.
GRACE_MS = 1_000

#: Closed bars kept for a strategy to read, for each market and length.
KEPT = 500

#: A silence of more bars than this is a hole in the recording, not a quiet market: it is not filled.
MAX_EMPTY_IN_A_ROW = 1_500

MS_NS = 1_000_000


class CandleBuilder:
    """The bars of one market and one length. Feed it trades and the passing of time; it answers with closed bars."""

    __slots__ = (
        "_close",
        "_high",
        "_is_empty",
        "_low",
        "_open",
        "_value",
        "_volume",
        "closed",
        "end_ms",
        "late",
        "market",
        "start_ms",
        "unit_ms",
    )

    def __init__(self, market: str, unit_s: int) -> None:
        self.market = market
        self.unit_ms = unit_s * 1000
        self.closed: deque[Candle] = deque(maxlen=KEPT)
        self.start_ms = -1
        self.end_ms = -1
        self.late = 0
        self._open = self._high = self._low = self._close = ZERO
        self._volume = self._value = ZERO
        self._is_empty = True

    def add(self, trade: Trade, now_ns: int) -> Sequence[Candle]:
        """Take one trade; returns the bars it closed, oldest first."""
        at_ms = trade.trade_timestamp_ms
        if self.start_ms <= at_ms < self.end_ms:
            self.count(trade.price, trade.volume)
            return ()
        if self.end_ms < 0:
            self._begin(at_ms, trade.price)
            self.count(trade.price, trade.volume)
            return ()
        if at_ms < self.start_ms:
            self.late += 1
            return ()
        closed = self.pass_time(at_ms, now_ns)
        self.count(trade.price, trade.volume)
        return closed

    def pass_time(self, venue_ms: int, now_ns: int) -> Sequence[Candle]:
        """Close every bar that ended at or before `venue_ms`; returns them, oldest first."""
        if self.end_ms < 0 or venue_ms < self.end_ms:
            return ()
        count = (venue_ms - self.start_ms) // self.unit_ms
        new = [self._close_bar(now_ns)]
        if count > MAX_EMPTY_IN_A_ROW:
            self._begin(venue_ms, self._close)
        else:
            new += [self._close_bar(now_ns) for _ in range(count - 1)]
        return new

    def seed(self, candle: Candle) -> None:
        """Take a bar from history: a closed one to read, an open one to go on with."""
        if candle.closed:
            self.closed.append(candle)
            return
        self.start_ms, self.end_ms = candle.start_ms, candle.start_ms + self.unit_ms
        self._open, self._high, self._low = candle.opening_price, candle.high_price, candle.low_price
        self._close, self._volume, self._value = candle.close, candle.volume, candle.value
        self._is_empty = candle.is_empty

    def current(self, now_ns: int) -> Candle | None:
        """The bar that is still open, or None before the first trade."""
        return self._bar(now_ns, closed=False) if self.end_ms >= 0 else None

    def _begin(self, at_ms: int, price: Decimal) -> None:
        self.start_ms = at_ms // self.unit_ms * self.unit_ms
        self.end_ms = self.start_ms + self.unit_ms
        self._open = self._high = self._low = self._close = price
        self._volume = self._value = ZERO
        self._is_empty = True

    def count(self, price: Decimal, volume: Decimal) -> None:
        """Add a trade that belongs to the open bar."""
        if self._is_empty:
            self._open = self._high = self._low = price
            self._is_empty = False
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close = price
        self._volume += volume
        self._value += price * volume

    def count_all(self, high: Decimal, low: Decimal, close: Decimal, volume: Decimal, value: Decimal) -> None:
        """Add several trades of the open bar at once, of which one was the highest, one the lowest, one the last."""
        self._high, self._low, self._close = max(self._high, high), min(self._low, low), close
        self._volume += volume
        self._value += value

    def _close_bar(self, now_ns: int) -> Candle:
        bar = self._bar(now_ns, closed=True)
        self.closed.append(bar)
        self._begin(self.end_ms, self._close)
        return bar

    def _bar(self, now_ns: int, *, closed: bool) -> Candle:
        return Candle(
            market=self.market,
            unit_s=self.unit_ms // 1000,
            start_ms=self.start_ms,
            opening_price=self._open,
            high_price=self._high,
            low_price=self._low,
            close=self._close,
            volume=self._volume,
            value=self._value,
            closed=closed,
            is_empty=self._is_empty,
            timestamp_ms=self.end_ms,
            received_ns=now_ns,
        )


class Candles:
    """The bars of all watched markets, and the venue's clock as their trades tell it."""

    def __init__(self, market_codes: Sequence[str], units_s: Sequence[int]) -> None:
        units = sorted(set(units_s))
        self.builders = {code: [CandleBuilder(code, unit_s) for unit_s in units] for code in market_codes}
        self._by_unit = {(b.market, b.unit_ms // 1000): b for builders in self.builders.values() for b in builders}
        self._anchor: dict[str, tuple[int, int]] = {}

    def add(self, trade: Trade, now_ns: int) -> Sequence[Candle]:
        """Take one trade into every length; returns the bars it closed."""
        builders = self.builders.get(trade.market)
        if not builders:
            return ()
        at_ms = trade.trade_timestamp_ms
        self.heard(trade.market, max(at_ms, trade.timestamp_ms), now_ns)
        closed: Sequence[Candle] = ()
        for builder in builders:
            if builder.start_ms <= at_ms < builder.end_ms:
                builder.count(trade.price, trade.volume)
            elif new := builder.add(trade, now_ns):
                closed = [*closed, *new]
        return closed

    def heard(self, code: str, told_ms: int, now_ns: int) -> None:
        """The venue's clock of a market, as a trade tells it; it never goes back."""
        anchor = self._anchor.get(code)
        if anchor is None or told_ms >= anchor[0]:
            self._anchor[code] = (told_ms, now_ns)

    def pass_time(self, code: str, now_ns: int) -> Sequence[Candle]:
        """Close the bars whose end the venue's clock has left behind by the grace."""
        if code not in self._anchor:
            return ()
        last_ms, heard_ns = self._anchor[code]
        venue_ms = last_ms + (now_ns - heard_ns) // MS_NS - GRACE_MS
        return [bar for builder in self.builders[code] for bar in builder.pass_time(venue_ms, now_ns)]

    def next_end_ns(self, code: str) -> int | None:
        """When, on our clock, the next bar of a market is to be closed if no trade does it; None before any trade."""
        if code not in self._anchor:
            return None
        last_ms, heard_ns = self._anchor[code]
        end_ms = min(builder.end_ms for builder in self.builders[code])
        return heard_ns + (end_ms + GRACE_MS - last_ms) * MS_NS

    def seed(self, candle: Candle) -> bool:
        """Take a bar of history; False when nobody watches that market and length."""
        builder = self._by_unit.get((candle.market, candle.unit_s))
        if builder is not None:
            builder.seed(candle)
        return builder is not None

    def closed(self, code: str, unit_s: int) -> Sequence[Candle]:
        """The closed bars of one length, oldest first."""
        builder = self._by_unit.get((code, unit_s))
        return builder.closed if builder else ()

    def current(self, code: str, unit_s: int, now_ns: int) -> Candle | None:
        """The open bar of one length, or None."""
        builder = self._by_unit.get((code, unit_s))
        return builder.current(now_ns) if builder else None
