"""The exchange in this process: the public feed on one side, the bot on the other, one order of events between them.

What is due happens in the order of its time, however late this process gets to it: the account's news and the brain's
timers before each piece of market news, as in a backtest. So a paper run can be repeated to the order.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from hoga.brain.brain import Brain
from hoga.model.commands import Command, OrderId, PlaceOrder, QueryOrder
from hoga.model.errors import WireError
from hoga.model.events import (
    AccountEvent,
    MarketEvent,
    Orderbook,
    OrderReport,
    OrderReported,
    StreamType,
    TimerFired,
    Trade,
)
from hoga.run.alarm import Alarm
from hoga.simulator.direct.exchange import NEVER_NS, DirectExchange


class PaperVenue:
    """Drives a `DirectExchange` by the wall clock.

    `ended` are orders of earlier runs, which ended with them. `tell` takes what the brain hears and `brain` is whose
    timers are kept; both are set before anything happens.
    """

    def __init__(
        self, exchange: DirectExchange, clock_ns: Callable[[], int], ended: Mapping[OrderId, OrderReport]
    ) -> None:
        self.exchange = exchange
        self.tell: Callable[[AccountEvent], None]
        self.brain: Brain | None = None
        self._clock_ns = clock_ns
        self._ended = ended
        self._now_ns = 0
        self._alarm = Alarm(self._ring, clock_ns)

    # -------------------------------------------------- the bot's side

    def take(self, command: Command) -> None:
        """A command leaves. What counts is when it was decided: the latency assumed has what our own work takes."""
        now_ns = max(self._now_ns, self._decided_ns(command))
        if isinstance(command, QueryOrder) and (report := self._ended.get(command.order_id)) is not None:
            answer = OrderReported(order_id=command.order_id, report=report, asked_ns=now_ns, received_ns=now_ns)
            self.tell(answer)
            return
        earliest_ns = self._now_ns - self.exchange.models.latency_ns  # nothing arrives in the past
        self.exchange.send((command,), max(self._decided_ns(command), earliest_ns))
        self._set_alarm()

    def answer_at_once(self, command: Command) -> Sequence[AccountEvent]:
        """Act on a command without any latency, for whoever asks outside the brain."""
        self._now_ns = max(self._now_ns, self._clock_ns())
        return self.exchange.act_now(command, self._now_ns)

    # -------------------------------------------------- the feed's side

    def see(self, event: MarketEvent) -> None:
        """The market outside has moved. Trades of before the subscription (snapshots) fill nothing."""
        now_ns = self._now_ns = max(self._now_ns, event.received_ns)
        if isinstance(event, Trade):
            if event.stream_type == StreamType.REALTIME:
                self.exchange.see_trade(event, now_ns)
        elif isinstance(event, Orderbook) and not event.level:
            with suppress(WireError):  # a book that cannot be read says nothing
                self.exchange.see_book(event, now_ns)
        self.pass_time(now_ns, may_ring=False)

    def pass_time(self, until_ns: int, *, may_ring: bool) -> None:
        """Let everything happen that is due by then; the brain's timers only with `may_ring`."""
        exchange = self.exchange
        while True:
            due_ns, alarm_ns = exchange.next_ns, self._deadline_ns() if may_ring else NEVER_NS
            if min(due_ns, alarm_ns) > until_ns:
                break
            if alarm_ns < due_ns:
                self._now_ns = max(self._now_ns, alarm_ns)
                self.tell(TimerFired(name="", due_ns=alarm_ns, received_ns=alarm_ns))
                may_ring = self._deadline_ns() > alarm_ns  # else nobody has read it yet
            else:
                self._now_ns = max(self._now_ns, due_ns)
                if (news := exchange.hear(due_ns)) is not None:
                    self.tell(news)  # type: ignore[arg-type]  # nothing public is told here: `shows_own` is off
        self._now_ns = max(self._now_ns, until_ns)
        self._set_alarm()

    def has_rung(self, due_ns: int) -> bool:
        """Tell whether the brain has been told of a timer and waits for a later one, or none."""
        return self._deadline_ns() > due_ns

    def end(self) -> None:
        """Nothing more happens by itself."""
        self._alarm.set(None)

    # -------------------------------------------------- inside

    def _ring(self, due_ns: int) -> None:
        self.pass_time(max(due_ns, self._clock_ns()), may_ring=False)

    def _set_alarm(self) -> None:
        next_ns = self.exchange.next_ns
        due_ns = None if next_ns == NEVER_NS else next_ns
        if due_ns != self._alarm.due_ns:
            self._alarm.set(due_ns)

    def _deadline_ns(self) -> int:
        return NEVER_NS if self.brain is None else self.brain.next_deadline_ns or NEVER_NS

    def _decided_ns(self, command: Command) -> int:
        if self.brain is None:
            return self._clock_ns()
        if isinstance(command, PlaceOrder):
            order = self.brain.orders.get(command.order_id)
            if order is not None and order.attempts <= 1:  # it may have waited for the journal since
                return order.created_ns
        return self.brain.context.now_ns
