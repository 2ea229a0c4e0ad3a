"""The decisions: one door in (`handle`), one list of commands out. Pure and synchronous; time comes with the events."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from hoga.brain.account import Account
from hoga.brain.context import Context
from hoga.brain.feeds import Feeds
from hoga.brain.market_news import MarketNews
from hoga.brain.notes import Note
from hoga.brain.portfolio import Portfolio
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.stage import Stage
from hoga.brain.strangers import Strangers
from hoga.brain.strategy import Strategy
from hoga.brain.summary import Summary, summarise
from hoga.brain.timers import NEVER_NS
from hoga.brain.world import World
from hoga.model.commands import Command, OrderId, PlaceOrder
from hoga.model.events import (
    AccountEvent,
    ActuatorStopped,
    Announcement,
    Candle,
    Event,
    FeedDown,
    FeedStale,
    FeedUp,
    Halt,
    Orderbook,
    Pause,
    RejectReason,
    Resume,
    Ticker,
    TimerFired,
    Trade,
    refused,
)
from hoga.model.orders import Order
from hoga.model.recovered import RecoveredOrders


class Brain:
    """One strategy with everything it stands on. Feed it every event in order; send what it returns.

    `id_prefix` begins every order id of this run and must differ from every other run's. `needs_private=False` is for
    backtests, where nothing but the events themselves can go missing. The shell delivers a `TimerFired` (any name) when
    the clock reaches `next_deadline_ns`; every other event also runs what is due by its `received_ns`.
    """

    def __init__(
        self,
        strategy: Strategy,
        market_codes: Sequence[str],
        *,
        limits: RiskLimits,
        id_prefix: str,
        now_ns: int,
        reconcile_every_s: float = 30,
        candle_units_s: Sequence[int] = (60,),
        needs_private: bool = True,
        cancel_recovered: bool = False,
    ) -> None:
        needs = strategy.needs()
        codes = list(dict.fromkeys((*market_codes, *needs.markets)))
        units = (*candle_units_s, *needs.candle_units_s, *needs.history)
        self._world = World(codes, limits=limits, id_prefix=id_prefix, now_ns=now_ns, candle_units_s=units)
        self.money = self._world.risk.money
        self._account = Account(
            self._world,
            reconcile_every_s=reconcile_every_s,
            needs_private=needs_private,
            cancel_recovered=cancel_recovered,
        )
        self.context = Context(self._world, self._account.desk)
        self._stage = Stage(strategy, self._world, self.context)
        self.news = news = MarketNews(self._world, self._stage)
        feeds = Feeds(self._world, self._account, self._stage)
        self._handlers: dict[type, Callable[..., None]] = {
            Trade: news.on_trade,
            Orderbook: news.on_orderbook,
            Ticker: news.on_ticker,
            Candle: news.on_candle,
            **dict.fromkeys((Announcement, TimerFired), lambda _: None),  # nothing but what has come due meanwhile
            FeedUp: self._then_review(feeds.on_up),
            FeedDown: self._then_review(feeds.on_down),
            FeedStale: feeds.on_stale,
            Halt: self._on_halt,
            Pause: self._world.risk.on_pause,
            Resume: self._on_resume,
            ActuatorStopped: self._on_actuator_stopped,
            **{kind: self._then_review(act) for kind, act in self._account.handlers.items()},
        }
        self.stopped = False

    # ------------------------------------------------ for the shell

    def start(self) -> list[Command]:
        """Ask for what must be known before the first order: market rules, balances, open orders."""
        self._account.rounds.start()
        return self._take()

    def recover(self, past: RecoveredOrders) -> None:
        """Take over the orders of earlier runs, before the start; the gate stays closed until each is cleared up."""
        self._account.recover(past)

    def seed_candles(self, candles: Sequence[Candle]) -> None:
        """Give past bars (oldest first, the open one last with `closed=False`) before the start."""
        for candle in candles:
            self._world.candles.seed(candle)

    def handle(self, event: Event) -> list[Command]:
        """Take one event and return what is to be sent. Whatever the strategy raises comes out of here."""
        world = self._world
        world.now_ns = max(world.now_ns, event.received_ns)
        if world.timers.next_ns <= world.now_ns:
            self._account.rounds.wake()
            self._review()
            if world.news:
                self._stage.tell_news()
        handler = self._handlers.get(type(event)) or self._resolve(type(event))
        handler(event)
        if world.news:
            self._stage.tell_news()
        return self._take() if world.commands else []

    def strategy_failed(self, error_text: str, now_ns: int) -> list[Command]:
        """Stop trading because `handle` raised: the broken turn's orders are not sent, what is open is cancelled."""
        world = self._world
        world.now_ns = max(world.now_ns, now_ns)
        unsent = [command for command in world.commands if isinstance(command, PlaceOrder)]
        world.commands = [command for command in world.commands if not isinstance(command, PlaceOrder)]
        for command in unsent:
            self._account.desk.on_rejected(refused(command, RejectReason.NOT_SENT, "the strategy failed", world.now_ns))
        self._stage.fail()
        world.note("strategy_failed", error=error_text)
        self._account.halt(f"the strategy failed: {error_text.strip().rpartition(chr(10))[2]}")
        return self._take()

    def take_notes(self) -> list[Note]:
        """What is to be logged since the last call, oldest first."""
        notes = list(self._world.notes)
        self._world.notes.clear()
        return notes

    @property
    def next_deadline_ns(self) -> int | None:
        """When the brain wants to be woken if nothing happens before; None when it waits for nothing."""
        next_ns = self._world.timers.next_ns
        return None if next_ns == NEVER_NS else next_ns

    # ------------------------------------------------ for whoever looks on; also `context`, what the strategy sees

    @property
    def ready(self) -> bool:
        """Tell whether new orders may leave now."""
        return self.context.is_ready

    @property
    def reason(self) -> str:
        """Why no new order may leave, or an empty text."""
        world = self._world
        return world.halting or world.killed or (f"paused: {world.paused}" if world.paused else world.gate.reason)

    @property
    def killed(self) -> str:
        """Why the kill switch was pulled, or an empty text. It is never taken back in this run."""
        return self._world.killed

    @property
    def markets(self) -> Sequence[str]:
        """The codes of the watched markets."""
        return tuple(self._world.views)

    @property
    def open_orders(self) -> Sequence[Order]:
        """Our orders that may still trade."""
        return tuple(self._account.desk.records.open.values())

    def orderbook(self, code: str) -> Orderbook | None:
        """The newest visible book of a market."""
        return self.context.orderbook(code)

    def last_price(self, code: str) -> Decimal | None:
        """The price of the last trade heard."""
        return self.context.last_price(code)

    @property
    def left_open(self) -> Sequence[OrderId]:
        """After a halt that ran out of time: our orders that may still be open at the venue."""
        return self._account.halting.left_open

    @property
    def portfolio(self) -> Portfolio:
        """Balances, positions and gains."""
        return self._world.portfolio

    @property
    def orders(self) -> Mapping[OrderId, Order]:
        """All our orders of this run by our id, refused and ended ones included."""
        return self._account.desk.records.orders

    @property
    def strangers(self) -> Strangers:
        """Open orders of the account that this run did not place: `external` ones and those `recovered`."""
        return self._account.strangers

    def summary(self) -> Summary:
        """The run in figures."""
        return summarise(self._world, self._account)

    # ------------------------------------------------ account news

    def _then_review(self, act: Callable[..., None]) -> Callable[..., None]:
        def handle(event: AccountEvent) -> None:
            act(event)
            self._review()

        return handle

    def _review(self) -> None:
        """After account news: is a halt finished, may the strategy begin?"""
        self._account.review()
        if self._world.halting:
            self._stage.end()
        elif not self._stage.is_started and self._world.gate.is_open:
            self._stage.begin()

    def _on_halt(self, event: Halt) -> None:
        self._stage.end()
        self._account.halt(event.reason)

    def _on_resume(self, _: Resume) -> None:
        self._world.paused = ""
        self._world.risk.resumed()
        self._world.note("resumed")
        self._review()

    def _on_actuator_stopped(self, _: ActuatorStopped) -> None:
        self.stopped = True
        self._world.note("stopped", open_orders=len(self._account.desk.records.open))

    def _take(self) -> list[Command]:
        commands, self._world.commands = self._world.commands, []
        return commands

    def _resolve(self, kind: type) -> Callable[..., None]:
        """Find the handler of a class of event that a decoder made from one of ours, and remember it."""
        handler = next((self._handlers[base] for base in kind.__mro__ if base in self._handlers), None)
        assert handler is not None, f"{kind.__name__} is not an event"
        self._handlers[kind] = handler
        return handler
