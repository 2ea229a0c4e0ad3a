"""Pages of the venue's past: 200 candles or 500 trades at a time, walked backwards until a moment is reached.

A short page means that the venue knows nothing older. What it does not know is never taken for a time without trades.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from msgspec import Struct

from hoga.model.events import AskBid, Candle, Trade
from hoga.research.data.asker import Asker, now_ms
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.errors import DataError
from hoga.research.data.parquet import DECIMALS, ONE, Ints
from hoga.research.data.units import DAY_S, MINUTE_S, MONTH_S, WEEK_S, YEAR_S, floor_to_bar, name_of
from hoga.upbit.answers.quotation import read_candles, read_trades
from hoga.upbit.rest import quotation
from hoga.upbit.rest.quotation import MAX_CANDLES, MAX_TRADES, MinuteUnit
from hoga.upbit.rest.request import Request

_LONG: dict[int, Literal["weeks", "months", "years"]] = {WEEK_S: "weeks", MONTH_S: "months", YEAR_S: "years"}
_INT64 = 2**63 - 1
DAY_MS = DAY_S * 1000
#: Trades are told for so many days back (Upbit docs, list-pair-trades of 2026).
MOST_DAYS_AGO = 7

Progress = Callable[[int, int], None]


class Walked(Struct, frozen=True):
    """What came of one walk: the blocks, and since when the venue knows of it all (the moment asked for, or later)."""

    blocks: tuple[CandleBlock, ...] | tuple[TradeBlock, ...]
    since_ms: int
    is_beginning: bool


def candles_before(market: str, unit_s: int, before_ms: int) -> Request:
    """Ask for the page of candles that began before a moment."""
    to = f"{datetime.fromtimestamp(before_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
    if unit_s == 1:
        return quotation.candles_seconds(market, to=to)
    if unit_s == DAY_S:
        return quotation.candles_days(market, to=to)
    if unit_s in _LONG:
        return quotation.candles_long(market, _LONG[unit_s], to=to)
    unit: MinuteUnit = next(unit for unit in get_args(MinuteUnit) if unit * MINUTE_S == unit_s)
    return quotation.candles_minutes(market, unit, to=to)


async def walk_candles(
    venue: Asker, market: str, unit_s: int, begin_ms: int, end_ms: int, progress: Progress
) -> Walked:
    """Fetch the candles that begin in [begin_ms, end_ms); `progress` hears of each page: rows, milliseconds covered."""
    blocks: list[CandleBlock] = []
    before_ms, is_beginning = end_ms, False
    while before_ms > begin_ms and not is_beginning:
        wanting = f"No candles {name_of(unit_s)} of {market}"
        rows = read_candles(await venue.ask(candles_before(market, unit_s, before_ms), wanting), unit_s)
        is_beginning = len(rows) < MAX_CANDLES
        # `to` is exclusive as everybody's clients take it; the docs do not say so, hence the look at it.
        page = [candle for candle in rows if candle.start_ms != before_ms]
        _check(page, market, before_ms)
        oldest_ms = max(begin_ms, page[-1].start_ms) if page else before_ms
        if wanted := [candle for candle in reversed(page) if candle.start_ms >= begin_ms]:
            blocks.append(_candle_block(market, unit_s, wanted))
        progress(len(wanted), before_ms - oldest_ms)
        before_ms = oldest_ms
    return Walked(tuple(blocks[::-1]), before_ms, is_beginning and before_ms > begin_ms)


async def walk_trades(venue: Asker, market: str, begin_ms: int, end_ms: int, progress: Progress) -> Walked:
    """Fetch the trades of [begin_ms, end_ms), which lies within one UTC day of the last seven."""
    blocks: list[TradeBlock] = []
    cursor: int | None = None
    before_ms = end_ms
    while before_ms > begin_ms:
        to = None if cursor or end_ms % DAY_MS == 0 else _time_of_day(end_ms)
        request = quotation.trades(market, cursor=cursor, to=to, days_ago=days_ago(begin_ms) or None)
        page = read_trades(await venue.ask(request, f"No trades of {market}"))
        if cursor is not None and any(trade.sequential_id >= cursor for trade in page):
            raise DataError(f"The venue tells the trades of {market} before {cursor} twice. Try again later.")
        wanted = [trade for trade in reversed(page) if begin_ms <= trade.trade_timestamp_ms < end_ms]
        if wanted:
            blocks.append(_trade_block(market, wanted))
        oldest_ms = min(before_ms, page[-1].trade_timestamp_ms) if page else before_ms
        progress(len(wanted), before_ms - max(begin_ms, oldest_ms))
        before_ms = oldest_ms
        if len(page) < MAX_TRADES:
            break
        cursor = page[-1].sequential_id
    since_ms = max(begin_ms, before_ms)
    if since_ms > begin_ms and begin_ms % DAY_MS == 0 and await _knows_older(venue, market, begin_ms):
        progress(0, since_ms - begin_ms)  # the first trade of the day: nothing came before it
        since_ms = begin_ms
    return Walked(tuple(blocks[::-1]), since_ms, since_ms > begin_ms)


async def _knows_older(venue: Asker, market: str, day_ms: int) -> bool:
    """Tell whether the venue still tells trades of the day before; if so, the short page was the day's beginning."""
    before = days_ago(day_ms) + 1
    if before > MOST_DAYS_AGO:
        return False
    request = quotation.trades(market, count=1, days_ago=before)
    return bool(read_trades(await venue.ask(request, f"No trades of {market}")))


def days_ago(at_ms: int) -> int:
    """How many UTC days ago a moment lies, as the venue counts now."""
    return (floor_to_bar(now_ms(), DAY_S) - floor_to_bar(at_ms, DAY_S)) // DAY_MS


def _time_of_day(at_ms: int) -> str:
    """The whole second at or after a moment, as `HH:mm:ss` (UTC)."""
    return f"{datetime.fromtimestamp(-(-at_ms // 1000), UTC):%H:%M:%S}"


def _check(page: Sequence[Candle], market: str, before_ms: int) -> None:
    """Refuse a page that is not what was asked for; paging on with it would leave holes."""
    starts = [candle.start_ms for candle in page]
    is_ordered = all(newer > older for newer, older in pairwise(starts))
    if not is_ordered or (starts and starts[0] >= before_ms) or any(candle.market != market for candle in page):
        raise DataError(
            f"The venue gave a page of {market} that is not the one before {before_ms} ms. Try again later."
        )


def whole_numbers(numbers: Sequence[Decimal]) -> tuple[Ints, int]:
    """Decimals as integers with one scale: eight decimals, or as many as the largest leaves room for.

    The venue keeps eight; digits beyond come of its adding up doubles, and go to the nearest that it can have meant.
    """
    scale = DECIMALS
    largest = max(numbers, default=Decimal(0))
    while largest.scaleb(scale) > _INT64 and scale:
        scale -= 1
    whole = [int(number.scaleb(scale).to_integral_value()) for number in numbers]
    return np.array(whole, np.int64), scale


def _candle_block(market: str, unit_s: int, candles: Sequence[Candle]) -> CandleBlock:
    volume, volume_scale = whole_numbers([candle.volume for candle in candles])
    value, value_scale = whole_numbers([candle.value for candle in candles])
    return CandleBlock(
        market=market,
        unit_s=unit_s,
        start_ms=np.array([candle.start_ms for candle in candles], np.int64),
        opening=_prices([candle.opening_price for candle in candles]),
        high=_prices([candle.high_price for candle in candles]),
        low=_prices([candle.low_price for candle in candles]),
        close=_prices([candle.close for candle in candles]),
        volume=volume,
        value=value,
        is_empty=np.zeros(len(candles), np.bool_),
        volume_scale=volume_scale,
        value_scale=value_scale,
    )


def _trade_block(market: str, trades: Sequence[Trade]) -> TradeBlock:
    volume, volume_scale = whole_numbers([trade.volume for trade in trades])
    return TradeBlock(
        market=market,
        at_ms=np.array([trade.trade_timestamp_ms for trade in trades], np.int64),
        sequential_id=np.array([trade.sequential_id for trade in trades], np.int64),
        price=_prices([trade.price for trade in trades]),
        volume=volume,
        is_bid=np.array([trade.ask_bid is AskBid.BID for trade in trades], np.bool_),
        volume_scale=volume_scale,
    )


def _prices(numbers: Sequence[Decimal]) -> Ints:
    whole = [number * ONE for number in numbers]
    if any(number != int(number) or number > _INT64 for number in whole):
        raise DataError("The venue told a price of more than eight decimals; hoga's files cannot hold it.")
    return np.array([int(number) for number in whole], np.int64)
