"""A bot at work: Sensor, Actuator and Brain as independent tasks with nothing but queues between them.

A broad `except` stands in two places. In `Desk._decide`: a strategy that raises, or is stopped because its time is
over, halts trading, cancels what is open and ends the process, like any other Halt. In `Desk._read`: a bug of our own
ends the run too, and what is open is cancelled without the brain. The inbox calls the brain from within the call that
puts an event, so that no event has to wait for its turn in the loop.
"""

import asyncio
import traceback
from collections.abc import Callable, Sequence

from hoga.brain.brain import Brain
from hoga.brain.strategy import Strategy
from hoga.model.commands import Command, OrderId, PlaceOrder, Stop
from hoga.model.errors import HogaError
from hoga.model.events import Event, Halt, Pause, RejectReason, TimerFired, refused
from hoga.model.recovered import MoneyMemory
from hoga.net.actuator import Actuator
from hoga.net.inbox import Inbox
from hoga.net.sensor import Sensor
from hoga.run.alarm import Alarm
from hoga.run.last_resort import cancel_without_brain
from hoga.run.overruns import StrategyOverran
from hoga.run.screen.logs import Log
from hoga.run.settings.durations import kst
from hoga.run.state.bookkeeping import MARKET_NEWS, Bookkeeping, Taping, end_of, record_of
from hoga.run.wiring import KEPT_FOR_CANCELS, MAX_COMMANDS
from hoga.store.records import EventHandled, MoneyNoted, StrategyFailed
from hoga.upbit.limits.limiter import RateLimiter

EVENTS_IN_A_ROW = 32  # handled before the sockets get a turn
TIME_IN_A_ROW_NS = 25_000_000  # likewise, where a strategy thinks long

#: After the last command, answers that are still out are waited for so long: by then they change nothing any more.
LAST_ANSWERS_S = 1.0


class Desk:
    """One bot, wired. `run` returns when the brain has stopped; `halt` asks it to."""

    def __init__(
        self,
        *,
        strategy: Strategy,
        brain: Brain,
        inbox: Inbox,
        commands: asyncio.Queue[Command],
        sensor: Sensor,
        actuator: Actuator,
        limiter: RateLimiter,
        log: Log,
        clock_ns: Callable[[], int],
    ) -> None:
        self.strategy = strategy
        self.brain = brain
        self.inbox = inbox
        self.commands = commands
        self.sensor = sensor
        self.actuator = actuator
        self.limiter = limiter
        self.log = log
        self.on_note: Callable[[str], None] | None = None
        self.clock_ns = clock_ns
        self.started_ns = clock_ns()
        self.failure: str | None = None
        self.books: Bookkeeping | None = None
        self.taping: Taping | None = None
        self.handled = 0
        self.turns = 0  # odd while the brain is at work, for whoever watches that it comes back
        self._money: MoneyMemory | None = None
        self.halts = 0
        self.outgrown = False  # halted because it held too much memory
        self.left_open: tuple[OrderId, ...] = ()
        self._thinking: asyncio.Future[Exception | None]
        self._alarm = Alarm(self._ring, clock_ns)
        self._closing: asyncio.Task[None] | None = None
        self._stopping = False

    async def run(self) -> None:
        """Trade until stopped. If any part dies, all stop and the reason surfaces."""
        if self.books is not None:
            self.books.begin(release=self._release, refuse=self._refuse, failed=self._journal_failed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="sensor")
            tasks.create_task(self.actuator.run(), name="actuator")
            if bug := await self._think():
                await self._end_without_brain(bug)
            self.sensor.stop()
        end = self.brain.summary()
        self.failure = self.failure or end.fault or None
        if not bug:
            self.left_open = end.left_open
            if self.books is not None:
                self.books.note(end_of(end, self.brain.orders, self.clock_ns()))
        self._alarm.set(None)

    async def _listen(self) -> None:
        """Hear the venue. If that ends in a fault, what is open is cancelled by REST before the bot ends."""
        try:
            await self.sensor.run()
        except HogaError as fault:
            self.failure = f"{type(fault).__name__}: {fault}"
            self.log("sensor_died", level="error", reason=self.failure)
            self.halt("the sensor has died")

    def halt(self, reason: str) -> None:
        """Cancel what is open and stop; asking again shortens the deadlines."""
        self.halts += 1
        self.log("halt_asked", level="warning", reason=reason, times=self.halts)
        self.inbox.put_first(Halt(reason=reason, received_ns=self.clock_ns()))

    async def _think(self) -> Exception | None:
        """Let the inbox call the brain for whatever comes until it has stopped; the answer is the bug that ended it."""
        self._thinking = asyncio.get_running_loop().create_future()
        self._act(self.brain.start())
        self.inbox.read_with(self._read)
        try:
            return await self._thinking
        finally:
            self.inbox.release_reader()

    async def _end_without_brain(self, bug: Exception) -> None:
        """Our own bug: nothing new leaves, what waited to leave does not, and what is open is cancelled."""
        self.failure = "".join(traceback.format_exception(bug, limit=20))
        self.log("hoga_failed", level="error", traceback=self.failure)
        self._stopping = True
        self._alarm.set(None)
        self.left_open = await cancel_without_brain(self.actuator, self.commands, self.brain.orders)
        self._send(Stop())

    def _read(self) -> bool:
        """Handle what is unread, but not more than a handful: the inbox calls again when the sockets had their turn.

        True says that it took long, and nobody may call before that.
        """
        try:
            until_ns = self.clock_ns() + TIME_IN_A_ROW_NS
            for _ in range(EVENTS_IN_A_ROW):
                event = self.inbox.get_nowait()
                if event is None:
                    return False
                self._handle(event)
                if self.brain.stopped:
                    self._end_thinking(None)
                    return False
                if self.clock_ns() > until_ns:
                    return True
        except Exception as bug:  # noqa: BLE001 - whoever brought the event is not to blame, and must carry the cancels
            self._end_thinking(bug)
        return False

    def _handle(self, event: Event) -> None:
        self.handled += 1
        self._record(event)
        self._act(self._decide(event))
        self._remember()
        self._note(event)

    def _end_thinking(self, bug: Exception | None) -> None:
        self.inbox.release_reader()
        if not self._thinking.done():
            self._thinking.set_result(bug)

    def _decide(self, event: Event) -> Sequence[Command]:
        try:
            self.turns += 1
            try:
                return self.brain.handle(event)
            finally:
                self.turns += 1
        except (Exception, StrategyOverran) as bug:  # noqa: BLE001 - whatever it is, what is open must be cancelled
            self.failure = traceback.format_exc(limit=20)
            self.log("strategy_failed", level="error", traceback=self.failure)
            now_ns, overran = self.clock_ns(), isinstance(bug, StrategyOverran)
            if self.books is not None:
                self.books.note(StrategyFailed(number=self.handled, error=self.failure, at_ns=now_ns, overran=overran))
            return self.brain.strategy_failed(self.failure, now_ns)

    def _record(self, event: Event) -> None:
        """Market news is on the tape, where only the number is added; everything else goes into the journal whole."""
        if isinstance(event, MARKET_NEWS):
            if self.taping is not None:
                self.taping.handled(self.handled, event)
        elif self.books is not None:
            self.books.note(EventHandled(number=self.handled, event=event))

    def _act(self, decided: Sequence[Command]) -> None:
        if decided:
            if self.books is not None:
                decided = self.books.decided(self.handled, decided)
            for command in decided:
                self._send(command)
        if self.brain.next_deadline_ns != self._alarm.due_ns:
            self._alarm.set(self.brain.next_deadline_ns)

    def _send(self, command: Command) -> None:
        if isinstance(command, PlaceOrder) and self.commands.qsize() >= MAX_COMMANDS - KEPT_FOR_CANCELS:
            full = "the command queue is full"
            self.inbox.put_first(refused(command, RejectReason.QUEUE_FULL, full, self.clock_ns()))
            return
        self.commands.put_nowait(command)
        if isinstance(command, Stop):
            self._stopping = True
            asyncio.get_running_loop().call_later(LAST_ANSWERS_S, self._cut_short)

    def _release(self, order: PlaceOrder) -> None:
        """An order is written down: it may leave, unless the last command has left before it."""
        if self._stopping:
            self._refuse(order, "the run had ended when it was written down")
        else:
            self._send(order)

    def _refuse(self, order: PlaceOrder, why: str) -> None:
        detail = f"not sent, for it is not in the journal: {why}"
        self.inbox.put_first(refused(order, RejectReason.NOT_SENT, detail, self.clock_ns()))

    def _journal_failed(self, why: str) -> None:
        """Place nothing new on a disk that refuses; cancels, questions and the way to a stop go on."""
        self.log("journal_failed", level="error", why=why)
        self.inbox.put_first(Pause(reason=f"the journal failed: {why}", received_ns=self.clock_ns()))

    def _cut_short(self) -> None:
        if not self.brain.stopped:
            self._closing = asyncio.create_task(self.actuator.close())

    def _ring(self, due_ns: int) -> None:
        self.inbox.put_first(TimerFired(name="", due_ns=due_ns, received_ns=max(due_ns, self.clock_ns())))

    def _remember(self) -> None:
        """Write down what the limits over a day and over all days go by, where it is new."""
        if self.books is None or (memory := self.brain.money.memory) is self._money or memory is None:
            return
        self._money = memory
        self.books.note(MoneyNoted(number=self.handled, memory=memory, at_ns=self.clock_ns()))

    def _note(self, event: Event) -> None:
        for note in self.brain.take_notes():
            if self.books is not None and (record := record_of(note, self.handled, self.clock_ns())) is not None:
                self.books.note(record)
            self.log(note.event, **note.fields)
            if self.on_note:
                told = "  ".join(f"{name}={value}" for name, value in note.fields.items())
                self.on_note(f"{kst(self.clock_ns())}  {note.event}  {told}")
        if not isinstance(event, MARKET_NEWS):
            self.log("heard", level="debug", what=type(event).__name__, told=event)
