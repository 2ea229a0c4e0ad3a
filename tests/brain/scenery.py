"""A small stage for the brain's tests: events made by hand, and a venue that says what the test wants."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from hoga.brain.brain import Brain
from hoga.brain.context import Context
from hoga.brain.notes import Note
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import Command, OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import (
    AccountsReported,
    AskBid,
    Balance,
    BookUnit,
    Candle,
    Event,
    FeedUp,
    Fill,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    Orderbook,
    OrderEvent,
    OrderReport,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    Stream,
    Ticker,
    TimerFired,
    Trade,
)
from hoga.model.market import Market, TickBand
from hoga.model.money import plain
from hoga.model.orders import Order, OrderState

SECOND_NS = 1_000_000_000
#: 2026-11-24 12:00:00 KST.
NOON_NS = 1_795_489_200 * SECOND_NS

Kind = TypeVar("Kind")


def dec(text: str | int) -> Decimal:
    return Decimal(text)


BTC = Market(
    code="KRW-BTC",
    tick=dec(1000),
    bands=(TickBand(dec(1_000_000), dec(1000)), TickBand(dec(500_000), dec(500)), TickBand(dec(1), dec("0.01"))),
    min_total=dec(5000),
    max_total=dec(1_000_000_000),
    bid_fee=dec("0.0005"),
    ask_fee=dec("0.0005"),
    maker_bid_fee=dec("0.0005"),
    maker_ask_fee=dec("0.0005"),
)


class Recorder(Strategy):
    """Writes down what it is told, and acts only when a test tells it to."""

    def __init__(self) -> None:
        super().__init__(Strategy.Params())
        self.heard: list[object] = []
        self.on_next: Callable[[Context], None] | None = None
        self.each_rejection: Callable[[Context], object] | None = None
        self.started = 0
        self.ended = 0

    def needs(self) -> Needs:
        return Needs(markets=("KRW-BTC",))

    def on_start(self, ctx: Context) -> None:
        self.started += 1

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        self._act(ctx)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.heard.append(candle)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.heard.append(fill)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self.heard.append(event)
        if self.each_rejection:
            self.each_rejection(ctx)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        self.heard.append(timer)
        self._act(ctx)

    def on_stop(self, ctx: Context) -> None:
        self.ended += 1

    def _act(self, ctx: Context) -> None:
        if self.on_next:
            act, self.on_next = self.on_next, None
            act(ctx)


class Stage:
    """A brain with a clock a test can move, and everything it sent or wrote."""

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        limits: RiskLimits | None = None,
        krw: str | int = 10_000_000,
        btc: str | int = 0,
        market: Market = BTC,
        open_now: bool = True,
        candle_units_s: Sequence[int] = (60,),
        seed: Sequence[Candle] = (),
        cancel_recovered: bool = False,
        needs_private: bool = True,
        now_ns: int = NOON_NS,
    ) -> None:
        self.strategy = strategy or Recorder()
        self.now_ns = now_ns
        self.krw, self.btc = dec(krw), dec(btc)
        self.market = market
        self.sent: list[Command] = []
        self.notes: list[Note] = []
        self.brain = Brain(
            self.strategy,
            [market.code],
            limits=limits or RiskLimits(),
            id_prefix="hg-test-",
            now_ns=self.now_ns,
            candle_units_s=candle_units_s,
            cancel_recovered=cancel_recovered,
            needs_private=needs_private,
        )
        self.brain.seed_candles(seed)
        self.first = self.brain.start()
        self.sequence = 0
        if open_now:
            self.open()

    @property
    def recorder(self) -> Recorder:
        assert isinstance(self.strategy, Recorder)
        return self.strategy

    def handle(self, event: Event) -> list[Command]:
        new = self.brain.handle(event)
        self.sent += new
        self.notes += self.brain.take_notes()
        return new

    def open(self, *, private: bool = True) -> None:
        """Answer everything the gate waits for, and show a first book and trade."""
        self.handle(MarketReported(market=self.market, received_ns=self.now_ns))
        self.handle(self.accounts())
        self.handle(OpenOrdersReported(reports=(), asked_ns=self.now_ns, received_ns=self.now_ns))
        self.handle(FeedUp(stream=Stream.PUBLIC, received_ns=self.now_ns))
        if private:
            self.handle(FeedUp(stream=Stream.PRIVATE, received_ns=self.now_ns))
        self.book("100_000_000", "100_010_000")
        self.trade("100_000_000")

    def accounts(self, krw: str | int | None = None, btc: str | int | None = None) -> AccountsReported:
        balances = [
            Balance(currency="KRW", free=self.krw if krw is None else dec(krw), locked=dec(0)),
            Balance(currency="BTC", free=self.btc if btc is None else dec(btc), locked=dec(0)),
        ]
        return AccountsReported(balances=tuple(balances), asked_ns=self.now_ns, received_ns=self.now_ns)

    def compare(self, balances: AccountsReported) -> list[Command]:
        """Have these balances judged: a list of open orders, as the brain knows them, comes after them."""
        new = self.handle(balances)
        known = [order for order in self.brain.open_orders if order.state in {OrderState.WORKING, OrderState.PARTIAL}]
        reports = [self.report(order.order_id, executed=plain(order.executed_volume)) for order in known]
        return new + self.handle(self.listing(*reports))

    def listing(self, *reports: OrderReport) -> OpenOrdersReported:
        return OpenOrdersReported(reports=reports, asked_ns=self.now_ns, received_ns=self.now_ns)

    def wait(self, seconds: float) -> list[Command]:
        """Let time pass, waking the brain at each of its deadlines; returns what it sent meanwhile."""
        until_ns, new = self.now_ns + int(seconds * SECOND_NS), []
        while (due_ns := self.brain.next_deadline_ns) is not None and due_ns <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            new += self.handle(TimerFired(name="", due_ns=due_ns, received_ns=self.now_ns))
        self.now_ns = until_ns
        return new + self.handle(TimerFired(name="", due_ns=until_ns, received_ns=until_ns))

    def trade(self, price: str | int, volume: str | int = "0.01", ask_bid: AskBid = AskBid.BID) -> list[Command]:
        self.sequence += 1
        at_ms = self.now_ns // 1_000_000
        return self.handle(
            Trade(
                market=self.market.code,
                price=dec(price),
                volume=dec(volume),
                ask_bid=ask_bid,
                trade_timestamp_ms=at_ms,
                timestamp_ms=at_ms,
                sequential_id=self.sequence,
                received_ns=self.now_ns,
            )
        )

    def book(self, bid: str, ask: str, bid_size: str = "1", ask_size: str = "1") -> list[Command]:
        unit = BookUnit(ask_price=dec(ask), bid_price=dec(bid), ask_size=dec(ask_size), bid_size=dec(bid_size))
        return self.handle(
            Orderbook(
                market=self.market.code,
                timestamp_ms=self.now_ns // 1_000_000,
                total_ask_size=dec(ask_size),
                total_bid_size=dec(bid_size),
                unread=(unit,),
                received_ns=self.now_ns,
            )
        )

    def ticker(self, price: str, *, opening: str, high: str, low: str) -> list[Command]:
        at_ms = self.now_ns // 1_000_000
        return self.handle(
            Ticker(
                market=self.market.code,
                price=dec(price),
                opening_price=dec(opening),
                high_price=dec(high),
                low_price=dec(low),
                prev_closing_price=dec(opening),
                signed_change_rate=dec(0),
                volume=dec(1),
                ask_bid=AskBid.BID,
                acc_trade_price_24h=dec(1),
                acc_trade_volume_24h=dec(1),
                trade_timestamp_ms=at_ms,
                timestamp_ms=at_ms,
                received_ns=self.now_ns,
            )
        )

    def act(self, act: Callable[[Context], OrderId]) -> tuple[OrderId, list[Command]]:
        """Have the recorder ask for an order inside a turn of its own."""
        made: list[OrderId] = []
        self.recorder.on_next = lambda ctx: made.append(act(ctx))
        sent = self.trade(plain(self.brain.last_price(self.market.code) or dec(100_000_000)))
        return made[0], sent

    def do(self, act: Callable[[Context], None]) -> list[Command]:
        """Have the recorder do something other than order inside a turn of its own."""
        self.recorder.on_next = act
        return self.trade(plain(self.brain.last_price(self.market.code) or dec(100_000_000)))

    def buy(self, price: str | int = 99_000_000, volume: str = "0.01") -> OrderId:
        return self.act(lambda ctx: ctx.limit_buy("KRW-BTC", dec(price), dec(volume)))[0]

    def order(self, order_id: OrderId) -> Order:
        return self.brain.orders[order_id]

    def accept(self, order_id: OrderId) -> list[Command]:
        report = self.report(order_id)
        return self.handle(OrderAccepted(order_id=order_id, report=report, received_ns=self.now_ns))

    def update(self, order_id: OrderId, state: OrderStateSeen, executed: str = "0") -> list[Command]:
        return self.handle(OrderUpdated(report=self.report(order_id, state, executed), received_ns=self.now_ns))

    def fill(self, order_id: OrderId, trade_id: str, volume: str, price: str | int | None = None) -> list[Command]:
        return self.handle(self.fill_event(order_id, trade_id, volume, price))

    def fill_event(self, order_id: OrderId, trade_id: str, volume: str, price: str | int | None = None) -> Fill:
        intent = self.order(order_id).intent
        paid = dec(price) if price is not None else intent.price or dec(100_000_000)
        return Fill(
            trade_id=trade_id,
            venue_id=venue_id(order_id),
            order_id=order_id,
            market=intent.market,
            side=intent.side,
            price=paid,
            volume=dec(volume),
            fee=paid * dec(volume) * dec("0.0005"),
            received_ns=self.now_ns,
        )

    def answer(self, order_id: OrderId, report: OrderReport | None) -> list[Command]:
        event = OrderReported(order_id=order_id, report=report, asked_ns=self.now_ns, received_ns=self.now_ns)
        return self.handle(event)

    def report(
        self,
        order_id: OrderId,
        state: OrderStateSeen = OrderStateSeen.WAIT,
        executed: str = "0",
        fills: tuple[Fill, ...] | None = None,
    ) -> OrderReport:
        return report_of(self.order(order_id).intent, state, executed, fills)

    def heard(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.recorder.heard if isinstance(event, kind)]

    def noted(self, event: str) -> list[Note]:
        return [note for note in self.notes if note.event == event]

    def place_orders(self) -> list[PlaceOrder]:
        return [command for command in self.sent if isinstance(command, PlaceOrder)]


def venue_id(order_id: OrderId) -> VenueOrderId:
    return VenueOrderId(f"uuid-of-{order_id}")


def report_of(
    intent: PlaceOrder, state: OrderStateSeen, executed: str = "0", fills: tuple[Fill, ...] | None = None
) -> OrderReport:
    left = None if intent.volume is None else intent.volume - dec(executed)
    fee = None if fills is None else sum((fill.price * fill.volume * dec("0.0005") for fill in fills), dec(0))
    return OrderReport(
        venue_id=venue_id(intent.order_id),
        order_id=intent.order_id,
        market=intent.market,
        side=intent.side,
        kind=intent.kind,
        state=state,
        price=intent.price,
        volume=intent.volume,
        remaining_volume=left,
        executed_volume=dec(executed),
        paid_fee=fee,
        trades=None
        if fills is None
        else tuple(msgspec.structs.replace(fill, fee=None, order_id=None) for fill in fills),
    )


def stranger(name: str, *, side: Side = Side.BUY, locked: str = "0", order_id: str | None = None) -> OrderReport:
    return OrderReport(
        venue_id=VenueOrderId(name),
        order_id=OrderId(order_id) if order_id else None,
        market="KRW-BTC",
        side=side,
        kind=OrderKind.LIMIT,
        state=OrderStateSeen.WAIT,
        locked=dec(locked),
    )
