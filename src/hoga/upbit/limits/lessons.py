"""What the venue's answers teach about the limit of one group, and how cautious that makes us.

Three things go wrong although we count correctly: the venue lowers its limit without a word, somebody else spends from
the same account, or the limit is raised and we stay behind. `Remaining-Req: … sec=r` tells of all three.

* **Loss.** After an answer that left `r`, `limit - r` requests have to be explained. We know how many of ours can have
  been in that window at most. What is missing then is proven to be gone, to another client or to a lower limit: for
  `MEMORY_S` the budget is smaller by the largest loss seen, and the group is on its guard.
* **Guard.** The newest reading binds: no more than `r` requests may follow it, less one that is left for others (an
  urgent one may take it). Without a fresh reading a single request goes ahead and asks.
* **Refusal.** 429 closes the group for a window, puts it on its guard and halves the budget, which grows back by one
  every `RECOVERY_S`, at first to one below what was refused, and after `MEMORY_S` to all of it. Each further refusal
  within that time doubles it.
* **Raise.** If in each of the last `PEAKS` windows with any answer the highest `r + 1` was above the limit, then the
  limit is at least the smallest of these, and we believe it. What was gained so is given back at the first loss.

A header that is missing, garbled or about another group teaches nothing. Only a raise ever lifts the budget above what
the venue documents.
"""

from collections import deque
from math import inf

from msgspec import Struct

#: How long a proven loss or a refusal is remembered: a limit that was restored is used in full within a minute.
MEMORY_S = 50.0
MAX_MEMORY_S = 800.0

#: After a refusal the budget grows back by one in this time.
RECOVERY_S = 5.0

#: Windows in a row that must show a higher limit before we believe it.
PEAKS = 5

#: A header that promises more than this many times the documented limit is believed only so far.
MAX_RAISE = 4


class Reading(Struct, frozen=True, gc=False):
    """How many requests were left after the newest request that told.

    `pending` is how many others were in flight when we heard it, `sent` how many had ever left: so many may follow it.
    """

    serial: int
    left: int
    pending: int
    sent: int
    heard_s: float


class Lessons:
    """The limit we believe in and the budget we allow ourselves. `window_s` is the window with its margin."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.closed_until_s = -inf
        self._documented = limit
        self._window_s = window_s
        self._guard_until_s = -inf
        self._reading: Reading | None = None
        self._losses: deque[tuple[float, int]] = deque()  # (when, how much), each larger than all that follow
        self._refused_s = -inf
        self._refused_budget = 0
        self._memory_s = MEMORY_S
        self._peaks: deque[int] = deque(maxlen=PEAKS)
        self._peak = 0
        self._peak_since_s = -inf

    def budget(self, now_s: float) -> int:
        """How many permits may be out at once: the limit, less what is proven lost, less what a refusal took."""
        losses = self._losses
        while losses and losses[0][0] <= now_s - MEMORY_S:
            losses.popleft()
        budget = self.limit - (losses[0][1] if losses else 0)
        if self._refused_budget:
            budget = min(budget, self._regrown(now_s))
        return max(1, budget)

    def on_guard(self, now_s: float) -> bool:
        """Tell whether `Remaining-Req` is followed to the letter, because of a loss or a refusal."""
        return now_s < self._guard_until_s

    def guarded(self, now_s: float, sent: int, in_flight: int, leave: int) -> float:
        """The earliest moment a request may leave on guard, so that `leave` requests remain for others."""
        reading = self._reading
        if reading is None or now_s >= reading.heard_s + self._window_s:
            return inf if in_flight else now_s
        may_follow = reading.pending + sent - reading.sent
        return now_s if may_follow + leave < reading.left else reading.heard_s + self._window_s

    def hear(self, left: int, ours: int, now_s: float) -> None:
        """Learn from `left`, when at most `ours` requests of our own can have been in that window."""
        self._note_peak(left + 1, now_s)
        loss = self.limit - left - ours
        if loss <= 0:
            return
        self._guard_until_s = now_s + MEMORY_S
        given_back = min(loss, max(0, self.limit - self._documented))
        self.limit -= given_back
        loss -= given_back
        if loss:
            while self._losses and self._losses[-1][1] <= loss:
                self._losses.pop()
            self._losses.append((now_s, loss))

    def read(self, serial: int, sent_s: float, left: int, in_flight: int, sent: int, now_s: float) -> None:
        """Keep the newest reading. Of two requests that were in flight together, the one that saw less came later."""
        old = self._reading
        if old is not None and old.heard_s > sent_s:
            left = min(left, old.left)
            if serial < old.serial:
                self._reading = Reading(old.serial, left, old.pending, old.sent, old.heard_s)
                return
        self._reading = Reading(serial, left, in_flight, sent, now_s)

    def refuse(self, now_s: float) -> None:
        """The venue said 429."""
        if now_s >= self.closed_until_s:  # further refusals of the same burst say nothing new
            again = now_s < self._refused_s + self._memory_s + MEMORY_S
            self._memory_s = min(MAX_MEMORY_S, 2 * self._memory_s) if again else MEMORY_S
            self._refused_budget = self.budget(now_s)
        self._refused_s = now_s
        self._guard_until_s = now_s + MEMORY_S
        self.closed_until_s = now_s + self._window_s

    def _regrown(self, now_s: float) -> int:
        quiet_s = now_s - self._refused_s
        from_half = max(1, self._refused_budget // 2) + quiet_s / RECOVERY_S
        ceiling = self._refused_budget - 1 + max(0.0, quiet_s - self._memory_s) / RECOVERY_S
        return int(min(from_half, ceiling))

    def _note_peak(self, seen: int, now_s: float) -> None:
        if now_s >= self._peak_since_s + self._window_s:
            self._peaks.append(self._peak)
            self._peak, self._peak_since_s = 0, now_s
        self._peak = max(self._peak, seen)
        if len(self._peaks) == PEAKS and min(self._peaks) > self.limit:
            self.limit = max(self.limit, min(*self._peaks, MAX_RAISE * self._documented))
            self._peaks.clear()
