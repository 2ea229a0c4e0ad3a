"""The quick road through trades: as long as none of them can touch an order of ours, only the brain is told.

Equal to the plain road, order by order and coin by coin; a test holds it to that. What makes a stretch quick: nothing
is under way between brain and exchange, no point of the curve is due, and no trade in it reaches the price of a resting
order. A timer of the brain ends a stretch too, and so does anything the brain wants.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import Protocol

import numpy as np

from hoga.brain.brain import Brain
from hoga.brain.quiet import QuietRoad
from hoga.model.commands import Command
from hoga.model.events import Event, Orderbook
from hoga.model.money import ZERO
from hoga.research.engine.prints import MS_NS
from hoga.research.engine.trade_stream import TradeStream
from hoga.simulator.direct.exchange import DirectExchange

#: Trades looked at in one stretch; more would be looked at again each time a stretch ends early.
AHEAD = 4_096
#: A shorter stretch is not worth the way in.
SHORTEST = 4


class Driver(Protocol):
    """The loop, as far as a quick road needs it."""

    def after(self, commands: Sequence[Command], now_ns: int) -> None:
        """Send what the brain wants."""

    def deliver(self, event: Event) -> None:
        """Tell the brain something on the plain road."""


class QuickTrades:
    """The road of one market."""

    def __init__(self, brain: Brain, exchange: DirectExchange, stream: TradeStream, *, tells_books: bool) -> None:
        self._exchange = exchange
        self._stream = stream
        self._tells_books = tells_books and stream.makes_books
        self.code = stream.market.code
        self.last_price = ZERO
        self._road = QuietRoad(brain.news, self.code, self._book if self._tells_books else None)

    def advance(self, driver: Driver, until_ns: int, others_ns: int) -> int:
        """Let trades pass that come before both moments and touch nobody; how many did."""
        stream = self._stream
        if not self._road.is_passable:
            return 0
        end = self._reach(min(until_ns, others_ns, self._exchange.next_ns))
        if end - stream.place < SHORTEST:
            return 0
        first = stream.place
        count = self._road.hear(stream.rows(end), first)
        if not count:
            return 0
        last = first + count - 1
        self.last_price = stream.columns[0][last]
        now_ns = stream.columns[3][last] * MS_NS
        self._exchange.see_trade(stream.trade_at(last), now_ns)
        book = stream.book_at(last) if stream.makes_books else None
        if book is not None:
            self._exchange.see_made_book(book, now_ns)
        commands = self._road.settle(book if self._tells_books else None)
        stream.skip_to(last + 1)
        driver.after(commands, now_ns)
        return count

    def _book(self) -> Orderbook:
        return self._stream.book_at(self._road.place)

    def _reach(self, until_ns: int) -> int:
        """The first place whose trade is not before `until_ns` or reaches a resting order of ours."""
        stream, block = self._stream, self._stream.block
        if block is None:
            return stream.place
        first = stream.place
        end = min(first + AHEAD, len(block))
        end = first + int(np.searchsorted(block.at_ms[first:end], -(-until_ns // MS_NS)))
        bid, ask = self._exchange.resting(self.code)
        prices = block.price[first:end]
        if bid is not None:
            touched = prices <= int(bid.scaleb(block.price_scale))
            prices = prices[: int(touched.argmax())] if touched.any() else prices
        if ask is not None:
            touched = prices >= int(ask.scaleb(block.price_scale).to_integral_value(ROUND_CEILING))
            prices = prices[: int(touched.argmax())] if touched.any() else prices
        return first + len(prices)
