"""Prices that never were, of any length: the same market, seed and moment give the same numbers on every machine.

The price of a minute is a sum of waves of twice the length each, from a minute to a year, between values that a hash of
seed and place makes; so any minute can be told without those before it, and all of it is whole-number arithmetic. Hours
are busy or idle by a daily curve and by moods of hours and days. Candles of every length are made of the same minutes,
and the trades of a minute open, peak, dip and close where its candle does, and add up to its volume.
"""

from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from math import isqrt
from typing import Final

import numpy as np
from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.model.market import TickBand
from hoga.research.data.blocks import CandleBlock
from hoga.research.data.layout import checked_code
from hoga.research.data.parquet import DECIMALS, ONE, Flags, Ints
from hoga.research.data.units import MINUTE_S, ceil_to_bar, end_of_bar, name_of
from hoga.research.data.waves import HEIGHT, POINT, noise, power, wave
from hoga.simulator.market.characters import Character, character_of
from hoga.simulator.market.listing import list_markets

MINUTE_MS: Final = MINUTE_S * 1000
#: Minutes made at a time: a quarter of a year of one column is a megabyte.
MINUTES_AT_ONCE: Final = 131_072
#: Minutes before a stretch that are looked at for the price it begins with.
LOOK_BACK: Final = 64

#: Waves of 1, 2, 4 … minutes; the longest takes a year. The short ones grow and shrink with the mood.
_WAVES, _SHORT = 20, 7
#: Twice the measured volatility, as in the simulated exchange: quiet enough to be like a market, loud enough to trade.
_LIVELINESS = 2
_ROOT_OF_60, _LOG2_OF_E = Decimal("7.745966692"), Decimal("1.442695041")
#: How busy each hour of the day is in Korea, from midnight: logarithm to the base of 2, in 64ths.
_HOURS = (20, 8, -10, -30, -44, -50, -44, -26, 4, 44, 34, 22, 14, 10, 6, 6, 8, 10, 12, 16, 24, 34, 40, 34)
#: Moods last hours, most of a day and days; each moves the business by so many 64ths up or down at most.
_MOODS = ((7, 60), (10, 55), (13, 50))
_BUSY_ONE = 64


class Maker(Struct, frozen=True):
    """What makes one market: its key, its price steps and its measures, all whole numbers."""

    market: str
    key: int
    price: int  # times 10**digits
    digits: int
    heights: tuple[int, ...]  # of each wave, times 2**30
    step: int  # the usual move of a minute, times 2**30
    takers: int  # a minute, times 64
    print_won: int  # what a taker is worth on average
    bands: tuple[TickBand, ...]


class Minutes(Struct, frozen=True, eq=False):
    """Consecutive minutes: prices times 10**8 on the price steps, volume times 10**8, and what the trades need."""

    start_ms: Ints
    opening: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    takers: Ints
    is_empty: Flags


def maker_of(market: str, seed: int) -> Maker:
    """Everything that is the same for all minutes; `UnknownMarketError` for a market nobody could list."""
    rules = list_markets([checked_code(market)])[market]
    character = character_of(market)
    digits = next(digits for digits in range(DECIMALS, -1, -1) if int(character.price * 10**digits) < 2**31)
    # A float says what a market is like; from here on there are only whole numbers.
    step = int(Decimal(str(character.volatility)) * _LIVELINESS * _ROOT_OF_60 * _LOG2_OF_E * 2**POINT)
    return Maker(
        market=market,
        key=int.from_bytes(blake2b(f"{seed}:{market}".encode(), digest_size=8).digest(), "big"),
        price=int(character.price * 10**digits),
        digits=digits,
        # 0.866 makes the waves together move the price by `step` in a minute.
        heights=tuple(isqrt((step * 866 // 1000) ** 2 << wave) for wave in range(_WAVES)),
        step=step,
        takers=max(_BUSY_ONE, int(character.takers_per_s * 60 * _BUSY_ONE)),
        print_won=_mean_print(character),
        bands=rules.bands,
    )


def synthetic_candles(market: str, unit_s: int, begin_ms: int, end_ms: int, seed: int = 7) -> Iterator[CandleBlock]:
    """Yield made-up bars of one minute or longer that begin in [begin_ms, end_ms), oldest first, no bar left out.

    `ConfigError` for lengths the venue does not have; bars of a second are made of the trades (`synthetic_trades`).
    """
    name_of(unit_s)
    if unit_s < MINUTE_S:
        raise ConfigError(["Made-up candles begin at 1m; make trades for anything shorter."])
    maker = maker_of(market, seed)
    starts = list(_starts(unit_s, begin_ms, end_ms))
    at_once = max(1, MINUTES_AT_ONCE * MINUTE_S // unit_s)
    for first in range(0, len(starts), at_once):
        part = starts[first : first + at_once]
        last_ms = end_of_bar(part[-1], unit_s)
        minutes = make_minutes(maker, part[0] // MINUTE_MS, last_ms // MINUTE_MS)
        yield _joined(maker, minutes, np.array(part, np.int64), unit_s)


def make_minutes(maker: Maker, first: int, last: int) -> Minutes:
    """Make the minutes [first, last), counted since 1970."""
    minute = np.arange(first - LOOK_BACK, last + 1, dtype=np.int64)
    busy = _busy(maker, minute)
    fine = _price(maker, minute, busy)
    factor = 10 ** (DECIMALS - maker.digits)
    opening, close = floor_to_step(maker, fine[:-1] * factor), floor_to_step(maker, fine[1:] * factor)
    minute, busy, fine = minute[:-1], busy[:-1], fine[:-1]
    reach = (fine * ((maker.step * busy) // _BUSY_ONE)) >> POINT
    up, down = (_skewed(maker.key, lane, minute) for lane in (101, 102))
    high = np.maximum(opening, close)
    high = floor_to_step(maker, high + ((reach * up) >> 16) * factor)
    low = np.minimum(opening, close)
    low = floor_to_step(maker, low - ((reach * down) >> 16) * factor)
    takers = np.maximum(
        (maker.takers * busy * (16 + noise(maker.key, 103, minute, 5))) // (_BUSY_ONE * _BUSY_ONE * 32), 4
    )
    # Of the hours in which hardly anybody takes, some minutes pass without a trade.
    is_empty = noise(maker.key, 104, minute, 31) < 2**30 // (takers * takers)
    won = takers * maker.print_won * (32 + noise(maker.key, 105, minute, 6)) // 64
    volume = np.maximum(won * ONE // np.maximum(fine // 10**maker.digits, 1), 1)
    made = Minutes(minute * MINUTE_MS, opening, high, low, close, volume, takers, is_empty)
    return _rested(made)


def _rested(made: Minutes) -> Minutes:
    """Let the minutes in which nothing traded repeat the close before them, and drop those that were looked back at."""
    place = np.where(made.is_empty, 0, np.arange(len(made.is_empty)))
    last = made.close[np.maximum.accumulate(place)]
    prices = [np.where(made.is_empty, last, column) for column in (made.opening, made.high, made.low, made.close)]
    volume = np.where(made.is_empty, 0, made.volume)
    opening, high, low, close = (column[LOOK_BACK:] for column in prices)
    return Minutes(
        start_ms=made.start_ms[LOOK_BACK:],
        opening=opening,
        high=high,
        low=low,
        close=close,
        volume=volume[LOOK_BACK:],
        takers=made.takers[LOOK_BACK:],
        is_empty=made.is_empty[LOOK_BACK:],
    )


def _joined(maker: Maker, minutes: Minutes, starts: Ints, unit_s: int) -> CandleBlock:
    """Put minutes together into longer bars; what traded first opens one."""
    edges = np.searchsorted(minutes.start_ms, starts)
    traded = ~minutes.is_empty
    number = np.arange(len(traded))
    ends = np.append(edges[1:], len(traded))
    first = np.minimum.reduceat(np.where(traded, number, len(traded)), edges)
    is_empty = first >= ends
    whole_won = minutes.close // ONE
    return CandleBlock(
        market=maker.market,
        unit_s=unit_s,
        start_ms=starts,
        opening=minutes.opening[np.where(is_empty, edges, first)],
        # A minute without a trade repeats the close before it, which belongs to this bar only if it closed in it.
        high=_extreme(np.maximum, minutes.high, minutes, edges, first, is_empty),
        low=_extreme(np.minimum, minutes.low, minutes, edges, first, is_empty),
        close=minutes.close[ends - 1],
        volume=np.add.reduceat(minutes.volume, edges),
        value=np.add.reduceat(minutes.volume // 1000 * whole_won // (ONE // 1000), edges),
        is_empty=is_empty,
        value_scale=0,
    )


def _extreme(join: np.ufunc, column: Ints, minutes: Minutes, edges: Ints, first: Ints, is_empty: Flags) -> Ints:
    opened = minutes.opening[np.where(is_empty, edges, first)]
    lengths = np.diff(np.append(edges, len(column)))
    safe = np.where(minutes.is_empty, np.repeat(opened, lengths), column)
    found: Ints = join.reduceat(safe, edges)
    return found


def _starts(unit_s: int, begin_ms: int, end_ms: int) -> Iterator[int]:
    start_ms = ceil_to_bar(begin_ms, unit_s)
    while start_ms < end_ms:
        yield start_ms
        start_ms = end_of_bar(start_ms, unit_s)


def _skewed(key: int, lane: int, place: Ints) -> Ints:
    """Below 2**16, mostly small: the product of two."""
    return (noise(key, lane, place, 16) * noise(key, lane + 50, place, 16)) >> 16


def _busy(maker: Maker, minute: Ints) -> Ints:
    """How busy a minute is, in 64ths: by the hour in Korea and by the moods."""
    hour = (minute // 60 + 9) % 24
    log = np.array(_HOURS, np.int64)[hour] << (POINT - 6)
    for number, (length, height) in enumerate(_MOODS):
        log = log + ((wave(maker.key, 60 + number, length, minute) * height) >> (HEIGHT + 6 - POINT))
    found: Ints = np.maximum(power(log) * _BUSY_ONE >> POINT, 4)
    return found


def _price(maker: Maker, minute: Ints, busy: Ints) -> Ints:
    """The fair price of a minute, times 10**digits."""
    log = np.zeros(len(minute), np.int64)
    for length, height in enumerate(maker.heights):
        moved = (wave(maker.key, length, length, minute) * height) >> HEIGHT
        log += moved * np.minimum(busy, 256) // _BUSY_ONE if length < _SHORT else moved
    found: Ints = np.maximum((power(log) * maker.price) >> POINT, 1)
    return found


def floor_to_step(maker: Maker, price: Ints) -> Ints:
    """The price step at or below a price (times 10**8), at least one step."""
    tick = tick_at(maker, price)
    found: Ints = np.maximum(price - price % tick, tick)
    return found


def tick_at(maker: Maker, price: Ints) -> Ints:
    """The step that holds at each price, times 10**8."""
    tick = np.full(len(price), int(maker.bands[-1].tick * ONE), np.int64)
    for band in reversed(maker.bands):
        tick = np.where(price >= int(band.at_least * ONE), int(band.tick * ONE), tick)
    return tick


def _mean_print(character: Character) -> int:
    """What a taker is worth on average, in KRW: the middle of each part of the sizes that were measured."""
    parts = zip(character.prints, character.prints[1:], strict=False)
    return int(sum((high - low) * (small + large) / 2 for (low, small), (high, large) in parts)) + 1
