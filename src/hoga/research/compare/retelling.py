"""A run once more as a backtest: the same news at the same moments, the exchange of docs/fills.md instead of the venue.

The brain hears exactly the market news it handled then, in that order; feeds that came and went, pauses and the halt
come at their moments, too. What the venue answered does not: orders go to our matching, which sees all that is on the
tape. So whatever comes out otherwise is the venue's doing, or that of the way to it.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from hoga.brain.brain import Brain
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import Command, PlaceOrder
from hoga.model.events import (
    Event,
    FeedDown,
    FeedStale,
    FeedUp,
    Halt,
    Kill,
    MarketEvent,
    Orderbook,
    Pause,
    Resume,
    StreamType,
    Trade,
)
from hoga.model.money import ZERO
from hoga.research.compare.kept import CompareError, KeptRun, Refusal
from hoga.research.compare.orders import Done, done_of
from hoga.research.engine.loop import Loop
from hoga.research.engine.prints import MS_NS
from hoga.research.engine.recording import EquityCurve
from hoga.research.engine.strategy_file import find_strategy
from hoga.simulator.direct.exchange import ACCOUNT, DirectExchange
from hoga.simulator.direct.models import Models
from hoga.store.newsreel import Reel
from hoga.upbit.stream.frames import decode_frame

#: Heard as it was, whatever the orders do.
AS_IT_WAS = (FeedUp, FeedDown, FeedStale, Halt, Pause, Resume, Kill)
#: A refusal meets the order that is decided this much earlier or later than the one that was refused.
NEAR_NS = 2_000_000_000
#: Trades of one market remembered because a reconnect may tell them again.
REMEMBERED = 10_000


class Measured:
    """The latency of the run: half of the round trip that was measured nearest in time."""

    def __init__(self, round_trips: Sequence[tuple[int, int]]) -> None:
        trips = sorted(round_trips)
        self._at_ns = [at_ns for at_ns, _ in trips]
        self._one_way_ns = [max(trip_ns, 0) // 2 for _, trip_ns in trips]
        self._last_ns = 0

    def arrival_ns(self, sent_ns: int) -> int:
        """When a message sent at `sent_ns` is there; none overtakes another."""
        place = bisect_left(self._at_ns, sent_ns)
        near = [each for each in (place - 1, place) if 0 <= each < len(self._at_ns)]
        nearest = min(near, key=lambda each: abs(self._at_ns[each] - sent_ns))
        self._last_ns = max(self._last_ns, sent_ns + self._one_way_ns[nearest])
        return self._last_ns


class Retelling(Loop):
    """One way the run might have gone."""

    def __init__(self, run: KeptRun, models: Models, *, measured: bool, refusals: Collection[Refusal]) -> None:
        made = run.made
        strategy = find_strategy(made.strategy, made.params, made.markets)
        needs = strategy.needs()
        if missing := [code for code in needs.markets if code not in run.markets]:
            raise CompareError(f"The run never heard the rules of {', '.join(missing)}.")
        brain = Brain(
            strategy,
            needs.markets,
            limits=RiskLimits.read(made.risk, where="risk"),
            id_prefix=run.began.id_prefix,
            now_ns=made.now_ns,
            reconcile_every_s=made.reconcile_every_s,
            candle_units_s=made.candle_units_s,
        )
        brain.money.account = made.account
        brain.seed_candles(made.history)
        exchange = DirectExchange(
            run.markets,
            {one.currency: one.free for one in run.starting.values()},
            models,
            avg_buy_prices={one.currency: one.avg_buy_price or ZERO for one in run.starting.values()},
        )
        if measured and run.round_trips:
            exchange.there, exchange.back = Measured(run.round_trips), Measured(run.round_trips)
        curve = EquityCurve(brain.portfolio, "KRW", made.now_ns // MS_NS, run.end_ns // MS_NS)
        super().__init__(brain, exchange, strategy, (), curve, {})
        self._run = run
        self._refusals = deque(sorted(refusals, key=lambda one: one.decided_ns))
        self._frames: deque[MarketEvent] = deque()
        self._seen: dict[str, deque[int]] = {}

    def play(self) -> None:
        """From the start to the last thing that is known."""
        self._send(self.brain.start(), self._run.made.now_ns)
        now_ns = self._run.made.now_ns
        for event in self._news():
            if self.brain.stopped:
                break
            now_ns = max(now_ns, event.received_ns)
            self._let_pass(now_ns)
            self.events += 1
            self.deliver(event)
        self._let_pass(max(now_ns, self._run.end_ns))

    @property
    def done(self) -> list[Done]:
        """Every order, in the order in which they were decided."""
        return [done_of(order) for order in self.orders.values()]

    @property
    def ending(self) -> Mapping[str, Decimal]:
        """What is owned in the end, by currency."""
        return {one.currency: one.free + one.locked for one in self.exchange.core.balances(ACCOUNT)}

    # ------------------------------------------------ inside

    def _news(self) -> Iterator[Event]:
        """What the brain hears, in the order of the numbers it had."""
        others = deque(sorted(item for item in self._run.told.items() if isinstance(item[1], AS_IT_WAS)))
        for row, event in Reel(self._run.paths, decode_frame, self._frames.append):
            while others and others[0][0] < row.number:
                yield others.popleft()[1]
            if event is not None:
                yield event
        yield from (event for _, event in others)

    def _let_pass(self, until_ns: int) -> None:
        """The exchange sees everything that came until then, and what follows of it is heard."""
        frames = self._frames
        while frames and frames[0].received_ns <= until_ns:
            event = frames.popleft()
            at_ns = event.received_ns
            self.pass_time(at_ns)
            if isinstance(event, Trade):
                if event.stream_type == StreamType.REALTIME and self._is_new(event):
                    self.exchange.see_trade(event, at_ns)
            elif isinstance(event, Orderbook) and not event.level:
                self.exchange.see_book(event, at_ns)
            self.pass_time(at_ns)
        self.pass_time(until_ns)

    def _is_new(self, trade: Trade) -> bool:
        seen = self._seen.setdefault(trade.market, deque(maxlen=REMEMBERED))
        if trade.sequential_id in seen:
            return False
        seen.append(trade.sequential_id)
        return True

    def after(self, commands: Sequence[Command], now_ns: int) -> None:
        """Send at the brain's time, which news that is told late does not turn back."""
        super().after(commands, max(now_ns, self.brain.context.now_ns))

    def _send(self, commands: Sequence[Command], now_ns: int) -> None:
        for command in commands:
            if isinstance(command, PlaceOrder) and (refusal := self._refusal_for(command, now_ns)) is not None:
                self.exchange.refusals[command.order_id] = replace(refusal.answer, order_id=command.order_id)
        super()._send(commands, now_ns)

    def _refusal_for(self, order: PlaceOrder, now_ns: int) -> Refusal | None:
        """The refusal that met this order in the run, if one did; each is used once."""
        for refusal in self._refusals:
            asked = refusal.intent
            is_alike = (asked.market, asked.side, asked.kind) == (order.market, order.side, order.kind)
            if is_alike and abs(refusal.decided_ns - now_ns) <= NEAR_NS:
                self._refusals.remove(refusal)
                return refusal
        return None
