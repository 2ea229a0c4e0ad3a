"""The heart of the simulated venue: lets the market outside move, the exchange answer it, and everybody hear of it."""

import asyncio
from collections.abc import Callable

from hoga.model.events import Trade
from hoga.simulator.core.happenings import AssetsChanged, BookShown, OrderChanged, TradePrinted
from hoga.simulator.faults.moves import Moves
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.faults.vocabulary import Stage
from hoga.simulator.market.history import DeepPast
from hoga.simulator.market.synthetic import MarketSource
from hoga.simulator.streams.streams import Streams
from hoga.simulator.streams.subscriptions import FULL_DEPTH
from hoga.simulator.venue import Venue

#: A book is shown again after this long at the earliest: the grid is 100 ms, and timers are a little early or late.
BOOK_EVERY_MS = 80
#: How often time alone is looked at: UP messages, idle connections, faults by the clock.
TICK_MS = 100
#: The pump never sleeps longer, so that a source that has ended does not stop the clock.
LONGEST_NAP_MS = 100


class Pump:
    """Drives one venue. `beat` does everything that is due; `flush` tells what a request just caused.

    `account` is whose hand the faults `acct.*` move.
    """

    def __init__(
        self,
        venue: Venue,
        source: MarketSource,
        streams: Streams,
        faults: FaultPlan,
        clock_ms: Callable[[], int],
        *,
        account: str,
    ) -> None:
        self._venue = venue
        self._source = source
        self._streams = streams
        self._faults = faults
        self._clock_ms = clock_ms
        self._moves = Moves(venue, source, account)
        self._stale_books: dict[str, None] = {}
        self._shown_ms: dict[str, int] = {}
        self._ticked_ms = 0
        self._candles_s = 0

    def begin(self) -> None:
        """Give the venue a past: candles from before the source begins, and what happened until now."""
        past = self._source.past()
        for stretch in past:
            self._venue.candles.add(stretch.bar, stretch.length_ms)
        self._venue.candles.older = DeepPast(past)
        self._move(self._clock_ms())
        self._venue.candles.forget_changes()
        self.flush()

    def beat(self) -> None:
        """Let everything happen that is due by now."""
        now_ms = self._clock_ms()
        self._move(now_ms)
        self.flush()
        for market in list(self._stale_books):
            if now_ms - self._shown_ms.get(market, 0) >= BOOK_EVERY_MS:
                self._show_book(market, now_ms)
        if now_ms // 1000 != self._candles_s:
            self._candles_s = now_ms // 1000
            for unit, bar in self._venue.candles.take_changed():
                self._streams.show_candle(unit, bar)
        if not 0 <= now_ms - self._ticked_ms < TICK_MS:
            self._ticked_ms = now_ms
            self._tick(now_ms)

    def flush(self) -> None:
        """Tell what the exchange did since the last time; call it after every action of a client."""
        for happening in self._venue.exchange.take_happenings():
            if isinstance(happening, OrderChanged):
                self._streams.show_order(happening)
            elif isinstance(happening, AssetsChanged):
                self._streams.show_assets(happening)
            elif isinstance(happening, TradePrinted):
                self._print(happening.trade)
                self._streams.show_ticker(happening.trade.market)
            elif isinstance(happening, BookShown):
                self._stale_books[happening.market] = None

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            now_ms, next_ms = self._clock_ms(), self._source.next_ms
            nap_ms = LONGEST_NAP_MS if next_ms is None else min(LONGEST_NAP_MS, max(0, next_ms - now_ms))
            await asyncio.sleep(nap_ms / 1000)

    def _move(self, now_ms: int) -> None:
        traded: dict[str, None] = {}
        for news in self._source.advance(now_ms):
            if news.market not in self._venue.exchange.markets:
                continue
            if isinstance(news, Trade):
                self._venue.exchange.see_trade(news, now_ms)
                self._print(news)
                traded[news.market] = None
            else:
                self._venue.exchange.see_book(news, now_ms)
                self._stale_books[news.market] = None
        for market in traded:
            self._streams.show_ticker(market)

    def _print(self, trade: Trade) -> None:
        self._venue.candles.see_trade(trade)
        self._venue.board.see_trade(trade)
        self._streams.show_trade(trade)

    def _show_book(self, market: str, now_ms: int) -> None:
        del self._stale_books[market]
        self._shown_ms[market] = now_ms
        if self._streams.has_listeners("orderbook", market):
            self._streams.show_book(self._venue.exchange.shown_book(market, levels=FULL_DEPTH, now_ms=now_ms))

    def _tick(self, now_ms: int) -> None:
        self._streams.tick()
        for fault in self._faults.strike_by_clock(Stage.CLOCK, now_ms / 1000):
            self._moves.make(fault, now_ms)
        self._moves.undo_due(now_ms)
        self.flush()
