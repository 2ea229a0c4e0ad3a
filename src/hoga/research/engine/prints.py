"""One piece of a market's news in a backtest, and who brings it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from hoga.model.events import Orderbook, Trade

MS_NS = 1_000_000
NEVER_NS = 2**63 - 1


class Print(Struct):
    """One trade of the market: what the brain hears, how much of it fills orders, and the book made up around it."""

    trade: Trade
    fills: Decimal
    book: Orderbook | None


class Stream(Protocol):
    """The news of one market in the order of time."""

    next_ns: int

    def take(self) -> Print | Orderbook:
        """The next piece of news; then `next_ns` is when the one after it is due."""
        ...


class BookStream:
    """Recorded books."""

    def __init__(self, books: Iterator[Orderbook]) -> None:
        self._books = books
        self._next: Orderbook | None = None
        self.next_ns = 0
        self._advance()

    def take(self) -> Orderbook:
        """The next book."""
        book = self._next
        assert book is not None, "there is no book left"
        self._advance()
        return book

    def _advance(self) -> None:
        self._next = next(self._books, None)
        self.next_ns = NEVER_NS
        if self._next is not None:
            self._next.received_ns = self.next_ns = self._next.timestamp_ms * MS_NS
