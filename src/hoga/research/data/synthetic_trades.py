"""The trades inside made-up minutes: they open, peak, dip and close where the candle does, and add up to its volume."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from hoga.research.data.blocks import TradeBlock
from hoga.research.data.parquet import Ints
from hoga.research.data.synthetic import MINUTE_MS, Maker, Minutes, floor_to_step, make_minutes, maker_of
from hoga.research.data.waves import noise

#: Minutes whose trades are made at a time: some hundred thousand trades.
AT_ONCE: Final = 1_440
#: Sequential ids are the millisecond and a number within it, as the venue's are today (recorded traffic of 2026).
_IDS_A_MS: Final = 10_000


def synthetic_trades(market: str, begin_ms: int, end_ms: int, seed: int = 7) -> Iterator[TradeBlock]:
    """Yield the made-up trades of [begin_ms, end_ms), oldest first, a day in a block.

    Candles made of them are those of `synthetic_candles`.
    """
    maker = maker_of(market, seed)
    for first in range(begin_ms // MINUTE_MS, -(-end_ms // MINUTE_MS), AT_ONCE):
        last = min(first + AT_ONCE, -(-end_ms // MINUTE_MS))
        block = _trades(maker, make_minutes(maker, first, last))
        inside = (block.at_ms >= begin_ms) & (block.at_ms < end_ms)
        if not inside.any():
            continue
        yield TradeBlock(
            market=market,
            at_ms=block.at_ms[inside],
            sequential_id=block.sequential_id[inside],
            price=block.price[inside],
            volume=block.volume[inside],
            is_bid=block.is_bid[inside],
        )


def _trades(maker: Maker, minutes: Minutes) -> TradeBlock:
    counts = np.where(minutes.is_empty, 0, np.minimum(minutes.takers, minutes.volume))
    counts = np.where(minutes.is_empty, 0, np.maximum(counts, 1))
    minute = np.repeat(np.arange(len(counts)), counts)
    firsts = np.cumsum(counts) - counts
    number = np.arange(len(minute), dtype=np.int64) - firsts[minute]
    place = minutes.start_ms[minute] // MINUTE_MS * 4_096 + number  # its own for each trade
    count = counts[minute]
    within = noise(maker.key, 201, place, 16) * MINUTE_MS >> 16
    at_ms = minutes.start_ms[minute] + (number * MINUTE_MS + within) // count
    price = _prices(maker, minutes, minute, number, count, place)
    before = np.concatenate([price[:1], price[:-1]])
    is_bid = np.where(price == before, noise(maker.key, 203, place, 1) == 1, price > before)
    same = np.arange(len(at_ms)) - np.searchsorted(at_ms, at_ms)
    return TradeBlock(
        market=maker.market,
        at_ms=at_ms,
        sequential_id=at_ms * _IDS_A_MS + same,
        price=price,
        volume=_volumes(maker, minutes, minute, counts, firsts, place),
        is_bid=is_bid,
    )


def _prices(maker: Maker, minutes: Minutes, minute: Ints, number: Ints, count: Ints, place: Ints) -> Ints:
    """From the opening to one extreme, to the other and to the close; in between near a straight line."""
    opening, high, low, close = (
        column[minute] for column in (minutes.opening, minutes.high, minutes.low, minutes.close)
    )
    is_low_first = noise(maker.key, 202, minutes.start_ms // MINUTE_MS, 1)[minute] == 1
    one, other = np.where(is_low_first, low, high), np.where(is_low_first, high, low)
    last = count - 1
    third = np.maximum(last // 3, 1)
    two_thirds = np.maximum(2 * last // 3, 2)
    corners = (
        (number < third, 0, third, opening, one),
        (number < two_thirds, third, two_thirds, one, other),
        (number >= two_thirds, two_thirds, np.maximum(last, two_thirds + 1), other, close),
    )
    price = np.zeros(len(number), np.int64)
    for applies, from_, until, begin, end in reversed(corners):
        line = begin + (end - begin) // np.maximum(until - from_, 1) * (number - from_)
        price = np.where(applies, line, price)
    spread = (high - low) // 16
    price = price + (noise(maker.key, 204, place, 10) - 512) * spread // 512
    price = np.clip(floor_to_step(maker, price), low, high)
    for at, exactly in ((0, opening), (third, one), (two_thirds, other), (last, close)):
        price = np.where(number == at, exactly, price)
    return price


def _volumes(maker: Maker, minutes: Minutes, minute: Ints, counts: Ints, firsts: Ints, place: Ints) -> Ints:
    """Shares of the minute's volume, mostly small; the last trade takes what is left."""
    weight = 1 + ((noise(maker.key, 205, place, 10) * noise(maker.key, 206, place, 10)) >> 10)
    traded = counts > 0
    totals = np.zeros(len(counts), np.int64)
    totals[traded] = np.add.reduceat(weight, firsts[traded]) if len(weight) else 0
    spare = (minutes.volume - counts)[minute]  # each takes one part at least
    # In two steps, so that a large volume times a weight stays within 64 bits.
    total = totals[minute]
    volume = 1 + spare // total * weight + spare % total * weight // total
    given = np.zeros(len(counts), np.int64)
    given[traded] = np.add.reduceat(volume, firsts[traded]) if len(volume) else 0
    lasts = (firsts + counts - 1)[traded]
    volume[lasts] += (minutes.volume - given)[traded]
    return volume
