"""Bars without a trade, made explicit: the last close four times over, and no volume."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from msgspec import Struct

from hoga.research.data.errors import DataError
from hoga.research.data.parquet import Flags, Ints

_PRICES = ("opening", "high", "low", "close")


class Row(Struct, frozen=True, eq=False):
    """Some bars by column: their beginnings, their numbers with the scale of each, and which of them are empty."""

    start_ms: Ints
    numbers: Mapping[str, Ints]
    scales: Mapping[str, int]
    is_empty: Flags


def fill(
    found: Iterable[Row], next_ms: int, end_ms: int, unit_ms: int, last_close: int | None, rows: int
) -> Iterator[Row]:
    """Yield bars from `next_ms` to `end_ms` without a gap, at most `rows` at a time.

    `found` are the bars in which something traded, `last_close` the price before them (times 1e8; None where nobody
    knows it: then the bars before the first trade are left away).
    """
    like: Row | None = None
    for row in found:
        if not len(row.start_ms):
            continue
        if last_close is None:
            next_ms = int(row.start_ms[0])
        _check_order(row.start_ms, next_ms, unit_ms)
        end_of_row_ms = int(row.start_ms[-1]) + unit_ms
        yield from _spread(row, next_ms, end_of_row_ms, unit_ms, last_close, rows)
        next_ms, last_close, like = end_of_row_ms, int(row.numbers["close"][-1]), row
    if last_close is not None and next_ms < end_ms:
        nobody = _nobody(like)
        yield from _spread(nobody, next_ms, end_ms, unit_ms, last_close, rows)


def _check_order(start_ms: Ints, next_ms: int, unit_ms: int) -> None:
    is_early = int(start_ms[0]) < next_ms or bool(np.any(start_ms[1:] <= start_ms[:-1]))
    if is_early or np.any((start_ms - next_ms) % unit_ms):
        raise DataError(
            f"Bars of {unit_ms // 1000} s do not stand one after the other from {int(start_ms[0])} ms (UTC) on."
            " Run `hoga data verify` to see which, and fetch that month again."
        )


def _spread(row: Row, begin_ms: int, end_ms: int, unit_ms: int, last_close: int | None, rows: int) -> Iterator[Row]:
    """Put bars onto the grid from `begin_ms` on; each place without one repeats the close before it."""
    count = -(-(end_ms - begin_ms) // unit_ms)
    if count == len(row.start_ms):
        yield row
        return
    closes = np.concatenate([np.array([last_close or 0], np.int64), row.numbers["close"]])
    for first in range(0, count, rows):
        start_ms = np.arange(first, min(first + rows, count), dtype=np.int64) * unit_ms + begin_ms
        place = np.searchsorted(row.start_ms, start_ms, side="right")  # how many bars begin here or before
        if len(row.start_ms):
            is_empty = row.start_ms[np.maximum(place - 1, 0)] != start_ms
            source = np.maximum(place - 1, 0)
        else:
            is_empty, source = np.ones(len(start_ms), np.bool_), place
        numbers = {}
        for name, column in row.numbers.items():
            filler = closes[place] if name in _PRICES else np.zeros(len(start_ms), np.int64)
            numbers[name] = np.where(is_empty, filler, column[source]) if len(column) else filler
        yield Row(start_ms, numbers, row.scales, is_empty)


def _nobody(like: Row | None) -> Row:
    names = like.numbers if like is not None else (*_PRICES, "volume", "value")
    nothing = np.empty(0, np.int64)
    scales = like.scales if like is not None else dict.fromkeys(names, 8)
    return Row(nothing, dict.fromkeys(names, nothing), scales, np.empty(0, np.bool_))
