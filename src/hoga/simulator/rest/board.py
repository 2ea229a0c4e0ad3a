"""What the public may see of each market's trading: the last trades, and the figures of the day, 24 hours and 52 weeks.

A day begins at 09:00 in Seoul, which is midnight UTC (Upbit docs, ticker page of 2026).
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from hoga.model.events import AskBid, Trade
from hoga.model.money import ZERO
from hoga.simulator.market.candles import DAY_MS, MINUTE_MS, Bar, CandleStore, start_of

#: Trades kept per market: forty pages of 500, about an hour of a busy market.
KEPT_TRADES = 20_000
_SLACK = 1_000
_YEAR_DAYS = 364  # 52 weeks
_MINUTES_OF_A_DAY = 1_440


class Figures(Struct, frozen=True, kw_only=True):
    """What a ticker tells of one market, beside its last trade. Sums since midnight UTC unless they say 24h."""

    last: Trade
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    prev_closing_price: Decimal
    acc_trade_price: Decimal
    acc_trade_price_24h: Decimal
    acc_trade_volume: Decimal
    acc_trade_volume_24h: Decimal
    acc_ask_volume: Decimal
    acc_bid_volume: Decimal
    highest_52_week_price: Decimal
    highest_52_week_ms: int
    lowest_52_week_price: Decimal
    lowest_52_week_ms: int

    @property
    def signed_change_price(self) -> Decimal:
        """How far the price is from yesterday's close."""
        return self.last.price - self.prev_closing_price

    @property
    def change(self) -> str:
        """RISE, FALL or EVEN against yesterday's close."""
        moved = self.signed_change_price
        return "RISE" if moved > 0 else "FALL" if moved < 0 else "EVEN"

    @property
    def signed_change_rate(self) -> Decimal:
        """The change as a share of yesterday's close."""
        return self.signed_change_price / self.prev_closing_price


class _Sums(Struct, frozen=True):
    """What whole minutes and days that are over add up to; good until `minute_ms` is no longer the present one."""

    minute_ms: int
    value: Decimal
    volume: Decimal
    high: Bar
    low: Bar


class _Sides(Struct):
    """What takers sold (ask) and bought (bid) on one day."""

    day_ms: int
    ask_volume: Decimal = ZERO
    bid_volume: Decimal = ZERO


class Board:
    """Trades and figures of every market; hears of each trade once, after the candles have counted it."""

    def __init__(self, candles: CandleStore) -> None:
        self._candles = candles
        self._trades: dict[str, list[Trade]] = {}
        self._sums: dict[str, _Sums] = {}
        self._sides: dict[str, _Sides] = {}

    def see_trade(self, trade: Trade) -> None:
        """Remember one trade."""
        trades = self._trades.setdefault(trade.market, [])
        if not trades or trade.sequential_id > trades[-1].sequential_id:
            trades.append(trade)
        else:
            insort(trades, trade, key=_number)
        if len(trades) > KEPT_TRADES + _SLACK:
            del trades[:-KEPT_TRADES]
        self._count_side(trade)

    def trades(
        self, market: str, *, count: int, before_ms: int | None = None, before_id: int | None = None
    ) -> list[Trade]:
        """At most `count` trades, newest first, that came before a moment or before a `sequential_id`."""
        trades = self._trades.get(market, [])
        end = len(trades) if before_id is None else bisect_left(trades, before_id, key=_number)
        found = trades[:end] if before_ms is None else [t for t in trades[:end] if t.trade_timestamp_ms < before_ms]
        return found[-count:][::-1]

    def last(self, market: str) -> Trade | None:
        """The last trade, None before the first."""
        trades = self._trades.get(market)
        return trades[-1] if trades else None

    def closed_at(self, market: str, day_ms: int) -> Decimal | None:
        """The last price before a moment, None where nothing traded before it."""
        rows = self._candles.rows(market, "1d", before_ms=start_of("1d", day_ms), count=1)
        return rows[0].close if rows else None

    def figures(self, market: str, now_ms: int) -> Figures | None:
        """The figures of one market; None before anything traded or was known of it."""
        day = self._candles.newest(market, "1d")
        last = self.last(market) or (_quiet(day) if day else None)
        minute = self._candles.newest(market, "1m")
        if day is None or last is None or minute is None:
            return None
        sums = self._closed(market, day, minute, now_ms)
        sides = self._sides.get(market)
        if sides is None or sides.day_ms != day.start_ms:
            sides = _Sides(day.start_ms)
        high = day if day.high_price >= sums.high.high_price else sums.high
        low = day if day.low_price <= sums.low.low_price else sums.low
        return Figures(
            last=last,
            opening_price=day.opening_price,
            high_price=day.high_price,
            low_price=day.low_price,
            prev_closing_price=self.closed_at(market, day.start_ms) or day.opening_price,
            acc_trade_price=day.value,
            acc_trade_price_24h=sums.value + minute.value,
            acc_trade_volume=day.volume,
            acc_trade_volume_24h=sums.volume + minute.volume,
            acc_ask_volume=sides.ask_volume,
            acc_bid_volume=sides.bid_volume,
            highest_52_week_price=high.high_price,
            highest_52_week_ms=high.start_ms,
            lowest_52_week_price=low.low_price,
            lowest_52_week_ms=low.start_ms,
        )

    def _count_side(self, trade: Trade) -> None:
        day_ms = start_of("1d", trade.trade_timestamp_ms)
        sides = self._sides.get(trade.market)
        if sides is None or sides.day_ms < day_ms:
            sides = self._sides[trade.market] = _Sides(day_ms)
        if trade.ask_bid is AskBid.ASK:
            sides.ask_volume += trade.volume
        else:
            sides.bid_volume += trade.volume

    def _closed(self, market: str, day: Bar, minute: Bar, now_ms: int) -> _Sums:
        known = self._sums.get(market)
        if known is not None and known.minute_ms == minute.start_ms:
            return known
        minutes = self._candles.rows(market, "1m", before_ms=minute.start_ms, count=_MINUTES_OF_A_DAY)
        recent = [bar for bar in minutes if bar.start_ms > min(now_ms, minute.start_ms + MINUTE_MS) - DAY_MS]
        days = self._candles.rows(market, "1d", before_ms=day.start_ms + 1, count=_YEAR_DAYS)
        sums = self._sums[market] = _Sums(
            minute.start_ms,
            _sum(bar.value for bar in recent),
            _sum(bar.volume for bar in recent),
            max(days, key=lambda bar: bar.high_price),
            min(days, key=lambda bar: bar.low_price),
        )
        return sums


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _number(trade: Trade) -> int:
    return trade.sequential_id


def _quiet(day: Bar) -> Trade:
    """The last trade as far as the day's bar tells it, where only bars are known."""
    return Trade(
        market=day.market,
        price=day.close,
        volume=day.volume,
        ask_bid=AskBid.BID,
        trade_timestamp_ms=day.last_ms,
        timestamp_ms=day.last_ms,
        sequential_id=day.last_ms * 10_000,
    )
