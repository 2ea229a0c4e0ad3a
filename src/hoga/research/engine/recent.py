"""How much was traded lately: the size of the books that are made up where none is known."""

from decimal import Decimal

import numpy as np

from hoga.research.data.blocks import exact
from hoga.research.data.parquet import Ints

#: What traded within the last minute, and at least in the last print (or bar), is taken to be on offer now.
WINDOW_MS = 60_000


class Recent:
    """Sums over the last minute, block by block; only the tail of earlier blocks is kept."""

    def __init__(self) -> None:
        self._times: Ints = np.zeros(0, np.int64)
        self._sums: Ints = np.zeros(1, np.int64)
        self._offset = 0
        self._scale = 0

    def add(self, times: Ints, volumes: Ints, scale: int) -> None:
        """Take the next block; places are counted from its beginning."""
        kept = int(np.searchsorted(self._times, times[0] - WINDOW_MS)) if len(times) else 0
        kept = min(kept, max(len(self._times) - 1, 0))  # the last one counts however long ago it was
        tail_times, tail_sums = self._times[kept:], self._sums[kept:] - self._sums[kept]
        if scale != self._scale and len(tail_times):
            tail_sums = tail_sums * 10 ** max(scale - self._scale, 0) // 10 ** max(self._scale - scale, 0)
        self._offset, self._scale = len(tail_times), scale
        self._times = np.concatenate((tail_times, times))
        self._sums = np.concatenate((tail_sums, tail_sums[-1] + np.cumsum(volumes)))

    def traded(self, index: int) -> Decimal:
        """The volume of the last minute up to the print at `index`, which is part of it."""
        return self._sum(self._offset + index + 1)

    def traded_before(self, index: int) -> Decimal:
        """The volume of the minute before the bar at `index`, or of the bar before it; zero before the first."""
        return self._sum(self._offset + index)

    def _sum(self, end: int) -> Decimal:
        if not end:
            return exact(0, self._scale)
        newest_ms = int(self._times[end - 1])
        begin = int(np.searchsorted(self._times[:end], newest_ms - WINDOW_MS, side="right"))
        return exact(int(self._sums[end] - self._sums[begin]), self._scale)
