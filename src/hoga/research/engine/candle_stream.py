"""Blocks of numbers as what happened on a market, one print after the other: a candle is four of them.

A candle tells neither when its prices were traded nor how much at each. It becomes a print at its opening (when it
begins), at its two extremes (after a third and two thirds) and at its close (one millisecond before it ends). Which
extreme comes first is the intrabar model's, decided when the first of them is due. For matching, each print bears a
quarter of the volume; the brain is told it at the close alone, for before that nobody knows what a bar will trade.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from hoga.model.events import AskBid, Trade
from hoga.model.market import Market
from hoga.research.data.blocks import CandleBlock, exact
from hoga.research.engine.made_books import BookMaker
from hoga.research.engine.prints import MS_NS, NEVER_NS, Print
from hoga.research.engine.recent import Recent
from hoga.simulator.direct.models import Intrabar

#: What a print of a candle shows the brain before the close: the smallest part of the volume there is.
_HINT = 1
_PRINTS = 4


class CandleStream:
    """Candles as four prints each. `high_first` is asked in the middle of each bar."""

    def __init__(
        self,
        market: Market,
        blocks: Iterator[CandleBlock],
        slippage_ticks: int,
        high_first: Callable[[], bool],
    ) -> None:
        self._market = market
        self._blocks = blocks
        self._books = BookMaker(market, slippage_ticks)
        self._recent = Recent()
        self._high_first = high_first
        self._bars: Iterator[tuple[int, int, int, int, int, int]] = iter(())
        self._index = -1
        self._start_ms = self._unit_ms = self._phase = 0
        self._prices: list[Decimal] = []
        self._volume = 0
        self._price_scale = self._volume_scale = 0
        self._last: Decimal | None = None
        self._number = 0
        self.next_ns = 0
        self._begin_bar()

    def take(self) -> Print:
        """The next print."""
        phase, at_ns = self._phase, self.next_ns
        if phase == 1 and self._high_first() != (self._prices[1] > self._prices[2]):
            self._prices[1], self._prices[2] = self._prices[2], self._prices[1]
        made = self._print(phase, at_ns)
        self._phase = phase = phase + 1
        if phase == _PRINTS:
            self._begin_bar()
        else:
            self.next_ns = self._moment(phase) * MS_NS
        return made

    def _print(self, phase: int, at_ns: int) -> Print:
        price, volume, at_ms = self._prices[phase], self._volume, at_ns // MS_NS
        rises = self._last is None or price >= self._last
        self._last = price
        self._number += 1
        hinted = min(_HINT, volume // _PRINTS)
        is_close = phase == _PRINTS - 1
        told = volume - (_PRINTS - 1) * hinted if is_close else hinted
        quarter = volume - (_PRINTS - 1) * (volume // _PRINTS) if is_close else volume // _PRINTS
        trade = Trade(
            market=self._market.code,
            price=price,
            volume=exact(told, self._volume_scale),
            ask_bid=AskBid.BID if rises else AskBid.ASK,
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            sequential_id=at_ms * 10_000 + self._number % 5_000,
            received_ns=at_ns,
        )
        book = self._books.make(price, self._recent.traded_before(self._index), at_ms, at_ns)
        return Print(trade, exact(quarter, self._volume_scale), book)

    def _moment(self, phase: int) -> int:
        last = self._unit_ms - 1
        return self._start_ms + (last if phase == _PRINTS - 1 else self._unit_ms * phase // 3)

    def _begin_bar(self) -> None:
        bar = self._next_bar()
        if bar is None:
            self.next_ns = NEVER_NS
            return
        self._start_ms, opening, high, low, close, self._volume = bar
        self._prices = [exact(price, self._price_scale) for price in (opening, high, low, close)]
        self._phase, self.next_ns = 0, self._start_ms * MS_NS

    def _next_bar(self) -> tuple[int, int, int, int, int, int] | None:
        """The next bar in which anything traded; of the others only time passes."""
        self._index += 1
        while (bar := next(self._bars, None)) is None:
            block = next(self._blocks, None)
            if block is None:
                return None
            traded = ~block.is_empty
            columns = (block.start_ms, block.opening, block.high, block.low, block.close, block.volume)
            kept = [column[traded] for column in columns]
            self._bars, self._index = zip(*(column.tolist() for column in kept), strict=True), 0
            self._unit_ms = block.unit_s * 1000
            self._price_scale, self._volume_scale = block.price_scale, block.volume_scale
            self._recent.add(kept[0], kept[-1], block.volume_scale)
        return bar


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
