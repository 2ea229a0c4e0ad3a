"""The quiet road: many trades of one market in one go, while nothing else happens. For backtests.

It does for each trade what `Brain.handle` does with it and with a book made up around it, and leaves out the questions
whose answers are known: no timer is due, no answer is under way. Whoever drives it sees to that, and stops it with the
rows it gives. `tests/research/engine/test_quick_is_plain.py` holds it to the plain road.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from hoga.brain.market_news import MarketNews
from hoga.model.commands import Command
from hoga.model.events import AskBid, BookUnit, Orderbook, Ticker, Trade
from hoga.model.money import ZERO

MS_NS = 1_000_000
NEVER_MS = 2**63 - 1

#: price, volume, taker's side, venue time in ms, sequential id
Row = tuple[Decimal, Decimal, AskBid, int, int]
#: What several trades come to: highest, lowest, last price, volume, value, and the time of the last.
Rest = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, int]


class LateBook(Orderbook, kw_only=True, gc=True):
    """A book of this moment that is made when somebody reads it, and stays what it was then.

    The garbage collector must see it, unlike other books: `make` may lead to the whole test the book is part of.
    """

    make: Callable[[], Orderbook] | None = None

    @property
    def units(self) -> tuple[BookUnit, ...]:
        """Every depth, best first."""
        if self.make is not None:
            made, self.make = self.make(), None
            self.timestamp_ms, self.received_ns = made.timestamp_ms, made.received_ns
            self.total_ask_size, self.total_bid_size = made.total_ask_size, made.total_bid_size
            self.unread = made.units
        assert isinstance(self.unread, tuple)
        return self.unread

    @property
    def best(self) -> BookUnit | None:
        """The first depth."""
        units = self.units
        return units[0] if units else None


class QuietRoad:
    """One market of one brain. `make_book` makes the book of the row that is being told, `place` is its number."""

    def __init__(
        self,
        news: MarketNews,
        code: str,
        make_book: Callable[[], Orderbook] | None,
        *,
        tells_trades: bool = True,
    ) -> None:
        self._news = news
        self._world = news.world
        self._code = code
        self._tells_trades = tells_trades
        self._view = news.world.views[code]
        self._builders = news.world.candles.builders[code]
        self._make_book = make_book
        self.place = 0
        limits = news.world.limits
        self._is_watched = limits.swing_10s is not None or limits.swing_60s is not None or news.world.risk.money.is_kept

    @property
    def is_passable(self) -> bool:
        """Tell whether the strategy listens, and to nothing that this road does not tell."""
        news, world = self._news, self._world
        hears_books = self._make_book is not None and news.wants_orderbook
        is_idle = not (world.news or world.commands or world.portfolio.adjustments)
        return news.stage.is_listening and is_idle and not hears_books

    def hear(self, rows: Iterable[Row], first: int) -> int:  # noqa: C901, PLR0912 - every trade pays for it
        """Hear rows numbered from `first` until one makes the brain want something or a timer is due before the next.

        Returns how many were heard.
        """
        world, view, stage, timers = self._world, self._view, self._news.stage, self._world.timers
        on_trade, context, wants_trade = stage.strategy.on_trade, stage.context, self._news.wants_trade
        is_watched, builders, has_books = self._is_watched, self._builders, self._make_book is not None
        code = self._code
        bar_end_ms = min((builder.end_ms for builder in builders), default=NEVER_MS)
        count, book = 0, self._late_book() if has_books else None
        for price, volume, side, at_ms, number in rows:
            at_ns = at_ms * MS_NS
            if at_ns >= timers.next_ns:
                break
            world.now_ns = view.price_ns = at_ns
            view.price = price
            self.place = first + count
            count += 1
            if book is not None:
                view.book_ns = at_ns
                if book.make is None:
                    book = self._late_book()
            if is_watched:
                world.risk.traded(view, price)
            ends_bar = at_ms >= bar_end_ms
            if wants_trade or ends_bar:
                trade = Trade(
                    market=code,
                    price=price,
                    volume=volume,
                    ask_bid=side,
                    trade_timestamp_ms=at_ms,
                    timestamp_ms=at_ms,
                    sequential_id=number,
                    received_ns=at_ns,
                )
                if ends_bar:
                    self._news.add_to_bars(trade)
                    bar_end_ms = min(builder.end_ms for builder in builders)
                elif builders:
                    for builder in builders:
                        builder.count(price, volume)
                if wants_trade:
                    on_trade(context, trade)
            else:
                for builder in builders:
                    builder.count(price, volume)
            if world.commands or world.news:
                break
        if builders and count:
            world.candles.heard(self._code, world.now_ns // MS_NS, world.now_ns)
        return count

    @property
    def waits_for_bars(self) -> bool:
        """Tell whether trades are told but nobody is called for them: closed bars are all the strategy hears."""
        return self._tells_trades and not self._news.wants_trade and not self._is_watched

    @property
    def alarm_ns(self) -> int:
        """When the brain's next timer is due."""
        return self._world.timers.next_ns

    @property
    def has_wishes(self) -> bool:
        """Tell whether the brain has news for the strategy or wants something sent."""
        return bool(self._world.news or self._world.commands)

    def hear_one(self, row: Row, book: Orderbook | None) -> Trade:
        """Hear one trade with its book; no timer is due."""
        price, volume, side, at_ms, number = row
        world, view, news = self._world, self._view, self._news
        world.now_ns = at_ns = at_ms * MS_NS
        if book is not None:
            view.book, view.book_ns = book, at_ns
        trade = Trade(
            market=self._code,
            price=price,
            volume=volume,
            ask_bid=side,
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            sequential_id=number,
            received_ns=at_ns,
        )
        if self._tells_trades:
            view.price, view.price_ns = price, at_ns
            if self._is_watched:
                world.risk.traded(view, price)
            news.add_to_bars(trade)
            if news.wants_trade and news.stage.is_listening:
                news.stage.strategy.on_trade(news.stage.context, trade)
        return trade

    def hear_ticker(self, ticker: Ticker) -> None:
        """Hear the ticker of the trade before."""
        self._news.on_ticker(ticker)

    def hear_rest(self, rest: Rest, book: Orderbook | None) -> None:
        """Hear the other three trades of a bar in one, where `waits_for_bars`; `book` is that of the last."""
        world, view = self._world, self._view
        high, low, close, volume, value, at_ms = rest
        world.now_ns = view.price_ns = at_ns = at_ms * MS_NS
        view.price = close
        if book is not None:
            view.book, view.book_ns = book, at_ns
        for builder in self._builders:
            builder.count_all(high, low, close, volume, value)
        if self._builders:
            world.candles.heard(self._code, at_ms, at_ns)

    def ring(self, due_ns: int) -> None:
        """Do what is due by a timer of the brain, as `Brain.handle` does with a tick of the clock."""
        world = self._world
        world.now_ns = max(world.now_ns, due_ns)
        world.timers.run_due(world.now_ns)
        if world.news:
            self._news.stage.tell_news()

    def settle(self, book: Orderbook | None) -> list[Command]:
        """End a stretch: what the strategy is to hear is told, and what it wants comes back. `book` is that of now."""
        world = self._world
        if book is not None:
            self._view.book = book
        if world.news:
            self._news.stage.tell_news()
        commands, world.commands = world.commands, []
        return commands

    def _late_book(self) -> LateBook:
        book = LateBook(market=self._code, timestamp_ms=0, total_ask_size=ZERO, total_bid_size=ZERO, unread=())
        book.make, self._view.book = self._make_book, book
        return book
