"""A venue that counts requests, and a network that delays them, on a clock of their own: no socket and no sleep."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.limits.permits import Permit

Delay = Callable[[], float]

GIVEN_UP_S = 1.0  # an answer that is lost is waited for so long


class Counting(StrEnum):
    """What the venue's `sec` is taken from."""

    FIXED = "fixed"
    SLIDING = "sliding"
    BUCKET = "bucket"


@dataclass
class Venue:
    """Counts as strictly as it can: a request must fit into the fixed second, the sliding second and, as a bucket
    full of `limit` tokens would, into the long run. `sec` shows one of the three.
    """

    limit: int
    shows: Counting = Counting.FIXED
    phase_s: float = 0.37
    accepted: deque[float] = field(default_factory=deque)
    tokens: float = 0.0
    seen_s: float = -10.0

    def count(self, now_s: float) -> tuple[int, int]:
        """Count one request, and return its status and what is left after it."""
        self.tokens = min(self.limit, self.tokens + (now_s - self.seen_s) * self.limit)
        self.seen_s = now_s
        while self.accepted and self.accepted[0] <= now_s - 1.0:
            self.accepted.popleft()
        second = (now_s + self.phase_s) // 1.0
        left = {
            Counting.FIXED: self.limit - sum((at + self.phase_s) // 1.0 == second for at in self.accepted),
            Counting.SLIDING: self.limit - len(self.accepted),
            Counting.BUCKET: int(self.tokens + 1e-9),
        }
        if min(left.values()) < 1:
            return 429, 0
        self.accepted.append(now_s)
        self.tokens -= 1
        return 201, left[self.shows] - 1


@dataclass
class Outcome:
    """What a run did: the moments of acceptances and refusals at the venue, ours and the other client's."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others_accepted: int = 0
    others_refused: int = 0

    def accepted_between(self, begin_s: float, end_s: float) -> int:
        return sum(begin_s <= at < end_s for at in self.accepted)


@dataclass(order=True)
class _Step:
    at_s: float
    number: int
    act: Callable[[], None] = field(compare=False)


class Run:
    """One client that always has more to send, perhaps another client beside it, and the venue."""

    def __init__(self, venue: Venue, limiter: RateLimiter, there: Delay, back: Delay, group: str = "order") -> None:
        self.venue = venue
        self.limiter = limiter
        self.outcome = Outcome()
        self.now_s = 0.0
        self.header: Callable[[int], str | None] = lambda left: f"group={group}; min=480; sec={left}"
        self._there = there
        self._back = back
        self._group = group
        self._steps: list[_Step] = []
        self._number = 0
        self._woken_at: float | None = None
        self.hungry: Callable[[], bool] = lambda: True
        self.loses_answer: Callable[[], bool] = lambda: False

    def at(self, at_s: float, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._steps, _Step(at_s, self._number, act))

    def others(self, moments: Iterator[float], until_s: float) -> None:
        """Let somebody else use the same budget at these moments."""
        for at_s in moments:
            if at_s >= until_s:
                return
            self.at(at_s, self._other)

    def until(self, end_s: float) -> Outcome:
        """Run the clock to `end_s`."""
        self.at(self.now_s, self.pump)
        while self._steps and self._steps[0].at_s <= end_s:
            step = heapq.heappop(self._steps)
            self.now_s = step.at_s
            step.act()
        self.now_s = end_s
        return self.outcome

    def pump(self) -> None:
        while self.hungry():
            at_s = self.limiter.ready_at(self._group, self.now_s)
            if at_s > self.now_s:
                if at_s < 1e12 and (self._woken_at is None or at_s < self._woken_at or self._woken_at <= self.now_s):
                    self._woken_at = at_s
                    self.at(at_s, self.pump)
                return
            permit = self.limiter.take(self._group, self.now_s)
            self.at(self.now_s + self._there(), lambda permit=permit: self._arrive(permit))  # type: ignore[misc]

    def _arrive(self, permit: Permit) -> None:
        status, left = self.venue.count(self.now_s)
        (self.outcome.accepted if status == 201 else self.outcome.refused).append(self.now_s)
        if self.loses_answer():
            self.at(self.now_s + GIVEN_UP_S, lambda: self._give_up(permit))
        else:
            self.at(self.now_s + self._back(), lambda: self._hear(permit, status, left))

    def _hear(self, permit: Permit, status: int, left: int) -> None:
        self.limiter.answered(permit, self.now_s, self.header(left))
        if status == 429:
            self.limiter.refused(self._group, self.now_s)
        self.pump()

    def _give_up(self, permit: Permit) -> None:
        self.limiter.lost(permit, self.now_s)
        self.pump()

    def _other(self) -> None:
        status, _ = self.venue.count(self.now_s)
        if status == 201:
            self.outcome.others_accepted += 1
        else:
            self.outcome.others_refused += 1


def steady(delay_s: float) -> Delay:
    """A network that always takes the same time."""
    return lambda: delay_s


def jittery(seed: int, most_s: float = 0.3) -> Delay:
    """A network that takes anything from nothing to `most_s`."""
    chance = random.Random(seed)
    return lambda: chance.uniform(0.0, most_s)
