"""What the public streams say of each market, as frames: the state of now, and news as they come."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from hoga.model.events import Orderbook, Trade
from hoga.simulator.market.candles import Bar
from hoga.simulator.streams.book_views import view
from hoga.simulator.streams.frames import (
    REALTIME,
    SNAPSHOT,
    book_frame,
    candle_texts,
    spell,
    ticker_texts,
    trade_texts,
)
from hoga.simulator.streams.subscriptions import FULL_DEPTH
from hoga.simulator.venue import Venue
from hoga.upbit.stream.subscriptions import FrameFormat


class Teller:
    """Spells the state of one venue. `clock_ms` is its time, milliseconds UTC."""

    def __init__(self, venue: Venue, clock_ms: Callable[[], int]) -> None:
        self._venue = venue
        self._clock_ms = clock_ms

    def trade(self, trade: Trade, frame_format: FrameFormat, stream_type: str = REALTIME) -> bytes:
        """Tell one trade."""
        closed = self._venue.board.closed_at(trade.market, trade.trade_timestamp_ms) or trade.price
        return spell("trade", trade_texts(trade, closed, self._clock_ms(), stream_type), frame_format)

    def ticker(self, market: str, frame_format: FrameFormat, stream_type: str = REALTIME) -> bytes | None:
        """Tell the figures of a market; None before anything is known of it."""
        now_ms = self._clock_ms()
        figures = self._venue.board.figures(market, now_ms)
        if figures is None:
            return None
        rules = self._venue.exchange.markets.get(market)
        suspended = rules is not None and rules.state != "active"
        texts = ticker_texts(market, figures, now_ms, stream_type, suspended=suspended)
        return spell("ticker", texts, frame_format)

    def book(
        self, book: Orderbook, depth: int, level: Decimal, frame_format: FrameFormat, stream_type: str = REALTIME
    ) -> bytes:
        """Tell a book as somebody sees it who asked for a depth and a level."""
        return book_frame(view(book, depth, level), level, stream_type, frame_format)

    def candle(self, unit: str, bar: Bar, frame_format: FrameFormat, stream_type: str = REALTIME) -> bytes:
        """Tell one candle."""
        return spell("candle", candle_texts(unit, bar, stream_type), frame_format)

    def snapshot(self, kind: str, market: str, depth: int, level: Decimal, frame_format: FrameFormat) -> bytes | None:
        """Tell the state of now of any stream; None where nothing is known or the stream has no snapshots."""
        if market not in self._venue.exchange.markets:
            return None
        if kind == "ticker":
            return self.ticker(market, frame_format, SNAPSHOT)
        if kind == "orderbook":
            book = self._venue.exchange.shown_book(market, levels=FULL_DEPTH)
            return self.book(book, depth, level, frame_format, SNAPSHOT) if book.units else None
        if kind == "trade":
            trade = self._venue.board.last(market)
            return self.trade(trade, frame_format, SNAPSHOT) if trade else None
        if kind.startswith("candle."):
            unit = kind.removeprefix("candle.")
            bar = self._venue.candles.newest(market, unit)
            return self.candle(unit, bar, frame_format, SNAPSHOT) if bar else None
        return None

    def ticks(self) -> Mapping[str, Decimal]:
        """The tick of every market there is."""
        return {code: market.tick for code, market in self._venue.exchange.markets.items()}
