"""The Actuator: takes commands from the queue, has them carried to the venue, and reports what came of each.

It decides nothing about trading. What a command needs and what an answer means is said in `upbit/dialect.py`; how
requests wait, leave and come back in `net/courier.py`. Every command is answered once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from hoga.model.commands import Command, PlaceOrder, Stop
from hoga.model.errors import HogaError
from hoga.model.events import AccountEvent, ActuatorStopped, RejectReason, refused
from hoga.net.courier import Courier
from hoga.net.http import HttpClient, resolve
from hoga.net.http_connection import NotSent, Outcome
from hoga.net.lanes import Patience, QueueFull, WaitedTooLong
from hoga.net.records import Counters, Log
from hoga.upbit import dialect
from hoga.upbit.answers.account import Answer
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.rest.request import Request
from hoga.upbit.venue import check_destination

Tell = Callable[[Sequence[AccountEvent]], None]

_NS = 1_000_000_000


class _Errand:
    """One command on its way: the requests still to send, and the answers so far."""

    __slots__ = ("answers", "asked_ns", "command", "requests", "tell")

    def __init__(self, command: Command, requests: Sequence[Request], tell: Tell, asked_ns: int) -> None:
        self.command = command
        self.requests = deque(requests)
        self.answers: list[Answer] = []
        self.asked_ns = asked_ns
        self.tell = tell


class Actuator:
    """Acts for one key at one server.

    `report` hears every event; it must be quick and must not raise. `clock_ns` is the wall clock in nanoseconds,
    `nonce` gives a fresh unique text each time. Raises `ConfigError` where the key must not go to that server.
    """

    def __init__(
        self,
        *,
        commands: asyncio.Queue[Command],
        report: Callable[[AccountEvent], None],
        rest_url: str,
        signer: Signer | None,
        limiter: RateLimiter,
        clock_ns: Callable[[], int],
        nonce: Callable[[], str],
        log: Log | None = None,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        user_agent: str = "hoga",
    ) -> None:
        check_destination(rest_url, None if signer is None else signer.access_key)
        self._commands = commands
        self._report = report
        self._clock_ns = clock_ns
        self._client = HttpClient(rest_url, user_agent=user_agent)
        self._courier = Courier(
            client=self._client,
            signer=signer,
            limiter=limiter,
            nonce=nonce,
            patience=patience,
            log=log or _silence,
            on_bug=self._fail,
        )
        self._asking: set[asyncio.Future[Outcome] | asyncio.Future[tuple[AccountEvent, ...]]] = set()
        self._running: asyncio.Task[object] | None = None
        self._bug: BaseException | None = None

    @property
    def counters(self) -> Counters:
        """What has happened since the start."""
        return self._courier.records.counters

    @property
    def in_flight(self) -> int:
        """How many requests have left and are not answered."""
        return self._courier.in_flight

    @property
    def waiting(self) -> int:
        """How many requests have not left yet."""
        return self._courier.waiting

    async def run(self) -> None:
        """Act on commands until `Stop`: then finish what was asked, report `ActuatorStopped`, and return.

        When it is cancelled instead, orders in flight are reported lost and what waits as not sent.
        """
        self._running = asyncio.current_task()
        try:
            while not isinstance(command := await self._commands.get(), Stop):
                self._begin(command, self._report_all)
            await self._courier.drained()
        except asyncio.CancelledError:
            if self._bug is not None:
                raise self._bug from None
            raise
        finally:
            self._running = None
            await self.close()
        self._report(ActuatorStopped(received_ns=self._clock_ns()))

    async def ask(self, command: Command) -> tuple[AccountEvent, ...]:
        """Act on one command and return what came of it, without any queue."""
        waiting: asyncio.Future[tuple[AccountEvent, ...]] = asyncio.get_running_loop().create_future()

        def tell(events: Sequence[AccountEvent]) -> None:
            if waiting.done():  # whoever asked has gone, but what became of an order must not be lost
                self._report_all(events)
            else:
                waiting.set_result(tuple(events))

        self._asking.add(waiting)
        try:
            self._begin(command, tell)
            return await waiting
        finally:
            self._asking.discard(waiting)

    async def fetch(self, request: Request) -> Answer:
        """Send one request and return its answer, whatever it says; raises `NotSent` or `AnswerLost`."""
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._asking.add(waiting)
        try:
            self._courier.carry(request, lambda outcome, _: resolve(waiting, outcome))
            outcome = await waiting
        finally:
            self._asking.discard(waiting)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    async def close(self) -> None:
        """End every connection. What waits is answered as not sent, what is in flight as lost."""
        while not self._commands.empty():
            command = self._commands.get_nowait()
            if not isinstance(command, Stop):
                self._report_all(self._failed(command, NotSent("stopped before it was sent")))
        self._courier.close()
        await self._client.close()

    def _begin(self, command: Command, tell: Tell) -> None:
        try:
            requests = dialect.requests_for(command)
        except HogaError as fault:
            if isinstance(command, PlaceOrder):
                tell((refused(command, RejectReason.INVALID, str(fault), self._clock_ns()),))
            else:
                tell(dialect.not_sent(command, str(fault), self._clock_ns()))
            return
        self._continue(_Errand(command, requests, tell, self._clock_ns()))

    def _continue(self, errand: _Errand) -> None:
        """Send the next request of an errand; when there is none left, tell what the answers mean."""
        if errand.requests:
            request = errand.requests.popleft()
            self._courier.carry(request, lambda outcome, ago_s: self._carried(errand, outcome, ago_s))
        else:
            errand.tell(dialect.event_for(errand.command, errand.answers, errand.asked_ns, self._clock_ns()))

    def _carried(self, errand: _Errand, outcome: Outcome, ago_s: float) -> None:
        answers = errand.answers
        if isinstance(outcome, Answer):
            if not answers:
                errand.asked_ns = self._clock_ns() - int(ago_s * _NS)
            answers.append(outcome)
            if (
                not errand.requests
                and (more := dialect.more_pages(errand.command, answers, errand.asked_ns)) is not None
            ):
                errand.requests.append(more)
            self._continue(errand)
        elif answers:
            errand.requests.clear()  # what the answers so far mean, the dialect knows
            self._continue(errand)
        else:
            errand.tell(self._failed(errand.command, outcome))

    def _failed(self, command: Command, outcome: Outcome) -> tuple[AccountEvent, ...]:
        now_ns, detail = self._clock_ns(), str(outcome)
        if isinstance(command, PlaceOrder) and isinstance(outcome, QueueFull):
            return (refused(command, RejectReason.QUEUE_FULL, detail, now_ns),)
        if isinstance(command, PlaceOrder) and isinstance(outcome, WaitedTooLong):
            return (refused(command, RejectReason.RATE_LIMIT, f"{detail}; an order this old is not sent", now_ns),)
        if isinstance(outcome, NotSent):
            return dialect.not_sent(command, detail, now_ns)
        return dialect.lost(command, detail, now_ns)

    def _report_all(self, events: Sequence[AccountEvent]) -> None:
        for event in events:
            self._report(event)

    def _fail(self, bug: BaseException) -> None:
        """Something only a bug can cause was raised where nobody awaits: let it end the run, and every question."""
        self._bug = bug
        for waiting in self._asking:
            if not waiting.done():
                waiting.set_exception(bug)
        if self._running is not None and self._running is not asyncio.current_task():
            self._running.cancel()


def _silence(event: str, **fields: object) -> None:
    """Log nothing."""
