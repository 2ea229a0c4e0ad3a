"""Blocks of numbers as what happened on a market, one print after the other: a candle is four of them.

A candle tells neither when its prices were traded nor how much at each. It becomes a print at its opening (when it
begins), at its two extremes (after a third and two thirds) and at its close (one millisecond before it ends). Which
extreme comes first is the intrabar model's, decided when the first of them is due. For matching, each print bears a
quarter of the volume; the brain is told it at the close alone, for before that nobody knows what a bar will trade.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from hoga.brain.quiet import Rest, Row
from hoga.model.events import AskBid, Orderbook, Trade
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.research.data.blocks import CandleBlock
from hoga.research.engine.made_books import BookMaker
from hoga.research.engine.prints import MS_NS, NEVER_NS, Print
from hoga.research.engine.recent import Recent
from hoga.research.engine.trade_stream import MAX_PRICES, Exact
from hoga.simulator.direct.models import Intrabar

#: What a print of a candle shows the brain before the close: the smallest part of the volume there is.
_HINT = 1
_PRINTS = 4


class CandleStream:
    """Candles as four prints each. `high_first` is asked in the middle of each bar.

    `phase` is which print of the bar is next, `low` and `high` bound them all, `end_ns` is when the last one comes.
    """

    def __init__(
        self,
        market: Market,
        blocks: Iterator[CandleBlock],
        slippage_ticks: int,
        high_first: Callable[[], bool],
    ) -> None:
        self.market = market
        self._blocks = blocks
        self._books = BookMaker(market, slippage_ticks)
        self._recent = Recent()
        self._high_first = high_first
        self._bars: Iterator[tuple[int, Decimal, Decimal, Decimal, Decimal, int]] = iter(())
        self._index = -1
        self._size: Decimal | None = ZERO
        self._start_ms = self._unit_ms = 0
        self._prices: list[Decimal] = []
        self._moments = (0, 0, 0, 0)
        self._exact = Exact(0)
        self._step = Decimal(1)
        self._volume = self._number = 0
        self._last: tuple[Decimal, int] | None = None
        self.low = self.high = ZERO
        self.phase = 0
        self.next_ns = self.end_ns = 0
        self._begin_bar()

    def take(self) -> Print:
        """The next print, with its book and what of it fills orders."""
        quarter = self._volume // _PRINTS
        fills = quarter if self.phase < _PRINTS - 1 else self._volume - (_PRINTS - 1) * quarter
        size, step = self.size, self._step
        price, volume, side, at_ms, number = self.take_row()
        at_ns = at_ms * MS_NS
        trade = Trade(
            market=self.market.code,
            price=price,
            volume=volume,
            ask_bid=side,
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            sequential_id=number,
            received_ns=at_ns,
        )
        return Print(trade, fills * step, self._books.make(price, size, at_ms, at_ns))

    def take_row(self) -> Row:
        """The next print as the brain hears it."""
        phase, volume = self.phase, self._volume
        if phase == 1 and self._high_first() != (self._prices[1] > self._prices[2]):
            self._prices[1], self._prices[2] = self._prices[2], self._prices[1]
        price, at_ms = self._prices[phase], self._moments[phase]
        rises = self._last is None or price >= self._last[0]
        self._last = price, at_ms
        self._number += 1
        told = min(_HINT, volume // _PRINTS)
        if phase == _PRINTS - 1:
            told = volume - (_PRINTS - 1) * told
            self._begin_bar()
        else:
            self.phase = phase + 1
            self.next_ns = self._moments[phase + 1] * MS_NS
        side = AskBid.BID if rises else AskBid.ASK
        return price, told * self._step, side, at_ms, at_ms * 10_000 + self._number % 5_000

    def take_rest(self) -> Rest:
        """The prints after the first in one; which extreme came first is not asked."""
        close, at_ms, volume = self._prices[-1], self._moments[-1], self._volume
        hint = min(_HINT, volume // _PRINTS)
        told = volume - hint  # the first has told of its own
        value = ((self.high + self.low) * hint + close * (told - 2 * hint)) * self._step
        rest = self.high, self.low, close, told * self._step, value, at_ms
        self._last = close, at_ms
        self._number += _PRINTS - 1
        self._begin_bar()
        return rest

    @property
    def size(self) -> Decimal:
        """How much there is to take on each side of the book, while this bar lasts."""
        if self._size is None:
            self._size = self._recent.traded_before(self._index)
        return self._size

    def book_of(self, price: Decimal, size: Decimal, at_ms: int) -> Orderbook:
        """The book made up around a print."""
        return self._books.make(price, size, at_ms, at_ms * MS_NS)

    def _begin_bar(self) -> None:
        bar = self._next_bar()
        if bar is None:
            self.next_ns = NEVER_NS
            return
        start_ms, opening, self.high, self.low, close, self._volume = bar
        self._prices = [opening, self.high, self.low, close]
        unit_ms = self._unit_ms
        self._moments = start_ms, start_ms + unit_ms // 3, start_ms + unit_ms * 2 // 3, start_ms + unit_ms - 1
        self.phase, self.next_ns, self.end_ns = 0, start_ms * MS_NS, self._moments[-1] * MS_NS

    def _next_bar(self) -> tuple[int, Decimal, Decimal, Decimal, Decimal, int] | None:
        """The next bar in which anything traded; of the others only time passes."""
        self._index += 1
        self._size = None
        while (bar := next(self._bars, None)) is None:
            block = next(self._blocks, None)
            if block is None:
                return None
            self._read(block)
        return bar

    def _read(self, block: CandleBlock) -> None:
        traded = ~block.is_empty
        starts, volumes = block.start_ms[traded], block.volume[traded]
        if block.price_scale != self._exact.scale or len(self._exact) > MAX_PRICES:
            self._exact = Exact(block.price_scale)
        prices = (block.opening, block.high, block.low, block.close)
        columns = (map(self._exact.__getitem__, column[traded].tolist()) for column in prices)
        self._bars, self._index = zip(starts.tolist(), *columns, volumes.tolist(), strict=True), 0
        self._unit_ms, self._step = block.unit_s * 1000, Decimal(1).scaleb(-block.volume_scale)
        self._recent.add(starts, volumes, block.volume_scale)


def leans_high(intrabar: Intrabar, *, has_buys: bool, holds: bool) -> bool:
    """Tell whether the high comes first.

    What hurts: a buy that waits is filled on the way down and must not gain from a rise in the same bar, so the high
    comes first; coins that are held, with nothing to buy, meet the low first (a stop before a target); with neither, a
    breakout is bought at the high and falls back.
    """
    if intrabar is Intrabar.OHLC:
        return True
    hurts = has_buys or not holds
    return hurts if intrabar is Intrabar.PESSIMISTIC else not hurts
