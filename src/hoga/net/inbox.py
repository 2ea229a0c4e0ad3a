"""Two lanes to one reader: what concerns our own orders goes first and is never lost; market news waits for room.

With one bounded queue a saturated feed refills every free place and the answers to our orders cannot get through. So
account events have a lane of their own, always read first. In the market lane the newest book or ticker of a market
takes the place of an unread older one, because each is a complete picture; trades are facts and are never dropped:
when too much is unread the sensor is told to stop reading its socket, and the buffers on the way hold the rest.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from hoga.model.errors import HogaError
from hoga.model.events import AccountEvent, Event, MarketEvent, Orderbook, Ticker

#: Unread account events; more means that nobody reads, and a process whose brain is dead must not live.
FIRST_CAPACITY = 100_000

#: Unread market events at which sensors pause: some twenty seconds of all 855 pairs at their usual pace.
MARKET_CAPACITY = 20_000

#: A paused socket still delivers what was already read from it (a few MiB); beyond this the pause is ignored.
MARKET_OVERSHOOT = 100_000

#: Reading goes on when the market lane has drained to this share of its capacity.
ROOM_SHARE = 0.5

#: Complete pictures: the newest says all that the older ones said.
CONFLATED = frozenset[type]({Orderbook, Ticker})


class InboxOverflowError(HogaError):
    """Nobody reads the inbox. The process must end: a start reconciles, a deaf brain does not."""


class _Slot:
    """A place in the market lane whose event may be replaced by a newer one until it is read."""

    __slots__ = ("event",)

    def __init__(self, event: MarketEvent) -> None:
        self.event: MarketEvent | None = event


class Inbox:
    """All events on their way to the brain. One reader; any number of writers, all on one event loop.

    `market_capacity` is where the market lane asks its writers to pause; `conflate` names the event types (and with
    them their subclasses) of which only the newest unread one of a market is kept.
    """

    def __init__(self, *, market_capacity: int = MARKET_CAPACITY, conflate: frozenset[type] = CONFLATED) -> None:
        self._first: deque[AccountEvent] = deque()
        self._market: deque[MarketEvent | _Slot] = deque()
        self._capacity = market_capacity
        self._room_at = int(market_capacity * ROOM_SHARE)
        self._paused: list[Callable[[], None]] = []
        self._conflate = tuple(conflate)
        self._slots: dict[object, _Slot] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._wake: Callable[[], None] | None = None
        self._reader: Callable[[], bool | None] | None = None
        self._is_called_soon = False
        self.conflated = 0
        self.pauses = 0

    @property
    def unread(self) -> int:
        """How many events wait to be read, in both lanes."""
        return len(self._first) + len(self._market)

    def put_first(self, event: AccountEvent) -> None:
        """Take an event that must not be lost; it is read before any market event."""
        lane = self._first
        lane.append(event)
        if len(lane) > FIRST_CAPACITY:
            raise InboxOverflowError(f"{len(lane):,} account events are unread: the brain does not read its inbox.")
        wake = self._wake
        if wake is not None:
            wake()

    def put_market(self, event: MarketEvent) -> bool:
        """Take a market event; False asks the writer to pause until `when_room` calls back (the event is kept)."""
        self.adder(type(event))(event)
        return self.announce()

    def adder(self, kind: type) -> Callable[[MarketEvent], None]:
        """The quickest way to add many events of one type; the reader learns of them by `announce`."""
        return self._add_picture if issubclass(kind, self._conflate) else self._market.append

    def announce(self) -> bool:
        """Wake the reader if there is anything for it; like `put_market`, False asks for a pause."""
        wake = self._wake
        if wake is not None and self._market:
            wake()
        return len(self._market) <= self._capacity or self._is_too_full()

    def when_room(self, call: Callable[[], None]) -> None:
        """Call once, as soon as the market lane has drained far enough to read on."""
        self.pauses += 1
        self._paused.append(call)

    def get_nowait(self) -> Event | None:
        """The next event, or None when everything is read."""
        if self._first:
            return self._first.popleft()
        lane = self._market
        if not lane:
            return None
        item = lane.popleft()
        if self._paused and len(lane) <= self._room_at:
            self._tell_room()
        if type(item) is _Slot:
            event, item.event = item.event, None
            return event
        return item  # type: ignore[return-value]  # mypy does not narrow by `type(...) is`, which costs half of isinstance

    async def get(self) -> Event:
        """Wait for the next event."""
        while (event := self.get_nowait()) is None:
            self._claim_reader()
            self._waiter = asyncio.get_running_loop().create_future()
            self._wake = self._wake_waiter
            try:
                await self._waiter
            finally:
                self._wake = self._waiter = None
        return event

    def read_with(self, reader: Callable[[], bool | None]) -> None:
        """Instead of `get`: call `reader` as soon as anything is put; it reads with `get_nowait`, as much as it likes.

        The reader runs inside the writer's call, which saves the walk through the event loop. It is never called while
        it runs, and what it leaves unread it is called for again in the next turn of the loop. A reader that returns
        True has taken long: it is called by no writer before that turn. What it raises is raised to the writer.
        """
        self._claim_reader()
        self._reader = reader
        self._wake = self._call_reader
        self._call_again_if_unread()

    def release_reader(self) -> None:
        """Call the reader no more; what is unread stays."""
        self._reader = self._wake = None

    def _call_reader(self) -> None:
        reader = self._reader
        if reader is None:
            return
        self._wake = None
        is_enough = False
        try:
            is_enough = reader() is True
        finally:
            if self._reader is not None and not is_enough:
                self._wake = self._call_reader
        self._call_again_if_unread(anyway=is_enough)

    def _call_again_if_unread(self, *, anyway: bool = False) -> None:
        if (anyway or self._first or self._market) and not self._is_called_soon and self._reader is not None:
            self._is_called_soon = True
            asyncio.get_running_loop().call_soon(self._call_again)

    def _call_again(self) -> None:
        self._is_called_soon = False
        self._call_reader()

    def _add_picture(self, event: MarketEvent) -> None:
        """Add an event that says all its forerunner said, in the forerunner's place if that is still unread."""
        # Two price levels of one market's book are two pictures.
        key = (event.__class__, getattr(event, "market", ""), getattr(event, "level", None))
        slot = self._slots.get(key)
        if slot is not None and slot.event is not None:
            slot.event = event
            self.conflated += 1
            return
        slot = self._slots[key] = _Slot(event)
        self._market.append(slot)

    def _wake_waiter(self) -> None:
        self._wake = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _claim_reader(self) -> None:
        if self._wake is not None:
            raise RuntimeError("An inbox has one reader; somebody reads this one already.")

    def _is_too_full(self) -> bool:
        unread = len(self._market)
        if unread > self._capacity + MARKET_OVERSHOOT:
            raise InboxOverflowError(f"{unread:,} market events are unread although the sensor was asked to pause.")
        return False

    def _tell_room(self) -> None:
        calls, self._paused = self._paused, []
        for call in calls:
            call()
