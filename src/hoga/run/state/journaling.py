"""The journal at work: a thread of its own writes, orders leave when their record is durable, nothing else waits.

Everything that waits is one transaction, so a burst of orders pays for one sync together. Events and cancels are
written with the next transaction and delay nobody. When the disk refuses, new orders are refused; cancels, questions
and the way to a stop go on as before. When it is only full, they are even written down, in the room kept for that.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from statistics import quantiles
from time import perf_counter_ns

from msgspec import Struct

from hoga.model.commands import Command, OrderId, PlaceOrder
from hoga.model.errors import JournalError
from hoga.run.state.bookkeeping import JournalFigures, body_sha256
from hoga.store.records import Attempt, CommandsDecided, JournalPort, Record

MAX_WAITING = 100_000  # records; more means that the disk stands still
MAX_HELD_S = 5.0  # an order whose record took longer is not sent: its decision is old
WRITE_EVERY_S = 0.05  # how far the file may be behind where nothing waits for it
KEPT_TIMES = 10_000  # commits of which the quantiles are taken
MAX_ATTEMPTS_KNOWN = 20_000  # order ids remembered to number attempts; the brain keeps as many orders
CLOSE_WITHIN_S = 30.0  # a disk that takes longer is given up, and what it was given is lost


class _Held(Struct, frozen=True):
    """Orders whose record must be durable first."""

    orders: tuple[PlaceOrder, ...]
    at_ns: int


class _Bell:
    """Wakes the thread; quicker than an Event, whose waiting is written in Python."""

    def __init__(self) -> None:
        self._rung: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Ring."""
        self._rung.put(None)

    def wait(self, timeout_s: float) -> None:
        """Sleep until it rings, or so long."""
        with suppress(Empty):
            self._rung.get(timeout=timeout_s)


class Journaling:
    """Writes records in a thread and lets orders go when theirs is durable. `clock_ns` is the one of the bot."""

    def __init__(
        self, journal: JournalPort, *, clock_ns: Callable[[], int], is_low: Callable[[], bool] = lambda: False
    ) -> None:
        self._journal = journal
        self._is_low = is_low
        self._clock_ns = clock_ns
        self._waiting: deque[Record | _Held] = deque()
        self._in_hand: list[_Held] = []
        self._wake = _Bell()
        self._closing = False
        self._attempts: dict[OrderId, int] = {}
        self._times_ns: deque[int] = deque(maxlen=KEPT_TIMES)
        self._records = self._commits = self._refused = 0
        self._thread: threading.Thread | None = None
        self.failure: str | None = None
        self.low: str | None = None

    def begin(
        self,
        *,
        release: Callable[[PlaceOrder], None],
        refuse: Callable[[PlaceOrder, str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Start the thread; what was noted before is written first."""
        self._release, self._refuse, self._tell_failed = release, refuse, failed
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="hoga-journal", daemon=True)
        self._thread.start()

    @property
    def figures(self) -> JournalFigures:
        """Counts and times so far."""
        times = sorted(self._times_ns)
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else [*times] * 99 or [0] * 99
        return JournalFigures(
            self._records, self._commits, round(cuts[49] / 1000), round(cuts[98] / 1000), self._refused
        )

    def note(self, record: Record) -> None:
        """Write a record soon; nobody waits for it."""
        if self.failure is not None:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._fail(f"{MAX_WAITING:,} records wait for the disk")
            return
        self._waiting.append(record)

    def decided(self, number: int, commands: Sequence[Command]) -> Sequence[Command]:
        """Hold new orders until this is durable; give back the rest."""
        at_ns = self._clock_ns()
        orders = tuple(command for command in commands if isinstance(command, PlaceOrder))
        self.note(CommandsDecided(number=number, commands=tuple(commands), at_ns=at_ns))
        if not orders:
            return commands
        if (why := self.failure or self.low) is not None:
            self._refuse_all(orders, why)
        else:
            self._waiting.append(_Held(orders, at_ns))
            self._wake.set()
        return [command for command in commands if not isinstance(command, PlaceOrder)]

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=CLOSE_WITHIN_S)

    # ------------------------------------------------ on the thread

    def _work(self) -> None:
        failure = "the thread that writes it has died"
        try:
            self._write_until_closed()
            failure = ""
        except JournalError as error:
            failure = str(error)
        finally:
            if failure:
                self._on_loop(self._fail, failure, self._in_hand)

    def _write_until_closed(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(WRITE_EVERY_S)
            is_last = self._closing
            self._write_waiting()

    def _write_waiting(self) -> None:
        records: list[Record] = []
        self._in_hand = held = []
        for item in self._drained():
            if isinstance(item, _Held):
                held.append(item)
            else:
                records.append(self._with_attempts(item) if isinstance(item, CommandsDecided) else item)
        if records:
            began_ns = perf_counter_ns()
            self._journal.append(records)
            self._times_ns.append(perf_counter_ns() - began_ns)
            self._records += len(records)
            self._commits += 1
            if self.low is None and self._is_low():
                self._on_loop(self._run_low)
        if held:  # whose record stands before it, in this transaction or an earlier one
            self._on_loop(self._let_go, held)

    def _drained(self) -> Iterator[Record | _Held]:
        """Everything that waits now, taken away; two threads may do so at once."""
        try:
            while True:
                yield self._waiting.popleft()
        except IndexError:
            return

    def _with_attempts(self, record: CommandsDecided) -> CommandsDecided:
        attempts = tuple(self._attempt(one) for one in record.commands if isinstance(one, PlaceOrder))
        if not attempts:
            return record
        return CommandsDecided(number=record.number, commands=record.commands, at_ns=record.at_ns, attempts=attempts)

    def _attempt(self, order: PlaceOrder) -> Attempt:
        known = self._attempts
        number = known[order.order_id] = known.get(order.order_id, 0) + 1
        if len(known) > MAX_ATTEMPTS_KNOWN:
            del known[next(iter(known))]
        return Attempt(order_id=order.order_id, number=number, body_sha256=body_sha256(order))

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    # ------------------------------------------------ on the event loop

    def _let_go(self, held: list[_Held]) -> None:
        now_ns = self._clock_ns()
        for one in held:
            if now_ns - one.at_ns > MAX_HELD_S * 1e9:
                self._refuse_all(one.orders, f"the disk took {(now_ns - one.at_ns) / 1e9:.1f} s to write it down")
            else:
                for order in one.orders:
                    self._release(order)

    def _run_low(self) -> None:
        """The disk is full and lives on its spare room: new orders are refused, all else is still written down."""
        if self.low is None:
            self.low = "the disk is full; what is left of it is for cancels and for the end. Make room and start again"
            self._tell_failed(self.low)

    def _fail(self, why: str, held: Sequence[_Held] = ()) -> None:
        """Fail closed: refuse what is held and every later order, tell once."""
        is_first = self.failure is None
        self.failure = self.failure or why
        for one in (*held, *(item for item in self._drained() if isinstance(item, _Held))):
            self._refuse_all(one.orders, self.failure)
        if is_first:
            self._tell_failed(self.failure)

    def _refuse_all(self, orders: Sequence[PlaceOrder], why: str) -> None:
        for order in orders:
            self._refused += 1
            self._refuse(order, why)
