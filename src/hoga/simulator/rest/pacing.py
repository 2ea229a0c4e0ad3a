"""How fast one may ask: the venue's own counting of requests, with 429 and then 418 for those who ask too fast.

Groups as the Upbit docs list them (rate-limits page of 2026-10-07), under the names that live headers carry. The venue
is said to count fixed seconds of the wall clock, or to run a token bucket; nobody outside knows, so the rule is a
parameter and the busiest fixed and sliding windows are both remembered for tests.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

#: Refusals within `REFUSALS_WINDOW_S` after which a caller is shut out. A burst of ten refusals, and one a second for
#: 45 s, were seen to pass without it (measured by others on 2025-09-12).
REFUSALS_ALLOWED = 40
REFUSALS_WINDOW_S = 10.0
FIRST_BLOCK_S = 10.0
LONGEST_BLOCK_S = 3_600.0
FORGIVEN_AFTER_S = 600.0  # without a block, the next one is short again

MAX_CALLERS = 10_000  # counters kept; a test network does not have more


class Rule(StrEnum):
    """Which window answers 429."""

    FIXED = "fixed"
    SLIDING = "sliding"
    BUCKET = "bucket"


class Group(Struct, kw_only=True):
    """One budget: `limit` requests in `period_s`. `minute` is the dead `min` field of the header."""

    name: str
    limit: int
    period_s: float = 1.0
    minute: int
    per: Literal["ip", "account"]


def default_groups() -> dict[str, Group]:
    """Every group with the limits of today; each simulator has its own copy, which may change while it runs."""
    quotation = ("market", "candles", "crix-trades", "ticker", "orderbook")
    groups = [
        *(Group(name=name, limit=10, minute=600, per="ip") for name in quotation),
        Group(name="default", limit=30, minute=1800, per="account"),
        Group(name="order", limit=12, minute=480, per="account"),  # 8 until 2026-08-21
        Group(name="order-test", limit=8, minute=480, per="account"),
        Group(name="order-cancel-all", limit=1, period_s=2.0, minute=30, per="account"),
        Group(name="origin", limit=1, period_s=10.0, minute=6, per="ip"),
        Group(name="websocket", limit=5, minute=300, per="ip"),
    ]
    return {group.name: group for group in groups}


class Verdict(Struct, frozen=True):
    """What the counting says to one request: 200, 429 or 418, and the header that goes with every answer."""

    status: int
    remaining_req: str
    blocked_s: int = 0


class Tally(Struct, kw_only=True):
    """What one group has seen so far. The two maxima are the most requests any caller sent in one period."""

    requests: int = 0
    refused_429: int = 0
    blocked_418: int = 0
    max_in_fixed_window: int = 0
    max_in_sliding_window: int = 0


class _Counter(Struct):
    """One caller's use of one group."""

    window: int = -1
    taken: int = 0  # admitted in the present fixed window, somebody else's included
    offered: int = 0  # asked for in the present fixed window by the caller alone
    admitted: deque[float] = field(default_factory=deque)
    asked: deque[float] = field(default_factory=deque)
    tokens: float | None = None
    filled_s: float = 0.0
    foreign_due_s: float = 0.0


class _Caller(Struct):
    """One caller's sins, over all groups of one kind."""

    refusals: deque[float] = field(default_factory=deque)
    blocked_until_s: float = 0.0
    last_block_s: float = 0.0


class Pacer:
    """Counts every request; never waits and reads no clock: `now_s` is the wall clock in seconds."""

    def __init__(self, rule: Rule = Rule.FIXED) -> None:
        self.rule = rule
        self.groups = default_groups()
        self.tallies: dict[str, Tally] = {name: Tally() for name in self.groups}
        self.foreign_per_s: dict[str, float] = {}
        self.refusals_allowed = REFUSALS_ALLOWED
        self.first_block_s = FIRST_BLOCK_S
        self._counters: dict[tuple[str, str], _Counter] = {}
        self._callers: dict[tuple[str, str], _Caller] = {}

    def admit(self, name: str, caller: str, now_s: float) -> Verdict:
        """Count one request of `caller` (an IP address or an account) against a group and judge it."""
        group, tally = self.groups[name], self.tallies[name]
        counter = self._counter(name, caller)
        tally.requests += 1
        self._turn(counter, group, now_s)
        _count_offer(counter, tally, group, now_s)
        sins = self._caller(group, caller)
        if now_s < sins.blocked_until_s:
            tally.blocked_418 += 1
            return Verdict(418, _header(group, 0), _whole_seconds(sins.blocked_until_s - now_s))
        room = self._room(counter, group)
        if room < 1:
            return self._refuse(group, tally, sins, now_s)
        _take(counter, now_s)
        return Verdict(200, _header(group, room - 1))

    def block(self, per: Literal["ip", "account"], caller: str, seconds: float, now_s: float) -> None:
        """Shut a caller out at once, as if it had asked far too fast."""
        sins = self._callers.setdefault((per, caller), _Caller())
        sins.blocked_until_s, sins.last_block_s = now_s + seconds, seconds

    def forgive(self) -> None:
        """Forget every block and refusal."""
        self._callers.clear()

    def reset_tallies(self) -> None:
        """Begin counting anew, limits and blocks unchanged."""
        self.tallies.update((name, Tally()) for name in self.groups)

    def peek(self, name: str, caller: str, now_s: float) -> str:
        """The header for an answer that costs nothing (a request refused before it was counted)."""
        group, counter = self.groups[name], self._counter(name, caller)
        self._turn(counter, group, now_s)
        return _header(group, self._room(counter, group))

    def _refuse(self, group: Group, tally: Tally, sins: _Caller, now_s: float) -> Verdict:
        _forget(sins.refusals, now_s - REFUSALS_WINDOW_S)
        sins.refusals.append(now_s)
        if len(sins.refusals) <= self.refusals_allowed:
            tally.refused_429 += 1
            return Verdict(429, _header(group, 0))
        again = now_s - sins.blocked_until_s < FORGIVEN_AFTER_S and sins.last_block_s > 0
        sins.last_block_s = min(LONGEST_BLOCK_S, sins.last_block_s * 2) if again else self.first_block_s
        sins.blocked_until_s = now_s + sins.last_block_s
        sins.refusals.clear()
        tally.blocked_418 += 1
        return Verdict(418, _header(group, 0), _whole_seconds(sins.last_block_s))

    def _turn(self, counter: _Counter, group: Group, now_s: float) -> None:
        """Bring a counter up to now: a new window, refilled tokens, and what somebody else has used meanwhile."""
        for moment_s in self._foreign(counter, group, now_s):
            _advance(counter, group, moment_s)
            if self._room(counter, group) >= 1:
                _take(counter, moment_s)
        _advance(counter, group, now_s)

    def _foreign(self, counter: _Counter, group: Group, now_s: float) -> Iterator[float]:
        """The moments since the last look at which another program of the same account asked."""
        rate = self.foreign_per_s.get(group.name, 0.0)
        if rate <= 0:
            return
        due = max(counter.foreign_due_s, now_s - group.period_s)
        while due < now_s:
            yield due
            due += 1 / rate
        counter.foreign_due_s = due

    def _room(self, counter: _Counter, group: Group) -> int:
        """How many more requests the rule allows at the moment the counter was brought to."""
        if self.rule is Rule.BUCKET:
            return int(counter.tokens or 0)
        used = counter.taken if self.rule is Rule.FIXED else len(counter.admitted)
        return max(0, group.limit - used)

    def _counter(self, name: str, caller: str) -> _Counter:
        counter = self._counters.get((name, caller))
        if counter is None:
            if len(self._counters) >= MAX_CALLERS:
                self._counters.clear()
            counter = self._counters[name, caller] = _Counter()
        return counter

    def _caller(self, group: Group, caller: str) -> _Caller:
        sins = self._callers.get((group.per, caller))
        if sins is None:
            if len(self._callers) >= MAX_CALLERS:
                self._callers.clear()
            sins = self._callers[group.per, caller] = _Caller()
        return sins


def _count_offer(counter: _Counter, tally: Tally, group: Group, now_s: float) -> None:
    counter.offered += 1
    counter.asked.append(now_s)
    _forget(counter.asked, now_s - group.period_s)
    tally.max_in_fixed_window = max(tally.max_in_fixed_window, counter.offered)
    tally.max_in_sliding_window = max(tally.max_in_sliding_window, len(counter.asked))


def _advance(counter: _Counter, group: Group, now_s: float) -> None:
    window = int(now_s // group.period_s)
    if window != counter.window:
        counter.window, counter.taken, counter.offered = window, 0, 0
    _forget(counter.admitted, now_s - group.period_s)
    full = float(group.limit)
    gained = max(0.0, now_s - counter.filled_s) * full / group.period_s
    counter.tokens = full if counter.tokens is None else min(full, counter.tokens + gained)
    counter.filled_s = now_s


def _take(counter: _Counter, now_s: float) -> None:
    counter.taken += 1
    counter.admitted.append(now_s)
    counter.tokens = (counter.tokens or 0.0) - 1.0


def _forget(moments: deque[float], until_s: float) -> None:
    while moments and moments[0] <= until_s:
        moments.popleft()


def _header(group: Group, left: int) -> str:
    return f"group={group.name}; min={group.minute}; sec={left}"


def _whole_seconds(seconds: float) -> int:
    return max(1, -int(-seconds // 1))


def counts(pacer: Pacer) -> Mapping[str, Tally]:
    """The tallies of the groups that were used at all."""
    return {name: tally for name, tally in pacer.tallies.items() if tally.requests}
