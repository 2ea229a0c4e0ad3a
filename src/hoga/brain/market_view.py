"""What is known of one market at this moment: its rules, its book, its last price, and how old each is."""

from decimal import Decimal
from typing import TYPE_CHECKING

from hoga.brain.risk.memory import Swings
from hoga.model.errors import WireError
from hoga.model.events import BookUnit, Orderbook

if TYPE_CHECKING:
    from hoga.model.market import Market

TWO = Decimal(2)


class MarketView:
    """The latest news of one market; the brain writes it, everybody else reads."""

    __slots__ = ("book", "book_ns", "code", "first", "price", "price_ns", "rules", "swings")

    def __init__(self, code: str) -> None:
        self.code = code
        self.rules: Market | None = None
        self.book: Orderbook | None = None
        self.book_ns = 0
        self.price: Decimal | None = None
        self.price_ns = 0
        self.first: Decimal | None = None
        self.swings = Swings()

    @property
    def best(self) -> BookUnit | None:
        """The best ask and bid, or None while no book with both sides is known."""
        try:
            best = self.book.best if self.book else None
        except WireError:
            self.drop_book()
            return None
        return best if best and best.ask_size and best.bid_size else None

    @property
    def whole_book(self) -> Orderbook | None:
        """The newest book with every depth read; None before the first, and where it cannot be read."""
        try:
            return self.book if self.book and self.book.units else None
        except WireError:
            self.drop_book()
            return None

    @property
    def mark(self) -> Decimal | None:
        """The price at which holdings are valued: the last trade, else the middle of the book."""
        if self.price is not None:
            return self.price
        best = self.best
        return (best.ask_price + best.bid_price) / TWO if best else None

    def reference(self, now_ns: int, book_within_ns: int, trade_within_ns: int) -> Decimal | None:
        """The price a new order is measured against: the middle of a fresh book, else a fresh trade, else None."""
        if self.book and now_ns - self.book_ns <= book_within_ns and (best := self.best):
            return (best.ask_price + best.bid_price) / TWO
        if self.price is not None and now_ns - self.price_ns <= trade_within_ns:
            return self.price
        return None

    def age_s(self, now_ns: int) -> float | None:
        """Seconds since anything was heard of this market; None when nothing was."""
        heard_ns = max(self.book_ns, self.price_ns)
        return (now_ns - heard_ns) / 1e9 if heard_ns else None

    def drop_book(self) -> None:
        """A book whose depths turn out to be unreadable costs that one book; the next comes within moments."""
        self.book, self.book_ns = None, 0
