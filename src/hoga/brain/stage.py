"""Where the strategy stands: what it is told, when it begins to listen and when it no longer is asked."""

from collections.abc import Sequence

from hoga.brain.context import Context
from hoga.brain.strategy import Strategy
from hoga.brain.world import World
from hoga.model.events import Candle, FeedDown, FeedStale, FeedUp, Fill, TimerFired

#: Pieces of news told to the strategy in one turn; what is left is told in the next.
MAX_TOLD = 200


class Stage:
    """The strategy and its turn to speak.

    It `is_listening` to the market from `begin` until `end`; news of its own orders it hears until the very last.
    """

    def __init__(self, strategy: Strategy, world: World, context: Context) -> None:
        self.strategy = strategy
        self.context = context
        self._world = world
        self.is_started = False
        self.is_listening = False
        self.is_failed = False

    def begin(self) -> None:
        """Trading may start."""
        self.is_started = self.is_listening = True
        self._world.note("ready", equity=self._world.portfolio.equity(), cash=self._world.portfolio.free("KRW"))
        self.strategy.on_start(self.context)

    def end(self) -> None:
        """Trading stops: say so once, then no more market news."""
        if self.is_listening:
            self.is_listening = False
            self.strategy.on_stop(self.context)

    def fail(self) -> None:
        """The strategy raised: it is not called again."""
        self.is_failed, self.is_listening = True, False
        self._world.news.clear()

    def tell_candles(self, candles: Sequence[Candle]) -> None:
        """Closed bars, oldest first."""
        if self.is_listening:
            for candle in candles:
                self.strategy.on_candle(self.context, candle)

    def tell_feed(self, event: FeedUp | FeedDown | FeedStale) -> None:
        """A socket came or went, or a market fell silent."""
        if self.is_listening:
            self.strategy.on_feed(self.context, event)

    def tell_news(self) -> None:
        """Timers, fills and order news in the order they came; a flood is told over several turns."""
        news, strategy, context = self._world.news, self.strategy, self.context
        if self.is_failed or not self.is_started:
            news.clear()
        for _ in range(MAX_TOLD):
            if not news:
                return
            piece = news.popleft()
            if isinstance(piece, Fill):
                strategy.on_fill(context, piece)
            elif not isinstance(piece, TimerFired):
                strategy.on_order(context, piece)
            elif self.is_listening:
                strategy.on_timer(context, piece)
