"""When a request may leave: the venue's rate limits, kept without sleeping and without a clock.

The limits are data, and `Remaining-Req` corrects them while we trade. The theory stands in `upbit/limits/permits.py`
(how to count) and `upbit/limits/lessons.py` (how to learn). The caller passes monotonic seconds and does the waiting.
"""

import re
from bisect import insort
from collections.abc import Mapping
from math import inf
from typing import Final

from msgspec import Struct

from hoga.upbit.limits.permits import MARGIN_S, Permit, PermitBook


class Window(Struct, frozen=True):
    """At most `limit` requests in any `per_s` seconds."""

    limit: int
    per_s: float = 1.0


class GroupLimit(Struct, frozen=True):
    """What the venue allows one group of requests. `reserved` permits are kept for urgent ones."""

    windows: tuple[Window, ...]
    reserved: int = 0


def _per_second(limit: int, reserved: int = 0) -> GroupLimit:
    return GroupLimit((Window(limit),), reserved)


#: Upbit docs, rate-limits page of 2026-10-07; the names are those of the `Remaining-Req` header in recorded traffic of
#: 2026-03-22. The order group went from 8 to 12 on 2026-08-21. Cancels and look-ups share the default group with every
#: question about balances; three permits are kept free for them.
GROUPS: Final[Mapping[str, GroupLimit]] = {
    "order": _per_second(12),
    "order-test": _per_second(8),
    "order-cancel-all": GroupLimit((Window(1, per_s=2.0),)),
    "default": _per_second(30, reserved=3),
    "market": _per_second(10),
    "candles": _per_second(10),
    "crix-trades": _per_second(10),
    "ticker": _per_second(10),
    "orderbook": _per_second(10),
    "websocket-connect": _per_second(5),
    "websocket-message": GroupLimit((Window(5), Window(100, per_s=60.0))),
}

#: What gets no answer is counted at an unknown moment after it was sent; this is how late that may be.
UNSEEN_DELAY_S = 0.3

#: 418 without a time in it blocks for this long, and twice as long each time again (reliability table R17).
BLOCK_S = 60.0
MAX_BLOCK_S = 3_600.0
#: A block that claims to last longer is asked about again after a day.
MAX_STATED_BLOCK_S = 86_400.0

#: `Remaining-Req: group=order; min=720; sec=7` (Upbit docs, rate-limits page of 2026-10-07); `min` means nothing.
_REMAINING = re.compile(r"\s*group=([a-z0-9-]{1,40})\s*;\s*min=\d{1,9}\s*;\s*sec=(\d{1,6})\s*", re.ASCII)


class GroupState(Struct, frozen=True):
    """One group as a person wants to see it: the limit we believe in, what we allow ourselves, and what is out."""

    group: str
    limit: int
    budget: int
    out: int
    in_flight: int
    closed_for_s: float
    on_guard: bool


class RateLimiter:
    """Say when the next request of a group may leave.

    For requests that are answered: `ready_at`, `take`, then exactly one of `answered`, `lost`, `not_sent`.
    For what is never answered (WebSocket connects and messages): `reserve`.
    """

    def __init__(self, limits: Mapping[str, GroupLimit] = GROUPS) -> None:
        self._limits = dict(limits)
        self._books: dict[str, PermitBook] = {}
        self._booked: dict[str, tuple[list[float], ...]] = {}
        self._blocked_until_s = -inf
        self._next_block_s = BLOCK_S

    def ready_at(self, group: str, now_s: float, *, urgent: bool = False) -> float:
        """The earliest moment a request may leave, as far as is known.

        Not after `now_s` means now. A later moment is to be asked about again when it has come. Infinity means: not
        before another answer is heard.
        """
        if now_s < self._blocked_until_s:
            return self._blocked_until_s
        return self._book(group).ready_at(now_s, urgent=urgent)

    def take(self, group: str, now_s: float) -> Permit:
        """Book a request that leaves now; ask `ready_at` first."""
        return self._book(group).take(now_s)

    def answered(self, permit: Permit, now_s: float, remaining_req: str | None = None) -> None:
        """An answer was heard, whatever it says; `remaining_req` is its header of that name."""
        book = self._book(permit.group)
        book.put_back(permit, now_s)
        if remaining_req is not None and (said := _REMAINING.fullmatch(remaining_req)) and said[1] == permit.group:
            book.learn(permit, int(said[2]), now_s)

    def lost(self, permit: Permit, now_s: float) -> None:
        """No answer was heard and none is awaited any more; the venue may have counted the request just now."""
        self._book(permit.group).put_back(permit, now_s)

    def not_sent(self, permit: Permit) -> None:
        """The request is proven never to have left, so the venue cannot have counted it."""
        self._book(permit.group).forget(permit)

    def refused(self, group: str, now_s: float) -> None:
        """The venue said 429 (call `answered` first): the group stays closed for a window and goes on with half."""
        self._book(group).lessons.refuse(now_s)

    def block_all(self, now_s: float, for_s: float | None = None) -> float:
        """The venue said 418: nothing leaves for `for_s` seconds and one more, of any group. Return the end of it.

        Where the answer names no time, it is a minute, doubled each time until an answer names one again.
        """
        if for_s is None:
            for_s, self._next_block_s = self._next_block_s, min(2 * self._next_block_s, MAX_BLOCK_S)
        else:
            self._next_block_s = BLOCK_S
        self._blocked_until_s = max(self._blocked_until_s, now_s + min(for_s, MAX_STATED_BLOCK_S) + 1.0)
        return self._blocked_until_s

    def reserve(self, group: str, now_s: float) -> float:
        """Book the next slot for something that gets no answer, and return the moment it may leave."""
        windows = self._limits[group].windows
        booked = self._booked.setdefault(group, tuple([-inf] * window.limit for window in windows))
        at_s = max(now_s, self._blocked_until_s, *(free_at[0] for free_at in booked))
        for window, free_at in zip(windows, booked, strict=True):
            del free_at[0]
            insort(free_at, at_s + window.per_s + UNSEEN_DELAY_S + MARGIN_S)
        return at_s

    def state(self, now_s: float) -> tuple[GroupState, ...]:
        """Every group used so far, for display."""
        return tuple(
            GroupState(
                group=group,
                limit=book.lessons.limit,
                budget=book.lessons.budget(now_s),
                out=book.out(now_s),
                in_flight=book.in_flight,
                closed_for_s=max(0.0, book.lessons.closed_until_s - now_s, self._blocked_until_s - now_s),
                on_guard=book.lessons.on_guard(now_s),
            )
            for group, book in self._books.items()
        )

    def _book(self, group: str) -> PermitBook:
        book = self._books.get(group)
        if book is None:
            rule = self._limits[group]
            window = rule.windows[0]
            book = self._books[group] = PermitBook(group, window.limit, window.per_s, rule.reserved)
        return book
