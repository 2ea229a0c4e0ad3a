"""What is kept of a run while it goes on: worth at bounded intervals, the end of every day, bars for a chart."""

from collections.abc import Sequence

import numpy as np

from hoga.brain.portfolio import Portfolio
from hoga.research.calendar import DAY_MS
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.result import EquityPoint, PriceBar

#: Points of a curve and bars of a chart at most; when full, every second one goes and the step doubles.
MAX_POINTS = 4_096
MAX_BARS = 2_048

#: A day in Korea begins nine hours before the one of UTC.
KOREA_MS = 9 * 3_600_000
FIRST_STEP_MS = 60_000


class EquityCurve:
    """The worth of the account over time. `see` is called before anything happens at a moment."""

    def __init__(self, portfolio: Portfolio, quote: str, begin_ms: int, end_ms: int) -> None:
        self._portfolio = portfolio
        self._quote = quote
        self._step_ms = max(FIRST_STEP_MS, (end_ms - begin_ms) * 2 // MAX_POINTS)
        self._sample_ms = begin_ms + self._step_ms
        self._day = (begin_ms + KOREA_MS) // DAY_MS
        self.points: list[EquityPoint] = []
        self.days: list[EquityPoint] = []
        self.next_ms = 0
        self._note_next()

    def see(self, at_ms: int) -> None:
        """Time goes on to `at_ms`; what is owned and what it is worth now held until then."""
        if at_ms >= self._sample_ms:
            self.points.append(self.point(self._sample_ms))
            if len(self.points) >= MAX_POINTS:
                self._step_ms *= 2
                del self.points[::2]
            self._sample_ms += ((at_ms - self._sample_ms) // self._step_ms + 1) * self._step_ms
        day = (at_ms + KOREA_MS) // DAY_MS
        while self._day < day:
            self._day += 1
            self.days.append(self.point(self._day * DAY_MS - KOREA_MS - 1))
        self._note_next()

    def end(self, end_ms: int) -> None:
        """The data has ended."""
        self.see(end_ms)
        if not self.days or self.days[-1].at_ms < end_ms - 1:
            self.days.append(self.point(end_ms - 1))

    def point(self, at_ms: int) -> EquityPoint:
        """The worth of now, for a moment."""
        equity = self._portfolio.equity(self._quote)
        return EquityPoint(at_ms, equity, equity - self._portfolio.total(self._quote))

    def _note_next(self) -> None:
        self.next_ms = min(self._sample_ms, (self._day + 1) * DAY_MS - KOREA_MS)


class ChartBars:
    """The prices of one market for the eye, in bars that grow longer as the test does."""

    def __init__(self, begin_ms: int, end_ms: int) -> None:
        self._step_ms = max(FIRST_STEP_MS, -(-(end_ms - begin_ms) * 2 // (MAX_BARS * FIRST_STEP_MS)) * FIRST_STEP_MS)
        self._bars: list[PriceBar] = []

    @property
    def bars(self) -> Sequence[PriceBar]:
        """The bars so far, oldest first."""
        return tuple(self._bars)

    def add(self, block: CandleBlock | TradeBlock) -> None:
        """Take a block in."""
        scale = 10.0**block.price_scale
        if isinstance(block, CandleBlock):
            times, columns = block.start_ms, (block.opening, block.high, block.low, block.close)
        else:
            times, columns = block.at_ms, (block.price,) * 4
        if not len(times):
            return
        begins = times // self._step_ms
        firsts = np.flatnonzero(np.diff(begins, prepend=begins[0] - 1))
        lasts = np.append(firsts[1:], len(times)) - 1
        opening, close = columns[0][firsts] / scale, columns[3][lasts] / scale
        high = np.maximum.reduceat(columns[1], firsts) / scale
        low = np.minimum.reduceat(columns[2], firsts) / scale
        starts = begins[firsts] * self._step_ms
        rows = zip(*(each.tolist() for each in (starts, opening, high, low, close)), strict=True)
        for row in rows:
            self._put(PriceBar(*row))

    def _put(self, bar: PriceBar) -> None:
        bars, start_ms = self._bars, bar.start_ms // self._step_ms * self._step_ms
        if bars and bars[-1].start_ms >= start_ms:
            bars[-1] = _joined(bars[-1], bar, bars[-1].start_ms)
            return
        bars.append(PriceBar(start_ms, bar.opening, bar.high, bar.low, bar.close))
        if len(bars) > MAX_BARS:
            self._step_ms *= 2
            old, self._bars = bars, []
            for each in old:
                self._put(each)


def _joined(first: PriceBar, second: PriceBar, start_ms: int) -> PriceBar:
    high, low = max(first.high, second.high), min(first.low, second.low)
    return PriceBar(start_ms, first.opening, high, low, second.close)
