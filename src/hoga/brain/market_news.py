"""The hot road: what a trade, a book or a ticker changes, and how the strategy hears of it."""

from hoga.brain.stage import Stage
from hoga.brain.strategy import Strategy
from hoga.brain.world import World
from hoga.model.errors import WireError
from hoga.model.events import Candle, Orderbook, Ticker, Trade


class MarketNews:
    """Market events into views and bars, then on to the strategy if it listens to that kind."""

    def __init__(self, world: World, stage: Stage) -> None:
        self._world = world
        self._stage = stage
        self._views = world.views
        self._wants_trade = _overrides(stage.strategy, "on_trade")
        self._wants_orderbook = _overrides(stage.strategy, "on_orderbook")
        self._wants_ticker = _overrides(stage.strategy, "on_ticker")
        self._bar_end_ns: dict[str, int] = {}

    def on_trade(self, trade: Trade) -> None:
        """Somebody traded: a new last price, and perhaps the end of a bar."""
        world, code, stage = self._world, trade.market, self._stage
        view = self._views.get(code)
        if view is None:
            return
        view.price, view.price_ns = trade.price, world.now_ns
        world.risk.traded(view, trade.price)
        if view.first is None:
            view.first = trade.price
        if closed := world.candles.add(trade, world.now_ns):
            stage.tell_candles(closed)
            self._wake_at_bar_end(code)
        elif code not in self._bar_end_ns:
            self._wake_at_bar_end(code)
        if stage.is_listening and self._wants_trade:
            stage.strategy.on_trade(stage.context, trade)

    def on_orderbook(self, book: Orderbook) -> None:
        """A new visible book; it is not even read unless somebody asks."""
        view, stage = self._views.get(book.market), self._stage
        if view is None:
            return
        view.book, view.book_ns = book, self._world.now_ns
        if view.first is None:
            view.first = view.mark
        if stage.is_listening and self._wants_orderbook:
            try:
                stage.strategy.on_orderbook(stage.context, book)
            except WireError as error:  # the depths are read only now, and a broken frame costs that one frame
                view.drop_book()
                self._world.note("book_unreadable", market=book.market, why=str(error))

    def on_ticker(self, ticker: Ticker) -> None:
        """New day figures, with the last price."""
        view, stage = self._views.get(ticker.market), self._stage
        if view is None:
            return
        view.price, view.price_ns = ticker.price, self._world.now_ns
        if view.first is None:
            view.first = ticker.price
        if stage.is_listening and self._wants_ticker:
            stage.strategy.on_ticker(stage.context, ticker)

    def on_candle(self, candle: Candle) -> None:
        """A bar of the venue's own making; only closed ones are passed on."""
        if candle.closed:
            self._stage.tell_candles((candle,))

    def _wake_at_bar_end(self, code: str) -> None:
        end_ns = self._world.candles.next_end_ns(code)
        self._bar_end_ns[code] = 0
        if end_ns is not None:
            self._bar_end_ns[code] = end_ns = max(end_ns, self._world.now_ns + 1)
            self._world.timers.at(end_ns, lambda due_ns: self._end_bars(code, due_ns))

    def _end_bars(self, code: str, due_ns: int) -> None:
        if self._bar_end_ns.get(code) == due_ns:  # else a trade has ended the bar before, and set another alarm
            self._stage.tell_candles(self._world.candles.pass_time(code, self._world.now_ns))
            self._wake_at_bar_end(code)


def _overrides(strategy: Strategy, name: str) -> bool:
    return getattr(type(strategy), name) is not getattr(Strategy, name)
