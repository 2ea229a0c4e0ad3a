"""Prices that never were, for trying a strategy out before any are recorded: the same seed, the same numbers, anywhere.

Only whole numbers are reckoned with, so that no machine's floating point has a say. Days have moods: they trend, swing
or rest, and hours are busy or quiet.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random

import numpy as np

from hoga.model.market import Market
from hoga.research.data.blocks import CandleBlock
from hoga.research.engine.source import Source, clip, from_blocks, span
from hoga.simulator.market.characters import character_of
from hoga.simulator.market.listing import list_markets

#: 2026-01-01 00:00 UTC, 09:00 KST: where a synthetic past begins unless somebody says otherwise.
FIRST_MS = 1_767_225_600_000
DAY_MS = 86_400_000
#: What lies before the beginning, for strategies that need a past.
PAST_DAYS = 30
DAYS = 90
#: Blocks are this long, so that a progress bar moves.
PIECE_MS = 4 * DAY_MS

_MILLION = 1_000_000
#: Drift and width of a bar's move in millionths: rest, rise, fall, storm. A minute's; longer bars wander further.
_MOODS = ((0, 300), (3, 450), (-3, 450), (0, 900))
_WON = 10**8


def synthetic(
    markets: Sequence[str],
    *,
    seed: int = 7,
    unit_s: int = 60,
    begin_ms: int = FIRST_MS,
    end_ms: int | None = None,
) -> Source:
    """Candles of made-up markets in [begin_ms, end_ms), ninety days unless told, with thirty days of past."""
    end_ms = begin_ms + DAYS * DAY_MS if end_ms is None else end_ms
    rules = list_markets(markets)
    blocks = [
        clip(whole, begin, begin + PIECE_MS)
        for code, rule in rules.items()
        if (whole := _bars(rule, f"{seed}:{code}", unit_s, begin_ms, end_ms))
        for begin in range(int(whole.start_ms[0]), end_ms, PIECE_MS)
    ]
    made = from_blocks(*blocks, begin_ms=begin_ms, end_ms=end_ms, markets=rules)
    return Source(
        name=f"synthetic candles {span(unit_s)}",
        markets=made.markets,
        begin_ms=begin_ms,
        end_ms=end_ms,
        unit_s=unit_s,
        open_blocks=made.open_blocks,
        history=made.history,
    )


def _bars(market: Market, seed: str, unit_s: int, begin_ms: int, end_ms: int) -> CandleBlock:
    unit_ms = unit_s * 1000
    first_ms = (begin_ms - PAST_DAYS * DAY_MS) // unit_ms * unit_ms
    count = max((end_ms - first_ms + unit_ms - 1) // unit_ms, 1)
    tick = int(market.tick * _WON)
    price = int(Decimal(str(character_of(market.code).price)) * _WON) // tick * tick
    chance = Random(seed)  # noqa: S311 - it makes prices and protects nothing
    rows = np.fromiter(_walk(chance, count, unit_s, price, tick), dtype=(np.int64, 5), count=count)
    starts = first_ms + np.arange(count, dtype=np.int64) * unit_ms
    return CandleBlock(
        market=market.code,
        unit_s=unit_s,
        start_ms=starts,
        opening=rows[:, 0],
        high=rows[:, 1],
        low=rows[:, 2],
        close=rows[:, 3],
        volume=rows[:, 4],
        is_empty=np.zeros(count, np.bool_),
    )


def _walk(chance: Random, count: int, unit_s: int, price: int, tick: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield opening, high, low, close, volume; a bar opens where the one before it closed."""
    wider = max(1, int((unit_s / 60) ** 0.5))
    bars_a_day = max(1, 86_400 // unit_s)
    draw = chance.getrandbits
    drift = width = 0
    fine = price  # steps smaller than a tick add up
    coins = max(1, 30_000_000 * _WON * max(unit_s, 1) // 60 * 10**8 // price)
    for number in range(count):
        if number % bars_a_day == 0:
            drift, width = _MOODS[draw(8) % len(_MOODS)]
        move = drift * wider + ((draw(10) + draw(10) + draw(10) + draw(10) - 2046) * width * wider + 300) // 600
        fine = max((fine * (_MILLION + move) + _MILLION // 2) // _MILLION, tick)
        opening, close = price, max((fine + tick // 2) // tick * tick, tick)
        reach = max(abs(close - opening), price * width * wider // _MILLION // 2)
        high = (max(opening, close) + reach * draw(8) // 400) // tick * tick
        low = max((min(opening, close) - reach * draw(8) // 400) // tick * tick, tick)
        yield opening, high, low, close, coins * (16 + draw(6)) // 48
        price = close
