"""How many requests of one group may be on their way, so that the venue never counts too many.

The theory
==========

The venue counts a request at some moment between our sending it and our hearing the answer; we never learn which.
So a request takes a permit when it leaves, and the permit comes back one window after its answer was heard (the latest
moment at which it can have been counted). With at most `limit` permits out, no stretch of one window, wherever it
begins, can hold more than `limit` of our requests, however the network delays them. That satisfies a venue that counts
fixed seconds, one that counts sliding seconds and one that fills a bucket. It costs one round trip per window: a permit
is used again after `window + round trip`, the bound nobody can beat without guessing.

A burst does not leave all at once. At most a quarter of the limit (but three) flies unanswered, and as many more as the
round trip asks for: twice what a steady stream at the limit has in the air. If the venue lowered its limit
meanwhile, or somebody else spent it, we hear so after three refusals at most; a burst of twelve pays three
round trips for that. What we do then is told in `upbit/limits/lessons.py`.
"""

from collections import deque
from math import inf

from msgspec import Struct

from hoga.upbit.limits.lessons import Lessons

#: Clocks of two machines do not run quite alike, and a timer may fire a hair early.
MARGIN_S = 0.002

#: How many requests of a group may fly unanswered however small its limit is.
SCOUTS = 3

#: The part of a newer round trip in the remembered one.
SMOOTHING = 1 / 8


class Permit(Struct, frozen=True, gc=False):
    """Leave to send one request, with what is needed to understand its answer.

    `serial` counts the permits of the group. `out` is how many were out when this one was given, itself included: as
    many of ours can share a window with it, and those sent before its answer is heard.
    """

    group: str
    sent_s: float
    serial: int
    out: int


class PermitBook:
    """The permits of one group. Never sleeps and never reads a clock; every `now_s` is monotonic seconds."""

    def __init__(self, group: str, limit: int, window_s: float, reserved: int = 0) -> None:
        self.group = group
        self.in_flight = 0
        self.lessons = Lessons(limit, window_s + MARGIN_S)
        self._window_s = window_s + MARGIN_S
        self._reserved = reserved
        self._sent = 0
        self._round_trip_s = 0.0
        self._cooling: deque[float] = deque()  # when each permit of an answered request comes back, soonest first

    def ready_at(self, now_s: float, *, urgent: bool = False) -> float:
        """The earliest moment the next request may leave, as far as is known.

        Read it as `RateLimiter.ready_at` says.
        """
        out = self.out(now_s)
        lessons = self.lessons
        at_s = max(now_s, lessons.closed_until_s)
        budget = lessons.budget(now_s)
        if not urgent:
            budget = max(1, budget - self._reserved)
        too_many = out - budget
        if too_many >= 0:
            if too_many >= len(self._cooling):
                return inf
            at_s = max(at_s, self._cooling[too_many])
        if self.in_flight >= max(SCOUTS, budget // 4) + int(2 * budget * self._round_trip_s / self._window_s):
            return inf
        if not lessons.on_guard(now_s):
            return at_s
        return max(at_s, lessons.guarded(now_s, self._sent, self.in_flight, leave=0 if urgent else 1))

    def take(self, now_s: float) -> Permit:
        """Give out a permit for a request that leaves now; ask `ready_at` first."""
        out = self.out(now_s) + 1
        self._sent += 1
        self.in_flight += 1
        return Permit(self.group, now_s, self._sent, out)

    def put_back(self, permit: Permit, now_s: float) -> None:
        """The answer was heard, or given up: the permit cools for a window and is free again after that."""
        self._land(permit)
        self._cooling.append(now_s + self._window_s)

    def forget(self, permit: Permit) -> None:
        """The request is proven never to have left: its permit is free at once."""
        self._land(permit)

    def learn(self, permit: Permit, left: int, now_s: float) -> None:
        """An answer told how many requests are `left` (call `put_back` first)."""
        self._round_trip_s += (now_s - permit.sent_s - self._round_trip_s) * SMOOTHING
        ours = permit.out + self._sent - permit.serial
        self.lessons.hear(left, ours, now_s)
        self.lessons.read(permit.serial, permit.sent_s, left, self.in_flight, self._sent, now_s)

    def out(self, now_s: float) -> int:
        """How many permits are out: requests in flight and requests the venue may still be counting."""
        cooling = self._cooling
        while cooling and cooling[0] <= now_s:
            cooling.popleft()
        return self.in_flight + len(cooling)

    def _land(self, permit: Permit) -> None:
        assert self.in_flight > 0, f"a permit of {permit.group} was put back twice"
        self.in_flight -= 1
