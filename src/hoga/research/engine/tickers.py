"""The venue's ticker made from trades: the day's figures since 09:00 KST and those of the last 24 hours."""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from hoga.model.events import Candle, Ticker, Trade
from hoga.model.money import ZERO, floor_to_tick
from hoga.research.calendar import DAY_MS

MINUTE_MS = 60_000
#: Digits of a change rate (Upbit docs, ticker, 2026).
_RATE_STEP = Decimal("0.0000000001")


class TickerMaker:
    """One market's day. `past` are its last day bars, the open one last, as far as they are known."""

    def __init__(self, past: Sequence[Candle]) -> None:
        self._day = -1
        self._opening = self._high = self._low = self._last = self._before = ZERO
        self._minutes: deque[tuple[int, Decimal, Decimal]] = deque()
        self._minute = -1
        self._value = self._volume = self._value_24h = self._volume_24h = ZERO
        for bar in past:
            self._before = self._last or bar.opening_price
            self._day = bar.start_ms // DAY_MS
            self._opening, self._high, self._low = bar.opening_price, bar.high_price, bar.low_price
            self._last = bar.close

    def make(self, trade: Trade) -> Ticker:
        """The ticker after a trade."""
        price, at_ms = trade.price, trade.trade_timestamp_ms
        self._count(price, trade.volume, at_ms)
        moved = price - self._before
        rate = floor_to_tick(abs(moved) / self._before, _RATE_STEP) if self._before else ZERO
        return Ticker(
            market=trade.market,
            price=price,
            opening_price=self._opening,
            high_price=self._high,
            low_price=self._low,
            prev_closing_price=self._before,
            signed_change_rate=-rate if moved < 0 else rate,
            volume=trade.volume,
            ask_bid=trade.ask_bid,
            acc_trade_price_24h=self._value_24h,
            acc_trade_volume_24h=self._volume_24h,
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            received_ns=trade.received_ns,
        )

    def _count(self, price: Decimal, volume: Decimal, at_ms: int) -> None:
        day = at_ms // DAY_MS
        if day != self._day:
            self._before = self._last or price
            self._day = day
            self._opening = self._high = self._low = price
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._last = price
        if at_ms // MINUTE_MS != self._minute:
            self._begin_minute(at_ms // MINUTE_MS)
        self._value += price * volume
        self._volume += volume
        self._value_24h += price * volume
        self._volume_24h += volume

    def _begin_minute(self, minute: int) -> None:
        self._minutes.append((self._minute, self._value, self._volume))
        self._minute, self._value, self._volume = minute, ZERO, ZERO
        oldest = minute - DAY_MS // MINUTE_MS
        while self._minutes and self._minutes[0][0] <= oldest:
            _, value, volume = self._minutes.popleft()
            self._value_24h -= value
            self._volume_24h -= volume
