"""Carries requests to the venue: waits for a slot and a connection, signs, sends, and hears the outcome.

A POST is sent once and never again; a question or a cancel may be repeated a few times, as that does no harm.
Nothing here is a task: a request leaves in the very call that brings it, if it may.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

from hoga.net.http import HttpClient
from hoga.net.http_connection import NotSent, Outcome
from hoga.net.lanes import Carried, Lane, Parcel, Patience, QueueFull, WaitedTooLong
from hoga.net.records import Log, Records
from hoga.upbit.answers.account import Answer
from hoga.upbit.answers.errors import blocked_for_s, is_transient, read_refusal
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.limits.permits import Permit
from hoga.upbit.rest.request import Request

#: Requests of each kind (urgent or not) that may wait; more means the venue stands still, and the brain must hear it.
MAX_WAITING = 1_000

#: A question or a cancel is sent this often at most, with these pauses between, and not again after this time.
MAX_TRIES = 3
PAUSES_S = (0.2, 0.5)
REPEAT_FOR_S = 10.0

_TOO_MANY_REQUESTS = 429
_BLOCKED = 418


class Courier:
    """Carries requests for one key. `on_bug` hears of an exception only a bug can cause, before it is raised again."""

    def __init__(
        self,
        *,
        client: HttpClient,
        signer: Signer | None,
        limiter: RateLimiter,
        nonce: Callable[[], str],
        patience: Patience,
        log: Log,
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self.records = Records(log)
        self.in_flight = 0
        self._client = client
        self._signer = signer
        self._limiter = limiter
        self._nonce = nonce
        self._patience = patience
        self._on_bug = on_bug
        self._lanes: dict[str, Lane] = {}
        self._waiting = {True: 0, False: 0}  # urgent or not
        self._resting: dict[Parcel, asyncio.TimerHandle] = {}
        self._is_closed = False
        self._moved = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many requests have not left yet, or rest before another try."""
        return self._waiting[True] + self._waiting[False] + len(self._resting)

    def carry(self, request: Request, done: Carried) -> None:
        """Send a request as soon as it may leave; `done` hears the outcome exactly once."""
        parcel = Parcel(request, done, monotonic())
        if self._is_closed:
            self._deliver(parcel, NotSent("it came after the end"))
        elif request.signed and self._signer is None:
            self._deliver(parcel, NotSent("there is no key to sign it with"))
        elif self._waiting[request.urgent] >= MAX_WAITING:
            self._deliver(parcel, QueueFull(f"{MAX_WAITING} requests wait already"))
        elif not self._leave_at_once(parcel):
            self._put(parcel)

    async def drained(self) -> None:
        """Wait until every request has had its outcome."""
        while self.in_flight or self.waiting:
            self._moved.clear()
            await self._moved.wait()

    def close(self) -> None:
        """Give up what waits. What is in flight is lost when the client is closed after this."""
        self._is_closed = True
        given_up = NotSent("stopped before it was sent")
        while self._resting:
            parcel, timer = self._resting.popitem()
            timer.cancel()
            self._deliver(parcel, given_up)
        for lane in self._lanes.values():
            lane.sleep()
            while lane.first():
                self._deliver(self._take(lane), given_up)

    def _leave_at_once(self, parcel: Parcel) -> bool:
        """Send a request without letting it wait, where nothing waits before it; the common case, and the quick one."""
        request, now_s = parcel.request, parcel.since_s
        lane = self._lanes.get(request.group)
        if lane is not None and lane.first():
            return False
        if self._limiter.ready_at(request.group, now_s, urgent=request.urgent) > now_s:
            return False
        if not self._client.has_room(urgent=request.urgent):
            return False
        self._send(parcel, now_s)
        return True

    def _put(self, parcel: Parcel) -> None:
        request = parcel.request
        lane = self._lanes.get(request.group)
        if lane is None:
            lane = self._lanes[request.group] = Lane(request.group)
        lane.put(parcel)
        self._waiting[request.urgent] += 1
        self._move(lane)

    def _take(self, lane: Lane) -> Parcel:
        parcel = lane.first().popleft()
        self._waiting[parcel.request.urgent] -= 1
        return parcel

    def _move(self, lane: Lane) -> None:
        """Send what may leave, refuse what has waited too long, and come back later for the rest."""
        while queue := lane.first():
            parcel = queue[0]
            urgent = parcel.request.urgent
            now_s = monotonic()
            expires_s = parcel.since_s + self._patience.wait_s(parcel.request)
            ready_s = self._limiter.ready_at(lane.group, now_s, urgent=urgent)
            if now_s > expires_s:
                waited_s = now_s - parcel.since_s
                late = WaitedTooLong(f"no slot of group {lane.group} came free within {waited_s:.3g} s")
                self._deliver(self._take(lane), late)
            elif ready_s > now_s:
                lane.wake(min(ready_s, expires_s), now_s, self._woken)
                return
            elif not self._client.has_room(urgent=urgent):
                lane.wake(expires_s, now_s, self._woken)  # every answer asks again, too
                return
            else:
                self._send(self._take(lane), now_s)

    def _send(self, parcel: Parcel, now_s: float) -> None:
        request = parcel.request
        permit = self._limiter.take(request.group, now_s)
        signer = self._signer if request.signed else None
        authorization = None if signer is None else signer.authorization(request.hashed, self._nonce())
        parcel.sent_s = now_s
        parcel.tries += 1
        self.in_flight += 1
        deadline_s = self._patience.deadline_s(request)
        self._client.send(
            request, authorization, lambda outcome: self._heard(parcel, permit, outcome), deadline_s=deadline_s
        )
        self.records.sent(parcel)

    def _heard(self, parcel: Parcel, permit: Permit, outcome: Outcome) -> None:
        try:
            self.in_flight -= 1
            self._settle(parcel, permit, outcome, monotonic())
            if self._waiting[True] or self._waiting[False]:
                for lane in list(self._lanes.values()):
                    self._move(lane)
        except BaseException as bug:
            self._on_bug(bug)
            raise

    def _woken(self, lane: Lane) -> None:
        try:
            self._move(lane)
        except BaseException as bug:
            self._on_bug(bug)
            raise

    def _settle(self, parcel: Parcel, permit: Permit, outcome: Outcome, now_s: float) -> None:
        self.records.heard(parcel, outcome, now_s)
        again = True
        if isinstance(outcome, Answer):
            self._limiter.answered(permit, now_s, outcome.headers.get("remaining-req"))
            again = not outcome.is_success and self._refused(parcel.request, outcome, now_s)
        elif isinstance(outcome, NotSent):
            self._limiter.not_sent(permit)
        else:
            self._limiter.lost(permit, now_s)
        if again and self._may_repeat(parcel, now_s):
            self._rest(parcel, outcome)
        else:
            self._deliver(parcel, outcome)

    def _refused(self, request: Request, answer: Answer, now_s: float) -> bool:
        """Let the limiter hear of a refusal, and tell whether it may be otherwise the next time."""
        refusal = read_refusal(answer.status, answer.body)
        if answer.status == _TOO_MANY_REQUESTS:
            self.records.refused()
            self._limiter.refused(request.group, now_s)
        elif answer.status == _BLOCKED:
            self.records.blocked(self._limiter.block_all(now_s, blocked_for_s(refusal)) - now_s)
        return is_transient(refusal)

    def _may_repeat(self, parcel: Parcel, now_s: float) -> bool:
        if parcel.request.method == "POST" or self._is_closed:
            return False
        return parcel.tries < MAX_TRIES and now_s < parcel.since_s + REPEAT_FOR_S

    def _rest(self, parcel: Parcel, outcome: Outcome) -> None:
        parcel.note(outcome)
        self.records.repeated()
        pause_s = PAUSES_S[min(parcel.tries, len(PAUSES_S)) - 1]
        self._resting[parcel] = asyncio.get_running_loop().call_later(pause_s, self._rested, parcel)

    def _rested(self, parcel: Parcel) -> None:
        try:
            del self._resting[parcel]
            self._put(parcel)
        except BaseException as bug:
            self._on_bug(bug)
            raise

    def _deliver(self, parcel: Parcel, outcome: Outcome) -> None:
        parcel.deliver(outcome, monotonic())
        self._moved.set()
