"""The backtest's loop: one exchange, one brain, and the market's news in the order of time.

At one moment the exchange sees the news first, then the brain hears what is due (fills, answers, timers), then the
news. What it decides arrives at the exchange one latency later. Nothing is handed over before its time.
"""

from collections.abc import Sequence
from decimal import Decimal

from hoga.brain.brain import Brain
from hoga.brain.strategy import Strategy
from hoga.model.commands import Command, OrderId, PlaceOrder, Side
from hoga.model.errors import HogaError
from hoga.model.events import (
    Event,
    FeedUp,
    Fill,
    Halt,
    Orderbook,
    OrderRejected,
    Stream as Socket,
    TimerFired,
    Trade,
)
from hoga.model.orders import Order
from hoga.research.engine.prints import MS_NS, NEVER_NS, Print, Stream
from hoga.research.engine.quick import QuickTrades
from hoga.research.engine.quick_bars import QuickBars
from hoga.research.engine.recording import EquityCurve
from hoga.research.engine.tickers import TickerMaker
from hoga.simulator.direct.exchange import DirectExchange

#: Pieces of news at one moment; more means that a strategy answers each answer with an order, without end.
MAX_AT_ONCE = 10_000
#: How long a strategy's last orders may take to be cancelled.
PATIENCE_NS = 60_000_000_000


class SpinError(HogaError):
    """A strategy goes round in a circle while time stands still."""


class Loop:
    """Runs one brain over the streams of its markets. `lead_ns` before the first news the brain is started."""

    def __init__(
        self,
        brain: Brain,
        exchange: DirectExchange,
        strategy: Strategy,
        streams: Sequence[Stream],
        curve: EquityCurve,
        tickers: dict[str, TickerMaker],
    ) -> None:
        self.brain = brain
        self.exchange = exchange
        self.curve = curve
        self.streams = list(streams)
        self.orders: dict[OrderId, Order] = {}
        self.fills: list[Fill] = []
        self.refused: dict[str, int] = {}
        self.first_prices: dict[str, Decimal] = {}
        self.last_prices: dict[str, Decimal] = {}
        self.quick: dict[int, QuickTrades | QuickBars] = {}
        self.events = 0
        self.halted = ""
        self.tickers = tickers
        wanted = strategy.needs().streams
        self._tells_trades, self._tells_books = "trade" in wanted, "orderbook" in wanted
        self._at_once = 0
        self._moment_ns = 0

    # ------------------------------------------------ the run

    def start(self, now_ns: int) -> None:
        """Ask for rules, balances and open orders; the answers open the gate."""
        self._send(self.brain.start(), now_ns)
        self.deliver(FeedUp(stream=Socket.PUBLIC, received_ns=now_ns))

    def run(self, end_ns: int) -> None:
        """Let everything happen until `end_ns`."""
        streams = self.streams
        while streams and not self.brain.stopped:
            stream = streams[0] if len(streams) == 1 else min(streams, key=_due_ns)
            at_ns = stream.next_ns
            if at_ns >= end_ns:
                break
            if at_ns // MS_NS >= self.curve.next_ms:
                self.pass_time(self.curve.next_ms * MS_NS)
                self.curve.see(at_ns // MS_NS)
            self.pass_time(at_ns)
            if self.quick and self._go_quickly(stream, end_ns):
                continue
            news = stream.take()
            self.events += 1
            if isinstance(news, Print):
                self.see_print(news, at_ns)
            else:
                self.see_book(news, at_ns)
        self.pass_time(end_ns - 1)
        self.halted = self.brain.reason
        self.curve.end(end_ns // MS_NS)

    def _go_quickly(self, stream: Stream, end_ns: int) -> int:
        """Let pass what touches nobody; how many prints did. The first of a market takes the plain road."""
        quick = self.quick.get(id(stream))
        if quick is None or quick.code not in self.last_prices:
            return 0
        others_ns = min((other.next_ns for other in self.streams if other is not stream), default=NEVER_NS)
        count = quick.advance(self, min(self.curve.next_ms * MS_NS, end_ns), others_ns)
        if count:
            self.events += count
            self.last_prices[quick.code] = quick.last_price
        return count

    def stop(self, end_ns: int) -> None:
        """The data has ended: cancel what is open, as at any other stop."""
        if self.brain.stopped:
            return
        self.deliver(Halt(reason="the data has ended", received_ns=end_ns))
        while not self.brain.stopped and self._next_ns() <= end_ns + PATIENCE_NS:
            self.pass_time(self._next_ns())

    def pass_time(self, until_ns: int) -> None:
        """Answers, fills and timers that are due."""
        exchange, brain = self.exchange, self.brain
        while True:
            due_ns, alarm_ns = exchange.next_ns, brain.next_deadline_ns or NEVER_NS
            if min(due_ns, alarm_ns) > until_ns:
                return
            if alarm_ns < due_ns:
                self.deliver(TimerFired(name="", due_ns=alarm_ns, received_ns=alarm_ns))
            elif (news := exchange.hear(due_ns)) is not None:
                self.deliver(news)

    # ------------------------------------------------ the market

    def see_print(self, news: Print, at_ns: int) -> None:
        """One trade of the market."""
        trade = news.trade
        self.last_prices[trade.market] = trade.price
        self.first_prices.setdefault(trade.market, trade.price)
        if news.fills == trade.volume:
            self.exchange.see_trade(trade, at_ns)
        else:
            self.exchange.see_trade(_with_volume(trade, news), at_ns)
        if news.book is not None:
            self.exchange.see_made_book(news.book, at_ns)
        self.pass_time(at_ns)
        if news.book is not None and self._tells_books:
            self.deliver(news.book)
        if self._tells_trades:
            self.deliver(trade)
        if (maker := self.tickers.get(trade.market)) is not None:
            self.deliver(maker.make(trade))

    def see_book(self, book: Orderbook, at_ns: int) -> None:
        """A recorded book."""
        self.exchange.see_book(book, at_ns)
        self.pass_time(at_ns)
        if self._tells_books:
            self.deliver(book)

    def leans(self, code: str) -> tuple[bool, bool]:
        """Whether a buy of ours is open in a market, and whether coins of it are held."""
        has_buys = any(order.market == code and order.side is Side.BUY for order in self.brain.open_orders)
        return has_buys, self.brain.portfolio.position(code) > 0

    # ------------------------------------------------ the brain

    def deliver(self, event: Event) -> None:
        """Tell the brain, and send what it wants."""
        if event.received_ns != self._moment_ns:
            self._moment_ns, self._at_once = event.received_ns, 0
        self._at_once += 1
        if self._at_once > MAX_AT_ONCE:
            raise SpinError(
                f"The strategy has had {MAX_AT_ONCE:,} pieces of news at one moment and goes on; does it answer every"
                " refusal with another order?"
            )
        if isinstance(event, Fill):
            self.fills.append(event)
        elif isinstance(event, OrderRejected):
            self._count(event.reason.value)
        self.after(self.brain.handle(event), event.received_ns)

    def after(self, commands: Sequence[Command], now_ns: int) -> None:
        """Send what the brain wants, and count what it refused itself."""
        for note in self.brain.take_notes():
            if note.event == "order_refused":
                self._count(str(note.fields.get("code")))
        if commands:
            self._send(commands, now_ns)

    def _send(self, commands: Sequence[Command], now_ns: int) -> None:
        for command in commands:
            if isinstance(command, PlaceOrder):
                self.orders[command.order_id] = self.brain.orders[command.order_id]
        self.exchange.send(commands, now_ns)
        if self.exchange.next_ns <= now_ns:
            self.pass_time(now_ns)

    def _count(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def _next_ns(self) -> int:
        return min(self.exchange.next_ns, self.brain.next_deadline_ns or NEVER_NS)


def _due_ns(stream: Stream) -> int:
    return stream.next_ns


def _with_volume(trade: Trade, news: Print) -> Trade:
    return Trade(
        market=trade.market,
        price=trade.price,
        volume=news.fills,
        ask_bid=trade.ask_bid,
        trade_timestamp_ms=trade.trade_timestamp_ms,
        timestamp_ms=trade.timestamp_ms,
        sequential_id=trade.sequential_id,
    )
