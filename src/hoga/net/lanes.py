"""Requests that wait for their slot: urgent ones overtake, ordinary ones keep their order."""

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf

from msgspec import Struct

from hoga.net.http_connection import NotSent, Outcome
from hoga.upbit.rest.request import Request

#: Hears the outcome of a request, and how many seconds ago it was (last) sent.
Carried = Callable[[Outcome, float], None]


class QueueFull(NotSent):
    """Too many requests wait already."""


class WaitedTooLong(NotSent):
    """No slot came free in time, and the world the request was meant for has moved on."""


class Patience(Struct, frozen=True):
    """How long requests may wait and be on their way, in seconds.

    Orders go stale while they wait (reliability table K13). Questions and cancels do not, but somebody must hear at
    last that they did not get through. The deadlines are for the whole call, so no slow answer can stretch them (R23).
    """

    order_wait_s: float = 1.0
    other_wait_s: float = 10.0
    order_deadline_s: float = 10.0
    other_deadline_s: float = 5.0

    def wait_s(self, request: Request) -> float:
        """How long a request may wait for its slot."""
        return self.order_wait_s if request.method == "POST" else self.other_wait_s

    def deadline_s(self, request: Request) -> float:
        """How long a request may be on its way."""
        return self.order_deadline_s if request.method == "POST" else self.other_deadline_s


class Parcel:
    """One request on its way. Times are monotonic seconds."""

    __slots__ = ("_done", "_known", "request", "sent_s", "since_s", "tries")

    def __init__(self, request: Request, done: Carried, since_s: float) -> None:
        self.request = request
        self.since_s = since_s
        self.sent_s = since_s
        self.tries = 0
        self._done = done
        self._known: Outcome | None = None

    def note(self, outcome: Outcome) -> None:
        """Keep the outcome of a try that is followed by another one."""
        if self._known is None or not isinstance(outcome, NotSent):
            self._known = outcome

    def deliver(self, outcome: Outcome, now_s: float) -> None:
        """Tell the outcome. A last try that never left does not unsay what an earlier one met."""
        if isinstance(outcome, NotSent) and self._known is not None:
            outcome = self._known
        self._done(outcome, now_s - self.sent_s)


class Lane:
    """The requests of one group of limits that wait, and the timer that asks for them again."""

    __slots__ = ("_timer", "_wakes_s", "group", "ordinary", "urgent")

    def __init__(self, group: str) -> None:
        self.group = group
        self.urgent: deque[Parcel] = deque()
        self.ordinary: deque[Parcel] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_s = -inf

    def put(self, parcel: Parcel) -> None:
        """Let a request wait behind those of its kind."""
        (self.urgent if parcel.request.urgent else self.ordinary).append(parcel)

    def first(self) -> deque[Parcel]:
        """The queue whose first request is next; empty when nothing waits."""
        return self.urgent or self.ordinary

    def wake(self, at_s: float, now_s: float, move: Callable[["Lane"], None]) -> None:
        """Call `move` at `at_s`, or earlier if that is arranged already."""
        if self._timer is not None:
            if now_s < self._wakes_s <= at_s:
                return
            self._timer.cancel()
        self._wakes_s = at_s
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at_s - now_s), self._woken, move)

    def sleep(self) -> None:
        """Call nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _woken(self, move: Callable[["Lane"], None]) -> None:
        self._timer = None  # it may have rung a little early, so `move` must be able to set it again
        move(self)
