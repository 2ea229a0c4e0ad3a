"""The quick road through candles: prints that touch no order of ours go to the brain alone, whole bars where it can.

Equal to the plain road, like `quick`: nothing is under way between brain and exchange, no print of the stretch reaches
the price of a resting order, and the brain's timers ring when they are due.
"""

from decimal import Decimal
from functools import partial

from hoga.brain.brain import Brain
from hoga.brain.quiet import LateBook, QuietRoad
from hoga.model.money import ZERO
from hoga.research.engine.candle_stream import CandleStream
from hoga.research.engine.prints import MS_NS
from hoga.research.engine.quick import Driver
from hoga.research.engine.tickers import TickerMaker
from hoga.simulator.direct.exchange import DirectExchange


class QuickBars:
    """The road of one market."""

    def __init__(
        self,
        brain: Brain,
        exchange: DirectExchange,
        stream: CandleStream,
        tickers: TickerMaker | None,
        *,
        tells_trades: bool,
        tells_books: bool,
    ) -> None:
        self._exchange = exchange
        self._stream = stream
        self.code = stream.market.code
        self.last_price = ZERO
        self._tickers = tickers
        self._tells_books = tells_books
        self._match = exchange.core.engine.book(self.code)
        make = partial(stream.book_of, ZERO, ZERO, 0) if tells_books else None
        self._road = QuietRoad(brain.news, self.code, make, tells_trades=tells_trades)
        self._takes_rests = tickers is None and self._road.waits_for_bars

    def advance(self, driver: Driver, until_ns: int, others_ns: int) -> int:
        """Let prints pass that come before `until_ns` (after the first: and before `others_ns`); how many did."""
        stream, road = self._stream, self._road
        count, limit_ns = 0, until_ns
        while stream.next_ns < limit_ns and self._is_quiet():
            alarm_ns = road.alarm_ns
            if alarm_ns <= stream.next_ns:
                road.ring(alarm_ns)
                if not self._serve(driver, alarm_ns):
                    break
                continue
            limit_ns = min(until_ns, others_ns)
            is_rest = stream.phase == 1 and self._takes_rests and stream.end_ns < min(limit_ns, alarm_ns)
            if is_rest and stream.end_ns < self._exchange.next_ns:
                self._hear_rest()
                count += 3
            else:
                self._hear_one(driver)
                count += 1
        return count

    def _is_quiet(self) -> bool:
        """Tell whether the next print, and the rest of its bar, meets nobody."""
        stream, exchange = self._stream, self._exchange
        if exchange.next_ns <= stream.next_ns or not self._road.is_passable:
            return False
        bid, ask = exchange.resting(self.code)
        return (bid is None or stream.low > bid) and (ask is None or stream.high < ask)

    def _hear_one(self, driver: Driver) -> None:
        road, size = self._road, self._stream.size
        row = self._stream.take_row()
        book = self._pass(row[0], row[3], size)
        trade = road.hear_one(row, book if self._tells_books else None)
        is_quiet = self._serve(driver, trade.received_ns)
        if self._tickers is None:
            return
        ticker = self._tickers.make(trade)
        if is_quiet:
            road.hear_ticker(ticker)
            self._serve(driver, trade.received_ns)
        else:
            driver.deliver(ticker)

    def _hear_rest(self) -> None:
        size = self._stream.size
        rest = self._stream.take_rest()
        book = self._pass(rest[2], rest[5], size)
        self._road.hear_rest(rest, book if self._tells_books else None)

    def _pass(self, price: Decimal, at_ms: int, size: Decimal) -> LateBook:
        """The exchange sees a print that touches nobody, and the book around it."""
        self.last_price = self._match.last_price = price
        book = LateBook(market=self.code, timestamp_ms=at_ms, total_ask_size=ZERO, total_bid_size=ZERO, unread=())
        book.make = partial(self._stream.book_of, price, size, at_ms)
        self._exchange.see_made_book(book, at_ms * MS_NS)
        return book

    def _serve(self, driver: Driver, now_ns: int) -> bool:
        """Send what the brain wants; True where it wants nothing."""
        if not self._road.has_wishes:
            return True
        driver.after(self._road.settle(None), now_ns)
        return False
