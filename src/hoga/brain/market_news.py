"""The hot road: what a trade, a book or a ticker changes, and how the strategy hears of it."""

from hoga.brain.stage import Stage
from hoga.brain.strategy import Strategy
from hoga.brain.world import World
from hoga.model.errors import WireError
from hoga.model.events import Candle, Orderbook, Ticker, Trade


class MarketNews:
    """Market events into views and bars, then on to the strategy if it listens to that kind."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.world = world
        self.stage = stage
        self._views = world.views
        self.wants_trade = _overrides(stage.strategy, "on_trade")
        self.wants_orderbook = _overrides(stage.strategy, "on_orderbook")
        self.wants_ticker = _overrides(stage.strategy, "on_ticker")
        self._bar_end_ns: dict[str, int] = {}

    def on_trade(self, trade: Trade) -> None:
        """Somebody traded: a new last price, and perhaps the end of a bar."""
        world, code, stage = self.world, trade.market, self.stage
        view = self._views.get(code)
        if view is None:
            return
        view.price, view.price_ns = trade.price, world.now_ns
        world.risk.traded(view, trade.price)
        if view.first is None:
            view.first = trade.price
        self.add_to_bars(trade)
        if stage.is_listening and self.wants_trade:
            stage.strategy.on_trade(stage.context, trade)

    def add_to_bars(self, trade: Trade) -> None:
        """Count a trade in the open bars; tell of those that it closes."""
        code, world = trade.market, self.world
        if closed := world.candles.add(trade, world.now_ns):
            self.stage.tell_candles(closed)
            self.wake_at_bar_end(code)
        elif code not in self._bar_end_ns:
            self.wake_at_bar_end(code)

    def on_orderbook(self, book: Orderbook) -> None:
        """A new visible book; it is not even read unless somebody asks."""
        view, stage = self._views.get(book.market), self.stage
        if view is None:
            return
        view.book, view.book_ns = book, self.world.now_ns
        if view.first is None:
            view.first = view.mark
        if stage.is_listening and self.wants_orderbook:
            try:
                stage.strategy.on_orderbook(stage.context, book)
            except WireError as error:  # the depths are read only now, and a broken frame costs that one frame
                view.drop_book()
                self.world.note("book_unreadable", market=book.market, why=str(error))

    def on_ticker(self, ticker: Ticker) -> None:
        """New day figures, with the last price."""
        view, stage = self._views.get(ticker.market), self.stage
        if view is None:
            return
        view.price, view.price_ns = ticker.price, self.world.now_ns
        if view.first is None:
            view.first = ticker.price
        if stage.is_listening and self.wants_ticker:
            stage.strategy.on_ticker(stage.context, ticker)

    def on_candle(self, candle: Candle) -> None:
        """A bar of the venue's own making; only closed ones are passed on."""
        if candle.closed:
            self.stage.tell_candles((candle,))

    def wake_at_bar_end(self, code: str) -> None:
        """Set the alarm that closes the open bar if no trade does."""
        end_ns = self.world.candles.next_end_ns(code)
        self._bar_end_ns[code] = 0
        if end_ns is not None:
            self._bar_end_ns[code] = end_ns = max(end_ns, self.world.now_ns + 1)
            self.world.timers.at(end_ns, lambda due_ns: self._end_bars(code, due_ns))

    def _end_bars(self, code: str, due_ns: int) -> None:
        if self._bar_end_ns.get(code) == due_ns:  # else a trade has ended the bar before, and set another alarm
            self.stage.tell_candles(self.world.candles.pass_time(code, self.world.now_ns))
            self.wake_at_bar_end(code)


def _overrides(strategy: Strategy, name: str) -> bool:
    return getattr(type(strategy), name) is not getattr(Strategy, name)
