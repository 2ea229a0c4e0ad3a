"""Bars from before the beginning, put together from finer ones: what a strategy `needs()` to start at once."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from hoga.model.events import Candle
from hoga.model.money import ZERO
from hoga.research.data.blocks import CandleBlock


def bars_of(blocks: Iterable[CandleBlock], unit_s: int, begin_ms: int, count: int) -> Sequence[Candle]:
    """The last `count` closed bars of `unit_s` before `begin_ms`, and after them the open one, if it has begun.

    Bars of which the data has not all are left out at the start; finer candles must divide the length evenly.
    """
    fine = [candle for block in blocks if unit_s % block.unit_s == 0 for candle in block.candles()]
    return bars_from(fine, unit_s, begin_ms, count)


def bars_from(fine: Sequence[Candle], unit_s: int, begin_ms: int, count: int) -> Sequence[Candle]:
    """The same from candles in the order of time."""
    length_ms = unit_s * 1000
    open_ms = begin_ms // length_ms * length_ms
    made = [
        _joined(list(part), unit_s, start_ms, is_closed=start_ms < open_ms)
        for start_ms, part in groupby(fine, key=lambda candle: candle.start_ms // length_ms * length_ms)
    ]
    if fine and fine[0].start_ms % length_ms:
        made = made[1:]
    closed = [bar for bar in made if bar.closed]
    return [*closed[-count:], *(bar for bar in made if not bar.closed)]


def _joined(parts: Sequence[Candle], unit_s: int, start_ms: int, *, is_closed: bool) -> Candle:
    traded = [part for part in parts if not part.is_empty] or parts[:1]
    volume: Decimal = sum((part.volume for part in parts), ZERO)
    return Candle(
        market=parts[0].market,
        unit_s=unit_s,
        start_ms=start_ms,
        opening_price=traded[0].opening_price,
        high_price=max(part.high_price for part in traded),
        low_price=min(part.low_price for part in traded),
        close=traded[-1].close,
        volume=volume,
        value=sum((part.value for part in parts), ZERO),
        closed=is_closed,
        is_empty=all(part.is_empty for part in parts),
        timestamp_ms=start_ms + unit_s * 1000,
        received_ns=(start_ms + unit_s * 1000) * 1_000_000,
    )
